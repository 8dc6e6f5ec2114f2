"""What a shape shows of a record: the shape's members, in its order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from mockmarket.records import members

S = TypeVar("S")


def view(record: Mapping[str, Any], shape: type[S], **own: object) -> S:
    """Return a record as a shape shows it, with `own` values in place of the record's; KeyError for one that it lacks."""
    values = {**record, **own}
    names = (member.key for member in members(cast(Any, shape)) if member.required or member.key in values)
    return cast(S, {name: values[name] for name in names})


def filled(record: Mapping[str, Any], shape: type[S], empty: str | None, **own: object) -> S:
    """Return the same, with `empty` for what the record lacks."""
    return view(
        {member.key: empty for member in members(cast(Any, shape)) if member.required} | dict(record), shape, **own
    )
