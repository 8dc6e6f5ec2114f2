"""World: an isolated marketplace with its own database, clock, ids, keys, endpoints, journal and deliveries."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from mockmarket import frozen
from mockmarket.clock import Setting as ClockSetting, changes_always, wall_ms
from mockmarket.errors import Invalid, NotFound, Refusal
from mockmarket.faults.active.faults import ActiveFaults
from mockmarket.matching.redaction import Hidden
from mockmarket.store import Read, Store, Tx, copies, keys, outbox, settings
from mockmarket.store.files import DataError
from mockmarket.vendor import Setting, Vendor
from mockmarket.worlds import journal
from mockmarket.worlds.effects import ByHand, by_hand
from mockmarket.worlds.expiry import Lease
from mockmarket.worlds.limits import RequestRate
from mockmarket.worlds.ratelimit import Meter
from mockmarket.worlds.tally import Tally

if TYPE_CHECKING:
    from mockmarket.config import Config
    from mockmarket.store.timers import Timer
    from mockmarket.worlds.activity_log import ActivityLog
    from mockmarket.worlds.recording import Recording

ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^\s/?#@,]+")


@frozen.dataclass(frozen=True, slots=True)
class OriginsSetting(Setting):
    """A setting of comma-separated origins, as browsers send them, or `*`; empty for none."""

    def check(self, value: object) -> str | None:
        """Return what is wrong with a value, or None."""
        parts = value.split(",") if isinstance(value, str) and value else []
        valid = isinstance(value, str) and all(ORIGIN.fullmatch(part.strip()) for part in parts)
        return None if valid else "must be origins such as http://localhost:3000, separated by commas, or *"


CORE_SETTINGS: Mapping[str, Setting] = {
    "signature_time": Setting(
        "wall", "Clock of signature timestamps: the machine's (wall), which receivers compare with their own, or the world's.",
        ("wall", "world"),
    ),
    "unsupported": Setting(
        "ignore", "Handling of a parameter or member that the vendor publishes and the mock does not honour: ignore it, or answer 501.",
        ("ignore", "refuse"),
    ),
    "unread": Setting(
        "ignore", "Handling of a parameter or member that nobody publishes and nothing reads: ignore it, or answer 400.",
        ("ignore", "refuse"),
    ),
    "cors_origins": OriginsSetting(
        "", "Origins of the pages that may read vendors' answers in a browser, separated by commas; * for all. Control routes have none.",
    ),
}  # fmt: skip
CAUSES_LOOKED_AT = 500
"""How many of the newest notices are searched for the latest request id; far more than requests that run at once."""
T = TypeVar("T")


class ChangeSignal(threading.Condition):
    """A condition with a counter of notifications, so that a change between a check and a wait is not missed. Read
    `generation`, check the state, then `wait_changed` from that generation. The check holds no lock."""

    def __init__(self) -> None:
        super().__init__()
        self.generation = self._waiting = 0
        self._numbers = count(1)  # two threads that add to one number at once may give it an earlier value again

    def notify_all(self) -> None:
        """Wake all waiting threads; the caller holds the lock, as for any condition."""
        self.generation = next(self._numbers)
        super().notify_all()

    def notify_change(self) -> None:
        """Wake all waiting threads; almost free when none waits."""
        self.generation = next(self._numbers)
        if self._waiting:
            with self:
                self.notify_all()

    def wait_changed(self, generation: int, timeout: float) -> None:
        """Wait until the generation differs, or for `timeout` real seconds."""
        with self:
            self.wait_for(lambda: self.generation != generation, timeout)

    def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
        """Wait until the predicate is true, or for `timeout` real seconds; the caller holds the lock, as for any condition."""
        self._waiting += 1  # before the check: a thread that changes something later takes the lock
        try:
            return super().wait_for(predicate, timeout)
        finally:
            self._waiting -= 1


Until = Literal["quiet", "delivered"]
"""How far an advance without a moment goes: until nothing is due, or until no delivery waits."""


BEGUN_S = 0.005
"""Seconds after which the engine looks at a world that has begun anew: the request that did it reads the world first, over the one
connection that is open. To open another takes longer than a reset."""


class Engine(Protocol):
    """The delivery engine as worlds and routes see it; it sends inside a request for vendors that send synchronously."""

    pruned: int
    settled: int

    def wake(self, world: World, after_s: float = 0.0) -> None:
        """Have a look at a world that has changed, now or within `after_s` real seconds."""

    def claim_new(self, world: World, tx: Tx) -> None:
        """Claim new deliveries within the transaction that created them, to be sent after its commit."""

    def advance(self, world: World, to: int | Until, wall_s: float | None = None) -> Any:
        """Move a world's clock to a moment, or as far as something is due, doing on the way what is due."""

    def claim(self, world: World, tx: Tx, ids: Sequence[int]) -> Any:
        """Claim deliveries within the transaction that created them, so that no other thread sends them."""

    def send(self, world: World, claim: Any) -> list[bool]:
        """Send the claimed deliveries, wait, settle; returns for each whether it was delivered. No transaction may be open."""

    def cancel(self, token: threading.Event) -> None:
        """Cancel every exchange that was started under a token."""


class ActiveScenario(Protocol):
    """Runs the scenario of a world, step by step."""

    def timer_fired(self, timer: Timer) -> None:
        """Continue after a timer of the core fired; no transaction is open."""

    def close(self, reason: str) -> None:
        """Stop: the world is reset, replaced or dropped."""


@dataclass(frozen=True, slots=True)
class WorldServices:
    """What the worlds of a process share; `scenario` makes what runs a world's scenarios; `known` are the credentials known in plain;
    `activity_log` is the log of what happens, None while nobody reads it; `recording` the archive of it, if one is asked for; `answered`
    counts the vendors' answers."""

    vendors: Sequence[Vendor]
    config: Config
    engine: Engine
    scenario: Callable[[World], ActiveScenario]
    known: Callable[[], Hidden] = Hidden
    activity_log: ActivityLog | None = None
    recording: Recording | None = None
    answered: Tally = field(default_factory=Tally)


class World:
    """One world. Its `store` holds all persistent state; the other attributes hold running state. `changed` is notified
    of every change that a caller can wait for; the store notifies it at each commit."""

    def __init__(
        self,
        name: str,
        store: Store,
        changed: ChangeSignal,
        services: WorldServices,
        failed: Callable[[World, Exception], Refusal | None] = lambda world, error: None,
    ) -> None:
        config = services.config
        self.name, self.config = name, config
        self.store, self.clock = store, store.clock
        self.vendors = {vendor.name: vendor for vendor in services.vendors}
        self.changed = changed
        reserve = self._reserve_ids if config.data is not None else None
        self.activity_log, self.recording = services.activity_log, services.recording
        self._answered = services.answered
        self.journal = journal.Journal(config.limits, self._journaled, reserve, services.known)
        self.engine = threading.RLock()
        self.epoch = self.endings = 0
        self.sending = threading.Event()
        self.in_flight: Counter[str] = Counter()
        self.silent: set[str] = set()
        self.failing: set[str] = set()
        self.key_used: dict[str, int] = {}
        self.meter = Meter()
        self.lease: Lease | None = None
        self.rate = RequestRate(config.max_requests) if config.max_requests is not None else None
        self.faults = ActiveFaults(store, self.vendors)
        self.wake, self.inline_sender = services.engine.wake, services.engine
        self._make_scenario = services.scenario
        self._scenario: ActiveScenario | None = None
        self._making = threading.Lock()
        self._failed = failed
        self.load()

    def failed(self, error: Exception) -> Refusal | None:
        """Return the refusal for an error of the world's file, None for other errors; a damaged world is no longer served."""
        return self._failed(self, error)

    def read(self) -> Read:
        """Return a read view of the database."""
        return self.store.read()

    @contextmanager
    def atomic(self) -> Iterator[Tx]:
        """Run a write transaction; the engine claims its new deliveries within it, and sends them after its commit."""
        done = by_hand.get()
        if done and done.world != self.name:
            done = None
        with self.store.atomic(journal.current.get()) as tx:
            first = outbox.newest_notice(tx) if done else 0
            yield tx
            if self.activity_log and tx.dropped:
                tx.after_commit.append(partial(self.activity_log.dropped, self.name, tx.dropped))
            if tx.enqueued or tx.has_due_work:
                self.inline_sender.claim_new(self, tx)
            last = outbox.newest_notice(tx) if done else 0
        if tx.cause:
            self.journal.caused(tx.cause, tx.changed_records, tx.stock_changes, tx.settled_contents)
        elif done and done.collects:
            done.add(range(first + 1, last + 1), tx.changed_records, tx.stock_changes, tx.settled_contents)

    def live_for(self, ttl_s: float | None) -> None:
        """Begin a time to live in real seconds since the last use, or end it."""
        self.lease = None if ttl_s is None else Lease(ttl_s)

    def last_use(self, key: keys.Key) -> int | None:
        """Return when a key was last used (world's time, epoch ms), or None."""
        changes_always()
        return self.key_used.get(key.id, key.last_used_at)

    def settings_of(self, vendor: str) -> Mapping[str, Any]:
        """Return the current settings of a vendor, or of the `core`."""
        return self.store.settings[vendor]

    def load(self) -> None:
        """Read the settings and the last request id from the database."""
        self.load_settings()
        causes = outbox.latest_causes(self.read(), CAUSES_LOOKED_AT)
        self.journal.go_on(causes, int(self.store.meta().get("requests") or 0))

    def _journaled(self, entry: journal.Entry) -> None:
        self.changed.notify_change()
        self._answered.add(entry.vendor or "", entry.status)
        if self.activity_log:
            self.activity_log.answered(self.name, entry)
        if self.recording:
            self.recording.answered(self.name, entry)

    def _reserve_ids(self, number: int) -> bool:
        try:
            self.store.put_meta(requests=number)
        except (DataError, sqlite3.Error):  # a write is refused with the reason, a read is answered
            return False
        return True

    def load_settings(self) -> None:
        """Read the settings from the database, over their defaults."""
        changed = settings.load(self.read())
        declared = {"core": CORE_SETTINGS} | {name: vendor.settings for name, vendor in self.vendors.items()}
        self.store.use_settings({
            vendor: {name: changed.get((vendor, name), setting.default) for name, setting in known.items()}
            for vendor, known in declared.items()
        })  # fmt: skip

    def vendor(self, name: str) -> Vendor:
        """Return the vendor of this name; NotFound lists the existing ones."""
        if name not in self.vendors:
            raise NotFound(f"There is no vendor {name!r}; there are {', '.join(self.vendors)}.")
        return self.vendors[name]

    @property
    def calendar(self) -> list[tuple[str, str]]:
        """The (vendor, name) of every timer that is only a calendar date, such as an event's end: nothing waits for it."""
        return [(vendor.name, name) for vendor in self.vendors.values() for name in vendor.world.calendar]

    def declared(self, vendor: str) -> Mapping[str, Setting]:
        """Return the declared settings of a vendor or the `core`; NotFound for another name."""
        return CORE_SETTINGS if vendor == "core" else self.vendor(vendor).settings

    def change_settings(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Change settings, all or none; None restores the default. Invalid names each unknown or wrong setting."""
        wrong = list(self._wrong(changes))
        if wrong:
            raise Invalid("; ".join(f"{field} {text}" for field, text in wrong), details=wrong)
        with self.atomic() as tx:
            for vendor, values in changes.items():
                for name, value in values.items():
                    settings.put(tx, vendor, name, value)
        self.load_settings()

    def _wrong(self, changes: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
        for vendor, values in changes.items():
            declared = self.declared(vendor)
            for name, value in values.items():
                if name not in declared:
                    yield f"{vendor}.{name}", f"is not a setting; there are {', '.join(declared) or 'none'}"
                elif value is not None and (problem := declared[name].check(value)):
                    yield f"{vendor}.{name}", problem

    def replace_with(self, source: Path, clock: ClockSetting | None) -> None:
        """Take over a copy's data, with `clock` or else the copy's clock; answers still in flight are ignored. No
        transaction runs between the new data and the new epoch: it would settle an earlier answer in it."""
        with self.ending(), self.changed, self.store.writer:
            self.store.replace_with(source)
            if clock is not None:
                self.clock.reset(clock)
            self.store.keep_clock()
            self.epoch += 1
            self.renew_token()
            self.in_flight.clear()
            self.silent.clear()
            self.failing.clear()
            self.key_used.clear()
            self.meter.clear()
            self.faults.clear()
            self.journal.clear()
            self.load()
            self.changed.notify_all()
        self.stop_scenario("The world was reset, restored or replaced.")
        self.wake(self, BEGUN_S)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Hold the engine for a step that ends this epoch of the world: an advance stops early, and running sends are cancelled."""
        with self.changed:
            self.endings += 1
        try:
            if not self.engine.acquire(blocking=False):
                self.inline_sender.cancel(self.renew_token())  # else an advance would first wait for its answers
                self.engine.acquire()
            try:
                past = self.sending
                yield
            finally:
                self.engine.release()
        finally:
            with self.changed:
                self.endings -= 1
        self.inline_sender.cancel(past)

    def renew_token(self) -> threading.Event:
        """Return the token of all sends so far; later sends get another."""
        past, self.sending = self.sending, threading.Event()
        return past

    def scenario(self) -> ActiveScenario:
        """Return the runner of the world's scenarios, created at the first call."""
        with self._making:
            if self._scenario is None:
                self._scenario = self._make_scenario(self)
            return self._scenario

    def timer_fired(self, timer: Timer) -> None:
        """Continue the scenario after a timer of the core fired; no transaction is open."""
        if self._scenario is not None:
            self._scenario.timer_fired(timer)

    def journal_deed(self, tx: Tx, kind: Literal["timer", "answer"], path: str, vendor: str, first: int) -> None:
        """Journal a timer, or receivers' answers, if that changed something, once it is committed; `first` is the row of the newest
        notice before."""
        notices = range(first + 1, outbox.newest_notice(tx) + 1)
        if not (notices or tx.changed_records or tx.stock_changes):
            return

        def add() -> None:
            done, deeds = ByHand(self.name), self.journal.timers if kind == "timer" else self.journal.answers
            done.add(notices, tx.changed_records, tx.stock_changes, tx.settled_contents)
            limits = self.config.body_kept, self.journal.known
            deeds.add(journal.entry_of_deed(kind, path, vendor, tx.now, *limits), done)

        tx.after_commit.append(add)

    def stop_scenario(self, reason: str) -> None:
        """Stop the world's running scenario."""
        if self._scenario is not None:
            self._scenario.close(reason)

    def save(self, target: Path, **meta: Any) -> None:
        """Write the world atomically to a file that another world can start as; waits for a running advance."""
        with self.engine:
            if self.key_used:
                with self.store.atomic() as tx:
                    keys.used(tx, self.key_used.copy())
            copies.write(self.store, target, requests=self.journal.last_number, **meta)


def running_from(start: int) -> ClockSetting:
    """Return the setting of a clock that starts at `start` (epoch ms) and runs from now on."""
    return ClockSetting(offset=start - wall_ms())
