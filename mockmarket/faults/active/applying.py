"""Applies faults: to a request and its answer, to a due delivery, to a signed attempt. At each moment the first matching fault applies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from mockmarket.clock import iso_ms
from mockmarket.errors import Refusal
from mockmarket.faults.base import Due, Fate, Pace, Reply
from mockmarket.store import Tx, outbox

if TYPE_CHECKING:
    from mockmarket.faults.active.faults import ActiveFaults
    from mockmarket.faults.active.rules import FaultRule, Operation
    from mockmarket.store.outbox import Claim
    from mockmarket.webhooks.tampering import Outgoing

T = TypeVar("T")


class NoAnswer(Refusal):
    """The connection ends without an answer, as a Pace says; this refusal is never sent."""

    status = 503
    word = "no_answer"

    def __init__(self, pace: Pace) -> None:
        super().__init__("The connection ends without an answer.")
        self.pace = pace


@dataclass(slots=True)
class RequestFaults:
    """The rules active in a request's world when it arrived, and their effects; `applied` are names, for the journal."""

    rules: Sequence[FaultRule]
    vendor: str
    operation: Operation | None = None
    key: str | None = None
    applied: tuple[str, ...] = ()
    _pace: Pace | None = None

    def on_request(self, operation: Operation | None) -> None:
        """Raise the refusal of the first fault that applies to the request whoever its caller is."""
        self.operation = operation
        self._refuse([rule for rule in self.rules if rule.keys is None])

    def on_caller(self, key: str) -> None:
        """Raise the refusal of the first fault that is limited to the caller's key, once that is known."""
        self.key = key
        self._refuse([rule for rule in self.rules if rule.keys is not None and rule.is_for_caller(key)])

    def on_response(self, reply: Reply) -> Reply:
        """Return the answer as the first applying rule alters it, or unchanged."""
        if self._pace is not None:
            return replace(reply, pace=self._pace)
        rules = [rule for rule in self.rules if rule.is_for_caller(self.key)]
        outcome = self._first(
            rules, lambda rule: rule.fault.on_response and rule.fault.on_response(reply, rule.arguments)
        )
        return outcome or reply

    def _refuse(self, rules: Sequence[FaultRule]) -> None:
        refusal = self._first(rules, _refusal_of)
        if isinstance(refusal, NoAnswer):
            self._pace = refusal.pace
        if refusal is not None:
            raise refusal

    def _first(self, rules: Sequence[FaultRule], outcome_of: Callable[[FaultRule], T | None]) -> T | None:
        concerned = (rule for rule in rules if rule.is_for_request(self.vendor, self.operation))
        outcome, name = _apply_first(concerned, outcome_of)
        self.applied += (name,) if name else ()
        return outcome


def _refusal_of(rule: FaultRule) -> Refusal | None:
    outcome = rule.fault.on_request(rule.arguments) if rule.fault.on_request else None
    return NoAnswer(outcome) if isinstance(outcome, Pace) else outcome


@dataclass(frozen=True, slots=True)
class Going:
    """A delivery that will be sent: the number of copies, and the faults applied to it so far."""

    copies: int = 0
    faults: tuple[str, ...] = ()


UNTOUCHED = Going()


def on_due(active: ActiveFaults, tx: Tx, claim: Claim) -> Going | None:
    """Return how a claimed delivery is sent, or None when a fault drops it or puts it off, which is stored here. Only a
    first attempt is affected: a delivery that was put off is sent at its new time, retries and resends as usual."""
    if not active.deliveries and not active.late:
        return UNTOUCHED
    known = late(active, claim)
    if known or claim.resuming or claim.attempt - claim.resends != 1:
        return Going(faults=known)
    due = Due(tx.now, claim.endpoint in active.held)
    rules = _rules_for(active, claim)
    fate, name = _apply_first(rules, lambda rule: rule.fault.on_due and rule.fault.on_due(due, rule.arguments))
    return UNTOUCHED if fate is None else _carry_out(active, tx, claim, fate, name)


def _apply_first(rules: Iterable[FaultRule], outcome_of: Callable[[FaultRule], T | None]) -> tuple[T | None, str]:
    """Return the outcome of the first matching rule that applies this time, and its fault's name; (None, "") when none does."""
    for rule in rules:
        outcome = outcome_of(rule)
        if outcome is not None and rule.take():
            return outcome, rule.fault.name
    return None, ""


def _rules_for(active: ActiveFaults, claim: Claim) -> Iterator[FaultRule]:
    return (rule for rule in active.deliveries if rule.is_for_delivery(claim))


def late(active: ActiveFaults, claim: Claim) -> tuple[str, ...]:
    """Return the fault by which a delivery had been put off; it is no longer held back."""
    name = active.late.pop(claim.id, None)
    if active.held.get(claim.endpoint) == claim.id:
        del active.held[claim.endpoint]
    return () if name is None else (name,)


def _carry_out(active: ActiveFaults, tx: Tx, claim: Claim, fate: Fate, name: str) -> Going | None:
    if fate.lost:
        outbox.settle(tx, claim.id, "dropped", None, f"Never sent (fault: {name}).")
        return None
    if fate.until is None:
        return Going(fate.copies, (name,))
    active.late[claim.id] = name
    if fate.passed:
        active.held[claim.endpoint] = claim.id
    how = "Held back for the next delivery, until" if fate.passed else "Delayed until"
    outbox.put_off(tx, claim.id, fate.until, f"{how} {iso_ms(fate.until)} at the latest (fault: {name}).")
    return None


def on_send(active: ActiveFaults, claim: Claim, out: Outgoing) -> tuple[Outgoing, tuple[str, ...]]:
    """Return what is sent instead of a signed attempt, and by which fault; applies to resends, tests and triggers too."""
    rules = _rules_for(active, claim)
    sent, name = _apply_first(rules, lambda rule: rule.fault.on_send and rule.fault.on_send(out, rule.arguments))
    return (out, ()) if sent is None else (sent, (name,))


def passed(active: ActiveFaults, tx: Tx, claim: Claim) -> None:
    """Make the delivery that was held back on this endpoint due now, when `claim` is the next delivery, which overtakes it."""
    held = active.held.get(claim.endpoint)
    if held is not None and claim.id > held:
        del active.held[claim.endpoint]
        outbox.bring_forward(tx, held)
