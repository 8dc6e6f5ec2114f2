"""What a buyer or an admin does at the Scraper Portal without a call of its API: the buttons of its dashboard."""

from __future__ import annotations

from typing import Any

from mockmarket.errors import NotFound
from mockmarket.rules import lifecycle
from mockmarket.store import records
from mockmarket.store.records import Record
from mockmarket.vendor import Action
from mockmarket.vendors.portal import rules, wire
from mockmarket.vendors.portal.records import NewOrder, OrderId, StatusChange
from mockmarket.worlds.world import World


def buy(world: World, body: NewOrder) -> Record:
    """Place an order as `POST /orders` does."""
    return rules.place_order(world, body)[0]


def set_status(world: World, body: StatusChange) -> Record:
    """Change an order's status as `PATCH /orders` does."""
    return rules.change_status(world, body)[0]


def admin_move(status: str) -> Any:
    """Return the rule that moves an order to a status of an admin's."""

    def run(world: World, body: OrderId) -> Record:
        return rules.change_status(world, {"orderId": body["orderId"], "status": status}, rules.ADMIN_FLOW)[0]

    return run


def barred(flow_of: Any, status: str | None = None) -> Any:
    """Return the rule that says why an order cannot be moved now, or None."""

    def why(world: World, given: dict[str, Any]) -> str | None:
        order = records.get(world.read(), wire.ORDER, given["orderId"])
        if order is None:
            raise NotFound(f"Order {given['orderId']} not found.")
        try:
            lifecycle.check(flow_of(world), order["status"], status or given["status"])
        except lifecycle.IllegalMove as error:
            return str(error)
        return None

    return why


ACTIONS = (
    Action("buy", "buyer", "Buy tickets: places an order as POST /orders does.", NewOrder, buy),
    Action("set_status", "admin", "Change an order's status from the dashboard: the flow of PATCH /orders.",
           StatusChange, set_status, barred(rules.flow_of)),
    Action("report_issue", "admin", "Report trouble with an order: order.purchase_issues.",
           OrderId, admin_move("purchase_issues"), barred(lambda world: rules.ADMIN_FLOW, "purchase_issues")),
    Action("refund", "admin", "Refund an order: order.refunded; its seats go back on sale.",
           OrderId, admin_move("refunded"), barred(lambda world: rules.ADMIN_FLOW, "refunded")),
)  # fmt: skip
