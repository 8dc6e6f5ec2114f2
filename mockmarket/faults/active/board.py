"""Switchboard: the faults that are on in one world. They are in memory, and a reset turns them all off."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from mockmarket.errors import Invalid, NotFound
from mockmarket.faults.active.reading import Asked, Known, read
from mockmarket.faults.active.switch import Switch, SwitchedFault
from mockmarket.ids import Ids
from mockmarket.store import Store
from mockmarket.vendor import Vendor

MOST = 1000
"""How many faults can be on at once in a world."""

SPREAD = 2**32
"""Keeps the dice of two worlds' faults, and a world's own ids, apart: each switch draws from a stream of its own."""


class Switchboard:
    """The faults that are on in one world, in the order in which they are looked at.

    `requests` and `deliveries` are empty when none is on, which is all that anybody else pays for. `held` has the delivery
    that each endpoint's next one is to overtake, `late` what was put off and by which fault.
    """

    def __init__(self, store: Store, vendors: Mapping[str, Vendor]) -> None:
        self.requests: tuple[Switch, ...] = ()
        self.deliveries: tuple[Switch, ...] = ()
        self.held: dict[str, int] = {}
        self.late: dict[int, str] = {}
        self._store = store
        self._vendors = vendors
        self._switches: tuple[Switch, ...] = ()
        self._numbers = count(1)
        self._lock = threading.RLock()

    def put(self, faults: Iterable[Any]) -> list[SwitchedFault]:
        """Have these faults on and no others, counted and drawn from the beginning; returns them as `all` does.

        Each is a mapping of `fault` and, where wanted, `id`, `vendor`, `operation`, `key`, `endpoint`, `notice`, `times`,
        `probability` and `with`. Invalid names everything that is wrong, with what there is, and changes nothing.
        """
        given = list(faults)
        with self._lock:
            asked = self._read(given, [f"faults.{number}." for number in range(len(given))])
            self._numbers = count(1)
            self._set([])
            self._set([self._switch(one) for one in asked])
            return self.all()

    def add(self, fault: Mapping[str, Any]) -> str:
        """Turn one more fault on, behind those that are; returns its id. Invalid as with `put`."""
        with self._lock:
            (asked,) = self._read([fault], [""])
            switch = self._switch(asked)
            self._set([*self._switches, switch])
            return switch.id

    def remove(self, id: str) -> None:
        """Turn one fault off; NotFound lists those that are on."""
        with self._lock:
            self.get(id)
            self._set([one for one in self._switches if one.id != id])

    def clear(self) -> None:
        """Turn every fault off, and forget what they have begun."""
        with self._lock:
            self._numbers = count(1)
            self.held.clear()
            self.late.clear()
            self._set([])

    def all(self) -> list[SwitchedFault]:
        """Return every fault that is on, in order: what was asked for, how often it `applied`, how often it is `left` to."""
        return [one.state() for one in self._switches]

    def get(self, id: str) -> Switch:
        """Return the fault of this id; NotFound lists those that are on."""
        found = next((one for one in self._switches if one.id == id), None)
        if found is None:
            there = ", ".join(one.id for one in self._switches)
            raise NotFound(f"There is no fault {id!r}; " + (f"on are {there}." if there else "none is on."))
        return found

    def _read(self, given: list[Any], places: list[str]) -> list[Asked]:
        """Read what is asked for; Invalid with everything that is wrong."""
        known = Known(self._store.read(), self._vendors)
        wrong: list[tuple[str, str]] = []
        asked: list[Asked] = []
        for one, place in zip(given, places, strict=True):
            found = read(one, known)
            if isinstance(found, Asked):
                asked.append(found)
            else:
                wrong += [(place + field, words) for field, words in found]
        wrong += self._wrong_together(asked, alone=places == [""])
        if wrong:
            raise Invalid("; ".join(f"{field}: {words}" for field, words in wrong), details=wrong)
        return asked

    def _wrong_together(self, asked: list[Asked], alone: bool) -> list[tuple[str, str]]:
        """Return what is wrong with faults beside each other: two of one id, or too many."""
        there = [one.id for one in self._switches] if alone else []
        ids = [one.id for one in asked if one.id is not None]
        twice = sorted({id for id in ids if (there + ids).count(id) > 1})
        wrong = [("id", f"{id!r} is the id of another fault; leave it out to get one") for id in twice]
        many = len(there) + len(asked) > MOST
        return [*wrong, ("faults", f"{MOST} can be on at once")] if many else wrong

    def _switch(self, asked: Asked) -> Switch:
        """Make a switch: its dice are those of the world's seed and of its number."""
        number = next(self._numbers)
        taken = {one.id for one in self._switches}
        id = asked.id or next(id for id in (f"f{n}" for n in count(number)) if id not in taken)
        return Switch(
            id=id, fault=asked.fault, choice=asked.choice, given=asked.given,
            dice=Ids(self._store.seed * SPREAD + SPREAD // 2 + number), times=asked.times, probability=asked.probability,
            operations=asked.operations, keys=asked.keys,
        )  # fmt: skip

    def _set(self, switches: list[Switch]) -> None:
        self._switches = tuple(switches)
        self.requests = tuple(one for one in switches if one.fault.of == "requests")
        self.deliveries = tuple(one for one in switches if one.fault.of == "deliveries")
