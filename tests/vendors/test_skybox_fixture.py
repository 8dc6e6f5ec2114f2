"""What the shipped worlds hold of SkyBox, and what a fixture may say of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockmarket import stock
from mockmarket.clock import Clock
from mockmarket.config import Config
from mockmarket.errors import Invalid
from mockmarket.seed.templates import Templates
from mockmarket.store import Store, keys, records
from mockmarket.vendor import discover
from mockmarket.vendors.skybox import callers, wire
from mockmarket.vendors.skybox.rules import stock_sync
from mockmarket.vendors.skybox.wire import CUSTOMER
from tests.vendors.skybox import FIXTURE

START = 1_767_225_600_000
VENDORS = discover()
EMAIL = re.compile(r"[a-z0-9.]+@[a-z0-9.-]+")


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Read the default world."""
    path = Templates(tmp_path_factory.mktemp("templates"), Config(), VENDORS)("default", START, None)[0]
    store = Store(path, Clock(), 0, "OFF")
    yield store.read()
    store.close()


@pytest.fixture
def planted(tmp_path: Path) -> Callable[..., Any]:
    """Plant the tests' fixture with a section for this vendor of its own; returns a view of it."""

    def plant(section: Any, **extra: Any) -> Any:
        fixture = yaml.safe_load(Path(FIXTURE).read_text(encoding="utf-8")) | extra
        fixture["vendors"] = fixture["vendors"] | {"skybox": section}
        (tmp_path / "own.yaml").write_text(yaml.safe_dump(fixture), encoding="utf-8")
        path = Templates(tmp_path / "templates", Config(), VENDORS)(str(tmp_path / "own.yaml"), None, None)[0]
        return Store(path, Clock(), 0, "OFF").read()

    return plant


@pytest.mark.thorough
def test_default_has_two_accounts(default: Any) -> None:
    assert [account["id"] for account in records.find(default, wire.ACCOUNTS)] == [1234, 5678]


def test_default_has_two_applications(default: Any) -> None:
    assert len(records.find(default, wire.APPLICATION)) == 2


def test_default_keys_are_the_accounts(default: Any) -> None:
    api_keys = keys.all(default, "skybox")

    assert {callers.accounts_of(key) for key in api_keys} == {(1234,), (5678,), (1234, 5678)}
    assert {callers.application_of(key) for key in api_keys} == {
        application["id"] for application in records.find(default, wire.APPLICATION)
    }


def test_default_accounts_share_no_stock(default: Any) -> None:
    rows = default.conn.execute("SELECT stock, count(*) FROM skybox_inventory GROUP BY stock").fetchall()

    assert len(rows) > 100
    assert {count for _, count in rows} == {1}


def test_default_tickets_are_the_stocks_seats(default: Any) -> None:
    wrong = []
    for id, row in default.conn.execute("SELECT id, stock FROM skybox_inventory").fetchall():
        seats = stock.get(default, row)
        listing = records.get_or_404(default, wire.INVENTORY, id)
        free = records.count(
            default, wire.TICKET, [("stock", "=", row), ("status", "=", "AVAILABLE"), ("hold", "=", 0)]
        )
        sold = records.count(default, wire.TICKET, [("stock", "=", row), ("status", "=", "SOLD")])
        if (listing["quantity"], free, sold) != (seats.free, seats.free, seats.sold):
            wrong.append(id)

    assert wrong == []


def test_default_has_every_kind_of_sale(default: Any) -> None:
    invoices = records.find(default, wire.INVOICE)

    assert {invoice["paymentStatus"] for invoice in invoices} >= {"UNPAID", "PAID", "VOID"}
    assert {invoice["fulfillmentStatus"] for invoice in invoices} == {"PENDING", "COMPLETE"}
    assert records.count(default, wire.HOLD, [("removed", "=", 0)]) >= 1
    assert len({invoice["customerId"] for invoice in invoices}) > 5


def test_default_sells_what_was_bought(default: Any) -> None:
    bought = [purchase["createdDate"] for purchase in records.find(default, wire.PURCHASE)]
    sold = [invoice["createdDate"] for invoice in records.find(default, wire.INVOICE)]
    listings = records.find(default, wire.INVENTORY)

    assert max(bought) < min(sold)
    assert [listing["id"] for listing in listings if listing["lastUpdate"] < listing["createdDate"]] == []


def test_default_customers_can_be_written_to(default: Any) -> None:
    customers = {customer["displayName"]: customer for customer in records.find(default, CUSTOMER)}

    assert all(EMAIL.fullmatch(customer["email"]) for customer in customers.values())
    assert (customers["Ottoline Marsh"]["email"], customers["Ottoline Marsh"]["customerType"]) == (
        "ottoline@mail.example",
        "RETAIL",
    )
    assert (customers["Scraper Portal"]["email"], customers["Scraper Portal"]["customerType"]) == (
        "scraperportal@example.com",
        "MARKETPLACE",
    )


def test_default_told_nobody_of_the_past(default: Any) -> None:
    assert default.conn.execute("SELECT count(*) FROM notice").fetchone() == (0,)


def test_account_without_stock_has_all(planted: Callable[..., Any]) -> None:
    read = planted({"accounts": [{"id": 9, "name": "All"}]})

    assert records.count(read, wire.INVENTORY, [("account", "=", 9)]) == 3


def test_world_without_accounts_has_nothing(planted: Callable[..., Any]) -> None:
    assert records.count(planted({}), wire.INVENTORY, []) == 0


def test_rows_can_be_chosen(planted: Callable[..., Any]) -> None:
    stock = [{"event": "1001", "section": ["101", "Floor"], "row": "GA"}]
    read = planted({"accounts": [{"id": 9, "name": "Some", "stock": stock}]})

    assert [listing["section"] for listing in records.find(read, wire.INVENTORY)] == ["Floor"]


def test_fixture_gives_barcodes(planted: Callable[..., Any]) -> None:
    row = {
        "event": "1001",
        "section": "9",
        "row": "Z",
        "seats": "1-2",
        "price": 5,
        "data": {"barcodes": ["B-1", "B-2", "B-3"]},
    }
    read = planted({"accounts": [{"id": 9, "name": "All"}]}, stock=[row])

    assert [ticket["barCode"] for ticket in records.find(read, wire.TICKET)] == ["B-1", "B-2"]
    assert records.find(read, wire.INVENTORY)[0]["barCodesEntered"]


def test_fixture_gives_what_only_others_know_of_an_event(planted: Callable[..., Any]) -> None:
    fixture = yaml.safe_load(Path(FIXTURE).read_text(encoding="utf-8"))
    members = {
        "chart_url": ("chartUrl", "https://charts.example/1.png"), "stubhub_event_id": ("stubhubEventId", 104_000_001),
        "stubhub_event_url": ("stubhubEventUrl", "https://stubhub.example/104000001"), "ei_event_id": ("eiEventId", 77),
        "vivid_seats_event_url": ("vividSeatsEventUrl", "https://vivid.example/1"), "notes": ("notes", "Doors at six"),
    }  # fmt: skip
    first, *others = fixture["events"]
    about = first | {"data": first.get("data", {}) | {name: value for name, (_, value) in members.items()}}

    read = planted({"accounts": [{"id": 9, "name": "All"}]}, events=[about, *others])

    event = records.get(read, wire.EVENT, str(first["id"]))
    assert event
    assert {name: event[name] for name, _ in members.values()} == dict(members.values())


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"accounts": [{"name": "x"}]}, "vendors.skybox.accounts[0].id"),
        ({"accounts": [{"id": "x", "name": "x"}]}, "vendors.skybox.accounts[0].id"),
        ({"accounts": [{"id": 1, "name": "x", "currency": "PHP"}]}, "vendors.skybox.accounts[0].currency"),
        ({"accounts": [{"id": 1, "name": "x", "stock": [{"event": "no"}]}]}, "vendors.skybox.accounts[0].stock[0].event: There is no no"),
        ({"accounts": [{"id": 1, "name": "x", "stock": [{"event": "1001", "row": {}}]}]}, "vendors.skybox.accounts[0].stock[0].row"),
        ({"applications": [{"token": "short", "name": "x"}]}, "vendors.skybox.applications[0].token"),
        ({"applications": [{"token": "long enough but spaced", "name": "x"}]}, "vendors.skybox.applications[0].token"),
        ({"brokers": []}, "vendors.skybox.brokers"),
    ],
)  # fmt: skip
def test_wrong_section_is_named(planted: Callable[..., Any], section: Any, words: str) -> None:
    with pytest.raises(Invalid, match=re.escape(words)):
        planted(section)


ALL = {"accounts": [{"id": 9, "name": "All"}]}


@pytest.mark.parametrize(
    ("section", "order", "words"),
    [
        (ALL, {"status": "Shipped"}, "no order status"),
        (ALL, {"status": "PAID", "quantity": 9}, "Only 8"),
        (ALL, {"status": "PAID", "quantity": 7}, "split type"),
        ({}, {"status": "PAID"}, "no SkyBox account"),
        (ALL, {"status": "HOLD", "data": {"days": "x"}}, "data.days must be"),
        (ALL, {"status": "HOLD", "data": {"days": -1}}, "data.days must be"),
    ],
)
def test_wrong_order_is_named(planted: Callable[..., Any], section: Any, order: Any, words: str) -> None:
    entry = {"vendor": "skybox", "event": "1001", "section": "101", "row": "A", "quantity": 2} | order

    with pytest.raises(Invalid, match=rf"own.yaml:\d+: orders\[0\].*{words}"):
        planted(section, orders=[entry])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"cost": "abc"}, "cost must be a number"), ({"cost": -5}, "cost must be a number"), ({"cost": True}, "cost must be a number"),
        ({"face_value": [1]}, "face_value must be a number"), ({"restrictions": 5}, "restrictions must be a list"),
    ],
)  # fmt: skip
def test_wrong_stock_data_is_named(planted: Callable[..., Any], data: dict[str, Any], words: str) -> None:
    row = {"event": "1001", "section": "101", "row": "A", "seats": 4, "price": 9, "data": data}

    with pytest.raises(Invalid, match=rf"own.yaml:\d+: stock\[0\].data: {words}"):
        planted(ALL, stock=[row])


def test_numbers_are_texts_where_texts_are_due(planted: Callable[..., Any]) -> None:
    row = {"event": "1001", "section": "101", "row": "A", "seats": 4, "price": 9, "data": {"notes": 5}}
    order = {
        "vendor": "skybox",
        "event": "1001",
        "section": "101",
        "row": "A",
        "quantity": 2,
        "status": "PAID",
        "data": {"external_ref": 118},
    }

    read = planted(ALL, stock=[row], orders=[order])

    assert [invoice["externalRef"] for invoice in records.find(read, wire.INVOICE)] == ["118"]
    assert [listing["publicNotes"] for listing in records.find(read, wire.INVENTORY)] == ["5"]


@pytest.mark.parametrize("status", ["UNPAID", "PAID", "COMPLETE", "CANCELLED", "HOLD"])
def test_orders_come_to_their_status(planted: Callable[..., Any], status: str) -> None:
    order = {"vendor": "skybox", "event": "1001", "section": "101", "row": "A", "quantity": 2, "status": status}

    read = planted(ALL, orders=[order])

    (row,) = stock.of_event(read, "1001", "101")
    taken = {"CANCELLED": (0, 0), "HOLD": (2, 0)}.get(status, (0, 2))
    assert (row.held, row.sold) == taken


def test_free_tickets_are_found_by_their_listing(default: Any) -> None:
    query = "SELECT * FROM skybox_ticket WHERE inventory = 1 AND status = 'AVAILABLE' AND hold = 0"

    (plan,) = [row[3] for row in default.conn.execute(f"EXPLAIN QUERY PLAN {query}")]

    assert "skybox_ticket_inventory" in plan


def test_listings_are_the_same_however_many_are_planted_at_once(
    planted: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = (wire.INVENTORY, wire.TICKET, wire.LINE, wire.PRICE, wire.PURCHASE)

    together = planted({"accounts": [{"id": 1, "name": "One"}]})
    monkeypatch.setattr(stock_sync, "AT_ONCE", 2)
    apart = planted({"accounts": [{"id": 1, "name": "Another"}]})  # another fixture, so that it is planted too

    assert records.count(together, wire.INVENTORY, []) > 2
    for kind in kinds:
        pages = [
            [*read.conn.execute(f"SELECT rowid, * FROM {kind.table} ORDER BY rowid")] for read in (together, apart)
        ]
        assert pages[0] == pages[1]
    listing, tickets, line = (records.find(apart, kind) for kind in kinds[:3])
    assert [ticket["id"] for ticket in tickets] == [id for row in listing for id in row["ticketIds"]]
    assert [row["itemIds"] for row in line] == [row["ticketIds"] for row in listing]
