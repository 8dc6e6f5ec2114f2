"""Zatabox's error answers: the code of each refusal, what it says of it, and the id of every request."""

from __future__ import annotations

from typing import Any

from mockmarket import errors
from mockmarket.api.context import current
from mockmarket.errors import Refusal
from mockmarket.ids import Ids
from mockmarket.worlds import journal
from mockmarket.worlds.world import World

CODES: dict[type[Refusal], str] = {
    errors.Malformed: "VALIDATION_ERROR",
    errors.Invalid: "VALIDATION_ERROR",
    errors.Unauthenticated: "UNAUTHORIZED",
    errors.ScopeMissing: "INSUFFICIENT_SCOPE",
    errors.Forbidden: "FORBIDDEN",
    errors.NotFound: "NOT_FOUND",
    errors.MethodNotAllowed: "METHOD_NOT_ALLOWED",
    errors.SoldOut: "TICKET_SOLD_OUT",
    errors.Conflict: "CONFLICT",
    errors.TooLarge: "PAYLOAD_TOO_LARGE",
    errors.RateLimited: "RATE_LIMITED",
    errors.Internal: "INTERNAL_ERROR",
    errors.NotBuilt: "NOT_IMPLEMENTED",
}
"""Public, the SDK's table of codes, with their statuses; FORBIDDEN, METHOD_NOT_ALLOWED, PAYLOAD_TOO_LARGE and NOT_IMPLEMENTED
are convention. A refusal's own `code` goes before this table."""

SALT = 0x5A54
"""Keeps request ids apart from the world's stream of other ids, which they do not draw from."""


def refuse(refusal: Refusal) -> dict[str, Any]:
    """Write an error answer (public; `success` stands in one of its two descriptions only, so both keys are given)."""
    error: dict[str, Any] = {"code": code_of(refusal), "message": refusal.message}
    details = details_of(refusal)
    if details:
        error["details"] = details
    place = current().place
    here = place if isinstance(place, World) else None
    return {"success": False, "error": error, "meta": {"request_id": request_id(here)}}


def code_of(refusal: Refusal) -> str:
    """Return a refusal's code: its own, or that of the nearest class in the table."""
    if refusal.facts.get("reused"):
        return "IDEMPOTENCY_KEY_REUSED"
    known = (CODES[kind] for kind in type(refusal).__mro__ if kind in CODES)
    return str(refusal.facts.get("code") or next(known, "BAD_REQUEST"))


def details_of(refusal: Refusal) -> dict[str, Any]:
    """Return what a refusal says beside its message: issues (public), and convention for the rest."""
    details: dict[str, Any] = dict(refusal.facts.get("about") or {})
    if refusal.details:
        details["issues"] = [{"path": field, "message": message} for field, message in refusal.details]
    for fact, name in (("scope", "scope"), ("available", "available"), ("retry_after", "retryAfter")):
        if fact in refusal.facts:
            details[name] = refusal.facts[fact]
    return details


def request_id(world: World | None) -> str:
    """Return the id of the request being answered: of the world's time and the journal's number, the same with the same seed."""
    number = int((journal.current.get() or "r0")[1:])
    if world is None:
        return f"req_{'0' * 26}"
    return f"req_{Ids(world.store.seed ^ SALT, number).ulid(world.clock.now())}"
