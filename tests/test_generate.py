"""Generated fixtures: the same for the same seed, realistic, sold through every vendor, made in bounded memory, refused in words."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import threading
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockmarket import cli
from mockmarket.clock import DAY, monotonic, parse_iso
from mockmarket.config import Config
from mockmarket.errors import Invalid
from mockmarket.ids import Rng
from mockmarket.rules import splits
from mockmarket.seed import finding, planting, reading
from mockmarket.seed.generate import files, fixture, venues
from mockmarket.seed.generate.files import Order, generate
from mockmarket.seed.generate.fixture import Plan
from mockmarket.seed.planting import Progress
from mockmarket.seed.templates import Templates
from mockmarket.store.files import connect
from mockmarket.vendor import Vendor, discover
from tests.conftest import Client, Served
from tests.receiver import PATIENCE_S
from tests.running import command, finish, serving

VENDORS = discover()
START = parse_iso("2030-05-01T00:00:00Z")
PLAN = Plan(events=12, listings=600, seed=5)
CUSTOMER = {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}

every_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


@cache
def shipped() -> Mapping[str, Any]:
    """Return the content of the default fixture."""
    return reading.load(finding.find("default"), VENDORS).content


def generated_file(out: Path, plan: Plan = PLAN, start: int | None = START, **options: Any) -> Path:
    """Generate a fixture into a file."""
    generate(Order(plan, out, start=start, **options), VENDORS, Progress())
    return out


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in a database file."""
    conn = sqlite3.connect(path)
    try:
        return conn.execute(sql).fetchall()
    finally:
        conn.close()


def dump(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything in a file but what it is called, and its clock."""
    tables = [name for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    names = [name for name in tables if not name.startswith(("_", "sqlite_"))]
    clock = ("fixture", "clock_offset", "clock_frozen_at", "taken_at")
    everything = {name: rows(path, f"SELECT * FROM {name}") for name in names}
    return everything | {"meta": sorted(row for row in everything["meta"] if row[0] not in clock)}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated database, for tests that only read it."""
    return generated_file(tmp_path_factory.mktemp("generated") / "tour.db")


@pytest.fixture(scope="module")
def tixstock_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated database with records of one vendor."""
    return generated_file(tmp_path_factory.mktemp("alone") / "only.db", vendors=("tixstock",))


@pytest.fixture(scope="module")
def market(database: Path) -> Iterator[Served]:
    """A mock that serves it."""
    with serving(Config(fixture=str(database))) as served:
        yield served


@pytest.fixture
def client(market: Served, request: pytest.FixtureRequest) -> Iterator[Client]:
    """Talk to a world of the test's own, made of it."""
    world, _ = market.app.worlds.put("t1")
    yield Client(market.url, world)
    market.app.worlds.drop(world.name)


def stock_of(path: Path) -> list[dict[str, Any]]:
    """Return all stock, each row with its venue's kind."""
    sql = (
        "SELECT event, section, row, first_seat, total, price, split, stock.kind, json_extract(venue.data, '$.kind'),"
        " json_extract(venue.data, '$.capacity') FROM stock JOIN event ON event.id = stock.event JOIN venue ON venue.id = venue"
    )
    names = ("event", "section", "row", "first_seat", "total", "price", "split", "kind", "house", "capacity")
    return [dict(zip(names, row, strict=True)) for row in rows(path, sql)]


@pytest.mark.thorough
def test_same_seed_gives_same_fixture(tmp_path: Path, database: Path) -> None:
    again = generated_file(tmp_path / "again.db")

    assert dump(again) == dump(database)


def test_stock_of_a_seed_never_changes() -> None:
    rows = fixture.content(PLAN, shipped())["stock"].rows()

    assert hashlib.sha256(repr([*rows]).encode()).hexdigest()[:16] == "00543225997d6042"


def test_rows_are_those_of_the_entries() -> None:
    stock = fixture.content(PLAN, shipped())["stock"]

    assert [*stock.rows()] == [row for number, entry in enumerate(stock) for row in planting.rows_of(number, entry)]


@pytest.mark.thorough
def test_other_seed_gives_other_fixture(tmp_path: Path, database: Path) -> None:
    neighbour = generated_file(tmp_path / "other.db", Plan(12, 600, 6))

    assert not {*rows(neighbour, "SELECT name FROM venue")} & {*rows(database, "SELECT name FROM venue")}
    assert not {*rows(neighbour, "SELECT id FROM portal_listing")} & {*rows(database, "SELECT id FROM portal_listing")}


@pytest.mark.thorough
def test_yaml_and_database_say_alike(tmp_path: Path, database: Path) -> None:
    text = generated_file(tmp_path / "tour.yaml")

    planted, start, _ = Templates(tmp_path / "templates", Config(seed=PLAN.seed), VENDORS)(str(text), None, PLAN.seed)

    from_text, from_file = dump(planted), dump(database)
    assert start == START
    assert {name: from_text[name] for name in from_text if name != "meta"} == {
        name: from_file[name] for name in from_file if name != "meta"
    }


def test_counts_are_those_asked_for(database: Path) -> None:
    counts = [rows(database, f"SELECT count(*) FROM {table}")[0][0] for table in ("event", "stock")]

    assert counts == [12, 600]


@pytest.mark.thorough
def test_every_event_has_a_listing(tmp_path: Path) -> None:
    tight = generated_file(tmp_path / "tight.db", Plan(30, 30))

    assert rows(tight, "SELECT count(*), count(DISTINCT event) FROM stock") == [(30, 30)]


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(5))
def test_largest_house_holds_the_most(seed: int) -> None:
    plan = Plan(3, 3 * venues.MOST, seed)

    per_event = Counter(row["event"] for row in fixture.content(plan, shipped())["stock"])

    assert sum(per_event.values()) == plan.listings
    assert len(per_event) == 3


def test_no_seat_is_listed_twice(database: Path) -> None:
    seats = [
        (row["event"], row["section"], row["row"], row["first_seat"] + number)
        for row in stock_of(database)
        if row["first_seat"] is not None
        for number in range(row["total"])
    ]

    assert len(seats) > 1000
    assert len({*seats}) == len(seats)


def test_no_house_is_oversold(database: Path) -> None:
    listed: Counter[tuple[str, int]] = Counter()
    for row in stock_of(database):
        listed[row["event"], row["capacity"]] += row["total"]

    assert [event for (event, capacity), seats in listed.items() if seats > capacity] == []


def test_standing_and_seated_are_mixed(database: Path) -> None:
    kinds = Counter(row["kind"] for row in stock_of(database))

    assert {*kinds} == {"seated", "general"}
    assert all((row["first_seat"] is None) == (row["kind"] == "general") for row in stock_of(database))


def test_nearer_rows_cost_more() -> None:
    for kind in venues.kinds():
        house = venues.build(Rng(1, 1), kind)
        prices: dict[str, list[float]] = defaultdict(list)
        for number in range(house.slots):
            slot = house.slot(number)
            prices[slot.section].append(slot.price)

        assert all(each == sorted(each, reverse=True) for each in prices.values())
        assert len({each[0] for each in prices.values()}) > 1


def test_every_listing_can_be_bought(database: Path) -> None:
    unsaleable = [row for row in stock_of(database) if not splits.quantities(row["split"], row["total"])]

    assert unsaleable == []
    assert len({row["split"] for row in stock_of(database)}) >= 5


def test_events_are_in_coming_months(database: Path) -> None:
    dates = [starts for (starts,) in rows(database, "SELECT starts_at FROM event")]

    assert all(START < moment < START + 190 * DAY for moment in dates)
    assert max(dates) - min(dates) > 100 * DAY


@pytest.mark.thorough
def test_fixture_passes_its_check(tmp_path: Path, database: Path) -> None:
    text = generated_file(tmp_path / "tour.yaml")

    done = CliRunner().invoke(cli.main, ["fixture", "check", str(text), str(database)])

    assert done.stdout.splitlines() == [f"{text}: good", f"{database}: good"]
    assert done.exit_code == 0


@pytest.mark.thorough
def test_given_start_is_each_worlds(client: Client) -> None:
    clock = client.control("GET", "clock")

    assert clock["frozen"] is False
    assert 0 <= parse_iso(clock["now"]) - START < DAY


@every_vendor
def test_default_keys_open_it(client: Client, vendor: Vendor) -> None:
    secrets = [credential["secret"] for credential in credentials(client, vendor.name)]

    assert secrets == [key["secret"] for key in shipped()["keys"] if key["vendor"] == vendor.name]


def credentials(client: Client, vendor: str) -> list[dict[str, Any]]:
    """Return a vendor's credentials as the control plane lists them."""
    listed = client.control("GET", "vendors")["vendors"]
    rows: list[dict[str, Any]] = next(entry["credentials"] for entry in listed if entry["name"] == vendor)
    return rows


def sell_portal(client: Client) -> None:
    """Buy through /orders what /inventory shows."""
    event = client.get("/api/v1/events").json()["data"][0]["eventId"]
    listing = client.get("/api/v1/inventory", eventId=event).json()["data"][0]
    body = {
        "eventId": event,
        "listingId": listing["listingId"],
        "quantity": listing["splits"][-1],
        "customer": CUSTOMER,
    }
    answer = client.post("/api/v1/orders", body)
    assert answer.status_code == 201, answer.text


def sell_ticketnation(client: Client) -> None:
    """Buy a ticket type that the organizer's API lists; buying itself has no call there."""
    base = "/ticketnation/open-api/v1"
    event = client.get(f"{base}/events").json()["data"][0]
    ticket = client.get(f"{base}/events/{event['id']}/tickets").json()["data"][0]
    client.control(
        "POST", "ticketnation/actions/buy", {"eventId": event["id"], "ticketId": ticket["id"], "quantity": 1}
    )


def sell_tixstock(client: Client) -> None:
    """Hold a reseller's listing and order what is held."""
    base = "/tixstock/v1"
    listing = client.get(f"{base}/tickets/get").json()["data"][0]
    for quantity in (1, 2, 3, 4, 6, 8, 5, 10):  # whatever its split rule allows
        held = client.post(f"{base}/tickets/hold/{listing['id']}", {"quantity": quantity})
        if held.ok:
            break
    order = {
        "order_id": "X-1", "order_status": "Approved", "datetime": "2030-05-01T09:30:00-0400", "currency": "USD",
        "customer": {"id": "1", "first_name": "A", "last_name": "B", "email_address": "a@example.com"},
    }  # fmt: skip
    answer = client.post(f"{base}/order/add/{held.json()['meta']['hold_id']}/{quantity}", order)
    assert answer.status_code == 200, answer.text


def sell_zatabox(client: Client) -> None:
    """Order a ticket type, pay, verify."""
    base = "/zatabox/api/v1"
    event = client.get(f"{base}/events").json()["data"]["items"][0]
    ticket = client.get(f"{base}/events/{event['id']}/tickets").json()["data"]["items"][0]
    line = {"ticketTypeId": ticket["id"], "quantity": 1}
    order = client.post(f"{base}/orders", {"items": [line], "guestName": "A", "guestEmail": "a@example.com"}).json()[
        "data"
    ]
    client.post(f"{base}/orders/{order['id']}/pay", {"provider": "paystack"})
    verified = client.post(f"{base}/payments/verify", {"orderId": order["id"]})
    assert verified.ok, verified.text


SELLING: dict[str, Callable[[Client], None]] = {
    "portal": sell_portal, "ticketnation": sell_ticketnation, "tixstock": sell_tixstock, "zatabox": sell_zatabox,
}  # fmt: skip


@pytest.mark.parametrize("name", SELLING)
def test_vendor_sells_from_it(client: Client, name: str) -> None:
    client.key = dict(credentials(client, name)[0]["headers"])

    SELLING[name](client)

    sold = rows(client.world.store.path, "SELECT DISTINCT vendor FROM claim WHERE state = 'sold'")
    assert sold == [(name,)]


@pytest.mark.thorough
def test_chosen_vendors_alone_have_records(tixstock_alone: Path) -> None:
    assert rows(tixstock_alone, "SELECT count(*) FROM tixstock_listing") == [(600,)]
    assert rows(tixstock_alone, "SELECT count(*) FROM portal_listing") == [(0,)]
    assert rows(tixstock_alone, "SELECT DISTINCT vendor FROM key") == [("tixstock",)]


@pytest.mark.thorough
def test_chosen_vendor_sells_alone(tixstock_alone: Path) -> None:
    with serving(Config(fixture=str(tixstock_alone))) as served:
        client = Client(served.url, served.app.worlds.get("main"))
        client.key = dict(credentials(client, "tixstock")[0]["headers"])
        sell_tixstock(client)
        listed = client.control("GET", "records/portal/listing")["records"]

    assert listed == []


@pytest.mark.thorough
def test_prices_are_in_the_currency(tmp_path: Path) -> None:
    pesos = generated_file(tmp_path / "pesos.db", Plan(3, 9, currency="PHP"))

    assert rows(pesos, "SELECT DISTINCT currency FROM stock") == [("PHP",)]


def most_in_use(out: Path, plan: Plan) -> int:
    """Return the most bytes of Python's own that generating takes at any moment."""
    tracemalloc.start()
    try:
        generated_file(out, plan)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.thorough
def test_memory_does_not_grow_with_listings(tmp_path: Path) -> None:
    generated_file(tmp_path / "warm.db", Plan(5, 50))

    few, many = (most_in_use(tmp_path / f"{count}.db", Plan(count, 100 * count)) for count in (5, 25))

    assert many - few < 1_000_000  # 2,000 more listings kept as objects would take twice that


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--events 0 --listings 5", "0 is not in the range x>=1"),
        ("--events 5 --listings 0", "0 is not in the range x>=1"),
        ("--events five --listings 5", "'five' is not a valid integer range"),
        ("--events 5", "Missing option '--listings'"),
        ("--events 5 --listings 4", "for 5 events give at least as many listings"),
        ("--events 2 --listings 20001", "give at least 3 events"),
        ("--events 100001 --listings 100001", "events must be from 1 to 100,000"),
        ("--events 100000 --listings 5000001", "listings must be 5,000,000 at most"),
        ("--events 5 --listings 5 --seed -1", "-1 is not in the range"),
        ("--events 5 --listings 5 --currency pesos", "'pesos' is not a currency; give three capital letters such as USD"),
        ("--events 5 --listings 5 --vendors acme", "There is no vendor 'acme'; there are portal, "),
        ("--events 5 --listings 5 --start later", "use ISO 8601 such as 2026-05-01T12:00:00Z"),
        ("--events 5 --listings 5 --out x.txt", "the ending says what to write; it must be one of .db, .sqlite, .yaml, .yml"),
        ("--events 5 --listings 5 --out no/x.db", "Folder no does not exist; create it first"),
        ("--events 5 --listings 5 --out there.db", "there.db already exists; --force overwrites it"),
        ("--events 5 --listings 5 --out folder.db --force", "folder.db is a folder; give a file"),
        ("--events 5 --listings 20001 --out x.yaml", "a YAML file may have 20,000 listings at most; write a .db file"),
        ("--events 5 --listings 5 --out x.yaml --vendors portal", "a YAML fixture is every vendor's"),
    ],
)  # fmt: skip
def test_refusal_says_what_to_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.db").write_text("mine")
    Path("folder.db").mkdir()

    done = CliRunner().invoke(cli.main, ["fixture", "generate", *arguments.split()])

    assert done.exit_code != 0
    assert message in " ".join(done.output.split())
    assert sorted(os.listdir()) == ["folder.db", "there.db"]
    assert Path("there.db").read_text() == "mine"


def test_force_writes_over_a_file(tmp_path: Path) -> None:
    out = tmp_path / "tour.db"
    out.write_text("mine")

    generated_file(out, Plan(1, 3), force=True)

    assert rows(out, "SELECT count(*) FROM stock") == [(3,)]


@pytest.mark.thorough
def test_json_tells_what_was_written(tmp_path: Path) -> None:
    out = tmp_path / "tour.db"
    arguments = ["fixture", "generate", "--events", "3", "--listings", "9", "--seed", "4", "--out", str(out), "--json"]

    report = json.loads(CliRunner().invoke(cli.main, arguments).stdout)

    assert (report["file"], report["events"], report["listings"], report["seed"]) == (str(out), 3, 9, 4)
    assert report["bytes"] == out.stat().st_size
    assert report["vendors"] == [vendor.name for vendor in VENDORS]


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_interruption_leaves_no_file(tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "tour.db"
    process = command("fixture", "generate", "--events", "100", "--listings", "300000", "--out", str(out))
    end = monotonic() + PATIENCE_S
    while not os.listdir(tmp_path):  # it is at it as soon as there is a partial file
        assert monotonic() < end, "it did not begin in time"
        threading.Event().wait(0.02)

    process.send_signal(number)
    code, _, _ = finish(process)

    assert code == 128 + number
    assert os.listdir(tmp_path) == []


def interrupted(out: Path) -> None:
    """Fail with half a database written."""
    with files.partial_file(Order(PLAN, out)) as partial:
        connect(partial).execute("CREATE TABLE half (way)")
        raise RuntimeError("half way")


def overtaken(out: Path) -> None:
    """Write a file that somebody else writes meanwhile."""
    with files.partial_file(Order(PLAN, out)) as partial:
        partial.write_text("ours")
        out.write_text("theirs")


def test_failure_leaves_no_file(tmp_path: Path) -> None:
    out = tmp_path / "tour.db"

    with pytest.raises(RuntimeError, match="half way"):
        interrupted(out)

    assert os.listdir(tmp_path) == []


def test_file_that_came_meanwhile_stays(tmp_path: Path) -> None:
    out = tmp_path / "tour.db"

    with pytest.raises(Invalid, match="already exists"):
        overtaken(out)

    assert os.listdir(tmp_path) == ["tour.db"]
    assert out.read_text() == "theirs"


@pytest.mark.thorough
def test_progress_counts_to_the_end(tmp_path: Path) -> None:
    progress = Progress()
    progress.every_s = 0
    seen: list[tuple[str, int]] = []
    progress.say = lambda what: seen.append((what, progress.done))  # type: ignore[method-assign]

    generate(Order(PLAN, tmp_path / "tour.db"), VENDORS, progress)

    counts = [count for _, count in seen]
    assert counts == sorted(counts)
    assert counts[-1] == progress.total == 12 + 600 * (1 + 2 * len(VENDORS))
    assert {stage for stage, _ in seen} == {"events", "stock", *(vendor.name for vendor in VENDORS)}


def test_sections_are_retold_of_shows() -> None:
    content = {
        "events": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
        "venues": [{"id": "hall"}],
        "vendors": {"acme": {
            "shops": [{"only": ["b", "c"], "at": "hall"}, {"only": ["c"], "fee": 0}],
            "limits": [{"event": "b", "section": "A", "at": 4}, {"event": "b", "at": 5}],
            "codes": [{"code": "X", "eventId": "evt_b"}, {"code": "Y", "eventId": "evt_c"}, {"code": "Z"}],
            "mapped": {"b": "1", "c": "2"},
        }},
    }  # fmt: skip

    sections = fixture.sections_for(content, {"events": [{"id": "e1"}], "venues": [{"id": "v1"}]})

    assert sections == {"acme": {
        "shops": [{"only": ["e1"], "at": "v1"}, {"fee": 0}],
        "limits": [{"event": "e1", "at": 5}],
        "codes": [{"code": "X", "eventId": "evt_e1"}, {"code": "Z"}],
        "mapped": {"e1": "1"},
    }}  # fmt: skip


@every_vendor
def test_every_vendor_has_records(database: Path, vendor: Vendor) -> None:
    counts = {kind.table: rows(database, f"SELECT count(*) FROM {kind.table}")[0][0] for kind in vendor.records.kinds}

    assert sum(count > 0 for count in counts.values()) >= 2, counts


def test_dice_choose_without_repeats() -> None:
    for count in (0, 1, 3, 5, 6, 9, 10):
        chosen = Rng(1, count).some(count, 10)

        assert chosen == sorted({*chosen})
        assert len(chosen) == count
        assert all(0 <= number < 10 for number in chosen)
