"""Compares a recorded answer with its operation's definition and, where the request was played, with the mock's own answer."""

from __future__ import annotations

import json
import types
from collections.abc import Iterable
from typing import Any

from mockmarket.api.operations import Answer, Operation
from mockmarket.recordings import pages
from mockmarket.recordings.exchange import Message
from mockmarket.recordings.structure import ANYTHING, Comparison, Json, Place
from mockmarket.records import Item, Shape, item_of

JSON = "application/json"
NO_BODY = (204, 304)
DEEPEST = 100
"""Most levels of a body that is compared."""
COMPARED = ("location", "retry-after", "www-authenticate", "link", "x-total-count")
COMPARED_PREFIXES = ("x-ratelimit-", "ratelimit")
"""Headers, in lower case, that clients act on; what gateways add is none of them."""
PLAIN: dict[object, Shape] = {"string": str, "integer": int, "number": float, "boolean": bool}


def read_json(body: bytes) -> Json:
    """Return a body as JSON; ValueError for one that is none, or is nested deeper than any answer."""
    try:
        value = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    level = [value]
    for _ in range(DEEPEST):
        level = [part for each in level for part in _parts_of(each)]
        if not level:
            return value
    raise ValueError("nested too deeply")


def _parts_of(value: Json) -> Iterable[Json]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def compare_answer(
    operation: Operation, status: int, answer: Message, ours: Message | None, comparison: Comparison
) -> None:
    """Compare an answer with the operation's definition; `ours` is the mock's answer with the same status, None where there is none."""
    defined = definition_of(operation, status)
    if defined is None and ours is None:
        known = ", ".join(map(str, sorted(statuses_of(operation))))
        comparison.note("status", "", f"the recording is answered {status}; the mock answers {known}")
        return
    defined = defined or Answer(None, status)
    media = media_of(answer)
    if answer.body and media != (expected := media_of(ours) if ours else defined.content_type):
        comparison.note("header", "Content-Type", f"the media type is {media or 'missing'}; the mock has {expected}")
    if ours:
        compare_headers(answer, ours, comparison)
    if answer.body is not None and defined.content_type == JSON and status not in NO_BODY:
        _compare_body(answer.body, item_of_answer(defined.shape), ours, comparison)


def _compare_body(body: bytes, item: Item, ours: Message | None, comparison: Comparison) -> None:
    samples = [sample] if ours and (sample := json_or_none(ours.body)) is not None else []
    if not body:
        if item is not ANYTHING or (ours and ours.body):
            comparison.note("body", "", "the recording has no body; the mock has one")
        return
    if item is ANYTHING and ours and not ours.body:
        comparison.note("body", "", "the recording has a body; the mock has none")
        return
    try:
        value = read_json(body)
    except ValueError:
        comparison.note("body", "", "it is no JSON")
        return
    comparison.compare(value, Place(item, samples))
    for place, words in pages.problems(value):
        comparison.note("page", place, words)


def json_or_none(body: bytes | None) -> Json:
    """Return a body as JSON; None for one that is none, or is nested deeper than any answer."""
    try:
        return read_json(body or b"null")
    except ValueError:
        return None


def definition_of(operation: Operation, status: int) -> Answer | None:
    """Return an operation's answer with a status, a refusal's in the error shape; None for a status that it does not have."""
    conventions = operation.conventions
    if answer := next((answer for answer in operation.answers if answer.status == status), None):
        return answer
    if status in statuses_of(operation):
        return Answer(conventions.error_shapes.get(status, conventions.error), status)
    return None


def statuses_of(operation: Operation) -> set[int]:
    """Return every status that an operation answers: its own, and those that its vendor's refusals share."""
    return {*(answer.status for answer in operation.answers), *operation.refuses, *operation.conventions.refusals}


def item_of_answer(shape: Any) -> Item:
    """Return an answer's shape as a member's type; a schema of OpenAPI becomes the type that it describes."""
    if isinstance(shape, dict):
        kind = PLAIN.get(shape.get("items", shape)["type"], object)
        return Item(types.GenericAlias(list, kind) if shape["type"] == "array" else kind, False, ())
    return ANYTHING if shape is None else item_of(shape)


def compare_headers(answer: Message, ours: Message, comparison: Comparison) -> None:
    """Note the headers that clients act on and that only one of two answers has."""
    theirs, mine = names_of(answer), names_of(ours)
    for name in sorted(theirs - mine):
        comparison.note("header", name, "the recording has this header; the mock has none")
    for name in sorted(mine - theirs):
        comparison.note("header", name, "the mock has this header; the recording has none")


def names_of(message: Message) -> set[str]:
    """Return the names, in lower case, of an answer's headers that clients act on."""
    names = {name.lower() for name, _ in message.headers}
    return {name for name in names if name in COMPARED or name.startswith(COMPARED_PREFIXES)}


def media_of(message: Message) -> str:
    """Return a message's media type without parameters, in lower case; "" without one."""
    return (message.header("content-type") or "").partition(";")[0].strip().lower()
