"""Records of every vendor as stored, and the actions on them."""

from collections.abc import Mapping
from typing import Annotated, TypedDict

import flask

from mockmarket.api.arguments import load
from mockmarket.api.bodies import answer, json_answer, read_json
from mockmarket.api.operations import Answer, Plain
from mockmarket.api.schemas import schema_of
from mockmarket.clock import iso_ms
from mockmarket.control.base import ROW_NUMBER, Context, named, operation
from mockmarket.control.worlds import ActionName
from mockmarket.errors import Conflict, Invalid
from mockmarket.organiser import CORE
from mockmarket.records import Default, Range, Rows, open_ended
from mockmarket.records.views import view
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Kind, Record
from mockmarket.vendor import Action as VendorAction
from mockmarket.worlds.world import World


@open_ended
class RecordQuery(TypedDict):
    """The page of records to list; any column of the kind, and any member at the top of a record, is a filter: `?status=accepted`."""

    limit: Annotated[int, Default(50), Range(1, 1000)]
    offset: Annotated[int, Default(0), ROW_NUMBER]


Records = TypedDict("Records", {"total": int, "records": list[Record]})  # the total number, and a page
YAML = "application/yaml"
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


def conditions(read: Read, kind: Kind, query: Mapping[str, object]) -> list[Condition]:
    """Return a query's filters by column, or by a member at the top of the records; Invalid for the first unknown name, in the order sent:
    that no record has it shows only after all were read."""
    names = [name for name in flask.request.args if name not in RecordQuery.__annotations__ and name in query]
    return [(_column_of(read, kind, name), "=", query[name]) for name in names]


def _column_of(read: Read, kind: Kind, name: str) -> str:
    if name == kind.id:
        return "id"
    if records.has_member(read, kind, name):
        return f"$.{name}:text"
    try:
        kind.check([name])
    except ValueError as error:
        raise Invalid(str(error)) from error
    return name


@operation(query=RecordQuery, answer=Records)
def list_records(context: Context, query: RecordQuery, vendor: str, kind: str) -> flask.Response:
    """List records in order of creation, in the vendor's own fields, filtered by any column or member."""
    table, read = named(context.world.vendor(vendor).records.kinds, kind, vendor, "records"), context.read()
    where = conditions(read, table, query)
    rows, _ = records.array(read, table, where, [], query["limit"], query["offset"])
    return json_answer(b'{"total":%d,"records":%b}' % (records.count(read, table, where), rows))


@operation()
def get_record(context: Context, vendor: str, kind: str, id: str) -> flask.Response:
    """Return a record in the vendor's own fields. The header X-Mockmarket-Moments has the moments in UTC that it does not show."""
    table, record = get_stored(context, vendor, kind, id)
    response = answer(record)
    own = records.own(context.read(), table, id) if table.own else {}
    moments = {name: iso_ms(at) for name, at in own.items() if name.endswith("_at") and isinstance(at, int)}
    if moments:
        response.headers["X-Mockmarket-Moments"] = ", ".join(f"{name}={at}" for name, at in moments.items())
    return response


@operation(answer=Answer({"type": "string"}, content_type=YAML))
def get_fixture(context: Context, vendor: str, kind: str, id: str) -> flask.Response:
    """Return an order as a fixture in YAML that loads and shows the same order; 409, with the reason, for one that no fixture can have."""
    seller, (table, record) = context.world.vendor(vendor), get_stored(context, vendor, kind, id)
    view = seller.records.orders
    if view is None or table is not view.kind:
        raise Conflict(f"A {kind} of {vendor} is no order; only an order can be given as a fixture.")
    from mockmarket.control import order_fixture  # not needed by other routes

    text = order_fixture.text_of((seller, view), record)
    return flask.Response(text.encode("utf-8", "backslashreplace"), mimetype=YAML)


def get_stored(context: Context, vendor: str, kind: str, id: str) -> tuple[Kind, Record]:
    """Return a record with its kind; NotFound names what there is."""
    table = named(context.world.vendor(vendor).records.kinds, kind, vendor, "records")
    return table, records.get_or_404(context.read(), table, id, f"{vendor} has no {kind} {{id!r}}.")


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
