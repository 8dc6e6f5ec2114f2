"""What Zatabox tells its subscribers: each type's `data`, of records as they are, or made up where there are none yet."""

from __future__ import annotations

from mockmarket.clock import iso_s
from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.rules import lifecycle
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Tx, outbox, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.zatabox import examples, wire
from mockmarket.vendors.zatabox.records.webhooks import TYPES
from mockmarket.vendors.zatabox.wire import EVENT, ORDER, TICKET

KINDS = {kind.name: kind for kind in wire.KINDS}
"""By the noun of a type: the kind of its record."""


def get_or_404(read: Read, kind: Kind, id: str) -> Record:
    """Return the record with this id; NotFound when there is none."""
    record = records.get(read, kind, id)
    if record is None:
        raise NotFound(f"There is no {kind.name.replace('_', ' ')} {id}.")
    return record


def check_status(noun: str, record: Record, *statuses: str, so: str = "") -> None:
    """Raise Conflict, with what follows from it, unless a record has one of these statuses."""
    if record["status"] not in statuses:
        raise Conflict(f"{noun} {record['id']} is {record['status']}{so}.", about={"status": record["status"]})


def change_status(tx: Tx, kind: Kind, flow: Flow, record: Record, status: str, **changes: str | None) -> Record:
    """Bring a record to a status and store it, with what else changes; Conflict says where it may go instead."""
    try:
        lifecycle.check(flow, record["status"], status)
    except lifecycle.IllegalMove as error:
        raise Conflict(str(error), about={"status": record["status"]}) from error
    changed = record | {"status": status, "updatedAt": iso_s(tx.now)} | changes
    records.update(tx, kind, changed)
    return changed


def invalid(field: str, words: str) -> Invalid:
    """Return the refusal of a field: what it must be, or why it cannot be used."""
    return Invalid(f"{field} {words}.", details=[(field, words)])


def notify(tx: Tx, type: str, record: Record, **details: object) -> None:
    """Announce to every endpoint that listens for a type what happened to a record, with what else belongs to it."""
    data = data_of(tx, type, record) | details
    outbox.announce(tx, wire.notice(tx, type, KINDS[type.partition(".")[0]], record["id"], data))


def data_of(read: Read, type: str, record: Record) -> Record:
    """Return a type's `data` as far as it follows from its record, in the order of the catalogue."""
    data: Record = {TYPES[type].keys[0]: record}
    for key in TYPES[type].keys[1:]:
        match key:
            case "event":
                data[key] = get_or_404(read, EVENT, record["eventId"])
            case "order":
                data[key] = get_or_404(read, ORDER, record["orderId"])
            case "tickets":
                data[key] = records.find(read, TICKET, ("order", "=", record["id"]))
            case "from":
                data[key] = record["holder"]
    return data


def example(type: str) -> Record:
    """Return a type's `data` of made-up records."""
    return {key: examples.RECORDS[key] for key in TYPES[type].keys}


def sample(tx: Tx, type: str, id: str | None) -> outbox.Notice:
    """Make a notice about a record, the newest without an id, as if what the type tells had just happened to it.

    Where there is none yet, and for types that tell of no record, it is about made-up ones.
    """
    kind = KINDS.get(type.partition(".")[0])
    newest = records.first(tx, kind, order=[("rowid", "desc")]) if kind and not id else None
    record = get_or_404(tx, kind, id) if kind and id else newest
    if record is None:
        return wire.notice(tx, type, kind, "", example(type))
    record |= {"status": TYPES[type].status} if TYPES[type].status else {}
    record |= {"updatedAt": iso_s(tx.now)} if "updatedAt" in record else {}
    known = {key: value for key, value in data_of(tx, type, record).items() if value}
    return wire.notice(tx, type, kind, record["id"], example(type) | known)
