"""What is due in a world, and when: its vendors' timers and its deliveries. Fires timers; sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mockmarket.store import Tx, outbox, timers
from mockmarket.store.timers import Timer
from mockmarket.worlds.world import World


def fire_timers(world: World, moment: int) -> list[Timer]:
    """Fire every timer due at `moment` or before, each in a transaction of its own with what it does."""
    fired: list[Timer] = []
    while (due := timers.next_due(world.read())) is not None and due <= moment:
        with world.store.atomic() as tx:
            if timer := timers.take_due(tx, moment):
                fire(world, tx, timer)
                fired.append(timer)
    return fired


def fire(world: World, tx: Tx, timer: Timer) -> None:
    """Have whoever set a timer do what it is for: a vendor in this transaction, what is played in the world once it is over."""
    if timer.vendor in world.vendors:
        world.vendors[timer.vendor].world.timer_fired(tx, timer)
    else:
        tx.after_commit.append(partial(world.timer_fired, timer))


def next_due(world: World, busy: Sequence[str]) -> int | None:
    """Return the next moment (epoch ms) at which a timer or a delivery of a world is due, or None."""
    read = world.read()
    return min((due for due in (timers.next_due(read), outbox.next_due(read, busy)) if due is not None), default=None)


def is_quiet(world: World) -> bool:
    """Tell whether nothing is being sent and nothing is due at this moment of the world's time, deliveries and timers."""
    if world.clock.walking or world.in_flight:
        return False
    due = next_due(world, ())
    return (due is None or due > world.clock.now()) and not outbox.is_sending(world.read())


def under_way(world: World) -> bool:
    """Tell whether anything of a world is still to be done, dates in its vendors' calendars aside: those are never all over."""
    read = world.read()
    return outbox.next_due(read) is not None or bool(timers.upcoming(read, 1, world.calendar))
