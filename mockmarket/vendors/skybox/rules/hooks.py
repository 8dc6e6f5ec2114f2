"""Webhook subscriptions of an application on an account, and the e-mail that tells of a mute."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockmarket.clock import iso_ms
from mockmarket.errors import Invalid, NotFound
from mockmarket.store import Read, Tx, endpoints, records
from mockmarket.store.endpoints import Endpoint
from mockmarket.vendors.skybox.callers import Caller
from mockmarket.vendors.skybox.rules import brokers, refusing, telling
from mockmarket.vendors.skybox.wire import formats, notices
from mockmarket.vendors.skybox.wire.formats import NAME
from mockmarket.vendors.skybox.wire.kinds import EMAIL, FIRST, TOPICS
from mockmarket.webhooks import targets
from mockmarket.webhooks.signing import parse_stored_headers
from mockmarket.worlds.world import World

FIELDS = ("topic", "url", "headers", "secret")
"""Document: the body must have all four."""


def own(read: Read, who: Caller) -> list[Endpoint]:
    """Return the subscriptions of the calling application on the calling account (document), oldest first."""
    return endpoints.all(read, NAME, telling.owner(who.account, who.application))


def number_of(endpoint: Endpoint) -> int:
    """Return a subscription's id; one that was made by the control plane has a number made of its own."""
    return int(endpoint.data.get("number", zlib.crc32(endpoint.id.encode())))


def found(read: Read, who: Caller, id: int) -> Endpoint:
    """Return one of the caller's subscriptions; NotFound for another application's or account's too."""
    there = next((one for one in own(read, who) if number_of(one) == id), None)
    if there is None:
        raise NotFound(f"There is no webhook {id} of this application on account {who.account}.")
    return there


def shown(endpoint: Endpoint) -> dict[str, Any]:
    """Write a subscription (public: the resource); headers and secret as they were given."""
    return {
        "id": number_of(endpoint), "topic": (endpoint.types or tuple(TOPICS))[0], "url": endpoint.url,
        "headers": endpoint.headers, "secret": endpoint.secret, "createdAt": iso_ms(endpoint.created_at),
        "updatedAt": iso_ms(endpoint.updated_at),
    }  # fmt: skip


def check(world: World, given: Mapping[str, Any]) -> None:
    """Raise Invalid for a field that is missing, a URL that cannot be sent to, or headers that no request can carry."""
    settings = world.settings_of(NAME)
    needed = FIELDS if settings["all_webhook_fields"] else FIELDS[:2]
    if missing := [(name, "may not be null") for name in needed if given.get(name) is None]:
        raise Invalid("The body must have all its fields.", details=missing)
    try:
        targets.check_url(given["url"], settings["require_https"])
    except ValueError as error:
        raise refusing.invalid("url", str(error), given["url"]) from error
    try:
        parse_stored_headers(given.get("headers") or "", notices.RESERVED)
    except ValueError as error:
        raise refusing.invalid("headers", str(error), given.get("headers")) from error


def subscribe(world: World, who: Caller, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make a subscription."""
    check(world, given)
    with world.atomic() as tx:
        number = new_number(tx)
        made = Endpoint(
            f"{NAME}-{number}-{tx.ids.hex(8)}", NAME, given["url"], given.get("secret") or "", tx.now, tx.now,
            owner=telling.owner(who.account, who.application), types=(given["topic"],), headers=given.get("headers") or "",
            data={"number": number},
        )  # fmt: skip
        endpoints.put(tx, made)
    return shown(made)


def new_number(tx: Tx) -> int:
    """Draw an id that no subscription has; one that was deleted does not come back as another's."""
    taken = {number_of(one) for one in endpoints.all(tx, NAME)}
    while (number := 1_000_000 + tx.ids.below(1_000_000_000)) in taken:
        continue
    return number


def change(world: World, who: Caller, id: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """Put a subscription to what is given; how it has fared, mutes included, stays."""
    check(world, given)
    with world.atomic() as tx:
        there = found(tx, who, id)
        changed = replace(
            there, types=(given["topic"],), url=given["url"], headers=given.get("headers") or "",
            secret=given.get("secret") or "", updated_at=tx.now,
        )  # fmt: skip
        endpoints.put(tx, changed)
    return shown(changed)


def remove(world: World, who: Caller, id: int) -> None:
    """Remove a subscription; what still waited for it is dropped when it is due."""
    with world.atomic() as tx:
        endpoints.delete(tx, found(tx, who, id).id)


def mute_notice(tx: Tx, before: Endpoint) -> None:
    """Keep the e-mail to the address on file with the application: its webhook was muted (document)."""
    there = endpoints.get(tx, before.id) or before
    to = brokers.application(tx, telling.application_of(there) or "mockmarket")
    said = {
        "id": number_of(there), "url": there.url, "until": there.muted_until or tx.now, "mutes": there.mutes,
        "failures": there.failures,
    }  # fmt: skip
    records.put(tx, EMAIL, notices.email(formats.next_number(tx, EMAIL, FIRST[EMAIL]), to, said, tx.now))
