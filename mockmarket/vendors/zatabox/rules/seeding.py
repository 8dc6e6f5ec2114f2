"""Orders of the fixture: each by the usual rules to its status, with what its buyer and the organizer did about it."""

from collections.abc import Callable

from mockmarket import errors, stock, vendor
from mockmarket.api import arguments, schemas
from mockmarket.store import Record, Tx, records
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records import orders as shapes
from mockmarket.vendors.zatabox.records.accounts import FixtureOrder
from mockmarket.vendors.zatabox.rules import attendees, inventory
from mockmarket.vendors.zatabox.rules.orders import (
    DECLINED,
    begin,
    decline,
    finish,
    judge,
    move_refund,
    open_refund,
    settle,
)

REASON = "Plans have changed"


def place(tx: Tx, seeded: vendor.SeedOrder) -> None:
    """Place an order of the fixture, and bring it to its status."""
    if seeded.status not in WAYS:
        raise errors.Invalid(f"{seeded.status!r} is no order status; there are {', '.join(WAYS)}.")
    data = arguments.load(schemas.schema_of(FixtureOrder, "fixture"), dict(seeded.data))
    id = inventory.type_of(tx, stock.get(tx, seeded.stock))["id"]
    line: shapes.NewItem = {"ticketTypeId": id, "quantity": seeded.quantity}
    name, email, code = seeded.name, seeded.email, data["promo_code"]
    request = shapes.NewOrder(items=[line], guestName=name, guestEmail=email, promoCode=code)
    if seeded.seat is not None:
        chosen = range(seeded.seat, seeded.seat + seeded.quantity)
        request["venueSeatIds"] = [wire.seat_id(seeded.stock, number) for number in chosen]
    order = begin(tx, request, ttl_s=data["minutes"] and data["minutes"] * 60)
    WAYS[seeded.status](tx, order)
    _correspond(tx, order, data)


def _correspond(tx: Tx, order: Record, data: Record) -> None:
    """Send what an order's buyer writes, resolve the report, and tag the buyer."""
    buyer = order["buyer"]
    if data["message"]:
        attendees.send_message(tx, _tickets_of(tx, order)[0], data["message"])
    if data["report"]:
        about = {"eventId": order["eventId"], "reason": data["report"], "description": ""}
        report = attendees.file_report(tx, buyer, about)
        if data["resolution"]:
            attendees.resolve_report(tx, report, data["resolution"])
    attendees.tag(tx, [buyer["email"]], data["tags"])


def _tickets_of(tx: Tx, order: Record) -> list[Record]:
    return records.find(tx, wire.TICKET, ("order", "=", order["id"]))


def _pay(tx: Tx, order: Record) -> list[Record]:
    if order["status"] == "pending":
        settle(tx, order)
    return _tickets_of(tx, order)


def _check_in(tx: Tx, order: Record) -> None:
    for ticket in _pay(tx, order):
        judge(tx, ticket, {"qrData": ticket["qr"], "gateName": "Main"})


def _request_refund(tx: Tx, order: Record) -> Record:
    return open_refund(tx, _pay(tx, order)[0], REASON)


def _refund(tx: Tx, order: Record) -> None:
    for ticket in _pay(tx, order):
        move_refund(tx, move_refund(tx, open_refund(tx, ticket, REASON), "approved"), "processed")


WAYS: dict[str, Callable[[Tx, Record], object]] = {
    "pending": lambda tx, order: None,
    "completed": _pay,
    "failed": lambda tx, order: decline(tx, order, DECLINED),
    "cancelled": lambda tx, order: finish(tx, order, "cancelled", cancelReason="requested"),
    "checked_in": _check_in,
    "refund_requested": _request_refund,
    "refund_approved": lambda tx, order: move_refund(tx, _request_refund(tx, order), "approved"),
    "refund_denied": lambda tx, order: move_refund(tx, _request_refund(tx, order), "denied", denialReason="Too late"),
    "refunded": _refund,
}
"""How an order of the fixture reaches its status; the last five concern its tickets and refunds."""
