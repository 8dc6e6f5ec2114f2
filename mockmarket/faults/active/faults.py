"""The active faults of one world. They are in memory, and a reset removes them all."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING

from mockmarket.errors import Invalid, NotFound
from mockmarket.ids import Ids

if TYPE_CHECKING:
    from mockmarket.faults.active.rules import FaultRule, SwitchedFault, Wrong
    from mockmarket.store import Store
    from mockmarket.vendor import Vendor

MOST = 1000  # most active faults of a world
SPREAD = 2**32
"""Separates the random streams of two worlds' faults and of a world's ids: each rule draws from a stream of its own."""


class ActiveFaults:
    """The active faults of one world, in the order in which they are tried. `requests` and `deliveries` are empty
    without active faults, so that these cost nothing. `held` has the delivery that each endpoint's next one will
    overtake, `late` the deliveries that were put off, with the fault's name."""

    def __init__(self, store: Store, vendors: Mapping[str, Vendor]) -> None:
        self.requests: tuple[FaultRule, ...] = ()
        self.deliveries: tuple[FaultRule, ...] = ()
        self.held: dict[str, int] = {}
        self.late: dict[int, str] = {}
        self._store = store
        self._vendors = vendors
        self._rules: tuple[FaultRule, ...] = ()
        self._numbers = count(1)
        self._lock = threading.RLock()

    def put(self, faults: Iterable[object]) -> list[SwitchedFault]:
        """Replace the active faults by these, with new counters and draws; returns them as `all` does. Each is a
        mapping of `fault` and, optionally, `id`, `vendor`, `operation`, `key`, `endpoint`, `notice`, `times`,
        `probability` and `with`. Invalid names every error, with the existing names, and changes nothing."""
        requested = {f"faults.{number}.": fault for number, fault in enumerate(faults)}
        with self._lock:
            rules = self._read(requested, ())
            self._numbers = count(1)
            self._turn_on((), rules)
            return self.all()

    def add(self, fault: Mapping[str, object]) -> str:
        """Add one fault after the active ones; returns its id. Invalid as with `put`."""
        with self._lock:
            rules = self._read({"": fault}, self._rules)
            self._turn_on(self._rules, rules)
            return rules[0].id

    def remove(self, id: str) -> None:
        """Remove one fault; NotFound lists the active ones."""
        with self._lock:
            self.get(id)
            self._set([rule for rule in self._rules if rule.id != id])

    def clear(self) -> None:
        """Remove every fault and its pending effects."""
        with self._lock:
            self._numbers = count(1)
            self.held.clear()
            self.late.clear()
            self._set(())

    def all(self) -> list[SwitchedFault]:
        """Return every active fault, in order: its request, how often it `applied`, and how many times are `left`."""
        return [rule.state() for rule in self._rules]

    def get(self, id: str) -> FaultRule:
        """Return the fault of this id; NotFound lists the active ones."""
        rule = next((rule for rule in self._rules if rule.id == id), None)
        if rule is None:
            ids = ", ".join(rule.id for rule in self._rules)
            raise NotFound(f"There is no fault {id!r}; " + (f"active: {ids}." if ids else "none is active."))
        return rule

    def _read(self, requested: Mapping[str, object], existing: Sequence[FaultRule]) -> list[FaultRule]:
        """Read requested faults, each with the prefix of its errors; Invalid with every error."""
        from mockmarket.faults.active.rules import FaultRule, Known, read

        known = Known(self._vendors, self._store.read())
        outcomes = {place: read(rule, known) for place, rule in requested.items()}
        rules = [outcome for outcome in outcomes.values() if isinstance(outcome, FaultRule)]
        refused = {place: pairs for place, pairs in outcomes.items() if isinstance(pairs, list)}
        wrong = [(place + field, words) for place, pairs in refused.items() for field, words in pairs]
        wrong += _wrong_together(rules, existing)
        if wrong:
            raise Invalid("; ".join(f"{field}: {words}" for field, words in wrong), details=wrong)
        return rules

    def _turn_on(self, existing: Sequence[FaultRule], rules: Sequence[FaultRule]) -> None:
        """Append rules to existing ones: missing ids are assigned; each rule's draws follow from the world's seed and its number."""
        taken = {rule.id for rule in (*existing, *rules)}
        for rule in rules:
            number = next(self._numbers)
            rule.id = rule.id or next(id for id in (f"f{n}" for n in count(number)) if id not in taken)
            rule.rng = Ids(self._store.seed * SPREAD + SPREAD // 2 + number)
            taken.add(rule.id)
        self._set([*existing, *rules])

    def _set(self, rules: Sequence[FaultRule]) -> None:
        self._rules = tuple(rules)
        self.requests = tuple(rule for rule in rules if rule.fault.of == "requests")
        self.deliveries = tuple(rule for rule in rules if rule.fault.of == "deliveries")


def _wrong_together(rules: Sequence[FaultRule], existing: Sequence[FaultRule]) -> Wrong:
    ids, all_ids = {rule.id for rule in rules if rule.id}, [rule.id for rule in (*existing, *rules)]
    for id in sorted(id for id in ids if all_ids.count(id) > 1):
        yield "id", f"{id!r} is the id of another fault; leave it out to get one"
    if len(all_ids) > MOST:
        yield "faults", f"at most {MOST} faults can be active at once"
