"""Endpoints of every vendor: made, listed with their health, changed, deleted. A secret is shown once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from mockmarket.api import web
from mockmarket.control import hook_answers
from mockmarket.control.keys import Url
from mockmarket.control.speech import blueprint, moment
from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.store import Read, callbacks, endpoints, keys
from mockmarket.store.endpoints import Endpoint
from mockmarket.webhooks import own_headers, targets
from mockmarket.worlds.world import World

blp = blueprint("endpoints", "Endpoints")

Row = dict[str, Any]


class EndpointChange(Schema):
    """What can be changed of an endpoint; `active` true also clears its failures and mutes."""

    url = Url()
    secret = fields.String(validate=validate.Length(1, 200))
    types = fields.List(fields.String(), allow_none=True)
    owner = fields.String(validate=validate.Length(max=200))
    headers = fields.String(
        validate=validate.Length(max=10_000),
        metadata={"description": "Sent with every webhook beside the vendor's own: `Name: value,Name: value`."},
    )
    basic_auth = fields.String(
        validate=validate.Length(max=1_000),
        metadata={"description": "`user:password`, sent as `Authorization: Basic`; empty for none."},
    )
    active = fields.Boolean()
    data = fields.Dict()


class NewEndpoint(EndpointChange):
    """A new endpoint; without types it hears every notice, without a secret it gets one."""

    vendor = fields.String(required=True)
    url = Url(required=True)


class EndpointQuery(Schema):
    """Which endpoints to list."""

    vendor = fields.String(load_default=None)


def endpoint_dict(endpoint: Endpoint, now: int) -> Row:
    """Describe an endpoint with its health, its secret only by its end, its headers without what may be a credential."""
    return {
        "id": endpoint.id,
        "vendor": endpoint.vendor,
        "owner": endpoint.owner,
        "url": endpoint.url,
        "types": None if endpoint.types is None else list(endpoint.types),
        "headers": own_headers.shown_text(endpoint.headers),
        "basic_auth": own_headers.shown_credentials(endpoint.basic_auth),
        "state": endpoint.state(now),
        "failures": endpoint.failures,
        "mutes": endpoint.mutes,
        "muted_until": moment(endpoint.muted_until),
        "disabled_reason": endpoint.disabled_reason,
        "secret_hint": f"…{endpoint.secret[-4:]}" if len(endpoint.secret) > 8 else "…",
        "created_at": moment(endpoint.created_at),
        "updated_at": moment(endpoint.updated_at),
        "data": endpoint.data,
    }


def endpoint_found(read: Read, id: str) -> Endpoint:
    """Return the endpoint with this id; NotFound when there is none."""
    endpoint = endpoints.get(read, id)
    if endpoint is None:
        raise NotFound(f"There is no endpoint {id!r}.")
    return endpoint


def check(world: World, endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that its vendor can send to; Invalid says what to change."""
    vendor = world.vendors[endpoint.vendor]
    unknown = [type for type in endpoint.types or () if vendor.notice(type) is None]
    if unknown:
        there = ", ".join(notice.name for notice in vendor.notices)
        raise Invalid(
            f"{vendor.name} has no notice {', '.join(unknown)}; it has {there}.", details=[("types", "unknown notice")]
        )
    with blamed_on("url"):
        targets.check_url(endpoint.url, bool(world.settings_of(vendor.name).get("require_https")))
    wrong = list(own_headers.problems(endpoint.headers, endpoint.basic_auth, vendor.reserved_headers))
    if wrong:
        raise Invalid("; ".join(f"{field}: {words}" for field, words in wrong), details=wrong)
    return endpoint


@contextmanager
def blamed_on(field: str) -> Iterator[None]:
    """Raise Invalid, naming a field, for what a check refuses with a ValueError."""
    try:
        yield
    except ValueError as error:
        raise Invalid(str(error), details=[(field, str(error))]) from error


SHOWN_REDACTED = {"headers": own_headers.restored, "basic_auth": own_headers.restored_credentials}


def restored(given: Row, stored: Endpoint | None = None) -> Row:
    """Return fields as they were given, what is shown as `(redacted)` as it is stored; Invalid where nothing is."""
    made = dict(given)
    for field, put_back in SHOWN_REDACTED.items():
        if field in given:
            with blamed_on(field):
                made[field] = put_back(given[field], getattr(stored, field) if stored else "")
    return made


@blp.route("/endpoints")
class Endpoints(MethodView):
    """All endpoints."""

    @blp.arguments(EndpointQuery(), location="query")
    @blp.response(200, hook_answers.Endpoints)
    def get(self, query: Row) -> flask.Response:
        """List endpoints, those of one vendor or all, with their health."""
        read = web.world().read()
        return web.answer({"endpoints": [endpoint_dict(one, read.now) for one in endpoints.all(read, query["vendor"])]})

    @blp.arguments(NewEndpoint())
    @blp.response(201, hook_answers.Endpoint)
    def post(self, given: Row) -> flask.Response:
        """Make an endpoint; its secret is in this answer and never shown again."""
        return web.answer(create(web.world(), given), 201)


def create(world: World, given: Row) -> Row:
    """Make an endpoint of what was read by NewEndpoint; returns it with its secret."""
    world.vendor(given["vendor"])
    given["types"] = None if given.get("types") is None else tuple(given["types"])
    given = restored(given)
    with world.atomic() as tx:
        given.setdefault("secret", tx.ids.secret(48))
        made = Endpoint(id=f"end_{tx.ids.text(12)}", created_at=tx.now, updated_at=tx.now, **given)
        endpoints.put(tx, check(world, made))
    return endpoint_dict(made, tx.now) | {"secret": made.secret}


@blp.route("/endpoints/<string:id>")
class OneEndpoint(MethodView):
    """One endpoint."""

    @blp.arguments(EndpointChange())
    @blp.response(200, hook_answers.Endpoint)
    def patch(self, given: Row, id: str) -> flask.Response:
        """Change an endpoint; what is not named stays. What still waits for it goes to where it is then."""
        return web.answer(change(web.world(), id, given))

    @blp.response(204)
    def delete(self, id: str) -> flask.Response:
        """Delete an endpoint; what still waited for it is dropped when it is due."""
        remove(web.world(), id)
        return flask.Response(status=204)


def change(world: World, id: str, given: Row) -> Row:
    """Change an endpoint by what was read by EndpointChange; returns it."""
    if given.get("types") is not None:
        given["types"] = tuple(given["types"])
    if given.get("active"):
        given |= {"failures": 0, "mutes": 0, "muted_until": None, "disabled_reason": None}
    with world.atomic() as tx:
        there = endpoint_found(tx, id)
        endpoint = replace(there, updated_at=tx.now, **restored(given, there))
        endpoints.put(tx, check(world, endpoint))
    return endpoint_dict(endpoint, tx.now)


def rotate(world: World, id: str) -> Row:
    """Give an endpoint a new secret; returns it with the secret.

    The one before signs beside it for as long as the vendor's setting `rotation_grace_s` says, where it has one. Conflict for an
    endpoint whose secret is the text of the key that it belongs to.
    """
    with world.atomic() as tx:
        there = endpoint_found(tx, id)
        if signed_by_key(tx, world, there):
            raise Conflict("This endpoint's secret is its key's own text; rotate the key.")
        grace_s = world.settings_of(there.vendor).get("rotation_grace_s", 0)
        endpoint = there.rotated(tx.ids.secret(48), tx.now, round(grace_s * 1000))
        endpoints.put(tx, endpoint)
    return endpoint_dict(endpoint, tx.now) | {"secret": endpoint.secret}


def signed_by_key(read: Read, world: World, endpoint: Endpoint) -> bool:
    """Tell whether an endpoint is the callback URL of a key whose own text signs what goes there."""
    key = keys.get(read, endpoint.owner) if world.vendors[endpoint.vendor].key_signs else None
    return key is not None and callbacks.endpoint_id(key) == endpoint.id


def remove(world: World, id: str) -> None:
    """Delete an endpoint; NotFound when there is none."""
    with world.atomic() as tx:
        if not endpoints.delete(tx, id):
            raise NotFound(f"There is no endpoint {id!r}.")
