"""A cache of answers: a GET that repeats byte for byte gets its stored answer for as long as nothing that it depends on changes.

An answer depends on the request's bytes, the peer's address, the world's rows, settings, keys and faults, and the world's time. Each write
increments the store's version; code that reads the clock reports until when its result holds (`clock.horizon`)."""

from dataclasses import dataclass
from weakref import ref

from mockmarket.clock import LATEST, horizon, monotonic, wall_ms
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.world import World

MOST_BYTES = 8_000_000
MOST_SEEN = 10_000
REQUEST_ID = b"X-Mockmarket-Request: "
DATE = b"Date: "


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored answer, which keeps no world alive: its bytes around the request's id and date, until when it holds, its journal entry."""

    world: ref[World]
    version: int
    until: int
    before: bytes
    between: bytes
    body: bytes
    entry: Entry

    def size(self, request: bytes) -> int:
        """Return about how many bytes the answer takes, with its request and its journal entry."""
        return len(request) + len(self.before) + len(self.between) + len(self.body) + self.entry.exchange.size


class Answers:
    """Stored answers by (request, peer address); a request is stored once it was sent twice. Used by one thread only."""

    def __init__(self) -> None:
        self._kept: dict[tuple[bytes, str], Kept] = {}
        self._seen: set[int] = set()
        self._size = 0

    def begin(self) -> None:
        """Start recording until when the result that this thread computes holds."""
        horizon.until = LATEST

    def keep(
        self, request: bytes, peer: str, world: World, version: int, head: bytes, body: bytes, entry: Entry
    ) -> None:
        """Store an answer computed since `begin`, unless it no longer holds or the store's version differs from `version`."""
        until, mark = horizon.until, hash((request, peer))
        if until <= world.clock.peek() or version != world.store.version:
            return
        if mark not in self._seen:
            if len(self._seen) >= MOST_SEEN:
                self._seen.clear()
            self._seen.add(mark)
            return
        before, name, rest = head.partition(REQUEST_ID)
        _, _, between = rest.partition(b"\r\n")
        between = b"\r\n" + between[: between.rindex(DATE) + len(DATE)]
        kept = Kept(ref(world), version, until, before + name, between, body, entry)
        self._forget(request, peer)
        if self._size + kept.size(request) > MOST_BYTES:
            self._kept.clear()
            self._size = 0
        self._size += kept.size(request)
        self._kept[request, peer] = kept

    def _forget(self, request: bytes, peer: str) -> None:
        kept = self._kept.pop((request, peer), None)
        self._size -= kept.size(request) if kept else 0

    def recall(self, request: bytes, peer: str, worlds: Worlds, date: str) -> bytes | None:
        """Return the stored answer to a request and add it to its world's journal; None when it must be computed."""
        kept = self._kept.get((request, peer))
        if kept is None:
            return None
        began, world = monotonic(), kept.world()
        if world is None or not holds(kept, world, worlds):
            self._forget(request, peer)
            return None
        if world.rate is not None and not world.rate.take():
            return None  # it is refused where it would be computed
        if world.lease:
            world.lease.touch()
        now = world.clock.peek()
        id, key = world.journal.next_id(), kept.entry.key
        if key is not None:
            world.key_used[key] = now
        world.journal.add(kept.entry.again(id, now, wall_ms(), (monotonic() - began) * 1000))
        return b"%b%b%b%b\r\n\r\n%b" % (kept.before, id.encode(), kept.between, date.encode(), kept.body)


def holds(kept: Kept, world: World, worlds: Worlds) -> bool:
    """Return whether a stored answer is still what its world would answer."""
    same = kept.version == world.store.version and worlds.has(world)
    return same and world.clock.peek() < kept.until and not world.faults.requests
