"""Faults of requests, applied: before one is carried out, and to its answer. Of each moment the first that applies does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mockmarket.errors import Refusal
from mockmarket.faults.active.rule import FaultRule, Operation
from mockmarket.faults.base import Pace, Reply


class NoAnswer(Refusal):
    """The connection is to end without an answer; this one is never seen."""

    status = 503
    word = "no_answer"


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
            return Reply(reply.status, reply.headers, reply.body, self._pace)
        for rule in self._concerned([rule for rule in self.rules if rule.is_for_caller(self.key)]):
            hook = rule.fault.on_response
            outcome = hook(reply, rule.arguments) if hook else None
            if outcome is not None and rule.take():
                self.applied += (rule.fault.name,)
                return outcome
        return reply

    def _refuse(self, rules: Sequence[FaultRule]) -> None:
        for rule in self._concerned(rules):
            hook = rule.fault.on_request
            outcome = hook(rule.arguments) if hook else None
            if outcome is None or not rule.take():
                continue
            self.applied += (rule.fault.name,)
            if isinstance(outcome, Pace):
                self._pace = outcome
                raise NoAnswer("The connection ends without an answer.")
            raise outcome

    def _concerned(self, rules: Sequence[FaultRule]) -> list[FaultRule]:
        return [rule for rule in rules if rule.is_for_request(self.vendor, self.operation)]
