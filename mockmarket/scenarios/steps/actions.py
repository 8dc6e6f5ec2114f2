"""`action`: what a buyer, broker, organiser or admin does that the vendor's API has no call for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from marshmallow import Schema

from mockmarket.api.schemas import schema_of
from mockmarket.organiser import CORE
from mockmarket.scenarios import fields as expected
from mockmarket.scenarios import matching
from mockmarket.scenarios.base import (
    Given,
    Kind,
    Known,
    Problem,
    a_mapping,
    a_text,
    a_value,
    some_fields,
    unknown_vendor,
)
from mockmarket.scenarios.errors import FailedError
from mockmarket.scenarios.play import ControlError, Play
from mockmarket.scenarios.saving import save, saved_names, saves


class ActionShape(Schema):
    """An action with its fields, what it should answer, and what of the answer is kept."""

    vendor = a_text("Whose action; `core` has those on the shared events and seats.", required=True)
    name = a_text("Which one.", required=True)
    fields_ = a_mapping("The action's own fields.", data_key="fields", attribute="fields")
    expect = some_fields("What is in the answered record, by path.")
    refused = a_value("The word of the refusal, such as `conflict`, when it should not be possible.", load_default=None)
    save = saves("Variables, and the path of each in the answered record.")


def title(given: Given) -> str:
    """Say what is done."""
    return f"{given['vendor']}: {given['name']}"


def perform(play: Play, given: Given) -> str:
    """Carry the action out, look at the record that it answers, keep what is asked for."""
    path = f"{quote(given['vendor'], safe='')}/actions/{quote(given['name'], safe='')}"
    try:
        record = play.control("POST", path, given["fields"])
    except ControlError as error:
        if given["refused"] is None:
            raise FailedError(f"{title(given)} was {error}") from error
        return check_refusal(given, error)
    if given["refused"] is not None:
        words = f"{title(given)} should be refused as {matching.wanted(given['refused'])}; it was done"
        raise FailedError(f"{words}: {matching.shown(record)}")
    wrong = list(expected.differences(given["expect"], record))
    if wrong:
        raise FailedError(f"In what {title(given)} answered {'; '.join(wrong)}")
    play.variables |= save(given["save"], record, f"What {title(given)} answered")
    return "done"


def check_refusal(given: Given, error: ControlError) -> str:
    """Return what to say of a refusal that was expected; FailedError for another."""
    if not matching.fits(given["refused"], error.word):
        words = f"{title(given)} should be refused as {matching.wanted(given['refused'])}"
        raise FailedError(f"{words}; it was {error}")
    return f"{error}"


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names in an action."""
    yield from unknown_vendor(known, given["vendor"], "vendor", besides=("core",))
    vendor = known.vendors.get(given["vendor"])
    actions = CORE if given["vendor"] == "core" else vendor.world.actions if vendor else ()
    action = next((action for action in actions if action.name == given["name"]), None)
    if actions and action is None:
        names = ", ".join(action.name for action in actions)
        yield ("name",), f"{given['vendor']} has no action {given['name']!r}; it has {names}."
    if action is not None:
        yield from wrong_fields(given["fields"], schema_of(action.body, "body"))


def wrong_fields(given: Given, shape: Schema) -> Iterator[Problem]:
    """Yield the fields that an action does not have, and those that it must be given."""
    known = {field.data_key or name: field for name, field in shape.fields.items()}
    for name in given:
        if name not in known:
            yield ("fields", name), f"The action has no field {name!r}; it has {', '.join(known)}."
    for name, field in known.items():
        if field.required and name not in given:
            yield ("fields", name), "Missing data for required field."


def names(given: Given) -> Sequence[str]:
    """Return the variables that an action leaves behind."""
    return saved_names(given["save"])


KIND = Kind(
    "action", "Do what a vendor's API has no call for.", ActionShape(), perform, title, problems=problems, saves=names
)
