"""How people see Zatabox's orders: in the dashboard's list and on its board."""

from __future__ import annotations

from mockmarket.clock import parse_iso
from mockmarket.store import Read, records
from mockmarket.store.records import Record
from mockmarket.vendor import OrderLine, OrderView
from mockmarket.vendors.zatabox import wire


def line(read: Read, order: Record) -> OrderLine:
    """Read an order; its event's name is the event's, its quantity that of all its items."""
    event = records.get(read, wire.EVENT, order["eventId"])
    return OrderLine(
        order["id"], order["status"], event["title"] if event else order["eventId"],
        sum(item["quantity"] for item in order["items"]), parse_iso(order["createdAt"]), float(order["total"]),
        order["currency"], order["buyer"]["email"],
    )  # fmt: skip


ORDERS = OrderView(
    wire.ORDER,
    line,
    {"pending": "new", "completed": "done", "failed": "trouble", "cancelled": "ended"},
    named_by="orderId",
)
