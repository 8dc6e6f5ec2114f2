"""Records of every vendor as stored, and the actions on them."""

from collections.abc import Mapping
from typing import Annotated, TypedDict

import flask

from mockmarket.api.arguments import load
from mockmarket.api.bodies import answer, joined, json_answer, read_json
from mockmarket.api.operations import Plain
from mockmarket.api.schemas import schema_of
from mockmarket.control.base import ROW_NUMBER, Context, named, operation
from mockmarket.control.worlds import ActionName
from mockmarket.errors import Invalid
from mockmarket.organiser import CORE
from mockmarket.records import Default, Range, Rows, open_ended
from mockmarket.records.views import view
from mockmarket.store import records
from mockmarket.store.records import Condition, Kind, Record
from mockmarket.vendor import Action as VendorAction
from mockmarket.worlds.world import World


@open_ended
class RecordQuery(TypedDict):
    """The page of records to list; any column of the kind is a filter: `?status=accepted`."""

    limit: Annotated[int, Default(50), Range(1, 1000)]
    offset: Annotated[int, Default(0), ROW_NUMBER]


Records = TypedDict("Records", {"total": int, "records": list[Record]})  # the total number, and a page
ActionField = TypedDict("ActionField", {"name": str, "required": bool})


class Action(ActionName):
    """One action with its fields."""

    fields: list[ActionField]


def actions_of(world: World, vendor: str) -> tuple[VendorAction, ...]:
    """Return a vendor's actions, or those of the `core`, which all vendors share."""
    return CORE if vendor == "core" else world.vendor(vendor).world.actions


def get_action(world: World, vendor: str, name: str) -> VendorAction:
    """Return an action; NotFound lists the vendor's actions."""
    return named(actions_of(world, vendor), name, vendor, "action")


def conditions(kind: Kind, query: Mapping[str, object]) -> list[Condition]:
    """Return a query's filters by column; Invalid for an unknown column."""
    names = [name for name in flask.request.args if name not in RecordQuery.__annotations__]  # in the order sent
    try:
        kind.check(names)
    except ValueError as error:
        raise Invalid(str(error)) from error
    return [(name, "=", query[name]) for name in names]


@operation(query=RecordQuery, answer=Records)
def list_records(context: Context, query: RecordQuery, vendor: str, kind: str) -> flask.Response:
    """List records in order of creation, in the vendor's own fields, filtered by any column."""
    table, read = named(context.world.vendor(vendor).records.kinds, kind, vendor, "records"), context.read()
    where = conditions(table, query)
    rows = records.page(read, table, where, [], query["limit"], query["offset"])
    return json_answer(b'{"total":%d,"records":%s}' % (records.count(read, table, where), joined(rows)))


@operation()
def get_record(context: Context, vendor: str, kind: str, id: str) -> Record:
    """Return a record in the vendor's own fields."""
    table = named(context.world.vendor(vendor).records.kinds, kind, vendor, "records")
    return records.get_or_404(context.read(), table, id, f"{vendor} has no {kind} {{id!r}}.")


@operation(answer=Rows("Actions", Action))
def list_actions(context: Context, vendor: str) -> dict[str, list[Action]]:
    """List a vendor's actions: who performs it, its effect, its fields."""
    return {"actions": [_action_dict(action) for action in actions_of(context.world, vendor)]}


def _action_dict(action: VendorAction) -> Action:
    fields = schema_of(action.body, "body").fields.items()
    own = [view(ActionField, field, name=field.data_key or name) for name, field in fields]
    return view(Action, action, fields=own)


@operation(body=Plain({"type": "object"}, description="The action's fields."))
def run_action(context: Context, vendor: str, name: str) -> flask.Response:
    """Perform an action; answers the changed record."""
    action = get_action(context.world, vendor, name)
    return answer(action.run(context.world, load(schema_of(action.body, "body"), read_json(flask.request))))
