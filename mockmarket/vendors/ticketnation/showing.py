"""How people see Ticketnation's orders: in the dashboard's list and on its board."""

from __future__ import annotations

from mockmarket.clock import parse_iso
from mockmarket.store import Read, records
from mockmarket.store.records import Record
from mockmarket.vendor import OrderLine, OrderView
from mockmarket.vendors.ticketnation import wire


def line(read: Read, order: Record) -> OrderLine:
    """Read an order; its event's name is the event's."""
    event = records.get(read, wire.EVENT, order["eventId"])
    return OrderLine(
        order["orderNumber"], order["status"], event["name"] if event else order["eventId"], order["quantity"],
        parse_iso(order["createdAt"]), order["totalAmount"], order["currency"], order["buyerEmail"],
    )  # fmt: skip


ORDERS = OrderView(wire.ORDER, line, {"COMPLETED": "done", "REFUNDED": "ended"}, named_by="orderId")
