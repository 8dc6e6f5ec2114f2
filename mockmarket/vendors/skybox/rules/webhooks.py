"""Webhook subscriptions of an application on an account, and the e-mail that tells of a mute."""

from __future__ import annotations

import zlib
from dataclasses import replace

from mockmarket.clock import iso_ms
from mockmarket.errors import Invalid, NotFound
from mockmarket.store import Read, Tx, endpoints, records
from mockmarket.store.endpoints import Endpoint
from mockmarket.vendors.skybox.callers import Caller
from mockmarket.vendors.skybox.records.enumerations import TOPICS
from mockmarket.vendors.skybox.records.lookups import Webhook
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import brokers, notifications
from mockmarket.vendors.skybox.rules.violations import invalid
from mockmarket.vendors.skybox.scheme import HEADERS
from mockmarket.vendors.skybox.wire import notices
from mockmarket.vendors.skybox.wire.formats import next_number
from mockmarket.vendors.skybox.wire.kinds import EMAIL, FIRST
from mockmarket.webhooks import targets
from mockmarket.webhooks.signing import parse_stored_headers
from mockmarket.worlds.world import World

FIELDS = ("topic", "url", "headers", "secret")
"""Document: the body must have all four."""


def own(read: Read, caller: Caller) -> list[Endpoint]:
    """Return the subscriptions of the calling application on the calling account (document), oldest first."""
    return endpoints.all(read, NAME, notifications.owner(caller.account, caller.application))


def number_of(endpoint: Endpoint) -> int:
    """Return a subscription's id; one that was made by the control plane has a number made of its own."""
    return int(endpoint.data.get("number", zlib.crc32(endpoint.id.encode())))


def get_or_404(read: Read, caller: Caller, id: int) -> Endpoint:
    """Return one of the caller's subscriptions; NotFound for another application's or account's too."""
    endpoint = next((endpoint for endpoint in own(read, caller) if number_of(endpoint) == id), None)
    if endpoint is None:
        raise NotFound(f"There is no webhook {id} of this application on account {caller.account}.")
    return endpoint


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


def check(world: World, body: Payload) -> None:
    """Raise Invalid for a field that is missing, a URL that cannot be sent to, or headers that no request can carry."""
    settings = world.settings_of(NAME)
    needed = FIELDS if settings["all_webhook_fields"] else FIELDS[:2]
    if missing := [(name, "may not be null") for name in needed if body.get(name) is None]:
        raise Invalid("The body must have all its fields.", details=missing)
    try:
        targets.check_url(body["url"], settings["require_https"])
    except ValueError as error:
        raise invalid("url", str(error), body["url"]) from error
    try:
        parse_stored_headers(body.get("headers") or "", HEADERS.reserved)
    except ValueError as error:
        raise invalid("headers", str(error), body.get("headers")) from error


def changed(endpoint: Endpoint, body: Payload, now: int) -> Endpoint:
    """Return a subscription put to what a body says; how it has fared, mutes included, stays."""
    secret, headers = body.get("secret") or "", body.get("headers") or ""
    return replace(endpoint, types=(body["topic"],), url=body["url"], headers=headers, secret=secret, updated_at=now)


def subscribe(world: World, caller: Caller, body: Payload) -> Webhook:
    """Make a subscription."""
    check(world, body)
    with world.atomic() as tx:
        number, owner = new_number(tx), notifications.owner(caller.account, caller.application)
        id = f"{NAME}-{number}-{tx.ids.hex(8)}"
        endpoint = Endpoint(id, NAME, body["url"], "", tx.now, tx.now, owner=owner, data={"number": number})
        endpoint = changed(endpoint, body, tx.now)
        endpoints.put(tx, endpoint)
    return to_json(endpoint)


def new_number(tx: Tx) -> int:
    """Draw an id that no subscription has; one that was deleted does not come back as another's."""
    taken = {number_of(endpoint) for endpoint in endpoints.all(tx, NAME)}
    while (number := 1_000_000 + tx.ids.below(1_000_000_000)) in taken:
        continue
    return number


def change(world: World, caller: Caller, id: int, body: Payload) -> Webhook:
    """Change a subscription."""
    check(world, body)
    with world.atomic() as tx:
        endpoint = changed(get_or_404(tx, caller, id), body, tx.now)
        endpoints.put(tx, endpoint)
    return to_json(endpoint)


def remove(world: World, caller: Caller, id: int) -> None:
    """Remove a subscription; what still waited for it is dropped when it is due."""
    with world.atomic() as tx:
        endpoints.delete(tx, get_or_404(tx, caller, id).id)


def mute_notice(tx: Tx, before: Endpoint) -> None:
    """Keep the e-mail to the address on file with the application: its webhook was muted (document)."""
    endpoint = endpoints.get(tx, before.id) or before
    application = brokers.application(tx, notifications.application_of(endpoint) or "mockmarket")
    facts = {"id": number_of(endpoint), "url": endpoint.url, "until": endpoint.muted_until or tx.now}
    facts |= {"mutes": endpoint.mutes, "failures": endpoint.failures}
    records.put(tx, EMAIL, notices.email(next_number(tx, EMAIL, FIRST[EMAIL]), application, facts, tx.now))
