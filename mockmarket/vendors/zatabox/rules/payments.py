"""Payments: begun with a provider, then settled or failed, by verifying, by an action, or after a time of the world's clock."""

from __future__ import annotations

from typing import Any

from mockmarket.clock import iso_s, later
from mockmarket.errors import Conflict
from mockmarket.store import Read, Tx, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.rules import orders
from mockmarket.vendors.zatabox.rules.notices import found
from mockmarket.vendors.zatabox.wire import NAME, ORDER, PAYMENT, TICKET
from mockmarket.worlds.world import World

SETTLES = "payment_settles"
DECLINED = "payment_declined"


def pay(world: World, id: str, token: str | None, given: dict[str, Any]) -> Record:
    """Begin a payment of a pending order: nothing is settled yet, the buyer is to go to `checkoutUrl`."""
    with world.atomic() as tx:
        order = orders.readable(tx, id, token)
        if order["status"] != "pending":
            raise Conflict(
                f"Order {id} is {order['status']}; only a pending one is paid.", about={"status": order["status"]}
            )
        payment = {
            "id": wire.new_id(tx, "pay"), "orderId": id, "provider": given["provider"], "status": "pending",
            "amount": order["total"], "currency": order["currency"], "payCurrency": given["payCurrency"], "checkoutUrl": "",
            "failureReason": None, "settledAt": None, "createdAt": iso_s(tx.now),
        }  # fmt: skip
        payment["checkoutUrl"] = f"https://checkout.example/{payment['provider']}/{payment['id']}"
        records.put(tx, PAYMENT, payment)
        after = tx.store.settings[NAME]["settle_after_s"]
        if after:
            timers.set(tx, Timer(NAME, SETTLES, id, later(tx.now, round(after * 1000))))
    return payment


def attempts(read: Read, order: str) -> list[Record]:
    """Return an order's payments, oldest first."""
    return records.find(read, PAYMENT, ("order", "=", order))


def status_of(read: Read, order: Record) -> dict[str, Any]:
    """Return how the payment of an order stands: none, pending, succeeded or failed; with its tickets once there are any."""
    made = attempts(read, order["id"])
    word = {"completed": "succeeded", "failed": "failed"}.get(order["status"], "pending" if made else "none")
    return {
        "orderId": order["id"], "orderStatus": order["status"], "status": word, "total": order["total"],
        "currency": order["currency"], "attempts": made,
        "tickets": records.find(read, TICKET, ("order", "=", order["id"])),
    }  # fmt: skip


def verify(world: World, id: str) -> dict[str, Any]:
    """Ask the provider how a payment stands, and act on it; asked again, it only says so (public: idempotent)."""
    with world.atomic() as tx:
        order = found(tx, ORDER, id)
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


def close(tx: Tx, order: str, changes: dict[str, Any]) -> None:
    """Bring an order's pending payments to their end: the newest to this one, any before it to a failure."""
    timers.stop(tx, NAME, SETTLES, order)
    waiting = [one for one in attempts(tx, order) if one["status"] == "pending"]
    for one in waiting[:-1]:
        records.update(tx, PAYMENT, one | {"status": "failed", "failureReason": "superseded"})
    for one in waiting[-1:]:
        records.update(tx, PAYMENT, one | changes)


def cancel(world: World, id: str, token: str | None) -> Record:
    """Cancel a pending order and what was begun to pay it; Conflict for one that is not pending."""
    with world.atomic() as tx:
        order = orders.cancel(tx, orders.readable(tx, id, token), "requested")
        close(tx, id, {"status": "failed", "failureReason": "order_cancelled"})
    return order


def due(tx: Tx, order: str) -> None:
    """Settle a payment whose time has come, as the settings say it ends."""
    there = found(tx, ORDER, order)
    if there["status"] == "pending":
        resolve(tx, there, tx.store.settings[NAME]["payment_outcome"])


def settle_now(world: World, given: dict[str, Any]) -> Record:
    """Settle an order as its provider would; Conflict for one that is not pending."""
    with world.atomic() as tx:
        return settle(tx, found(tx, ORDER, given["orderId"]))


def fail_now(world: World, given: dict[str, Any]) -> Record:
    """Let an order's payment fail as its provider would; Conflict for one that is not pending."""
    with world.atomic() as tx:
        return decline(tx, found(tx, ORDER, given["orderId"]), given["reason"])
