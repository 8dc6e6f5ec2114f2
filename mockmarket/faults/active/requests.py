"""Faults of requests, applied: before one is carried out, and to its answer. Of each moment the first that applies does."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from mockmarket.errors import Refusal
from mockmarket.faults.active.switch import Operation, Switch
from mockmarket.faults.base import Pace, Reply

Environ = MutableMapping[str, Any]

SWITCHES = "mockmarket.switches"
"""Where a request's environ has the switches of its world, if there are any: the same from its beginning to its end."""


class NoAnswer(Refusal):
    """The connection is to end without an answer; this one is never seen."""

    status = 503
    word = "no_answer"


def on_request(environ: Environ, operation: Operation | None) -> None:
    """Raise what a request gets instead of being carried out, by a fault that does not ask who the caller is."""
    environ["mockmarket.operation"] = operation
    refuse(environ, [one for one in environ[SWITCHES] if one.keys is None])


def on_caller(environ: Environ, key: str) -> None:
    """Raise what a request gets instead of being carried out, by a fault that is for its caller's key, now that it is known."""
    refuse(environ, [one for one in environ[SWITCHES] if one.keys is not None and one.is_for_caller(key)])


def refuse(environ: Environ, switches: list[Switch]) -> None:
    """Raise what the first of these switches that applies gives instead of an answer."""
    for switch in concerned(environ, switches):
        hook = switch.fault.on_request
        outcome = hook(switch.given) if hook else None
        if outcome is None or not switch.take():
            continue
        note(environ, switch)
        if isinstance(outcome, Pace):
            environ["mockmarket.pace"] = outcome
            raise NoAnswer("The connection ends without an answer.")
        raise outcome


def on_response(environ: Environ, reply: Reply) -> Reply:
    """Return what goes out instead of an answer: spoilt by the first switch that applies, or as it was."""
    if "mockmarket.pace" in environ:
        return Reply(reply.status, reply.headers, reply.body, environ["mockmarket.pace"])
    key = environ.get("mockmarket.key")
    for switch in concerned(environ, [one for one in environ[SWITCHES] if one.is_for_caller(key)]):
        hook = switch.fault.on_response
        outcome = hook(reply, switch.given) if hook else None
        if outcome is not None and switch.take():
            note(environ, switch)
            return outcome
    return reply


def concerned(environ: Environ, switches: list[Switch]) -> list[Switch]:
    """Return those of the switches that are for what is asked."""
    vendor, operation = environ["mockmarket.vendor"].name, environ.get("mockmarket.operation")
    return [one for one in switches if one.is_for_request(vendor, operation)]


def note(environ: Environ, switch: Switch) -> None:
    """Note that a fault was applied to a request, for the journal."""
    environ["mockmarket.faults"] = (*environ.get("mockmarket.faults", ()), switch.fault.name)
