"""The organization's API keys; only a key with every scope manages them."""

from __future__ import annotations

from dataclasses import replace

from mockmarket.api import idempotency
from mockmarket.errors import NotFound
from mockmarket.records import Create, Update
from mockmarket.store import Read, keys
from mockmarket.store.keys import Key
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.conventions import Context, answer, reads, writes
from mockmarket.vendors.zatabox.records.common import NAME, ORG, Answer, Items
from mockmarket.vendors.zatabox.records.users import ApiKey, ApiKeyWithSecret


def describe(context: Context, key: Key) -> Record:
    """Write a key, its text only by what may be shown of it."""
    used = context.world.key_used.get(key.id, key.last_used_at)
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.hint,
        "scopes": list(key.scopes),
        "active": key.owner.get("active", True),
        "expiresAt": wire.iso(key.expires_at),
        "lastUsedAt": wire.iso(used),
        "createdAt": wire.iso(key.created_at),
    }


def describe_once(context: Context, key: Key, secret: str) -> Record:
    """Write a key with its text; a repeated request gets a hint in its place, as only a hash may be kept."""
    shown = describe(context, key)
    idempotency.show_once(answer(context, shown | {"secret": f"{secret[:8]}…"}).get_data())
    return shown | {"secret": secret}


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


@reads(answer=Answer[Items[ApiKey]], scope="*")
def list_api_keys(context: Context, orgId: str) -> Items[Record]:
    """List API keys, oldest first, without their texts."""
    check_organization(orgId)
    return {"items": [describe(context, key) for key in keys.all(context.read(), NAME)]}


@writes(body=Create(ApiKey), answer=Answer[ApiKeyWithSecret], status=201, scope="*")
def create_api_key(context: Context, body: Record, orgId: str) -> Record:
    """Create an API key; its text is in this answer only."""
    check_organization(orgId)
    with context.world.atomic() as tx:
        secret = wire.mint_key(tx)
        id, hash, hint, owner = (
            wire.new_id(tx, "key"),
            keys.digest(secret),
            keys.hint(secret),
            {"active": body["active"]},
        )
        key = Key(id, NAME, body["name"], hash, hint, tx.now, scopes=tuple(body["scopes"]), owner=owner)
        keys.put(tx, key)
    return describe_once(context, key, secret)


@writes(body=Update(ApiKey), answer=Answer[ApiKey], scope="*")
def update_api_key(context: Context, body: Record, orgId: str, keyId: str) -> Record:
    """Rename, pause or re-scope an API key; what is not named stays."""
    with context.world.atomic() as tx:
        key = key_of(tx, orgId, keyId)
        owner = key.owner | {name: body[name] for name in ("active",) if name in body}
        key = replace(key, name=body.get("name", key.name), scopes=tuple(body.get("scopes", key.scopes)), owner=owner)
        keys.put(tx, key)
    return describe(context, key)


@writes(answer=Answer[ApiKey], scope="*")
def revoke_api_key(context: Context, orgId: str, keyId: str) -> Record:
    """Revoke an API key; answers it as it was."""
    with context.world.atomic() as tx:
        key = key_of(tx, orgId, keyId)
        keys.delete(tx, keyId)
    return describe(context, key)


@writes(answer=Answer[ApiKeyWithSecret], scope="*")
def rotate_api_key(context: Context, orgId: str, keyId: str) -> Record:
    """Give an API key a new text, shown in this answer only; the old one is unknown from now on."""
    with context.world.atomic() as tx:
        secret = wire.mint_key(tx)
        key = replace(key_of(tx, orgId, keyId), hash=keys.digest(secret), hint=keys.hint(secret))
        keys.put(tx, key)
    return describe_once(context, key, secret)
