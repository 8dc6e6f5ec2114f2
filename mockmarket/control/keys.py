"""API keys of every vendor: made, listed, changed, rotated, deleted. A secret is shown once."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, NotRequired, TypedDict

import flask

from mockmarket.api.answers import answer, no_content
from mockmarket.api.auth import read_allowlist
from mockmarket.control.base import Context, moment, operation
from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.records import Body, Create, Default, Description, Length, Pattern, Reads, Update, formats
from mockmarket.records.formats import Time
from mockmarket.store import Read, Tx, callbacks, keys
from mockmarket.store.keys import Key as StoredKey
from mockmarket.vendor import shown
from mockmarket.worlds.world import World

NO_MOMENT = "Must be an ISO 8601 date-time such as 2026-05-01T12:00:00Z."
NO_ADDRESSES = "Must be addresses or CIDR blocks, comma-separated or as a list."


def read_addresses(value: object) -> tuple[str, ...]:
    """Return addresses and CIDR blocks, comma-separated or as a list; none allows all."""
    if not isinstance(value, (str, list)) or not all(isinstance(entry, str) for entry in value):
        raise ValueError(NO_ADDRESSES)
    try:
        return read_allowlist(value)
    except ValueError as error:
        raise ValueError(
            f"{error}. Use addresses such as 10.0.0.5 and blocks such as 10.0.0.0/8 or fd00::/8."
        ) from error


def read_moment(value: object) -> int:
    """Return an ISO 8601 date-time since 1970 as epoch ms."""
    if not isinstance(value, str):
        raise ValueError(NO_MOMENT)
    at = formats.moment(value, NO_MOMENT)
    if at < 0:
        raise ValueError("Must be in the years 1970 to 9999.")
    return at


Url = Annotated[str, Reads(formats.url)]
Moment = Annotated[int, Reads(read_moment, {"type": "string", "format": "date-time"})]
Addresses = Annotated[list[str], Reads(read_addresses, {"type": ["string", "array"], "items": {"type": "string"}})]


class Key(TypedDict):
    """One key; `secret` and `callback_secret` are there once, when they are minted."""

    id: str
    vendor: Annotated[str, Body(required=True, update=False)]
    kind: Annotated[str, Length(1, 50), Body(default="key", update=False)]
    name: Annotated[str, Length(1, 100), Body(required=True)]
    description: Annotated[str, Length(most=500), Body()]
    hint: str
    scopes: Annotated[list[str], Body()]
    ip_allowlist: Annotated[
        list[str],
        Body(type=Addresses),
        Description("Addresses and blocks, 10.0.0.5, 10.0.0.0/8, that it may be used from; any without."),
    ]
    callback_url: Annotated[
        str | None, Body(type=Url | None), Description("An endpoint of the key's own, told of what concerns the key.")
    ]
    expires_at: Annotated[
        Time,
        Body(type=Moment | None),
        Description("In the world's time, such as 2027-05-01T12:00:00Z; UTC without an offset."),
    ]
    last_used_at: Time
    created_at: Time
    owner: Annotated[dict[str, Any], Body()]
    secret: NotRequired[Annotated[
        str, Pattern(r"[\x21-\x7e]{8,200}\Z", "Must be 8 to 200 visible ASCII characters."), Body(update=False),
        Description("A key text of your own; minted when left out."),
    ]]  # fmt: skip
    callback_secret: NotRequired[str | None]


NewKey = Create(Key)
"""A new key; without scopes it gets all of its vendor's."""
KeyChange = Update(Key)


class Keys(TypedDict):
    """Keys, oldest first."""

    keys: list[Key]


class KeyQuery(TypedDict):
    """Which keys to list."""

    vendor: Annotated[str | None, Default(None)]


def key_dict(world: World, key: StoredKey) -> Key:
    """Describe a key, its secret only by a hint."""
    used = world.key_used.get(key.id, key.last_used_at)
    return {
        "id": key.id,
        "vendor": key.vendor,
        "kind": key.kind,
        "name": key.name,
        "description": key.description,
        "hint": key.hint,
        "scopes": shown(world.vendors[key.vendor].scopes, key.scopes),
        "ip_allowlist": list(key.ip_allowlist),
        "callback_url": key.callback_url,
        "expires_at": moment(key.expires_at),
        "last_used_at": moment(used),
        "created_at": moment(key.created_at),
        "owner": key.owner,
    }


def get_or_404(read: Read, id: str) -> StoredKey:
    """Return the key with this id; NotFound when there is none."""
    key = keys.get(read, id)
    if key is None:
        raise NotFound(f"There is no key {id!r}.")
    return key


def check_scopes(world: World, vendor: str, scopes: list[str]) -> None:
    """Raise Invalid for a scope that the vendor does not have."""
    known = [scope.name for scope in world.vendors[vendor].scopes]
    unknown = [scope for scope in scopes if scope not in known and scope != "*"]
    if unknown:
        raise Invalid(
            f"{vendor} has no scope {', '.join(unknown)}; it has {', '.join(known) or 'none'}.",
            details=[("scopes", f"no {scope}") for scope in unknown],
        )


@operation(query=KeyQuery, answer=Keys)
def list_keys(context: Context, query: KeyQuery) -> flask.Response:
    """List keys, those of one vendor or all, without their secrets."""
    world = context.world
    return answer(Keys(keys=[key_dict(world, key) for key in keys.all(world.read(), query["vendor"])]))


@operation(body=NewKey, answer=Key, status=201)
def create_key(context: Context, body: dict[str, Any]) -> flask.Response:
    """Make a key; its secret, and that of its callback URL, are in this answer and never shown again."""
    return answer(create(context.world, body), 201)


def create(world: World, body: dict[str, Any]) -> Key:
    """Make a key; returns it with its secret, and that of its callback URL."""
    vendor = world.vendor(body["vendor"])
    fields = {"scopes": [scope.name for scope in vendor.scopes]} | body
    check_scopes(world, vendor.name, fields["scopes"])
    with world.atomic() as tx:
        secret = fields.pop("secret", None) or vendor.mint_key(tx)
        key = new_key(tx, fields, secret)
        signing = callbacks.follow(tx, key, secret if vendor.key_signs else None)
    return {**key_dict(world, key), "secret": secret, "callback_secret": signing}


def new_key(tx: Tx, fields: dict[str, Any], secret: str) -> StoredKey:
    """Store a new key; Conflict when its text is another key's already."""
    if keys.by_secret(tx, fields["vendor"], secret):
        raise Conflict("This secret is another key's already.")
    key = StoredKey(
        id=f"key_{tx.ids.text(12)}",
        hash=keys.digest(secret),
        hint=keys.hint(secret),
        created_at=tx.now,
        **fields | {"scopes": tuple(fields["scopes"])},
    )
    keys.put(tx, key)
    return key


@operation(body=KeyChange, answer=Key, null_is_absent=False)
def update_key(context: Context, body: dict[str, Any], id: str) -> flask.Response:
    """Change a key; what is not named stays."""
    return answer(update(context.world, id, body))


def update(world: World, id: str, changes: dict[str, Any]) -> Key:
    """Change a key; returns it, with the secret of a callback URL that is new."""
    with world.atomic() as tx:
        key = get_or_404(tx, id)
        if "scopes" in changes:
            check_scopes(world, key.vendor, changes["scopes"])
            changes = changes | {"scopes": tuple(changes["scopes"])}
        key = replace(key, **changes)
        keys.put(tx, key)
        secret = callbacks.follow(tx, key)
    changed = key_dict(world, key)
    if secret:
        changed["callback_secret"] = secret
    return changed


@operation(status=204)
def delete_key(context: Context, id: str) -> flask.Response:
    """Delete a key: it is unknown from the next request on."""
    remove(context.world, id)
    return no_content()


def remove(world: World, id: str) -> None:
    """Delete a key; NotFound when there is none."""
    with world.atomic() as tx:
        if not keys.delete(tx, id):
            raise NotFound(f"There is no key {id!r}.")
        callbacks.forget(tx, id)


@operation(answer=Key)
def rotate_key(context: Context, id: str) -> flask.Response:
    """Give a key a new secret, shown in this answer only; the old one is unknown from now on."""
    return answer(rotate(context.world, id))


def rotate(world: World, id: str) -> Key:
    """Give a key a new secret; returns the key with it."""
    with world.atomic() as tx:
        key = get_or_404(tx, id)
        vendor = world.vendors[key.vendor]
        secret = vendor.mint_key(tx)
        key = replace(key, hash=keys.digest(secret), hint=keys.hint(secret))
        keys.put(tx, key)
        if vendor.key_signs:
            callbacks.follow(tx, key, secret)
    return {**key_dict(world, key), "secret": secret}
