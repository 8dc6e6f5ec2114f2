"""Queries as conditions on stored records, of their own members and of related records'."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from mockmarket.clock import iso_s
from mockmarket.records import filters
from mockmarket.rules.search import folded
from mockmarket.store import Read, records
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.records.queries import SWITCHES
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.rules import orders
from mockmarket.vendors.skybox.rules.notifications import KIND_OF
from mockmarket.vendors.skybox.wire import CUSTOMER, EVENT, HOLD, INVENTORY, INVOICE, LINE, PURCHASE, TICKET, VENDOR

PARTY = {"PURCHASE": "vendor", "INVOICE": "customer"}
Further = Callable[[Read, int, Payload], list[records.Condition]]
ALL: dict[records.Operator, records.Operator] = {"any_word": "all_words", "no_word": "not_all_words"}
"""How tags compare with a list where `…MatchAll` is true."""


class Relation(NamedTuple):
    """The records of `kind` that belong to a record: one of their columns `theirs` has the record's `own`. `via` names
    a relation of theirs that leads on."""

    own: str
    kind: records.Kind
    theirs: tuple[str, ...] = ("number",)
    where: tuple[records.Condition, ...] = ()
    via: str = ""


def _of_order(type: str, party: records.Kind) -> dict[str, Relation]:
    lines = Relation("number", LINE, ("target",), (("type", "=", type),))
    way = {"line": "", "event": "event.", "listing": "listing."}
    return {name: lines._replace(via=via) for name, via in way.items()} | {"party": Relation(PARTY[type], party)}


SHOW = {"event": Relation("event", EVENT)}
OF_TICKETS = Relation("number", TICKET, ("sale", "purchase_line"))
RELATIONS: dict[records.Kind, dict[str, Relation]] = {
    EVENT: {},
    HOLD: SHOW,
    INVENTORY: SHOW | {"bought": Relation("purchase", PURCHASE), "ticket": Relation("number", TICKET, ("inventory",))},
    TICKET: {"listing": Relation("inventory", INVENTORY)},
    LINE: SHOW
    | {"ticket": OF_TICKETS, "listing": OF_TICKETS._replace(via="listing.")}
    | {"purchase": Relation("target", PURCHASE), "invoice": Relation("target", INVOICE)},
    PURCHASE: _of_order("PURCHASE", VENDOR),
    INVOICE: _of_order("INVOICE", CUSTOMER) | {"transaction": Relation("number", wire.TRANSACTION, ("invoice",))},
    CUSTOMER: {"invoice": Relation("number", INVOICE, ("customer",))},
}
"""The relations that filters name, by kind."""


def conditions(read: Read, kind: records.Kind, account: int, query: Payload, shape: object) -> list[records.Condition]:
    """Return the conditions of a query on a kind of record: of the account, unless the kind is shared."""
    own: list[records.Condition] = [] if kind in wire.SHARED else [("account", "=", account)]
    further = FURTHER[kind](read, account, query) if kind in FURTHER else []
    return own + resolved(read, kind, [*_filters(shape, query), *_calendar(read, kind, query), *further])


def resolved(read: Read, kind: records.Kind, where: Iterable[records.Condition]) -> list[records.Condition]:
    """Return conditions with those on related records as conditions on the record's own columns."""
    own: list[records.Condition] = []
    related: dict[str, list[records.Condition]] = {}
    for column, operator, value in where:
        name, _, rest = column.partition(".")
        if rest and name != "$":
            related.setdefault(name, []).append((rest, operator, value))
        else:
            own.append((column, operator, value))
    for name, group in related.items():
        relation = RELATIONS[kind][name]
        theirs = resolved(read, relation.kind, [(relation.via + column, *rest) for column, *rest in group])
        ids = [records.values(read, relation.kind, column, *relation.where, *theirs) for column in relation.theirs]
        own.append((relation.own, "in", list(chain.from_iterable(ids))))
    return own


def sort_column(kind: records.Kind, column: str) -> str | records.Related:
    """Return the column to sort by: the record's own, or a related record's."""
    name, _, theirs = column.partition(".")
    relation = RELATIONS[kind][name] if theirs else None
    return records.Related(relation.own, relation.kind, relation.theirs[0], theirs) if relation else column


def _filters(shape: object, query: Payload) -> Iterator[records.Condition]:
    for name, (column, operator) in filters(shape).items() if shape else ():
        value = query.get(name)
        if value in (None, [], "") or (value is False and name in SWITCHES):
            continue
        if operator == "contains" and isinstance(value, list):
            yield from ((column, operator, folded(word)) for word in value)
        else:
            yield column, ALL[operator] if query.get(f"{name}sMatchAll") else operator, value


def _calendar(read: Read, kind: records.Kind, query: Payload) -> list[records.Condition]:
    # An event's date is compared on the venue's own clock.
    prefix = "" if kind is EVENT else "event."
    where = [query[name] for name in ("eventDateFrom", "eventDateTo") if query.get(name)]
    since, until, days = query.get("eventTimeFrom"), query.get("eventTimeTo"), query.get("dayOfWeek")
    if since or until or days:
        moments = ((event["id"], datetime.fromisoformat(event["date"])) for event in records.find(read, EVENT))
        ids = [
            id
            for id, at in moments
            if (since or "") <= at.strftime("%H:%M") <= (until or "24") and (not days or at.isoweekday() in days)
        ]
        where.append(("number", "in", ids))
    return [(prefix + column, operator, value) for column, operator, value in where]


def _of_events(read: Read, account: int, query: Payload) -> list[records.Condition]:
    own: records.Condition = ("account", "=", account)
    where: list[records.Condition] = []
    if query.get("excludeActiveInventory"):
        where.append(("number", "not_in", records.values(read, INVENTORY, "event", own, ("quantity", ">", 0))))
    if query.get("onlySoldTickets"):
        where.append(("number", "in", records.values(read, TICKET, "event", own, ("status", "=", "SOLD"))))
    return where


def _of_inventory(read: Read, _account: int, query: Payload) -> list[records.Condition]:
    # Sold-out inventory is excluded unless a status is asked for.
    where: list[records.Condition] = []
    if query["onHold"] is not None:
        where.append(("held", ">" if query["onHold"] else "=", 0))
    if query["inHand"] is not None:
        where.append(("in_hand", "<=" if query["inHand"] else ">", iso_s(read.now)[:10]))
    if not (query["status"] or query["inventoryId"] or query["ticketStatus"]):
        where.append(("status", "!=", "DEPLETED"))
    return where


def _of_totals(type: str, names: tuple[str, str]) -> Further:
    def further(read: Read, account: int, query: Payload) -> list[records.Condition]:
        least, most = (query[name] for name in names)
        if least is None and most is None:
            return []
        ids = []
        for record in records.find(read, KIND_OF[type], ("account", "=", account)):
            standing = [line for line in orders.all_of(read, type, record["id"]) if not line["cancelled"]]
            if within(orders.total(record, standing), least, most):
                ids.append(record["id"])
        return [("number", "in", ids)]

    return further


def within(value: float, least: float | None, most: float | None) -> bool:
    """Return whether a value is within bounds; None is no bound."""
    return (least is None or value >= least) and (most is None or value <= most)


FURTHER: dict[records.Kind, Further] = {
    EVENT: _of_events,
    INVENTORY: _of_inventory,
    HOLD: lambda _read, _account, _query: [("removed", "=", 0)],
    PURCHASE: _of_totals("PURCHASE", ("minCost", "maxCost")),
    INVOICE: _of_totals("INVOICE", ("minTotal", "maxTotal")),
}
"""Further conditions of a kind's search beside the filters of its query."""
