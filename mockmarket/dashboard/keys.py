"""Keys of every vendor: made with scopes, allowlist, expiry and callback; changed, rotated, deleted. A secret is shown once."""

from __future__ import annotations

from typing import Any

import flask
from marshmallow import Schema, fields, validate

from mockmarket.api.context import current
from mockmarket.api.schemas import schema_class
from mockmarket.control import keys as control
from mockmarket.dashboard import forms, shell
from mockmarket.dashboard.shell import Page, Route
from mockmarket.store import keys
from mockmarket.vendor import Vendor

HIDDEN = ("owner", "kind")
"""Fields that only programs have a use for."""


def table() -> flask.Response:
    """Show every key, those of one vendor or all."""
    world = current().world
    vendor = flask.request.args.get("vendor", "")
    listed = keys.all(world.read(), vendor if vendor in world.vendors else None)
    return shell.page(
        "keys.html", title="Keys", keys=[control.key_dict(world, key) for key in listed], vendor=vendor, vendors=world.vendors,
        expired={key.id for key in listed if key.expires_at is not None and key.expires_at <= world.clock.now()},
    )  # fmt: skip


def new(vendor: str) -> flask.Response:
    """Show the form of a new key."""
    seller = current().world.vendor(vendor)
    return shell.page("key_new.html", title="New key", seller=seller, form=form_of(seller))


def create(vendor: str) -> flask.Response:
    """Make a key and show its secret, this once."""
    seller = current().world.vendor(vendor)
    try:
        given = forms.read(schema_of(seller, control.NewKey), **shape(seller))
        typed = forms.filled(form_of(seller), flask.request.form)
        made = forms.trying(typed, lambda: control.create_key.call(current(), given))
    except forms.Wrong as wrong:
        return shell.answer(
            "key_form.html", 422, to=shell.url("keys.create", vendor=vendor), label="Make the key", form=wrong.form
        )
    return shell.answer("key_made.html", key=made, seller=seller)


def schema_of(seller: Vendor, shape: Any) -> Schema:
    """Return a schema of keys whose scopes are those of a vendor, to be ticked."""
    scopes = fields.List(
        fields.String(validate=validate.OneOf([scope.name for scope in seller.api.scopes if scope.shown]))
    )
    return schema_class(shape, "body").from_dict({"scopes": scopes} if seller.api.scopes else {})()


def shape(seller: Vendor) -> dict[str, Any]:
    """Return what the form of a vendor's key leaves out and sends along, and what each scope allows."""
    return {
        "fixed": {"vendor": seller.name},
        "leave_out": (*HIDDEN, *(() if seller.api.scopes else ("scopes",))),
        "looks": {
            "scopes": {"labels": {scope.name: scope.help for scope in seller.api.scopes}},
            "name": {"required": True},
        },
    }


def form_of(seller: Vendor) -> forms.Form:
    """Return the form of a new key, every scope ticked."""
    every = [scope.name for scope in seller.api.scopes if scope.shown]
    return forms.of(schema_of(seller, control.NewKey), values={"scopes": every}, **shape(seller))


def one(id: str) -> flask.Response:
    """Show a key and the form that changes it."""
    world = current().world
    key = control.key_dict(world, control.get_or_404(world.read(), id))
    seller = world.vendors[key["vendor"]]
    return shell.page("key.html", title=key["name"], key=key, seller=seller, form=change_form(seller, key))


def change_form(seller: Vendor, key: control.Key) -> forms.Form:
    """Return the form that changes a key, filled with what it is."""
    values = {
        **{name: key[name] or "" for name in ("name", "description", "callback_url", "expires_at")},
        "scopes": key["scopes"], "ip_allowlist": ", ".join(key["ip_allowlist"]),
    }  # fmt: skip
    return forms.of(change_schema(seller), values=values, **shape(seller))


def change_schema(seller: Vendor) -> Schema:
    """Return the schema of a key's change by its form, which has a name always."""
    schema = schema_of(seller, control.KeyChange)
    schema.fields["name"].required = True
    return schema


def change(id: str) -> flask.Response:
    """Change a key; an input that was emptied takes away what it held."""
    world = current().world
    key = control.key_dict(world, control.get_or_404(world.read(), id))
    seller = world.vendors[key["vendor"]]
    try:
        given = emptied(seller) | forms.read(change_schema(seller), **shape(seller))
        typed = forms.filled(change_form(seller, key), flask.request.form)
        made = forms.trying(typed, lambda: control.update_key.call(current(), given, id))
    except forms.Wrong as wrong:
        return shell.answer("key_form.html", 422, to=shell.url("keys.change", id=id), label="Change", form=wrong.form)
    if "callback_secret" in made:
        return shell.answer("key_made.html", key=made, seller=seller)
    return shell.done("The key was changed.", shell.url("keys.one", id=id))


EMPTY: dict[str, Any] = {"description": "", "callback_url": None, "expires_at": None, "ip_allowlist": ()}
"""What a key has where its form has nothing."""


def emptied(seller: Vendor) -> dict[str, Any]:
    """Return what was taken away: what a form does not send would stay."""
    nothing = EMPTY | ({"scopes": []} if seller.api.scopes else {})
    return {name: value for name, value in nothing.items() if not flask.request.form.get(name)}


def rotate(id: str) -> flask.Response:
    """Give a key a new secret and show it, this once."""
    made = control.rotate_key.call(current(), id)
    return shell.answer("key_made.html", key=made, seller=current().world.vendors[made["vendor"]])


def remove(id: str) -> flask.Response:
    """Delete a key."""
    control.delete_key.call(current(), id)
    return shell.done("The key was deleted.", shell.url("keys.table"))


PAGE = Page("keys", "Keys", "k", (
    Route("keys", table), Route("keys/new/<string:vendor>", new), Route("keys/new/<string:vendor>", create, "POST"),
    Route("keys/id/<string:id>", one), Route("keys/id/<string:id>", change, "POST"),
    Route("keys/id/<string:id>/rotate", rotate, "POST"), Route("keys/id/<string:id>/remove", remove, "POST"),
))  # fmt: skip
