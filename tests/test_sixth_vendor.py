"""A vendor is one folder: the kiosk under `tests/sixth` is served without a change elsewhere."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

import mockmarket
from mockmarket.app import create_app
from mockmarket.config import Config
from mockmarket.server.openapi import describe
from mockmarket.vendor import discover
from mockmarket.worlds.world import World
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.sixth.serving import START, fixture_for_all, serving

FULL = {"Authorization": "Kiosk kiosk_test_full_000000000"}
BUYER = {"email": "a@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the shipped vendors and the sixth, from a fixture with a section for it."""
    fixture = fixture_for_all(tmp_path_factory.mktemp("sixth"))
    with serving(Config(fixture=fixture), (*discover(), *discover("tests.sixth"))) as served:
        yield served


@pytest.fixture
def world(market: Served) -> Iterator[World]:
    """Give the test a world of its own."""
    world = market.fresh_worlds.take()
    yield world
    market.fresh_worlds.give_back(world)


@pytest.fixture
def counter(market: Served, world: World) -> Client:
    """Return a client of the kiosk."""
    client = Client(market.url, world)
    client.key = FULL
    return client


@pytest.fixture
def portal(market: Served, world: World) -> Client:
    """Return a client of the portal in the same world."""
    client = Client(market.url, world)
    client.key = {"X-API-Key": "portal_test_full_00000000"}
    return client


def offer(counter: Client, area: str) -> dict[str, Any]:
    """Return the offer of an area such as `101/A`."""
    return next(row for row in counter.get("/kiosk/v0/offers").json()["offers"] if row["area"] == area)


def hold(counter: Client, area: str, places: int) -> dict[str, Any]:
    """Hold a pass."""
    answer = counter.post("/kiosk/v0/passes", {"offer_no": offer(counter, area)["offer_no"], "places": places})
    assert answer.status_code == 201, answer.text
    return answer.json()["pass"]


def listing(portal: Client, row: str) -> dict[str, Any]:
    """Return the portal's listing of a row of section 101, an empty one when it is sold out."""
    listings = portal.get("/api/v1/inventory", eventId="1001").json()["data"]
    return next((entry for entry in listings if entry["row"] == row and entry["section"] == "101"), {"quantity": 0})


def buy(portal: Client, row: str, quantity: int) -> requests.Response:
    """Buy at the portal."""
    body = {"eventId": "1001", "section": "101", "row": row, "quantity": quantity, "customer": BUYER}
    return portal.post("/api/v1/orders", body)


def listen(counter: Client, receiver: Receiver, *types: str) -> str:
    """Create an endpoint for the kiosk's notices of some types, or of all; returns its secret."""
    body = {"vendor": "kiosk", "url": receiver.url, "types": list(types) or None}
    return str(counter.control("POST", "endpoints", body)["secret"])


def problem(answer: requests.Response) -> str:
    """Return the word of an error answer; fails unless it has the kiosk's shape."""
    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.json()) == ["ok", "problem"]
    assert list(answer.json()["problem"]) == ["word", "say", "in"]
    return str(answer.json()["problem"]["word"])


def test_create_app_takes_any_vendors(tmp_path: Path) -> None:
    fixture = fixture_for_all(tmp_path)

    app = create_app(Config(fixture=fixture), vendors=(*discover(), *discover("tests.sixth")))
    names = [vendor.name for vendor in app.vendors]
    app.close(1)

    assert names[-1] == "kiosk"
    assert "portal" in names


def test_no_line_elsewhere_names_it() -> None:
    sources = Path(mockmarket.__file__).parent.rglob("*")

    paths = [path for path in sources if path.is_file() and b"kiosk" in path.read_bytes().lower()]

    assert [path for path in paths if "__pycache__" not in path.parts] == []


def test_offers_come_from_the_fixture(counter: Client) -> None:
    rows = counter.get("/kiosk/v0/offers").json()["offers"]

    lanterns = [row for row in rows if row["show_title"] == "Lanterns at Low Tide"]
    assert [(row["area"], row["left"], row["cents"]) for row in lanterns] == [
        ("101/A", 8, 8550), ("101/B", 5, 8050), ("101/C", 6, 7550), ("Floor/GA", 50, 6000),
    ]  # fmt: skip


def test_its_fixture_section_reaches_it(counter: Client) -> None:
    rows = counter.control("GET", "records/kiosk/offer")["records"]

    assert "Yesterday's Recital" not in {row["show_title"] for row in rows}


def test_its_fixture_orders_are_placed(counter: Client) -> None:
    passes = counter.control("GET", "records/kiosk/pass")["records"]

    assert [(row["pass_no"], row["bearer"], row["places"], row["state"]) for row in passes] == [
        ("P1", "Ana Peña", [1, 2], "paid"), ("P2", "Alex Buyer", [3], "held"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer kiosk_test_full_000000000"}, {"Authorization": "Kiosk portal_test_full_00000000"},
     {"X-API-Key": "kiosk_test_full_000000000"}],
    ids=["none", "another scheme", "another vendor's", "another header"],
)  # fmt: skip
def test_only_its_own_key_opens(counter: Client, headers: dict[str, str]) -> None:
    counter.key = headers

    answer = counter.get("/kiosk/v0/offers")

    assert (answer.status_code, problem(answer)) == (401, "unauthenticated")


def test_its_scopes_are_its_own(counter: Client) -> None:
    counter.key = {"Authorization": "Kiosk kiosk_test_window_00000"}

    answer = counter.get("/kiosk/v0/passes/P1")

    assert (answer.status_code, problem(answer)) == (403, "scope_missing")


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "word"),
    [
        ("GET", "/kiosk/v0/nothing", {}, 404, "not_found"),
        ("GET", "/kiosk/v0", {}, 404, "not_found"),
        ("GET", "/kiosk/v0/passes/P99", {}, 404, "not_found"),
        ("DELETE", "/kiosk/v0/offers", {}, 405, "method_not_allowed"),
        ("POST", "/kiosk/v0/passes", {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400, "malformed"),
        ("POST", "/kiosk/v0/passes", {"data": b"a=1", "headers": {"Content-Type": "text/plain"}}, 415, "unsupported_media"),
        ("POST", "/kiosk/v0/passes", {"json": {"offer_no": "x" * 2_100_000}}, 413, "too_large"),
        ("POST", "/kiosk/v0/passes", {"json": {"offer_no": "x", "places": 7}}, 400, "invalid"),
        ("POST", "/kiosk/v0/passes", {"json": {"offer_no": "x", "places": 1}}, 404, "not_found"),
        ("POST", "/kiosk/v0/passes/P1/pay", {}, 409, "conflict"),
    ],
)  # fmt: skip
def test_errors_have_its_own_shape(
    counter: Client, method: str, path: str, options: dict[str, Any], status: int, word: str
) -> None:
    answer = counter.call(method, path, **options)

    assert (answer.status_code, problem(answer)) == (status, word)


def test_errors_under_its_alias_too(counter: Client) -> None:
    answer = counter.get("/counter/nothing")

    assert (answer.status_code, problem(answer)) == (404, "not_found")


def test_hold_at_kiosk_moves_portal(counter: Client, portal: Client) -> None:
    before = listing(portal, "A")["quantity"]

    hold(counter, "101/A", 3)

    assert (before, listing(portal, "A")["quantity"]) == (8, 5)


def test_sale_at_portal_moves_kiosk(counter: Client, portal: Client) -> None:
    before = offer(counter, "101/A")["left"]

    buy(portal, "A", 4)

    assert (before, offer(counter, "101/A")["left"]) == (8, 4)


def test_last_seats_are_sold_once(counter: Client, portal: Client) -> None:
    hold(counter, "101/A", 6)
    hold(counter, "101/A", 2)

    answer = buy(portal, "A", 2)

    assert answer.status_code == 409
    assert listing(portal, "A")["quantity"] == 0


def test_kiosk_says_sold_out_itself(counter: Client, portal: Client) -> None:
    number = offer(counter, "101/A")["offer_no"]
    buy(portal, "A", 6)

    answer = counter.post("/kiosk/v0/passes", {"offer_no": number, "places": 3})

    assert (answer.status_code, problem(answer)) == (409, "sold_out")


def test_webhook_is_signed_its_way(counter: Client, receiver: Receiver) -> None:
    secret = listen(counter, receiver)

    kiosk_pass = hold(counter, "101/A", 2)
    hook = receiver.wait(1)[0]

    assert hook.json["pass"] == kiosk_pass
    assert hook.header("X-Kiosk-Sum") == hmac.new(secret.encode(), hook.body, hashlib.sha1).hexdigest()
    assert (hook.header("X-Kiosk-Notice"), hook.header("X-Kiosk-Try")) == (hook.json["notice"], "1")


def test_webhook_is_written_its_way(counter: Client, portal: Client, receiver: Receiver) -> None:
    listen(counter, receiver, "offer.gone")

    buy(portal, "A", 8)

    assert rb'"area":"101\/A"' in receiver.wait(1)[0].body


def test_webhook_is_retried_its_way(counter: Client, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (503, b"")
    listen(counter, receiver, "pass.held")
    hold(counter, "101/A", 2)

    counter.control("POST", "clock/advance", {"until": "quiet"})
    (delivery,) = counter.control("GET", "deliveries?vendor=kiosk")["deliveries"]
    attempts = counter.control("GET", f"deliveries/{delivery['id']}")["attempts_made"]

    assert delivery["state"] == "exhausted"
    assert [attempt["at"] for attempt in attempts] == [
        START, START.replace("12:00:00", "12:00:10"), START.replace("12:00:00", "12:01:10"),
    ]  # fmt: skip


def test_hold_lapses_at_its_moment(counter: Client, portal: Client) -> None:
    number = hold(counter, "101/A", 2)["pass_no"]

    walk = counter.control("POST", "clock/advance", {"seconds": 300})

    assert walk["timers"][-1] == {
        "timer": "lapse", "vendor": "kiosk", "record": number, "at": START.replace("12:00", "12:05"),
    }  # fmt: skip
    assert counter.get(f"/kiosk/v0/passes/{number}").json()["pass"]["state"] == "lapsed"
    assert listing(portal, "A")["quantity"] == 8


def test_hold_stands_until_its_moment(counter: Client, portal: Client) -> None:
    number = hold(counter, "101/A", 2)["pass_no"]

    counter.control("POST", "clock/advance", {"seconds": 299.999})

    assert counter.get(f"/kiosk/v0/passes/{number}").json()["pass"]["state"] == "held"
    assert listing(portal, "A")["quantity"] == 6


def test_seeded_hold_lapses_too(counter: Client) -> None:
    walk = counter.control("POST", "clock/advance", {"seconds": 240})

    assert [(timer["record"], timer["at"]) for timer in walk["timers"]] == [("P2", START.replace("12:00", "12:04"))]


def test_paid_pass_never_lapses(counter: Client) -> None:
    number = hold(counter, "101/A", 2)["pass_no"]

    paid = counter.post(f"/kiosk/v0/passes/{number}/pay").json()["pass"]
    counter.control("POST", "clock/advance", {"seconds": 86_400})

    assert paid["state"] == "paid"
    assert counter.get(f"/kiosk/v0/passes/{number}").json()["pass"] == paid


def test_its_setting_changes_the_hold(counter: Client) -> None:
    counter.call("PATCH", "/_mockmarket/settings", json={"kiosk": {"hold_s": 60}})

    kiosk_pass = hold(counter, "101/A", 1)

    assert kiosk_pass["held_until"] == START.replace("12:00:00.000Z", "12:01:00Z")


def test_its_action_frees_the_seats(counter: Client, portal: Client) -> None:
    before = listing(portal, "B")["quantity"]

    kiosk_pass = counter.control("POST", "kiosk/actions/void", {"pass_no": "P1"})

    assert kiosk_pass["state"] == "void"
    assert (before, listing(portal, "B")["quantity"]) == (5, 7)


def test_its_action_refuses_in_control_words(counter: Client) -> None:
    counter.control("POST", "kiosk/actions/void", {"pass_no": "P1"})

    answer = counter.post("/_mockmarket/kiosk/actions/void", {"pass_no": "P1"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


def test_its_notices_can_be_triggered(counter: Client, receiver: Receiver) -> None:
    listen(counter, receiver)

    counter.control("POST", "kiosk/trigger/pass.paid", {"record": "P1", "override": {"pass.bearer": "Zoë / Ž"}})
    hook = receiver.wait(1)[0]

    assert hook.json["about"] == "pass.paid"
    assert rb'"bearer":"Zo\u00eb \/ \u017d"' in hook.body


def test_cancelled_show_voids_its_passes(counter: Client, receiver: Receiver) -> None:
    listen(counter, receiver, "pass.void")

    counter.control("POST", "core/actions/cancel_event", {"event": "1001"})

    assert {hook.json["pass"]["pass_no"] for hook in receiver.wait(2)} == {"P1", "P2"}


def test_moved_show_moves_its_offers(counter: Client) -> None:
    counter.control("POST", "core/actions/move_event", {"event": "1001", "to": "2026-07-01T20:00:00Z"})

    assert offer(counter, "101/A")["starts"] == "2026-07-01T20:00:00Z"


def test_vendors_lists_it(counter: Client) -> None:
    vendors = counter.control("GET", "vendors")["vendors"]

    kiosk = next(row for row in vendors if row["name"] == "kiosk")

    assert kiosk["base_url"].endswith("/kiosk/v0")
    assert kiosk["credentials"][0]["headers"] == FULL
    assert [notice["name"] for notice in kiosk["notices"]][:2] == ["pass.held", "pass.paid"]


@pytest.mark.thorough
def test_openapi_documents_it(counter: Client) -> None:
    document = describe((counter.world.vendors["kiosk"],))

    assert {path for path in document["paths"] if path.startswith("/kiosk/")} == {
        "/kiosk/v0/offers", "/kiosk/v0/passes", "/kiosk/v0/passes/{id}", "/kiosk/v0/passes/{id}/pay",
        "/kiosk/v0/passes/{pass_id}/stub",
    }  # fmt: skip
    assert document["paths"]["/kiosk/v0/offers"]["get"]["security"] == [{"kiosk": []}]


def test_journal_knows_whose_request(counter: Client) -> None:
    (key, _) = counter.control("GET", "keys?vendor=kiosk")["keys"]

    counter.get("/kiosk/v0/offers")
    (entry,) = counter.control("GET", "requests?vendor=kiosk")["requests"]

    assert (entry["path"], entry["key"]) == ("/kiosk/v0/offers", key["id"])


def test_new_key_has_its_look(counter: Client) -> None:
    key = counter.control("POST", "keys", {"vendor": "kiosk", "name": "Second counter"})

    counter.key = {"Authorization": f"Kiosk {key['secret']}"}

    assert key["secret"].startswith("kk_")
    assert counter.get("/kiosk/v0/offers").status_code == 200


def test_reset_brings_it_back(counter: Client) -> None:
    before = counter.control("GET", "records/kiosk/offer")
    hold(counter, "101/A", 2)

    counter.control("POST", "reset")

    assert counter.control("GET", "records/kiosk/offer") == before
