"""Tixstock's webhooks: the twelve, who hears each, with which body, under whose ids."""

from __future__ import annotations

from typing import Any

import pytest

from mockmarket.vendors.tixstock.vendor import VENDOR
from tests.conftest import Client
from tests.receiver import Receiver
from tests.vendors.tixstock import ORDER, TOKENS, Exchange, arrivals, arrivals_of, opened, saying

SELLERS = "abcp"
NEW = {"event": "9001", "section": "Riser", "row": "R", "first_seat": 21, "quantity": 4, "price": 99.95}


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


@pytest.fixture
def heard(exchange: Exchange, receiver: Receiver) -> Receiver:
    """Everybody listens."""
    for who in SELLERS:
        exchange.listen(receiver, who)
    return receiver


def types(receiver: Receiver) -> list[tuple[str, str]]:
    """Return who was told what, sorted."""
    return sorted((who, type) for who, type, _ in arrivals(receiver))


def test_there_are_the_documents_twelve() -> None:
    names = [notice.name for notice in VENDOR.webhooks.notices]

    assert len(names) == 14  # add and update are one of the document's twelve, and so are the two fulfilments
    assert all(notice.fires for notice in VENDOR.webhooks.notices)


def test_body_is_data_and_type(exchange: Exchange, heard: Receiver) -> None:
    exchange.core("cancel_event", event="9002")

    hook = heard.wait(3)[0]
    assert list(hook.json) == ["data", "meta"]
    assert hook.json["meta"] == {"type": "event.cancel"}


def test_moved_event_is_told(exchange: Exchange, heard: Receiver) -> None:
    exchange.core("move_event", event="9001", to="2026-05-03T19:00")
    exchange.quiet()

    assert types(heard) == [("a", "event.update"), ("b", "event.update")]
    assert arrivals_of(heard, "event.update")["b"] == {
        "id": "BE-9001",
        "name": "Northgate Otters vs. Granite Lynx",
        "currency": "USD",
        "description": "Northgate Otters vs. Granite Lynx",
        "datetime": "2026-05-03T23:00:00+0000",
        "status": "Active",
        "venue": {
            "name": "Quay Garden", "address_line_1": "1 Quay Street", "address_line_2": "", "city": "Boston", "state": "MA",
            "postcode": "02110", "country_code": "US",
        },
        "use_tixstock_venue_details": "true",
        "venue_details": [
            {"id": f"9001-{place}", "name": name, "sections": [{"id": f"9001-{place}-1", "name": name}]}
            for place, name in enumerate(["Stalls", "Box", "Circle", "Floor", "Gallery"], 1)
        ],
        "performers": arrivals_of(heard, "event.update")["a"]["performers"],
    }  # fmt: skip
    assert [performer["name"] for performer in arrivals_of(heard, "event.update")["a"]["performers"]] == [
        "Northgate Otters",
        "Granite Lynx",
    ]


def test_cancelled_event_is_told(exchange: Exchange, heard: Receiver) -> None:
    exchange.core("cancel_event", event="9002")
    exchange.quiet()

    assert types(heard) == [("a", "event.cancel"), ("b", "event.cancel"), ("c", "event.cancel")]
    assert {data["status"] for data in arrivals_of(heard, "event.cancel").values()} == {"Cancelled"}


def test_unassigned_event_is_not_told(exchange: Exchange, heard: Receiver) -> None:
    exchange.core("move_event", event="9001", to="2026-05-03T19:00")
    exchange.quiet()

    assert "c" not in arrivals_of(heard, "event.update")


def test_new_listing_is_told(exchange: Exchange, heard: Receiver) -> None:
    exchange.acted("add_listing", **NEW)
    exchange.quiet()

    assert types(heard) == [("a", "ticket.add"), ("b", "ticket.add")]
    data = arrivals_of(heard, "ticket.add")["b"]
    assert (data["id"], data["broker_id"], data["event"]["id"]) == (None, "b-broker", "BE-9001")
    assert data["seat_details"] == {"category": "Riser", "section": "Riser", "row": "R", "first_seat": "21"}
    assert (data["proceed_price"]["amount"], data["display_price"]["amount"]) == ("99.95", "109.95")
    assert data["number_of_tickets_for_sale"]["quantity_available"] == 4


def test_stock_added_elsewhere_is_told(exchange: Exchange, heard: Receiver) -> None:
    exchange.core("add_stock", event="9001", section="Riser", row="R", seats=4, price=50)
    exchange.quiet()

    assert types(heard) == [("a", "ticket.add"), ("b", "ticket.add")]


def test_changed_listing_is_told(exchange: Exchange, heard: Receiver) -> None:
    listing = exchange.listing()

    exchange.acted("update_listing", listing=listing["id"], price=175, restrictions=["Behind a pillar"])
    exchange.quiet()

    assert types(heard) == [("a", "ticket.update"), ("b", "ticket.update")]
    data = arrivals_of(heard, "ticket.update")["b"]
    assert data["id"] == f"BL-{listing['id']}"
    assert (data["proceed_price"], data["display_price"]) == (
        {"currency": "USD", "amount": "175.00"},
        {"currency": "USD", "amount": "192.50"},
    )
    assert data["restrictions_benefits"]["options"] == ["Behind a pillar"]


def test_price_changed_elsewhere_is_told(exchange: Exchange, heard: Receiver) -> None:
    own = exchange.client.control("GET", "records/tixstock/listing")["records"][0]
    stock = own["id"] and exchange.core(
        "add_stock", event="9002", section="New", row="A", seats=2, price=10, currency="GBP"
    )

    exchange.core("change_price", stock=stock["stock"][0]["stock"], price=12)
    exchange.quiet()

    assert [type for _, type in types(heard)] == [
        "ticket.add"
    ] * 3  # nobody has published it, so nobody hears of its price


def test_deleted_listing_is_told(exchange: Exchange, heard: Receiver) -> None:
    listing = exchange.listing()["id"]

    exchange.acted("delete_listing", listing=listing)
    exchange.quiet()

    assert arrivals_of(heard, "ticket.delete") == {
        "a": {"listing_id": listing}, "b": {"listing_id": f"BL-{listing}"}, "p": {"listing_id": listing},
    }  # fmt: skip


def test_hold_is_told_to_the_others(exchange: Exchange, heard: Receiver) -> None:
    listing = exchange.listing()["id"]

    exchange.hold(3)
    exchange.quiet()

    assert types(heard) == [("b", "ticket.hold"), ("p", "ticket.hold")]
    assert arrivals_of(heard, "ticket.hold") == {
        "b": {"external_id": f"BL-{listing}", "hold_quantity": 3},
        "p": {"id": listing, "hold_quantity": 3},
    }


def test_release_is_told_to_the_others(exchange: Exchange, heard: Receiver) -> None:
    listing = exchange.listing()["id"]
    hold = exchange.hold(3)

    exchange.put("a", "/tickets/release", {"hold_id": hold, "release_quantity": 2})
    exchange.quiet()

    assert arrivals_of(heard, "ticket.release") == {
        "b": {"external_id": f"BL-{listing}", "release_quantity": 2},
        "p": {"id": listing, "release_quantity": 2},
    }


def test_lapsed_hold_is_told_to_the_others(exchange: Exchange, heard: Receiver) -> None:
    exchange.hold(3)

    exchange.advance(seconds=1800)

    assert {who: data["release_quantity"] for who, data in arrivals_of(heard, "ticket.release").items()} == {
        "b": 3,
        "p": 3,
    }


def test_sale_is_told_to_the_others(exchange: Exchange, heard: Receiver) -> None:
    listing = exchange.listing()["id"]

    exchange.order(2)
    exchange.quiet()

    assert arrivals_of(heard, "ticket.sold") == {
        "b": {"listing_id": f"BL-{listing}", "sold_quantity": 2, "quantity": 8, "first_seat": 13},
        "p": {"listing_id": listing, "sold_quantity": 2, "quantity": 8, "first_seat": 13},
    }


def test_last_ticket_leaves_no_first_seat(exchange: Exchange, heard: Receiver) -> None:
    exchange.order(4, "Box", "X")
    exchange.quiet()

    assert arrivals_of(heard, "ticket.sold")["b"].items() >= {"quantity": 0, "first_seat": None}.items()


def test_general_admission_has_no_first_seat(exchange: Exchange, heard: Receiver) -> None:
    exchange.order(5, "Floor", "GA")
    exchange.quiet()

    assert arrivals_of(heard, "ticket.sold")["b"].items() >= {"quantity": 45, "first_seat": None}.items()


def test_sale_elsewhere_is_told_to_all(exchange: Exchange, heard: Receiver) -> None:
    exchange.buy_at_portal(quantity=3)
    exchange.quiet()

    assert types(heard) == [("a", "ticket.sold"), ("b", "ticket.sold"), ("p", "ticket.sold")]
    assert {data["quantity"] for data in arrivals_of(heard, "ticket.sold").values()} == {7}


def test_ended_order_is_an_update(exchange: Exchange, heard: Receiver) -> None:
    exchange.order(2)
    exchange.put("a", "/order/update/X-1", {"order_status": "Cancelled"})
    exchange.quiet()

    numbers = arrivals_of(heard, "ticket.update")["b"]["number_of_tickets_for_sale"]
    assert (numbers["quantity_available"], numbers["quantity_sold"]) == (10, 0)
    assert "a" not in arrivals_of(heard, "ticket.update")


def test_resellers_own_update_is_not_told(exchange: Exchange, heard: Receiver) -> None:
    exchange.order(2)

    exchange.put("a", "/order/update/X-1", {"order_status": "Sale on Hold"})
    exchange.quiet()

    assert arrivals_of(heard, "order.update") == {}


def test_brokers_status_is_told(exchange: Exchange, heard: Receiver) -> None:
    order = exchange.order(2)

    exchange.acted("set_status", order="X-1", status="Rejected")
    exchange.quiet()

    assert arrivals_of(heard, "order.update") == {"a": order | {"status": "Rejected"}}


def test_tracking_id_is_told(exchange: Exchange, heard: Receiver) -> None:
    order = exchange.order(2, "Gallery", "P")

    exchange.acted("set_tracking", order="X-1", tracking="1Z999")
    exchange.quiet()

    assert arrivals_of(heard, "order.update") == {"a": order | {"shipping_tracking_id": "1Z999"}}


def test_broker_signs_in_at_one_reseller(exchange: Exchange, heard: Receiver) -> None:
    exchange.acted("authenticate", reseller="b", password="an open secret")
    exchange.quiet()

    assert arrivals(heard) == [
        ("b", "broker.authenticate", {
            "username": "desk@quayside.example", "password": "an open secret", "tixstock_account_is_open": "true",
        })
    ]  # fmt: skip


def test_closed_account_is_told(exchange: Exchange, heard: Receiver) -> None:
    exchange.acted("close_account")
    exchange.quiet()

    assert arrivals_of(heard, "broker.closed") == {
        "a": {"broker_id": "1001"}, "b": {"broker_id": "b-broker"}, "c": {"broker_id": "1001"},
    }  # fmt: skip


def test_opened_account_is_told(exchange: Exchange, heard: Receiver) -> None:
    exchange.acted("open_account", broker="1002")
    exchange.quiet()

    assert arrivals_of(heard, "broker.open") == {who: {"broker_id": "1002"} for who in "abc"}


def test_closed_account_tells_no_more(exchange: Exchange, heard: Receiver) -> None:
    exchange.acted("close_account")
    exchange.buy_at_portal()
    exchange.quiet()

    assert arrivals_of(heard, "ticket.sold") == {}


@pytest.mark.parametrize(
    ("setting", "act", "arguments"),
    [
        ("add_type", "add_listing", NEW),
        ("update_type", "update_listing", {"price": 1}),
        ("sold_type", None, {}),
    ],
)
def test_unsettled_types_can_be_set(
    exchange: Exchange, heard: Receiver, setting: str, act: str | None, arguments: dict[str, Any]
) -> None:
    exchange.set(**{setting: "ticket.some-other_word"})

    if act is None:
        exchange.buy_at_portal()
    else:
        exchange.acted(act, **({"listing": exchange.listing()["id"]} if act == "update_listing" else {}), **arguments)
    exchange.quiet()

    assert {type for _, type, _ in arrivals(heard)} == {"ticket.some-other_word"}


def test_unpublished_listing_has_no_seats_told(exchange: Exchange, heard: Receiver) -> None:
    exchange.acted("add_listing", **NEW)

    exchange.buy_at_portal("Riser", "R", 2)
    exchange.quiet()

    assert set(arrivals_of(heard, "ticket.sold")) == {"p"}


def test_published_listing_has_seats_told(exchange: Exchange, heard: Receiver) -> None:
    saying(heard, success=True, listing_id="15454541", display_price={"currency": "USD", "amount": "120.00"})
    exchange.acted("add_listing", **NEW)
    exchange.quiet()

    exchange.buy_at_portal("Riser", "R", 2)
    exchange.quiet()

    assert arrivals_of(heard, "ticket.sold")["b"] == {
        "listing_id": "15454541", "sold_quantity": 2, "quantity": 2, "first_seat": 23,
    }  # fmt: skip


def test_pushed_listing_has_the_order_told(exchange: Exchange, heard: Receiver) -> None:
    body = listing_body() | {"external_id": "MINE-1", "push_to_all": True}
    saying(heard, success=True, listing_id="THEIRS-1")
    assert exchange.post("a", "/tickets/add", body).status_code == 200
    exchange.quiet()
    hold = exchange.post("b", "/tickets/hold/THEIRS-1", {"quantity": 1}).json()["meta"]["hold_id"]

    order = exchange.post("b", f"/order/add/{hold}/1", ORDER).json()["data"]
    exchange.quiet()

    items = [item | {"listing_id": "MINE-1"} for item in order["items"]]
    assert arrivals_of(heard, "ticket.sold")["a"]["order_details"] == order | {"items": items}
    assert "order_details" not in arrivals_of(heard, "ticket.sold")["p"]


def listing_body() -> dict[str, Any]:
    """Return a reseller's listing of four seats."""
    price = {"currency": "USD", "amount": "70.00"}
    return {
        "broker_id": "1001", "event_id": "9001", "proceed_price": price, "face_value": price,
        "ticket": {"general_admission": False, "type": "eTicket", "split_type": "No Preferences"},
        "number_of_tickets_for_sale": {"quantity": 4},
        "seat_details": {"category": "Balcony", "section": "Balcony 3", "row": "K", "first_seat": 7},
    }  # fmt: skip


def test_own_added_listing_is_told_to_others(exchange: Exchange, heard: Receiver) -> None:
    exchange.post("a", "/tickets/add", listing_body() | {"external_id": "MINE-1"})
    exchange.quiet()

    assert types(heard) == [("b", "ticket.add")]


def test_callback_url_hears_as_its_token(exchange: Exchange, receiver: Receiver) -> None:
    exchange.client.control("POST", "keys", {
        "vendor": "tixstock", "name": "New", "secret": "a_token_of_my_own", "owner": {"reseller": "b"},
        "callback_url": f"{receiver.url}/b",
    })  # fmt: skip

    exchange.hold(1)
    exchange.quiet()

    assert arrivals_of(receiver, "ticket.hold")["b"]["external_id"].startswith("BL-")


def test_two_tokens_are_two_resellers(exchange: Exchange, receiver: Receiver) -> None:
    for name in ("one", "two"):
        exchange.client.control("POST", "keys", {
            "vendor": "tixstock", "name": name, "secret": f"a_token_{name}", "callback_url": f"{receiver.url}/{name}",
        })  # fmt: skip
    listing = exchange.listing()["id"]
    exchange.client.key = {"Authorization": "Bearer a_token_one"}

    exchange.client.post(f"/tixstock/v1/tickets/hold/{listing}", {"quantity": 1})
    exchange.quiet()

    assert set(arrivals_of(receiver, "ticket.hold")) == {"two"}


def test_endpoint_hears_its_types_only(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(receiver, "b", types=["ticket.sold"])

    exchange.order(1)
    exchange.quiet()

    assert types(receiver) == [("b", "ticket.sold")]


def test_trigger_speaks_the_resellers_ids(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(receiver, "b")

    exchange.client.control("POST", "tixstock/trigger/ticket.hold", {})
    exchange.quiet()

    assert arrivals_of(receiver, "ticket.hold")["b"]["external_id"].startswith("BL-")


@pytest.mark.thorough
@pytest.mark.parametrize("type", [notice.name for notice in VENDOR.webhooks.notices])
def test_triggered_notice_has_real_keys(exchange: Exchange, receiver: Receiver, type: str) -> None:
    exchange.listen(receiver, "a")
    saying(receiver, success=False)
    exchange.set(retries=0)
    exchange.order(4, "Circle", "C") if type == "order.mobile_ticket_fulfilment" else exchange.order(2)
    cause(exchange, type)
    exchange.quiet()
    real = arrivals_of(receiver, type)["a"]
    receiver.hooks.clear()

    exchange.client.control("POST", f"tixstock/trigger/{type}", {})
    exchange.quiet()

    assert list(arrivals_of(receiver, type)["a"]) == list(real)


def cause(exchange: Exchange, type: str) -> None:
    """Have a notice of this type made by what really causes it."""
    listing = exchange.listing()["id"]
    causes: dict[str, Any] = {
        "event.update": lambda: exchange.core("move_event", event="9001", to="2026-05-03T19:00"),
        "event.cancel": lambda: exchange.core("cancel_event", event="9001"),
        "ticket.add": lambda: exchange.acted("add_listing", **NEW),
        "ticket.update": lambda: exchange.acted("update_listing", listing=listing, price=1),
        "ticket.delete": lambda: exchange.acted("delete_listing", listing=listing),
        "ticket.hold": lambda: exchange.hold(1, who="b"),
        "ticket.release": lambda: exchange.put("b", "/tickets/release", {"hold_id": exchange.hold(1, who="b")}),
        "ticket.sold": lambda: exchange.buy_at_portal(quantity=1),
        "order.update": lambda: exchange.acted("set_tracking", order="X-1", tracking="1"),
        "order.eticket_fulfilment": lambda: exchange.acted("fulfil", order="X-1"),
        "order.mobile_ticket_fulfilment": lambda: exchange.acted("fulfil", order="X-1"),
        "broker.authenticate": lambda: exchange.acted("authenticate", reseller="a", password="x"),
        "broker.open": lambda: exchange.acted("open_account", broker="1002"),
        "broker.closed": lambda: exchange.acted("close_account"),
    }
    causes[type]()


def test_every_token_is_its_own_key(exchange: Exchange, heard: Receiver) -> None:
    assert len(set(TOKENS.values())) == len(SELLERS)
