"""`received`: what came to one of the scenario's own receivers, duplicates and the order included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from marshmallow import Schema, fields

from mockmarket.scenarios import fields as expected
from mockmarket.scenarios import matching, paths
from mockmarket.scenarios.base import Given, Known, Problem, Subject, a_number, a_text, some_fields, unknown_receiver
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.receiver import Arrived
from mockmarket.scenarios.subjects.counting import miscount

NOT_THERE = "(not there)"


class ReceivedShape(Schema):
    """Webhooks that came to a receiver: how many, how many different ones, what each says and in which order."""

    receiver = a_text("Which of the scenario's receivers.", required=True)
    where = some_fields("Only webhooks whose JSON has this, by path.")
    count = a_number("How many came, repeats included.")
    distinct = a_number("How many came, those with the same body counted once.")
    answered = fields.List(
        fields.Integer(allow_none=True),
        metadata={"description": "What they were answered, in order; null for a connection that was cut."},
    )
    each = some_fields("What is in the JSON of each, by path.")
    last = some_fields("What is in the JSON of the last, by path.")
    headers = some_fields("Which headers each has, by name in lower case.")
    sequence = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Raw(allow_none=True)),
        load_default=dict,
        metadata={"description": "By path, the value in each, in the order in which they came."},
    )


def differences(play: Play, given: Given) -> Iterator[str]:
    """Yield how what came differs from what is expected of it."""
    receiver = play.receivers[given["receiver"]]
    came = [hook for hook in receiver.kept() if not list(expected.differences(given["where"], hook.json))]
    if "count" in given:
        count = len(came) if given["where"] else receiver.count
        yield from miscount(given["count"], count, f"webhooks at {receiver.name}", outlined(came))
    if "distinct" in given:
        different = len({hook.body for hook in came})
        yield from miscount(given["distinct"], different, f"different webhooks at {receiver.name}", outlined(came))
    if "answered" in given and given["answered"] != [hook.answered for hook in came]:
        words = f"webhooks at {receiver.name} should have been answered {matching.shown(given['answered'])}"
        yield f"{words}; they were answered {matching.shown([hook.answered for hook in came])}"
    yield from contents(came, given)
    for path, values in given["sequence"].items():
        seen = [value_at(hook, path) for hook in came]
        if not matching.same(values, seen):
            yield f"{path} should be {matching.shown(values)} in this order; it is {matching.shown(seen)}"


def contents(came: Sequence[Arrived], given: Given) -> Iterator[str]:
    """Yield how what the webhooks say differs."""
    for number, one in enumerate(came, 1):
        wrong = [*expected.differences(given["each"], one.json)]
        wrong += expected.differences(given["headers"], {name.lower(): value for name, value in one.headers.items()})
        yield from (f"in webhook {number} of {len(came)} {words}" for words in wrong)
    if given["last"]:
        wrong = list(expected.differences(given["last"], came[-1].json)) if came else ["nothing came"]
        yield from (f"in the last webhook {words}" for words in wrong)


def value_at(one: Arrived, path: str) -> Any:
    """Return what a path leads to in a webhook's JSON."""
    try:
        return paths.find(one.json, path)
    except paths.AbsentError:
        return NOT_THERE


def outlined(came: Sequence[Arrived]) -> str:
    """Say what came, shortly."""
    return "".join(f"\n    {hook.body[:160].decode('utf-8', 'replace')}" for hook in came[:3])


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield the problem of a receiver that there is not, and of an expectation of nothing."""
    yield from unknown_receiver(known, given["receiver"], "receiver")
    if not any(
        given.get(name) not in (None, {}) for name in ReceivedShape().fields if name not in ("receiver", "where")
    ):
        yield (), "Say what should have come: count, distinct, answered, each, last, headers or sequence."


SUBJECT = Subject("received", "What came to a receiver.", ReceivedShape(), differences, problems)
