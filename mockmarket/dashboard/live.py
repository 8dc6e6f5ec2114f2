"""Tells open pages that a world has changed, by server-sent events that starve nobody.

A stream that stays open keeps a thread, of which the server has some for those who wait. Up to `MOST` pages are told of a change at once
that way, each for `HELD_S` and then anew, as a browser that has gone is noticed only when something is sent to it. Whoever finds no seat
gets an answer that says how things are and ends; the browser comes back by itself after `AGAIN_MS`."""

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
HELD_S = 20.0
QUIET_S = 0.4
ALIVE_S = 5.0
LOOK_S = 0.5
AGAIN_MS = 700
BEGIN = b"retry: %d\n\n" % AGAIN_MS
SEATS = Seats()


def version(world: World) -> str:
    """Return a mark that differs whenever something in a world does: a row of its database, a request in its journal."""
    entries, mark = world.journal.entries, f"{world.epoch}-{world.store.version}"
    with suppress(IndexError):
        return f"{mark}-{entries[-1].id}-{len(entries)}"
    return mark


def look() -> None:
    """Note how the world is before a page is drawn, so that nothing that comes while it is drawn is missed."""
    flask.g.seen = version(current().world)


def stream() -> Response:
    """Send an event `changed` when the world is not as the page knows it, and then, where there is room, whenever it changes.
    How the page knows it stands in the last event that it got, or in `seen`, by which it was drawn."""
    world = current().world
    seen = flask.request.headers.get("Last-Event-ID", flask.request.args.get("seen", ""))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    seat = room()
    if seat is None:
        return flask.Response(BEGIN + news(world, seen)[0], headers=headers, mimetype="text/event-stream")
    events = ClosingIterator(changes(world, seen, current().server.stopping), seat.close)
    return flask.Response(events, headers=headers, mimetype="text/event-stream", direct_passthrough=True)


def room() -> ExitStack | None:
    """Take a seat for a stream; None when there is none to be had."""
    if current().server.holds_waits and flask.request.method != "HEAD":
        with suppress(RateLimited):
            SEATS.take(MOST)
            seat = ExitStack()
            seat.callback(SEATS.leave)
            return seat
    return None


def news(world: World, seen: str) -> tuple[bytes, str]:
    """Return the event for a world that is not as it was seen, else nothing; and how it is seen now."""
    state = version(world)
    return (b"" if state == seen else b"id: %s\nevent: changed\ndata: %s\n\n" % (state.encode(), state.encode())), state


def changes(world: World, seen: str, stopping: threading.Event) -> Iterator[bytes]:
    """Yield an event for each change until the time is up, the server stops or the world is gone; a comment now and then in between."""
    yield BEGIN
    end = monotonic() + HELD_S
    with suppress(DataError):
        while not stopping.is_set() and monotonic() < end:
            generation = world.changed.generation
            event, seen = news(world, seen)
            yield event or b": still here\n\n"
            stopping.wait(QUIET_S)  # what happens in quick succession is one event
            until = monotonic() + ALIVE_S
            while world.changed.generation == generation and not stopping.is_set() and monotonic() < until:
                world.changed.wait_changed(generation, LOOK_S)
