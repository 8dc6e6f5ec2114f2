"""Queries as conditions on stored records; lists of inventory, reports of sales and purchases, and look-ups."""

from collections.abc import Sequence

from mockmarket.clock import DAY, iso_s
from mockmarket.rules.search import folded
from mockmarket.store import Read, Record, keys, records
from mockmarket.vendors.skybox import callers, wire
from mockmarket.vendors.skybox.records.directory import Account, Match, User
from mockmarket.vendors.skybox.records.inventory import InventoryQuery
from mockmarket.vendors.skybox.records.orders import SoldRow, SoldTotals
from mockmarket.vendors.skybox.records.types import ENUMERATIONS, NAME, Payload
from mockmarket.vendors.skybox.rules import inventory, tickets
from mockmarket.vendors.skybox.wire import CUSTOMER, EVENT, HOLD, INVENTORY, INVOICE, LINE, PURCHASE, TICKET, VENDOR

TAGGED = (INVENTORY, PURCHASE, INVOICE, VENDOR, CUSTOMER)
ID, REF, POSITION = ("number", "id"), ("ref", "externalRef"), ("position", "exchangePosId")
SEARCHED = {INVOICE: (ID, REF), PURCHASE: (ID, REF), INVENTORY: (ID, POSITION), HOLD: (ID, REF)}
"""Public: the four types of entity that a search finds; the searched fields are convention."""
Where = Sequence[records.Condition]
OF_INVENTORY: tuple[records.Condition, ...] = (("item", "=", "INVENTORY"), ("cancelled", "=", 0))


def conditions(kind: records.Kind, account: int, query: Payload, shape: object) -> list[records.Condition]:
    """Return the conditions of a query's filters on a kind of record: of the account, unless the kind is shared."""
    own: list[records.Condition] = [] if kind in wire.SHARED else [("account", "=", account)]
    return own + (records.matching(shape, query) if shape else [])


def events(_read: Read, _account: int, query: Payload) -> list[records.Condition]:
    """Return further conditions of a query on events."""
    where: list[records.Condition] = [("text_key", "contains", folded(word)) for word in query["keywords"]]
    if query["performerId"] is not None:
        where.append(("performers", "contains", f"|{query['performerId']}|"))
    if query["excludeParking"]:
        where.append(("parking", "=", 0))
    return [*where, *_span(query)]


def tagged(_read: Read, _account: int, query: Payload) -> list[records.Condition]:
    """Return the condition that vendors or customers have every tag of a query."""
    return [("tag_key", "contains", f" {tag.casefold()} ") for tag in query["tag"]]


def _span(query: Payload) -> list[records.Condition]:
    return [query[name] for name in ("eventDateFrom", "eventDateTo") if query[name]]


def of_inventory(read: Read, account: int, query: Payload) -> list[records.Condition]:
    """Return further conditions of a query on inventory; sold-out inventory is excluded unless a status is given."""
    where = on_dates(read, query)
    if query["onHold"] is not None:
        where.append(("held", ">" if query["onHold"] else "=", 0))
    if query["inHand"] is not None:
        where.append(("in_hand", "<=" if query["inHand"] else ">", iso_s(read.now)[:10]))
    if query["ticketStatus"]:
        where.append(with_tickets(read, account, query["ticketStatus"]))
    elif not (query["status"] or query["inventoryId"]):
        where.append(("status", "!=", "DEPLETED"))
    return where


def on_dates(read: Read, query: Payload) -> list[records.Condition]:
    """Return the condition that a record's event is in a query's range of dates, as in a search for events."""
    dates = _span(query)
    return [("event", "in", sorted(event["id"] for event in records.find(read, EVENT, *dates)))] if dates else []


def with_tickets(read: Read, account: int, status: str) -> records.Condition:
    """Return the condition that an inventory has, or had, a ticket in a status."""
    rows = records.find(read, TICKET, ("account", "=", account), ("status", "=", status))
    return ("number", "in", sorted({ticket["inventoryId"] for ticket in rows}))


def of_events(type: str, read: Read, account: int, query: Payload) -> list[records.Condition]:
    """Return the condition that a purchase or an invoice has a line for one of a query's events; none without events."""
    if not query["eventId"]:
        return []
    rows = records.find(read, LINE, ("account", "=", account), ("type", "=", type), ("event", "in", query["eventId"]))
    return [("number", "in", sorted({line["targetId"] for line in rows}))]


def changed_ids(read: Read, account: int, query: Payload) -> list[int]:
    """List the ids of inventory that was created, changed or depleted from startTime to endTime, by anyone."""
    until = read.now if query["endTime"] is None else query["endTime"]
    where: list[records.Condition] = [("updated_at", ">=", query["startTime"]), ("updated_at", "<=", until)]
    where += [with_tickets(read, account, query["ticketStatus"])] if query["ticketStatus"] else []
    where.append(("account", "=", account))
    return [row["id"] for row in records.find(read, INVENTORY, *where, order=[("number", "asc")])]


def export(read: Read, account: int, query: Payload) -> list[Record]:
    """List all inventory that matches a search, as a plain list without pages."""
    where = [*conditions(INVENTORY, account, query, InventoryQuery), *of_inventory(read, account, query)]
    return summaries(read, records.find(read, INVENTORY, *where, order=[("number", "asc")]), query["includeTickets"])


def export_changed(read: Read, account: int, query: Payload) -> list[Record]:
    """List all inventory that was created, changed or depleted in a period, in its current state."""
    changed: records.Condition = ("number", "in", changed_ids(read, account, query))
    return summaries(read, records.find(read, INVENTORY, changed, order=[("number", "asc")]), with_tickets=False)


def summaries(read: Read, rows: Sequence[Record], with_tickets: bool) -> list[Record]:
    """Return inventory as lists have it (public: InventorySummary)."""
    events = {id: records.get(read, EVENT, str(id)) for id in {row["eventId"] for row in rows}}
    return [_summary(read, row, events[row["eventId"]], with_tickets) for row in rows]


def _summary(read: Read, row: Record, event: Record | None, with_tickets: bool) -> Record:
    own = records.own(read, INVENTORY, str(row["id"]))
    pool = tickets.pool(read, row["id"])
    purchase = records.get(read, PURCHASE, str(own["purchase"])) if own["purchase"] else None
    hold = records.get(read, HOLD, str(own["held"])) if own["held"] else None
    return {
        **row,
        "seatNumbers": ",".join(str(ticket["seatNumber"]) for ticket in pool),
        "listed": bool(row["broadcast"] and row["quantity"]),
        "holdId": hold["id"] if hold else None,
        "hold": hold,
        "unitCostAverage": inventory.average(row["cost"], row["quantity"]),
        "currencies": [purchase["currencyCode"] if purchase else "USD"],
        "received": "ALL" if purchase is None or purchase["received"] else "NONE",
        "vendorId": [own["vendor"]] if own["vendor"] else [],
        "inHand": (row["inHandDate"] or "") <= iso_s(read.now)[:10],
        "daysOld": max((read.now - own["created_at"]) // DAY, 0),
        "event": event,
    } | ({"tickets": pool} if with_tickets else {})


def _compared(query: Payload, *columns: tuple[str, str, records.Operator]) -> list[records.Condition]:
    return [(column, operator, query[name]) for name, column, operator in columns if query[name] not in (None, [])]


def _lines(read: Read, kind: records.Kind, account: int, heads: Where, where: Where) -> list[tuple[Record, Record]]:
    # The uncancelled inventory lines, newest first, each with its purchase or invoice.
    own: tuple[records.Condition, ...] = (("account", "=", account), ("type", "=", kind.name.upper()), *OF_INVENTORY)
    by_id = {record["id"]: record for record in records.find(read, kind, ("account", "=", account), *heads)}
    lines = records.find(read, LINE, *own, *where, order=[("number", "desc")])
    return [(line, by_id[line["targetId"]]) for line in lines if line["targetId"] in by_id]


def _listing_of(read: Read, line: Payload) -> Record | None:
    return records.get(read, INVENTORY, str(line["inventoryIds"][0])) if line["inventoryIds"] else None


def sorting(query: Payload) -> list[records.Order]:
    """Return the sort keys of a query with their directions."""
    keys = ((query["sortedBy"], query["sortDir"]), (query["sortedByB"], query["sortDirB"]))
    return [(name, "desc" if way.lower() == "desc" else "asc") for name, way in keys if name]


def offset(query: Payload) -> int:
    """Return the number of rows before a page; pages count from 1, and 0 is the first too (convention)."""
    return int((max(query["pageNumber"], 1) - 1) * query["limit"])


def _page(rows: Sequence[Payload], query: Payload, **totals: object) -> Record:
    ordered = list(rows)
    for name, way in reversed(sorting(query)):  # records without a value come first
        ordered.sort(key=lambda row: (row[name] is not None, row[name]), reverse=way == "desc")
    return {"rows": ordered[offset(query) : offset(query) + query["limit"]], "rowCount": len(rows), **totals}


def sold(read: Read, account: int, query: Payload) -> Record:
    """List what was sold, a row for each line of an invoice, newest first, with the totals of all of them."""
    of_head = _compared(query, ("invoiceId", "number", "in"), ("customerId", "customer", "in"))
    of_head += _compared(query, ("invoiceDateFrom", "created_at", ">="), ("invoiceDateTo", "created_at", "<="))
    lines = _lines(read, INVOICE, account, of_head, _compared(query, ("eventId", "event", "in")))
    rows = [_sold_row(read, line, invoice) for line, invoice in lines]
    return _page(rows, query, soldInventoryTotals=totals(rows))


def _sold_row(read: Read, line: Payload, invoice: Record) -> Record:
    own, listing = tickets.of(read, sale=line["id"]), _listing_of(read, line) or {}
    seats = [ticket["seatNumber"] for ticket in own]
    cost, total = round(sum(ticket["cost"] for ticket in own), 2), line["amount"]
    profit = round(total - cost, 2)
    row = {"id": listing.get("id"), "accountId": line["accountId"], "quantity": line["quantity"], "cost": cost}
    row |= {"lowSeat": min(seats, default=None), "highSeat": max(seats, default=None), "ticketIds": line["itemIds"]}
    row |= {"seatNumbers": ",".join(map(str, seats)), "invoiceId": invoice["id"], "invoiceLineId": line["id"]}
    row |= {"invoiceDate": invoice["createdDate"], "invoiceExternalRef": invoice["externalRef"], "total": total}
    row |= {"profit": profit, "profitMargin": _share(profit, total), "roi": _share(profit, cost)}
    row |= {"unitTicketSales": round(total / max(line["quantity"], 1), 2), "invoiceCreatedBy": invoice["createdBy"]}
    row |= {"invoiceTags": invoice["tags"], "invoiceStatus": invoice["status"]}
    return wire.new_record(SoldRow, invoice | listing, **row)


def _share(part: float, total: float) -> float:
    return round(100 * part / total, 2) if total else 0.0


def totals(rows: Sequence[Payload]) -> SoldTotals:
    """Return the totals of what was sold (public: soldInventoryTotals, real clients' code)."""
    amount, profit, cost = (round(sum(row[name] for row in rows), 2) for name in ("total", "profit", "cost"))
    return {
        "totalQuantity": sum(row["quantity"] for row in rows),
        "totalAmount": float(amount),
        "totalProfit": float(profit),
        "totalProfitMargin": _share(profit, amount),
        "totalROI": _share(profit, cost),
    }


def purchased(read: Read, account: int, query: Payload) -> Record:
    """List purchased inventory, a row for each purchase line, newest first."""
    of_head = _compared(query, ("purchaseId", "number", "in"), ("vendorId", "vendor", "in"))
    of_line = _compared(query, ("eventId", "event", "in"), ("inventoryId", "inventory", "in"))
    lines = _lines(read, PURCHASE, account, of_head, of_line)
    rows = [_purchased_row(read, *pair, listing) for pair in lines if (listing := _listing_of(read, pair[0]))]
    return _page(rows, query)


def _purchased_row(read: Read, line: Payload, purchase: Record, listing: Record) -> Record:
    own = tickets.of(read, purchase_line=line["id"])
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


def account(read: Read, id: int) -> Record:
    """Get the account of the request."""
    # An account that no fixture declares has empty members, and is as old as the world.
    known, start = records.get(read, wire.ACCOUNTS, str(id)) or {}, wire.moment(int(read.store.meta()["start"]))
    own = {"id": id, "company": known.get("name", ""), "lastUpdate": start}
    return wire.new_record(Account, {"creationDate": start, **known}, **own)


def user(account: int, key: keys.Key) -> Record:
    """Return the user of an API token, as one of an account's: the key's name, and further members from its owner."""
    id, owner, stamp = callers.user_of(key, account), key.owner, wire.moment(key.created_at)
    first, _, last = str(owner.get("name") or key.name).partition(" ")
    own = {"id": id, "accountId": account, "originalAccount": account, "creationDate": stamp, "lastUpdate": stamp}
    own |= {"firstName": first, "lastName": last, "phone": str(owner.get("phone") or "")}
    own["email"] = str(owner.get("email") or f"user{id}@example.com")
    return wire.new_record(User, {}, **own)


def users(read: Read, account: int, query: Record) -> Record:
    """List the account's users: all users with an API token for it."""
    query["sortedBy"] = query["sortedBy"] or "id"
    own = [user(account, key) for key in keys.all(read, NAME) if account in callers.accounts_of(key)]
    first = {holder["id"]: holder for holder in reversed(own)}  # each user once, with any number of tokens
    return _page([first[id] for id in sorted(first) if query["email"] in folded(first[id]["email"])], query)


def tags(read: Read, account: int) -> list[str]:
    """List every tag of the account's inventory, purchases, invoices, vendors and customers."""
    tagged: tuple[records.Condition, ...] = (("account", "=", account), ("tags", "!=", ""))
    return sorted({tag for kind in TAGGED for row in records.find(read, kind, *tagged) for tag in row["tags"].split()})


def enumeration(_read: Read, _account: int, type: str) -> list[str]:
    """List the values of an enumeration, such as stockType."""
    plain = {name.casefold(): values for name, values in ENUMERATIONS.items()}
    values = plain.get(type.casefold().replace("_", "").replace("-", ""))  # stockType, STOCK_TYPE and stock-type
    if values is None:
        raise wire.invalid("enumtype", f"must be one of {', '.join(ENUMERATIONS)}", type)
    return list(values)


def search(read: Read, account: int, query: Payload) -> list[Match]:
    """Find invoices, purchases, inventory and holds by id, external reference or exchangePosId."""
    key = query["key"].strip()
    number = int(key) if key.isascii() and key.isdigit() and len(key) <= 15 else None
    matches: list[Match] = []
    for kind, column, field in ((kind, *pair) for kind, pairs in SEARCHED.items() for pair in pairs):
        value = key if column == "ref" else number
        rows = records.find(read, kind, ("account", "=", account), (column, "=", value)) if value is not None else []
        for row in rows:
            type, reference = kind.name.upper(), row.get("externalRef")
            matches.append({"entityId": row["id"], "entityType": type, "matchedField": field, "externalRef": reference})
    return matches
