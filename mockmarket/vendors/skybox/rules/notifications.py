"""What an account's subscribers hear of a record: which of its fields, in what body, and whether their own application did it."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from mockmarket.errors import NotFound
from mockmarket.records import members, notified
from mockmarket.store import Tx, endpoints, outbox, records
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.records.inventory import Hold, Inventory
from mockmarket.vendors.skybox.records.orders import Invoice, Line, Purchase
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.wire import HOLD, INVENTORY, INVOICE, LINE, PURCHASE
from mockmarket.webhooks.encoding import java

KIND_OF = {"INVENTORY": INVENTORY, "PURCHASE": PURCHASE, "INVOICE": INVOICE, "LINE": LINE, "HOLD": HOLD}


def fields(shape: type, *last: str) -> tuple[str, ...]:
    """Return a record's relevant fields in its own order, but for those that come last."""
    names = [member.key for member in members(shape) if member.key in notified(shape)]
    return (*(name for name in names if name not in last), *last)


RELEVANT = {
    "INVENTORY": fields(Inventory),
    "PURCHASE": fields(Purchase),
    "INVOICE": fields(Invoice),
    "LINE": fields(Line, "cancelled", "fillLineId"),
    "HOLD": fields(Hold),
}
"""By topic: what CREATED shows of a record, and what of it an UPDATED is about."""

SAMPLE: Record = orjson.loads("""{
    "inHandDate": "2030-08-14", "eventId": 12345, "quantity": 1, "section": "B", "row": "C", "lowSeat": 50, "highSeat": 50,
    "cost": 70.0, "ticketIds": [10101021], "stockType": "ELECTRONIC", "splitType": "NEVERLEAVEONE", "listPrice": 70.0,
    "publicNotes": "a public note", "attributes": ["any"], "tags": "sports", "exchangePosId": 10102021, "broadcast": true,
    "zoneSeating": false, "hideSeatNumbers": false, "shownQuantity": null, "filesUploaded": true, "barCodesEntered": true
}""")
"""What a notification of INVENTORY is about while there is none: the document's sample."""


def owner(account: int, application: str | None) -> str:
    """Return whose an endpoint is that an application made on an account."""
    return f"{account}/{application}"


def application_of(endpoint: Endpoint) -> str:
    """Return the application that an endpoint belongs to, which may be none."""
    return endpoint.owner.partition("/")[2]


def hears(endpoint: Endpoint, account: int) -> bool:
    """Tell whether an endpoint hears of an account; one without an owner hears of every account."""
    return endpoint.owner.partition("/")[0] in ("", str(account))


def relevant(topic: str, record: Payload) -> Record:
    """Return the relevant fields of a record as notifications have them: attributes are text there (document, sample)."""
    shown = {name: record[name] for name in RELEVANT[topic]}
    return shown | {"attributes": ",".join(shown["attributes"] or ())} if "attributes" in shown else shown


def differences(topic: str, before: Payload, after: Payload) -> tuple[Record, Record]:
    """Return the relevant fields that differ, as they are now and as they were."""
    old, new = relevant(topic, before), relevant(topic, after)
    changed = [name for name in new if old[name] != new[name]]
    return {name: new[name] for name in changed}, {name: old[name] for name in changed}


def body_of(topic: str, action: str, record: Payload, same: bool, entity: Payload, previous: Payload | None) -> bytes:
    """Write a notification; the entity's name is the topic's (document, "Events")."""
    about = {"id": record["id"], "accountId": record["accountId"], "topic": topic, "action": action}
    written = about | {"generatedBySameAccount": same, topic.lower(): entity}
    return java(written | ({} if previous is None else {"previous": previous}))


def created(tx: Tx, topic: str, rows: Iterable[Payload], by: Actor) -> None:
    """Notify of new records, each with all its relevant fields."""
    for record in rows:
        notify(tx, topic, "CREATED", record, by, relevant(topic, record))


def updated(tx: Tx, topic: str, before: Payload, after: Payload, by: Actor) -> None:
    """Notify of the relevant fields that have changed; nothing when none has (convention)."""
    current, previous = differences(topic, before, after)
    if current:
        notify(tx, topic, "UPDATED", after, by, current, previous)


def deleted(tx: Tx, topic: str, record: Payload, by: Actor) -> None:
    """Notify of a record that is gone, whole as it last was (convention)."""
    notify(tx, topic, "DELETED", record, by, record)


def notify(
    tx: Tx, topic: str, action: str, record: Payload, by: Actor, entity: Payload, previous: Payload | None = None
) -> None:
    """Announce a notification to the account's subscribers of a topic; without any there is none."""
    account = record["accountId"]
    if not any(endpoint.wants(topic) and hears(endpoint, account) for endpoint in endpoints.all(tx, NAME)):
        return
    bodies = {same: body_of(topic, action, record, same, entity, previous) for same in (False, True)}

    def body_for(endpoint: Endpoint) -> bytes:
        return bodies[by.application is not None and application_of(endpoint) == by.application]

    about = (KIND_OF[topic].name, str(record["id"]))
    notice = outbox.Notice(
        NAME, topic, tx.ids.uuid(), *about, bodies[False], hears=lambda endpoint: hears(endpoint, account)
    )
    outbox.announce(tx, notice, body_for)


def sample(tx: Tx, topic: str, id: str | None) -> outbox.Notice:
    """Make a notification CREATED without its cause: of a record, the newest of its kind without an id, made up without any."""
    kind = KIND_OF[topic]
    if id is None:
        record = records.first(tx, kind, order=[("number", "desc")])
    else:
        record = records.get(tx, kind, id)
        if record is None:
            raise NotFound(f"There is no {kind.name} {id}.")
    record = record or made_up(topic)
    body = body_of(topic, "CREATED", record, False, relevant(topic, record), None)
    return outbox.Notice(NAME, topic, tx.ids.uuid(), kind.name, str(record["id"]), body)


def made_up(topic: str) -> Record:
    """Return a record of a topic that has none: the document's sample, nothings for the others."""
    sample = SAMPLE if topic == "INVENTORY" else {}
    return dict.fromkeys(RELEVANT[topic]) | sample | {"id": 0, "accountId": 0}
