"""Fault rule: one fault that is on, with what it is for, how often it still applies, and how often it has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict, TypeVar

from mockmarket.faults.base import Arguments, Fault
from mockmarket.ids import Ids
from mockmarket.store.outbox import Claim
from mockmarket.store.records import Record

T = TypeVar("T")

FINENESS = 2**53
"""Into how many parts a probability is divided: as fine as a double is."""

Operation = tuple[str, str]
"""A method and a path as it is routed: `("GET", "/api/v1/orders/<string:id>")`."""

SwitchedFault = TypedDict("SwitchedFault", {
    "id": str, "fault": str, "of": str, "vendor": str | None, "operation": str | None, "key": str | None,
    "endpoint": str | None, "notice": str | None, "times": int | None, "probability": float, "with": Record,
    "applied": int, "left": int | None,
})  # fmt: skip
"""One fault that is on; `left` is null when it applies always."""


@dataclass(eq=False, slots=True)
class FaultRule:
    """One fault that is on, or asked for: then without an id, unless it was asked for with one, and without draws of its own.

    `choice` is what it is for, in the words in which it was asked for: vendor, operation, key, endpoint, notice; None is any.
    `operations` and `keys` are what that names, looked up.
    """

    id: str
    fault: Fault
    choice: Mapping[str, str | None]
    arguments: Arguments
    times: int | None = None
    probability: float = 1.0
    operations: frozenset[Operation] | None = None
    keys: frozenset[str] | None = None
    rng: Ids = field(default_factory=lambda: Ids(0))
    applied: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_for_request(self, vendor: str, operation: Operation | None) -> bool:
        """Tell whether a request to a vendor is one of those that the fault is for, whoever makes it."""
        return self.choice["vendor"] in (None, vendor) and (self.operations is None or operation in self.operations)

    def is_for_caller(self, key: str | None) -> bool:
        """Tell whether the fault is for what is asked with this key, by its id."""
        return self.keys is None or key in self.keys

    def is_for_delivery(self, claim: Claim) -> bool:
        """Tell whether a delivery is one of those that the fault is for."""
        own = (("vendor", claim.vendor), ("endpoint", claim.endpoint), ("notice", claim.type))
        return all(self.choice[name] in (None, value) for name, value in own)

    def take(self) -> bool:
        """Tell whether the fault applies this time, and count it if so: not when it has as often as it may, nor when the draw
        says no. Each call that is not too late draws once, so that the same seed gives the same sequence."""
        with self._lock:
            if self.times is not None and self.applied >= self.times:
                return False
            if self.probability < 1 and self.rng.below(FINENESS) >= self.probability * FINENESS:
                return False
            self.applied += 1
            return True

    def state(self) -> SwitchedFault:
        """Describe the rule: what was asked for, and how often it applied; `left` is None when there is no end to it."""
        applied = self.applied
        return {
            "id": self.id,
            "fault": self.fault.name,
            "of": self.fault.of,
            "vendor": self.choice["vendor"],
            "operation": self.choice["operation"],
            "key": self.choice["key"],
            "endpoint": self.choice["endpoint"],
            "notice": self.choice["notice"],
            "times": self.times,
            "probability": self.probability,
            "with": dict(self.arguments),
            "applied": applied,
            "left": None if self.times is None else self.times - applied,
        }


def apply_first(rules: Iterable[FaultRule], outcome_of: Callable[[FaultRule], T | None]) -> tuple[T | None, str]:
    """Return what the first rule that fits and applies this time makes of something, and its fault's name; (None, "") when none does."""
    for rule in rules:
        outcome = outcome_of(rule)
        if outcome is not None and rule.take():
            return outcome, rule.fault.name
    return None, ""
