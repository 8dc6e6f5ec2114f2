"""Notifications without their cause: about a record that exists, for triggers."""

from __future__ import annotations

from typing import Any

from mockmarket.errors import NotFound
from mockmarket.store import Read, Tx, outbox, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox.wire import notices
from mockmarket.vendors.skybox.wire.formats import NAME

MADE_UP: dict[str, Record] = {
    "INVENTORY": {
        "inHandDate": "2030-08-14", "eventId": 12345, "quantity": 1, "section": "B", "row": "C", "lowSeat": 50, "highSeat": 50,
        "cost": 70.0, "ticketIds": [10101021], "stockType": "ELECTRONIC", "splitType": "NEVERLEAVEONE", "listPrice": 70.0,
        "publicNotes": "a public note", "attributes": ["any"], "tags": "sports", "exchangePosId": 10102021, "broadcast": True,
        "zoneSeating": False, "hideSeatNumbers": False, "shownQuantity": None, "filesUploaded": True, "barCodesEntered": True,
    },
}  # fmt: skip
"""What a notification is about while there is no record of its topic: the document's sample, made-up nothings for the rest."""


class Blank(dict[str, Any]):
    """A record of which nothing is known."""

    def __missing__(self, name: str) -> None:
        return None


def sample(tx: Tx, topic: str, id: str | None) -> outbox.Notice:
    """Make a notification CREATED of a record, the newest of its kind without one."""
    kind = notices.KIND_OF[topic]
    there = subject(tx, kind, id)
    record = there or Blank(MADE_UP.get(topic, {}) | {"id": 0, "accountId": 0})
    body = notices.body(topic, "CREATED", record, False, notices.RELEVANT[topic](record))
    return outbox.Notice(NAME, topic, tx.ids.uuid(), kind.name, str(record["id"]), body)


def subject(read: Read, kind: Kind, id: str | None) -> Record | None:
    """Return the record asked for, or the newest of its kind, or None when there is none yet."""
    if id is None:
        return next(iter(records.find(read, kind, order=[("number", "desc")], limit=1)), None)
    there = records.get(read, kind, id)
    if there is None:
        raise NotFound(f"There is no {kind.name} {id}.")
    return there
