"""How people see the Scraper Portal's orders: in the dashboard's list and on its board."""

from __future__ import annotations

from mockmarket.clock import parse_iso
from mockmarket.store import Read
from mockmarket.store.records import Record
from mockmarket.vendor import OrderLine, OrderView
from mockmarket.vendors.portal import wire


def line(read: Read, order: Record) -> OrderLine:
    """Read an order; amounts are in dollars."""
    return OrderLine(
        order["orderNumber"], order["status"], order["eventName"], order["quantity"], parse_iso(order["createdAt"]),
        order["totalAmount"], "USD", order["customer"]["email"],
    )  # fmt: skip


ORDERS = OrderView(
    wire.ORDER,
    line,
    {
        "confirmed": "new",
        "accepted": "open",
        "fulfilled": "done",
        "purchase_issues": "trouble",
        "cancelled": "ended",
        "refunded": "ended",
    },
    named_by="orderId",
    only_with={"fulfilled": ("transferMethod", "transferNote")},
)
