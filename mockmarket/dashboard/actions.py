"""Actions of buyers, brokers, organisers and admins for which a vendor's API has no call, each with the form of its schema."""

from functools import partial
from typing import Any

from marshmallow import Schema, fields

from mockmarket.api.context import current
from mockmarket.api.schemas import schema_of
from mockmarket.control.records import actions_of, get_action
from mockmarket.dashboard import formats, forms, links, shell
from mockmarket.store import Read, records
from mockmarket.vendor import Action, Vendor

OFFERED = 300
"""Most records that the input of an id suggests; with more records it suggests none, as a part of them would mislead."""
TELLING = ("name", "title", "section", "row", "isoDate", "dateTime", "startDate", "eventId")
"""Fields that identify a record for people, by vendors' names; the ones that a record has are shown beside its id."""
HELP = {
    "section": "A name, or a range such as 101-112 or A-F.",
    "row": "A name, or a range such as A-F. General admission is GA.",
    "seats": "Number of seats in each row, or their numbers such as 11-18.",
}
"""Help texts of the core's fields that take a text or a list; a form takes them as a text."""


def show() -> shell.Response:
    """Show every vendor's actions, and those of the core, which affect all vendors."""
    world = current().world
    groups = [(name, actions_of(world, name)) for name in (*world.vendors, "core")]
    return shell.page("actions.html", groups=[group for group in groups if group[1]])


def detail(vendor: str, action: str) -> shell.Response:
    """Show the form of one action."""
    entry = get_action(current().world, vendor, action)
    form = _own_form(vendor, entry)
    return shell.page("action.html", title=form.label, vendor=vendor, action=entry, form=form)


def do(vendor: str, action: str) -> shell.Response:
    """Run an action and show the changed record."""
    entry = get_action(current().world, vendor, action)
    form = _own_form(vendor, entry)
    record = form.submit(partial(entry.run, current().world))
    values = {"vendor": vendor, "action": entry, "label": form.label, "record": record}
    return shell.answer("action_done.html", order=order_of(vendor, record), **values)


def _own_form(vendor: str, action: Action) -> forms.Form:
    to = shell.url("actions.do", vendor=vendor, action=action.name)
    return form_of(vendor, action, to, formats.label(action.name))


def form_of(vendor: str, action: Action, to: str, label: str, **options: Any) -> forms.Form:
    """Return the form of an action of a vendor, whose inputs of ids suggest the existing ones, or of the core."""
    seller, schema = current().world.vendors.get(vendor), schema_of(action.body, "body")
    texts: dict[str, forms.Look] = {
        name: {"kind": "text", "value": "" if field.required else str(field.load_default), "help": HELP.get(name, "")}
        for name, field in schema.fields.items()
        if type(field) is fields.Raw
    }
    return forms.of(schema, to, label, looks=_suggestions(seller, schema) if seller else texts, **options)


def _suggestions(vendor: Vendor, schema: Schema) -> dict[str, forms.Look]:
    read = current().world.read()
    kinds = {name: kind for kind in vendor.records.kinds for name in names(kind) if name in schema.fields}
    return {name: _ids(read, kind) for name, kind in kinds.items() if records.count(read, kind, ()) <= OFFERED}


def names(kind: records.Kind) -> tuple[str, str]:
    """Return possible names of a field with the id of such a record: `ticketTypeId`, `ticket_type`."""
    key = f"{kind.name}_id".title().replace("_", "")
    return key[:1].lower() + key[1:], kind.name


def _ids(read: Read, kind: records.Kind) -> forms.Look:
    labels = {
        str(record[kind.id]): " · ".join(str(record[word]) for word in TELLING if word != kind.id and record.get(word))
        for record in records.find(read, kind)
    }
    return {"suggestions": tuple(labels), "labels": labels}


def order_of(vendor: str, record: object) -> str:
    """Return the URL of the order that an action returned, or "" when it returned something else."""
    seller = current().world.vendors.get(vendor)
    view = seller.records.orders if seller else None
    id = record.get(view.kind.id) if view and isinstance(record, dict) else None
    return links.order_url(vendor, str(id)) if id else ""
