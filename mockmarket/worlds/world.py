"""World: one isolated universe with its own database, clock, ids, keys, endpoints, journal and deliveries."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from mockmarket.clock import Setting as ClockSetting, changes_always, wall_ms
from mockmarket.errors import Invalid, NotFound, Refusal
from mockmarket.faults.active.faults import ActiveFaults
from mockmarket.store import Read, Store, Tx, copies, keys, outbox, settings
from mockmarket.vendor import Setting, Vendor
from mockmarket.worlds import journal
from mockmarket.worlds.ratelimit import Meter

if TYPE_CHECKING:
    from mockmarket.config import Config
    from mockmarket.store.timers import Timer

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
}  # fmt: skip
CAUSES_LOOKED_AT = 500
"""Among how many of the newest notices the latest request's id is looked for; many more than can be answered at once."""


T = TypeVar("T")


class ChangeSignal(threading.Condition):
    """A condition that counts how often it was notified: what happens between a look and a wait is not missed. Look at
    `generation`, then at what is waited for, then `wait_changed` from that generation. Nothing is held while looking."""

    def __init__(self) -> None:
        super().__init__()
        self.generation = self._waiting = 0

    def notify_all(self) -> None:
        """Wake everybody who waits; the lock is held, as for any condition."""
        self.generation += 1
        super().notify_all()

    def notify_change(self) -> None:
        """Wake everybody who waits; costs next to nothing where nobody does."""
        self.generation += 1
        if self._waiting:
            with self:
                self.notify_all()

    def wait_changed(self, generation: int, timeout: float) -> None:
        """Wait until something has changed since a generation, or for `timeout` real seconds."""
        with self:
            self.wait_for(lambda: self.generation != generation, timeout)

    def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
        """Wait until something is so, or for `timeout` real seconds; the lock is held, as for any condition."""
        self._waiting += 1  # before the look: who changes something afterwards takes the lock
        try:
            return super().wait_for(predicate, timeout)
        finally:
            self._waiting -= 1


class InlineSender(Protocol):
    """Who sends deliveries inside a request, for vendors that do not leave it to the background."""

    def claim(self, world: World, tx: Tx, ids: Sequence[int]) -> Any:
        """Claim deliveries within the transaction that made them, so that nobody else sends them."""

    def send(self, world: World, claim: Any) -> list[bool]:
        """Send what was claimed, wait, settle; returns for each whether it was delivered. Call it with no transaction open."""

    def cancel(self, token: threading.Event) -> None:
        """Give up every exchange that was begun under a token."""


class ActiveScenario(Protocol):
    """What goes on in a world besides its vendors' trade, step by step."""

    def timer_fired(self, timer: Timer) -> None:
        """Go on, since the clock has come to a timer of the core's; no transaction is open."""

    def close(self, reason: str) -> None:
        """Come to an end: the world is put back, replaced or dropped."""


@dataclass(frozen=True, slots=True)
class WorldServices:
    """What the worlds of a process share: `wake` tells the delivery engine that one was written to or moved, `inline_sender`
    sends inside requests, `scenario` makes what runs a world's scenarios."""

    vendors: Sequence[Vendor]
    config: Config
    wake: Callable[[World], None]
    inline_sender: InlineSender
    scenario: Callable[[World], ActiveScenario]


RefusalOf = Callable[["World", Exception], Refusal | None]
"""Takes a world and an error in using it, and returns the refusal for one that is its file's."""


class World:
    """One universe. Its `store` holds all that is kept; the rest is what is going on at the moment. `changed` counts what
    can be waited for; the store notifies it at each commit."""

    def __init__(
        self,
        name: str,
        store: Store,
        changed: ChangeSignal,
        services: WorldServices,
        failed: RefusalOf = lambda world, error: None,
    ) -> None:
        config = services.config
        self.name, self.config = name, config
        self.store, self.clock = store, store.clock
        self.vendors = {vendor.name: vendor for vendor in services.vendors}
        self.changed = changed
        self.journal = journal.Journal(config.limits, self.changed.notify_change)
        self.engine = threading.RLock()
        self.epoch = self.endings = 0
        self.sending = threading.Event()
        self.in_flight: Counter[str] = Counter()
        self.silent: set[str] = set()
        self.key_used: dict[str, int] = {}
        self.meter = Meter()
        self.faults = ActiveFaults(store, self.vendors)
        self.wake, self.inline_sender = services.wake, services.inline_sender
        self._make_scenario = services.scenario
        self._scenario: ActiveScenario | None = None
        self._making = threading.Lock()
        self._failed = failed
        self.load()

    def failed(self, error: Exception) -> Refusal | None:
        """Return the refusal for an error in using the world's file, None for another; one that is damaged is served no more."""
        return self._failed(self, error)

    def read(self) -> Read:
        """Return a view of the database for reading."""
        return self.store.read()

    @contextmanager
    def atomic(self) -> Iterator[Tx]:
        """Run a write transaction; once it is committed, what it left to be done is started on."""
        with self.store.atomic(journal.current.get()) as tx:
            yield tx
            if tx.has_due_work:
                tx.after_commit.append(lambda: self.wake(self))
        if tx.cause:
            self.journal.caused(tx.cause, tx.changed_records, tx.stock_changes)

    def use_key(self, id: str) -> None:
        """Note that a key was used just now."""
        self.key_used[id] = self.clock.peek()

    def last_use(self, key: keys.Key) -> int | None:
        """Return when a key was last used (world's time, epoch ms), None when it never was."""
        changes_always()
        return self.key_used.get(key.id, key.last_used_at)

    def settings_of(self, vendor: str) -> Mapping[str, Any]:
        """Return every setting of a vendor, or of the `core`, as it is in this world."""
        return self.store.settings[vendor]

    def load(self) -> None:
        """Take what is known of the world besides its rows from the database: settings, where ids of requests go on."""
        self.load_settings()
        self.journal.go_on(outbox.latest_causes(self.read(), CAUSES_LOOKED_AT))

    def load_settings(self) -> None:
        """Take the settings from the database, defaults beneath them."""
        changed = settings.load(self.read())
        declared = {"core": CORE_SETTINGS} | {name: vendor.settings for name, vendor in self.vendors.items()}
        self.store.use_settings({
            vendor: {name: changed.get((vendor, name), setting.default) for name, setting in known.items()}
            for vendor, known in declared.items()
        })  # fmt: skip

    def vendor(self, name: str) -> Vendor:
        """Return the vendor of this name; NotFound lists those that there are."""
        if name not in self.vendors:
            raise NotFound(f"There is no vendor {name!r}; there are {', '.join(self.vendors)}.")
        return self.vendors[name]

    @property
    def calendar(self) -> list[tuple[str, str]]:
        """The (vendor, name) of every timer that is only a date, such as an event's end: none that something waits for."""
        return [(vendor.name, name) for vendor in self.vendors.values() for name in vendor.world.calendar]

    def declared(self, vendor: str) -> Mapping[str, Setting]:
        """Return the settings that a vendor, or the `core`, has; NotFound for another name."""
        return CORE_SETTINGS if vendor == "core" else self.vendor(vendor).settings

    def change_settings(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Change settings, all or none; None goes back to the default. Invalid names each that is unknown or wrong."""
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
                    yield f"{vendor}.{name}", f"is no setting; there are {', '.join(declared) or 'none'}"
                elif value is not None and (problem := declared[name].check(value)):
                    yield f"{vendor}.{name}", problem

    def replace_with(self, source: Path, clock: ClockSetting | None) -> None:
        """Take over a copy's data, and its clock unless one is given; answers that are still under way are ignored. No
        transaction comes between the new data and the new epoch: an answer of before would be settled in it."""
        with self.ending(), self.changed, self.store.exclusive():
            self.store.replace_with(source)
            if clock is not None:
                self.clock.reset(clock)
            self.store.keep_clock()
            self.epoch += 1
            self.renew_token()
            self.in_flight.clear()
            self.silent.clear()
            self.key_used.clear()
            self.meter.clear()
            self.faults.clear()
            self.journal.clear()
            self.load()
            self.changed.notify_all()
        self.stop_scenario("The world was reset, restored or replaced.")
        self.wake(self)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Have the engine for what ends this epoch of the world: an advance stops early, and what is being sent is given up."""
        with self.changed:
            self.endings += 1
        try:
            if not self.engine.acquire(blocking=False):
                self.inline_sender.cancel(self.renew_token())  # or an advance would wait for its answers first
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
        """Return the token under which everything was sent so far; what is sent from now on is under another."""
        past, self.sending = self.sending, threading.Event()
        return past

    def scenario(self) -> ActiveScenario:
        """Return what runs the world's scenarios, made at the first call."""
        with self._making:
            if self._scenario is None:
                self._scenario = self._make_scenario(self)
            return self._scenario

    def timer_fired(self, timer: Timer) -> None:
        """Have a scenario go on, since the clock has come to a timer of the core's; no transaction is open."""
        if self._scenario is not None:
            self._scenario.timer_fired(timer)

    def stop_scenario(self, reason: str) -> None:
        """Bring to an end what a scenario does in this world."""
        if self._scenario is not None:
            self._scenario.close(reason)

    def save(self, target: Path, **meta: Any) -> None:
        """Write the whole world to a file that another can begin as, in one step; an advance is waited for."""
        with self.engine:
            if self.key_used:
                with self.store.atomic() as tx:
                    keys.used(tx, self.key_used.copy())
            copies.write(self.store, target, **meta)


def running_from(start: int) -> ClockSetting:
    """Return a clock's state that begins at `start` (epoch ms) and runs from now on."""
    return ClockSetting(offset=start - wall_ms())
