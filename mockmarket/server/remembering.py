"""Answers remembered: a GET that comes again byte for byte is answered without being carried out, for as long as nothing differs.

What an answer depends on is the request's bytes, its peer's address, the world's rows, settings, keys and faults, and the
world's time. Each write makes another version of the store; what reads the clock says until when it holds (`clock.horizon`).
"""

from __future__ import annotations

from dataclasses import dataclass

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
    """An answer: what stands before and behind its request's id and its date, until when it holds, and its journal's entry."""

    world: World
    version: int
    until: int
    before: bytes
    between: bytes
    body: bytes
    entry: Entry


class Answers:
    """The answers of a server, by (request, peer address); only what was asked twice is kept. Used within one thread."""

    def __init__(self) -> None:
        self._kept: dict[tuple[bytes, str], Kept] = {}
        self._seen: set[int] = set()
        self._size = 0

    def begin(self) -> None:
        """Begin to observe how long what this thread works out will hold."""
        horizon.until = LATEST

    def keep(
        self, request: bytes, peer: str, world: World, version: int, head: bytes, body: bytes, entry: Entry
    ) -> None:
        """Keep an answer that was worked out since `begin`, when the world's store was of a version."""
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
        self._size += len(request) + len(head) + len(body)
        if self._size > MOST_BYTES:
            self._kept.clear()
            self._size = 0
        between = b"\r\n" + between[: between.rindex(DATE) + len(DATE)]
        self._kept[request, peer] = Kept(world, version, until, before + name, between, body, entry)

    def recall(self, request: bytes, peer: str, worlds: Worlds, date: str) -> bytes | None:
        """Return the whole answer to a request, and note it in its world's journal; None where it has to be worked out."""
        kept = self._kept.get((request, peer))
        if kept is None:
            return None
        began, world = monotonic(), kept.world
        now = world.clock.peek()
        if kept.version != world.store.version or now >= kept.until or world.faults.requests or not worlds.has(world):
            del self._kept[request, peer]
            self._size -= len(request) + len(kept.before) + len(kept.between) + len(kept.body)
            return None
        id, key = world.journal.next_id(), kept.entry.key
        if key is not None:
            world.key_used[key] = now
        world.journal.add(kept.entry.again(id, now, wall_ms(), (monotonic() - began) * 1000))
        return b"%b%b%b%b\r\n\r\n%b" % (kept.before, id.encode(), kept.between, date.encode(), kept.body)
