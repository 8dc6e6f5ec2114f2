"""Mappings: stock whose event is not known yet, from its purchase to its event; until then it is not for sale anywhere."""

from collections.abc import Callable, Iterable

from mockmarket import stock
from mockmarket.store import Read, Record, events, records
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Session
from mockmarket.vendors.skybox.records.types import NAME, Payload, read_moment
from mockmarket.vendors.skybox.rules import inventory, purchases, tickets
from mockmarket.vendors.skybox.wire import INVENTORY, LINE, MAPPING, PURCHASE, get_or_refuse, invalid


def pending(read: Read, account: int, query: Payload) -> list[Record]:
    """List the stock of the account that has no event yet, oldest first."""
    waiting = records.find(read, MAPPING, ("account", "=", account), ("mapped", "=", 0), order=[("number", "asc")])
    return [row for row in (_summary(read, mapping) for mapping in waiting) if all(_checks(row, query))]


def _summary(read: Read, mapping: Record) -> Record:
    line = get_or_refuse(read, LINE, None, mapping["purchaseLineId"])
    purchase = get_or_refuse(read, PURCHASE, None, line["targetId"])
    own = tickets.of(read, purchase_line=line["id"])
    row = mapping | {"purchaseId": purchase["id"], "quantity": len(own)}
    row |= {name: own[0][name] if own else None for name in ("section", "row")}
    row |= {"seats": ",".join(str(ticket["seatNumber"]) for ticket in own), "cost": wire.total(own, "cost")}
    return row | {name: purchase[name] for name in ("externalRef", "currencyCode")}


def _checks(row: Payload, query: Payload) -> Iterable[bool]:
    yield row["purchaseId"] in (query["purchaseId"] or [row["purchaseId"]])
    yield query["externalRef"] in (None, row["externalRef"])
    yield all((query[name] or "").casefold() in row[f"{name}Name"].casefold() for name in ("event", "venue"))
    for name, member in (("eventDate", "eventDate"), ("mappingDate", "createdDate")):
        at = read_moment(row[member]) if row[member] else None
        for end, holds in ENDS.items():
            limit = query[f"{name}{end}"]
            yield limit is None or (at is not None and holds(at, limit))


ENDS: dict[str, Callable[[int, int], bool]] = {"From": int.__ge__, "To": int.__le__}


def cancel(session: Session, id: int) -> None:
    """Delete a mapping and cancel its purchase line; the answer has no body."""
    _cancel(session, get_or_refuse(session.tx, MAPPING, session.account, id))


def cancel_many(session: Session, ids: list[int]) -> None:
    """Delete mappings and cancel their purchase lines, all or none; the answer has no body."""
    for place, id in enumerate(ids):
        _cancel(session, get_or_refuse(session.tx, MAPPING, session.account, id, str(place)))


def _cancel(session: Session, mapping: Record) -> None:
    line = get_or_refuse(session.tx, LINE, session.account, mapping["purchaseLineId"])
    purchases.cancel_purchase_line(session, line["targetId"], line["id"])


def resend(session: Session, id: int) -> int:
    """Send a mapping to the queue again; an event that fits it by now takes its stock. Answers the mapping's id."""
    mapping = _pending(session, id)
    records.update(session.tx, MAPPING, mapping := mapping | {"sendCount": mapping["sendCount"] + 1})
    if show := purchases.event_of_mapping(session.tx, mapping):
        _assign(session, mapping, show)
    return id


def assign(session: Session, id: int, fields: Payload) -> Record:
    """Map stock to an event: it is for sale everywhere at once."""
    mapping = _pending(session, id)
    own = records.own(session.tx, wire.EVENT, str(fields["event"]))
    show = events.get(session.tx, own["show"]) if own else None
    if show is None:
        raise invalid("event", f"There is no event {fields['event']}.", fields["event"])
    return _assign(session, mapping, show)


def _pending(session: Session, id: int) -> Record:
    mapping = get_or_refuse(session.tx, MAPPING, session.account, id)
    if mapping["mappedDate"]:
        raise invalid("mappingId", f"Mapping {id} has its event.", id)
    return mapping


def _assign(session: Session, mapping: Record, show: events.Event) -> Record:
    tx, by = session.tx, session.by
    line = get_or_refuse(tx, LINE, None, mapping["purchaseLineId"])
    before = get_or_refuse(tx, INVENTORY, None, line["inventoryIds"][0])
    own = tickets.of(tx, purchase_line=line["id"])
    purchase = get_or_refuse(tx, PURCHASE, None, line["targetId"])
    row = purchases.row_of(tx, purchase, show.id, before, [ticket["seatNumber"] for ticket in own])
    purchases.check_free(tx, row, "event")
    stock.put_on_sale(tx, row, NAME, str(line["id"]))
    number = wire.number_of(show.id)
    tickets.mark(tx, own, by, {"eventId": number}, stock=row.id)
    records.update(tx, LINE, line, event=number)
    mapped = {"mappedDate": wire.moment(tx.now), "mappedByUserId": by.user, "responseStatus": 200}
    records.update(tx, MAPPING, mapping | mapped, mapped=1)
    return inventory.save(tx, before, before | {"eventId": number}, by, stock=row.id, **inventory.place_of(show))
