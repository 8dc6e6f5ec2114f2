"""`received`: what came to one of the scenario's own receivers, duplicates and the order included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Required, TypedDict

from marshmallow import fields

from mockmarket.records import Default, Reads
from mockmarket.scenarios.base import ByPath, Count, ReceiverName
from mockmarket.scenarios.matching import differences, miscount, same
from mockmarket.scenarios.paths import AbsentError, Json, find, json_text
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.receiver import Arrived

NOT_THERE = "(not there)"
SEEN = ("count", "distinct", "answered", "each", "last", "headers", "sequence")
"""The fields of which an expectation has at least one."""

Status = Annotated[int | None, Reads(fields.Integer().deserialize)]


class Received(TypedDict, total=False):
    """Webhooks that came to a receiver: how many, how many different ones, what each says and in which order.

    `where` leaves only those whose JSON has this, `count` includes repeats and `distinct` counts those with the same body once.
    `answered` is the status of each, null for a connection that was cut; `headers` are those of each, by name in lower case;
    `sequence` has by path the value in each.
    """

    receiver: Required[ReceiverName]
    where: ByPath
    count: Count
    distinct: Count
    answered: list[Status]
    each: ByPath
    last: ByPath
    headers: ByPath
    sequence: Annotated[dict[str, list[object | None]], Default(dict)]


def webhooks_differ(play: Play, expected: Received) -> Iterator[str]:
    """Yield how what came differs from what is expected of it."""
    receiver = play.receivers[expected["receiver"]]
    came = [hook for hook in receiver.kept() if not any(differences(expected["where"], hook.json))]
    instead = "".join(f"\n    {hook.body[:160].decode('utf-8', 'replace')}" for hook in came[:3])
    if "count" in expected:
        count = len(came) if expected["where"] else receiver.count
        yield from miscount(expected["count"], count, f"webhooks at {receiver.name}", instead)
    if "distinct" in expected:
        bodies = len({hook.body for hook in came})
        yield from miscount(expected["distinct"], bodies, f"different webhooks at {receiver.name}", instead)
    statuses = [hook.answered for hook in came]
    if expected.get("answered", statuses) != statuses:
        words = f"webhooks at {receiver.name} should have been answered {json_text(expected['answered'])}"
        yield f"{words}; they were answered {json_text(statuses)}"
    yield from _contents_differ(came, expected)
    for path, values in expected["sequence"].items():
        seen = [_value_at(hook, path) for hook in came]
        if not same(values, seen):
            yield f"{path} should be {json_text(values)} in this order; it is {json_text(seen)}"


def _contents_differ(came: Sequence[Arrived], expected: Received) -> Iterator[str]:
    for number, hook in enumerate(came, 1):
        headers = {name.lower(): value for name, value in hook.headers.items()}
        wrong = [*differences(expected["each"], hook.json), *differences(expected["headers"], headers)]
        yield from (f"in webhook {number} of {len(came)} {words}" for words in wrong)
    if expected["last"]:
        wrong = list(differences(expected["last"], came[-1].json)) if came else ["nothing came"]
        yield from (f"in the last webhook {words}" for words in wrong)


def _value_at(hook: Arrived, path: str) -> Json:
    try:
        return find(hook.json, path)
    except AbsentError:
        return NOT_THERE
