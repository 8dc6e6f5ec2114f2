"""How people see what SkyBox's brokers have sold: invoices, in the dashboard's list and on its board."""

from __future__ import annotations

from mockmarket.store import Read, records
from mockmarket.store.records import Record
from mockmarket.vendor import OrderLine, OrderView
from mockmarket.vendors.skybox.rules.orders import CHARGES
from mockmarket.vendors.skybox.wire import CUSTOMER, EVENT, INVOICE, LINE


def line(read: Read, invoice: Record) -> OrderLine:
    """Read an invoice: its status is whether its tickets were handed over, its event that of its first line with tickets."""
    id = invoice["id"]
    lines = records.find(read, LINE, ("target", "=", id), ("type", "=", "INVOICE"), ("cancelled", "=", 0))
    ids = [records.own(read, LINE, str(line["id"])).get("event") for line in lines]
    events = (records.get(read, EVENT, str(id)) for id in ids if id)
    customer = records.get(read, CUSTOMER, str(invoice["customerId"]))
    return OrderLine(
        number=str(id),
        status=invoice["fulfillmentStatus"],
        event=next((str(event["name"]) for event in events if event), "Other than tickets"),
        quantity=sum(line["quantity"] for line in lines),
        at=records.own(read, INVOICE, str(id))["created_at"],
        total=sum(line["amount"] for line in lines) + sum(invoice[name] or 0 for name in CHARGES),
        currency=invoice["currencyCode"],
        buyer=customer["displayName"] if customer else "",
    )


ORDERS = OrderView(INVOICE, line, {"PENDING": "open", "COMPLETE": "done"}, named_by="invoice", column="fulfillment")
