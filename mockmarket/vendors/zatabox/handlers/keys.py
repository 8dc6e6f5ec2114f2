"""The organization's API keys; only a key with every scope manages them."""

from __future__ import annotations

from dataclasses import replace

import flask

from mockmarket.api import idempotency
from mockmarket.errors import NotFound
from mockmarket.records import Create, Update
from mockmarket.store import Read, keys
from mockmarket.store.keys import Key
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.callers import mint_key
from mockmarket.vendors.zatabox.handlers.conventions import READ, WRITE, Context, answer, operation
from mockmarket.vendors.zatabox.records.common import NAME, ORG, Answer, Items
from mockmarket.vendors.zatabox.records.users import ApiKey, ApiKeyWithSecret

HINT = "…"


def describe(context: Context, key: Key) -> Record:
    """Write a key, its text only by what may be shown of it."""
    used = context.world.key_used.get(key.id, key.last_used_at)
    return {
        "id": key.id, "name": key.name, "prefix": key.hint, "scopes": list(key.scopes), "active": key.owner.get("active", True),
        "expiresAt": wire.iso(key.expires_at), "lastUsedAt": wire.iso(used), "createdAt": wire.iso(key.created_at),
    }  # fmt: skip


def answer_once(context: Context, key: Key, secret: str, status: int) -> flask.Response:
    """Answer a key with its text; a repeated request gets the answer with a hint in its place, as only a hash may be kept."""
    shown = describe(context, key)
    idempotency.show_once(answer(context, shown | {"secret": f"{secret[:8]}{HINT}"}, status).get_data())
    return answer(context, shown | {"secret": secret}, status)


def key_of(read: Read, org: str, id: str) -> Key:
    """Return one of the organization's keys; NotFound for another organization, or a key that there is not."""
    check_organization(org)
    key = keys.get(read, id)
    if key is None or key.vendor != NAME:
        raise NotFound(f"There is no API key {id}.")
    return key


def check_organization(org: str) -> None:
    """Raise NotFound for an organization that is not the world's."""
    if org != ORG:
        raise NotFound(f"There is no organization {org}; the one here is {ORG}.")


@operation(answer=Answer[Items[ApiKey]], scope="*", refuses=READ)
def list_api_keys(context: Context, orgId: str) -> flask.Response:
    """List API keys, oldest first, without their texts."""
    check_organization(orgId)
    return answer(context, {"items": [describe(context, key) for key in keys.all(context.read(), NAME)]})


@operation(body=Create(ApiKey), answer=Answer[ApiKeyWithSecret], status=201, scope="*", refuses=WRITE)
def create_api_key(context: Context, body: Record, orgId: str) -> flask.Response:
    """Create an API key; its text is in this answer only."""
    check_organization(orgId)
    with context.world.atomic() as tx:
        secret = mint_key(tx)
        key = Key(
            id=wire.new_id(tx, "key"), vendor=NAME, name=body["name"], created_at=tx.now, hash=keys.digest(secret),
            hint=keys.hint(secret), scopes=tuple(body["scopes"]), owner={"active": body["active"]},
        )  # fmt: skip
        keys.put(tx, key)
    return answer_once(context, key, secret, 201)


@operation(body=Update(ApiKey), answer=Answer[ApiKey], scope="*", refuses=WRITE)
def update_api_key(context: Context, body: Record, orgId: str, keyId: str) -> flask.Response:
    """Rename, pause or re-scope an API key; what is not named stays."""
    with context.world.atomic() as tx:
        key = key_of(tx, orgId, keyId)
        owner = key.owner | ({"active": body["active"]} if "active" in body else {})
        scopes = tuple(body.get("scopes", key.scopes))
        key = replace(key, name=body.get("name", key.name), scopes=scopes, owner=owner)
        keys.put(tx, key)
    return answer(context, describe(context, key))


@operation(answer=Answer[ApiKey], scope="*", refuses=WRITE)
def revoke_api_key(context: Context, orgId: str, keyId: str) -> flask.Response:
    """Revoke an API key; answers it as it was."""
    with context.world.atomic() as tx:
        key = key_of(tx, orgId, keyId)
        keys.delete(tx, keyId)
    return answer(context, describe(context, key))


@operation(answer=Answer[ApiKeyWithSecret], scope="*", refuses=WRITE)
def rotate_api_key(context: Context, orgId: str, keyId: str) -> flask.Response:
    """Give an API key a new text, shown in this answer only; the old one is unknown from now on."""
    with context.world.atomic() as tx:
        secret = mint_key(tx)
        key = replace(key_of(tx, orgId, keyId), hash=keys.digest(secret), hint=keys.hint(secret))
        keys.put(tx, key)
    return answer_once(context, key, secret, 200)
