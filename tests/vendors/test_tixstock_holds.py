"""Tixstock's holds: taken, released in part, lapsed; split types; the codes of what is refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Client
from tests.receiver import Receiver
from tests.test_dashboard import UI
from tests.vendors.tixstock import ORDER, Exchange, error, opened, saying

RELEASES: dict[str, Callable[..., Any]] = {
    "body": lambda hold, quantity: ("PUT", "/tickets/release", {"hold_id": hold, "release_quantity": quantity}),
    "body by POST": lambda hold, quantity: ("POST", "/tickets/release", {"hold_id": hold, "quantity": quantity}),
    "path": lambda hold, quantity: ("POST", f"/tickets/release/{hold}/{quantity}", None),
    "path by PUT": lambda hold, quantity: ("PUT", f"/tickets/release/{hold}/{quantity}", None),
}


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


def available(exchange: Exchange, section: str = "Stalls", row: str = "A") -> tuple[int, int]:
    """Return how many tickets of a listing are available, and how many on hold."""
    numbers = exchange.listing(section, row)["number_of_tickets_for_sale"]
    return numbers["quantity_available"], numbers["quantity_on_hold"]


def try_hold(exchange: Exchange, quantity: Any, section: str = "Stalls", row: str = "A") -> Any:
    """Ask to hold tickets."""
    return exchange.post("a", f"/tickets/hold/{exchange.listing(section, row)['id']}", {"quantity": quantity})


def test_hold_is_answered_with_its_id(exchange: Exchange) -> None:
    listing = exchange.listing()["id"]

    answer = exchange.post("a", f"/tickets/hold/{listing}", {"quantity": 3}).json()

    assert answer["data"] == {"quantity_available": 7}
    assert list(answer["meta"]) == ["mode", "type", "external_id", "hold_id", "quantity", "request_id"]
    assert (answer["meta"]["type"], answer["meta"]["external_id"], answer["meta"]["quantity"]) == (
        "ticket.hold",
        listing,
        3,
    )


def test_hold_takes_tickets_from_sale(exchange: Exchange) -> None:
    exchange.hold(3)

    assert available(exchange) == (7, 3)


def test_partner_holds_by_listing_id(exchange: Exchange) -> None:
    listing = exchange.get("p", "/tickets/feed", section_name="Floor").json()["data"][0]["id"]

    answer = exchange.post("p", "/tickets/hold", {"listing_id": listing, "quantity": 2}).json()

    assert (answer["data"], answer["meta"]["type"]) == ({"quantity_available": 48}, "partner.ticket.hold")
    assert "external_id" not in answer["meta"]


def test_reseller_holds_by_own_id(exchange: Exchange) -> None:
    listing = exchange.listing(who="b")["id"]

    answer = exchange.post("b", f"/tickets/hold/{listing}", {"quantity": 1})

    assert listing.startswith("BL-")
    assert answer.json()["meta"]["external_id"] == listing


def test_exchange_id_is_not_resellers(exchange: Exchange) -> None:
    listing = exchange.listing(who="a")["id"]

    assert error(exchange.post("b", f"/tickets/hold/{listing}", {"quantity": 1})) == (404, "404")


def test_quantity_may_be_text(exchange: Exchange) -> None:
    assert try_hold(exchange, "2").status_code == 200


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "two", "", True, [2], 10**12, "٣"])
def test_wrong_quantity_has_code_106(exchange: Exchange, quantity: Any) -> None:
    assert error(try_hold(exchange, quantity)) == (400, "106")


@pytest.mark.parametrize("quantity", [2, 2.0, "2"])
def test_whole_quantity_may_be_spelt_otherwise(exchange: Exchange, quantity: Any) -> None:
    assert try_hold(exchange, quantity).json()["meta"]["quantity"] == 2


def test_too_many_have_code_108(exchange: Exchange) -> None:
    assert error(try_hold(exchange, 11)) == (409, "108")


def test_missing_quantity_is_a_sentence(exchange: Exchange) -> None:
    answer = exchange.post("a", f"/tickets/hold/{exchange.listing()['id']}", {})

    assert (answer.status_code, answer.json()["errors"]) == (400, ["The Quantity field is required."])


@pytest.mark.parametrize(
    ("section", "row", "allowed"),
    [
        ("Stalls", "A", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("Stalls", "B", [1, 2, 3, 4, 5, 6, 8]),
        ("Box", "X", [4]),
        ("Circle", "C", [4, 8, 12]),
    ],
)
def test_hold_keeps_to_split_type(exchange: Exchange, section: str, row: str, allowed: list[int]) -> None:
    listing = exchange.listing(section, row)
    most = listing["number_of_tickets_for_sale"]["quantity_available"]

    taken = []
    for quantity in range(1, most + 1):
        answer = exchange.post("a", f"/tickets/hold/{listing['id']}", {"quantity": quantity})
        if answer.ok:
            taken.append(quantity)
            exchange.put("a", "/tickets/release", {"hold_id": answer.json()["meta"]["hold_id"]})

    assert taken == allowed


def test_broken_split_says_what_may_be(exchange: Exchange) -> None:
    answer = try_hold(exchange, 3, "Circle", "C")

    assert answer.status_code == 400
    assert "4, 8, 12" in answer.json()["errors"][0]


@pytest.mark.parametrize("form", RELEASES)
def test_release_frees_part_of_it(exchange: Exchange, form: str) -> None:
    method, path, body = RELEASES[form](exchange.hold(5), 2)

    answer = exchange.call("a", method, path, json=body).json()

    assert (answer["data"], answer["meta"]["type"], answer["meta"]["quantity"]) == (
        {"quantity_available": 7},
        "ticket.release",
        2,
    )
    assert available(exchange) == (7, 3)


def test_partner_releases_by_path(exchange: Exchange) -> None:
    listing = exchange.get("p", "/tickets/feed", section_name="Floor").json()["data"][0]["id"]
    hold = exchange.post("p", "/tickets/hold", {"listing_id": listing, "quantity": 2}).json()["meta"]["hold_id"]

    answer = exchange.post("p", f"/tickets/release/{hold}/1").json()

    assert (answer["data"], answer["meta"]["type"]) == ({"quantity_available": 49}, "partner.ticket.release")
    assert "hold_id" not in answer["meta"]


def test_release_without_quantity_frees_all(exchange: Exchange) -> None:
    exchange.put("a", "/tickets/release", {"hold_id": exchange.hold(4)})

    assert available(exchange) == (10, 0)


def test_too_much_released_has_code_109(exchange: Exchange) -> None:
    hold = exchange.hold(2)

    assert error(exchange.put("a", "/tickets/release", {"hold_id": hold, "release_quantity": 3})) == (400, "109")


@pytest.mark.parametrize("quantity", ["0", "x", "1.5", "-1"])
def test_wrong_quantity_in_path_has_106(exchange: Exchange, quantity: str) -> None:
    assert error(exchange.post("a", f"/tickets/release/{exchange.hold()}/{quantity}")) == (400, "106")


def test_release_keeps_to_split_type(exchange: Exchange) -> None:
    hold = exchange.hold(8, "Circle", "C")

    answer = exchange.put("a", "/tickets/release", {"hold_id": hold, "release_quantity": 3})

    assert answer.status_code == 400
    assert available(exchange, "Circle", "C") == (4, 8)


def test_released_hold_is_gone(exchange: Exchange) -> None:
    hold = exchange.hold()
    exchange.put("a", "/tickets/release", {"hold_id": hold})

    assert error(exchange.put("a", "/tickets/release", {"hold_id": hold})) == (404, "404")


def test_hold_of_another_is_unknown(exchange: Exchange) -> None:
    hold = exchange.hold(who="a")

    assert error(exchange.put("b", "/tickets/release", {"hold_id": hold})) == (404, "404")


def test_hold_lapses_after_thirty_minutes(exchange: Exchange) -> None:
    exchange.hold(4)
    exchange.advance(seconds=1799)
    before = available(exchange)

    exchange.advance(seconds=1)

    assert (before, available(exchange)) == ((6, 4), (10, 0))


def test_lapsed_hold_sells_nothing(exchange: Exchange) -> None:
    hold = exchange.hold(2)
    exchange.advance(seconds=1800)

    assert error(exchange.post("a", f"/order/add/{hold}/2", ORDER)) == (404, "404")


def test_sold_hold_does_not_lapse(exchange: Exchange) -> None:
    exchange.order(2)

    exchange.advance(seconds=7200)

    assert available(exchange) == (8, 0)


def test_rest_of_a_hold_lapses(exchange: Exchange) -> None:
    hold = exchange.hold(5)
    exchange.post("a", f"/order/add/{hold}/2", ORDER)
    before = available(exchange)

    exchange.advance(seconds=1800)

    assert (before, available(exchange)) == ((5, 3), (8, 0))


def test_length_of_holds_can_be_set(exchange: Exchange) -> None:
    exchange.set(hold_minutes=2)
    exchange.hold(4)

    exchange.advance(seconds=120)

    assert available(exchange) == (10, 0)


@pytest.mark.parametrize("event", ["PAST", "OFF"])
def test_event_over_or_off_holds_nothing(exchange: Exchange, event: str) -> None:
    listing = next(
        record["id"] for record in exchange.client.control("GET", f"records/tixstock/listing?event={event}")["records"]
    )

    assert error(exchange.post("a", f"/tickets/hold/{listing}", {"quantity": 1})) == (404, "404")


def test_unassigned_event_holds_nothing(exchange: Exchange) -> None:
    listing = exchange.listing(who="a")["id"]

    assert error(exchange.post("c", f"/tickets/hold/{listing}", {"quantity": 1})) == (404, "404")


def test_seats_are_never_held_twice(exchange: Exchange) -> None:
    listing = exchange.get("p", "/tickets/feed", section_name="Gallery").json()["data"][0]["id"]
    urls = {"a": f"/tickets/hold/{listing}", "b": f"/tickets/hold/BL-{listing}"}
    clients = [(who, Client(exchange.client.base.partition("/w/")[0], exchange.client.world)) for who in "ab" * 6]

    def take(caller: tuple[str, Client]) -> int:
        who, client = caller
        client.key = {"Authorization": f"Bearer tixstock_test_{who}_00000000"}
        return client.post(f"/tixstock/v1{urls[who]}", {"quantity": 1}).status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(take, clients))

    assert sorted(statuses) == [200] * 6 + [409] * 6


# What forbids a hold forbids the sale of one, and what is gone never fails.


def listing_id(exchange: Exchange, section: str = "Stalls") -> str:
    """Return the exchange's id of a listing, which A and P know it by."""
    records = exchange.client.control("GET", "records/tixstock/listing?event=9001")["records"]
    return next(str(listing["id"]) for listing in records if listing["seat_details"]["section"] == section)


def keep(exchange: Exchange, who: str, quantity: int = 2) -> Any:
    """Ask for a hold in a seller's own dialect."""
    listing = listing_id(exchange)
    if who == "p":
        return exchange.post(who, "/tickets/hold", {"listing_id": listing, "quantity": quantity})
    return exchange.post(who, f"/tickets/hold/{listing}", {"quantity": quantity})


def held(exchange: Exchange, who: str, quantity: int = 2) -> str:
    """Hold tickets in a seller's own dialect; returns the hold's id."""
    return str(keep(exchange, who, quantity).json()["meta"]["hold_id"])


def sale(exchange: Exchange, who: str, hold: str, quantity: int = 2) -> Any:
    """Sell tickets of a hold in a seller's own dialect."""
    return exchange.post(who, f"/{'orders' if who == 'p' else 'order'}/add/{hold}/{quantity}", ORDER)


def call_off(exchange: Exchange, who: str) -> None:
    """Cancel the event."""
    exchange.core("cancel_event", event="9001")


def begin(exchange: Exchange, who: str) -> None:
    """Put the event at a time that has passed."""
    exchange.core("move_event", event="9001", to="2026-04-01T07:59")


def begin_now(exchange: Exchange, who: str) -> None:
    """Let the event begin at this very moment."""
    exchange.core("move_event", event="9001", to="2026-04-01T12:00:00Z")


def close(exchange: Exchange, who: str) -> None:
    """Close the broker's account."""
    exchange.acted("close_account", broker="1001")


def disconnect(exchange: Exchange, who: str) -> None:
    """Undo the link with the broker."""
    assert exchange.post(who, "/broker/close/1001").status_code == 200


def delete(exchange: Exchange, who: str) -> None:
    """Delete the listing as its broker does."""
    exchange.acted("delete_listing", listing=listing_id(exchange))


BARS: list[tuple[Any, str, tuple[int, str]]] = [
    (bar, who, code)
    for bar, code in (
        (call_off, (404, "404")), (begin, (404, "404")), (begin_now, (404, "404")), (close, (403, "403")),
        (delete, (404, "404")),
    )
    for who in "ap"
] + [(disconnect, "a", (404, "404"))]  # fmt: skip


@pytest.mark.parametrize(("bar", "who", "code"), [row for row in BARS if row[0] is not delete])
def test_barred_listing_cannot_be_held(exchange: Exchange, bar: Any, who: str, code: tuple[int, str]) -> None:
    bar(exchange, who)

    assert error(keep(exchange, who)) == code


@pytest.mark.parametrize(("bar", "who", "code"), BARS)
def test_barred_hold_cannot_be_sold(exchange: Exchange, bar: Any, who: str, code: tuple[int, str]) -> None:
    holds = [held(exchange, who) for _ in range(2)]
    bar(exchange, who)

    assert [error(sale(exchange, who, hold, quantity)) for hold, quantity in zip(holds, (1, 2), strict=True)] == [
        code
    ] * 2


def test_hold_of_unassigned_event_is_unsold(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(receiver, "a")
    saying(receiver, success=False)
    hold = held(exchange, "a")
    exchange.core("move_event", event="9001", to="2026-05-02T19:00")
    exchange.advance(seconds=200)

    assert error(sale(exchange, "a", hold)) == (404, "404")


@pytest.mark.parametrize(("bar", "who"), [(bar, who) for bar, who, _ in BARS])
def test_barred_hold_is_released(exchange: Exchange, bar: Any, who: str) -> None:
    calls = {form: release(held(exchange, who), 2) for form, release in RELEASES.items()}
    bar(exchange, who)

    statuses = {
        form: [exchange.call(who, method, path, json=body).status_code for _ in range(2)]
        for form, (method, path, body) in calls.items()
    }

    assert statuses == {form: [200, 404] for form in RELEASES}


@pytest.mark.parametrize(("bar", "who"), [(bar, who) for bar, who, _ in BARS])
def test_barred_hold_is_released_in_part(exchange: Exchange, bar: Any, who: str) -> None:
    hold = held(exchange, who, 3)
    bar(exchange, who)

    statuses = [exchange.post(who, f"/tickets/release/{hold}/{part}").status_code for part in (1, 2, 1)]

    assert statuses == [200, 200, 404]


@pytest.mark.parametrize(("bar", "who"), [(bar, who) for bar, who, _ in BARS])
def test_barred_hold_lapses(exchange: Exchange, bar: Any, who: str) -> None:
    hold = held(exchange, who)
    bar(exchange, who)

    exchange.advance(seconds=1800)

    assert exchange.record("hold", id=hold)["status"] == "expired"


def test_closed_brokers_listings_are_unlisted(exchange: Exchange) -> None:
    close(exchange, "a")

    assert exchange.get("a", "/tickets/get").json()["meta"]["total"] == 0


def test_disconnected_brokers_listings_are_unlisted(exchange: Exchange) -> None:
    before = exchange.get("b", "/tickets/get").json()["meta"]["total"]
    disconnect(exchange, "a")

    assert exchange.get("a", "/tickets/get").json()["meta"]["total"] == 0
    assert exchange.get("b", "/tickets/get").json()["meta"]["total"] == before > 0


def test_opened_account_sells_its_holds(exchange: Exchange) -> None:
    hold = held(exchange, "a")
    close(exchange, "a")
    exchange.acted("open_account", broker="1001")

    assert sale(exchange, "a", hold).status_code == 200


def test_hold_beyond_the_calendar_ends_with_it(exchange: Exchange) -> None:
    exchange.set(hold_minutes=1e300)

    exchange.hold(3)

    (hold,) = exchange.client.control("GET", "records/tixstock/hold")["records"]
    assert hold["expires_at"] == "9999-12-31T23:59:59+0000"
    exchange.client.control("POST", "clock/advance", {"until": "quiet"})
    assert available(exchange) == (10, 0)


def test_plan_leads_to_the_hold_and_its_reseller(exchange: Exchange) -> None:
    hold = exchange.hold(2)

    plan = exchange.client.get(f"{UI}/stock/event/9001?only=held").text
    record = exchange.client.get(f"{UI}/stock/record/tixstock/hold/{hold}").text

    assert f"Seat 12, row A, section Stalls: held for Northgate Tickets through Tixstock, {hold}" in plan
    assert f"stock/record/tixstock/hold/{hold}" in plan
    assert hold in record
