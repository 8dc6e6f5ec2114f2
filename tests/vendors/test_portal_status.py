"""PATCH /orders and the admin's actions: the flow, what it refuses, and a model of stock and flow that always agrees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from mockmarket.rules import splits
from mockmarket.store import records
from mockmarket.vendors.portal import rules, wire
from mockmarket.vendors.portal.records import TRANSFER_NOTES
from mockmarket.vendors.portal.vendor import VENDOR
from tests.conftest import Client
from tests.effort import tries
from tests.vendors.portal import CLUB_BOX, CUSTOMER, Shop, error_of, opened, wrong_fields

STATUSES = ("confirmed", "accepted", "fulfilled", "cancelled")
LED_BY = {
    "confirmed": (),
    "accepted": ("accepted",),
    "fulfilled": ("accepted", "fulfilled"),
    "cancelled": ("cancelled",),
}
STRICT = {
    "confirmed": ["accepted", "cancelled"],
    "accepted": ["fulfilled", "cancelled"],
    "fulfilled": ["cancelled"],
    "cancelled": [],
    "purchase_issues": ["accepted", "fulfilled", "cancelled"],
    "refunded": ["cancelled"],
}
BY_ADMIN = {
    "confirmed": ["purchase_issues", "refunded"],
    "accepted": ["purchase_issues", "refunded"],
    "fulfilled": ["refunded"],
    "cancelled": ["refunded"],
    "purchase_issues": ["refunded"],
    "refunded": [],
}
ACTION_OF = {"purchase_issues": "report_issue", "refunded": "refund"}
ILLEGAL = [(status, wanted) for status in STRICT for wanted in STATUSES if wanted not in STRICT[status]]


@pytest.fixture
def shop(client: Client) -> Shop:
    return opened(client)


def brought(shop: Shop, status: str) -> dict[str, Any]:
    """Place an order and bring it to a status."""
    order = shop.buy()
    for step in LED_BY.get(status, ()):
        shop.move(order, step)
    if status in ACTION_OF:
        assert shop.act(ACTION_OF[status], order).ok
    return order


def stored_order(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    """Return an order as it is stored."""
    record = records.get(shop.client.world.read(), wire.ORDER, order["orderId"])
    assert record is not None
    return record


def sentence(current: str, wanted: str, allowed: list[str]) -> str:
    """Return what an illegal move is refused with."""
    return f"An order that is {current} cannot become {wanted}; allowed from here: {', '.join(allowed) or 'nothing'}."


def test_answer_is_the_documents(shop: Shop) -> None:
    shop.advance(to="2026-01-22T12:56:28.540Z")
    order = shop.buy()
    shop.advance(to="2026-01-22T13:07:50.088Z")

    answer = shop.patch({"orderId": order["orderId"], "status": "accepted"})

    assert answer.text == (
        '{"success":true,"message":"Order order_1769086588540 updated to accepted successfully","order":'
        f'{{"orderId":"order_1769086588540","orderNumber":"{order["orderNumber"]}","eventId":"4546456",'
        '"eventName":"Northgate Otters Vs Granite Lynx Boston","eventDate":"2026-01-22T10:00:00.000Z",'
        '"eventVenue":"Quay Garden","eventLocation":"Boston, MA","section":"Club Box 19","row":"A",'
        f'"listingId":"{order["listingId"]}","quantity":2,"status":"accepted","totalAmount":150.66,"customer":'
        '{"email":"buyer@example.com","phone":{"number":"5551234567","countryCode":"+1"}},'
        '"createdAt":"2026-01-22T12:56:28.540Z","updatedAt":"2026-01-22T13:07:50.088Z","previousStatus":"confirmed"},'
        '"webhook":{"event":"order.accepted","sent":false},"timestamp":"2026-01-22T13:07:50.088Z"}'
    )


@pytest.mark.parametrize("status", STATUSES[1:])
def test_flow_leads_to_each_status(shop: Shop, status: str) -> None:
    order = brought(shop, status)

    assert stored_order(shop, order)["status"] == status


def test_each_move_names_the_last(shop: Shop) -> None:
    order = shop.buy()

    answers = [shop.move(order, status).json()["order"] for status in ("accepted", "fulfilled", "cancelled")]

    assert [answer["previousStatus"] for answer in answers] == ["confirmed", "accepted", "fulfilled"]


def test_move_changes_updated_at_alone(shop: Shop) -> None:
    order = shop.buy()
    shop.advance(seconds=90)

    view = shop.move(order, "accepted").json()["order"]

    assert (view["createdAt"], view["updatedAt"]) == ("2026-01-22T12:49:50.220Z", "2026-01-22T12:51:20.220Z")
    assert {name for name in view if view[name] != order.get(name)} == {"status", "updatedAt", "previousStatus"}


@pytest.mark.parametrize("stage", ["confirmed", "accepted", "fulfilled", "purchase_issues"])
def test_any_stage_can_be_cancelled(shop: Shop, stage: str) -> None:
    order = brought(shop, stage)

    answer = shop.move(order, "cancelled")

    assert answer.json()["order"]["previousStatus"] == stage
    assert shop.event("4546456")["numberOfSeats"] == 10


@pytest.mark.parametrize(("status", "wanted"), ILLEGAL)
def test_illegal_move_lists_what_may(shop: Shop, status: str, wanted: str) -> None:
    order = brought(shop, status)

    answer = shop.patch({"orderId": order["orderId"], "status": wanted})

    assert error_of(answer) == (400, sentence(status, wanted, STRICT[status]))
    assert wrong_fields(answer) == ["status"]


def test_refused_move_changes_nothing(shop: Shop) -> None:
    order = brought(shop, "cancelled")
    before, notices = stored_order(shop, order), shop.client.control("GET", "notices?vendor=portal")

    shop.patch({"orderId": order["orderId"], "status": "accepted"})

    assert stored_order(shop, order) == before
    assert shop.client.control("GET", "notices?vendor=portal") == notices


def test_strict_flow_can_be_off(shop: Shop) -> None:
    shop.set(strict_flow=False)
    order = shop.buy()

    answer = shop.move(order, "fulfilled")

    assert answer.json()["order"]["previousStatus"] == "confirmed"


@pytest.mark.parametrize(("status", "wanted"), [move for move in ILLEGAL if move != ("confirmed", "fulfilled")])
def test_lenient_flow_allows_no_more(shop: Shop, status: str, wanted: str) -> None:
    shop.set(strict_flow=False)
    order = brought(shop, status)

    answer = shop.patch({"orderId": order["orderId"], "status": wanted})

    allowed = ["accepted", "fulfilled", "cancelled"] if status == "confirmed" else STRICT[status]
    assert error_of(answer) == (400, sentence(status, wanted, allowed))


@pytest.mark.parametrize("status", ["purchase_issues", "refunded", "shipped", "Accepted", "", None, 1])
def test_status_outside_four_is_refused(shop: Shop, status: Any) -> None:
    order = shop.buy()

    answer = shop.patch({"orderId": order["orderId"], "status": status})

    assert wrong_fields(answer) == ["status"]


def test_unknown_status_lists_the_four(shop: Shop) -> None:
    answer = shop.patch({"orderId": shop.buy()["orderId"], "status": "shipped"})

    assert error_of(answer) == (400, "status: Must be one of: confirmed, accepted, fulfilled, cancelled.")


def test_unknown_order_is_not_found(shop: Shop) -> None:
    answer = shop.patch({"orderId": "order_1", "status": "accepted"})

    assert error_of(answer) == (404, "Order order_1 not found.")


@pytest.mark.parametrize(
    ("body", "named"),
    [({}, ["orderId", "status"]), ({"status": "accepted"}, ["orderId"]), ({"orderId": "x"}, ["status"])],
)
def test_missing_member_is_named(shop: Shop, body: dict[str, str], named: list[str]) -> None:
    assert wrong_fields(shop.patch(body)) == named


def test_fulfilled_order_is_transferred(shop: Shop) -> None:
    order = brought(shop, "accepted")

    view = shop.move(order, "fulfilled").json()["order"]

    assert (view["transferMethod"], view["transferNote"]) == ("mobile_transfer", "Transferred via mobile transfer")
    assert list(view)[-5:] == ["transferMethod", "transferNote", "createdAt", "updatedAt", "previousStatus"]


@pytest.mark.parametrize("method", ["mobile_transfer", "digital_download", "email", "pickup"])
def test_each_method_has_a_note(shop: Shop, method: str) -> None:
    order = brought(shop, "accepted")

    view = shop.move(order, "fulfilled", transferMethod=method).json()["order"]

    assert view["transferMethod"] == method
    assert view["transferNote"] == TRANSFER_NOTES[method]


def test_methods_have_notes_of_their_own() -> None:
    assert len(set(TRANSFER_NOTES.values())) == len(TRANSFER_NOTES) == 4


def test_note_of_the_sellers_is_kept(shop: Shop) -> None:
    order = brought(shop, "accepted")

    view = shop.move(order, "fulfilled", transferNote='Gate "Ñ" / ask for Ana 🎟️').json()["order"]

    assert (view["transferMethod"], view["transferNote"]) == ("mobile_transfer", 'Gate "Ñ" / ask for Ana 🎟️')


@pytest.mark.parametrize(
    "transfer",
    [{"transferMethod": "pigeon"}, {"transferMethod": ""}, {"transferNote": ""}, {"transferNote": "x" * 1001}],
)
def test_transfer_that_is_none_is_refused(shop: Shop, transfer: dict[str, str]) -> None:
    order = brought(shop, "accepted")

    answer = shop.patch({"orderId": order["orderId"], "status": "fulfilled", **transfer})

    assert wrong_fields(answer) == list(transfer)


@pytest.mark.parametrize("transfer", [{"transferMethod": "email"}, {"transferNote": "soon"}])
def test_transfer_goes_with_fulfilled_only(shop: Shop, transfer: dict[str, str]) -> None:
    order = shop.buy()

    answer = shop.patch({"orderId": order["orderId"], "status": "accepted", **transfer})

    assert wrong_fields(answer) == list(transfer)
    assert stored_order(shop, order)["status"] == "confirmed"


def test_order_of_a_past_event_moves(shop: Shop) -> None:
    order = brought(shop, "accepted")
    shop.advance(to="2026-01-23T00:00:00Z")

    answer = shop.move(order, "fulfilled", "cancelled")

    assert answer.json()["order"]["status"] == "cancelled"


def test_moved_event_changes_orders_date(shop: Shop) -> None:
    order = shop.buy()
    shop.client.control("POST", "core/actions/move_event", {"event": "4546456", "to": "2026-02-01T19:30"})

    view = shop.move(order, "accepted").json()["order"]

    assert view["eventDate"] == "2026-02-01T19:30:00.000Z"


@pytest.mark.parametrize("wanted", ACTION_OF)
@pytest.mark.parametrize("status", STRICT)
def test_admin_moves_what_may(shop: Shop, status: str, wanted: str) -> None:
    order = brought(shop, status)

    answer = shop.act(ACTION_OF[wanted], order)

    allowed = wanted in BY_ADMIN[status]
    assert answer.status_code == (200 if allowed else 400)
    assert stored_order(shop, order)["status"] == (wanted if allowed else status)
    if not allowed:
        assert answer.json()["error"]["message"] == sentence(status, wanted, BY_ADMIN[status])


@pytest.mark.parametrize("status", ["confirmed", "accepted", "fulfilled", "cancelled", "purchase_issues"])
def test_refund_puts_seats_on_sale(shop: Shop, status: str) -> None:
    order = brought(shop, status)

    shop.act("refund", order)

    assert shop.event("4546456")["numberOfSeats"] == 10


def test_reported_issue_keeps_the_seats(shop: Shop) -> None:
    brought(shop, "purchase_issues")

    assert shop.event("4546456")["numberOfSeats"] == 8


@pytest.mark.parametrize("status", ["accepted", "fulfilled", "cancelled"])
def test_order_leaves_its_trouble(shop: Shop, status: str) -> None:
    order = brought(shop, "purchase_issues")

    answer = shop.move(order, status)

    assert answer.json()["order"]["previousStatus"] == "purchase_issues"


def test_admin_follows_patchs_flow(shop: Shop) -> None:
    order = shop.buy()

    taken = shop.act("set_status", order, status="accepted")
    refused = shop.act("set_status", order, status="confirmed")

    assert taken.json() == stored_order(shop, order)
    assert refused.json()["error"]["message"] == sentence("accepted", "confirmed", STRICT["accepted"])


def test_admin_fulfils_with_a_method(shop: Shop) -> None:
    order = brought(shop, "accepted")

    taken = shop.act("set_status", order, status="fulfilled", transferMethod="pickup")

    assert taken.json()["transferMethod"] == "pickup"


def test_buyer_buys_by_action(shop: Shop) -> None:
    answer = shop.client.post("/_mockmarket/portal/actions/buy", CLUB_BOX)

    assert answer.json()["status"] == "confirmed"
    assert shop.event("4546456")["numberOfSeats"] == 8


@pytest.mark.parametrize("action", ["set_status", "report_issue", "refund"])
def test_action_on_no_order_fails(shop: Shop, action: str) -> None:
    arguments = {"status": "accepted"} if action == "set_status" else {}

    answer = shop.act(action, {"orderId": "order_1"}, **arguments)

    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "Order order_1 not found.")


@pytest.mark.parametrize("status", STRICT)
@pytest.mark.parametrize("name", ["set_status", "report_issue", "refund"])
def test_action_knows_when_it_is_barred(shop: Shop, status: str, name: str) -> None:
    order = brought(shop, status)
    arguments = {"orderId": order["orderId"]} | ({"status": "accepted"} if name == "set_status" else {})
    action = VENDOR.world.action(name)
    assert action is not None
    assert action.barred is not None

    why = action.barred(shop.client.world, arguments)

    taken = shop.client.post(f"/_mockmarket/portal/actions/{name}", arguments)
    assert why == (None if taken.ok else taken.json()["error"]["message"])


@pytest.mark.parametrize("status", rules.WAYS)
def test_fixtures_order_has_its_status(shop: Shop, status: str) -> None:
    orders = records.find(shop.client.world.read(), wire.ORDER, ("event", "=", "F14"), ("status", "=", status))

    assert len(orders) == 1


def test_fixtures_orders_hold_their_seats(shop: Shop) -> None:
    assert shop.event("F14")["numberOfSeats"] == 40 - 2 * 4  # the cancelled and the refunded one have none


ROWS = (("101", "A", 8, "never_leave_one"), ("102", "A", 4, "any"), ("Solo", "B", 1, "any"))
BEGINS_IN = 3600
OPERATIONS = st.one_of(
    st.tuples(st.just("buy"), st.integers(0, len(ROWS) - 1), st.integers(1, 9)).filter(
        lambda step: step[1:] != (1, 6)  # beside that row, a listing sells six seats together
    ),
    st.tuples(st.just("move"), st.integers(0, 9), st.sampled_from(STATUSES)),
    st.tuples(st.just("move"), st.integers(0, 9), st.sampled_from(tuple(ACTION_OF))),
    st.tuples(st.just("advance"), st.just(0), st.integers(1, BEGINS_IN // 3)),
)


@dataclass
class Model:
    """What a shop must be like, by plain arithmetic: seats left by row, orders as [row, quantity, status]."""

    left: list[int] = field(default_factory=lambda: [seats for _, _, seats, _ in ROWS])
    orders: list[list[Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    begins_in: int = BEGINS_IN

    def buy(self, row: int, quantity: int) -> int:
        """Buy seats; returns the status to be answered."""
        if self.begins_in <= 0 or not splits.allows(ROWS[row][3], self.left[row], quantity):
            return 409
        self.left[row] -= quantity
        self.orders.append([row, quantity, "confirmed"])
        return 201

    def move(self, number: int, wanted: str) -> int:
        """Move an order; returns the status to be answered."""
        row, quantity, status = self.orders[number]
        if wanted not in (BY_ADMIN if wanted in ACTION_OF else STRICT)[status]:
            return 400
        if wanted in ("cancelled", "refunded") and status not in ("cancelled", "refunded"):
            self.left[row] += quantity
        self.orders[number][2] = wanted
        return 200


def carry_out(shop: Shop, model: Model, step: str, which: int, how: Any) -> tuple[int, int]:
    """Do one thing in the shop and in the model; returns what each answered."""
    if step == "advance":
        shop.advance(seconds=how)
        model.begins_in -= how
        return 200, 200
    if step == "buy":
        row = {"eventId": "EVENT123", "section": ROWS[which][0], "row": ROWS[which][1], "quantity": how}
        answer = shop.post(row | {"customer": CUSTOMER})
        model.ids += [answer.json()["order"]["orderId"]] if answer.ok else []
        return answer.status_code, model.buy(which, how)
    number = which % len(model.orders)
    order = {"orderId": model.ids[number]}
    answer = shop.act(ACTION_OF[how], order) if how in ACTION_OF else shop.patch(order | {"status": how})
    return answer.status_code, model.move(number, how)


def seats_left(shop: Shop, model: Model) -> list[int]:
    """Return how many seats each row of the model shows in the shop."""
    listings = shop.inventory(eventId="EVENT123", minPrice=8, maxPrice=86).json()["data"]
    quantities = {
        (listing["section"], listing["row"]): listing["quantity"] for listing in listings if listing["price"] != 30
    }
    return [quantities.get((section, row), 0) for section, row, _, _ in ROWS]


@pytest.mark.thorough
@settings(
    max_examples=tries(40), deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # fmt: skip
@given(st.lists(OPERATIONS, min_size=1, max_size=14))
def test_shop_agrees_with_plain_model(client: Client, operations: list[tuple[str, int, Any]]) -> None:
    shop, model = opened(client), Model()
    shop.advance(to="2026-12-15T23:00:00Z")  # an hour before EVENT123

    for step, which, how in operations:
        if step == "move" and not model.orders:
            continue
        answered, expected = carry_out(shop, model, step, which, how)
        assert answered == expected, (step, which, how)
        assert seats_left(shop, model) == (model.left if model.begins_in > 0 else [0] * len(ROWS))

    assert [stored_order(shop, {"orderId": id})["status"] for id in model.ids] == [
        status for _, _, status in model.orders
    ]


def test_refunded_order_frees_no_seat_twice(shop: Shop) -> None:
    order = shop.buy()
    assert shop.act("refund", order).ok
    free = shop.event("4546456")["numberOfSeats"]

    answer = shop.move(order, "cancelled")

    assert answer.json()["order"]["previousStatus"] == "refunded"
    assert shop.event("4546456")["numberOfSeats"] == free == 10
