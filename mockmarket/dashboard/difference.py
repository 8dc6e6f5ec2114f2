"""The difference of two payloads, JSON by path or as bytes, and of attempts side by side. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import orjson

from mockmarket.store import Record

MOST = 60  # most paths that are listed
COMPARED = 6  # most attempts side by side, the newest
LARGEST = 500_000  # longest payload, in bytes, that is compared by path


class Change(NamedTuple):
    """One path at which two payloads differ: `kind` is added, removed or changed; the values are JSON, "" where there is none."""

    path: str
    kind: str
    before: str = ""
    after: str = ""


def changes(before: object, after: object, path: str = "$") -> Iterator[Change]:
    """Yield the paths at which two JSON values differ, members by name and elements by place."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            yield from _member(before, after, name, f"{path}.{name}")
    elif isinstance(before, list) and isinstance(after, list):
        old, new = dict(enumerate(before)), dict(enumerate(after))
        for place in range(max(len(before), len(after))):
            yield from _member(old, new, place, f"{path}[{place}]")
    elif type(before) is not type(after) or before != after:
        yield Change(path, "changed", text_of(before), text_of(after))


def _member(before: Mapping[Any, object], after: Mapping[Any, object], name: object, path: str) -> Iterator[Change]:
    if name not in before:
        yield Change(path, "added", after=text_of(after[name]))
    elif name not in after:
        yield Change(path, "removed", before=text_of(before[name]))
    else:
        yield from changes(before[name], after[name], path)


def text_of(value: object) -> str:
    """Return a value as JSON in one line."""
    return orjson.dumps(value, default=str).decode()


def compare(before: bytes, after: bytes) -> tuple[str, list[Change]]:
    """Return a sentence on two payloads, and the paths at which they differ as JSON."""
    if before == after:
        return "The same bytes.", []
    try:
        if max(len(before), len(after)) > LARGEST:
            raise ValueError("too long to compare by path")
        differing = [*changes(orjson.loads(before), orjson.loads(after))]
    except (ValueError, RecursionError):
        return f"{len(before)} and {len(after)} bytes, which differ and are not both JSON.", []
    if not differing:
        return "The same JSON; only white space or the order of members differs.", []
    return f"{len(differing)} {'path differs' if len(differing) == 1 else 'paths differ'}.", differing[:MOST]


class Line(NamedTuple):
    """One line of attempts side by side: its name, and for each attempt its text and whether it differs from the attempt before."""

    name: str
    cells: tuple[tuple[str, bool], ...]


def side_by_side(attempts: Sequence[Record]) -> list[Line]:
    """Return what was sent and answered in attempts, oldest first, line by line."""
    headers = dict.fromkeys(name for attempt in attempts for name, _ in attempt["headers"])
    lines = {name: [dict(attempt["headers"]).get(name, "") for attempt in attempts] for name in headers}
    lines["Body"] = [_body(attempt["sent"]) for attempt in attempts]
    lines["Answer"] = [str(attempt["status"] or attempt["error"] or "none") for attempt in attempts]
    lines["Answer's body"] = [_body(attempt["answer_body"]) for attempt in attempts]
    lines["Changed by"] = [attempt["fault"] or "" for attempt in attempts]
    return [Line(name, tuple(_marked(texts))) for name, texts in lines.items() if any(texts)]


def _body(body: bytes) -> str:
    return f"{len(body)} B: {body[:60].decode('utf-8', 'replace')}" if body else ""


def _marked(texts: Sequence[str]) -> Iterator[tuple[str, bool]]:
    for place, text in enumerate(texts):
        yield text, place > 0 and text != texts[place - 1]


def of_bodies(attempts: Sequence[Record]) -> list[tuple[int, int, str, list[Change]]]:
    """Return the differences of the bodies of each attempt and the one before, where there are any: both places, a sentence, the paths."""
    pairs = ((first, second, compare(first["sent"], second["sent"])) for first, second in pairwise(attempts))
    return [
        (first["place"], second["place"], *compared)
        for first, second, compared in pairs
        if first["sent"] != second["sent"]
    ]
