"""What an examined receiver does with the vendor's API, as the world's journal shows it; and the conditions under which it is examined."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from mockmarket.clock import monotonic
from mockmarket.errors import NotFound
from mockmarket.store import endpoints
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

LATE_S = 0.5  # real seconds by which a slow API exceeds the timeout of a notice


READ = frozenset({*range(200, 300), 404})
"""Status of an answer to a read; 404 may be that of a record on an account that is not the receiver's."""


def reads(world: World, vendor: str, since: int = 0) -> list[Entry]:
    """Return the reads of a vendor's API after the request of this number."""
    entries = world.journal.find({"vendor": vendor, "method": "GET"})
    return [entry for entry in entries if entry.status in READ and int(entry.id[1:]) > since]


def was_read(entries: Iterable[Entry], record: str) -> bool:
    """Return whether one of these reads was of a record: its id is in the path or in the answer."""
    id = re.compile(rf"(?<!\w){re.escape(record)}(?!\w)")
    return any(id.search(entry.path) or id.search(entry.answer.decode("utf-8", "replace")) for entry in entries)


def wait_until(world: World, happened: Callable[[], object], seconds: float, each_s: float = 1) -> bool:
    """Return whether something has happened in a world, as soon as it has, or after so many real seconds; checks at every change of the
    world, and every `each_s` seconds."""
    until = monotonic() + seconds
    while True:
        generation = world.changed.generation
        if happened():
            return True
        if (left := until - monotonic()) <= 0:
            return False
        world.changed.wait_changed(generation, min(left, each_s))


@contextmanager
def slow_api(world: World, vendor: str) -> Iterator[None]:
    """Let a vendor's API answer later than its notices time out."""
    deadline_s = world.vendor(vendor).webhooks.deadline_ms(world.settings_of(vendor)) / 1000
    with _faults(world, [{"fault": "slow", "vendor": vendor, "with": {"seconds": deadline_s + LATE_S}}]):
        yield


@contextmanager
def lost_notices(world: World, vendor: str, url: str) -> Iterator[None]:
    """Lose the notices to every endpoint of a URL."""
    ids = [endpoint.id for endpoint in endpoints.all(world.read(), vendor) if endpoint.url == url]
    with _faults(world, [{"fault": "lose", "endpoint": id} for id in ids]):
        yield


@contextmanager
def _faults(world: World, faults: Sequence[Mapping[str, object]]) -> Iterator[None]:
    ids = [world.faults.add(fault) for fault in faults]
    try:
        yield
    finally:
        for id in ids:
            with suppress(NotFound):  # a reset has removed it
                world.faults.remove(id)
