"""When something is due in a world, whether all is quiet, and waiting in real time until something can be seen in it. How
many wait at once is bounded; nobody's thread is used up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from mockmarket.api.sse import Seats
from mockmarket.clock import monotonic
from mockmarket.errors import Unavailable
from mockmarket.store import outbox, timers

if TYPE_CHECKING:
    from mockmarket.worlds.world import World

T = TypeVar("T")

LOOK_UP_S = 0.5
"""How often a wait looks up to see whether the server stops; whatever happens in the world wakes it at once."""
REST_S = 0.005
"""How long it rests between two looks at least, so that a world under load is not looked at after each of its commits."""
SHARE = 4
"""Those who wait rest, together, so many times as long as their looks take: a dear question must not take the server's time."""

SEATS = Seats()


@contextmanager
def room(world: World, held: bool) -> Iterator[None]:
    """Take a place among those who wait; half of the workers may, or as the limit says where none is `held` up by it.
    RateLimited when no place is left."""
    most = world.config.limits.waits if held else max(1, world.config.workers // 2)
    SEATS.take(most, f"{most} requests are waiting, as many as may at once")
    try:
        yield
    finally:
        SEATS.leave()


def until(world: World, look: Callable[[], T | None], timeout_s: float, stopping: threading.Event) -> T | None:
    """Return what `look` finds as soon as it finds something, or None when the time is over; it looks at least once.
    Unavailable when the server stops meanwhile, UnknownWorld when the world is dropped."""
    end = monotonic() + timeout_s
    while True:
        generation, began = world.changed.generation, monotonic()
        world.read()  # there is none to a world that was dropped
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
    """Return whether nothing is being sent and nothing is due at this moment of the world's time, deliveries and timers."""
    if world.clock.walking or world.in_flight:
        return False
    due = next_due(world, ())
    return (due is None or due > world.clock.now()) and not outbox.is_sending(world.read())


def under_way(world: World) -> bool:
    """Return whether anything of a world is still to be done, dates in its vendors' calendars aside: those are never all over."""
    read = world.read()
    return outbox.next_due(read) is not None or bool(timers.upcoming(read, 1, world.calendar))
