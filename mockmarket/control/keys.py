"""API keys of every vendor: made, listed, changed, rotated, deleted. A secret is shown once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, NotRequired, TypedDict

from mockmarket.api.auth import read_allowlist
from mockmarket.control import base
from mockmarket.control.base import Context, VendorQuery, operation
from mockmarket.errors import Conflict, Invalid
from mockmarket.records import Body, Create, Length, Pattern, Reads, Rows, Update, formats
from mockmarket.records.formats import Time
from mockmarket.records.views import moment, view
from mockmarket.store import keys
from mockmarket.store.keys import Key as StoredKey
from mockmarket.store.records import Record
from mockmarket.vendor import visible_scopes
from mockmarket.worlds.world import World


def read_addresses(value: object) -> tuple[str, ...]:
    """Return addresses and CIDR blocks, comma-separated or as a list; none allows all."""
    if not isinstance(value, (str, list)) or not all(isinstance(entry, str) for entry in value):
        raise ValueError("Must be addresses or CIDR blocks, comma-separated or as a list.")
    try:
        return read_allowlist(value)
    except ValueError as error:
        words = f"{error}. Use addresses such as 10.0.0.5 and blocks such as 10.0.0.0/8 or fd00::/8."
        raise ValueError(words) from error


def read_moment(value: object) -> int:
    """Return an ISO 8601 date-time since 1970 as epoch ms."""
    sentence = "Must be an ISO 8601 date-time such as 2026-05-01T12:00:00Z."
    at = formats.moment(value if isinstance(value, str) else "", sentence)
    if at < 0:
        raise ValueError("Must be in the years 1970 to 9999.")
    return at


Url = Annotated[str, Reads(formats.url)]
Moment = Annotated[int, Reads(read_moment, {"type": "string", "format": "date-time"})]
Addresses = Annotated[list[str], Reads(read_addresses, {"type": ["string", "array"], "items": {"type": "string"}})]

ALLOWLIST = "Addresses and blocks, 10.0.0.5, 10.0.0.0/8, that it may be used from; any without."
CALLBACK = "An endpoint of the key's own, told of what concerns the key."
EXPIRY = "In the world's time, such as 2027-05-01T12:00:00Z; UTC without an offset."
SECRET = Pattern(r"[\x21-\x7e]{8,200}\Z", "Must be 8 to 200 visible ASCII characters.")
MINTED = "A key text of your own; minted when left out."


class Key(TypedDict):
    """One key; `secret` and `callback_secret` are there once, when they are minted."""

    id: str
    vendor: Annotated[str, Body(required=True, update=False)]
    kind: Annotated[str, Length(1, 50), Body(default="key", update=False)]
    name: Annotated[str, Length(1, 100), Body(required=True)]
    description: Annotated[str, Length(most=500), Body()]
    hint: str
    scopes: Annotated[list[str], Body()]
    ip_allowlist: Annotated[list[str], Body(type=Addresses), ALLOWLIST]
    callback_url: Annotated[str | None, Body(type=Url | None), CALLBACK]
    expires_at: Annotated[Time, Body(type=Moment | None), EXPIRY]
    last_used_at: Time
    created_at: Time
    owner: Annotated[Record, Body()]
    secret: NotRequired[Annotated[str, SECRET, Body(update=False), MINTED]]
    callback_secret: NotRequired[str | None]


NewKey = Create(Key)  # a new key; without scopes it gets all of its vendor's
KeyChange = Update(Key)
get_or_404 = partial(base.get_or_404, keys.get, "key")


def key_dict(world: World, key: StoredKey) -> Key:
    """Describe a key, its secret only by a hint."""
    used = world.key_used.get(key.id, key.last_used_at)
    return view(
        Key, key, scopes=visible_scopes(world.vendors[key.vendor].api.scopes, key.scopes), last_used_at=moment(used)
    )


def _check_scopes(world: World, vendor: str, scopes: list[str]) -> None:
    known = [scope.name for scope in world.vendors[vendor].api.scopes]
    unknown = [scope for scope in scopes if scope not in known and scope != "*"]
    if unknown:
        raise Invalid(
            f"{vendor} has no scope {', '.join(unknown)}; it has {', '.join(known) or 'none'}.",
            details=[("scopes", f"no {scope}") for scope in unknown],
        )


@operation(query=VendorQuery, answer=Rows("Keys", Key))
def list_keys(context: Context, query: VendorQuery) -> dict[str, list[Key]]:
    """List keys, those of one vendor or all, without their secrets."""
    world = context.world
    return {"keys": [key_dict(world, key) for key in keys.all(world.read(), query["vendor"])]}


@operation(body=NewKey, answer=Key, status=201)
def create_key(context: Context, body: Record) -> Key:
    """Make a key; its secret, and that of its callback URL, are in this answer and never shown again."""
    world, vendor = context.world, context.world.vendor(body["vendor"])
    fields: Record = {"scopes": [scope.name for scope in vendor.api.scopes], **body}
    _check_scopes(world, vendor.name, fields["scopes"])
    with world.atomic() as tx:
        secret = fields.pop("secret", None) or vendor.api.mint_key(tx)
        if keys.by_secret(tx, vendor.name, secret):
            raise Conflict("This secret is another key's already.")
        fields |= {"scopes": tuple(fields["scopes"]), "hash": keys.digest(secret), "hint": keys.hint(secret)}
        key = StoredKey(id=f"key_{tx.ids.text(12)}", created_at=tx.now, **fields)
        keys.put(tx, key)
        signing = keys.follow_callback(tx, key, secret if vendor.webhooks.key_signs else None)
    return {**key_dict(world, key), "secret": secret, "callback_secret": signing}


@operation(body=KeyChange, answer=Key, null_is_absent=False)
def update_key(context: Context, body: Record, id: str) -> Key:
    """Change a key; what is not named stays."""
    with context.world.atomic() as tx:
        key = get_or_404(tx, id)
        if "scopes" in body:
            _check_scopes(context.world, key.vendor, body["scopes"])
            body = body | {"scopes": tuple(body["scopes"])}
        key = replace(key, **body)
        keys.put(tx, key)
        secret = keys.follow_callback(tx, key)
    changed = key_dict(context.world, key)
    return {**changed, "callback_secret": secret} if secret else changed


@operation(status=204)
def delete_key(context: Context, id: str) -> None:
    """Delete a key: it is unknown from the next request on."""
    with context.world.atomic() as tx:
        get_or_404(tx, id)
        keys.delete(tx, id)


@operation(answer=Key)
def rotate_key(context: Context, id: str) -> Key:
    """Give a key a new secret, shown in this answer only; the old one is unknown from now on."""
    world = context.world
    with world.atomic() as tx:
        key = get_or_404(tx, id)
        vendor = world.vendors[key.vendor]
        secret = vendor.api.mint_key(tx)
        key = replace(key, hash=keys.digest(secret), hint=keys.hint(secret))
        keys.put(tx, key)
        if vendor.webhooks.key_signs:
            keys.follow_callback(tx, key, secret)
    return {**key_dict(world, key), "secret": secret}
