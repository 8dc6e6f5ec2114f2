"""What buyers and organizers do at Ticketnation without a call of its API: a purchase in its shop, a refund from its dashboard."""

from __future__ import annotations

from mockmarket.errors import IllegalTransition
from mockmarket.vendor import Action
from mockmarket.vendors.ticketnation.records import OrderId, Purchase
from mockmarket.vendors.ticketnation.rules import orders
from mockmarket.worlds.world import World


def barred(world: World, body: OrderId) -> str | None:
    """Say why an order cannot be refunded now, or None."""
    try:
        orders.check_refundable(orders.order_called(world.read(), body["orderId"]))
    except IllegalTransition as error:
        return error.message
    return None


ACTIONS = (
    Action("buy", "buyer", "Buy tickets of an event, by id, slug or name: order.completed.", Purchase, orders.buy),
    Action("refund", "organizer", "Refund an order: order.refunded; its seats go back on sale.", OrderId, orders.refund, barred),
)  # fmt: skip
