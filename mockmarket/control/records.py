"""Records of every vendor as they are stored, and the actions on them."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.api import web
from mockmarket.api.schemas import schema_of
from mockmarket.control import answers
from mockmarket.control.speech import ROW_NUMBER, blueprint
from mockmarket.errors import Invalid, NotFound, details_of
from mockmarket.organiser import CORE
from mockmarket.store import records
from mockmarket.store.records import Condition, Kind
from mockmarket.vendor import Action, Vendor

blp = blueprint("records", "Records and actions")


class RecordQuery(Schema):
    """Which records to list; any column of the kind filters it: `?status=accepted`."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 1000))
    offset = fields.Integer(load_default=0, validate=ROW_NUMBER)


def vendor_found(name: str) -> Vendor:
    """Return a vendor; NotFound lists those that there are."""
    return web.world().vendor(name)


def kind_found(vendor: str, name: str) -> Kind:
    """Return a kind of record; NotFound lists those that the vendor has."""
    kind = vendor_found(vendor).kind(name)
    if kind is None:
        raise NotFound(
            f"{vendor} has no records {name!r}; it has {', '.join(one.name for one in vendor_found(vendor).kinds)}."
        )
    return kind


def actions_of(vendor: str) -> tuple[Action, ...]:
    """Return a vendor's actions, or those of the `core`, which are everybody's."""
    return CORE if vendor == "core" else vendor_found(vendor).actions


def action_found(vendor: str, name: str) -> Action:
    """Return an action; NotFound lists those that the vendor has."""
    action = next((one for one in actions_of(vendor) if one.name == name), None)
    if action is None:
        raise NotFound(f"{vendor} has no action {name!r}; it has {', '.join(one.name for one in actions_of(vendor))}.")
    return action


def filters(kind: Kind) -> list[Condition]:
    """Read the query's filters by column; Invalid for one that the kind does not have."""
    given = [(name, value) for name, value in flask.request.args.items() if name not in ("limit", "offset")]
    try:
        kind.check(name for name, _ in given)
    except ValueError as error:
        raise Invalid(str(error)) from error
    return [(name, "=", value) for name, value in given]


@blp.route("/records/<string:vendor>/<string:kind>")
class Records(MethodView):
    """A vendor's records of one kind."""

    @blp.arguments(RecordQuery(), location="query", strict=False)
    @blp.response(200, answers.Records)
    def get(self, query: dict[str, Any], vendor: str, kind: str) -> flask.Response:
        """List records in the order they were made, in the vendor's own fields, filtered by any column."""
        table, read = kind_found(vendor, kind), web.world().read()
        where = filters(table)
        rows = records.page(read, table, where, [], query["limit"], query["offset"])
        total = records.count(read, table, where)
        return web.json_answer(b'{"total":%d,"records":%s}' % (total, web.joined(rows)))


@blp.route("/records/<string:vendor>/<string:kind>/<string:id>")
class OneRecord(MethodView):
    """One record."""

    @blp.response(200)
    def get(self, vendor: str, kind: str, id: str) -> flask.Response:
        """Return a record in the vendor's own fields."""
        record = records.get(web.world().read(), kind_found(vendor, kind), id)
        if record is None:
            raise NotFound(f"{vendor} has no {kind} {id!r}.")
        return web.answer(record)


@blp.route("/<string:vendor>/actions")
class Actions(MethodView):
    """What can be done besides the vendor's API."""

    @blp.response(200, answers.Actions)
    def get(self, vendor: str) -> flask.Response:
        """List a vendor's actions: who does it, what it does, which fields it takes."""
        return web.answer({"actions": [action_dict(action) for action in actions_of(vendor)]})


def action_dict(action: Action) -> dict[str, Any]:
    """Describe an action."""
    shape = [
        {"name": field.data_key or name, "required": field.required}
        for name, field in schema_of(action.body, "body").fields.items()
    ]
    return {"name": action.name, "who": action.who, "does": action.help, "fields": shape}


@blp.route("/<string:vendor>/actions/<string:name>")
class OneAction(MethodView):
    """One action carried out."""

    @blp.response(200)
    def post(self, vendor: str, name: str) -> flask.Response:
        """Carry out an action; answers the changed record."""
        action = action_found(vendor, name)
        try:
            given: dict[str, Any] = schema_of(action.body, "body").load(web.read_json(flask.request))
        except ValidationError as error:
            details = details_of(error)
            raise Invalid("; ".join(f"{field}: {words}" for field, words in details), details=details) from error
        return web.answer(action.run(web.world(), given))
