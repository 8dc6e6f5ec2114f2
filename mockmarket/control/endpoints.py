"""Endpoints of every vendor: created, listed with their health, changed, deleted. A secret is shown once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Annotated, NotRequired, TypedDict

from mockmarket.control import base
from mockmarket.control.base import Context, VendorQuery, operation
from mockmarket.control.keys import Url
from mockmarket.errors import Conflict, Invalid
from mockmarket.records import Body, Create, Length, Rows, Update
from mockmarket.records.formats import Time
from mockmarket.records.views import From, view
from mockmarket.store import Read, endpoints, keys
from mockmarket.store.endpoints import Endpoint as StoredEndpoint
from mockmarket.store.records import Record
from mockmarket.webhooks import client_cert, own_headers, targets
from mockmarket.worlds.world import World

HEADERS = "Sent with every webhook in addition to the vendor's own: `Name: value,Name: value`."
BASIC = "`user:password`, sent as `Authorization: Basic`; empty for none."


CLIENT_CERT = (
    "Certificate and its private key (PEM), shown to a receiver at an https URL that asks for one; empty for none."
)


class Endpoint(TypedDict):
    """One endpoint; `secret` is included only when it is created, `warnings` when it is created or changed."""

    id: str
    vendor: Annotated[str, Body(required=True, update=False)]
    owner: Annotated[str, Length(most=200), Body()]
    url: Annotated[str, Body(required=True, type=Url)]
    types: Annotated[list[str] | None, Body()]
    headers: Annotated[str, Length(most=10_000), Body(), From(write=own_headers.redact_text), HEADERS]
    basic_auth: Annotated[str, Length(most=1_000), Body(), From(write=own_headers.redact_credentials), BASIC]
    client_cert: Annotated[str, Length(most=20_000), Body(), From(write=client_cert.redact_key), CLIENT_CERT]
    state: str
    failures: int
    mutes: int
    muted_until: Time
    disabled_reason: str | None
    secret_hint: str
    created_at: Time
    updated_at: Time
    data: Annotated[Record, Body()]
    secret: NotRequired[Annotated[str, Length(1, 200), Body()]]
    warnings: NotRequired[Annotated[list[str], "What of it cannot work at a receiver that is right."]]


Activity = TypedDict("Activity", {"active": NotRequired[bool]})  # true also clears its failures and mutes
NewEndpoint = Create(Endpoint, (Activity,))
"""A new endpoint; without types it receives every notice, without a secret one is generated."""
EndpointChange = Update(Endpoint, (Activity,))
get_or_404 = partial(base.get_or_404, endpoints.get, "endpoint")
SHOWN_REDACTED = {
    "headers": own_headers.restored,
    "basic_auth": own_headers.restored_credentials,
    "client_cert": client_cert.restored_key,
}


def endpoint_dict(endpoint: StoredEndpoint, now: int) -> Endpoint:
    """Describe an endpoint with its health, a hint of its secret, and its headers and certificate with credentials redacted."""
    hint = f"…{endpoint.secret[-4:]}" if len(endpoint.secret) > 8 else "…"
    return view(Endpoint, endpoint, state=endpoint.state(now), secret_hint=hint)


def check(world: World, endpoint: StoredEndpoint) -> StoredEndpoint:
    """Return an endpoint that its vendor can send to; Invalid says what to change."""
    vendor = world.vendors[endpoint.vendor]
    if unknown := [type for type in endpoint.types or () if vendor.webhooks.notice(type) is None]:
        known = ", ".join(notice.name for notice in vendor.webhooks.notices)
        words = f"{vendor.name} has no notice {', '.join(unknown)}; it has {known}."
        raise Invalid(words, details=[("types", "unknown notice")])
    with blamed_on("url"):
        targets.check_url(endpoint.url, bool(world.settings_of(vendor.name).get("require_https")))
    wrong = list(own_headers.problems(endpoint.headers, endpoint.basic_auth, vendor.webhooks.headers.reserved))
    wrong += [("client_cert", words) for words in client_cert.problems(endpoint.client_cert, endpoint.url)]
    if wrong:
        raise Invalid("; ".join(f"{field}: {words}" for field, words in wrong), details=wrong)
    return endpoint


@contextmanager
def blamed_on(field: str) -> Iterator[None]:
    """Turn a check's ValueError into Invalid for a field."""
    try:
        yield
    except ValueError as error:
        raise Invalid(str(error), details=[(field, str(error))]) from error


def restored(fields: Record, stored: StoredEndpoint | None = None) -> Record:
    """Return fields with each submitted `(redacted)` replaced by the stored value; Invalid when there is none."""
    values = {**fields, "types": tuple(fields["types"])} if fields.get("types") is not None else dict(fields)
    for field, put_back in SHOWN_REDACTED.items():
        if field in fields:
            with blamed_on(field):
                values[field] = put_back(fields[field], getattr(stored, field) if stored else "")
    return values


@operation(query=VendorQuery, answer=Rows("Endpoints", Endpoint))
def list_endpoints(context: Context, query: VendorQuery) -> dict[str, list[Endpoint]]:
    """List the endpoints of one vendor or all, with their health."""
    read = context.read()
    return {"endpoints": [endpoint_dict(endpoint, read.now) for endpoint in endpoints.all(read, query["vendor"])]}


@operation(body=NewEndpoint, answer=Endpoint, status=201)
def create_endpoint(context: Context, body: Record) -> Endpoint:
    """Create an endpoint; its secret is shown in this answer only."""
    context.world.vendor(body["vendor"])
    fields = restored(body)
    with context.world.atomic() as tx:
        fields.setdefault("secret", tx.ids.secret(48))
        endpoint = StoredEndpoint(id=f"end_{tx.ids.text(12)}", created_at=tx.now, updated_at=tx.now, **fields)
        endpoints.put(tx, check(context.world, endpoint))
        warnings = _warnings(context.world, tx, endpoint)
    return {**endpoint_dict(endpoint, tx.now), "secret": endpoint.secret, "warnings": warnings}


@operation(body=EndpointChange, answer=Endpoint, null_is_absent=False)
def update_endpoint(context: Context, body: Record, id: str) -> Endpoint:
    """Change an endpoint; omitted fields stay unchanged. Pending deliveries go to its new URL."""
    if body.get("active"):
        body = body | {"failures": 0, "mutes": 0, "muted_until": None, "disabled_reason": None}
    with context.world.atomic() as tx:
        stored = get_or_404(tx, id)
        endpoint = replace(stored, updated_at=tx.now, **restored(body, stored))
        endpoints.put(tx, check(context.world, endpoint))
        warnings = _warnings(context.world, tx, endpoint)
    return {**endpoint_dict(endpoint, tx.now), "warnings": warnings}


def _warnings(world: World, read: Read, endpoint: StoredEndpoint) -> list[str]:
    return [*world.vendors[endpoint.vendor].webhooks.warnings(read, endpoint)]


def rotate(world: World, id: str) -> Endpoint:
    """Give an endpoint a new secret and return it. The previous one signs too for the vendor's `rotation_grace_s`.
    Conflict for an endpoint whose secret is the text of its key."""
    with world.atomic() as tx:
        stored = get_or_404(tx, id)
        if signed_by_key(tx, world, stored):
            raise Conflict("This endpoint's secret is its key's own text; rotate the key.")
        grace_s = world.settings_of(stored.vendor).get("rotation_grace_s", 0)
        endpoint = stored.rotated(tx.ids.secret(48), tx.now, round(grace_s * 1000))
        endpoints.put(tx, endpoint)
    return {**endpoint_dict(endpoint, tx.now), "secret": endpoint.secret}


def signed_by_key(read: Read, world: World, endpoint: StoredEndpoint) -> bool:
    """Return whether an endpoint is the callback URL of a key whose own text signs its webhooks."""
    key = keys.get(read, endpoint.owner) if world.vendors[endpoint.vendor].webhooks.key_signs else None
    return key is not None and keys.callback_endpoint(key) == endpoint.id


@operation(status=204)
def delete_endpoint(context: Context, id: str) -> None:
    """Delete an endpoint; its pending deliveries are dropped when they are due."""
    with context.world.atomic() as tx:
        get_or_404(tx, id)
        endpoints.delete(tx, id)
