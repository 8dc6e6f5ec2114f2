"""The organization's own: its API keys, which only a key with every scope manages, its webhook endpoints and their deliveries."""

from __future__ import annotations

import re
from dataclasses import replace

from mockmarket.api import idempotency, paging
from mockmarket.api.context import current
from mockmarket.clock import later
from mockmarket.errors import Invalid, NotFound
from mockmarket.records import Create, Update
from mockmarket.records.views import view, views
from mockmarket.store import Read, Tx, endpoints, history, keys, outbox
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.conventions import reads, success, writes
from mockmarket.vendors.zatabox.records import accounts as shapes
from mockmarket.vendors.zatabox.records.accounts import CATALOG, TYPES, ApiKey, ApiKeyWithSecret, Webhook
from mockmarket.vendors.zatabox.records.common import NAME, ORG, Items, NextPage, PageQuery
from mockmarket.vendors.zatabox.rules.notices import example, invalid
from mockmarket.webhooks import targets

SCOPE = "webhooks:manage"

STATES = {"sending": "pending", "delivered": "succeeded", "dropped": "failed", "rejected": "failed"}
"""The core's words for a delivery's state in Zatabox's (convention but for exhausted: document); others are the same."""


def describe_key(key: keys.Key) -> Record:
    """Write a key, its text only by what may be shown of it."""
    used = current().world.key_used.get(key.id, key.last_used_at)
    return dict(view(ApiKey, key, expiresAt=wire.iso(key.expires_at), lastUsedAt=wire.iso(used)))


def describe_once(key: keys.Key, secret: str) -> Record:
    """Write a key with its text; a repeated request gets a hint in its place, as only a hash may be kept."""
    shown = describe_key(key)
    idempotency.show_once(success(current(), shown | {"secret": f"{secret[:8]}…"}).get_data())
    return shown | {"secret": secret}


def _key_of(read: Read, org: str, id: str) -> keys.Key:
    _check_organization(org)
    key = keys.get(read, id)
    if key is None or key.vendor != NAME:
        raise NotFound(f"There is no API key {id}.")
    return key


def _check_organization(org: str) -> None:
    if org != ORG:
        raise NotFound(f"There is no organization {org}; the one here is {ORG}.")


@reads(answer=Items[ApiKey], scope="*")
def list_api_keys(read: Read, orgId: str) -> Items[Record]:
    """List API keys, oldest first, without their texts."""
    _check_organization(orgId)
    return {"items": [describe_key(key) for key in keys.all(read, NAME)]}


@writes(body=Create(ApiKey), answer=ApiKeyWithSecret, status=201, scope="*")
def create_api_key(tx: Tx, body: Record, orgId: str) -> Record:
    """Create an API key; its text is in this answer only."""
    _check_organization(orgId)
    secret = wire.mint_key(tx)
    id, scopes, owner = wire.new_id(tx, "key"), tuple(body["scopes"]), {"active": body["active"]}
    key = keys.Key(id, NAME, body["name"], keys.digest(secret), keys.hint(secret), tx.now, scopes=scopes, owner=owner)
    keys.put(tx, key)
    return describe_once(key, secret)


@writes(body=Update(ApiKey), answer=ApiKey, scope="*")
def update_api_key(tx: Tx, body: Record, orgId: str, keyId: str) -> Record:
    """Rename, pause or re-scope an API key; what is not named stays."""
    key = _key_of(tx, orgId, keyId)
    owner = key.owner | {name: body[name] for name in ("active",) if name in body}
    key = replace(key, name=body.get("name", key.name), scopes=tuple(body.get("scopes", key.scopes)), owner=owner)
    keys.put(tx, key)
    return describe_key(key)


@writes(answer=ApiKey, scope="*")
def revoke_api_key(tx: Tx, orgId: str, keyId: str) -> Record:
    """Revoke an API key; answers it as it was."""
    key = _key_of(tx, orgId, keyId)
    keys.delete(tx, keyId)
    return describe_key(key)


@writes(answer=ApiKeyWithSecret, scope="*")
def rotate_api_key(tx: Tx, orgId: str, keyId: str) -> Record:
    """Give an API key a new text, shown in this answer only; the old one is unknown from now on."""
    secret = wire.mint_key(tx)
    key = replace(_key_of(tx, orgId, keyId), hash=keys.digest(secret), hint=keys.hint(secret))
    keys.put(tx, key)
    return describe_once(key, secret)


def _endpoint_of(read: Read, id: str) -> endpoints.Endpoint:
    endpoint = endpoints.get(read, id)
    if endpoint is None or endpoint.vendor != NAME:
        raise NotFound(f"There is no webhook endpoint {id}.")
    return endpoint


def _describe(endpoint: endpoints.Endpoint) -> Record:
    return dict(view(Webhook, endpoint))


def changes_of(read: Read, body: Record) -> Record:
    """Return what a call sets of an endpoint as it is stored; Invalid for a URL that webhooks cannot be sent to."""
    changes: Record = {name: body[name] for name in ("url", "active") if name in body}
    if "url" in body:
        try:
            targets.check_url(body["url"], read.store.settings[NAME]["require_https"])
        except ValueError as error:
            raise Invalid(f"url: {error}", details=[("url", str(error))]) from error
    if "events" in body:
        changes["types"] = tuple(dict.fromkeys(body["events"]))
    if "description" in body:
        changes["data"] = {"description": body["description"]}
    return changes


@writes(body=Create(Webhook), answer=shapes.WebhookWithSecret, status=201, scope=SCOPE)
def create_webhook(tx: Tx, body: Record) -> Record:
    """Create an endpoint; the signing secret is in this answer only."""
    changes = changes_of(tx, body)
    id, now = wire.new_id(tx, "whk"), tx.now
    endpoint = endpoints.Endpoint(
        id, NAME, secret=f"whsec_{tx.ids.secret(48)}", created_at=now, updated_at=now, owner=ORG, **changes
    )
    endpoints.put(tx, endpoint)
    return _describe(endpoint) | {"secret": endpoint.secret}


@reads(answer=Items[Webhook], scope=SCOPE)
def list_webhooks(read: Read) -> Items[Record]:
    """List endpoints, oldest first."""
    return {"items": [_describe(endpoint) for endpoint in endpoints.all(read, NAME)]}


@reads(answer=Items[shapes.CatalogEntry], refuses=(), public=True)
def list_notice_types(_read: Read) -> Items[shapes.CatalogEntry]:
    """List every event type with the top-level keys of its data; needs no key."""
    return {"items": views(shapes.CatalogEntry, CATALOG)}


@writes(body=Update(Webhook), answer=Webhook, scope=SCOPE)
def update_webhook(tx: Tx, body: Record, id: str) -> Record:
    """Change an endpoint; what is not named stays, and what still waits for it goes to where it is then."""
    changes = changes_of(tx, body)
    if body.get("active"):
        changes |= {"failures": 0, "disabled_reason": None}
    endpoint = _endpoint_of(tx, id)
    changes["data"] = endpoint.data | changes.get("data", {})
    endpoint = replace(endpoint, updated_at=tx.now, **changes)
    endpoints.put(tx, endpoint)
    return _describe(endpoint)


@writes(answer=Webhook, scope=SCOPE)
def delete_webhook(tx: Tx, id: str) -> Record:
    """Delete an endpoint; answers it as it was."""  # what still waited for it is dropped when it is due
    endpoint = _endpoint_of(tx, id)
    endpoints.delete(tx, id)
    return _describe(endpoint)


@writes(answer=shapes.Delivery, status=202, scope=SCOPE)
def send_test_webhook(tx: Tx, id: str) -> Record:
    """Send a signed, synthetic example of the first subscribed type, with `data.test` true."""
    endpoint = _endpoint_of(tx, id)
    type = (endpoint.types or tuple(TYPES))[0]
    outbox.address(tx, wire.notice(tx, type, None, "", example(type) | {"test": True}), endpoint, "test")
    [row] = history.deliveries(tx, {"endpoint": id}, 1)
    return describe_delivery(_row_of(tx, row["uid"]))


@writes(answer=shapes.RotatedWebhook, scope=SCOPE)
def rotate_webhook_secret(tx: Tx, id: str) -> Record:
    """Give an endpoint a new secret, shown in this answer only; it signs from the next attempt on."""
    grace_ms = round(tx.store.settings[NAME]["rotation_grace_s"] * 1000)
    endpoint = _endpoint_of(tx, id).rotated(f"whsec_{tx.ids.secret(48)}", tx.now, grace_ms)
    endpoints.put(tx, endpoint)
    until = later(tx.now, grace_ms) if grace_ms else None
    return _describe(endpoint) | {"secret": endpoint.secret, "previousSecretExpiresAt": wire.iso(until)}


@reads(query=PageQuery, answer=NextPage[shapes.Delivery], scope=SCOPE)
def list_webhook_deliveries(read: Read, query: PageQuery, id: str) -> NextPage[Record]:
    """List an endpoint's deliveries with their attempts, newest first."""
    limit, place = query["limit"], paging.read_cursor(query["cursor"]) if query["cursor"] else None
    if place is not None and not re.fullmatch("[0-9]{1,18}", place):
        raise invalid("cursor", "is not one of this list's")
    _endpoint_of(read, id)
    rows = history.deliveries(read, {"endpoint": id}, limit + 1, None if place is None else int(place))
    shown = [describe_delivery(row | {"attempts_made": history.attempts(read, row["id"])}) for row in rows[:limit]]
    return {"items": shown, "nextCursor": paging.cursor(str(rows[limit - 1]["id"])) if len(rows) > limit else None}


@writes(answer=shapes.Delivery, status=202, scope=SCOPE)
def replay_delivery(tx: Tx, id: str) -> Record:
    """Send a delivery once more, now, whatever its state: same event id and body, a new signature."""
    outbox.resend(tx, _row_of(tx, id))  # Conflict while an attempt is under way, and once the endpoint is gone
    return describe_delivery(_row_of(tx, id))


def _row_of(read: Read, uid: str) -> Record:
    row = history.delivery(read, uid)
    if row is None or row["vendor"] != NAME:
        raise NotFound(f"There is no delivery {uid}.")
    return row


def describe_delivery(row: Record) -> Record:
    """Write a delivery (convention: fields and states; document: exhausted)."""
    status = STATES.get(row["state"], row["state"])
    times = {"nextAttemptAt": row["due"] if status == "pending" else None, "settledAt": row["settled_at"]}
    return dict(view(shapes.Delivery, row, status=status, **{name: wire.iso(at) for name, at in times.items()}))
