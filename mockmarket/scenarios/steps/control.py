"""Steps that call the control plane.

`action`: an action of a buyer, broker, organiser or admin for which the vendor's API has no call; `trigger`: a notice
about an existing record, without another change; `endpoint`: creates, changes or deletes an endpoint; `settings`:
changes settings of vendors and the core; `resend`: sends deliveries again, as an operator does for a receiver that
missed them; `advance`: advances the world's clock, doing all due work on the way at its own moment."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Annotated, Any, TypedDict
from urllib.parse import quote

from mockmarket.api.schemas import schema_of
from mockmarket.clock import BackwardsError, iso_s
from mockmarket.matching import operators
from mockmarket.matching.paths import Json, json_text
from mockmarket.organiser import CORE
from mockmarket.records import Check, Default, FieldError, Range, check, exactly_one
from mockmarket.scenarios import base, variables
from mockmarket.scenarios.play import ControlError, Play
from mockmarket.scenarios.subjects.history import DeliveryFilter, find_deliveries
from mockmarket.scenarios.variables import FailedError
from mockmarket.seed import moments, reading
from mockmarket.seed.problems import Problem
from mockmarket.seed.shapes import Flag, check_moment
from mockmarket.vendor import Action as VendorAction
from mockmarket.worlds.world import Until

CHANGES = ("url", "secret", "types", "owner", "headers", "basic_auth", "client_cert", "active", "data")
ByVendor = dict[str, dict[str, object | None]]  # settings by vendor, or `core`, and name; null goes back to the default


def actions_of(known: base.Known, name: str) -> Sequence[VendorAction]:
    """Return a vendor's actions, or those on the shared events and seats; none for an unknown vendor."""
    vendor = known.vendors.get(name)
    return CORE if name == "core" else vendor.world.actions if vendor else ()


def _unknown_action(known: base.Known, name: str, step: base.Fields) -> Iterator[Problem]:
    vendor = step.get("vendor", "")
    if actions := actions_of(known, vendor):
        yield from base.lacking(vendor, "action", name, (action.name for action in actions))


def wrong_fields(known: base.Known, values: base.Fields, step: base.Fields) -> Iterator[Problem]:
    """Yield the fields that an action does not have, and missing required ones."""
    for action in actions_of(known, step.get("vendor", "")):
        if action.name == step.get("name"):
            fields = {field.data_key or name: field for name, field in schema_of(action.body, "body").fields.items()}
            unknown = [name for name in values if name not in fields]
            yield from (((name,), f"The action has no field {name!r}; it has {', '.join(fields)}.") for name in unknown)
            missing = [name for name, field in fields.items() if field.required and name not in values]
            yield from (((name,), "Missing data for required field.") for name in missing)


class Action(TypedDict):
    """An action with its fields, the expected record of its answer, and the parts to save. `vendor` may be `core`, which has the actions
    on the shared events and seats. `refused` is the code of the expected refusal, such as `conflict`."""

    vendor: Annotated[base.Text, base.among("vendor", lambda known: ("core", *known.vendors))]
    name: Annotated[base.Text, base.Refers(_unknown_action)]
    fields: Annotated[base.Values, base.Refers(wrong_fields)]
    expect: base.ByPath
    refused: Annotated[base.Expected, Default(None)]
    save: base.Saves


class Trigger(TypedDict):
    """The notice, its record (by default one to which it fits), the number of copies, overrides by dotted path, and the endpoint."""

    vendor: base.VendorName
    type: base.NoticeName
    record: base.OptionalText
    override: base.Values
    count: Annotated[base.WholeNumber, Range(1, 1000), Default(1)]
    endpoint: base.OptionalText


def _check_endpoint(step: base.Fields) -> None:
    new = "id" not in step
    if new == ("vendor" not in step):
        raise FieldError("Give vendor for a new endpoint, or id for an existing endpoint.", "id")
    if new and ("receiver" in step) == ("url" in step):
        raise FieldError("A new endpoint needs a receiver, or a url.", "receiver")
    if step.get("delete") and (new or any(name in step for name in CHANGES)):
        raise FieldError("To delete an endpoint, give only its id.", "delete")


@check(_check_endpoint)
class Endpoint(TypedDict, total=False):
    """A new endpoint of a vendor, or an existing one by `id`, with its fields as in `POST endpoints`, or a receiver as its URL."""

    vendor: base.VendorName
    id: base.Text
    receiver: base.ReceiverName
    url: base.Text
    secret: base.Text
    types: list[base.Notice] | None
    owner: base.Text
    headers: base.Text
    basic_auth: base.Text
    client_cert: base.Text
    active: Flag
    data: dict[str, Any]
    delete: Annotated[Flag, Default(False)]
    save: base.Saves


Settings = TypedDict("Settings", {"values": ByVendor})


@dataclass(frozen=True, slots=True)
class Route:
    """A call of the control plane with a step's fields; `said` formats its answer as a sentence."""

    method: str
    path: str
    said: str
    body: Callable[[base.Fields], Json] = lambda step: None

    def call(self, play: Play, step: base.Fields) -> Json:
        """Make the call; returns its answer, FailedError has its refusal."""
        path = "/".join(quote(part.format_map(step), safe="") for part in self.path.split("/"))
        return play.control(self.method, path, self.body(step))

    def perform(self, play: Play, step: base.Fields) -> str:
        """Make the call and return a sentence on its result."""
        return self.said.format_map(self.call(play, step))


def _fields_of(*names: str) -> Callable[[base.Fields], Json]:
    return lambda step: {name: step[name] for name in names if name in step}


ENDPOINT = "{id} at {url} is {state}"
ROUTES = {
    "action": Route("POST", "{vendor}/actions/{name}", "done", itemgetter("fields")),
    "trigger": Route("POST", "{vendor}/trigger/{type}", "{notices} notices, {deliveries} deliveries",
                     _fields_of("record", "override", "count", "endpoint")),
    "new endpoint": Route("POST", "endpoints", ENDPOINT, _fields_of(*CHANGES, "vendor")),
    "changed endpoint": Route("PATCH", "endpoints/{id}", ENDPOINT, _fields_of(*CHANGES, "vendor")),
    "deleted endpoint": Route("DELETE", "endpoints/{id}", "deleted"),
    "resend": Route("POST", "deliveries/{uid}/resend", "sent again"),
    "settings": Route("PATCH", "settings", "changed", itemgetter("values")),
}  # fmt: skip
"""The calls that receive steps' fields."""


def perform_action(play: Play, step: Action) -> str:
    """Run the action, check the record that it answers, save variables."""
    name, refused = f"{step['vendor']}: {step['name']}", step["refused"]
    try:
        record = ROUTES["action"].call(play, step)
    except ControlError as error:
        if refused is None:
            raise FailedError(f"{name} was {error}") from error
        if not operators.fits(refused, error.word):
            raise FailedError(f"{name} should be refused as {operators.wanted(refused)}; it was {error}") from error
        return str(error)
    if refused is not None:
        raise FailedError(f"{name} should be refused as {operators.wanted(refused)}; it succeeded: {json_text(record)}")
    if wrong := "; ".join(operators.differences(step["expect"], record)):
        raise FailedError(f"In the answer of {name} {wrong}")
    play.variables |= variables.save(step["save"], record, f"The answer of {name}")
    return ROUTES["action"].said


def perform_endpoint(play: Play, step: Endpoint) -> str:
    """Create, change or delete the endpoint, and save variables."""
    route = ROUTES[f"{'deleted' if step['delete'] else 'changed' if 'id' in step else 'new'} endpoint"]
    endpoint = route.call(play, {**step, "url": play.receivers[step["receiver"]].url} if "receiver" in step else step)
    if not step["delete"]:
        play.variables |= variables.save(step["save"], endpoint, "The endpoint")
    return route.said.format_map(endpoint)


def unknown_settings(known: base.Known, values: ByVendor) -> Iterator[Problem]:
    """Yield unknown settings and invalid values."""
    return reading.wrong_settings(values, known.vendors.values(), ", ".join, null=True)


def perform_resend(play: Play, step: DeliveryFilter) -> str:
    """Resend every matching delivery, oldest first; FailedError when none matches."""
    play.settle()
    if not (rows := find_deliveries(play, step)):
        raise FailedError("No delivery matches, so nothing was resent.")
    for row in rows:
        ROUTES["resend"].call(play, row)
    return f"{len(rows)} {ROUTES['resend'].said}"


@check(exactly_one("by", "to", "until", words="Give one of by: 2h, to: +2d, until: delivered, until: quiet."))
class Advance(TypedDict, total=False):
    """How far to advance: by a duration, to a moment (`+2d` after the run's start), until nothing, or no delivery, is due."""

    by: base.Span
    to: Annotated[str, Check(lambda text: None if "${" in text else check_moment(text))]
    until: Until


def target(play: Play, step: Advance) -> int | Until:
    """Return the clock's target in epoch ms, or until what it is to advance."""
    if "by" in step:
        return play.world.clock.now() + moments.span(step["by"])
    try:
        return moments.moment(step["to"], play.started) if "to" in step else step["until"]
    except ValueError as error:
        raise FailedError(str(error)) from error


def perform_advance(play: Play, step: Advance) -> str:
    """Advance the clock; FailedError for a moment in the past."""
    try:
        with play.world.engine:
            walk = play.advance(target(play, step))
    except (BackwardsError, ValueError) as error:
        raise FailedError(str(error)) from error
    names = ", ".join(sorted({f"{timer['vendor']} {timer['timer']}" for timer in walk.fired}))
    fired = f"{len(walk.fired)} ({names})" if walk.fired else "0"
    return f"it is {iso_s(walk.reached)}; timers fired: {fired}; attempts made: {walk.attempts}"
