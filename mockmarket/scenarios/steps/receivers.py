"""`receiver`: how one of the scenario's own receivers answers from now on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypedDict

from mockmarket.records import Check
from mockmarket.scenarios.base import Kind, ReceiverName
from mockmarket.scenarios.paths import Json
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.receiver import BODY, Answer
from mockmarket.seed import moments

MOST_ANSWERS = 100
HELP = "a status such as 200 or 500, refuse, drop, {status: 500, body: no, after: 3s}, or a list of these but refuse"


def answers_of(raw: Json) -> tuple[Answer, ...] | None:
    """Read how a receiver answers: None refuses connections; ValueError says what may be written."""
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


class ReceiverFields(TypedDict):
    """Which receiver, and how it answers from now on."""

    name: ReceiverName
    answer: Answers


def _title(step: ReceiverFields) -> str:
    return f"receiver {step['name']} answers {worded(step['answer'])}"


def worded(raw: Json) -> str:
    """Say in words how a receiver answers."""
    if isinstance(raw, list):
        return ", then ".join(map(worded, raw))
    if not isinstance(raw, Mapping):
        return {"refuse": "no connection", "drop": "by cutting the connection"}.get(str(raw), str(raw))
    return f"{raw.get('status', 200)}" + (f" after {raw['after']}" if "after" in raw else "")


def _perform(play: Play, step: ReceiverFields) -> str:
    receiver = play.receivers[step["name"]]
    receiver.answer_with(answers_of(step["answer"]))
    return f"{receiver.url}, {receiver.count} webhooks so far"


RECEIVER = Kind("receiver", ReceiverFields, _perform, _title)
