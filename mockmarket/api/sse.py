"""Server-sent events: snapshots at an interval, until the client leaves, the world is dropped, or the server stops."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import flask
from werkzeug.wsgi import ClosingIterator

from mockmarket.api.context import LOOK_S, ServerHooks, current
from mockmarket.current import current_request
from mockmarket.errors import RateLimited
from mockmarket.store.files import DataError
from mockmarket.worlds.world import World

Snapshot = Callable[[], bytes]
Named = Iterator[tuple[str, bytes]]  # events: their names and their data


class Seats:
    """A bounded number of places: a stream holds one of the server's threads, and requests need some too."""

    def __init__(self) -> None:
        self.taken = 0
        self._lock = threading.Lock()

    def take(self, most: int, all_taken: str = "every seat is taken") -> None:
        """Take a place; RateLimited, with this message, when all are taken."""
        with self._lock:
            if self.taken >= most:
                refusal = RateLimited(f"{all_taken}.", retry_after=2)
                refusal.headers["Retry-After"] = "2"
                raise refusal
            self.taken += 1

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            self.taken -= 1


SEATS = Seats()


def stream(world: World, events: Callable[[ServerHooks], Named]) -> flask.Response:
    """Answer with named events until their iterator ends; no lock or transaction is held between two. RateLimited when
    half of the server's threads stream already. The stream gives its place back once, however it ends, even if it was
    never read."""
    if current_request().method == "HEAD":
        return flask.Response(mimetype="text/event-stream")
    most = max(1, world.config.workers // 2)
    SEATS.take(most, f"{most} streams are open, as many as this server has threads for")
    seat = ExitStack()
    seat.callback(SEATS.leave)
    numbered = ClosingIterator(number(events(current().server)), seat.close)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return flask.Response(numbered, headers=headers, mimetype="text/event-stream", direct_passthrough=True)


def number(events: Named) -> Iterator[bytes]:
    """Yield events as sent, counted from 1, until they end or the world is dropped."""
    with suppress(DataError):
        for id, (name, data) in enumerate(events, 1):
            yield b"id: %d\nevent: %s\ndata: %s\n\n" % (id, name.encode(), data)


def every(interval_s: float, name: str, snapshot: Snapshot) -> Callable[[ServerHooks], Named]:
    """Return events of one name: a snapshot at once, then one at each interval of real time."""

    def events(server: ServerHooks) -> Named:
        yield name, snapshot()
        while server.pause(interval_s):
            yield name, snapshot()

    return events


def changes(world: World, server: ServerHooks) -> Iterator[int]:
    """Yield at once, and after each change of a world's data, until the client leaves or the server stops."""
    version = -1
    while not (server.stopping.is_set() or server.left.is_set()):
        generation = world.changed.generation
        if world.store.version != version:
            version = world.store.version
            yield version
        else:
            world.changed.wait_changed(generation, LOOK_S)
