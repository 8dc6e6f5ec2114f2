"""What an account has sold and what it has bought, a row for each line that stands, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.skybox.records.reports import SoldRow, SoldTotals
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.rules import tickets
from mockmarket.vendors.skybox.wire.kinds import INVENTORY, INVOICE, LINE, PURCHASE


def standing_lines(read: Read, account: int, type: str, where: Sequence[Condition]) -> list[Record]:
    """Return the inventory lines of an account's purchases or invoices that stand."""
    own: list[Condition] = [
        ("account", "=", account),
        ("type", "=", type),
        ("item", "=", "INVENTORY"),
        ("cancelled", "=", 0),
    ]
    return records.find(read, LINE, *own, *where, order=[("number", "desc")])


def listing_of(read: Read, line: Payload) -> Record | None:
    """Return the first listing of a line."""
    return records.get(read, INVENTORY, str(line["inventoryIds"][0])) if line["inventoryIds"] else None


def sold(read: Read, account: int, query: Payload) -> list[SoldRow]:
    """Return what was sold (public: SoldInventorySummary)."""
    where: list[Condition] = [("event", "in", query["eventId"])] if query["eventId"] else []
    rows = []
    for line in standing_lines(read, account, "INVOICE", where):
        invoice = records.get(read, INVOICE, str(line["targetId"]))
        if invoice is not None and fits(read, invoice, query):
            rows.append(sold_row(read, line, invoice))
    return rows


def fits(read: Read, invoice: Payload, query: Payload) -> bool:
    """Tell whether an invoice is one that a query for what was sold asks for."""
    at = records.own(read, INVOICE, str(invoice["id"]))["created_at"]
    since, until = query["invoiceDateFrom"], query["invoiceDateTo"]
    return (
        (not query["invoiceId"] or invoice["id"] in query["invoiceId"])
        and (not query["customerId"] or invoice["customerId"] in query["customerId"])
        and (since is None or at >= since)
        and (until is None or at <= until)
    )


def sold_row(read: Read, line: Payload, invoice: Payload) -> SoldRow:
    """Write one line as it was sold: what came in, what it had cost, what is left of that."""
    own, listing = tickets.of_line(read, line["id"]), listing_of(read, line) or {}
    seats = [ticket["seatNumber"] for ticket in own]
    cost, total = round(sum(ticket["cost"] for ticket in own), 2), line["amount"]
    profit = round(total - cost, 2)
    return {
        "id": listing.get("id"),
        "accountId": line["accountId"],
        "eventId": listing.get("eventId"),
        "quantity": line["quantity"],
        "section": listing.get("section"),
        "row": listing.get("row"),
        "lowSeat": min(seats, default=None),
        "highSeat": max(seats, default=None),
        "seatNumbers": ",".join(map(str, seats)),
        "ticketIds": list(line["itemIds"]),
        "cost": cost,
        "stockType": listing.get("stockType"),
        "invoiceId": invoice["id"],
        "invoiceLineId": line["id"],
        "invoiceDate": invoice["createdDate"],
        "customerId": invoice["customerId"],
        "deliveryMethod": invoice["deliveryMethod"],
        "total": total,
        "invoiceExternalRef": invoice["externalRef"],
        "fulfillmentStatus": invoice["fulfillmentStatus"],
        "paymentStatus": invoice["paymentStatus"],
        "profit": profit,
        "profitMargin": share(profit, total),
        "roi": share(profit, cost),
        "currencyCode": invoice["currencyCode"],
        "unitTicketSales": round(total / max(line["quantity"], 1), 2),
        "invoiceCreatedBy": invoice["createdBy"],
        "invoiceTags": invoice["tags"],
        "outstandingBalance": invoice["outstandingBalance"],
        "invoiceStatus": invoice["status"],
    }


def share(part: float, total: float) -> float:
    """Return a part in per cent of a total, 0 of nothing."""
    return round(100 * part / total, 2) if total else 0.0


def totals(rows: Sequence[Payload]) -> SoldTotals:
    """Write what was sold in all (public: soldInventoryTotals, real clients' code)."""
    amount, profit, cost = (round(sum(row[name] for row in rows), 2) for name in ("total", "profit", "cost"))
    return {
        "totalQuantity": sum(row["quantity"] for row in rows),
        "totalAmount": float(amount),
        "totalProfit": float(profit),
        "totalProfitMargin": share(profit, amount),
        "totalROI": share(profit, cost),
    }


def purchased(read: Read, account: int, query: Payload) -> list[Record]:
    """Return what was bought (public: PurchasedInventorySummary)."""
    columns = (("eventId", "event"), ("inventoryId", "inventory"), ("purchaseId", "target"))
    where: list[Condition] = [(column, "in", query[name]) for name, column in columns if query[name]]
    rows = (purchased_row(read, line, query) for line in standing_lines(read, account, "PURCHASE", where))
    return [row for row in rows if row]


def purchased_row(read: Read, line: Payload, query: Payload) -> Record | None:
    """Write one line as it was bought, with its inventory as it is now; None when the query asks for other vendors."""
    purchase = records.get(read, PURCHASE, str(line["targetId"]))
    listing = listing_of(read, line)
    if purchase is None or listing is None:
        return None
    if query["vendorId"] and purchase["vendorId"] not in query["vendorId"]:
        return None
    own = tickets.of_purchase_line(read, line["id"])
    statuses = {ticket["status"] for ticket in own}
    return {
        **listing,
        "vendorId": [purchase["vendorId"]],
        "purchase": purchase,
        "purchaseLineId": line["id"],
        "inventoryIds": sorted({ticket["inventoryId"] for ticket in own}),
        "ticketStatus": statuses.pop() if len(statuses) == 1 else None,
        "invoiceLineIds": sorted({ticket["invoiceLineId"] for ticket in own if ticket["invoiceLineId"]}),
    }
