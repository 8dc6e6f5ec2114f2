"""Webhook subscriptions of an application on an account, and the e-mail that tells of a mute."""

from __future__ import annotations

import zlib
from dataclasses import replace

from mockmarket.clock import iso_ms
from mockmarket.errors import Invalid, NotFound
from mockmarket.store import Read, Tx, endpoints, records
from mockmarket.store.endpoints import Endpoint
from mockmarket.vendor import Settings
from mockmarket.vendors.skybox.callers import Session
from mockmarket.vendors.skybox.records.directory import Webhook
from mockmarket.vendors.skybox.records.types import NAME, TOPICS, Payload
from mockmarket.vendors.skybox.rules import notifications
from mockmarket.vendors.skybox.rules.violations import invalid
from mockmarket.vendors.skybox.scheme import HEADERS
from mockmarket.vendors.skybox.wire import APPLICATION, EMAIL, moment, next_number
from mockmarket.webhooks import targets
from mockmarket.webhooks.signing import parse_stored_headers

FIELDS = ("topic", "url", "headers", "secret")
"""Document: the body must have all four."""


def own(read: Read, account: int, application: str | None) -> list[Endpoint]:
    """Return the subscriptions of an application on an account (document), oldest first."""
    return endpoints.all(read, NAME, notifications.owner(account, application))


def number_of(endpoint: Endpoint) -> int:
    """Return a subscription's id; one that was made by the control plane has a number made of its own."""
    return int(endpoint.data.get("number", zlib.crc32(endpoint.id.encode())))


def get_or_404(read: Read, account: int, application: str | None, id: int) -> Endpoint:
    """Return one of an application's subscriptions; NotFound for another application's or account's too."""
    for endpoint in own(read, account, application):
        if number_of(endpoint) == id:
            return endpoint
    raise NotFound(f"There is no webhook {id} of this application on account {account}.")


def to_json(endpoint: Endpoint) -> Webhook:
    """Write a subscription (public: the resource); headers and secret as they were given."""
    return {
        "id": number_of(endpoint),
        "topic": (endpoint.types or tuple(TOPICS))[0],
        "url": endpoint.url,
        "headers": endpoint.headers,
        "secret": endpoint.secret,
        "createdAt": iso_ms(endpoint.created_at),
        "updatedAt": iso_ms(endpoint.updated_at),
    }


def check(settings: Settings, body: Payload) -> None:
    """Raise Invalid for a field that is missing, a URL that cannot be sent to, or headers that no request can carry."""
    needed = FIELDS if settings["all_webhook_fields"] else FIELDS[:2]
    if missing := [(name, "may not be null") for name in needed if body.get(name) is None]:
        raise Invalid("The body must have all its fields.", details=missing)
    try:
        path = "url"
        targets.check_url(body["url"], settings["require_https"])
        path = "headers"
        parse_stored_headers(body.get("headers") or "", HEADERS.reserved)
    except ValueError as error:
        raise invalid(path, str(error), body.get(path)) from error


def store(tx: Tx, endpoint: Endpoint, body: Payload) -> Webhook:
    """Store a subscription put to what a body says; how it has fared, mutes included, stays."""
    written = {"headers": body.get("headers") or "", "secret": body.get("secret") or "", "url": body["url"]}
    endpoint = replace(endpoint, types=(body["topic"],), updated_at=tx.now, **written)
    endpoints.put(tx, endpoint)
    return to_json(endpoint)


def subscribe(session: Session, body: Payload) -> Webhook:
    """Subscribe to a topic; `headers` are sent with each notification, `secret` signs it."""
    tx, owner = session.tx, notifications.owner(session.account, session.by.application)
    check(tx.store.settings[NAME], body)
    number = new_number(tx)
    id = f"{NAME}-{number}-{tx.ids.hex(8)}"
    return store(tx, Endpoint(id, NAME, "", "", tx.now, tx.now, owner=owner, data={"number": number}), body)


def new_number(tx: Tx) -> int:
    """Draw an id that no subscription has; one that was deleted does not come back as another's."""
    taken = {number_of(endpoint) for endpoint in endpoints.all(tx, NAME)}
    while (number := 1_000_000 + tx.ids.below(1_000_000_000)) in taken:
        continue
    return number


def change(session: Session, id: int, body: Payload) -> Webhook:
    """Change a subscription; the body is that of its making."""
    check(session.tx.store.settings[NAME], body)
    return store(session.tx, get_or_404(session.tx, session.account, session.by.application, id), body)


def remove(session: Session, id: int) -> None:
    """Delete a subscription; the answer has no body."""
    # What still waits for it is dropped when it is due.
    endpoints.delete(session.tx, get_or_404(session.tx, session.account, session.by.application, id).id)


def mute_notice(tx: Tx, before: Endpoint) -> None:
    """Keep the e-mail to the address on file with the application: its webhook was muted (document)."""
    endpoint = endpoints.get(tx, before.id) or before
    token = notifications.application_of(endpoint) or "mockmarket"
    known = records.get(tx, APPLICATION, token) or {}
    until = moment(endpoint.muted_until or tx.now)
    failing = f"Notifications to {endpoint.url} failed {endpoint.failures} times in a row."
    email = {
        "id": next_number(tx, EMAIL),
        "to": known.get("email", "application@example.com"),
        "application": token,
        "webhookId": number_of(endpoint),
        "url": endpoint.url,
        "subject": "Webhook notifications muted",
        "mutedUntil": until,
        "mutes": endpoint.mutes,
        "sentAt": moment(tx.now),
        "text": f"{failing} They are muted until {until}; what happens until then is not sent.",
    }
    records.put(tx, EMAIL, email)
