"""What the inputs of ids offer: the records that there are, with what tells one from the next."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema

from mockmarket.api.context import current
from mockmarket.store import Read, records
from mockmarket.store.records import Kind
from mockmarket.vendor import Vendor

OFFERED = 300
"""How many records the input of an id offers; where there are more it offers none, as a part of them would mislead."""
TELLING = ("name", "title", "section", "row", "isoDate", "dateTime", "startDate", "eventId")
"""Fields that tell one record from the next, as vendors call them; those that a record has stand beside its id."""


def offers(vendor: Vendor, schema: Schema) -> dict[str, dict[str, Any]]:
    """Return what the inputs of ids offer: `eventId`, or `event`, the vendor's events."""
    read = current().world.read()
    named = {name: kind for kind in vendor.records.kinds for name in names(kind)}
    return {
        name: offered(read, kind)
        for name, kind in named.items()
        if name in schema.fields and records.count(read, kind, ()) <= OFFERED
    }


def names(kind: Kind) -> tuple[str, str]:
    """Return how a field may be called that takes the id of such a record: `ticketTypeId`, `ticket_type`."""
    key = f"{kind.name}_id".title().replace("_", "")
    return key[:1].lower() + key[1:], kind.name


def offered(read: Read, kind: Kind) -> dict[str, Any]:
    """Return the ids of a kind of record, each with what tells it from the next."""
    labels = {
        str(record[kind.id]): " · ".join(str(record[word]) for word in TELLING if word != kind.id and record.get(word))
        for record in records.find(read, kind)
    }
    return {"suggestions": tuple(labels), "labels": labels}
