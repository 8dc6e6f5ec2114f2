"""API keys of every vendor: made, listed, changed, rotated, deleted. A secret is shown once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.api import web
from mockmarket.api.auth import read_allowlist
from mockmarket.clock import parse_iso
from mockmarket.control import answers
from mockmarket.control.speech import blueprint, moment
from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.store import Read, Tx, callbacks, keys
from mockmarket.store.keys import Key
from mockmarket.vendor import shown
from mockmarket.webhooks import targets
from mockmarket.worlds.world import World

blp = blueprint("keys", "API keys")


class AllowList(fields.Field[tuple[str, ...]]):
    """Addresses and CIDR blocks, comma-separated or as a list; none allows all."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[str, ...]:
        if not isinstance(value, str) and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise ValidationError("Must be addresses or CIDR blocks, comma-separated or as a list.")
        try:
            return read_allowlist(value)
        except ValueError as error:
            raise ValidationError(
                f"{error}. Use addresses such as 10.0.0.5 and blocks such as 10.0.0.0/8 or fd00::/8."
            ) from error


class Moment(fields.Field[int]):
    """An ISO 8601 date-time."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        try:
            moment = parse_iso(value)
        except (TypeError, ValueError):
            raise ValidationError("Must be an ISO 8601 date-time such as 2026-05-01T12:00:00Z.") from None
        if moment < 0:
            raise ValidationError("Must be in the years 1970 to 9999.")
        return moment


class Url(fields.String):
    """An http or https URL that a webhook can be sent to."""

    def _deserialize(self, value: Any, *args: Any, **more: Any) -> Any:
        url = super()._deserialize(value, *args, **more)
        try:
            targets.check_url(url)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return url


class KeyChange(Schema):
    """What can be changed of a key."""

    name = fields.String(validate=validate.Length(1, 100))
    description = fields.String(validate=validate.Length(max=500))
    scopes = fields.List(fields.String())
    ip_allowlist = AllowList(
        metadata={"description": "Addresses and blocks, 10.0.0.5, 10.0.0.0/8, that it may be used from; any without."}
    )
    callback_url = Url(
        allow_none=True, metadata={"description": "An endpoint of the key's own, told of what concerns the key."}
    )
    expires_at = Moment(
        allow_none=True,
        metadata={"description": "In the world's time, such as 2027-05-01T12:00:00Z; UTC without an offset."},
    )
    owner = fields.Dict()


class NewKey(KeyChange):
    """A new key; without scopes it gets all of its vendor's."""

    vendor = fields.String(required=True)
    name = fields.String(required=True, validate=validate.Length(1, 100))
    kind = fields.String(load_default="key", validate=validate.Length(1, 50))
    secret = fields.String(
        validate=validate.Regexp(r"[\x21-\x7e]{8,200}\Z", error="Must be 8 to 200 visible ASCII characters."),
        metadata={"description": "A key text of your own; minted when left out."},
    )


class KeyQuery(Schema):
    """Which keys to list."""

    vendor = fields.String(load_default=None)


def key_dict(world: World, key: Key) -> dict[str, Any]:
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


def found(read: Read, id: str) -> Key:
    """Return the key with this id; NotFound when there is none."""
    key = keys.get(read, id)
    if key is None:
        raise NotFound(f"There is no key {id!r}.")
    return key


def check_scopes(world: World, vendor: str, scopes: list[str]) -> None:
    """Raise Invalid for a scope that the vendor does not have."""
    known = [scope.name for scope in world.vendors[vendor].scopes]
    wrong = [scope for scope in scopes if scope not in known and scope != "*"]
    if wrong:
        there = ", ".join(known) or "none"
        raise Invalid(
            f"{vendor} has no scope {', '.join(wrong)}; it has {there}.",
            details=[("scopes", f"no {one}") for one in wrong],
        )


@blp.route("/keys")
class Keys(MethodView):
    """All keys."""

    @blp.arguments(KeyQuery(), location="query")
    @blp.response(200, answers.Keys)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """List keys, those of one vendor or all, without their secrets."""
        world = web.world()
        return web.answer({"keys": [key_dict(world, key) for key in keys.all(world.read(), query["vendor"])]})

    @blp.arguments(NewKey())
    @blp.response(201, answers.Key)
    def post(self, given: dict[str, Any]) -> flask.Response:
        """Make a key; its secret, and that of its callback URL, are in this answer and never shown again."""
        return web.answer(create(web.world(), given), 201)


def create(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Make a key of what was read by NewKey; returns it with its secret, and that of its callback URL."""
    given.setdefault("scopes", [scope.name for scope in world.vendor(given["vendor"]).scopes])
    check_scopes(world, given["vendor"], given["scopes"])
    with world.atomic() as tx:
        secret = given.pop("secret", None) or world.vendors[given["vendor"]].mint_key(tx)
        key = new_key(tx, given, secret)
        signing = callbacks.follow(tx, key, secret if world.vendors[key.vendor].key_signs else None)
    return key_dict(world, key) | {"secret": secret, "callback_secret": signing}


def new_key(tx: Tx, given: dict[str, Any], secret: str) -> Key:
    """Store a new key; Conflict when its text is another key's already."""
    if keys.by_secret(tx, given["vendor"], secret):
        raise Conflict("This secret is another key's already.")
    scopes = tuple(given.pop("scopes"))
    made = Key(
        id=f"key_{tx.ids.text(12)}",
        hash=keys.digest(secret),
        hint=keys.hint(secret),
        created_at=tx.now,
        scopes=scopes,
        **given,
    )
    keys.put(tx, made)
    return made


@blp.route("/keys/<string:id>")
class OneKey(MethodView):
    """One key."""

    @blp.arguments(KeyChange())
    @blp.response(200, answers.Key)
    def patch(self, given: dict[str, Any], id: str) -> flask.Response:
        """Change a key; what is not named stays."""
        return web.answer(change(web.world(), id, given))

    @blp.response(204)
    def delete(self, id: str) -> flask.Response:
        """Delete a key: it is unknown from the next request on."""
        remove(web.world(), id)
        return flask.Response(status=204)


def change(world: World, id: str, given: dict[str, Any]) -> dict[str, Any]:
    """Change a key by what was read by KeyChange; returns it, with the secret of a callback URL that is new."""
    with world.atomic() as tx:
        key = found(tx, id)
        if "scopes" in given:
            check_scopes(world, key.vendor, given["scopes"])
            given["scopes"] = tuple(given["scopes"])
        key = replace(key, **given)
        keys.put(tx, key)
        secret = callbacks.follow(tx, key)
    return key_dict(world, key) | ({"callback_secret": secret} if secret else {})


def remove(world: World, id: str) -> None:
    """Delete a key; NotFound when there is none."""
    with world.atomic() as tx:
        if not keys.delete(tx, id):
            raise NotFound(f"There is no key {id!r}.")
        callbacks.forget(tx, id)


@blp.route("/keys/<string:id>/rotate")
class Rotation(MethodView):
    """A new secret for a key."""

    @blp.response(200, answers.Key)
    def post(self, id: str) -> flask.Response:
        """Give a key a new secret, shown in this answer only; the old one is unknown from now on."""
        return web.answer(rotate(web.world(), id))


def rotate(world: World, id: str) -> dict[str, Any]:
    """Give a key a new secret; returns the key with it."""
    with world.atomic() as tx:
        key = found(tx, id)
        secret = world.vendors[key.vendor].mint_key(tx)
        key = replace(key, hash=keys.digest(secret), hint=keys.hint(secret))
        keys.put(tx, key)
        if world.vendors[key.vendor].key_signs:
            callbacks.follow(tx, key, secret)
    return key_dict(world, key) | {"secret": secret}
