"""Endpoints of every vendor: made, listed with their health, changed, deleted. A secret is shown once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any, NotRequired, TypedDict

import flask

from mockmarket.api.answers import answer, no_content
from mockmarket.control.base import Context, moment, operation
from mockmarket.control.keys import Url
from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.records import Body, Create, Default, Description, Length, Update
from mockmarket.records.formats import Time
from mockmarket.store import Read, callbacks, endpoints, keys
from mockmarket.store.endpoints import Endpoint as StoredEndpoint
from mockmarket.webhooks import own_headers, targets
from mockmarket.worlds.world import World


class Endpoint(TypedDict):
    """One endpoint; `secret` is there once, when it is made."""

    id: str
    vendor: Annotated[str, Body(required=True, update=False)]
    owner: Annotated[str, Length(most=200), Body()]
    url: Annotated[str, Body(required=True, type=Url)]
    types: Annotated[list[str] | None, Body()]
    headers: Annotated[
        str,
        Length(most=10_000),
        Body(),
        Description("Sent with every webhook beside the vendor's own: `Name: value,Name: value`."),
    ]
    basic_auth: Annotated[
        str,
        Length(most=1_000),
        Body(),
        Description("`user:password`, sent as `Authorization: Basic`; empty for none."),
    ]
    state: str
    failures: int
    mutes: int
    muted_until: Time
    disabled_reason: str | None
    secret_hint: str
    created_at: Time
    updated_at: Time
    data: Annotated[dict[str, Any], Body()]
    secret: NotRequired[Annotated[str, Length(1, 200), Body()]]


class Activity(TypedDict):
    """Whether an endpoint is sent to; true also clears its failures and mutes."""

    active: NotRequired[bool]


NewEndpoint = Create(Endpoint, (Activity,))
"""A new endpoint; without types it hears every notice, without a secret it gets one."""
EndpointChange = Update(Endpoint, (Activity,))


class Endpoints(TypedDict):
    """Endpoints, oldest first."""

    endpoints: list[Endpoint]


class EndpointQuery(TypedDict):
    """Which endpoints to list."""

    vendor: Annotated[str | None, Default(None)]


def endpoint_dict(endpoint: StoredEndpoint, now: int) -> Endpoint:
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


def get_or_404(read: Read, id: str) -> StoredEndpoint:
    """Return the endpoint with this id; NotFound when there is none."""
    endpoint = endpoints.get(read, id)
    if endpoint is None:
        raise NotFound(f"There is no endpoint {id!r}.")
    return endpoint


def check(world: World, endpoint: StoredEndpoint) -> StoredEndpoint:
    """Return an endpoint that its vendor can send to; Invalid says what to change."""
    vendor = world.vendors[endpoint.vendor]
    unknown = [type for type in endpoint.types or () if vendor.notice(type) is None]
    if unknown:
        known = ", ".join(notice.name for notice in vendor.notices)
        raise Invalid(
            f"{vendor.name} has no notice {', '.join(unknown)}; it has {known}.", details=[("types", "unknown notice")]
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


def restored(fields: dict[str, Any], stored: StoredEndpoint | None = None) -> dict[str, Any]:
    """Return fields as they were sent, what is shown as `(redacted)` as it is stored; Invalid where nothing is."""
    values = dict(fields)
    for field, put_back in SHOWN_REDACTED.items():
        if field in fields:
            with blamed_on(field):
                values[field] = put_back(fields[field], getattr(stored, field) if stored else "")
    return values


@operation(query=EndpointQuery, answer=Endpoints)
def list_endpoints(context: Context, query: EndpointQuery) -> flask.Response:
    """List endpoints, those of one vendor or all, with their health."""
    read = context.read()
    listed = [endpoint_dict(endpoint, read.now) for endpoint in endpoints.all(read, query["vendor"])]
    return answer(Endpoints(endpoints=listed))


@operation(body=NewEndpoint, answer=Endpoint, status=201)
def create_endpoint(context: Context, body: dict[str, Any]) -> flask.Response:
    """Make an endpoint; its secret is in this answer and never shown again."""
    return answer(create(context.world, body), 201)


def create(world: World, body: dict[str, Any]) -> Endpoint:
    """Make an endpoint; returns it with its secret."""
    world.vendor(body["vendor"])
    fields = restored(with_types(body))
    with world.atomic() as tx:
        fields.setdefault("secret", tx.ids.secret(48))
        endpoint = StoredEndpoint(id=f"end_{tx.ids.text(12)}", created_at=tx.now, updated_at=tx.now, **fields)
        endpoints.put(tx, check(world, endpoint))
    return {**endpoint_dict(endpoint, tx.now), "secret": endpoint.secret}


def with_types(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields with the types of notices as they are stored."""
    return fields if fields.get("types") is None else fields | {"types": tuple(fields["types"])}


@operation(body=EndpointChange, answer=Endpoint, null_is_absent=False)
def update_endpoint(context: Context, body: dict[str, Any], id: str) -> flask.Response:
    """Change an endpoint; what is not named stays. What still waits for it goes to where it is then."""
    return answer(update(context.world, id, body))


def update(world: World, id: str, changes: dict[str, Any]) -> Endpoint:
    """Change an endpoint; returns it."""
    fields = with_types(changes)
    if fields.get("active"):
        fields = fields | {"failures": 0, "mutes": 0, "muted_until": None, "disabled_reason": None}
    with world.atomic() as tx:
        stored = get_or_404(tx, id)
        endpoint = replace(stored, updated_at=tx.now, **restored(fields, stored))
        endpoints.put(tx, check(world, endpoint))
    return endpoint_dict(endpoint, tx.now)


def rotate(world: World, id: str) -> Endpoint:
    """Give an endpoint a new secret; returns it with the secret.

    The one before signs beside it for as long as the vendor's setting `rotation_grace_s` says, where it has one. Conflict for an
    endpoint whose secret is the text of the key that it belongs to.
    """
    with world.atomic() as tx:
        stored = get_or_404(tx, id)
        if signed_by_key(tx, world, stored):
            raise Conflict("This endpoint's secret is its key's own text; rotate the key.")
        grace_s = world.settings_of(stored.vendor).get("rotation_grace_s", 0)
        endpoint = stored.rotated(tx.ids.secret(48), tx.now, round(grace_s * 1000))
        endpoints.put(tx, endpoint)
    return {**endpoint_dict(endpoint, tx.now), "secret": endpoint.secret}


def signed_by_key(read: Read, world: World, endpoint: StoredEndpoint) -> bool:
    """Tell whether an endpoint is the callback URL of a key whose own text signs what goes there."""
    key = keys.get(read, endpoint.owner) if world.vendors[endpoint.vendor].key_signs else None
    return key is not None and callbacks.endpoint_id(key) == endpoint.id


@operation(status=204)
def delete_endpoint(context: Context, id: str) -> flask.Response:
    """Delete an endpoint; what still waited for it is dropped when it is due."""
    remove(context.world, id)
    return no_content()


def remove(world: World, id: str) -> None:
    """Delete an endpoint; NotFound when there is none."""
    with world.atomic() as tx:
        if not endpoints.delete(tx, id):
            raise NotFound(f"There is no endpoint {id!r}.")
