"""What receivers answer to Tixstock, and what becomes of it; how often it is sent again; signatures."""

from __future__ import annotations

import hashlib
import hmac
import json
from html import unescape
from typing import Any

import pytest

from mockmarket.clock import parse_iso
from mockmarket.dashboard.filtering import Query
from mockmarket.dashboard.timeline import story_of
from mockmarket.vendors.tixstock.vendor import VENDOR
from tests.conftest import Client
from tests.receiver import Hook, Receiver
from tests.vendors.tixstock import ORDER, TOKENS, Exchange, arrivals, arrivals_of, opened, php_judges, saying

NEW = {"event": "9001", "section": "Riser", "row": "R", "quantity": 4, "price": 99.95}
START_MS = parse_iso("2026-04-01T12:00:00Z")


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


def published(exchange: Exchange, receiver: Receiver, who: str = "a", **members: Any) -> dict[str, Any]:
    """Have a broker's listing published with what a reseller answers; returns what is known of it there."""
    exchange.listen(saying(receiver, **members), who)
    listing = exchange.acted("add_listing", **NEW)["id"]
    exchange.quiet()
    return exchange.record("publication", reseller=who, listing=listing)


def by_path(receiver: Receiver, **answers: tuple[int, dict[str, Any]]) -> None:
    """Have a receiver answer each seller in its own way."""

    def answer(hook: Hook) -> tuple[int, bytes]:
        status, body = answers.get(hook.path.rpartition("/")[2], (200, {"success": True}))
        return status, json.dumps(body).encode()

    receiver.answer = answer


def mapped(exchange: Exchange, who: str) -> bool:
    """Return whether the event 9001 is assigned to a reseller."""
    answer = exchange.get(who, "/events/get", event_name="otters", mapped_status="true").json()
    return bool(answer["data"])


def offsets(exchange: Exchange) -> list[float]:
    """Return at which seconds, after the world's start, the one delivery was attempted."""
    (delivery,) = exchange.deliveries()
    return [(parse_iso(attempt["at"]) - START_MS) / 1000 for attempt in delivery["attempts_made"]]


@pytest.mark.parametrize("key", ["listing_id", "id", "external_id"])
def test_listing_id_of_answer_is_kept(exchange: Exchange, receiver: Receiver, key: str) -> None:
    known = published(exchange, receiver, success=True, **{key: "15454541"})

    assert known["external_id"] == "15454541"
    assert exchange.get("a", "/tickets/get", listing_id="15454541").json()["data"][0]["id"] == "15454541"


def test_number_serves_as_listing_id(exchange: Exchange, receiver: Receiver) -> None:
    assert published(exchange, receiver, success=True, listing_id=154)["external_id"] == "154"


@pytest.mark.parametrize("price", [{"currency": "USD", "amount": "120.50"}, "120.50", 120.5])
def test_display_price_of_answer_is_kept(exchange: Exchange, receiver: Receiver, price: Any) -> None:
    published(exchange, receiver, success=True, listing_id="1", display_price=price)

    display_price = exchange.get("a", "/tickets/get", listing_id="1").json()["data"][0]["display_price"]
    assert display_price == {"currency": "USD", "amount": "120.50"}


def test_kept_display_price_is_charged(exchange: Exchange, receiver: Receiver) -> None:
    published(exchange, receiver, success=True, listing_id="1", display_price="120.50")
    hold = exchange.post("a", "/tickets/hold/1", {"quantity": 2}).json()["meta"]["hold_id"]

    assert exchange.post("a", f"/order/add/{hold}/2", ORDER).json()["data"]["grand_total"] == "241.00"


@pytest.mark.parametrize(
    "body",
    [{"success": False, "listing_id": "1"}, {"success": "false", "listing_id": "1"}, {"listing_id": "1"}, {"success": True},
     {"success": True, "listing_id": None}, {"success": True, "listing_id": {"a": 1}}],
)  # fmt: skip
def test_answer_without_both_publishes_nothing(exchange: Exchange, receiver: Receiver, body: dict[str, Any]) -> None:
    assert published(exchange, receiver, **body)["external_id"] is None


@pytest.mark.parametrize("body", [b"", b"ok", b"[1]", b"null", b"\xff\xfe", b'{"success":'])
def test_odd_answers_change_nothing(exchange: Exchange, receiver: Receiver, body: bytes) -> None:
    receiver.answer = lambda hook: (200, body)
    exchange.listen(receiver, "a")

    exchange.acted("add_listing", **NEW)
    exchange.quiet()

    assert exchange.record("publication", reseller="a")["external_id"] is None
    assert exchange.deliveries()[0]["state"] == "delivered"


@pytest.mark.parametrize("price", [{}, {"amount": None}, "free", [], -1, "1e999", {"amount": {"a": 1}}])
def test_odd_prices_are_left_alone(exchange: Exchange, receiver: Receiver, price: Any) -> None:
    known = published(exchange, receiver, success=True, listing_id="1", display_price=price)

    assert (known["external_id"], known["display_price"]) == ("1", None)


def test_updated_listing_may_change_its_id(exchange: Exchange, receiver: Receiver) -> None:
    listing = exchange.listing()["id"]
    exchange.listen(saying(receiver, success=True, listing_id="NEW-7"), "a")

    exchange.acted("update_listing", listing=listing, price=10)
    exchange.quiet()

    assert exchange.get("a", "/tickets/get", listing_id="NEW-7").json()["data"][0]["seat_details"]["row"] == "A"


def test_failed_update_unassigns(exchange: Exchange, receiver: Receiver) -> None:
    by_path(receiver, a=(200, {"event_id": "9001", "success": False, "errors": ["no"]}))
    exchange.listen(receiver, "a")
    exchange.listen(receiver, "b")
    exchange.core("move_event", event="9001", to="2026-05-03T19:00")

    exchange.advance(until="quiet")

    assert (mapped(exchange, "a"), mapped(exchange, "b")) == (False, True)


def test_update_never_answered_unassigns(exchange: Exchange, receiver: Receiver) -> None:
    by_path(receiver, a=(500, {}))
    exchange.listen(receiver, "a")
    exchange.core("move_event", event="9001", to="2026-05-03T19:00")
    exchange.advance(seconds=60)
    before = mapped(exchange, "a")

    exchange.advance(until="quiet")

    assert (before, mapped(exchange, "a")) == (True, False)


def test_update_taken_at_last_keeps_assigned(exchange: Exchange, receiver: Receiver) -> None:
    answers = iter([(500, b""), (500, b""), (200, b'{"success":true}')])
    receiver.answer = lambda hook: next(answers)
    exchange.listen(receiver, "a")
    exchange.core("move_event", event="9001", to="2026-05-03T19:00")

    exchange.advance(until="quiet")

    assert mapped(exchange, "a")


def test_unassigned_reseller_hears_no_more(exchange: Exchange, receiver: Receiver) -> None:
    by_path(receiver, a=(200, {"success": False}))
    exchange.listen(receiver, "a")
    exchange.core("move_event", event="9001", to="2026-05-03T19:00")
    exchange.advance(until="quiet")
    receiver.hooks.clear()

    exchange.buy_at_portal()
    exchange.core("move_event", event="9001", to="2026-05-04T19:00")
    exchange.quiet()

    assert arrivals(receiver) == []


def test_unassigned_reseller_may_add_again(exchange: Exchange, receiver: Receiver) -> None:
    by_path(receiver, a=(200, {"success": False}))
    exchange.listen(receiver, "a")
    exchange.core("move_event", event="9001", to="2026-05-03T19:00")
    exchange.advance(until="quiet")
    body = {
        "name": "Northgate Otters vs. Granite Lynx", "currency": "USD", "datetime": "2026-05-03T19:00:00-0400",
        "use_tixstock_venue_details": 1, "performers": [{"id": "1", "name": "Northgate Otters"}],
        "venue": {"id": "1", "name": "Quay Garden", "address_line_1": "", "postcode": "", "country_code": "US"},
    }  # fmt: skip

    answer = exchange.post("a", "/events/add/my-9001", body)

    assert (answer.status_code, answer.json()["meta"]["mapped"]) == (200, True)
    assert exchange.listing()["event"]["id"] == "my-9001"


def test_deleted_listings_of_cancelled_event(exchange: Exchange, receiver: Receiver) -> None:
    removed, remaining = exchange.listing(row="A")["id"], exchange.listing(row="B")["id"]
    exchange.listen(
        saying(receiver, event_found=True, listings={removed: True, remaining: False, "unknown": True}), "a"
    )

    exchange.core("cancel_event", event="9001")
    exchange.quiet()

    external_ids = [
        record["external_id"]
        for record in exchange.client.control("GET", "records/tixstock/publication?reseller=a")["records"]
    ]
    assert external_ids == [None]


def test_order_status_of_answer_is_taken(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(saying(receiver, order_status="Commissionable", success=True), "a")
    exchange.order(2)

    exchange.acted("set_tracking", order="X-1", tracking="1Z")
    exchange.quiet()

    assert exchange.get("a", "/order/get").json()["data"][0]["status"] == "Commissionable"


def test_unknown_status_of_answer_is_kept(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(saying(receiver, order_status="Delivered", success=True), "a")
    exchange.order(2)

    exchange.acted("set_tracking", order="X-1", tracking="1Z")
    exchange.quiet()

    order = exchange.record("order", order_id="X-1")
    assert (order["status"], order["answered_status"]) == ("Approved", "Delivered")


def test_fulfilment_answer_moves_the_order(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(saying(receiver, order_status="Commissionable", success=True), "a")
    exchange.order(1)

    exchange.acted("fulfil", order="X-1")
    exchange.quiet()

    assert exchange.record("order", order_id="X-1")["status"] == "Commissionable"


def test_authenticated_broker_gets_its_id(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(saying(receiver, broker_id="77-A", success="true"), "a")

    exchange.acted("authenticate", reseller="a", password="x")
    exchange.quiet()

    assert exchange.listing()["broker_id"] == "77-A"


@pytest.mark.parametrize("body", [{"broker_id": None, "success": "false"}, {"success": "true"}])
def test_refused_broker_is_not_linked(exchange: Exchange, receiver: Receiver, body: dict[str, Any]) -> None:
    exchange.set(retries=0)
    exchange.listen(saying(receiver, **body), "a")
    exchange.acted("authenticate", reseller="a", password="x")
    exchange.quiet()
    receiver.hooks.clear()

    exchange.buy_at_portal()
    exchange.quiet()

    assert arrivals_of(receiver, "ticket.sold") == {}


def test_rejected_signature_is_not_retried(exchange: Exchange, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (401, b'{"message":"Invalid signature"}')
    exchange.listen(receiver, "a")
    exchange.buy_at_portal()

    exchange.advance(until="quiet")

    (delivery,) = exchange.deliveries()
    assert (delivery["state"], delivery["attempts"]) == ("rejected", 1)
    assert "rejects" in delivery["reason"]


def test_rejected_update_keeps_assigned(exchange: Exchange, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (401, b"")
    exchange.listen(receiver, "a")
    exchange.core("move_event", event="9001", to="2026-05-03T19:00")

    exchange.advance(until="quiet")

    assert mapped(exchange, "a")


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_failures_are_sent_three_times(exchange: Exchange, receiver: Receiver, status: int) -> None:
    receiver.answer = lambda hook: (status, b"")
    exchange.listen(receiver, "a")
    exchange.buy_at_portal()

    exchange.advance(until="quiet")

    assert offsets(exchange) == [0, 60, 180]


@pytest.mark.parametrize("body", [b'{"success":false}', b'{"success":"false","message":"no"}'])
def test_denied_success_is_a_failure(exchange: Exchange, receiver: Receiver, body: bytes) -> None:
    receiver.answer = lambda hook: (200, body)
    exchange.listen(receiver, "a")
    exchange.buy_at_portal()

    exchange.advance(until="quiet")

    assert (exchange.deliveries()[0]["state"], len(offsets(exchange))) == ("failed", 3)


@pytest.mark.parametrize("body", [b'{"success":true}', b'{"success":"true"}', b"", b"fine"])
def test_any_other_2xx_is_delivered(exchange: Exchange, receiver: Receiver, body: bytes) -> None:
    receiver.answer = lambda hook: (201, body)
    exchange.listen(receiver, "a")

    exchange.buy_at_portal()
    exchange.quiet()

    assert exchange.deliveries()[0]["state"] == "delivered"


def test_retries_can_be_set(exchange: Exchange, receiver: Receiver) -> None:
    exchange.set(retries=3, retry_base_s=5)
    receiver.answer = lambda hook: (500, b"")
    exchange.listen(receiver, "a")
    exchange.buy_at_portal()

    exchange.advance(until="quiet")

    assert offsets(exchange) == [0, 5, 15, 35]


def test_deadline_is_ten_seconds() -> None:
    defaults = {name: setting.default for name, setting in VENDOR.settings.items()}

    assert VENDOR.webhooks.deadline_ms(defaults) == 10_000


def test_headers_are_the_vendors(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(receiver, "a")
    exchange.buy_at_portal()

    hook = receiver.wait(1)[0]

    names = [name for name, _ in hook.headers if name not in ("Host", "Content-Length", "Connection")]
    assert names == ["Content-Type", "TixStock-Version", "X-TIXSTOCK-SIGNATURE", "User-Agent", "Accept"]
    assert (hook.header("TixStock-Version"), hook.header("Content-Type")) == ("v1", "application/json")


def test_signature_is_keyed_with_the_token(exchange: Exchange, receiver: Receiver) -> None:
    for who in "abp":
        exchange.listen(receiver, who)
    exchange.buy_at_portal()

    for hook in receiver.wait(3):
        token = TOKENS[hook.path.rpartition("/")[2]].encode()
        assert hook.header("X-TIXSTOCK-SIGNATURE") == hmac.new(token, hook.body, hashlib.sha256).hexdigest()


def test_fixed_vector_is_signed_alike() -> None:
    from mockmarket.vendors.tixstock.scheme import HEADERS
    from mockmarket.webhooks.signing import Sending

    body = b'{"data":{"listing_id":"92312212"},"meta":{"type":"ticket.delete"}}'

    signed = dict(HEADERS(Sending("ticket.delete", "n", "d", 1, body, 0, ("tixstock_test_a_00000000",))))

    assert signed["X-TIXSTOCK-SIGNATURE"] == "9df0457375a298437dc0ffa935cafff634e1f1d639edf768c952a809fbadf62f"


def test_rotated_token_signs_anew(exchange: Exchange, receiver: Receiver) -> None:
    key = exchange.client.control("POST", "keys", {"vendor": "tixstock", "name": "New", "callback_url": receiver.url})
    rotated = exchange.client.control("POST", f"keys/{key['id']}/rotate")

    exchange.hold(1)
    hook = receiver.wait(1)[0]

    assert php_judges([hook], rotated["secret"]) == ["11"]
    assert php_judges([hook], key["secret"]) == ["00"]


@pytest.mark.thorough
def test_php_receiver_verifies_every_notice(exchange: Exchange, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (200, b'{"success":true,"listing_id":"L/1 \\u00f1","broker_id":"7"}')
    exchange.listen(receiver, "a")
    exchange.order(2)
    exchange.acted("set_tracking", order="X-1", tracking="ñ/₱ 🎟️ \u2028")
    exchange.acted("fulfil", order="X-1")
    exchange.order(4, "Circle", "C", order_id="X-2")
    exchange.acted("fulfil", order="X-2", count=1)
    exchange.hold(1, who="b")
    exchange.put("b", "/tickets/release", {"hold_id": exchange.hold(1, who="b")})
    exchange.buy_at_portal(quantity=1)
    exchange.acted(
        "update_listing",
        listing=exchange.record("listing", section="Gallery")["id"],
        restrictions=['A "pillar" \\ / é'],
    )
    exchange.acted("authenticate", reseller="a", password="pä/ß\\")
    exchange.quiet()
    exchange.acted("add_listing", **{**NEW, "section": "Señora's Lounge ₱/ñ"})
    exchange.acted("delete_listing", listing=exchange.record("listing", section="Box")["id"])
    exchange.acted("close_account")
    exchange.acted("open_account")
    exchange.core("move_event", event="9002", to="2026-05-03T19:00")
    exchange.core("cancel_event", event="9002")
    exchange.quiet()

    assert {type for _, type, _ in arrivals(receiver)} == {notice.name for notice in VENDOR.webhooks.notices}
    assert set(php_judges(receiver.hooks, TOKENS["a"])) == {"11"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"OK", "no `success`"), (b'{"success":true}', "no `listing_id`"), (b'{"listing_id":"B-4"}', "no `success`")],
)
def test_unusable_answer_is_noted(exchange: Exchange, receiver: Receiver, answer: bytes, words: str) -> None:
    receiver.answer = lambda hook: (200, answer)
    exchange.listen(receiver, "a")

    exchange.acted("add_listing", **NEW)
    exchange.quiet()

    [delivery] = exchange.deliveries()
    assert delivery["state"] == "delivered"
    assert words in delivery["reason"]
    assert "not published" in delivery["attempts_made"][0]["reason"]


def test_id_of_another_listing_is_not_taken(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(saying(receiver, success=True, listing_id="B-4"), "a")

    first, second = (exchange.acted("add_listing", **NEW | {"row": row})["id"] for row in "RS")
    exchange.quiet()

    known = {id: exchange.record("publication", reseller="a", listing=id)["external_id"] for id in (first, second)}
    assert sorted(known.values(), key=str) == ["B-4", None]
    assert sum("B-4 is another listing's" in delivery["reason"] for delivery in exchange.deliveries()) == 1


REFUSED_STATUS = {"order_status": "Approved", "message": "1 more tickets need to be fullfilled.", "success": False}


def test_answer_with_a_status_is_an_answer(exchange: Exchange, receiver: Receiver) -> None:
    exchange.order(2, order_status="Approved")
    exchange.listen(saying(receiver, **REFUSED_STATUS), "a")

    exchange.acted("fulfil", order="X-1")
    exchange.advance(seconds=600)

    assert len(receiver.hooks) == 2
    assert {delivery["state"] for delivery in exchange.deliveries()} == {"delivered"}


def test_answer_with_a_status_may_be_a_failure(exchange: Exchange, receiver: Receiver) -> None:
    exchange.set(unsuccessful_status="failure")
    exchange.order(1, order_status="Approved")
    exchange.listen(saying(receiver, **REFUSED_STATUS | {"order_status": "Cancelled"}), "a")

    exchange.acted("fulfil", order="X-1")
    exchange.advance(seconds=600)

    assert len(receiver.hooks) == 3
    assert exchange.record("order", order_id="X-1")["status"] == "Approved"


def test_success_of_another_kind_is_named(exchange: Exchange, receiver: Receiver) -> None:
    exchange.set(retries=0)
    exchange.listen(saying(receiver, success=1), "a")

    exchange.acted("add_listing", **NEW)
    exchange.quiet()

    assert 'success is 1; only true and "true" count' in exchange.deliveries()[0]["reason"]


def test_answer_that_changes_an_order_is_named_as_the_cause(exchange: Exchange, receiver: Receiver) -> None:
    exchange.listen(saying(receiver, order_status="Commissionable", success=True), "a")
    exchange.order(2)
    exchange.acted("set_tracking", order="X-1", tracking="1Z")
    exchange.quiet()
    order = exchange.record("order", order_id="X-1")["tixstock_id"]

    (answer,) = story_of(exchange.client.world, Query(kind="answer")).items
    pages = [f"orders/tixstock/id/{order}", "timeline?kind=answer", f"timeline/chain/{answer.chain}"]
    texts = [exchange.client.get(f"/_mockmarket/ui/{page}").text.lower() for page in pages]

    assert answer.title.startswith("receiver's answer: delivery ")
    assert [unescape(text).count(answer.title) > 0 for text in texts] == [True, True, True]
