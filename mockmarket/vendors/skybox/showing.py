"""How people see what SkyBox's brokers have sold: invoices, in the dashboard's list and on its board."""

from __future__ import annotations

from mockmarket.store import Read, records
from mockmarket.store.records import Record
from mockmarket.vendor import OrderLine, OrderView
from mockmarket.vendors.skybox.wire.directory import EVENT
from mockmarket.vendors.skybox.wire.kinds import INVOICE, LINE
from mockmarket.vendors.skybox.wire.parties import CUSTOMER

EXTRAS = ("taxAmount", "shippingAmount", "otherAmount")


def line(read: Read, invoice: Record) -> OrderLine:
    """Read an invoice: its status is whether its tickets were handed over, its event that of its first line with tickets."""
    id = invoice["id"]
    there = records.find(read, LINE, ("target", "=", id), ("type", "=", "INVOICE"), ("cancelled", "=", 0))
    own = [records.own(read, LINE, str(one["id"])).get("event") for one in there]
    event = next(
        (found["name"] for one in own if one and (found := records.get(read, EVENT, str(one)))), "Other than tickets"
    )
    customer = records.get(read, CUSTOMER, str(invoice["customerId"]))
    total = sum(one["amount"] for one in there) + sum(invoice[name] or 0 for name in EXTRAS)
    made = records.own(read, INVOICE, str(id))["created_at"]
    return OrderLine(
        str(id), invoice["fulfillmentStatus"], event, sum(one["quantity"] for one in there), made, total,
        invoice["currencyCode"], customer["displayName"] if customer else "",
    )  # fmt: skip


ORDERS = OrderView(INVOICE, line, {"PENDING": "open", "COMPLETE": "done"}, named_by="invoice", column="fulfillment")
