"""Faults: which are on and how often each was applied; every fault there is, with the form that turns it on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import flask
from marshmallow import Schema, fields, validate

from mockmarket.api.context import current
from mockmarket.dashboard import forms, shell
from mockmarket.dashboard.shell import Page, Route
from mockmarket.errors import Invalid, NotFound
from mockmarket.faults.active.operations import operations
from mockmarket.faults.active.reading import CHOSEN_BY
from mockmarket.faults.base import Fault, Parameter, catalogue
from mockmarket.store import endpoints, keys

HELP = {
    "vendor": "Every vendor when left empty.",
    "operation": "Method and path under the base URL: GET /orders/{id}. Every one when left empty.",
    "key": "Requests made with this key: its id or name. Every key when left empty.",
    "endpoint": "Deliveries to this endpoint. Every one when left empty.",
    "notice": "Deliveries of this type of notice. Every one when left empty.",
    "times": "How often it applies; always when left empty.",
    "probability": "Above 0, at most 1; each time when left empty.",
}
MOST_NAMES = 12
KINDS = {"requests": "Requests", "deliveries": "Deliveries"}


def show() -> flask.Response:
    """Show what is on, and what there is."""
    there = [(title, [fault for fault in catalogue().values() if fault.of == kind]) for kind, title in KINDS.items()]
    return shell.page("faults.html", title="Faults", on=current().world.faults.all(), there=there)


def new(name: str) -> flask.Response:
    """Show the form of one fault."""
    fault = fault_found(name)
    return shell.page("fault_new.html", title=fault.name, fault=fault, form=form_of(fault))


def turn_on(name: str) -> flask.Response:
    """Turn a fault on."""
    fault, board = fault_found(name), current().world.faults
    try:
        given = forms.read(schema_of(fault), looks=looks())
        typed = forms.filled(form_of(fault), flask.request.form)
        forms.trying(typed, lambda: added(board, fault, given))
    except forms.Wrong as wrong:
        return shell.answer("fault_form.html", 422, fault=fault, form=wrong.form)
    return shell.done(f"{fault.name} is on.", shell.url("faults.show"))


def added(board: Any, fault: Fault, given: Mapping[str, Any]) -> None:
    """Turn a fault on; where there are many names, the nearest to a wrong one are told."""
    chosen = {name: value for name, value in given.items() if name not in fault.parameters}
    parameters = {name: value for name, value in given.items() if name in fault.parameters}
    try:
        board.add({"fault": fault.name, **chosen, "with": parameters})
    except Invalid as wrong:
        details = [(name, nearest(words, str(given.get(name.rpartition(".")[2])))) for name, words in wrong.details]
        raise Invalid(wrong.message, details=details) from wrong


def nearest(words: str, name: str) -> str:
    """Return a complaint about a name with no more than `MOST_NAMES` of those that there are, the nearest to it."""
    said, mark, there = words.partition("; there are ")
    names = there.split(", ")
    if not mark or len(names) <= MOST_NAMES:
        return words
    near = get_close_matches(name, names, MOST_NAMES, 0.3) or names[:MOST_NAMES]
    return f"{said}; the nearest of {len(names)} are {', '.join(near)}"


def turn_off(id: str) -> flask.Response:
    """Turn a fault off."""
    current().world.faults.remove(id)
    return shell.done("The fault is off.", shell.url("faults.show"))


def clear() -> flask.Response:
    """Turn every fault off."""
    current().world.faults.clear()
    return shell.done("Every fault is off.", shell.url("faults.show"))


def fault_found(name: str) -> Fault:
    """Return a fault; NotFound when there is none of this name."""
    if name not in catalogue():
        raise NotFound(f"There is no fault {name!r}; there are {', '.join(catalogue())}.")
    return catalogue()[name]


def schema_of(fault: Fault) -> Schema:
    """Return what turning a fault on asks: its parameters, what it is for, how often."""
    parameters = {name: parameter_field(one) for name, one in fault.parameters.items()}
    chosen = {name: chooser(name) for name in CHOSEN_BY[fault.of]}
    often: dict[str, fields.Field[Any]] = {
        "times": fields.Integer(validate=validate.Range(1), metadata={"description": HELP["times"]}),
        "probability": fields.Float(validate=validate.Range(0, 1), metadata={"description": HELP["probability"]}),
    }
    return Schema.from_dict({**parameters, **chosen, **often})()


def form_of(fault: Fault) -> forms.Form:
    """Return the form that turns a fault on."""
    return forms.of(schema_of(fault), looks=looks())


def looks() -> dict[str, dict[str, Any]]:
    """Return what helps to choose: vendors by title, endpoints by URL, and the operations, keys and notices that there are."""
    world = current().world
    read, vendors = world.read(), world.vendors.values()
    return {
        "vendor": {"labels": {vendor.name: vendor.title for vendor in vendors}},
        "endpoint": {
            "labels": {endpoint.id: f"{endpoint.vendor} {endpoint.url}" for endpoint in endpoints.all(read, None)}
        },
        "operation": suggesting(name for vendor in vendors for name in operations(vendor)),
        "key": suggesting(key.name for key in keys.all(read, None) if key.name),
        "notice": suggesting(notice.name for vendor in vendors for notice in vendor.webhooks.notices),
    }


def suggesting(names: Iterable[str]) -> dict[str, Any]:
    """Return the look of an input with suggestions, each once."""
    return {"suggestions": tuple(dict.fromkeys(names))}


def parameter_field(one: Parameter) -> fields.Field[Any]:
    """Return a parameter as a field, filled with its default."""
    more: dict[str, Any] = {"load_default": one.default, "metadata": {"description": one.help}}
    if one.choices is not None:
        return fields.String(validate=validate.OneOf(one.choices), **more)
    if isinstance(one.default, str):
        return fields.String(validate=validate.Length(max=one.longest), **more)
    bounds = validate.Range(one.least, one.most)
    return (
        fields.Integer(validate=bounds, **more)
        if isinstance(one.default, int)
        else fields.Float(validate=bounds, **more)
    )


def chooser(name: str) -> fields.Field[Any]:
    """Return the field of what a fault can be for."""
    world = current().world
    if name == "vendor":
        return fields.String(validate=validate.OneOf(list(world.vendors)), metadata={"description": HELP[name]})
    if name == "endpoint":
        ids = [endpoint.id for endpoint in endpoints.all(world.read(), None)]
        return fields.String(validate=validate.OneOf(ids), metadata={"description": HELP[name]})
    return fields.String(metadata={"description": HELP[name]})


PAGE = Page("faults", "Faults", "f", (
    Route("faults", show), Route("faults/new/<string:name>", new), Route("faults/new/<string:name>", turn_on, "POST"),
    Route("faults/off/<string:id>", turn_off, "POST"), Route("faults/off", clear, "POST"),
))  # fmt: skip
