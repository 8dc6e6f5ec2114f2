"""Notifies open pages of changes of a world, by server-sent events within a bound on threads.

An open stream holds one of the server's threads for waits. Up to `MOST` pages have a stream at once, each for `HELD_S`
before it reconnects, since a closed browser is noticed only when something is sent to it. Further pages get an answer
with the current version that ends at once; the browser asks again after `AGAIN_MS`."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import flask
from werkzeug import Response
from werkzeug.wsgi import ClosingIterator

from mockmarket.api.context import current
from mockmarket.api.sse import Seats
from mockmarket.clock import monotonic
from mockmarket.errors import RateLimited
from mockmarket.store.files import DataError
from mockmarket.worlds.world import World

MOST = 32
HELD_S, QUIET_S, ALIVE_S, LOOK_S = 20.0, 0.4, 5.0, 0.5
AGAIN_MS = 700
BEGIN = b"retry: %d\n\n" % AGAIN_MS
ALIVE = b"event: alive\ndata:\n\n"  # by its absence an open page notices a server that hangs
SEATS = Seats()


def version(world: World) -> str:
    """Return a mark that changes with the world: with any row of its database and any request in its journal."""
    entries, mark = (
        world.journal.entries,
        f"{world.epoch}-{world.store.version}-{sum(deeds.number for deeds in world.journal.deeds)}",
    )
    with suppress(IndexError):
        return f"{mark}-{entries[-1].id}-{len(entries)}"
    return mark


def look() -> None:
    """Store the world's version before a page is rendered, so that no later change is missed."""
    flask.g.seen = version(current().world)


def stream() -> Response:
    """Send an event `changed` when the world differs from the page's version and, where there is room, at each later
    change. The page's version is in its last event, or in `seen`, from its rendering."""
    world = current().world
    seen = flask.request.headers.get("Last-Event-ID", flask.request.args.get("seen", ""))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    if (seat := room()) is None:
        return flask.Response(BEGIN + news(world, seen)[0], headers=headers, mimetype="text/event-stream")
    events = ClosingIterator(changes(world, seen, current().server.stopping), seat.close)
    return flask.Response(events, headers=headers, mimetype="text/event-stream", direct_passthrough=True)


def room() -> ExitStack | None:
    """Take a place for a stream; None when all are taken."""
    if current().server.holds_waits and flask.request.method != "HEAD":
        with suppress(RateLimited):
            SEATS.take(MOST)
            seat = ExitStack()
            seat.callback(SEATS.leave)
            return seat
    return None


def news(world: World, seen: str) -> tuple[bytes, str]:
    """Return the event for a world that has changed since `seen`, else b"", and the current version."""
    state = version(world)
    return (b"" if state == seen else b"id: %s\nevent: changed\ndata: %s\n\n" % (state.encode(), state.encode())), state


def changes(world: World, seen: str, stopping: threading.Event) -> Iterator[bytes]:
    """Yield an event for each change until the time is over, the server stops or the world is dropped, with signs of life in between."""
    yield BEGIN
    end = monotonic() + HELD_S
    with suppress(DataError):
        while not stopping.is_set() and monotonic() < end:
            generation = world.changed.generation
            event, seen = news(world, seen)
            yield event or ALIVE
            stopping.wait(QUIET_S)  # changes in quick succession are one event
            until = monotonic() + ALIVE_S
            while world.changed.generation == generation and not stopping.is_set() and monotonic() < until:
                world.changed.wait_changed(generation, LOOK_S)
