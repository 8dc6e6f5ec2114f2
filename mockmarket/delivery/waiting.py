"""Waiting, in real time, until something can be seen in a world. How many wait at once is bounded; nobody's thread is used up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

from mockmarket.api.sse import Seats
from mockmarket.clock import monotonic
from mockmarket.delivery.due import is_quiet
from mockmarket.errors import Unavailable
from mockmarket.worlds.world import World

__all__ = ["is_quiet", "room", "until"]

T = TypeVar("T")

LOOK_UP_S = 0.5
"""How often a wait looks up to see whether the server stops; whatever happens in the world wakes it at once."""
REST_S = 0.005
"""How long it rests between two looks at least, so that a world under load is not looked at after each of its commits."""
SHARE = 4
"""Those who wait rest, together, so many times as long as their looks take: a dear question must not take the server's time."""

SEATS = Seats()

Lend = Callable[[], AbstractContextManager[Any]]


@contextmanager
def room(world: World, lend: Lend | None) -> Iterator[None]:
    """Have a place among those who wait, and a thread beside the server's own; RateLimited when every place is taken.

    A server that lends no thread has places for half of its own only.
    """
    most = world.config.limits.waits if lend else max(1, world.config.workers // 2)
    SEATS.take(most, f"{most} requests are waiting, as many as may at once")
    try:
        with lend() if lend else nullcontext():
            yield
    finally:
        SEATS.leave()


def until(world: World, look: Callable[[], T | None], timeout_s: float, stopping: threading.Event) -> T | None:
    """Return what `look` finds as soon as it finds something, or None when the time is over; it looks at least once.

    Unavailable when the server stops meanwhile, UnknownWorld when the world is dropped.
    """
    end = monotonic() + timeout_s
    while True:
        rings, began = world.landed.rings, monotonic()
        world.store.connection()  # there is none to a world that was dropped
        result = look()
        took, left = monotonic() - began, end - monotonic()
        if result is not None or left <= 0:
            return result
        rest_s = min(max(REST_S, took * SHARE * max(1, SEATS.taken)), LOOK_UP_S)
        if stopping.wait(min(rest_s, left)):
            raise Unavailable("The server is stopping; what was waited for had not come.")
        world.landed.wait_past(rings, max(0.0, min(end - monotonic(), LOOK_UP_S)))
