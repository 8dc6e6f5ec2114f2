"""The shapes of answers: what the client and its callers use of each, checked before it is used. Pure."""

from __future__ import annotations

from types import UnionType
from typing import Any, TypeAlias

Shape: TypeAlias = type | UnionType | list["Shape"] | dict[str | type, "Shape"]
"""A type; `[shape]`, a list of such; `{"name": shape}`, an object with at least these members (`"name?"` may be missing, or null);
`{str: shape}`, an object whose every member is such."""

TEXT_OR_NULL = str | None

HEALTH: Shape = {"status": str, "version": str}
REFUSAL: Shape = {
    "error": {
        "code": str,
        "message": str,
        "hint?": str,
        "seen?": dict,
        "details?": [{"field": str, "message": str}],
    }
}
CREDENTIAL: Shape = {
    "name": str,
    "secret": str,
    "headers": {str: str},
    "ip_allowlist": [str],
    "expires_at": TEXT_OR_NULL,
}
VENDORS: Shape = {
    "vendors": [{"name": str, "base_url": str, "credentials": [CREDENTIAL], "notices": [{"name": str}]}],
}
WORLD: Shape = {"name": str, "fixture": str, "frozen": bool}
CLOCK: Shape = {"now": TEXT_OR_NULL, "now_ms": int, "frozen": bool}
SNAPSHOT: Shape = {"name": str, "taken_at": TEXT_OR_NULL, "bytes": int}
WAITED: Shape = {"for": str}
WITH_SECRET: Shape = {"id": str, "secret": str}
TRIGGERED: Shape = {"notices": int, "deliveries": int}
DELIVERY: dict[str | type, Shape] = {"id": str, "type": str, "endpoint": str}
DELIVERIES: Shape = {
    "deliveries": [
        DELIVERY | {"vendor": str, "state": str, "attempts": int, "last_status": int | None, "reason": TEXT_OR_NULL}
    ]
}
REQUESTS: Shape = {"requests": [{"id": str, "vendor": str, "method": str, "path": str, "status": int}]}
STEP: Shape = {"number": int, "line": int, "state": str, "about": str, "said": str}
RUN: Shape = {
    "id": str,
    "scenario": str,
    "world": str,
    "state": str,
    "done": int,
    "steps": [STEP],
    "failed?": {"step": int},
    "stopped?": str,
}
SETTINGS: Shape = {str: {str: dict}}
FAULT: Shape = {"id": str, "fault": str, "applied": int}


def rows(name: str, row: Shape = dict) -> Shape:
    """Return the shape of a list in its envelope."""
    return {name: [row]}


def misfit(value: Any, shape: Shape, place: str = "") -> str | None:
    """Say what in a value is not of a shape, by its dotted place; None when all of it fits."""
    if isinstance(shape, list):
        return not_of(value, list, place) or misfit_of_items(value, shape[0], place)
    if isinstance(shape, dict):
        return not_of(value, dict, place) or misfit_of_members(value, shape, place)
    return not_of(value, shape, place)


def misfit_of_items(items: list[Any], shape: Shape, place: str) -> str | None:
    """Say what in the first item that is not of a shape is not, or None."""
    wrong = (misfit(item, shape, f"{place}[{number}]") for number, item in enumerate(items))
    return next(filter(None, wrong), None)


def misfit_of_members(value: dict[str, Any], shape: dict[str | type, Shape], place: str) -> str | None:
    """Say what in the first member that is not as an object's shape has it is not, or None."""
    for name, inner in shape.items():
        wrong = misfit_of_member(value, name, inner, f"{place}." if place else "")
        if wrong:
            return wrong
    return None


def misfit_of_member(value: dict[str, Any], name: str | type, shape: Shape, within: str) -> str | None:
    """Say what is not of a shape in the member of this name, or, for a type in its place, in any; None when all fits."""
    if not isinstance(name, str):
        wrong = (misfit(member, shape, within + key) for key, member in value.items())
        return next(filter(None, wrong), None)
    bare = name.removesuffix("?")
    if value.get(bare) is None and bare != name:
        return None
    return misfit(value[bare], shape, within + bare) if bare in value else f"it has no {within}{bare}"


def not_of(value: Any, wanted: type | UnionType, place: str) -> str | None:
    """Say that a value is not of a type, or None."""
    if isinstance(value, wanted):
        return None
    return f"{place or 'the answer'} is {type(value).__name__ if value is not None else 'null'}"
