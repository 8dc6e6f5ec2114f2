"""`fault`: one more way to go wrong, for requests or for deliveries; or every fault off again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from mockmarket.errors import Refusal
from mockmarket.faults.active import reading
from mockmarket.faults.base import catalogue
from mockmarket.scenarios.base import (
    Given,
    Kind,
    Known,
    Problem,
    a_mapping,
    a_text,
    unknown_notice,
    unknown_receiver,
    unknown_vendor,
)
from mockmarket.scenarios.errors import FailedError
from mockmarket.scenarios.play import Play
from mockmarket.store import endpoints

ALL = "all"
PASSED_ON = ("id", "fault", "vendor", "operation", "key", "endpoint", "notice", "times", "probability", "with")


class FaultShape(Schema):
    """A fault to turn on, in the words of `PUT faults`; or what to turn off."""

    fault = a_text("Which one, by its name in the catalogue.")
    id = a_text("What to call it, to turn it off by.")
    vendor = a_text("At which vendor; at every one without it.")
    operation = a_text("On which of the vendor's operations, such as `POST /orders`.")
    key = a_text("On calls with which key, by its name or id.")
    endpoint = a_text("On deliveries to which endpoint, by id.")
    receiver = a_text("On deliveries to which of the scenario's receivers.")
    notice = a_text("On deliveries of which type of notice.")
    times = fields.Raw(metadata={"description": "How often; always without it."})
    probability = fields.Float(metadata={"description": "How likely it applies, above 0 and up to 1."})
    with_ = a_mapping("The fault's own parameters.", data_key="with")
    off = a_text("`all`, or the id of one: turns it off instead.")

    @validates_schema
    def check_which(self, given: Given, **_: Any) -> None:
        """Refuse neither or both."""
        if ("fault" in given) == ("off" in given):
            raise ValidationError("Give fault to turn one on, or off: all.", "fault")


def short(raw: Any) -> Any:
    """Write `fault: off` out, and `fault: duplicate`."""
    return ({"off": ALL} if raw == "off" else {"fault": raw}) if isinstance(raw, str) else raw


def title(given: Given) -> str:
    """Say which fault is turned on, or what is turned off."""
    if "off" in given:
        return f"faults off: {given['off']}"
    return f"fault {given['fault']}" + "".join(
        f", {name} {given[name]}" for name in ("vendor", "notice", "times") if name in given
    )


def asked(given: Given) -> dict[str, Any]:
    """Return a fault in the words of the control plane."""
    plain = {name: value for name, value in given.items() if name in PASSED_ON}
    return plain | ({"with": given["with_"]} if given["with_"] else {})


def perform(play: Play, given: Given) -> str:
    """Turn the fault on behind those that are, or turn off."""
    try:
        if given.get("off") == ALL:
            play.world.faults.clear()
        elif "off" in given:
            play.world.faults.remove(given["off"])
        else:
            return f"{play.world.faults.add(asked(given) | at_receiver(play, given))} is on"
    except Refusal as error:
        raise FailedError(error.message) from error
    return "off"


def at_receiver(play: Play, given: Given) -> dict[str, str]:
    """Return the endpoint that leads to a receiver; FailedError when none or several do."""
    if "receiver" not in given:
        return {}
    url = play.receivers[given["receiver"]].url
    ids = [endpoint.id for endpoint in endpoints.all(play.world.read()) if endpoint.url.startswith(url)]
    if len(ids) != 1:
        raise FailedError(f"{len(ids)} endpoints lead to {given['receiver']}; name the endpoint by its id.")
    return {"endpoint": ids[0]}


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names and parameters of a fault."""
    yield from unknown_receiver(known, given.get("receiver"), "receiver")
    fault = catalogue().get(given.get("fault", ""))
    if "fault" in given and fault is None:
        yield ("fault",), f"There is no fault {given['fault']!r}; there are {', '.join(catalogue())}."
    if fault is None:
        yield from unknown_vendor(known, given.get("vendor"), "vendor")
        yield from unknown_notice(known, given.get("vendor"), given.get("notice"), "notice")
    else:
        wrong: Mapping[str, str] = dict(
            (
                *reading.wrong_members(asked(given), fault),
                *reading.wrong_counts(given),
                *reading.wrong_parameters(asked(given), fault),
                *reading.wrong_vendor_names(settled(given), fault, known.vendors),
            )
        )
        yield from ((tuple(field.split(".", 1)), as_sentence(field, words)) for field, words in wrong.items())


def settled(given: Given) -> dict[str, Any]:
    """Return what of a fault does not wait for a variable."""
    return {name: value for name, value in asked(given).items() if not (isinstance(value, str) and "${" in value)}


def as_sentence(field: str, words: str) -> str:
    """Write what is wrong with a field as a sentence; words that have a subject of their own need none."""
    return f"T{words[1:]}." if words.startswith("there ") else f"{field} {words}."


KIND = Kind("fault", "Turn a fault on, or faults off.", FaultShape(), perform, title, short, problems)
