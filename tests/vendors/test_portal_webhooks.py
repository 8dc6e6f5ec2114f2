"""The portal's notices: when, to whom, with which bytes, headers and signature, and how often again."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from mockmarket.clock import iso_ms, parse_iso, wall_ms
from mockmarket.vendors.portal.vendor import VENDOR
from tests.conftest import Client
from tests.receiver import Hook, Receiver
from tests.vendors.portal import (
    CUSTOMER,
    SECRET,
    START,
    START_MS,
    Shop,
    node_judges,
    opened,
    reserialised,
)

NOTICES = {
    "order.confirmed": (),
    "order.accepted": ("accepted",),
    "order.purchase_issues": ("report_issue",),
    "order.fulfilled": ("accepted", "fulfilled"),
    "order.cancelled": ("cancelled",),
    "order.refunded": ("refund",),
}
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
HOSTILE = 'Gate "Ñ" \\ / </script> 🎟️ ₱500 \u2028 \x7f \x01 \t'
HOSTILE_EMAIL = "o'brien+ñ/x@exämple.com"
NOT_200 = [201, 202, 204, 301, 400, 404, 410, 500, 503]
OFFSETS = [0, 1, 3, 7, 15, 31]


@pytest.fixture
def shop(client: Client) -> Shop:
    return opened(client)


def refusing(receiver: Receiver, status: int = 500) -> Receiver:
    """Have a receiver refuse everything."""
    receiver.answer = lambda hook: (status, b"")
    return receiver


def order_with_notice(shop: Shop, type: str) -> dict[str, Any]:
    """Place an order and bring it to where its last notice is of this type."""
    order = shop.buy()
    for step in NOTICES[type]:
        shop.act(step, order) if step in ("report_issue", "refund") else shop.move(order, step)
    return order


def attempts(shop: Shop) -> list[dict[str, Any]]:
    """Return the attempts of the one delivery that there is, once nothing is being sent."""
    shop.advance(seconds=0)
    (delivery,) = shop.deliveries()
    rows: list[dict[str, Any]] = delivery["attempts_made"]
    return rows


def offsets(shop: Shop) -> list[float]:
    """Return at which seconds of the world, after its start, the one delivery was attempted."""
    return [(parse_iso(attempt["at"]) - START_MS) / 1000 for attempt in attempts(shop)]


def sent(answer: Any) -> bool:
    """Return what an answer says of its notice."""
    flag: bool = answer.json()["webhook"]["sent"]
    return flag


@pytest.mark.parametrize("type", NOTICES)
def test_every_change_is_told(shop: Shop, receiver: Receiver, type: str) -> None:
    shop.listen(receiver, types=[type])

    order = order_with_notice(shop, type)

    hook = receiver.wait(1)[0]
    assert (hook.json["event"], hook.json["orderId"]) == (type, order["orderId"])
    assert hook.json["order"]["status"] == type.removeprefix("order.")


def test_there_are_the_documents_six() -> None:
    assert [notice.name for notice in VENDOR.webhooks.notices] == list(NOTICES)
    assert all(notice.fires for notice in VENDOR.webhooks.notices)


def test_refused_change_is_not_told(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)
    order = shop.buy()

    shop.patch({"orderId": order["orderId"], "status": "fulfilled"})

    notices = shop.client.control("GET", "notices?vendor=portal")["notices"]
    assert [notice["type"] for notice in notices] == ["order.confirmed"]


def test_confirmed_notice_has_no_previous(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)

    order = shop.buy()

    assert receiver.wait(1)[0].body.decode() == (
        f'{{"event":"order.confirmed","orderId":"{order["orderId"]}","order":{{"eventId":"4546456",'
        '"eventName":"Northgate Otters Vs Granite Lynx Boston","eventDate":"2026-01-22T10:00:00.000Z",'
        '"eventVenue":"Quay Garden","eventLocation":"Boston, MA","section":"Club Box 19","row":"A",'
        f'"listingId":"{order["listingId"]}","quantity":2,"status":"confirmed","totalAmount":150.66,'
        '"customer":{"email":"buyer@example.com","phone":{"number":"5551234567","countryCode":"+1"}},'
        f'"createdAt":"{START}","updatedAt":"{START}"}},"timestamp":"{START}"}}'
    )


def test_accepted_notice_is_the_sample(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver, types=["order.accepted"])
    order = shop.buy()
    shop.advance(to="2026-01-22T12:52:52.509Z")

    shop.move(order, "accepted")

    assert receiver.wait(1)[0].body.decode() == (
        '{"event":"order.accepted","orderId":"order_1769086190220","order":{"eventId":"4546456",'
        '"eventName":"Northgate Otters Vs Granite Lynx Boston","eventDate":"2026-01-22T10:00:00.000Z",'
        '"eventVenue":"Quay Garden","eventLocation":"Boston, MA","section":"Club Box 19","row":"A",'
        f'"listingId":"{order["listingId"]}","quantity":2,"status":"accepted","totalAmount":150.66,'
        '"customer":{"email":"buyer@example.com","phone":{"number":"5551234567","countryCode":"+1"}},'
        '"createdAt":"2026-01-22T12:49:50.220Z","updatedAt":"2026-01-22T12:52:52.509Z","previousStatus":"confirmed"},'
        '"timestamp":"2026-01-22T12:52:52.509Z"}'
    )


def test_fulfilled_notice_is_the_sample(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver, types=["order.fulfilled"])
    order = shop.buy()
    shop.move(order, "accepted")
    shop.advance(to="2026-01-22T14:30:00.000Z")

    shop.move(order, "fulfilled")

    assert receiver.wait(1)[0].body.decode() == (
        '{"event":"order.fulfilled","orderId":"order_1769086190220","order":{"eventId":"4546456",'
        '"eventName":"Northgate Otters Vs Granite Lynx Boston","eventDate":"2026-01-22T10:00:00.000Z",'
        '"eventVenue":"Quay Garden","eventLocation":"Boston, MA","section":"Club Box 19","row":"A",'
        f'"listingId":"{order["listingId"]}","quantity":2,"status":"fulfilled","totalAmount":150.66,'
        '"customer":{"email":"buyer@example.com","phone":{"number":"5551234567","countryCode":"+1"}},'
        '"transferMethod":"mobile_transfer","transferNote":"Transferred via mobile transfer",'
        '"previousStatus":"accepted","createdAt":"2026-01-22T12:49:50.220Z","updatedAt":"2026-01-22T14:30:00.000Z"},'
        '"timestamp":"2026-01-22T14:30:00.000Z"}'
    )


@pytest.mark.parametrize("type", ["order.cancelled", "order.refunded"])
def test_transfer_is_told_when_fulfilled_only(shop: Shop, receiver: Receiver, type: str) -> None:
    shop.listen(receiver, types=[type])
    order = order_with_notice(shop, "order.fulfilled")

    shop.act("refund", order) if type == "order.refunded" else shop.move(order, "cancelled")

    payload = receiver.wait(1)[0].json["order"]
    assert list(payload)[-4:] == ["customer", "createdAt", "updatedAt", "previousStatus"]


@pytest.mark.parametrize("type", NOTICES)
def test_notices_time_is_updated_at(shop: Shop, receiver: Receiver, type: str) -> None:
    shop.listen(receiver, types=[type])

    order_with_notice(shop, type)

    payload = receiver.wait(1)[0].json
    assert payload["timestamp"] == payload["order"]["updatedAt"]


def test_delivery_has_documents_headers(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)

    shop.buy()

    hook = receiver.wait(1)[0]
    assert [name for name, _ in hook.headers if name not in ("Host", "Content-Length")] == [
        "Content-Type", "X-Webhook-Signature", "X-Webhook-Timestamp", "X-Webhook-Event", "X-Webhook-Delivery",
        "User-Agent", "Accept",
    ]  # fmt: skip
    assert hook.header("Content-Type") == "application/json"
    assert hook.header("X-Webhook-Event") == "order.confirmed"


@pytest.mark.parametrize(
    ("header", "shape"),
    [("X-Webhook-Signature", r"sha256=[0-9a-f]{64}"), ("X-Webhook-Timestamp", r"[1-9]\d{9}"), ("X-Webhook-Delivery", UUID)],
)  # fmt: skip
def test_header_has_documents_shape(shop: Shop, receiver: Receiver, header: str, shape: str) -> None:
    shop.listen(receiver)

    shop.buy()

    assert re.fullmatch(shape, receiver.wait(1)[0].header(header) or "")


@pytest.mark.thorough
def test_samples_in_node_accept_every_notice(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)

    for type in NOTICES:
        order_with_notice(shop, type)

    hooks = receiver.wait(12)
    assert node_judges(hooks) == ["11"] * 12


def test_samples_in_node_refuse_another_secret(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)

    shop.buy()

    assert node_judges(receiver.wait(1), SECRET + "x") == ["00"]


def test_stamp_is_the_machines_time(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)
    before = wall_ms() // 1000

    shop.buy()

    assert before <= int(receiver.wait(1)[0].header("X-Webhook-Timestamp") or 0) <= wall_ms() // 1000


def hostile_hooks(shop: Shop, receiver: Receiver) -> list[Hook]:
    """Sell and hand over a ticket with every troublesome character in its names; returns the three webhooks."""
    shop.listen(receiver)
    row = {"eventId": "NANDU", "section": 'Palco "Ñ" / ₱', "row": "é"}
    order = shop.buy(**row, customer=CUSTOMER | {"email": HOSTILE_EMAIL})
    shop.move(order, "accepted")
    shop.move(order, "fulfilled", transferNote=HOSTILE)
    return sorted(receiver.wait(3), key=lambda hook: len(hook.body))


def test_troublesome_names_arrive_whole(shop: Shop, receiver: Receiver) -> None:
    order = hostile_hooks(shop, receiver)[-1].json["order"]

    assert order["eventName"] == 'Peña "El Río" / Fiesta 🎉 ₱500'
    assert order["eventVenue"] == 'Teatro "Ñandú" / Sala ₱ 🎟️'
    assert order["eventLocation"] == 'Maynila \\ "NCR" / ₱'
    assert (order["section"], order["row"]) == ('Palco "Ñ" / ₱', "é")
    assert order["customer"]["email"] == HOSTILE_EMAIL
    assert order["transferNote"] == HOSTILE


def test_troublesome_names_are_raw_utf8(shop: Shop, receiver: Receiver) -> None:
    body = hostile_hooks(shop, receiver)[-1].body

    assert 'Gate \\"Ñ\\" \\\\ / </script> 🎟️ ₱500 \u2028 \x7f \\u0001 \\t"'.encode() in body
    assert b", " not in body.replace(b"NCR", b"") or b'": ' not in body


@pytest.mark.thorough
def test_node_writes_the_same_bytes(shop: Shop, receiver: Receiver) -> None:
    bodies = [hook.body for hook in hostile_hooks(shop, receiver)]

    assert reserialised(bodies) == bodies


@pytest.mark.thorough
def test_troublesome_names_verify_in_node(shop: Shop, receiver: Receiver) -> None:
    hooks = hostile_hooks(shop, receiver)

    assert node_judges(hooks) == ["11", "11", "11"]


def test_notice_tells_what_was_answered(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver, types=["order.accepted"])

    answered = shop.move(shop.buy(), "accepted").json()["order"]

    order = receiver.wait(1)[0].json["order"]
    assert order == {name: value for name, value in answered.items() if name not in ("orderId", "orderNumber")}


def test_retries_come_at_exact_seconds(shop: Shop, receiver: Receiver) -> None:
    shop.listen(refusing(receiver))
    shop.buy()

    shop.advance(seconds=3600)

    assert offsets(shop) == OFFSETS
    assert len(receiver.hooks) == 6


@pytest.mark.parametrize(
    ("seconds", "count"), [(0, 1), (0.999, 1), (1, 2), (2.999, 2), (3, 3), (6.999, 3), (7, 4), (14.999, 4), (15, 5), (30.999, 5), (31, 6)]
)  # fmt: skip
def test_retry_waits_for_its_second(shop: Shop, receiver: Receiver, seconds: float, count: int) -> None:
    shop.listen(refusing(receiver))
    shop.buy()

    shop.advance(seconds=seconds)

    assert len(receiver.wait(count)) == count


def test_sixth_failure_is_the_last(shop: Shop, receiver: Receiver) -> None:
    shop.listen(refusing(receiver))
    shop.buy()

    shop.advance(until="quiet")

    (delivery,) = shop.deliveries()
    assert (delivery["state"], delivery["attempts"], delivery["due"]) == ("failed", 6, None)


@pytest.mark.parametrize("status", NOT_200)
def test_anything_but_200_is_retried(shop: Shop, receiver: Receiver, status: int) -> None:
    shop.listen(refusing(receiver, status))
    shop.buy()

    shop.advance(seconds=1)

    assert [attempt["answer"]["status"] for attempt in attempts(shop)] == [status, status]


@pytest.mark.parametrize("status", [201, 202, 204, 299])
def test_any_2xx_delivers_when_lenient(shop: Shop, receiver: Receiver, status: int) -> None:
    shop.set(lenient_2xx=True)
    shop.listen(refusing(receiver, status))
    shop.buy()

    shop.advance(until="quiet")

    assert shop.deliveries()[0]["state"] == "delivered"
    assert len(receiver.hooks) == 1


@pytest.mark.parametrize("status", [300, 404, 500])
def test_lenient_still_retries_the_rest(shop: Shop, receiver: Receiver, status: int) -> None:
    shop.set(lenient_2xx=True)
    shop.listen(refusing(receiver, status))
    shop.buy()

    shop.advance(seconds=1)

    assert len(attempts(shop)) == 2


def test_retries_end_with_a_200(shop: Shop, receiver: Receiver) -> None:
    answers = iter([500, 201, 200])
    receiver.answer = lambda hook: (next(answers), b"")
    shop.listen(receiver)
    shop.buy()

    shop.advance(until="quiet")

    assert [attempt["answer"]["status"] for attempt in attempts(shop)] == [500, 201, 200]
    assert shop.deliveries()[0]["state"] == "delivered"


def test_retry_repeats_id_and_body(shop: Shop, receiver: Receiver) -> None:
    shop.listen(refusing(receiver))
    shop.buy()

    shop.advance(until="quiet")

    assert len({hook.header("X-Webhook-Delivery") for hook in receiver.hooks}) == 1
    assert len({hook.body for hook in receiver.hooks}) == 1
    assert len(receiver.hooks) == 6


@pytest.mark.thorough
def test_retry_is_stamped_and_signed_anew(shop: Shop, receiver: Receiver) -> None:
    shop.client.control("PATCH", "settings", {"core": {"signature_time": "world"}})
    shop.listen(refusing(receiver))
    shop.buy()

    shop.advance(until="quiet")

    stamps = [int(hook.header("X-Webhook-Timestamp") or 0) for hook in receiver.hooks]
    assert stamps == [START_MS // 1000 + seconds for seconds in OFFSETS]
    assert len({hook.header("X-Webhook-Signature") for hook in receiver.hooks}) == 6
    assert node_judges(receiver.hooks) == ["11"] * 6


@pytest.mark.thorough
def test_each_endpoint_has_its_delivery(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)
    shop.listen(receiver, secret="another_secret")

    shop.buy()

    hooks = receiver.wait(2)
    assert len({hook.header("X-Webhook-Delivery") for hook in hooks}) == 2
    assert sorted(node_judges(hooks)) == ["00", "11"]


def test_each_change_has_own_delivery(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)

    order_with_notice(shop, "order.fulfilled")

    assert len({hook.header("X-Webhook-Delivery") for hook in receiver.wait(3)}) == 3


@pytest.mark.parametrize("retries", [0, 2])
def test_retries_can_be_set(shop: Shop, receiver: Receiver, retries: int) -> None:
    shop.set(retries=retries)
    shop.listen(refusing(receiver))
    shop.buy()

    shop.advance(until="quiet")

    assert offsets(shop) == OFFSETS[: retries + 1]


@pytest.mark.parametrize(
    ("base", "expected"), [(10, [0, 10, 30, 70, 150, 310]), (0.25, [0, 0.25, 0.75, 1.75, 3.75, 7.75])]
)
def test_first_wait_can_be_set(shop: Shop, receiver: Receiver, base: float, expected: list[float]) -> None:
    shop.set(retry_base_s=base)
    shop.listen(refusing(receiver))
    shop.buy()

    shop.advance(until="quiet")

    assert offsets(shop) == expected


def test_deadline_is_thirty_seconds() -> None:
    defaults = {name: setting.default for name, setting in VENDOR.settings.items()}

    assert VENDOR.webhooks.deadline_ms(defaults) == 30_000


def test_slow_receiver_is_cut_off(shop: Shop, receiver: Receiver) -> None:
    over = threading.Event()
    receiver.answer = lambda hook: (200 if over.wait(10) else 500, b"")
    shop.set(deadline_s=0.05, retries=0)
    shop.listen(receiver)
    shop.buy()

    failed = attempts(shop)
    over.set()

    assert [(attempt["answer"]["status"], attempt["answer"]["error"]) for attempt in failed] == [(None, "timeout")]


def test_sent_when_an_endpoint_listens(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)

    assert sent(shop.move(shop.buy(), "accepted"))


def test_not_sent_without_an_endpoint(shop: Shop) -> None:
    assert not sent(shop.move(shop.buy(), "accepted"))


def test_not_sent_to_inactive_endpoint(shop: Shop, receiver: Receiver) -> None:
    endpoint = shop.listen(receiver)
    shop.client.control("PATCH", f"endpoints/{endpoint}", {"active": False})

    assert not sent(shop.move(shop.buy(), "accepted"))


def test_not_sent_where_https_is_required(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)
    shop.set(require_https=True)

    assert not sent(shop.move(shop.buy(), "accepted"))
    assert [row["state"] for row in shop.deliveries()] == ["dropped", "dropped"]
    assert "require_https" in shop.deliveries()[0]["reason"]


def test_not_sent_to_other_types(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver, types=["order.confirmed", "order.refunded"])

    assert not sent(shop.move(shop.buy(), "accepted"))


def test_sent_waits_for_no_outcome(shop: Shop, receiver: Receiver) -> None:
    shop.listen(refusing(receiver))

    assert sent(shop.move(shop.buy(), "accepted"))


def test_inline_tells_that_it_arrived(shop: Shop, receiver: Receiver) -> None:
    shop.set(deliver_inline=True)
    shop.listen(receiver, types=["order.accepted"])

    answer = shop.move(shop.buy(), "accepted")

    assert sent(answer)
    assert [hook.json["event"] for hook in receiver.hooks] == ["order.accepted"]


@pytest.mark.parametrize("status", [201, 500])
def test_inline_tells_of_a_refusal(shop: Shop, receiver: Receiver, status: int) -> None:
    shop.set(deliver_inline=True)
    shop.listen(refusing(receiver, status), types=["order.accepted"])

    answer = shop.move(shop.buy(), "accepted")

    assert not sent(answer)
    assert (answer.status_code, answer.json()["order"]["status"]) == (200, "accepted")


def test_inline_refusal_is_retried_later(shop: Shop, receiver: Receiver) -> None:
    shop.set(deliver_inline=True)
    shop.listen(refusing(receiver))
    shop.buy()
    at_once = len(receiver.hooks)

    shop.advance(until="quiet")

    assert (at_once, offsets(shop)) == (1, OFFSETS)


def test_inline_needs_every_endpoint(shop: Shop, receiver: Receiver) -> None:
    shop.set(deliver_inline=True)
    receiver.answer = lambda hook: (500 if hook.path.endswith("/b") else 200, b"")
    shop.listen(receiver)
    shop.listen(receiver, url=f"{receiver.url}/b")

    assert not sent(shop.move(shop.buy(), "accepted"))


def test_inline_without_endpoint_is_not_sent(shop: Shop) -> None:
    shop.set(deliver_inline=True)

    assert not sent(shop.move(shop.buy(), "accepted"))


def test_inline_works_for_new_orders(shop: Shop, receiver: Receiver) -> None:
    shop.set(deliver_inline=True)
    shop.listen(receiver)

    shop.buy()

    assert len(receiver.hooks) == 1
    assert shop.deliveries()[0]["state"] == "delivered"


def test_http_endpoint_is_taken_by_default(shop: Shop, receiver: Receiver) -> None:
    assert receiver.url.startswith("http://")

    shop.listen(receiver)


def test_require_https_refuses_http_endpoints(shop: Shop, receiver: Receiver) -> None:
    shop.set(require_https=True)

    answer = shop.client.post("/_mockmarket/endpoints", {"vendor": "portal", "url": receiver.url})

    assert (answer.status_code, answer.json()["error"]["message"]) == (
        400,
        "Use https: this vendor accepts no other URL.",
    )


def test_require_https_takes_https_endpoints(shop: Shop) -> None:
    shop.set(require_https=True)

    endpoint = shop.client.control("POST", "endpoints", {"vendor": "portal", "url": "https://hooks.example/portal"})

    assert endpoint["state"] == "active"


def test_require_https_stops_http_sending(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)
    shop.set(require_https=True)

    shop.buy()
    shop.advance(until="quiet")

    assert receiver.hooks == []
    assert "https" in shop.deliveries()[0]["reason"]


@pytest.mark.parametrize("type", NOTICES)
def test_triggered_notice_is_like_a_real(shop: Shop, receiver: Receiver, type: str) -> None:
    order = order_with_notice(shop, type)
    shop.listen(receiver)
    real = shop.client.control("GET", f"notices?vendor=portal&type={type}")["notices"][0]["body"]

    shop.client.control("POST", f"portal/trigger/{type}", {"record": order["orderId"]})

    assert receiver.wait(1)[0].body.decode() == real


@pytest.mark.parametrize("type", NOTICES)
def test_triggered_notice_has_its_keys(shop: Shop, receiver: Receiver, type: str) -> None:
    shop.listen(receiver, types=[type])
    order_with_notice(shop, type)
    real = receiver.wait(1)[0].json["order"]
    order = shop.buy(quantity=3)

    shop.client.control("POST", f"portal/trigger/{type}", {"record": order["orderId"]})

    payload = next(
        hook.json["order"]
        for hook in receiver.wait(2 + (type == "order.confirmed"))[::-1]
        if hook.json["order"]["quantity"] == 3
    )
    assert (list(payload), payload["status"]) == (list(real), type.removeprefix("order."))


@pytest.mark.parametrize("status", ["accepted", "cancelled"])
def test_triggered_confirmed_has_no_previous(shop: Shop, receiver: Receiver, status: str) -> None:
    order = shop.buy()
    shop.move(order, status)
    shop.listen(receiver)

    shop.client.control("POST", "portal/trigger/order.confirmed", {"record": order["orderId"]})

    assert "previousStatus" not in receiver.wait(1)[0].json["order"]


def test_triggered_change_is_of_now(shop: Shop, receiver: Receiver) -> None:
    shop.listen(receiver)
    order = shop.buy()
    shop.client.control("POST", "clock/advance", {"seconds": 60})

    for type in ("order.accepted", "order.confirmed"):
        shop.client.control("POST", f"portal/trigger/{type}", {"record": order["orderId"]})

    accepted, confirmed = (hook.json for hook in receiver.wait(3)[1:])
    assert (accepted["order"]["updatedAt"], accepted["timestamp"]) == (iso_ms(START_MS + 60_000),) * 2
    assert (confirmed["order"]["updatedAt"], confirmed["timestamp"]) == (order["createdAt"],) * 2


def test_trigger_takes_the_newest_order_with_the_status(shop: Shop, receiver: Receiver) -> None:
    order = shop.buy()
    shop.move(order, "accepted")
    shop.buy()
    shop.listen(receiver, types=["order.accepted"])

    shop.client.control("POST", "portal/trigger/order.accepted", {})

    assert receiver.wait(1)[0].json["orderId"] == order["orderId"]


def test_trigger_for_no_order_fails(shop: Shop) -> None:
    answer = shop.client.post("/_mockmarket/portal/trigger/order.accepted", {"record": "order_1"})

    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "Order order_1 not found.")
