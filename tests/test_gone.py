"""Calls on what is gone or closed, at every vendor: refused in the vendor's words, and nothing changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from mockmarket import stock
from mockmarket.api.operations import load
from mockmarket.store import records
from mockmarket.vendor import Vendor
from mockmarket.worlds.world import World
from tests.conftest import Client, Served
from tests.sixth.serving import VENDORS, market

__all__ = ["market"]

CUSTOMER = {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}
NEW_ROW = {"event": "1001", "section": "Late", "row": "A", "seats": 2, "price": "5.00"}


@pytest.fixture
def world(market: Served) -> Iterator[World]:
    """Give the test a world of its own, its clock frozen."""
    world = market.fresh_worlds.take()
    yield world
    market.fresh_worlds.give_back(world)


@pytest.fixture
def client(market: Served, world: World) -> Client:
    """Talk to the test's world, with no key."""
    return Client(market.url, world)


def use_key(client: Client, vendor: str) -> None:
    """Send a vendor's first credential with what follows."""
    listed = client.control("GET", "vendors")["vendors"]
    client.key = dict(next(row["credentials"] for row in listed if row["name"] == vendor)[0]["headers"])


def everything(world: World) -> dict[str, list[Any]]:
    """Return every record of every vendor, every stock row and every notice's number."""
    kinds = [kind for vendor in world.vendors.values() for kind in vendor.records.kinds]
    stored = {kind.table: records.find(world.read(), kind) for kind in kinds}
    sql = {"stock": "SELECT id, held, sold, total, price FROM stock", "notice": "SELECT count(*) FROM notice"}
    return stored | {name: [*world.read().conn.execute(query)] for name, query in sql.items()}


def portal_order(client: Client, status: str | None = None) -> requests.Response:
    """Buy at the portal, and change the order's status if asked."""
    use_key(client, "portal")
    listings = client.control("GET", "records/portal/listing?eventId=1001")["records"]
    listing = next(row for row in listings if 2 in row["splits"])
    body = {"eventId": "1001", "listingId": listing["listingId"], "quantity": 2, "customer": CUSTOMER}
    answer = client.post("/api/v1/orders", body)
    if status:
        client.patch("/api/v1/orders", {"orderId": answer.json()["order"]["orderId"], "status": status})
    return answer


def cancelled_portal_order(client: Client) -> Callable[[], requests.Response]:
    id = portal_order(client, "cancelled").json()["order"]["orderId"]
    return lambda: client.patch("/api/v1/orders", {"orderId": id, "status": "accepted"})


def portal_sale_of_cancelled_event(client: Client) -> Callable[[], requests.Response]:
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})
    return lambda: portal_order(client)


def portal_sale_of_past_event(client: Client) -> Callable[[], requests.Response]:
    client.control("POST", "clock/advance", {"seconds": 365 * 86_400})
    return lambda: portal_order(client)


def ticketnation_purchase_of_archived_event(client: Client) -> Callable[[], requests.Response]:
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})
    event = client.control("GET", "records/ticketnation/event?status=ARCHIVED")["records"][0]
    ticket = client.control("GET", f"records/ticketnation/ticket?eventId={event['id']}")["records"][0]["id"]
    body = {"eventId": event["id"], "ticketId": ticket, "quantity": 1}
    return lambda: client.post("/_mockmarket/ticketnation/actions/buy", body)


def ticketnation_second_refund(client: Client) -> Callable[[], requests.Response]:
    order = client.control("GET", "records/ticketnation/order?status=COMPLETED")["records"][0]["orderId"]
    client.control("POST", "ticketnation/actions/refund", {"orderId": order})
    return lambda: client.post("/_mockmarket/ticketnation/actions/refund", {"orderId": order})


def ticketnation_deleted_webhook(client: Client) -> Callable[[], requests.Response]:
    use_key(client, "ticketnation")
    base = "/ticketnation/open-api/v1/webhooks"
    id = client.post(base, {"url": "http://127.0.0.1:9/"}).json()["data"]["id"]
    client.delete(f"{base}/{id}")
    return lambda: client.post(f"{base}/{id}/test")


def tixstock_hold(client: Client) -> str:
    """Hold two tickets as a reseller; returns the hold's id."""
    use_key(client, "tixstock")
    listings = client.get("/tixstock/v1/tickets/get", per_page="50").json()["data"]
    listing = next(row for row in listings if row["number_of_tickets_for_sale"]["quantity_available"] > 3)
    answer = client.post(f"/tixstock/v1/tickets/hold/{listing['id']}", {"quantity": 2})
    id: str = answer.json()["meta"]["hold_id"]
    return id


def tixstock_release_of_lapsed_hold(client: Client) -> Callable[[], requests.Response]:
    id = tixstock_hold(client)
    client.control("POST", "clock/advance", {"seconds": 1_801})
    return lambda: client.put("/tixstock/v1/tickets/release", {"hold_id": id})


def tixstock_order_of_cancelled_event(client: Client) -> Callable[[], requests.Response]:
    id = tixstock_hold(client)
    for event in client.control("GET", "records/tixstock/event?status=Active")["records"]:
        client.control("POST", "core/actions/cancel_event", {"event": event["id"]})
    body = {
        "order_id": "X",
        "order_status": "Approved",
        "datetime": "2026-03-01T12:00:00+0000",
        "currency": "USD",
        "customer": {"id": "1"},
    }
    return lambda: client.post(f"/tixstock/v1/order/add/{id}/2", body)


def tixstock_listing_of_cancelled_event(client: Client) -> Callable[[], requests.Response]:
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})
    body = {"event": "1001", "section": "Late", "row": "A", "quantity": 2, "price": 5}
    return lambda: client.post("/_mockmarket/tixstock/actions/add_listing", body)


def tixstock_change(client: Client) -> Callable[[], requests.Response]:
    """Return a broker's change of the price of a listing of event 1001."""
    listing = client.control("GET", "records/tixstock/listing?event=1001")["records"][0]["id"]
    return lambda: client.post("/_mockmarket/tixstock/actions/update_listing", {"listing": listing, "price": 999})


def tixstock_change_of_cancelled_event(client: Client) -> Callable[[], requests.Response]:
    call = tixstock_change(client)
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})
    return call


def tixstock_change_of_past_event(client: Client) -> Callable[[], requests.Response]:
    call = tixstock_change(client)
    client.control("POST", "clock/advance", {"seconds": 365 * 86_400})
    return call


def tixstock_change_by_closed_broker(client: Client) -> Callable[[], requests.Response]:
    call = tixstock_change(client)
    for broker in client.control("GET", "records/tixstock/broker")["records"]:
        client.post("/_mockmarket/tixstock/actions/close_account", {"broker": broker["id"]})
    return call


def tixstock_second_cancellation(client: Client) -> Callable[[], requests.Response]:
    use_key(client, "tixstock")
    order = client.control("GET", "records/tixstock/order")["records"][0]["id"]
    path = f"/tixstock/v1/order/update/{order}"
    client.put(path, {"order_status": "Cancelled"})
    return lambda: client.put(path, {"order_status": "Cancelled"})


def zatabox_order(client: Client) -> str:
    """Begin a checkout; returns the order's id."""
    use_key(client, "zatabox")
    event = client.control("GET", "records/zatabox/event?status=published")["records"][0]["id"]
    types = client.control("GET", f"records/zatabox/ticket_type?eventId={event}")["records"]
    type = next(row for row in types if row["quantityAvailable"] > 2)["id"]
    body = {"items": [{"ticketTypeId": type, "quantity": 1}], "guestEmail": "g@example.com", "guestName": "G"}
    answer = client.post("/zatabox/api/v1/orders", body)
    assert answer.ok, answer.text
    id: str = answer.json()["data"]["id"]
    return id


def zatabox_payment_of_cancelled_order(client: Client) -> Callable[[], requests.Response]:
    path = f"/zatabox/api/v1/orders/{zatabox_order(client)}"
    client.post(f"{path}/cancel")
    return lambda: client.post(f"{path}/pay", {"provider": "paystack"})


def zatabox_payment_of_lapsed_order(client: Client) -> Callable[[], requests.Response]:
    path = f"/zatabox/api/v1/orders/{zatabox_order(client)}"
    client.control("POST", "clock/advance", {"seconds": 1_000})
    return lambda: client.post(f"{path}/pay", {"provider": "paystack"})


def skybox_deleted_webhook(client: Client) -> Callable[[], requests.Response]:
    use_key(client, "skybox")
    body = {"topic": "HOLD", "url": "http://127.0.0.1:9/", "headers": "", "secret": "s"}
    id = client.post("/skybox/services/webhooks", body).json()["id"]
    client.delete(f"/skybox/services/webhooks/{id}")
    return lambda: client.put(f"/skybox/services/webhooks/{id}", body)


def core_action(client: Client, name: str, body: dict[str, Any]) -> Callable[[], requests.Response]:
    return lambda: client.post(f"/_mockmarket/core/actions/{name}", body)


def core_price(client: Client, event: str = "1001") -> Callable[[], requests.Response]:
    """Return a call that changes the price of an event's first stock row."""
    row = stock.of_event(client.world.read(), event)[0]
    return core_action(client, "change_price", {"stock": row.id, "price": row.price / 100 + 1})


def core_price_of_cancelled_event(client: Client) -> Callable[[], requests.Response]:
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})
    return core_price(client)


def core_price_of_past_event(client: Client) -> Callable[[], requests.Response]:
    client.control("POST", "clock/advance", {"seconds": 365 * 86_400})
    return core_price(client)


def core_price_of_joined_row(client: Client) -> Callable[[], requests.Response]:
    call = core_price(client)
    with client.world.atomic() as tx:
        row = stock.of_event(tx, "1001")[0]
        halves = stock.divide(tx, row.id, [1, row.free - 1], "core", "test")
        stock.join(tx, [half.id for half in halves], "core", "test")
    return call


def core_stock_of_cancelled_event(client: Client) -> Callable[[], requests.Response]:
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})
    return core_action(client, "add_stock", NEW_ROW)


def core_stock_of_past_event(client: Client) -> Callable[[], requests.Response]:
    client.control("POST", "clock/advance", {"seconds": 365 * 86_400})
    return core_action(client, "add_stock", NEW_ROW)


def core_move_of_cancelled_event(client: Client) -> Callable[[], requests.Response]:
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})
    return core_action(client, "move_event", {"event": "1001", "to": "2031-01-01T20:00:00Z"})


def core_second_cancellation(client: Client) -> Callable[[], requests.Response]:
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})
    return core_action(client, "cancel_event", {"event": "1001"})


CLOSED: dict[Callable[[Client], Callable[[], requests.Response]], tuple[int, str]] = {
    cancelled_portal_order: (400, "error"),
    portal_sale_of_cancelled_event: (409, "error"),
    portal_sale_of_past_event: (409, "error"),
    ticketnation_purchase_of_archived_event: (409, "error"),
    ticketnation_second_refund: (400, "error"),
    ticketnation_deleted_webhook: (404, "error"),
    tixstock_release_of_lapsed_hold: (404, "errors"),
    tixstock_order_of_cancelled_event: (404, "errors"),
    tixstock_listing_of_cancelled_event: (409, "error"),
    tixstock_change_of_cancelled_event: (409, "error"),
    tixstock_change_of_past_event: (409, "error"),
    tixstock_change_by_closed_broker: (409, "error"),
    tixstock_second_cancellation: (409, "errors"),
    zatabox_payment_of_cancelled_order: (409, "error"),
    zatabox_payment_of_lapsed_order: (409, "error"),
    skybox_deleted_webhook: (404, "message"),
    core_price_of_cancelled_event: (409, "error"),
    core_price_of_past_event: (409, "error"),
    core_price_of_joined_row: (409, "error"),
    core_stock_of_cancelled_event: (409, "error"),
    core_stock_of_past_event: (409, "error"),
    core_move_of_cancelled_event: (409, "error"),
    core_second_cancellation: (409, "error"),
}
"""What is closed first, with the status of the call on it and the member that says why."""


@pytest.mark.parametrize("close", list(CLOSED), ids=lambda close: close.__name__)
def test_call_on_what_is_closed_changes_nothing(client: Client, world: World, close: Callable[[Client], Any]) -> None:
    call = close(client)
    before = everything(world)

    answer = call()

    status, member = CLOSED[close]
    assert answer.status_code == status, answer.text
    assert answer.json()[member]
    assert everything(world) == before


@pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.name for vendor in VENDORS])
def test_revoked_key_opens_nothing(client: Client, world: World, vendor: Vendor) -> None:
    use_key(client, vendor.name)
    for key in client.control("GET", f"keys?vendor={vendor.name}")["keys"]:
        client.control("DELETE", f"keys/{key['id']}")
    before = everything(world)

    rows = [row for row in vendor.api.operations if row.built and row.method != "GET" and not load(row).public]
    answers = [
        client.call(row.method, vendor.base + re.sub(r"{[^}]*}", "1", row.template), json={}) for row in rows[:20]
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert everything(world) == before


@pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.name for vendor in VENDORS])
def test_removed_endpoint_is_sent_nothing(client: Client, vendor: Vendor) -> None:
    endpoint = client.control("POST", "endpoints", {"vendor": vendor.name, "url": "http://127.0.0.1:9/"})
    type = next(notice.name for notice in vendor.webhooks.notices if notice.fires)
    client.control("POST", f"{vendor.name}/trigger/{type}", {})
    [delivery] = client.control("GET", "deliveries")["deliveries"]
    client.control("DELETE", f"endpoints/{endpoint['id']}")

    answer = client.post(f"/_mockmarket/deliveries/{delivery['id']}/resend")

    assert (answer.status_code, "removed" in answer.text) == (409, True)
