"""Walks of a world's clock: from one due moment to the next, with the timers and the deliveries of each."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Protocol, TypedDict

from mockmarket.clock import LATEST, iso_ms, monotonic
from mockmarket.delivery.waiting import next_due, under_way
from mockmarket.records.formats import Time
from mockmarket.store import outbox, timers

if TYPE_CHECKING:
    from mockmarket.config import Limits
    from mockmarket.delivery.delivery import PreparedSend
    from mockmarket.store.timers import Timer
    from mockmarket.worlds.world import Until, World


class Fired(TypedDict):
    """One timer that fired."""

    timer: str
    vendor: str
    record: str
    at: Time


@dataclass(slots=True)
class Walk:
    """The result of an advance: moments passed, timers fired, attempts made; `quiet` is True when nothing was left to do by its end, else
    deliveries are `left` to send. `newcomers` are attempts of deliveries with `others` ids, which other threads caused meanwhile."""

    started_at: int
    reached: int
    newcomers: int = 0
    left: int = 0
    attempts: int = 0
    quiet: bool = True
    fired: list[Fired] = field(default_factory=list)
    others: set[int] = field(default_factory=set)
    thread: int = field(default_factory=threading.get_ident)

    @property
    def steps(self) -> int:
        """The number of timers fired and attempts made."""
        return len(self.fired) + self.attempts


class Engine(Protocol):
    """What a walk needs of the ticker."""

    limits: Limits
    is_stopping: bool

    def claim_due(self, world: World, most: int, in_order: bool = False) -> Sequence[PreparedSend]:
        """Claim due deliveries."""

    def exchange(self, world: World, sends: Sequence[PreparedSend]) -> list[bool]:
        """Send all at once, wait for every answer, and settle; returns for each whether it was delivered."""


class Walks:
    """The walks under way, at most one of each world. Whoever walks a world holds its engine and its clock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._under_way: dict[World, Walk] = {}

    def note_new(self, world: World, deliveries: Iterable[int]) -> None:
        """Note new deliveries that this thread causes while another one walks the world."""
        if (walk := self._under_way.get(world)) is not None and walk.thread != threading.get_ident():
            walk.others.update(deliveries)

    def walk(self, world: World, to: int | Until, until: float) -> Walk:
        """Step to each due moment up to `to` and do what is due there; it ends early at a limit, or at `until` (monotonic seconds)."""
        with self._new_walk(world) as walk:
            self._walk(world, walk, to, until)
            walk.reached = world.clock.now()
        return walk

    @contextmanager
    def _new_walk(self, world: World) -> Iterator[Walk]:
        """Note the deliveries that other threads cause during a walk; those of a nested walk are the outer one's."""
        walk = Walk(world.clock.now(), world.clock.now())
        is_outer = self._under_way.setdefault(world, walk) is walk
        try:
            yield walk
        finally:
            if is_outer:
                del self._under_way[world]

    def _walk(self, world: World, walk: Walk, to: int | Until, until: float) -> None:
        while (moment := self._next_step(world, to)) is not None:
            stopping = self._engine.is_stopping or world.endings
            if stopping or monotonic() > until or self._is_beyond_bounds(walk):
                end = to if isinstance(to, int) else LATEST
                walk.quiet, walk.left = False, outbox.due_until(world.read(), end)
                return
            world.clock.hold_at(moment)
            self._step(world, walk)
        if isinstance(to, int):
            world.clock.hold_at(to)

    def _is_beyond_bounds(self, walk: Walk) -> bool:
        """Return whether a walk ends early: clients that go on ordering would else keep it going."""
        limits = self._engine.limits
        return walk.steps >= limits.advance_steps or walk.newcomers >= limits.advance_newcomers

    def _next_step(self, world: World, to: int | Until) -> int | None:
        due = next_due(world, ())
        if isinstance(to, int):
            return None if due is not None and due > to else due
        waits = under_way(world) if to == "quiet" else outbox.next_due(world.read()) is not None
        return due if waits else None

    def _step(self, world: World, walk: Walk) -> None:
        for timer in fire_timers(world, world.clock.now()):
            walk.fired.append(Fired(timer=timer.name, vendor=timer.vendor, record=timer.record, at=iso_ms(timer.due)))
        if is_delivery_due(world):
            sends = self._engine.claim_due(world, self._engine.limits.in_flight, in_order=True)
            walk.attempts += len(self._engine.exchange(world, sends))
            walk.newcomers += sum(send.claim.id in walk.others for send in sends)


def is_delivery_due(world: World) -> bool:
    """Return whether a delivery is due; until then no delivery module is imported."""
    due = outbox.next_due(world.read(), ())
    return due is not None and due <= world.clock.now()


def fire_timers(world: World, moment: int, until: float = inf) -> list[Timer]:
    """Fire every timer due at `moment` or before, each in its own transaction: a vendor's reaction within it, a scenario's after it. At
    `until` (the machine's monotonic seconds) the rest is left."""
    fired: list[Timer] = []
    while (due := timers.next_due(world.read())) is not None and due <= moment and (not fired or monotonic() < until):
        with world.store.atomic() as tx:
            if timer := timers.take_due(tx, moment):
                if timer.vendor in world.vendors:
                    first = outbox.newest_notice(tx)
                    world.vendors[timer.vendor].world.timer_fired(tx, timer)
                    world.journal_deed(tx, "timer", f"/{timer.name}/{timer.record}", timer.vendor, first)
                else:
                    tx.after_commit.append(partial(world.timer_fired, timer))
                if world.activity_log and world.activity_log.detailed:
                    tx.after_commit.append(partial(world.activity_log.fired, world.name, timer))
                fired.append(timer)
    return fired
