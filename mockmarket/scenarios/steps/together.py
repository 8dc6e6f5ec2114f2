"""`together`: several calls at the same moment, each on a thread of its own, as buyers who race for the same seats make them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mockmarket.scenarios import matching, variables
from mockmarket.scenarios.base import Given, Kind, Known, Problem, a_number
from mockmarket.scenarios.errors import FailedError
from mockmarket.scenarios.play import Play, Reply
from mockmarket.scenarios.saving import save
from mockmarket.scenarios.steps import calls

MOST_CALLS = 64
MOST_SHOWN = 3
NOW_S = 10.0


class RacerShape(calls.CallShape):
    """A call, and how often it is made at once; `${n}` counts from 1."""

    times = fields.Integer(
        load_default=1,
        strict=True,
        validate=validate.Range(1, MOST_CALLS),
        metadata={"description": "How often; `${n}` in its texts counts from 1."},
    )


class TogetherShape(Schema):
    """Calls at the same moment, and how many of them should come out how."""

    calls = fields.List(
        fields.Nested(RacerShape),
        required=True,
        validate=validate.Length(1, MOST_CALLS),
        metadata={"description": "Calls, each with `times`."},
    )
    succeed = a_number("How many should be answered with a 2xx.", load_default=None)
    statuses = fields.Dict(
        keys=fields.Integer(),
        load_default=dict,
        metadata={"description": "How many should be answered with which status."},
    )

    @validates_schema
    def check_number(self, given: Given, **_: object) -> None:
        """Refuse more calls than can be made at once."""
        number = sum(call["times"] for call in given.get("calls", ()))
        if number > MOST_CALLS:
            raise ValidationError(f"These are {number} calls; {MOST_CALLS} at most.", "calls")


def title(given: Given) -> str:
    """Say what is called."""
    return "at once: " + ", ".join(
        f"{call['times']} × {calls.title(call)}" if call["times"] > 1 else calls.title(call) for call in given["calls"]
    )


def perform(play: Play, given: Given) -> str:
    """Make all calls at once, and look at what came out in all; `save` keeps parts of what one that succeeded was answered."""
    racers = [
        variables.fill(call, play.known(n=number)) for call in given["calls"] for number in range(1, call["times"] + 1)
    ]
    replies = race(play, racers)
    check(given, replies)
    for racer, reply in zip(racers, replies, strict=True):
        if 200 <= reply.status < 300:
            calls.check(racer | {"status": None}, reply)
            play.variables |= save(racer["save"], reply.json, f"The answer ({reply.status})")
    return f"answered {counted(replies)}"


def race(play: Play, racers: Sequence[Given]) -> list[Reply]:
    """Make calls at the same moment; returns their answers in the same order."""
    line = threading.Barrier(len(racers))

    def run(racer: Given) -> Reply:
        line.wait(NOW_S)
        return calls.make(play, racer)

    with ThreadPoolExecutor(len(racers), "scenario-racer") as pool:
        return list(pool.map(run, racers))


def check(given: Given, replies: Sequence[Reply]) -> None:
    """Raise FailedError when the answers in all are not as expected."""
    statuses = Counter(reply.status for reply in replies)
    good = sum(count for status, count in statuses.items() if 200 <= status < 300)
    wrong = []
    if given["succeed"] is not None and not matching.fits(given["succeed"], good):
        wrong.append(f"{matching.wanted(given['succeed'])} of the calls should succeed; {good} did")
    for status, count in given["statuses"].items():
        if not matching.fits(count, statuses[status]):
            wrong.append(f"{matching.wanted(count)} should be answered {status}; {statuses[status]} were")
    if wrong:
        others = [calls.said(reply) for reply in replies if reply.status >= 300][:MOST_SHOWN]
        raise FailedError(f"{'; '.join(wrong)}. In all: {counted(replies)}. {' '.join(others)}".rstrip())


def counted(replies: Sequence[Reply]) -> str:
    """Say how many answers had which status."""
    statuses = Counter(reply.status for reply in replies)
    return ", ".join(f"{status} × {count}" for status, count in sorted(statuses.items()))


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names in the calls."""
    for index, one in enumerate(given["calls"]):
        yield from ((("calls", index, *where), words) for where, words in calls.problems(known, one))


def names(given: Given) -> Sequence[str]:
    """Return the variables that the calls leave behind."""
    return [name for call in given["calls"] for name in calls.names(call)]


KIND = Kind(
    "together",
    "Make several calls at the same moment.",
    TogetherShape(),
    perform,
    title,
    problems=problems,
    saves=names,
    fills=False,
)
