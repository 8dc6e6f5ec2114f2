"""Payments: begun with a provider, then settled or failed, by verifying, by an action, or after a time of the world's clock."""

from __future__ import annotations

from mockmarket.clock import iso_s, later
from mockmarket.records import defaults
from mockmarket.store import Read, Tx, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME
from mockmarket.vendors.zatabox.records.orders import FailedPayment, OrderId, Payment
from mockmarket.vendors.zatabox.rules import orders
from mockmarket.vendors.zatabox.rules.notices import get_or_404, refused_for_status
from mockmarket.vendors.zatabox.rules.tickets import of_order
from mockmarket.vendors.zatabox.wire import ORDER, PAYMENT
from mockmarket.worlds.world import World

SETTLES = "payment_settles"
DECLINED = "payment_declined"


def pay(world: World, id: str, token: str | None, body: Record) -> Record:
    """Begin a payment of a pending order: nothing is settled yet, the buyer is to go to `checkoutUrl`."""
    with world.atomic() as tx:
        order = orders.readable(tx, id, token)
        if order["status"] != "pending":
            raise refused_for_status(f"Order {id} is {order['status']}; only a pending one is paid.", order)
        number = wire.new_id(tx, "pay")
        payment = defaults(Payment) | body | {
            "id": number, "orderId": id, "status": "pending", "amount": order["total"], "currency": order["currency"],
            "checkoutUrl": f"https://checkout.example/{body['provider']}/{number}", "createdAt": iso_s(tx.now),
        }  # fmt: skip
        records.put(tx, PAYMENT, payment)
        after = tx.store.settings[NAME]["settle_after_s"]
        if after:
            timers.set(tx, Timer(NAME, SETTLES, id, later(tx.now, round(after * 1000))))
    return payment


def attempts(read: Read, order: str) -> list[Record]:
    """Return an order's payments, oldest first."""
    return records.find(read, PAYMENT, ("order", "=", order))


def status_of(read: Read, order: Record) -> Record:
    """Return how the payment of an order stands: none, pending, succeeded or failed; with its tickets once there are any."""
    begun = attempts(read, order["id"])
    word = {"completed": "succeeded", "failed": "failed"}.get(order["status"], "pending" if begun else "none")
    return {
        "orderId": order["id"], "orderStatus": order["status"], "status": word, "total": order["total"],
        "currency": order["currency"], "attempts": begun, "tickets": of_order(read, order["id"]),
    }  # fmt: skip


def verify(world: World, id: str) -> Record:
    """Ask the provider how a payment stands, and act on it; asked again, it only says so (public: idempotent)."""
    with world.atomic() as tx:
        order = get_or_404(tx, ORDER, id)
        if order["status"] == "pending" and attempts(tx, id):
            order = resolve(tx, order, tx.store.settings[NAME]["payment_outcome"])
        return status_of(tx, order)


def resolve(tx: Tx, order: Record, outcome: str) -> Record:
    """Bring an order to a payment's outcome: succeed, fail, or wait."""
    if outcome == "wait":
        return order
    return settle(tx, order) if outcome == "succeed" else decline(tx, order, DECLINED)


def settle(tx: Tx, order: Record) -> Record:
    """Settle an order's payment: the order is completed."""
    close(tx, order["id"], {"status": "succeeded", "settledAt": iso_s(tx.now)})
    return orders.complete(tx, order)


def decline(tx: Tx, order: Record, reason: str) -> Record:
    """Let an order's payment fail: the order fails with it."""
    close(tx, order["id"], {"status": "failed", "failureReason": reason})
    return orders.fail(tx, order, reason)


def close(tx: Tx, order: str, changes: Record) -> None:
    """Bring an order's pending payments to their end: the newest to this one, any before it to a failure."""
    timers.stop(tx, NAME, SETTLES, order)
    waiting = [payment for payment in attempts(tx, order) if payment["status"] == "pending"]
    for payment in waiting[:-1]:
        records.update(tx, PAYMENT, payment | {"status": "failed", "failureReason": "superseded"})
    for payment in waiting[-1:]:
        records.update(tx, PAYMENT, payment | changes)


def cancel(world: World, id: str, token: str | None) -> Record:
    """Cancel a pending order and what was begun to pay it; Conflict for one that is not pending."""
    with world.atomic() as tx:
        order = orders.cancel(tx, orders.readable(tx, id, token), "requested")
        close(tx, id, {"status": "failed", "failureReason": "order_cancelled"})
    return order


def due(tx: Tx, id: str) -> None:
    """Settle a payment whose time has come, as the settings say it ends."""
    order = get_or_404(tx, ORDER, id)
    if order["status"] == "pending":
        resolve(tx, order, tx.store.settings[NAME]["payment_outcome"])


def settle_now(world: World, body: OrderId) -> Record:
    """Settle an order as its provider would; Conflict for one that is not pending."""
    with world.atomic() as tx:
        return settle(tx, get_or_404(tx, ORDER, body["orderId"]))


def fail_now(world: World, body: FailedPayment) -> Record:
    """Let an order's payment fail as its provider would; Conflict for one that is not pending."""
    with world.atomic() as tx:
        return decline(tx, get_or_404(tx, ORDER, body["orderId"]), body["reason"])
