"""Webhook subscriptions of an application on an account, the bodies of notifications, and e-mails about mutes."""

import re
import zlib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial
from typing import Any, Literal, NotRequired

from mockmarket import errors, vendor
from mockmarket.records import hints_of, members, new_shape, notified, views
from mockmarket.store import Read, Record, Tx, endpoints, outbox, records
from mockmarket.vendors.skybox import scheme, wire
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.directory import Webhook
from mockmarket.vendors.skybox.records.inventory import Hold, Inventory
from mockmarket.vendors.skybox.records.orders import Invoice, Line, Purchase
from mockmarket.vendors.skybox.records.types import NAME, TOPICS, Payload
from mockmarket.vendors.skybox.wire import APPLICATION, EMAIL, HOLD, INVENTORY, INVOICE, LINE, PURCHASE, invalid
from mockmarket.webhooks import encoding, targets
from mockmarket.webhooks.signing import parse_stored_headers

FIELDS = ("topic", "url", "headers", "secret")  # document: the body must have all four
KIND_OF = {"INVENTORY": INVENTORY, "PURCHASE": PURCHASE, "INVOICE": INVOICE, "LINE": LINE, "HOLD": HOLD}
SHAPE_OF = {"INVENTORY": Inventory, "PURCHASE": Purchase, "INVOICE": Invoice, "LINE": Line, "HOLD": Hold}


def _fields(shape: type, *last: str) -> tuple[str, ...]:
    names = [member.key for member in members(shape) if member.key in notified(shape)]
    return (*(name for name in names if name not in last), *last)


LAST = {"LINE": ("cancelled", "fillLineId")}
RELEVANT = {topic: _fields(shape, *LAST.get(topic, ())) for topic, shape in SHAPE_OF.items()}
"""By topic: the fields that CREATED contains, and whose changes cause UPDATED."""


VALID: records.Condition = ("payment", "!=", "VOID")
NOT_ENDED: dict[str, tuple[records.Condition, ...]] = {
    "PURCHASE": (VALID,),
    "INVOICE": (VALID,),
    "LINE": (("cancelled", "=", 0),),
    "HOLD": (("removed", "=", 0),),
}
"""By topic, the conditions of the records that are neither void, cancelled nor removed: no new one is."""


def owner(account: int, application: str | None) -> str:
    """Return the owner of an endpoint that an application created on an account."""
    return f"{account}/{application}"


def _application_of(endpoint: endpoints.Endpoint) -> str:
    return endpoint.owner.partition("/")[2]


def _hears(endpoint: endpoints.Endpoint, account: int) -> bool:
    return endpoint.owner.partition("/")[0] in ("", str(account))  # without an owner it gets every account's notices


def relevant(topic: str, record: Payload) -> Record:
    """Return the relevant fields of a record as notifications have them, with attributes as text (document, sample)."""
    entity = {name: record[name] for name in RELEVANT[topic]}
    return entity | {"attributes": ",".join(entity["attributes"] or ())} if "attributes" in entity else entity


def body_of(topic: str, action: str, record: Payload, same: bool, entity: Payload, previous: Payload | None) -> bytes:
    """Return a notification's body; the entity's name is the topic's (document, "Events")."""
    about = {"id": record["id"], "accountId": record["accountId"], "topic": topic, "action": action}
    written = about | {"generatedBySameAccount": same, topic.lower(): entity}
    return encoding.java(written | ({} if previous is None else {"previous": previous}))


@cache
def payload(topic: str) -> Any:
    """Return the shape of a topic's notifications, whose entity and `previous` have some of the relevant fields: those that changed."""
    hints = hints_of(SHAPE_OF[topic])
    fields = {name: str if name == "attributes" else hints[name] for name in RELEVANT[topic]}
    entity = new_shape(f"{topic}Fields", fields, total=False)
    about = {"id": int, "accountId": int, "topic": str, "action": Literal["CREATED", "UPDATED", "DELETED"]}
    changed = {"generatedBySameAccount": bool, topic.lower(): entity, "previous": NotRequired[entity]}
    return new_shape(f"{topic}Notice", about | changed)


def created(tx: Tx, topic: str, rows: Iterable[Payload], by: Actor) -> None:
    """Notify of new records, each with all its relevant fields."""
    for record in rows:
        notify(tx, topic, "CREATED", record, by, relevant(topic, record))


def deleted(tx: Tx, topic: str, record: Payload, by: Actor) -> None:
    """Notify of a removed record, with all its relevant fields as they last were (document: only the relevant ones)."""
    notify(tx, topic, "DELETED", record, by, relevant(topic, record))


def updated(tx: Tx, topic: str, before: Payload, after: Payload, by: Actor) -> None:
    """Notify of the relevant fields that differ, with new and old values; no notice when none differs (convention)."""
    old, new = relevant(topic, before), relevant(topic, after)
    if current := {name: value for name, value in new.items() if old[name] != value}:
        notify(tx, topic, "UPDATED", after, by, current, {name: old[name] for name in current})


def notify(
    tx: Tx, topic: str, action: str, record: Payload, by: Actor, entity: Payload, previous: Payload | None = None
) -> None:
    """Announce a notification to the account's subscribers of a topic; without subscribers it is not stored."""
    account = record["accountId"]
    if not any(endpoint.wants(topic) and _hears(endpoint, account) for endpoint in endpoints.all(tx, NAME)):
        return
    bodies = {same: body_of(topic, action, record, same, entity, previous) for same in (False, True)}

    def body_for(endpoint: endpoints.Endpoint) -> bytes:
        return bodies[by.application is not None and _application_of(endpoint) == by.application]

    about = (KIND_OF[topic].name, str(record["id"]), bodies[False])
    notice = outbox.Notice(
        NAME, topic, tx.ids.uuid(), *about, hears=lambda endpoint: _hears(endpoint, account), body_for=body_for
    )
    outbox.announce(tx, notice)


def sample(tx: Tx, topic: str, id: str | None) -> outbox.Notice:
    """Return a CREATED notification of a record, by default the newest of its kind that is not ended; Conflict when there is none."""
    kind = KIND_OF[topic]
    newest = partial(records.first, tx, kind, *NOT_ENDED.get(topic, ()), order=[("number", "desc")])
    record = newest() if id is None else records.get_or_404(tx, kind, id)
    if record is None:
        raise vendor.nothing_fits(kind.name, topic, "one is created")
    body = body_of(topic, "CREATED", record, False, relevant(topic, record), None)
    return outbox.Notice(NAME, topic, tx.ids.uuid(), kind.name, str(record["id"]), body)


EXAMINED = {
    "INVENTORY": "listPrice",
    "PURCHASE": "internalNotes",
    "INVOICE": "internalNotes",
    "LINE": "description",
    "HOLD": "notes",
}
"""By topic: the relevant field that the receiver exam changes."""


def another(value: Any, number: int) -> Any:
    """Return another value of the same kind: a higher amount, or a text."""
    return value + number if isinstance(value, float) else f"Change {number}"


def updates(tx: Tx, topic: str, id: str) -> tuple[outbox.Notice, outbox.Notice] | None:
    """Return the UPDATED notifications of two changes of a record, the older first; None when there is no such record."""
    kind = KIND_OF[topic]
    if (record := records.get(tx, kind, id)) is None:
        return None
    name = EXAMINED[topic]
    values = [record[name], another(record[name], 1), another(record[name], 2)]

    def notice(value: Any, previous: Any) -> outbox.Notice:
        body = body_of(topic, "UPDATED", record, False, {name: value}, {name: previous})
        return outbox.Notice(NAME, topic, tx.ids.uuid(), kind.name, id, body)

    return notice(values[1], values[2]), notice(values[0], values[1])


def check_override(body: Payload) -> None:
    """Raise Invalid for an action that SkyBox does not send about a topic, or not with such an entity (document)."""
    topic, action, previous = str(body["topic"]), body["action"], body.get("previous")
    sentence = ""
    if topic in TOPICS and action not in re.findall("[A-Z]+", TOPICS[topic]):
        sentence = f"SkyBox sends no {action} about {topic}: {TOPICS[topic]}."
    elif action == "UPDATED" and not _is_update(body.get(topic.lower()), previous):
        sentence = f"UPDATED has what changed in {topic.lower()} and the old values in previous: override both, with the same members."
    elif action != "UPDATED" and "previous" in body:
        sentence = f"{action} has no previous, which is in UPDATED alone."
    if sentence:
        raise errors.Invalid(sentence, details=[("override", sentence)])


def _is_update(entity: object, previous: object) -> bool:
    return isinstance(entity, dict) and isinstance(previous, dict) and bool(entity) and entity.keys() == previous.keys()


def own(read: Read, account: int, application: str | None) -> list[endpoints.Endpoint]:
    """Return the subscriptions of an application on an account (document), oldest first."""
    return endpoints.all(read, NAME, owner(account, application))


def number_of(endpoint: endpoints.Endpoint) -> int:
    """Return a subscription's id; one created by the control plane has a derived number."""
    return int(endpoint.data.get("number", zlib.crc32(endpoint.id.encode())))


def get_or_404(read: Read, account: int, application: str | None, id: int) -> endpoints.Endpoint:
    """Return one of an application's subscriptions; NotFound for another application's or account's too."""
    if endpoint := next((each for each in own(read, account, application) if number_of(each) == id), None):
        return endpoint
    raise errors.NotFound(f"There is no webhook {id} of this application on account {account}.")


def to_json(endpoint: endpoints.Endpoint) -> Webhook:
    """Return a subscription (public: the resource) with headers and secret as given."""
    return views.view(Webhook, endpoint, id=number_of(endpoint), topic=(endpoint.types or tuple(TOPICS))[0])


def _check(settings: vendor.Settings, body: Payload) -> None:
    needed = FIELDS if settings["all_webhook_fields"] else FIELDS[:2]
    if missing := [(name, "may not be null") for name in needed if body.get(name) is None]:
        raise errors.Invalid("The body must have all its fields.", details=missing)
    try:
        path = "url"
        targets.check_url(body["url"], settings["require_https"])
        path = "headers"
        parse_stored_headers(body.get("headers") or "", scheme.HEADERS.reserved)
    except ValueError as error:
        raise invalid(path, str(error), body.get(path)) from error


def _store(tx: Tx, endpoint: endpoints.Endpoint, body: Payload) -> Webhook:
    written = {"headers": body.get("headers") or "", "secret": body.get("secret") or "", "url": body["url"]}
    endpoint = replace(endpoint, types=(body["topic"],), updated_at=tx.now, **written)
    endpoints.put(tx, endpoint)
    return to_json(endpoint)


def subscribe(session: Session, body: Payload) -> Webhook:
    """Subscribe to a topic; `headers` are sent with each notification, `secret` signs it."""
    tx, whose = session.tx, owner(session.account, session.by.application)
    _check(tx.store.settings[NAME], body)
    taken = {number_of(endpoint) for endpoint in endpoints.all(tx, NAME)}
    while (number := 1_000_000 + tx.ids.below(1_000_000_000)) in taken:
        continue
    id = f"{NAME}-{number}-{tx.ids.hex(8)}"
    return _store(tx, endpoints.Endpoint(id, NAME, "", "", tx.now, tx.now, owner=whose, data={"number": number}), body)


def change(session: Session, id: int, body: Payload) -> Webhook:
    """Change a subscription; the body is that of its making."""
    _check(session.tx.store.settings[NAME], body)
    return _store(session.tx, get_or_404(session.tx, session.account, session.by.application, id), body)


def unsubscribe(session: Session, id: int) -> None:
    """Delete a subscription; the answer has no body."""  # what still waits for it is dropped when it is due
    endpoints.delete(session.tx, get_or_404(session.tx, session.account, session.by.application, id).id)


def mute_notice(tx: Tx, before: endpoints.Endpoint) -> None:
    """Store the e-mail about a muted webhook to the application's address (document)."""
    endpoint = endpoints.get(tx, before.id) or before
    token = _application_of(endpoint) or "mockmarket"
    known = records.get(tx, APPLICATION, token) or {}
    until = wire.moment(endpoint.muted_until or tx.now)
    email = {"id": wire.next_number(tx, EMAIL), "to": known.get("email", "application@example.com")}
    email |= {"application": token, "webhookId": number_of(endpoint), "url": endpoint.url}
    email |= {"subject": "Webhook notifications muted", "mutedUntil": until, "mutes": endpoint.mutes}
    failing = f"Notifications to {endpoint.url} failed {endpoint.failures} times in a row."
    text = f"{failing} They are muted until {until}; what happens until then is not sent."
    records.put(tx, EMAIL, email | {"sentAt": wire.moment(tx.now), "text": text})
