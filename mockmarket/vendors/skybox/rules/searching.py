"""What a query asks for, as conditions on stored records, and what lists of inventory know besides the inventory itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from mockmarket.clock import DAY, iso_s
from mockmarket.records import filters
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.skybox.records.inventory import InventoryQuery
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.rules import tickets
from mockmarket.vendors.skybox.wire.inventory import average_cost
from mockmarket.vendors.skybox.wire.kinds import EVENT, HOLD, INVENTORY, LINE, PURCHASE, TICKET


def filtered(query: Payload, shape: object) -> list[Condition]:
    """Return what a query's filters ask of records; what is not sent, or empty, asks nothing."""
    return [
        cast(Condition, (column, operator, int(value) if isinstance(value, bool) else value))
        for name, (column, operator) in filters(shape).items()
        if (value := query.get(name)) not in (None, [], "")
    ]


def conditions(account: int, query: Payload, shape: object) -> list[Condition]:
    """Return what a query's filters ask of an account's records."""
    return [("account", "=", account), *filtered(query, shape)]


def inventory_conditions(read: Read, account: int, query: Payload) -> list[Condition]:
    """Return what a query asks of an account's inventory; what is sold out is left out unless a status is asked for."""
    where = [*conditions(account, query, InventoryQuery), *on_dates(read, query)]
    if query["onHold"] is not None:
        where.append(("held", ">" if query["onHold"] else "=", 0))
    if query["inHand"] is not None:
        where.append(("in_hand", "<=" if query["inHand"] else ">", iso_s(read.now)[:10]))
    if query["ticketStatus"]:
        where.append(with_tickets(read, account, query["ticketStatus"]))
    elif not (query["status"] or query["inventoryId"]):
        where.append(("status", "!=", "DEPLETED"))
    return where


def on_dates(read: Read, query: Payload) -> list[Condition]:
    """Return the condition that a record's event is in a query's span of dates, which means what it does in a search for events."""
    span: list[Condition] = [query[name] for name in ("eventDateFrom", "eventDateTo") if query[name]]
    return [("event", "in", sorted(event["id"] for event in records.find(read, EVENT, *span)))] if span else []


def with_tickets(read: Read, account: int, status: str) -> Condition:
    """Return the condition that an inventory has, or had, a ticket in a status."""
    rows = records.find(read, TICKET, ("account", "=", account), ("status", "=", status))
    return ("number", "in", sorted({ticket["inventoryId"] for ticket in rows}))


def of_events(read: Read, account: int, type: str, events: Sequence[int]) -> list[Condition]:
    """Return the condition that a purchase or an invoice has a line for one of these events; none without events."""
    if not events:
        return []
    rows = records.find(read, LINE, ("account", "=", account), ("type", "=", type), ("event", "in", list(events)))
    return [("number", "in", sorted({line["targetId"] for line in rows}))]


def changed_ids(read: Read, account: int, start: int, end: int, status: str | None) -> list[int]:
    """Return the ids of inventory that was created, changed or used up in a span, or of what has a ticket in a status."""
    where: list[Condition] = [("account", "=", account), ("updated_at", ">=", start), ("updated_at", "<=", end)]
    where += [with_tickets(read, account, status)] if status else []
    return [row["id"] for row in records.find(read, INVENTORY, *where, order=[("number", "asc")])]


def summaries(read: Read, rows: Sequence[Record], with_tickets: bool) -> list[Record]:
    """Write inventory as lists have it."""
    events: dict[int, Record | None] = {}
    return [summary(read, row, events, with_tickets) for row in rows]


def summary(read: Read, row: Record, events: dict[int, Record | None], with_tickets: bool) -> Record:
    """Write one inventory as lists have it (public: InventorySummary); `events` remembers those that were looked up before."""
    own = records.own(read, INVENTORY, str(row["id"]))
    if row["eventId"] not in events:
        events[row["eventId"]] = records.get(read, EVENT, str(row["eventId"]))
    pool = tickets.pool(read, row["id"])
    purchase = records.get(read, PURCHASE, str(own["purchase"])) if own["purchase"] else None
    hold = records.get(read, HOLD, str(own["held"])) if own["held"] else None
    return {
        **row,
        "seatNumbers": ",".join(str(ticket["seatNumber"]) for ticket in pool),
        "listed": bool(row["broadcast"] and row["quantity"]),
        "holdId": hold["id"] if hold else None,
        "hold": hold,
        "unitCostAverage": average_cost(pool, row["cost"]),
        "currencies": [purchase["currencyCode"] if purchase else "USD"],
        "received": "ALL" if purchase is None or purchase["received"] else "NONE",
        "vendorId": [own["vendor"]] if own["vendor"] else [],
        "inHand": (row["inHandDate"] or "") <= iso_s(read.now)[:10],
        "daysOld": max((read.now - own["created_at"]) // DAY, 0),
        "event": events[row["eventId"]],
    } | ({"tickets": pool} if with_tickets else {})
