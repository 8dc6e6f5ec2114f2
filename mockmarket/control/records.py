"""Records of every vendor as they are stored, and the actions on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

import flask
from marshmallow import ValidationError

from mockmarket.api.answers import answer, joined, json_answer
from mockmarket.api.arguments import read_json
from mockmarket.api.operations import Plain
from mockmarket.api.schemas import schema_of
from mockmarket.control.base import ROW_NUMBER, Context, operation
from mockmarket.control.worlds import ActionName
from mockmarket.errors import Invalid, NotFound, details_of
from mockmarket.organiser import CORE
from mockmarket.records import Default, Range, open_ended
from mockmarket.store import records
from mockmarket.store.records import Condition, Kind
from mockmarket.vendor import Action as VendorAction
from mockmarket.worlds.world import World


@open_ended
class RecordQuery(TypedDict):
    """Which records to list; any column of the kind filters it: `?status=accepted`."""

    limit: Annotated[int, Default(50), Range(1, 1000)]
    offset: Annotated[int, Default(0), ROW_NUMBER]


class Records(TypedDict):
    """Records in the vendor's own fields, and how many there are in all."""

    total: int
    records: list[dict[str, Any]]


class ActionField(TypedDict):
    """One field of an action."""

    name: str
    required: bool


class Action(ActionName):
    """One action with its fields."""

    fields: list[ActionField]


class Actions(TypedDict):
    """A vendor's actions."""

    actions: list[Action]


def get_kind(world: World, vendor: str, name: str) -> Kind:
    """Return a kind of record; NotFound lists those that the vendor has."""
    owner = world.vendor(vendor)
    kind = owner.kind(name)
    if kind is None:
        raise NotFound(f"{vendor} has no records {name!r}; it has {', '.join(kind.name for kind in owner.kinds)}.")
    return kind


def actions_of(world: World, vendor: str) -> tuple[VendorAction, ...]:
    """Return a vendor's actions, or those of the `core`, which are everybody's."""
    return CORE if vendor == "core" else world.vendor(vendor).actions


def get_action(world: World, vendor: str, name: str) -> VendorAction:
    """Return an action; NotFound lists those that the vendor has."""
    actions = actions_of(world, vendor)
    action = next((action for action in actions if action.name == name), None)
    if action is None:
        known = ", ".join(action.name for action in actions)
        raise NotFound(f"{vendor} has no action {name!r}; it has {known}.")
    return action


def conditions(kind: Kind, query: Mapping[str, Any]) -> list[Condition]:
    """Return a query's filters by column; Invalid for one that the kind does not have."""
    names = [name for name in flask.request.args if name not in RecordQuery.__annotations__]  # in the order sent
    try:
        kind.check(names)
    except ValueError as error:
        raise Invalid(str(error)) from error
    return [(name, "=", query[name]) for name in names]


@operation(query=RecordQuery, answer=Records)
def list_records(context: Context, query: RecordQuery, vendor: str, kind: str) -> flask.Response:
    """List records in the order they were made, in the vendor's own fields, filtered by any column."""
    table, read = get_kind(context.world, vendor, kind), context.read()
    where = conditions(table, query)
    rows = records.page(read, table, where, [], query["limit"], query["offset"])
    return json_answer(b'{"total":%d,"records":%s}' % (records.count(read, table, where), joined(rows)))


@operation()
def get_record(context: Context, vendor: str, kind: str, id: str) -> flask.Response:
    """Return a record in the vendor's own fields."""
    record = records.get(context.read(), get_kind(context.world, vendor, kind), id)
    if record is None:
        raise NotFound(f"{vendor} has no {kind} {id!r}.")
    return answer(record)


@operation(answer=Actions)
def list_actions(context: Context, vendor: str) -> flask.Response:
    """List a vendor's actions: who does it, what it does, which fields it takes."""
    return answer(Actions(actions=[action_dict(action) for action in actions_of(context.world, vendor)]))


def action_dict(action: VendorAction) -> Action:
    """Describe an action."""
    fields: list[ActionField] = [
        {"name": field.data_key or name, "required": field.required}
        for name, field in schema_of(action.body, "body").fields.items()
    ]
    return {"name": action.name, "who": action.who, "does": action.help, "fields": fields}


@operation(body=Plain({"type": "object"}, description="What the action's fields say."))
def run_action(context: Context, vendor: str, name: str) -> flask.Response:
    """Carry out an action; answers the changed record."""
    action = get_action(context.world, vendor, name)
    try:
        body: dict[str, Any] = schema_of(action.body, "body").load(read_json(flask.request))
    except ValidationError as error:
        details = details_of(error)
        raise Invalid("; ".join(f"{field}: {message}" for field, message in details), details=details) from error
    return answer(action.run(context.world, body))
