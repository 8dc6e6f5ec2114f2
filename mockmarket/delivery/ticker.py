"""The ticker: fires timers and sends due deliveries in real time, and walks a world's clock forward on an advance."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from contextvars import Context
from functools import partial
from math import inf
from typing import TYPE_CHECKING
from weakref import WeakSet

from mockmarket.clock import monotonic
from mockmarket.delivery.waiting import next_due
from mockmarket.delivery.walking import Walk, Walks, fire_timers, is_delivery_due
from mockmarket.errors import DamagedWorld, log_once_a_minute
from mockmarket.store import outbox
from mockmarket.store.database import Dropped

if TYPE_CHECKING:
    import asyncio

    from mockmarket.config import Limits
    from mockmarket.delivery.delivery import InlineClaim, Outcome, PreparedSend
    from mockmarket.delivery.sender import Sender
    from mockmarket.store import Tx
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
"""A thread settles answers together: as soon as so many have come, else so long after the first and so long after the last settling,
since a transaction of few answers takes the interpreter's lock from requests nearly as often as a transaction of many."""
GATHERED_IN_LOOP, SETTLED_IN_LOOP = 4, 8
"""A loop settles as soon as so many answers have come, else GATHER_S after the first, and so many before it turns to requests."""
TURN_S = 0.05
"""Seconds after which a world with more due work lets the other worlds take their turn."""
DRAIN_S = 60.0
AGAIN_S = 0.5
BUSY_S = 0.05


Noted = deque[tuple["World", "Outcome"]]
"""Answers to settle, as they came."""


class Ticker:
    """One thread that serves every world of the process: fires timers, passes due deliveries to the sender, settles
    answers. The sender, and its modules, are loaded when a delivery is sent for the first time. With a server's `loop`, the loop settles
    the answers of worlds in memory, as the sender has it read them."""

    def __init__(
        self,
        make_sender: Callable[[], Sender],
        owner: str,
        limits: Limits,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._make_sender, self._loop = make_sender, loop
        self._sender: Sender | None = None
        self._making = threading.Lock()
        self.owner = owner
        self.limits = limits
        self.settled = 0
        self.pruned = 0
        self._outcomes: Noted = deque()
        self._outcomes_of_loop: Noted = deque()
        self._settle_at = self._settled_at = 0.0
        self._put_off: deque[tuple[float, World, Outcome]] = deque()
        self._woken: set[World] = set()
        self._next: dict[World, float] = {}
        self._in_turn: set[World] = set()
        self._awaiting: WeakSet[World] = WeakSet()
        self._overfull: set[World] = set()
        self._walks = Walks(self)
        self._awake = threading.Condition()
        self.is_stopping = self._resting = False
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
        self._walks.note_new(world, tx.enqueued)
        idle = self._sender is None or self.is_stopping or self._resting or world.clock.walking
        if tx.enqueued and not idle and self._may_claim(world):
            from mockmarket.delivery import delivery

            try:
                sends, kept_back, waits = delivery.claim_new(world, tx, self.owner)
                tx.after_commit.append(partial(self._submit, world, sends))
                due = tx.has_due_work or kept_back
                if waits:
                    tx.after_commit.append(partial(self._note_waiting, world))
            except Exception as error:  # what cannot be sent must not undo what was done
                if not tx.conn.in_transaction:
                    raise
                report(world, error, "The sending of new deliveries")
        if due:
            tx.after_commit.append(partial(self.wake, world))

    def _may_claim(self, world: World) -> bool:
        """Return whether no advance, reset or drop holds a world. A turn of this ticker may go on: no claim is in the way of others."""
        if world in self._in_turn:
            return True
        is_free = world.engine.acquire(blocking=False)
        if is_free:
            world.engine.release()
        return is_free

    def _note_busy(self, world: World) -> Sequence[str]:
        """Note whether deliveries of a world may wait for answers; returns the endpoints that are busy afterwards. Answers are settled
        meanwhile, so what is due is to be read later than this."""
        self._awaiting.discard(world)
        if not _busy_endpoints(world):
            return ()
        self._awaiting.add(world)
        return _busy_endpoints(world)

    def _note_waiting(self, world: World) -> None:
        """Note that a delivery waits for another, in flight, whose answer wakes the world, unless it was settled before."""
        self._awaiting.add(world)
        if not _busy_endpoints(world):
            self.wake(world)

    def _submit(self, world: World, sends: Sequence[PreparedSend]) -> None:
        for send in sends:
            self.sender.submit(send.post, partial(self._note_outcome, world, send))

    def close(self, grace_s: float) -> None:
        """Stop: claim no more, let sends in flight end within the grace, free the rest, settle all answers."""
        with self._awake:
            self.is_stopping = True
            self._awake.notify()
        if self._thread.is_alive():
            self._thread.join()
        if self._sender is not None:
            self._sender.close(grace_s)
        while self._outcomes_of_loop:
            self._outcomes.append(self._outcomes_of_loop.popleft())
        self._settle_noted()
        self._settle_put_off(until=float("inf"))
        if self._put_off:
            log.error("%d answers could not be settled; a kept world sends those deliveries again.", len(self._put_off))

    def _run(self) -> None:
        with self._awake:
            self._awake.wait_for(lambda: self.is_stopping or not self._resting, self._rest_s)
        while not self.is_stopping:
            self._settle_put_off(until=monotonic())
            self._settle_noted()
            self._tend_due()  # a method: while it waits, no variable refers to a world

    def _tend_due(self) -> None:
        for world in self._due_worlds():
            self._tend(world)
            if world in self._woken:  # more is due, perhaps because a write awaits its turn
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
                if due or again <= now or self.is_stopping:
                    self._woken = set()
                    return [] if self.is_stopping else list(due)
                self._awake.wait(min((*self._next.values(), again)) - now)

    def _tend(self, world: World) -> None:
        """Do a world's due work, for one turn."""
        self._next.pop(world, None)
        self._take_turn(world, self._do_due)

    def _take_turn(self, world: World, do: Callable[[World], None]) -> None:
        """Do some of a world's work; while an advance, a reset or a drop holds the world, and after an error, tend it a little later."""
        if not world.engine.acquire(blocking=False):
            return self.wake(world, BUSY_S)
        self._in_turn.add(world)
        try:
            do(world)
        except Exception as error:  # an error must not stop other worlds' deliveries, nor this world's later ones
            if report(world, error, "What is due"):
                self.wake(world, AGAIN_S)
        finally:
            self._in_turn.discard(world)
            world.engine.release()

    def _do_due(self, world: World) -> None:
        if world in self._overfull:
            self._prune(world)
        due = next_due(world, self._note_busy(world))
        if due is not None and due <= world.clock.now():
            fire_timers(world, world.clock.now(), monotonic() + TURN_S)
            if self._sender is not None or is_delivery_due(world):
                self._submit(world, self.claim_due(world, BATCH))
            due = next_due(world, self._note_busy(world))
        if due is not None and not (world.clock.frozen and due > world.clock.now()):
            self.wake(world, max(0, due - world.clock.now()) / 1000)

    def _send_next(self, world: World) -> None:
        """Send the deliveries that waited for those whose answers are settled."""
        self._submit(world, self.claim_due(world, BATCH))
        if not self._note_busy(world):
            self.wake(world)  # there may be more than a batch

    def _note_outcome(self, world: World, send: PreparedSend, answer: Answer) -> None:
        """Queue the answer to a send; called on the thread that drives the sender, so it does no more."""
        from mockmarket.delivery.delivery import Outcome

        outcome = world, Outcome(send, answer, world.clock.peek())
        if self._loop is not None and world.store.synchronous == "OFF":
            with self._awake:
                self._outcomes_of_loop.append(outcome)
                noted = len(self._outcomes_of_loop)
            self._plan_in_loop(self._loop, noted)
        else:
            self._note_for_thread([outcome])

    def _plan_in_loop(self, loop: asyncio.AbstractEventLoop, noted: int) -> None:
        with suppress(RuntimeError):  # the loop has ended: `close` settles
            if noted == 1:
                loop.call_soon_threadsafe(loop.call_later, GATHER_S, self._settle_in_loop, context=Context())
            elif noted == GATHERED_IN_LOOP:
                loop.call_soon_threadsafe(self._settle_in_loop, context=Context())  # not that of a request

    def _note_for_thread(self, outcomes: Sequence[tuple[World, Outcome]]) -> None:
        with self._awake:
            noted = len(self._outcomes)
            if not noted:
                self._settle_at = max(monotonic() + GATHER_S, self._settled_at + SETTLE_EVERY_S)
            self._outcomes.extend(outcomes)
            if not noted or noted < GATHERED <= len(self._outcomes):
                self._awake.notify()

    def _settle_in_loop(self) -> None:
        """Settle the next answers where no other thread's write is under way, and send what waited for them."""
        for world, outcomes in _next_outcomes(self._outcomes_of_loop, SETTLED_IN_LOOP):
            is_free = not world.store.is_copying and world.store.writer.is_free()
            left = self._settle_some(world, outcomes) if is_free else outcomes
            if left:
                self._note_for_thread([(world, outcome) for outcome in left])
            if world in self._awaiting:
                self._take_turn(world, self._send_next)
        if self._outcomes_of_loop and self._loop is not None:
            self._loop.call_soon(self._settle_in_loop, context=Context())

    def _settle_noted(self) -> None:
        while self._outcomes:
            self._settled_at = monotonic()
            for world, outcomes in _next_outcomes(self._outcomes, BATCH):
                self._settle(world, outcomes)

    def _settle_put_off(self, until: float) -> None:
        """Settle the postponed answers that are due for another try, one by one: a failing one must not block others."""
        due: list[tuple[World, Outcome]] = []
        with self._awake:
            while self._put_off and self._put_off[0][0] <= until:
                due.append(self._put_off.popleft()[1:])
        for world, outcome in due:
            self._settle(world, [outcome])

    def _settle(self, world: World, outcomes: Sequence[Outcome]) -> None:
        while outcomes:
            if outcomes := self._settle_some(world, outcomes):
                world.store.writer.let_pass(PASS_S)
        if world in self._awaiting:
            self.wake(world)

    def _settle_some(self, world: World, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Settle the first of these answers, as many as may be in one transaction; returns the rest."""
        from mockmarket.delivery import delivery

        try:
            settled = len(delivery.settle_batch(world, outcomes))
        except Exception as error:
            if report(world, error, f"The settling of {len(outcomes)} answers"):
                self._keep(world, outcomes)
            return ()
        self._count(world, settled)
        return outcomes[settled:]

    def _keep(self, world: World, outcomes: Sequence[Outcome]) -> None:
        """Postpone answers that could not be settled: the sends are neither lost nor repeated."""
        with self._awake:
            at = monotonic() + AGAIN_S
            self._put_off.extend((at, world, outcome) for outcome in outcomes)
            self._awake.notify()

    def _count(self, world: World, settled: int) -> None:
        """Count settled deliveries; every PRUNE_EVERY the oldest beyond the bound are removed."""
        before, self.settled = self.settled, self.settled + settled
        if before // PRUNE_EVERY != self.settled // PRUNE_EVERY:
            self._overfull.add(world)
            self.wake(world)

    def _prune(self, world: World) -> None:
        self._overfull.discard(world)
        with world.store.atomic() as tx:
            pruned = outbox.prune(tx, self.limits.deliveries_kept)
        self.pruned += pruned

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
            outcomes = zip(claim.sends, self.exchange(world, claim.sends), strict=True)
            sent = [delivered for send, delivered in outcomes if not send.copy]
        finally:
            self.wake(world)  # there may be a retry to plan, or an unblocked delivery to send
        if claim.queued:
            self._send_due_in_own_walk(world, claim.patience_s)
        return sent + delivery.await_turn(world, claim, lambda: self.is_stopping)

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
            with world.store.writer:  # a write that began before may be claiming deliveries
                pass
            with world.changed:  # real time, until no delivery is in flight
                world.changed.wait_for(lambda: not world.in_flight, DRAIN_S)
            most_s = self.limits.advance_wall_s
            until = monotonic() + (most_s if wall_s is None else min(most_s, wall_s))
            with world.clock.held():
                walk = self._walks.walk(world, to, until)
            world.store.keep_clock()
        self.wake(world)
        return walk

    def claim_due(self, world: World, most: int, in_order: bool = False) -> Sequence[PreparedSend]:
        """Claim due deliveries, as `delivery.claim_due` does."""
        from mockmarket.delivery import delivery

        return delivery.claim_due(world, self.owner, most, in_order)

    def exchange(self, world: World, sends: Sequence[PreparedSend]) -> list[bool]:
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


def _next_outcomes(noted: Noted, most: int) -> Iterator[tuple[World, Sequence[Outcome]]]:
    """Take the oldest answers, by world."""
    batch = [noted.popleft() for _ in range(min(len(noted), most))]
    for world in {id(world): world for world, _ in batch}.values():
        yield world, [outcome for owner, outcome in batch if owner is world]


def _busy_endpoints(world: World) -> list[str]:
    if not world.in_flight:
        return []
    from mockmarket.delivery import delivery

    return [endpoint for endpoint in list(world.in_flight) if delivery.share(world, endpoint) <= 0]


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
