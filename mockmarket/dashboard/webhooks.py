"""Webhooks: the endpoints of every vendor with their health; made, changed, woken, rotated, tried out, deleted. A secret is shown once."""

from __future__ import annotations

from typing import Any, TypedDict

import flask
from marshmallow import Schema, fields, validate

from mockmarket.api.context import current
from mockmarket.api.schemas import schema_class
from mockmarket.control import deliveries as sending
from mockmarket.control import endpoints as control
from mockmarket.dashboard import deliveries, forms, shell
from mockmarket.dashboard.shell import Page, Route
from mockmarket.delivery.delivery import secrets_of
from mockmarket.store import endpoints, history, keys
from mockmarket.store.endpoints import Endpoint
from mockmarket.vendor import Vendor
from mockmarket.webhooks import own_headers
from mockmarket.worlds.world import World

SHOWN = 25
"""How many of an endpoint's deliveries stand on its page."""
MOST = 10_000
FIRST = ("url", "secret", "types")
"""What the form of an endpoint asks first."""
HELP = {
    "types": "None ticked: every type that there is.",
    "owner": "Whose it is in the vendor's words, such as an account; most vendors need none.",
    "headers": "Sent with every webhook beside the vendor's own: Name: value,Name: value.",
    "basic_auth": "user:password, sent as Authorization: Basic.",
    "secret": "What signs; minted when left empty.",
    "data": "The vendor's own, as JSON.",
}


def table() -> flask.Response:
    """Show every endpoint with its health, those of one vendor or all."""
    world = current().world
    vendor = flask.request.args.get("vendor", "")
    read = world.read()
    listed = endpoints.all(read, vendor if vendor in world.vendors else None)
    waiting = history.spread(read, "endpoint", {"state": "pending"}, MOST)
    return shell.page("hooks.html", title="Webhooks", view="table", vendor=vendor, vendors=tuple(world.vendors.values()),
                      rows=[(control.endpoint_dict(endpoint, read.now), waiting.get(endpoint.id, 0)) for endpoint in listed])  # fmt: skip


def new(vendor: str) -> flask.Response:
    """Show the form of a new endpoint."""
    seller = current().world.vendor(vendor)
    return shell.page(
        "hook_new.html",
        title="New endpoint",
        seller=seller,
        form=forms.of(schema_of(seller, control.NewEndpoint), **shape(seller)),
    )


def create(vendor: str) -> flask.Response:
    """Make an endpoint and show its secret, this once."""
    seller = current().world.vendor(vendor)
    schema = schema_of(seller, control.NewEndpoint)
    try:
        given = forms.read(schema, **shape(seller))
        typed = forms.filled(forms.of(schema, **shape(seller)), flask.request.form)
        made = forms.trying(typed, lambda: control.create_endpoint.call(current(), given))
    except forms.Wrong as wrong:
        to = shell.url("webhooks.create", vendor=vendor)
        return shell.answer("hook_form.html", 422, to=to, label="Make the endpoint", form=wrong.form)
    return shell.answer("hook_made.html", hook=made, seller=seller)


def schema_of(seller: Vendor, shape: Any) -> Schema:
    """Return a schema of endpoints whose types are those of a vendor, to be ticked, with what to say of each field."""
    types = fields.List(
        fields.String(validate=validate.OneOf([notice.name for notice in seller.webhooks.notices])),
        metadata={"description": HELP["types"]},
    )
    made = schema_class(shape, "body").from_dict({"types": types})
    schema = made(only=(*FIRST, *(name for name in made().fields if name not in FIRST)))
    for name, words in HELP.items():
        schema.fields[name].metadata = {**schema.fields[name].metadata, "description": words}
    return schema


def shape(seller: Vendor) -> dict[str, Any]:
    """Return what the form of a vendor's endpoint sends along and leaves out: waking it is a button of its own."""
    return {"fixed": {"vendor": seller.name}, "leave_out": ("active",)}


def one(id: str) -> flask.Response:
    """Show an endpoint: its health, the form that changes it, what was sent to it."""
    return shell.page("hook.html", **values(current().world, id))


def values(world: World, id: str) -> dict[str, Any]:
    """Return what an endpoint's page shows; NotFound when there is none."""
    read = world.read()
    endpoint = control.get_or_404(read, id)
    seller = world.vendors[endpoint.vendor]
    key = keys.get(read, endpoint.owner)
    grace = endpoint.old_secrets[-1][1] if len(secrets_of(world, endpoint, read.now)) > 1 else None
    return {
        "title": "Endpoint", "hook": control.endpoint_dict(endpoint, read.now), "seller": seller, "grace": grace,
        "grace_s": world.settings_of(seller.name).get("rotation_grace_s", 0),
        "key": key if key and keys.callback_endpoint(key) == id else None, "signed_by_key": control.signed_by_key(read, world, endpoint),
        "form": change_form(seller, endpoint), "trial": forms.of(trial_of(seller), fixed={"endpoint": id}),
        "rows": deliveries.rows_of(world, history.deliveries(read, {"endpoint": id}, SHOWN)),
        "states": history.spread(read, "state", {"endpoint": id}, MOST),
    }  # fmt: skip


def change_form(seller: Vendor, there: Endpoint) -> forms.Form:
    """Return the form that changes an endpoint, filled with what it is; its secret is not shown."""
    given = {
        "url": there.url, "owner": there.owner, "headers": own_headers.shown_text(there.headers),
        "basic_auth": own_headers.shown_credentials(there.basic_auth), "types": there.types or (),
        "data": forms.typed(there.data, "json"),
    }  # fmt: skip
    return forms.of(schema_of(seller, control.EndpointChange), values=given, leave_out=("active", "secret"))


def change(id: str) -> flask.Response:
    """Change an endpoint; what was emptied is taken away."""
    world = current().world
    endpoint = control.get_or_404(world.read(), id)
    seller = world.vendors[endpoint.vendor]
    emptied: dict[str, Any] = {"owner": "", "headers": "", "basic_auth": "", "types": None, "data": {}}
    try:
        given = forms.read(schema_of(seller, control.EndpointChange), leave_out=("active", "secret"))
        typed = forms.filled(change_form(seller, endpoint), flask.request.form)
        forms.trying(typed, lambda: control.update_endpoint.call(current(), emptied | given, id))
    except forms.Wrong as wrong:
        return shell.answer(
            "hook_form.html", 422, to=shell.url("webhooks.change", id=id), label="Change", form=wrong.form
        )
    return shell.done("The endpoint was changed.", shell.url("webhooks.one", id=id))


def wake(id: str) -> flask.Response:
    """Make an endpoint active again, its failures and mutes forgotten."""
    control.update_endpoint.call(current(), {"active": True}, id)
    return shell.done("The endpoint is active.", shell.url("webhooks.one", id=id))


def rest(id: str) -> flask.Response:
    """Switch an endpoint off: what is made for it from now on is dropped."""
    control.update_endpoint.call(current(), {"active": False, "disabled_reason": "Switched off by hand."}, id)
    return shell.done("The endpoint is off.", shell.url("webhooks.one", id=id))


def rotate(id: str) -> flask.Response:
    """Give an endpoint a new secret and show it, this once."""
    made = control.rotate(current().world, id)
    return shell.answer("hook_made.html", hook=made, seller=current().world.vendors[made["vendor"]])


class NoticeName(TypedDict):
    """Which notice."""

    notice: str


class Trial(NoticeName, sending.TriggerBody):
    """A notice that is sent by hand: which, about which record, with what changed in its body, how often."""


def trial_of(seller: Vendor) -> Schema:
    """Return what sending a notice by hand asks, of a vendor's own notices."""
    among = validate.OneOf([notice.name for notice in seller.webhooks.notices])
    return schema_class(Trial, "body").from_dict({"notice": fields.String(required=True, validate=among)})()


def send(id: str) -> flask.Response:
    """Make a notice by hand for one endpoint."""
    world = current().world
    seller = world.vendors[control.get_or_404(world.read(), id).vendor]
    try:
        given = forms.read(trial_of(seller), fixed={"endpoint": id})
        typed = forms.filled(forms.of(trial_of(seller), fixed={"endpoint": id}), flask.request.form)
        notice = given.pop("notice")
        forms.trying(typed, lambda: sending.trigger_notice.call(current(), given, seller.name, notice))
    except forms.Wrong as wrong:
        return shell.answer(
            "hook_form.html", 422, to=shell.url("webhooks.send", id=id), label="Send it", form=wrong.form
        )
    return shell.done(f"{notice} is on its way.", shell.url("webhooks.one", id=id))


def remove(id: str) -> flask.Response:
    """Delete an endpoint."""
    control.delete_endpoint.call(current(), id)
    return shell.done("The endpoint was deleted.", shell.url("webhooks.table"))


PAGE = Page("webhooks", "Webhooks", "h", (
    Route("webhooks", table), Route("webhooks/deliveries", deliveries.deliveries),
    Route("webhooks/new/<string:vendor>", new), Route("webhooks/new/<string:vendor>", create, "POST"),
    Route("webhooks/endpoint/<string:id>", one), Route("webhooks/endpoint/<string:id>", change, "POST"),
    Route("webhooks/endpoint/<string:id>/wake", wake, "POST"), Route("webhooks/endpoint/<string:id>/rest", rest, "POST"),
    Route("webhooks/endpoint/<string:id>/rotate", rotate, "POST"), Route("webhooks/endpoint/<string:id>/send", send, "POST"),
    Route("webhooks/endpoint/<string:id>/remove", remove, "POST"),
    Route("webhooks/delivery/<string:id>", deliveries.delivery), Route("webhooks/delivery/<string:id>/resend", deliveries.resend, "POST"),
    Route("webhooks/delivery/<string:id>/<int:place>/<string:what>", deliveries.raw),
))  # fmt: skip
