"""Server-sent events: snapshots at an interval, until the client leaves, the world is dropped, or the server stops."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import flask
from werkzeug.wsgi import ClosingIterator

from mockmarket.api.context import ServerHooks, current
from mockmarket.errors import RateLimited
from mockmarket.store.files import DataError
from mockmarket.worlds.world import World

Snapshot = Callable[[], bytes]


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


def stream(world: World, name: str, snapshot: Snapshot, interval_s: float) -> flask.Response:
    """Answer with a named event for each snapshot: one at once, then one at each interval of real time. No lock or
    transaction is held between two. RateLimited when half of the server's threads stream already. The stream gives its
    place back once, however it ends, even if it was never read."""
    if flask.request.method == "HEAD":
        return flask.Response(mimetype="text/event-stream")
    most = max(1, world.config.workers // 2)
    SEATS.take(most, f"{most} streams are open, as many as this server has threads for")
    seat = ExitStack()
    seat.callback(SEATS.leave)
    events = ClosingIterator(numbered(name, snapshot, interval_s, current().server), seat.close)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return flask.Response(events, headers=headers, mimetype="text/event-stream", direct_passthrough=True)


def numbered(name: str, snapshot: Snapshot, interval_s: float, server: ServerHooks) -> Iterator[bytes]:
    """Yield snapshots as events, counted from 1, until the client leaves, the server stops or the world is dropped."""
    number, goes_on = 0, True
    with suppress(DataError):
        while goes_on:
            number += 1
            yield b"id: %d\nevent: %s\ndata: %s\n\n" % (number, name.encode(), snapshot())
            goes_on = server.pause(interval_s)
