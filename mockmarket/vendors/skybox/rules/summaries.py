"""Lists of inventory, purchases, invoices and holds in the form of their public summaries, and the reports over them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal

from mockmarket.clock import DAY, iso_s
from mockmarket.store import Read, Record, records
from mockmarket.vendor import Settings
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.records import summaries as shapes
from mockmarket.vendors.skybox.records.queries import PurchasedQuery, PurchasesQuery, SalesQuery, SoldQuery
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import orders, tickets
from mockmarket.vendors.skybox.rules.filtering import conditions, resolved, within
from mockmarket.vendors.skybox.rules.inventory import average, described
from mockmarket.vendors.skybox.wire import CUSTOMER, EVENT, HOLD, INVENTORY, INVOICE, LINE, PURCHASE, VENDOR

OF_INVENTORY: tuple[records.Condition, ...] = (("item", "=", "INVENTORY"), ("cancelled", "=", 0))
RECEIVED, NOT_RECEIVED = "ALL", "NONE"


def changed_ids(read: Read, account: int, query: Payload) -> list[int]:
    """List the ids of inventory that was created, changed or depleted from startTime to endTime, by anyone."""
    where: list[records.Condition] = [("account", "=", account), ("updated_at", ">=", query["startTime"])]
    where.append(("updated_at", "<=", query["endTime"]))
    where += [("ticket.status", "=", query["ticketStatus"])] if query["ticketStatus"] else []
    rows = records.find(read, INVENTORY, *resolved(read, INVENTORY, where), order=[("number", "asc")])
    return [row["id"] for row in rows]


def export(read: Read, account: int, query: Payload) -> list[Record]:
    """List all inventory that is for sale, as a plain list without pages."""
    where: list[records.Condition] = [("account", "=", account), ("status", "!=", "DEPLETED"), *_exported(query)]
    return _all(read, where, query)


def export_changed(read: Read, account: int, query: Payload) -> list[Record]:
    """List all inventory that was created, changed or depleted after a moment, in its current state; without one, all of it."""
    where: list[records.Condition] = [("account", "=", account), *_exported(query)]
    since = query["timestamp"]
    where += [("updated_at", ">" if since else ">=", since or 0)]
    return _all(read, where, query)


def _exported(query: Payload) -> list[records.Condition]:
    free: list[records.Condition] = [] if query["includeZeroPricedListings"] else [("price", ">", 0)]
    return free if query["includeHeld"] else [*free, ("status", "!=", "ON_HOLD")]


def _all(read: Read, where: Sequence[records.Condition], query: Payload) -> list[Record]:
    rows = inventory(read, records.find(read, INVENTORY, *where, order=[("number", "asc")]))
    return rows if query["includeTaxedCosts"] else [row | {"taxedCost": None, "taxedCostAverage": None} for row in rows]


def inventory(read: Read, rows: Sequence[Record], with_tickets: bool = False) -> list[Record]:
    """Return inventory as lists have it (public: InventorySummary)."""
    events = {id: records.get(read, EVENT, str(id)) for id in {row["eventId"] for row in rows}}
    return [_inventory(read, row, events[row["eventId"]], with_tickets) for row in rows]


def _inventory(read: Read, row: Record, event: Record | None, with_tickets: bool) -> Record:
    own = records.own(read, INVENTORY, str(row["id"]))
    pool = tickets.pool(read, row["id"]) or tickets.held_of(read, row["id"]) or tickets.sold_of(read, row["id"])
    row = described(row, pool)
    purchase = records.get(read, PURCHASE, str(own["purchase"])) if own["purchase"] else None
    hold = records.get(read, HOLD, str(own["held"])) if own["held"] else None
    taxed = [ticket["taxedCost"] for ticket in pool if ticket["taxedCost"] is not None]
    own_members: Record = {
        "lastDeltaUpdate": row["lastUpdate"],
        "seatNumbers": _joined(pool, "seatNumber"),
        "listed": bool(own["listed"]),
        "holdId": hold["id"] if hold else None,
        "hold": hold,
        "unitCostAverage": average(row["cost"], row["quantity"]),
        "faceValueAverage": average(row["faceValue"] or 0.0, row["quantity"]),
        "hasTaxedCost": "ALL" if pool and len(taxed) == len(pool) else "SOME" if taxed else "NONE",
        "ticketIdString": _joined(pool, "id"),
        "currencies": [purchase["currencyCode"] if purchase else "USD"],
        "received": RECEIVED if purchase is None or purchase["received"] else NOT_RECEIVED,
        "vendorId": [own["vendor"]] if own["vendor"] else [],
        "inHand": (row["inHandDate"] or "") <= iso_s(read.now)[:10],
        "daysOld": max((read.now - own["created_at"]) // DAY, 0),
        "event": event,
    }
    summary = wire.new_record(shapes.InventorySummary, {}, **row | own_members)
    return summary | {"tickets": pool} if with_tickets else _without(summary, "tickets")


def _without(record: Record, name: str) -> Record:
    return {key: value for key, value in record.items() if key != name}


def _joined(rows: Sequence[Payload], name: str) -> str:
    return ",".join(str(row[name]) for row in rows)


def sorting(query: Payload) -> list[tuple[str, Literal["asc", "desc"]]]:
    """Return the sort keys of a query with their directions."""
    keys = ((query["sortedBy"], query["sortDir"]), (query["sortedByB"], query["sortDirB"]))
    return [(name, "desc" if way.lower() == "desc" else "asc") for name, way in keys if name]


def window(query: Payload, settings: Settings) -> tuple[int, int]:
    """Return a page's number of rows, -1 for all, and the number of rows before it. A page before the first is the first (convention)."""
    first, rows = settings["first_page"], query["limit"] or settings["page_rows"] or -1
    number = first if query["pageNumber"] is None else query["pageNumber"]
    return rows, max(number - first, 0) * max(rows, 0)


OF_EVENT: dict[str, Callable[[Record], Any]] = {
    "eventDate": lambda event: event["date"],
    "eventName": lambda event: event["name"],
    "performer": lambda event: event["performer"]["name"],
    "venue": lambda event: event["venue"]["name"],
}
"""What a row's event is sorted by."""


def _sort_key(name: str, row: Payload) -> tuple[bool, Any]:
    event = row["event"] if name in OF_EVENT else None
    value = OF_EVENT[name](event) if event else row.get(name)
    return value is not None, value


def page(read: Read, rows: Sequence[Payload], query: Payload, **totals: object) -> Record:
    """Return a page of rows in the query's order; rows without a value come first."""
    ordered = list(rows)
    for name, way in reversed(sorting(query)):
        ordered.sort(key=partial(_sort_key, name), reverse=way == "desc")
    limit, start = window(query, read.store.settings[NAME])
    return {"rows": ordered[start:][: limit if limit > 0 else None], "rowCount": len(rows), **totals}


def _lines(read: Read, type: str, account: int, query: Payload, shape: object) -> list[Record]:
    # The uncancelled inventory lines that match a query, newest first.
    of_type: tuple[records.Condition, ...] = (("type", "=", type), *OF_INVENTORY)
    where = conditions(read, LINE, account, query, shape)
    return records.find(read, LINE, *of_type, *where, order=[("number", "desc")])


def sold(read: Read, account: int, query: Payload) -> Record:
    """List what was sold, a row for each line of an invoice, newest first, with the totals of all of them."""
    rows = sold_rows(read, account, query, SoldQuery)
    return page(read, rows, query, soldInventoryTotals=totals(rows))


def sold_rows(read: Read, account: int, query: Payload, shape: object) -> list[Record]:
    """Return the rows of what was sold that match a query, newest first."""
    rows = [_sold(read, line) for line in _lines(read, "INVOICE", account, query, shape)]
    least, most = query.get("minTotalCost"), query.get("maxTotalCost")
    return [row for row in rows if within(row["cost"], least, most)]


def _sold(read: Read, line: Payload) -> Record:
    invoice = wire.get_or_refuse(read, INVOICE, None, line["targetId"])
    customer = records.get(read, CUSTOMER, str(invoice["customerId"])) or {}
    own = tickets.of(read, sale=line["id"])
    seats = [ticket["seatNumber"] for ticket in own]
    bought = _purchases_of(read, own)
    listing = _listing_of(read, line, own)
    cost, total = wire.total(own, "cost"), line["amount"]
    profit = wire.money(wire.cents(total) - wire.cents(cost))
    at = datetime.fromisoformat(listing["event"]["date"]) if listing.get("event") else None
    parties = [records.get(read, VENDOR, str(purchase["vendorId"])) or {} for purchase in bought]
    row: Record = {
        "accountId": line["accountId"],
        "quantity": line["quantity"],
        "ticketIds": line["itemIds"],
        "ticketIdString": ",".join(map(str, line["itemIds"])),
        "lowSeat": min(seats, default=None),
        "highSeat": max(seats, default=None),
        "seatNumbers": ",".join(map(str, seats)),
        "cost": cost,
        "unitCostAverage": average(cost, len(own)),
        "faceValueAverage": average(wire.total(own, "faceValue"), len(own)),
        "total": total,
        "profit": profit,
        "profitMargin": share(profit, total),
        "roi": share(profit, cost),
        "unitTicketSales": average(total, line["quantity"]),
        "invoiceLineId": line["id"],
        "customerDisplayName": customer.get("displayName"),
        "customerType": customer.get("customerType"),
        "purchaseIds": [purchase["id"] for purchase in bought],
        "vendorId": [purchase["vendorId"] for purchase in bought],
        "vendor": ", ".join(party["displayName"] for party in parties if party) or None,
        "eventDayOfWeek": at.strftime("%A").upper() if at else None,
        "daysListed": _days_between(listing.get("createdDate"), invoice["createdDate"]),
    }
    names = {"purchaseDate": "createdDate", "purchaseExternalRef": "externalRef"}
    names |= {"purchaseTags": "tags", "poCreatedBy": "createdBy"}
    row |= {name: bought[0][member] if bought else None for name, member in names.items()}
    return _without(wire.new_record(shapes.SoldRow, listing, **row, **_invoice_of(invoice)), "tickets")


def _invoice_of(invoice: Record) -> Record:
    names = {"invoiceId": "id", "invoiceDate": "createdDate", "invoiceExternalRef": "externalRef"}
    names |= {"invoiceTags": "tags", "invoiceStatus": "status", "invoiceCreatedBy": "createdBy"}
    same = ("deliveryMethod", "fulfillmentStatus", "fulfillmentDate", "paymentStatus", "currencyCode")
    own = {name: invoice[member] for name, member in names.items()}
    own |= {name: invoice[name] for name in (*same, "customerId", "outstandingBalance")}
    return own | {
        "pdfsOrBarcodesAttached": invoice["filesUploaded"] or invoice["barcodesEntered"],
        **_last_note(invoice),
    }


def _last_note(invoice: Record) -> Record:
    note = invoice["notes"][-1] if invoice["notes"] else {}
    return {
        "lastInvoiceNotes": note.get("text"),
        "lastInvoiceNotesDate": note.get("date"),
        "lastInvoiceNotesUser": note.get("author"),
    }


def _days_between(start: str | None, end: str) -> int | None:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).days if start else None


def _listing_of(read: Read, line: Payload, own: Sequence[Payload]) -> Record:
    ids = [ticket["inventoryId"] for ticket in own] or line["inventoryIds"]
    listing = records.get(read, INVENTORY, str(ids[0])) if ids else None
    return inventory(read, [listing])[0] if listing else {}


def _purchases_of(read: Read, own: Sequence[Payload]) -> list[Record]:
    lines = sorted({ticket["purchaseLineId"] for ticket in own if ticket["purchaseLineId"]})
    ids = records.values(read, LINE, "target", ("number", "in", lines))
    return records.find(read, PURCHASE, ("number", "in", ids), order=[("number", "asc")])


def share(part: float, total: float) -> float:
    """Return a part as a percentage of a total, 0 of nothing."""
    return round(100 * part / total, 2) if total else 0.0


def totals(rows: Sequence[Payload]) -> shapes.SoldTotals:
    """Return the totals of what was sold (public: soldInventoryTotals, real clients' code)."""
    amount, profit, cost = (wire.total(rows, name) for name in ("total", "profit", "cost"))
    return {
        "totalQuantity": sum(row["quantity"] for row in rows),
        "totalAmount": amount,
        "totalProfit": profit,
        "totalProfitMargin": share(profit, amount),
        "totalROI": share(profit, cost),
    }


def purchased(read: Read, account: int, query: Payload) -> Record:
    """List purchased inventory, a row for each purchase line, newest first."""
    lines = _lines(read, "PURCHASE", account, query, PurchasedQuery)
    return page(read, [row for line in lines if (row := _purchased(read, line))], query)


def _purchased(read: Read, line: Payload) -> Record | None:
    own = tickets.of(read, purchase_line=line["id"])
    if not (listing := _listing_of(read, line, own)):
        return None
    purchase = orders.get("PURCHASE", read, line["accountId"], line["targetId"])
    vendor = records.get(read, VENDOR, str(purchase["vendorId"])) or {}
    statuses = {ticket["status"] for ticket in own}
    sales = sorted({ticket["invoiceLineId"] for ticket in own if ticket["invoiceLineId"]})
    return {
        **listing,
        "vendorId": [purchase["vendorId"]],
        "vendorDisplayName": vendor.get("displayName"),
        "purchase": purchase,
        "purchaseLineId": line["id"],
        "inventoryIds": sorted({ticket["inventoryId"] for ticket in own}),
        "invoiceId": sorted(records.values(read, LINE, "target", ("number", "in", sales))),
        "ticketStatus": statuses.pop() if len(statuses) == 1 else None,
        "invoiceLineIds": sales,
    }


def order(type: str, read: Read, record: Record, query: Payload) -> Record:
    """Return a purchase or an invoice as lists have it (public: PurchaseSummary, InvoiceSummary)."""
    full = orders.with_lines(type, read, record)
    lines = [line for line in full["lines"] if not line["cancelled"]]
    party = records.get(read, orders.PARTY_KIND[type], str(record[orders.PARTY[type]])) or {}
    column = "purchase_line" if type == "PURCHASE" else "sale"
    own = [ticket for line in lines for ticket in tickets.of(read, **{column: line["id"]})]
    ids = sorted({ticket["eventId"] for ticket in own})
    events = [event for id in ids if (event := records.get(read, EVENT, str(id)))]
    own_members: Record = {
        "displayName": party.get("displayName"),
        "quantity": sum(line["quantity"] for line in lines if line["lineItemType"] == "INVENTORY"),
        "section": _different(own, "section"),
        "row": _different(own, "row"),
        "lineCount": len(lines),
        "lineTotal": wire.total(lines, "amount"),
        "total": orders.total(record, lines),
        "totalPayments": wire.total(record["payments"], "amount"),
    }
    own_members |= (
        _of_purchase(read, own, events, query) if type == "PURCHASE" else _of_invoice(read, record, own, events)
    )
    return wire.new_record(ROWS[type], {}, **full | own_members)


def _different(rows: Sequence[Payload], name: str) -> str | None:
    return ", ".join(dict.fromkeys(str(row[name]) for row in rows)) or None


def _of_purchase(read: Read, own: Sequence[Payload], events: Sequence[Record], query: Payload) -> Record:
    zoned = None
    if query.get("includeHasZoneSeatingInventory"):
        ids = sorted({ticket["inventoryId"] for ticket in own})
        zoned = bool(records.values(read, INVENTORY, "number", ("number", "in", ids), ("zone", "=", 1)))
    return {"eventName": _different(events, "name"), "hasZoneSeatingInventory": zoned}


def _of_invoice(read: Read, record: Record, own: Sequence[Payload], events: Sequence[Record]) -> Record:
    bought = _purchases_of(read, own)
    vendors = [records.get(read, VENDOR, str(purchase["vendorId"])) or {} for purchase in bought]
    received = [purchase["received"] for purchase in bought]
    days = records.values(read, INVENTORY, "in_hand", ("number", "in", sorted({item["inventoryId"] for item in own})))
    first = events[0] if events else {}
    return {
        "seats": _joined(own, "seatNumber") or None,
        "category": first["performer"]["category"]["name"] if first else None,
        "performer": first["performer"]["name"] if first else None,
        "venue": first["venue"]["name"] if first else None,
        "eventDate": first.get("date"),
        "invoiceInHandDate": max((day for day in days if day), default=None),
        "paymentDate": max((payment["paymentDate"] for payment in record["payments"]), default=None),
        "received": RECEIVED if all(received) else NOT_RECEIVED,
        "vendor": _different([vendor for vendor in vendors if vendor], "displayName"),
        "chargedCreditCards": [],
        "stockType": sorted({ticket["stockType"] for ticket in own}),
        "purchaseId": ",".join(str(purchase["id"]) for purchase in bought) or None,
        "lastInvoiceNotes": _last_note(record)["lastInvoiceNotes"],
        "lastInvoiceNotesUser": _last_note(record)["lastInvoiceNotesUser"],
    }


ROWS: dict[str, Any] = {"PURCHASE": shapes.PurchaseSummary, "INVOICE": shapes.InvoiceSummary}


def hold(read: Read, record: Record) -> Record:
    """Return a hold as lists have it (public: HoldSummary)."""
    customer, listing = record["customerId"], records.get(read, INVENTORY, str(record["inventoryId"]))
    return record | {
        "customer": records.get(read, CUSTOMER, str(customer)) if customer is not None else None,
        "inventory": listing and described(listing, tickets.held_of(read, listing["id"])),
        "event": records.get(read, EVENT, str(record["eventId"])),
    }


def sales_report(read: Read, account: int, query: Payload) -> shapes.SalesReport:
    """Sum up what `/inventory/sold` lists for a query (public: real clients' code)."""
    rows = sold_rows(read, account, query, SalesQuery)
    sums = totals(rows)
    return {
        "quantity": sums["totalQuantity"],
        "invoices": len({row["invoiceId"] for row in rows}),
        "ticketCost": wire.total(rows, "cost"),
        "ticketSales": sums["totalAmount"],
        "profit": sums["totalProfit"],
        "profitPercentage": sums["totalProfitMargin"],
        "roi": sums["totalROI"],
    }


def purchases_report(read: Read, account: int, query: Payload) -> shapes.PurchasesReport:
    """Sum up what `/inventory/purchased` lists for a query (public: real clients' code)."""
    lines = _lines(read, "PURCHASE", account, query, PurchasesQuery)
    own = [ticket for line in lines for ticket in tickets.of(read, purchase_line=line["id"])]
    ids = sorted({line["targetId"] for line in lines})
    bought = records.find(read, PURCHASE, ("number", "in", ids))
    sold = sum(ticket["status"] == "SOLD" for ticket in own)
    return {
        "purchases": len(ids),
        "quantity": len(own),
        "ticketCost": wire.total(own, "cost"),
        "outstandingBalance": wire.total(bought, "outstandingBalance"),
        "availableQuantity": len(own) - sold,
        "soldQuantity": sold,
    }
