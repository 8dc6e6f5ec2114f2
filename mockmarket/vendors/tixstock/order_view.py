"""How people see Tixstock's orders: in the dashboard's list and on its board."""

from __future__ import annotations

from mockmarket.store import Read, records
from mockmarket.store.records import Record
from mockmarket.vendor import OrderLine, OrderView
from mockmarket.vendors.tixstock import wire


def line(read: Read, order: Record) -> OrderLine:
    """Read an order: its number is the reseller's own, its event that of its listing."""
    own = records.own(read, wire.ORDER, order["tixstock_id"])
    event = records.get(read, wire.EVENT, own["event"])
    return OrderLine(
        order["id"], order["status"], event["name"] if event else own["event"], order["quantity"], own["placed_at"],
        float(order["grand_total"]), order["currency"], order["customer"]["email_address"] or "",
    )  # fmt: skip


ORDERS = OrderView(
    wire.ORDER,
    line,
    {
        "Pending Review": "new",
        "Approved": "open",
        "Sale on Hold": "trouble",
        "Commissionable": "done",
        "Rejected": "ended",
        "Cancelled": "ended",
        "Refunded": "ended",
    },
    named_by="order",
)
