"""A world's next due moment, whether it is quiet, and waits in real time for a state of a world. The number of waits at once is bounded."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from mockmarket.api.sse import Seats
from mockmarket.clock import monotonic
from mockmarket.errors import Unavailable
from mockmarket.store import outbox, timers
from mockmarket.worlds.world import World

T = TypeVar("T")
LOOK_UP_S = 0.5
"""Seconds between checks whether the server is stopping; a change in the world wakes the wait at once."""
REST_S = 0.005
"""Least seconds between two checks of the state, so that a busy world is not checked after each of its commits."""
SHARE = 4
"""All waits together rest this many times as long as their checks take: a costly check must not slow the server."""
SEATS = Seats()


@contextmanager
def room(world: World, held: bool) -> Iterator[None]:
    """Take one of the limited places for waits: half of the workers, or the configured limit where a wait is `held`
    without a worker. RateLimited when no place is free."""
    most = world.config.limits.waits if held else max(1, world.config.workers // 2)
    SEATS.take(most, f"{most} requests are waiting, as many as may at once")
    try:
        yield
    finally:
        SEATS.leave()


def until(world: World, look: Callable[[], T | None], timeout_s: float, stopping: threading.Event) -> T | None:
    """Return the first result of `look` that is not None, or None at the time limit; it is called at least once.
    Unavailable when the server stops meanwhile, UnknownWorld when the world is dropped."""
    end = monotonic() + timeout_s
    while True:
        generation, began = world.changed.generation, monotonic()
        world.read()  # raises when the world was dropped
        result = look()
        took, left = monotonic() - began, end - monotonic()
        if result is not None or left <= 0:
            return result
        rest_s = min(max(REST_S, took * SHARE * max(1, SEATS.taken)), LOOK_UP_S)
        if stopping.wait(min(rest_s, left)):
            raise Unavailable("The server is stopping; what was waited for had not come.")
        world.changed.wait_changed(generation, max(0.0, min(end - monotonic(), LOOK_UP_S)))


def next_due(world: World, busy: Sequence[str]) -> int | None:
    """Return the next moment (epoch ms) at which a timer or a delivery of a world is due, or None."""
    read = world.read()
    return min((due for due in (timers.next_due(read), outbox.next_due(read, busy)) if due is not None), default=None)


def is_quiet(world: World) -> bool:
    """Return whether no delivery is being sent and no delivery or timer is due at this moment of the world's time."""
    if world.clock.walking or world.in_flight:
        return False
    due = next_due(world, ())
    return (due is None or due > world.clock.now()) and not outbox.is_sending(world.read())


def under_way(world: World) -> bool:
    """Return whether a world has pending work, calendar dates of its vendors aside: those never end."""
    read = world.read()
    return outbox.next_due(read) is not None or bool(timers.upcoming(read, 1, world.calendar))
