"""Faults of requests, applied: before one is carried out, and to its answer. Of each moment the first that applies does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from mockmarket.errors import Refusal
from mockmarket.faults.active.rule import FaultRule, Operation, apply_first
from mockmarket.faults.base import Pace, Reply

T = TypeVar("T")


class NoAnswer(Refusal):
    """The connection is to end without an answer, in the way of a Pace; this one is never seen."""

    status = 503
    word = "no_answer"

    def __init__(self, pace: Pace) -> None:
        super().__init__("The connection ends without an answer.")
        self.pace = pace


@dataclass(slots=True)
class RequestFaults:
    """The rules that were on in a request's world when it came, and what they do to it; `applied` are names, for the journal."""

    rules: Sequence[FaultRule]
    vendor: str
    operation: Operation | None = None
    key: str | None = None
    applied: tuple[str, ...] = ()
    _pace: Pace | None = None

    def on_request(self, operation: Operation | None) -> None:
        """Raise what the request gets instead of being carried out, by a fault that does not ask who the caller is."""
        self.operation = operation
        self._refuse([rule for rule in self.rules if rule.keys is None])

    def on_caller(self, key: str) -> None:
        """Raise what the request gets instead of being carried out, by a fault that is for its caller's key, now that it is known."""
        self.key = key
        self._refuse([rule for rule in self.rules if rule.keys is not None and rule.is_for_caller(key)])

    def on_response(self, reply: Reply) -> Reply:
        """Return what goes out instead of an answer: altered by the first rule that applies, or as it was."""
        if self._pace is not None:
            return replace(reply, pace=self._pace)
        rules = [rule for rule in self.rules if rule.is_for_caller(self.key)]
        outcome = self._first(
            rules, lambda rule: rule.fault.on_response and rule.fault.on_response(reply, rule.arguments)
        )
        return outcome or reply

    def _refuse(self, rules: Sequence[FaultRule]) -> None:
        refusal = self._first(rules, refusal_of)
        if isinstance(refusal, NoAnswer):
            self._pace = refusal.pace
        if refusal is not None:
            raise refusal

    def _first(self, rules: Sequence[FaultRule], outcome_of: Callable[[FaultRule], T | None]) -> T | None:
        """Return what the first rule that applies makes of this request, and note its name."""
        concerned = (rule for rule in rules if rule.is_for_request(self.vendor, self.operation))
        outcome, name = apply_first(concerned, outcome_of)
        self.applied += (name,) if name else ()
        return outcome


def refusal_of(rule: FaultRule) -> Refusal | None:
    """Return what a request gets by a rule instead of being carried out."""
    outcome = rule.fault.on_request(rule.arguments) if rule.fault.on_request else None
    return NoAnswer(outcome) if isinstance(outcome, Pace) else outcome
