"""Faults: the active ones with their counts; every available fault, with its form."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from marshmallow import Schema, fields, validate

from mockmarket.api.context import current
from mockmarket.control import faults as control
from mockmarket.dashboard import forms, shell
from mockmarket.errors import Invalid, NotFound
from mockmarket.faults.active.rules import CHOSEN_BY, operations
from mockmarket.faults.base import Fault, Parameter
from mockmarket.faults.catalogue import CATALOGUE
from mockmarket.store import endpoints, history, keys
from mockmarket.worlds.world import World

HELP = {
    "vendor": {"description": "Empty: every vendor."},
    "operation": {"description": "Method and path under the base URL: GET /orders/{id}. Empty: every operation."},
    "key": {"description": "Requests with this key: its id or name. Empty: every key."},
    "endpoint": {"description": "Deliveries to this endpoint. Empty: every endpoint."},
    "notice": {"description": "Deliveries of this type of notice. Empty: every type."},
    "times": {"description": "How often it applies. Empty: always."},
    "probability": {"description": "Above 0, at most 1. Empty: each time."},
}
MOST_NAMES = 12
HITS = 5  # most requests and attempts shown of each fault
Hit = tuple[int, str, str]  # when (epoch ms), what, and its URL


def show() -> shell.Response:
    """Show the active and the available faults."""
    groups = {kind: [fault for fault in CATALOGUE.values() if fault.of == kind] for kind in CHOSEN_BY}
    rules = current().world.faults.all()
    hits = hits_of(current().world, {rule["fault"] for rule in rules if rule["applied"]})
    on, done = ([rule for rule in rules if (rule["left"] == 0) == used_up] for used_up in (False, True))
    return shell.page("faults.html", on=on, done=done, hits=hits, groups=groups)


def hits_of(world: World, names: Collection[str]) -> dict[str, list[Hit]]:
    """Return what each fault was last applied to, newest first: requests and attempts, as far as they are kept."""
    hits: dict[str, list[Hit]] = {name: [] for name in names}
    for entry in world.journal.find({}) if names else ():
        for name in hits.keys() & (entry.fault or "").split(", "):
            hits[name].append((entry.at, f"{entry.method} {entry.path}", shell.url("timeline.show", chain=entry.id)))
    for row in history.faulty_attempts(world.read(), names, HITS):
        hit = row["at"], f"{row['type']} #{row['number']}", shell.url("webhooks.delivery", id=row["uid"])
        for name in hits.keys() & row["fault"].split(", "):
            hits[name].append(hit)
    return {name: sorted(lines, reverse=True)[:HITS] for name, lines in hits.items()}


def new(name: str) -> shell.Response:
    """Show the form of one fault."""
    fault = _get_or_404(name)
    return shell.page("fault_new.html", title=fault.name, fault=fault, form=_form_of(fault))


def turn_on(name: str) -> shell.Response:
    """Add a fault."""
    fault = _get_or_404(name)
    _form_of(fault).submit(lambda body: add(fault, body))
    return shell.done(f"{fault.name} is active.", shell.url("faults.show"))


def add(fault: Fault, body: Mapping[str, object]) -> None:
    """Add a fault; an error about an unknown name lists only the nearest names when there are many."""
    chosen = {name: value for name, value in body.items() if name not in fault.parameters}
    parameters = {name: value for name, value in body.items() if name in fault.parameters}
    try:
        current().world.faults.add({"fault": fault.name, **chosen, "with": parameters})
    except Invalid as wrong:
        details = [(name, nearest(words, str(body.get(name.rpartition(".")[2])))) for name, words in wrong.details]
        raise Invalid(wrong.message, details=details) from wrong


def nearest(words: str, name: str) -> str:
    """Return an error about a name with at most `MOST_NAMES` of the existing names, the nearest to it."""
    complaint, mark, listed = words.partition("; there are ")
    names = listed.split(", ")
    if not mark or len(names) <= MOST_NAMES:
        return words
    nearest = get_close_matches(name, names, MOST_NAMES, 0.3) or names[:MOST_NAMES]
    return f"{complaint}; similar names (of {len(names)}): {', '.join(nearest)}"


turn_off = shell.button("The fault was removed.", "faults.show", control.delete_fault.call)
clear = shell.button("All faults were removed.", "faults.show", lambda context: context.world.faults.clear())


def _get_or_404(name: str) -> Fault:
    if name not in CATALOGUE:
        raise NotFound(f"There is no fault {name!r}; there are {', '.join(CATALOGUE)}.")
    return CATALOGUE[name]


def _form_of(fault: Fault) -> forms.Form:
    world = current().world
    read, vendors = world.read(), world.vendors.values()
    notices = dict.fromkeys(notice.name for vendor in vendors for notice in vendor.webhooks.notices)
    listed = {endpoint.id: f"{endpoint.vendor} {endpoint.url}" for endpoint in endpoints.all(read, None)}
    looks: dict[str, forms.Look] = {
        "vendor": {"labels": {vendor.name: vendor.title for vendor in vendors}},
        "endpoint": {"labels": listed},
        "operation": {"suggestions": dict.fromkeys(name for vendor in vendors for name in operations(vendor))},
        "key": {"suggestions": dict.fromkeys(key.name for key in keys.all(read, None) if key.name)},
        "notice": {"suggestions": notices},
    }
    known: dict[str, Iterable[str]] = {"vendor": world.vendors, "endpoint": listed}
    schema = forms.schema_of(_schema_of(fault), {name: known[name] for name in CHOSEN_BY[fault.of] if name in known})
    return forms.of(schema, shell.url("faults.turn_on", name=fault.name), "Turn it on", looks=looks)


def _schema_of(fault: Fault) -> Schema:
    own: dict[str, forms.Field] = {
        **{name: fields.String(metadata=HELP[name]) for name in CHOSEN_BY[fault.of]},
        "times": fields.Integer(validate=validate.Range(1), metadata=HELP["times"]),
        "probability": fields.Float(validate=validate.Range(0, 1), metadata=HELP["probability"]),
    }
    return Schema.from_dict({name: _parameter_field(parameter) for name, parameter in fault.parameters.items()} | own)()


def _parameter_field(parameter: Parameter) -> forms.Field:
    check: validate.Validator = validate.Range(parameter.least, parameter.most)
    if parameter.choices is not None:
        check = validate.OneOf(parameter.choices)
    elif isinstance(parameter.default, str):
        check = validate.Length(max=parameter.longest)
    kind, about = forms.TYPES[type(parameter.default)], {"description": parameter.help}
    return kind(load_default=parameter.default, validate=check, metadata=about)
