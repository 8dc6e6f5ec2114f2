"""The ticker: fires timers and sends due deliveries in real time, and walks a world's clock forward on an advance."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import TYPE_CHECKING, TypedDict

from mockmarket.clock import LATEST, iso_ms, monotonic
from mockmarket.delivery.waiting import next_due, under_way
from mockmarket.errors import DamagedWorld, log_once_a_minute
from mockmarket.records.formats import Time
from mockmarket.store import outbox, timers
from mockmarket.store.database import Dropped

if TYPE_CHECKING:
    from mockmarket.config import Limits
    from mockmarket.delivery.delivery import InlineClaim, Outcome, PreparedSend
    from mockmarket.delivery.sender import Sender
    from mockmarket.store import Tx
    from mockmarket.store.timers import Timer
    from mockmarket.webhooks.acceptance import Answer
    from mockmarket.worlds.world import Until, World

log = logging.getLogger("mockmarket.ticker")
LONGEST_REST_S = 3600.0
PRUNE_EVERY = 1_000
BATCH = 32
"""Most deliveries that are claimed, and most answers that are settled, in one transaction."""
PASS_S = 0.003
"""Seconds for which this thread lets a write pass that awaits its turn, which the server's loop begins as soon as the lock is free."""
GATHERED, GATHER_S, SETTLE_EVERY_S = 16, 0.002, 0.01
"""Answers are settled together: as soon as so many have come, else so long after the first and so long after the last settling, since a
transaction of few answers takes the interpreter's lock from requests nearly as often as a transaction of many."""
TURN_S = 0.05
"""Seconds after which a world with more due work lets the other worlds take their turn."""
DRAIN_S = 60.0
AGAIN_S = 0.5
BUSY_S = 0.05


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


class Ticker:
    """One thread that serves every world of the process: fires timers, passes due deliveries to the sender, settles
    answers. The sender, and its modules, are loaded when a delivery is sent for the first time."""

    def __init__(self, make_sender: Callable[[], Sender], owner: str, limits: Limits) -> None:
        self._make_sender = make_sender
        self._sender: Sender | None = None
        self._making = threading.Lock()
        self.owner = owner
        self.limits = limits
        self.settled = 0
        self.pruned = 0
        self._outcomes: deque[tuple[World, Outcome]] = deque()
        self._settle_at = self._settled_at = 0.0
        self._put_off: deque[tuple[float, World, Outcome]] = deque()
        self._woken: set[World] = set()
        self._next: dict[World, float] = {}
        self._walks: dict[World, Walk] = {}
        self._awake = threading.Condition()
        self._stopping = self._resting = False
        self._rest_s = 0.0
        self._thread = threading.Thread(target=self._run, name="mockmarket-ticker", daemon=True)

    def make_sender(self) -> Sender:
        """Return the sender, created at the first call; raises the errors of unreadable certificate files."""
        with self._making:
            if self._sender is None:
                self._sender = self._make_sender()
            return self._sender

    sender = property(make_sender)

    def start(self, rest_s: float = 0.0) -> None:
        """Start the thread. It processes what is due at once, or after `rest_s` real seconds unless a world is written to before."""
        self._rest_s, self._resting = rest_s, rest_s > 0
        self._thread.start()

    def wake(self, world: World, after_s: float = 0.0) -> None:
        """Process a world now, or within `after_s` real seconds: its rows or its clock changed."""
        with self._awake:
            self._resting = False
            if after_s:
                self._next[world] = min(self._next.get(world, inf), monotonic() + after_s)
            else:
                self._woken.add(world)
            self._awake.notify()

    def claim_new(self, world: World, tx: Tx) -> None:
        """Claim, within the transaction that created them, the deliveries that may be sent at once; they are sent after the commit. The
        rest is left to this thread: what waits for its turn, and everything while a walk does what is due, or before the first send."""
        due = tx.has_due_work or bool(tx.enqueued)
        if (walk := self._walks.get(world)) is not None and walk.thread != threading.get_ident():
            walk.others.update(tx.enqueued)
        idle = self._sender is None or self._stopping or self._resting or world.clock.walking
        if tx.enqueued and not idle and world.engine.acquire(blocking=False):
            from mockmarket.delivery import delivery

            try:
                sends, kept_back = delivery.claim_new(world, tx, self.owner)
                tx.after_commit.append(partial(self._submit, world, sends))
                due = tx.has_due_work or kept_back
            except Exception as error:  # what cannot be sent must not undo what was done
                if not tx.conn.in_transaction:
                    raise
                report(world, error, "The sending of new deliveries")
            finally:
                world.engine.release()
        if due:
            tx.after_commit.append(partial(self.wake, world))

    def _submit(self, world: World, sends: Sequence[PreparedSend]) -> None:
        for send in sends:
            self.sender.submit(send.post, partial(self._note_outcome, world, send))

    def close(self, grace_s: float) -> None:
        """Stop: claim no more, let sends in flight end within the grace, free the rest, settle all answers."""
        with self._awake:
            self._stopping = True
            self._awake.notify()
        if self._thread.is_alive():
            self._thread.join()
        if self._sender is not None:
            self._sender.close(grace_s)
        self._settle_noted()
        self._settle_put_off(until=float("inf"))
        if self._put_off:
            log.error("%d answers could not be settled; a kept world sends those deliveries again.", len(self._put_off))

    def _run(self) -> None:
        with self._awake:
            self._awake.wait_for(lambda: self._stopping or not self._resting, self._rest_s)
        while not self._stopping:
            self._settle_put_off(until=monotonic())
            self._settle_noted()
            self._tend_due()  # a method: while it waits, no variable refers to a world

    def _tend_due(self) -> None:
        for world in self._due_worlds():
            self._tend(world)
            if self._next.get(world, inf) <= monotonic():  # more is due, perhaps because a write awaits its turn
                world.store.writer.let_pass(PASS_S)

    def _due_worlds(self) -> list[World]:
        """Wait until a world is woken or has due work, or an answer has come; returns the worlds to process."""
        with self._awake:
            while True:
                now = monotonic()
                due = self._woken | {world for world, at in self._next.items() if at <= now}
                again = self._put_off[0][0] if self._put_off else now + LONGEST_REST_S
                if self._outcomes:
                    again = min(again, self._settle_at if len(self._outcomes) < GATHERED else now)
                if due or again <= now or self._stopping:
                    self._woken = set()
                    return [] if self._stopping else list(due)
                self._awake.wait(min((*self._next.values(), again)) - now)

    def _tend(self, world: World) -> None:
        """Do a world's due work, for one turn; while an advance, a reset or a drop holds the world, try again a little later."""
        self._next.pop(world, None)
        if not world.engine.acquire(blocking=False):
            self._next[world] = monotonic() + BUSY_S
            return
        try:
            due = next_due(world, _busy_endpoints(world))
            if due is not None and due <= world.clock.now():
                fire_timers(world, world.clock.now(), monotonic() + TURN_S)
                if self._sender is not None or is_delivery_due(world):
                    self._submit(world, self._claim_due(world, BATCH))
                due = next_due(world, _busy_endpoints(world))
            if due is not None and not (world.clock.frozen and due > world.clock.now()):
                self._next[world] = monotonic() + max(0, due - world.clock.now()) / 1000
        except Exception as error:  # an error must not stop other worlds' deliveries, nor this world's later ones
            if report(world, error, "What is due"):
                self._next[world] = monotonic() + AGAIN_S
        finally:
            world.engine.release()

    def _note_outcome(self, world: World, send: PreparedSend, answer: Answer) -> None:
        """Queue the answer to a send; called on the sender's thread, so it does no more."""
        from mockmarket.delivery.delivery import Outcome

        with self._awake:
            self._outcomes.append((world, Outcome(send, answer, world.clock.now())))
            if len(self._outcomes) == 1:
                self._settle_at = max(monotonic() + GATHER_S, self._settled_at + SETTLE_EVERY_S)
            if len(self._outcomes) in (1, GATHERED):
                self._awake.notify()

    def _settle_noted(self) -> None:
        while self._outcomes:
            self._settled_at = monotonic()
            batch = [self._outcomes.popleft() for _ in range(min(len(self._outcomes), BATCH))]
            for world in {id(world): world for world, _ in batch}.values():
                self._settle(world, [outcome for owner, outcome in batch if owner is world])

    def _settle_put_off(self, until: float) -> None:
        """Settle the postponed answers that are due for another try, one by one: a failing one must not block others."""
        due: list[tuple[World, Outcome]] = []
        with self._awake:
            while self._put_off and self._put_off[0][0] <= until:
                due.append(self._put_off.popleft()[1:])
        for world, outcome in due:
            self._settle(world, [outcome])

    def _settle(self, world: World, outcomes: Sequence[Outcome]) -> None:
        from mockmarket.delivery import delivery

        while outcomes:
            try:
                settled = len(delivery.settle_batch(world, outcomes))
            except Exception as error:
                if report(world, error, f"The settling of {len(outcomes)} answers"):
                    self._keep(world, outcomes)
                return
            self._count(world, settled)
            outcomes = outcomes[settled:]
            if outcomes:
                world.store.writer.let_pass(PASS_S)
        with self._awake:
            self._woken.add(world)

    def _keep(self, world: World, outcomes: Sequence[Outcome]) -> None:
        """Postpone answers that could not be settled: the sends are neither lost nor repeated."""
        with self._awake:
            at = monotonic() + AGAIN_S
            self._put_off.extend((at, world, outcome) for outcome in outcomes)
            self._awake.notify()

    def _count(self, world: World, settled: int) -> None:
        """Count settled deliveries, and every PRUNE_EVERY remove the oldest beyond the bound."""
        before, self.settled = self.settled, self.settled + settled
        if before // PRUNE_EVERY != self.settled // PRUNE_EVERY:
            try:
                with world.store.atomic() as tx:
                    pruned = outbox.prune(tx, self.limits.deliveries_kept)
                self.pruned += pruned
            except Exception as error:  # the settled deliveries are stored
                report(world, error, "The removal of the oldest deliveries")

    def claim(self, world: World, tx: Tx, ids: Sequence[int]) -> InlineClaim:
        """Claim deliveries within the transaction that created them, so that no other thread sends them."""
        from mockmarket.delivery import delivery

        return delivery.claim_inline(world, tx, self.owner, ids)

    def cancel(self, token: threading.Event) -> None:
        """Cancel every exchange that was started under a token: its world was replaced or dropped."""
        token.set()  # for a POST that is about to be passed to a sender that does not exist yet
        if self._sender is not None:
            self._sender.cancel(token)

    def send(self, world: World, claim: InlineClaim) -> list[bool]:
        """Send the claimed deliveries, wait for them and for queued ones; returns for each, copies aside, whether it was delivered."""
        from mockmarket.delivery import delivery

        delivery.mark_in_flight(world, claim.sends)
        try:
            outcomes = zip(claim.sends, self._exchange(world, claim.sends), strict=True)
            sent = [delivered for send, delivered in outcomes if not send.copy]
        finally:
            self.wake(world)  # there may be a retry to plan, or an unblocked delivery to send
        if claim.queued:
            self._send_due_in_own_walk(world, claim.patience_s)
        return sent + delivery.await_turn(world, claim, lambda: self._stopping)

    def _send_due_in_own_walk(self, world: World, wall_s: float) -> None:
        """Send due deliveries when this thread walks the clock, as a scenario's step does within an advance: no other thread would."""
        if world.clock.walking and world.engine.acquire(blocking=False):
            try:
                self.advance(world, world.clock.now(), wall_s)
            finally:
                world.engine.release()

    def advance(self, world: World, to: int | Until, wall_s: float | None = None) -> Walk:
        """Walk a world's clock to `to` (epoch ms), or until no work, or no delivery, waits: step to the next due moment, do
        the work due there, and compute its consequences from that moment. BackwardsError when `to` is in the world's
        past. One walk at a time. It ends early, with `quiet` False, at the limit of steps or real time (`wall_s` lowers
        it), when the process stops, or when the world is about to be replaced."""
        with world.engine:
            if isinstance(to, int):
                world.clock.check(to)
            with world.changed:  # real time, until no delivery is in flight
                world.changed.wait_for(lambda: not world.in_flight, DRAIN_S)
            most_s = self.limits.advance_wall_s
            until = monotonic() + (most_s if wall_s is None else min(most_s, wall_s))
            with world.clock.held(), self._new_walk(world) as walk:
                self._walk(world, walk, to, until)
                walk.reached = world.clock.now()
            world.store.keep_clock()
        self.wake(world)
        return walk

    @contextmanager
    def _new_walk(self, world: World) -> Iterator[Walk]:
        """Note the deliveries that other threads cause during a walk; those of a nested walk are the outer one's."""
        walk = Walk(world.clock.now(), world.clock.now())
        is_outer = self._walks.setdefault(world, walk) is walk
        try:
            yield walk
        finally:
            if is_outer:
                del self._walks[world]

    def _walk(self, world: World, walk: Walk, to: int | Until, until: float) -> None:
        while (moment := self._next_step(world, to)) is not None:
            stopping = self._stopping or world.endings
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
        return walk.steps >= self.limits.advance_steps or walk.newcomers >= self.limits.advance_newcomers

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
            sends = self._claim_due(world, self.limits.in_flight, in_order=True)
            walk.attempts += len(self._exchange(world, sends))
            walk.newcomers += sum(send.claim.id in walk.others for send in sends)

    def _claim_due(self, world: World, most: int, in_order: bool = False) -> Sequence[PreparedSend]:
        from mockmarket.delivery import delivery

        return delivery.claim_due(world, self.owner, most, in_order)

    def _exchange(self, world: World, sends: Sequence[PreparedSend]) -> list[bool]:
        """Send all at once, wait for every answer, and settle; returns for each whether it was delivered."""
        from mockmarket.delivery import delivery

        if not sends:
            return []
        outcomes = _exchange_all(self.sender, world, sends)
        delivered: list[bool] = []
        try:
            while outcomes:
                settled = delivery.settle_batch(world, outcomes)
                delivered += settled
                outcomes = outcomes[len(settled) :]
        except Exception:
            self._keep(world, outcomes)
            raise
        self._count(world, len(sends))
        return delivered


def is_delivery_due(world: World) -> bool:
    """Return whether a delivery is due; until then no delivery module is imported."""
    due = outbox.next_due(world.read(), ())
    return due is not None and due <= world.clock.now()


def _busy_endpoints(world: World) -> list[str]:
    if not world.in_flight:
        return []
    from mockmarket.delivery import delivery

    return [endpoint for endpoint in list(world.in_flight) if delivery.share(world, endpoint) <= 0]


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


def _exchange_all(sender: Sender, world: World, sends: Sequence[PreparedSend]) -> list[Outcome]:
    from mockmarket.delivery.delivery import Outcome

    ended_at: dict[int, int] = {}

    def note(index: int) -> None:
        ended_at[index] = world.clock.now()

    answers = sender.send_all([send.post for send in sends], note)
    return [Outcome(sends[index], answer, ended_at[index]) for index, answer in enumerate(answers)]


def report(world: World, error: Exception, task: str) -> bool:
    """Log a failed task of a world; returns whether to try again: False when the world was dropped or its file is damaged."""
    if isinstance(error, Dropped):
        log.debug("%s in the world %s has ended with it.", task, world.name)
        return False
    refusal = world.failed(error)
    if refusal is None:
        log.error("%s in the world %s has failed; it is tried again.", task, world.name, exc_info=error)
    elif not isinstance(refusal, DamagedWorld):
        log_once_a_minute(refusal.message)
    return not isinstance(refusal, DamagedWorld)
