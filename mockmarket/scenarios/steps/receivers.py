"""`receiver`: how one of the scenario's own receivers answers from now on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from mockmarket.scenarios.base import Given, Kind, Known, Problem, a_text, unknown_receiver
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.receiver import BODY, Answer
from mockmarket.seed import moments
from mockmarket.seed.shapes import sentence

MOST_ANSWERS = 100
HELP = "a status such as 200 or 500, refuse, drop, {status: 500, body: no, after: 3s}, or a list of these but refuse"


def answers_of(raw: Any) -> tuple[Answer, ...] | None:
    """Read how a receiver answers: None refuses connections; ValueError says what may be written."""
    if raw == "refuse":
        return None
    each = raw if isinstance(raw, list) else [raw]
    if not 1 <= len(each) <= MOST_ANSWERS:
        raise ValueError(f"Give 1 to {MOST_ANSWERS} answers.")
    return tuple(answer_of(answer) for answer in each)


def answer_of(raw: Any) -> Answer:
    """Read one answer."""
    given = raw if isinstance(raw, Mapping) else {"status": raw}
    if raw == "drop":
        return Answer(drop=True)
    status, body, after = given.get("status", 200), given.get("body", BODY), given.get("after", "0s")
    plain = isinstance(status, int) and not isinstance(status, bool) and 200 <= status <= 599
    if not plain or not isinstance(body, str) or set(given) - {"status", "body", "after"}:
        raise ValueError(f"Must be {HELP}.")
    return Answer(status, body, moments.span(str(after)))


def an_answer(**more: Any) -> fields.Raw:
    """Return a field for how a receiver answers."""
    return fields.Raw(validate=sentence(answers_of), metadata={"description": f"How it answers: {HELP}."}, **more)


class ReceiverShape(Schema):
    """Which receiver, and how it answers from now on."""

    name = a_text("Which of the scenario's receivers.", required=True)
    answer = an_answer(required=True)


def title(given: Given) -> str:
    """Say how the receiver is to answer."""
    return f"receiver {given['name']} answers {worded(given['answer'])}"


def worded(raw: Any) -> str:
    """Say in words how a receiver answers."""
    if isinstance(raw, list):
        return ", then ".join(worded(answer) for answer in raw)
    if not isinstance(raw, Mapping):
        return {"refuse": "no connection", "drop": "by cutting the connection"}.get(str(raw), str(raw))
    return f"{raw.get('status', 200)}" + (f" after {raw['after']}" if "after" in raw else "")


def perform(play: Play, given: Given) -> str:
    """Tell the receiver how to answer."""
    receiver = play.receivers[given["name"]]
    receiver.tell(answers_of(given["answer"]))
    return f"{receiver.url}, {receiver.count} webhooks so far"


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield the problem of a receiver that there is not."""
    yield from unknown_receiver(known, given["name"], "name")


KIND = Kind("receiver", "Change how a receiver answers.", ReceiverShape(), perform, title, problems=problems)
