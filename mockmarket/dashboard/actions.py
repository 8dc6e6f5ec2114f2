"""Actions: what buyers, brokers, organisers and admins do that a vendor's API has no call for, each with the form of its schema."""

from __future__ import annotations

from typing import Any

import flask
from marshmallow import Schema

from mockmarket.api.context import current
from mockmarket.api.schemas import schema_of
from mockmarket.control.records import actions_of, get_action
from mockmarket.dashboard import forms, shell
from mockmarket.dashboard.links import order_links
from mockmarket.dashboard.shell import Page, Route
from mockmarket.dashboard.stock import asked_by
from mockmarket.dashboard.suggestions import offers
from mockmarket.vendor import Action


def show() -> flask.Response:
    """Show every vendor's actions, and those of the core, which concern every vendor."""
    groups = [
        (name, actions_of(current().world, name))
        for name in (*current().world.vendors, "core")
        if actions_of(current().world, name)
    ]
    return shell.page("acts.html", title="Actions", there=groups)


def one(vendor: str, action: str) -> flask.Response:
    """Show the form of one action."""
    entry = get_action(current().world, vendor, action)
    form = forms.of(asked(vendor, entry), looks=looks(vendor, entry))
    return shell.page(
        "act.html", title=forms.label_of(action), vendor=vendor, action=entry, label=forms.label_of(action), form=form
    )


def do(vendor: str, action: str) -> flask.Response:
    """Carry an action out and show the record as it is then; what is wrong stays at its form."""
    world, found = current().world, get_action(current().world, vendor, action)
    label, schema, looked = forms.label_of(action), asked(vendor, found), looks(vendor, found)
    try:
        given = forms.read(schema, looks=looked)
        typed = forms.filled(forms.of(schema, looks=looked), flask.request.form)
        made = forms.trying(typed, lambda: found.run(world, given))
    except forms.Wrong as wrong:
        return shell.answer("act_form.html", 422, vendor=vendor, action=found, label=label, form=wrong.form)
    return shell.answer(
        "act_done.html", vendor=vendor, action=found, label=label, made=made, order=order_of(vendor, made)
    )


def asked(vendor: str, action: Action) -> Schema:
    """Return what an action asks, as a form can ask it."""
    return asked_by(action.name) if vendor == "core" else schema_of(action.body, "body")


def looks(vendor: str, action: Action) -> dict[str, dict[str, Any]]:
    """Return what the inputs offer: the ids of the vendor's records; the core's actions name nobody's."""
    seller = current().world.vendors.get(vendor)
    return offers(seller, schema_of(action.body, "body")) if seller else {}


def order_of(vendor: str, made: Any) -> str:
    """Return the page of the order that an action gave back, or nothing when it gave back something else."""
    seller = current().world.vendors.get(vendor)
    id = (
        made.get(seller.records.orders.kind.id) if seller and seller.records.orders and isinstance(made, dict) else None
    )
    return order_links(current().world, [(vendor, str(id))]).get((vendor, str(id)), "") if id else ""


PAGE = Page("actions", "Actions", "a", (
    Route("actions", show), Route("actions/<string:vendor>/<string:action>", one),
    Route("actions/<string:vendor>/<string:action>", do, "POST"),
))  # fmt: skip
