"""Steps that cause failures or end them. `fault`: adds a fault of requests or deliveries, or removes faults;
`receiver`: changes the answers of one of the scenario's own receivers."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypedDict

from marshmallow import fields

from mockmarket.errors import Refusal
from mockmarket.faults.active import rules
from mockmarket.faults.catalogue import CATALOGUE
from mockmarket.matching.paths import Json
from mockmarket.records import Alias, Check, Reads, check, exactly_one, item_of
from mockmarket.scenarios import base
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.receiver import BODY, Answer
from mockmarket.scenarios.variables import FailedError
from mockmarket.seed import moments
from mockmarket.seed.problems import Problem

PASSED_ON = ("id", "fault", "vendor", "operation", "key", "endpoint", "notice", "times", "probability", "with")
MOST_ANSWERS = 100
HELP = "a status such as 200 or 500, refuse, drop, {status: 500, body: no, after: 3s}, or a list of these except refuse"


@check(exactly_one("fault", "off", words="Give fault to turn one on, or off: all.", at="fault"))
class FaultFields(TypedDict, total=False):
    """A fault to add as in `PUT faults`, or with `off` to remove: `all`, or an id. `receiver` stands for the endpoint with its URL."""

    fault: base.Text
    id: base.Text
    vendor: base.Text
    operation: base.Text
    key: base.Text
    endpoint: base.Text
    receiver: base.ReceiverName
    notice: base.Text
    times: object
    probability: Annotated[float, Reads(fields.Float().deserialize, {"type": "number"})]
    with_: Annotated[base.Values, Alias("with")]
    off: base.Text


FaultName = Annotated[str, base.among("fault", lambda known: CATALOGUE)]
Names = TypedDict("Names", {"fault": FaultName, "vendor": base.VendorName, "notice": base.NoticeName}, total=False)
"""The checked names of a step whose fault is unknown; a known fault's own rules check its selectors."""


def _rule_of(step: base.Fields) -> dict[str, Any]:
    rule = {name: value for name, value in step.items() if name in PASSED_ON}
    return rule | ({"with": step["with_"]} if step["with_"] else {})


def perform_fault(play: Play, step: base.Fields) -> str:
    """Add the fault, or remove it."""
    try:
        if "off" not in step:
            return f"{play.world.faults.add(_rule_of(step) | _at_receiver(play, step))} is on"
        if step["off"] == "all":
            play.world.faults.clear()
        else:
            play.world.faults.remove(step["off"])
    except Refusal as error:
        raise FailedError(error.message) from error
    return "off"


def _at_receiver(play: Play, step: base.Fields) -> dict[str, str]:
    if "receiver" not in step:
        return {}
    listening = play.endpoints_at(step["receiver"])
    if len(listening) != 1:
        raise FailedError(f"{len(listening)} endpoints point to {step['receiver']}; give the endpoint's id.")
    return {"endpoint": listening[0].id}


def problems(known: base.Known, step: base.Fields) -> Iterator[Problem]:
    """Yield the errors of a fault to be added, as `PUT faults` would report them."""
    if (fault := CATALOGUE.get(step.get("fault", ""))) is None:
        yield from base.wrong_names(known, item_of(Names), step, step)
        return
    rule = _rule_of(step)
    settled = {name: value for name, value in rule.items() if not (isinstance(value, str) and "${" in value)}
    wrong = [*rules.wrong_members(rule, fault), *rules.wrong_counts(step), *rules.wrong_parameters(rule, fault)]
    by_field = dict([*wrong, *rules.wrong_names(settled, fault, rules.Known(known.vendors))])
    for field, words in by_field.items():  # a message with its own subject is only capitalised
        yield tuple(field.split(".", 1)), f"T{words[1:]}." if words.startswith("there ") else f"{field} {words}."


def answers_of(raw: Json) -> tuple[Answer, ...] | None:
    """Read a receiver's answers: None refuses connections; ValueError explains the syntax."""
    if raw == "refuse":
        return None
    each = raw if isinstance(raw, list) else [raw]
    if not 1 <= len(each) <= MOST_ANSWERS:
        raise ValueError(f"Give 1 to {MOST_ANSWERS} answers.")
    return tuple(map(_answer_of, each))


def _answer_of(raw: Json) -> Answer:
    if raw == "drop":
        return Answer(drop=True)
    answer = raw if isinstance(raw, Mapping) else {"status": raw}
    status, body, after = answer.get("status", 200), answer.get("body", BODY), answer.get("after", "0s")
    plain = isinstance(status, int) and not isinstance(status, bool) and 200 <= status <= 599
    if not plain or not isinstance(body, str) or set(answer) - {"status", "body", "after"}:
        raise ValueError(f"Must be {HELP}.")
    return Answer(status, body, moments.span(str(after)))


Answers = Annotated[object, Check(answers_of)]
ReceiverFields = TypedDict("ReceiverFields", {"name": base.ReceiverName, "answer": Answers})


def worded(raw: Json) -> str:
    """Describe a receiver's answers."""
    if isinstance(raw, list):
        return ", then ".join(map(worded, raw))
    if not isinstance(raw, Mapping):
        return {"refuse": "no connection", "drop": "by closing the connection"}.get(str(raw), str(raw))
    return f"{raw.get('status', 200)}" + (f" after {raw['after']}" if "after" in raw else "")


def perform_receiver(play: Play, step: ReceiverFields) -> str:
    """Set the receiver's answers."""
    receiver = play.receivers[step["name"]]
    receiver.answer_with(answers_of(step["answer"]))
    return f"{receiver.url}, {receiver.count} {'webhook' if receiver.count == 1 else 'webhooks'} so far"
