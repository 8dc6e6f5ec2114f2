"""What a query asks for, as conditions on stored records, and what lists of inventory know besides the inventory itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockmarket.clock import DAY, iso_s, parse_iso
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Operator, Record
from mockmarket.vendors.skybox.rules import refusing, tickets
from mockmarket.vendors.skybox.wire import directory
from mockmarket.vendors.skybox.wire import inventory as words
from mockmarket.vendors.skybox.wire.kinds import HOLD, INVENTORY, INVOICE, LINE, PURCHASE, TICKET

Filter = tuple[str, Operator]

INVENTORY_FILTERS: dict[str, Filter] = {
    "eventId": ("event", "in"), "inventoryId": ("number", "in"), "exchangePosId": ("position", "in"),
    "purchaseId": ("purchase", "in"), "vendorId": ("vendor", "in"), "performerId": ("performer", "in"),
    "venueId": ("venue", "in"), "section": ("section", "="), "row": ("row", "="), "minQuantity": ("quantity", ">="),
    "maxQuantity": ("quantity", "<="), "minPrice": ("price", ">="), "maxPrice": ("price", "<="),
    "stockType": ("stock_type", "in"), "splitType": ("split_type", "in"), "seatType": ("seat_type", "in"),
    "status": ("status", "in"), "listed": ("listed", "="), "zoneSeating": ("zone", "="), "tag": ("tags", "contains"),
    "lastUpdateFrom": ("updated_at", ">="), "lastUpdateTo": ("updated_at", "<="), "lastPriceUpdateFrom": ("priced_at", ">="),
    "lastPriceUpdateTo": ("priced_at", "<="), "createdDateFrom": ("created_at", ">="), "createdDateTo": ("created_at", "<="),
}  # fmt: skip
PURCHASE_FILTERS: dict[str, Filter] = {
    "id": ("number", "in"), "vendorId": ("vendor", "in"), "externalRef": ("ref", "="), "paymentStatus": ("payment", "in"),
    "purchaseStatus": ("status", "in"), "createdDateFrom": ("created_at", ">="), "createdDateTo": ("created_at", "<="),
    "lastUpdateFrom": ("updated_at", ">="), "lastUpdateTo": ("updated_at", "<="), "tag": ("tags", "contains"),
}  # fmt: skip
INVOICE_FILTERS: dict[str, Filter] = {
    "id": ("number", "in"), "customerId": ("customer", "in"), "externalRef": ("ref", "="), "paymentStatus": ("payment", "in"),
    "invoiceStatus": ("status", "in"), "fulfillmentStatus": ("fulfillment", "in"), "createdDateFrom": ("created_at", ">="),
    "createdDateTo": ("created_at", "<="), "lastUpdateFrom": ("updated_at", ">="), "lastUpdateTo": ("updated_at", "<="),
    "tag": ("tags", "contains"),
}  # fmt: skip
HOLD_FILTERS: dict[str, Filter] = {
    "id": ("number", "in"), "inventoryId": ("inventory", "in"), "exchangePosId": ("position", "in"),
    "customerId": ("customer", "in"), "userId": ("user", "in"), "externalRef": ("ref", "="), "eventId": ("event", "in"),
    "createdDateFrom": ("created_at", ">="), "createdDateTo": ("created_at", "<="), "expiryDateFrom": ("expires_at", ">="),
    "expiryDateTo": ("expires_at", "<="),
}  # fmt: skip
"""Public, the parameters of each list that are built here: the column that each is about, and how it compares."""


def conditions(account: int, query: Mapping[str, Any], filters: Mapping[str, Filter]) -> list[Condition]:
    """Return what a query asks of an account's records; what it does not name, or leaves empty, asks nothing."""
    asked = ((name, query.get(name)) for name in filters)
    there = [(*filters[name], written(name, value)) for name, value in asked if value not in (None, [], "")]
    return [("account", "=", account), *there]


def written(name: str, value: Any) -> Any:
    """Return a parameter's value as its column has it."""
    if name.endswith(("From", "To")):
        return instant(name, value)
    return int(value) if isinstance(value, bool) else value


def instant(name: str, text: str) -> int:
    """Read a date-time as epoch ms, in UTC without a zone; Invalid for what is none."""
    try:
        return parse_iso(text)
    except ValueError:
        raise refusing.invalid(name, "must be an ISO 8601 date-time such as 2026-03-01T12:00:00Z", text) from None


def inventory_conditions(read: Read, account: int, query: Mapping[str, Any]) -> list[Condition]:
    """Return what a query asks of an account's inventory; what is sold out is left out unless a status is asked for."""
    asked = [*conditions(account, query, INVENTORY_FILTERS), *on_dates(read, query)]
    if query.get("onHold") is not None:
        asked.append(("held", ">" if query["onHold"] else "=", 0))
    if query.get("inHand") is not None:
        asked.append(("in_hand", "<=" if query["inHand"] else ">", iso_s(read.now)[:10]))
    if query.get("ticketStatus"):
        asked.append(with_tickets(read, account, query["ticketStatus"]))
    elif not (query.get("status") or query.get("inventoryId")):
        asked.append(("status", "!=", "DEPLETED"))
    return asked


def on_dates(read: Read, query: Mapping[str, Any]) -> list[Condition]:
    """Return the condition that a record's event is in a query's span of dates, which means what it does in a search for events."""
    span: list[Condition] = [query[name] for name in ("eventDateFrom", "eventDateTo") if query.get(name)]
    return [("event", "in", sorted(one["id"] for one in records.find(read, directory.EVENT, *span)))] if span else []


def with_tickets(read: Read, account: int, status: str) -> Condition:
    """Return the condition that an inventory has, or had, a ticket in a status."""
    there = records.find(read, TICKET, ("account", "=", account), ("status", "=", status))
    return ("number", "in", sorted({one["inventoryId"] for one in there}))


def of_event(read: Read, account: int, type: str, events: Sequence[int]) -> Condition:
    """Return the condition that a purchase or an invoice has a line for one of these events."""
    there = records.find(read, LINE, ("account", "=", account), ("type", "=", type), ("event", "in", list(events)))
    return ("number", "in", sorted({line["targetId"] for line in there}))


def summaries(read: Read, rows: Sequence[Record], with_tickets: bool) -> list[Record]:
    """Write inventory as lists have it."""
    shows: dict[int, Record | None] = {}
    return [summary(read, row, shows, with_tickets) for row in rows]


def summary(read: Read, row: Record, shows: dict[int, Record | None], with_tickets: bool) -> Record:
    """Write one inventory as lists have it; `shows` remembers the events that were looked up before."""
    own = records.own(read, INVENTORY, str(row["id"]))
    if row["eventId"] not in shows:
        shows[row["eventId"]] = records.get(read, directory.EVENT, str(row["eventId"]))
    pool = tickets.pool(read, row["id"])
    purchase = records.get(read, PURCHASE, str(own["purchase"])) if own["purchase"] else None
    known = {
        "seats": [one["seatNumber"] for one in pool], "hold": records.get(read, HOLD, str(own["held"])) if own["held"] else None,
        "unit_cost": words.average_cost(pool, row["cost"]),
        "currency": purchase["currencyCode"] if purchase else "USD",
        "received": "ALL" if purchase is None or purchase["received"] else "NONE",
        "vendors": [own["vendor"]] if own["vendor"] else [],
        "in_hand": (row["inHandDate"] or "") <= iso_s(read.now)[:10],
        "days_old": max((read.now - own["created_at"]) // DAY, 0), "event": shows[row["eventId"]],
    }  # fmt: skip
    written = words.summary(row, known)
    return written | ({"tickets": pool} if with_tickets else {})


def sold(read: Read, account: int, query: Mapping[str, Any]) -> list[Record]:
    """Return a row for each inventory line of an account's invoices that stands, newest first (public: SoldInventorySummary)."""
    asked = conditions(account, query, {"eventId": ("event", "in")})
    asked += [("type", "=", "INVOICE"), ("item", "=", "INVENTORY"), ("cancelled", "=", 0)]
    rows = []
    for line in records.find(read, LINE, *asked, order=[("number", "desc")]):
        invoice = records.get(read, INVOICE, str(line["targetId"]))
        if invoice is not None and fits(read, invoice, query):
            rows.append(sold_row(read, line, invoice))
    return rows


def fits(read: Read, invoice: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    """Tell whether an invoice is one that a query for what was sold asks for."""
    own = records.own(read, INVOICE, str(invoice["id"]))
    since, until = query.get("invoiceDateFrom"), query.get("invoiceDateTo")
    return (
        (not query.get("invoiceId") or invoice["id"] in query["invoiceId"])
        and (not query.get("customerId") or invoice["customerId"] in query["customerId"])
        and (since is None or own["created_at"] >= instant("invoiceDateFrom", since))
        and (until is None or own["created_at"] <= instant("invoiceDateTo", until))
    )


def sold_row(read: Read, line: Mapping[str, Any], invoice: Mapping[str, Any]) -> Record:
    """Write one line as it was sold: what came in, what it had cost, what is left of that."""
    there = tickets.of_line(read, line["id"])
    listing = records.get(read, INVENTORY, str(line["inventoryIds"][0])) if line["inventoryIds"] else None
    seats = [one["seatNumber"] for one in there]
    cost, total = round(sum(one["cost"] for one in there), 2), line["amount"]
    profit = round(total - cost, 2)
    first = listing or {}
    return {
        "id": first.get("id"), "accountId": line["accountId"], "eventId": first.get("eventId"), "quantity": line["quantity"],
        "section": first.get("section"), "row": first.get("row"), "lowSeat": min(seats, default=None),
        "highSeat": max(seats, default=None), "seatNumbers": ",".join(map(str, seats)), "ticketIds": list(line["itemIds"]),
        "cost": cost, "stockType": first.get("stockType"), "invoiceId": invoice["id"], "invoiceLineId": line["id"],
        "invoiceDate": invoice["createdDate"], "customerId": invoice["customerId"], "deliveryMethod": invoice["deliveryMethod"],
        "total": total, "invoiceExternalRef": invoice["externalRef"], "fulfillmentStatus": invoice["fulfillmentStatus"],
        "paymentStatus": invoice["paymentStatus"], "profit": profit, "profitMargin": share(profit, total),
        "roi": share(profit, cost), "currencyCode": invoice["currencyCode"],
        "unitTicketSales": round(total / max(line["quantity"], 1), 2), "invoiceCreatedBy": invoice["createdBy"],
        "invoiceTags": invoice["tags"], "outstandingBalance": invoice["outstandingBalance"], "invoiceStatus": invoice["status"],
    }  # fmt: skip


def share(part: float, whole: float) -> float:
    """Return a part in per cent of a whole, 0 of nothing."""
    return round(100 * part / whole, 2) if whole else 0.0


def totals(rows: Sequence[Mapping[str, Any]]) -> Record:
    """Write what was sold in all (public: soldInventoryTotals, real clients' code)."""
    amount, profit = round(sum(row["total"] for row in rows), 2), round(sum(row["profit"] for row in rows), 2)
    cost = round(sum(row["cost"] for row in rows), 2)
    return {
        "totalQuantity": sum(row["quantity"] for row in rows), "totalAmount": float(amount), "totalProfit": float(profit),
        "totalProfitMargin": share(profit, amount), "totalROI": share(profit, cost),
    }  # fmt: skip


def purchased(read: Read, account: int, query: Mapping[str, Any]) -> list[Record]:
    """Return a row for each inventory line of an account's purchases that stands (public: PurchasedInventorySummary)."""
    asked = conditions(
        account, query, {"eventId": ("event", "in"), "inventoryId": ("inventory", "in"), "purchaseId": ("target", "in")}
    )
    asked += [("type", "=", "PURCHASE"), ("item", "=", "INVENTORY"), ("cancelled", "=", 0)]
    lines = records.find(read, LINE, *asked, order=[("number", "desc")])
    return [one for line in lines if (one := purchased_row(read, line, query))]


def purchased_row(read: Read, line: Mapping[str, Any], query: Mapping[str, Any]) -> Record | None:
    """Write one line as it was bought, with its inventory as it is now; None when the query asks for other vendors."""
    purchase = records.get(read, PURCHASE, str(line["targetId"]))
    listing = records.get(read, INVENTORY, str(line["inventoryIds"][0])) if line["inventoryIds"] else None
    if purchase is None or listing is None:
        return None
    if query.get("vendorId") and purchase["vendorId"] not in query["vendorId"]:
        return None
    of_line = tickets.of_purchase_line(read, line["id"])
    statuses = {one["status"] for one in of_line}
    return {
        **listing, "vendorId": [purchase["vendorId"]], "purchase": purchase, "purchaseLineId": line["id"],
        "inventoryIds": sorted({one["inventoryId"] for one in of_line}),
        "ticketStatus": statuses.pop() if len(statuses) == 1 else None,
        "invoiceLineIds": sorted({one["invoiceLineId"] for one in of_line if one["invoiceLineId"]}),
    }  # fmt: skip


def delta(read: Read, account: int, start: str, end: str, status: str | None = None) -> list[int]:
    """Return the ids of inventory that was created, changed or used up from `start` to `end`, or of what has a ticket in a status."""
    span = ((">=", "startTime", start), ("<=", "endTime", end))
    asked: list[Condition] = [("updated_at", operator, instant(name, text)) for operator, name, text in span]  # type: ignore[misc]
    asked += [with_tickets(read, account, status)] if status else []
    return [
        row["id"] for row in records.find(read, INVENTORY, ("account", "=", account), *asked, order=[("number", "asc")])
    ]
