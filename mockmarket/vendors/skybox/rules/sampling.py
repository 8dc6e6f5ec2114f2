"""Notifications without their cause: about a record that exists, for triggers."""

from __future__ import annotations

from mockmarket.errors import NotFound
from mockmarket.store import Read, Tx, outbox, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox.records.types import NAME
from mockmarket.vendors.skybox.wire import notices

MADE_UP: dict[str, Record] = {
    "INVENTORY": {
        "inHandDate": "2030-08-14", "eventId": 12345, "quantity": 1, "section": "B", "row": "C", "lowSeat": 50, "highSeat": 50,
        "cost": 70.0, "ticketIds": [10101021], "stockType": "ELECTRONIC", "splitType": "NEVERLEAVEONE", "listPrice": 70.0,
        "publicNotes": "a public note", "attributes": ["any"], "tags": "sports", "exchangePosId": 10102021, "broadcast": True,
        "zoneSeating": False, "hideSeatNumbers": False, "shownQuantity": None, "filesUploaded": True, "barCodesEntered": True,
    },
}  # fmt: skip
"""What a notification is about while there is no record of its topic: the document's sample, made-up nothings for the rest."""


def sample(tx: Tx, topic: str, id: str | None) -> outbox.Notice:
    """Make a notification CREATED of a record, the newest of its kind without one."""
    kind = notices.KIND_OF[topic]
    record = subject(tx, kind, id) or blank(topic)
    body = notices.body(topic, "CREATED", record, False, notices.relevant(topic, record))
    return outbox.Notice(NAME, topic, tx.ids.uuid(), kind.name, str(record["id"]), body)


def blank(topic: str) -> Record:
    """Return a record of which nothing is known but what is made up."""
    return dict.fromkeys(notices.RELEVANT[topic]) | MADE_UP.get(topic, {}) | {"id": 0, "accountId": 0}


def subject(read: Read, kind: Kind, id: str | None) -> Record | None:
    """Return the record with this id, or without one the newest of its kind, or None when there is none yet."""
    if id is None:
        return next(iter(records.find(read, kind, order=[("number", "desc")], limit=1)), None)
    record = records.get(read, kind, id)
    if record is None:
        raise NotFound(f"There is no {kind.name} {id}.")
    return record
