"""The shapes of answers: the members that the client and its callers use, checked first. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Union

Shape = Union[type, tuple[type, ...], list["Shape"], dict[Union[str, type], "Shape"]]
"""A type, or a tuple of types; `[shape]`, a list of it; `{"name": shape}`, an object with at least these members (`"name?"` may be missing,
or null); `{str: shape}`, an object with any members of the shape."""

HEALTH: Shape = {"status": str}
DETAIL: Shape = {"field": str, "message": str}
REFUSAL: Shape = {"error": {"code": str, "message": str, "hint?": str, "seen?": dict, "details?": [DETAIL]}}
TEXT_OR_NULL = (str, type(None))
KEY: dict[str | type, Shape] = {"name": str, "secret": str, "headers": {str: str}}
CREDENTIAL: Shape = KEY | {"ip_allowlist": [str], "expires_at": TEXT_OR_NULL}
SCHEME: Shape = {
    "header": str,
    "form": str,
    "algorithm": str,
    "stamped": bool,
    "stamp_header": TEXT_OR_NULL,
    "all_secrets": bool,
}
SIGNING: Shape = {"scheme?": SCHEME, "ids": {str: str}}
VENDOR: Shape = {
    "name": str,
    "base_url": str,
    "credentials": [CREDENTIAL],
    "notices": [{"name": str}],
    "signing": SIGNING,
}
WORLD: Shape = {"name": str, "fixture": str, "frozen": bool}
NOW: dict[str | type, Shape] = {"now": TEXT_OR_NULL, "now_ms": int, "frozen": bool}
CLOCK: Shape = NOW | {"next_due": TEXT_OR_NULL, "next_delivery": TEXT_OR_NULL, "timers": [{"due": TEXT_OR_NULL}]}
WALK: Shape = NOW | {"attempts": int, "timers": [{"at": TEXT_OR_NULL}], "complete": bool, "left": int}
SNAPSHOT: Shape = {"name": str, "taken_at": TEXT_OR_NULL, "bytes": int}
WAITED: Shape = {"for": str}
WITH_SECRET: Shape = {"id": str, "secret": str}
TRIGGERED: Shape = {"notices": int, "deliveries": int, "delivery_ids": [str]}
DELIVERY: dict[str | type, Shape] = {"id": str, "type": str, "endpoint": str}
SENT: Shape = DELIVERY | {
    "vendor": str,
    "state": str,
    "attempts": int,
    "last_status": (int, type(None)),
    "reason": TEXT_OR_NULL,
    "due": TEXT_OR_NULL,
}
RESENT: Shape = {"matched": int, "resent": int, "kept_back": {str: int}}
DROPPED: Shape = {"dropped": int, "cancelled_resends": int}
DELETED: Shape = {"deleted": [str]}
MOVED: Shape = {"name": str, "to": str}
DRAINED: Shape = {"moved": [MOVED], "kept": [{"name": str, "problem": str}], "in_flight": int}
FLEET: Shape = {"worlds": [WORLD], "servers": [{"url": str, "problem": TEXT_OR_NULL}]}
REQUEST: Shape = {
    "id": str,
    "vendor": str,
    "method": str,
    "path": str,
    "status": int,
    "refused": TEXT_OR_NULL,
    "message": TEXT_OR_NULL,
    "fault": TEXT_OR_NULL,
    "unread": [str],
    "unsupported": [str],
}
STEP: Shape = {"number": int, "line": int, "state": str, "about": str, "said": str}
ENDED: dict[str | type, Shape] = {"failed?": {"step": int}, "stopped?": str}
RUN: Shape = {"id": str, "scenario": str, "world": str, "state": str, "done": int, "steps": [STEP], **ENDED}
SETTINGS: Shape = {str: {str: dict}}
FAULT: Shape = {"id": str, "fault": str, "applied": int}


def misfit(value: Any, shape: Shape, place: str = "") -> str | None:
    """Return what in a value does not have a shape, by its dotted path; None when all of it does."""
    kind = type(shape) if isinstance(shape, (list, dict)) else shape
    fits = isinstance(value, kind)
    if not fits:
        return f"{place or 'the answer'} is {type(value).__name__ if value is not None else 'null'}"
    wrong: Iterator[str | None] = iter(())
    if isinstance(shape, list):
        wrong = (misfit(item, shape[0], f"{place}[{number}]") for number, item in enumerate(value))
    elif isinstance(shape, dict):
        wrong = (misfit_of_member(value, name, inner, f"{place}." if place else "") for name, inner in shape.items())
    return next(filter(None, wrong), None)


def misfit_of_member(value: dict[str, object], name: str | type, shape: Shape, within: str) -> str | None:
    """Return what in the member of this name, or, for a type as the name, in any member, does not have a shape, or None."""
    if not isinstance(name, str):
        return next(filter(None, (misfit(member, shape, within + key) for key, member in value.items())), None)
    bare = name.removesuffix("?")
    if value.get(bare) is None and bare != name:
        return None
    return misfit(value[bare], shape, within + bare) if bare in value else f"it has no {within}{bare}"
