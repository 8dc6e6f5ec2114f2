"""The world's clock: frozen, let run, moved on; and a strip of what is due next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import flask

from mockmarket.api.context import current
from mockmarket.api.schemas import schema_of
from mockmarket.clock import DAY, HOUR, MINUTE, iso_ms
from mockmarket.control import clock as control
from mockmarket.dashboard import formats, forms, shell
from mockmarket.dashboard.shell import Page, Route
from mockmarket.store import Read, history, timers

STRIP = 24
"""How many things to come are shown."""
MOST_WAITING = 1000
"""How many deliveries that wait are looked at."""
STEPS = (("1 min", MINUTE), ("15 min", 15 * MINUTE), ("1 h", HOUR), ("1 day", DAY), ("1 week", 7 * DAY))


FORMS = {"by": ("to", "until"), "to": ("seconds", "until")}
"""The two ways to say how far to go, and what each does not ask."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something to come: what, and of which record of whom; `times` says of how many."""

    what: str
    of: str
    record: str
    times: int


def show() -> flask.Response:
    """Show the clock and what is due."""
    world = current().world
    return shell.page(
        "clock.html", title="Clock", dues=coming(world.read(), world.calendar), steps=STEPS, by=form_of("by"), to=form_of("to")
    )  # fmt: skip


def form_of(way: str) -> forms.Form:
    """Return the form that says how far to go, in one of the two ways."""
    return forms.of(schema_of(control.Advance, "body"), **shape(way))


def shape(way: str) -> dict[str, Any]:
    """Return how one of the two forms looks."""
    looks = {
        "seconds": {"label": "By seconds", "required": True, "help": "3600 is an hour."},
        "to": {"label": "To a moment", "required": True, "help": "UTC, such as 2027-05-01T12:00:00Z or 2027-05-01."},
    }
    return {"leave_out": FORMS[way], "looks": looks}


def coming(read: Read, calendar: list[tuple[str, str]]) -> list[tuple[int, list[Due]]]:
    """Return what is due next by its moments (epoch ms), earliest first: attempts and timers, but for mere dates such as events' ends."""
    waiting = history.deliveries(read, {"state": "pending"}, MOST_WAITING)
    counted = Counter(
        (max(row["due"], read.now), f"attempt {row['attempts'] + 1} of {row['type']}", row["vendor"], row["record"] or "")
        for row in waiting
        if row["due"] is not None
    )  # fmt: skip
    counted.update(
        (max(timer.due, read.now), timer.name.replace("_", " "), timer.vendor, timer.record)
        for timer in timers.upcoming(read, STRIP, calendar)
    )
    first = sorted(counted.items())[:STRIP]
    return [
        (at, [Due(what, of, record, times) for (_, what, of, record), times in group])
        for at, group in groupby(first, key=lambda one: one[0][0])
    ]


def freeze() -> flask.Response:
    """Freeze the clock."""
    control.set_clock.call(current(), {"frozen": True})
    return shell.done("The clock stands still.", shell.url("clock.show"))


def run() -> flask.Response:
    """Let the clock run on from where it is."""
    control.set_clock.call(current(), {"frozen": False})
    return shell.done("The clock runs.", shell.url("clock.show"))


def advance() -> flask.Response:
    """Move the clock by some seconds or to a moment."""
    way = "by" if "seconds" in flask.request.form else "to"
    try:
        given = forms.read(schema_of(control.Advance, "body"), **shape(way))
        typed = forms.filled(form_of(way), flask.request.form)
        return forms.trying(typed, lambda: moved(given))
    except forms.Wrong as wrong:
        return shell.answer("clock_form.html", 422, form=wrong.form, way=way)


def step(ms: int) -> flask.Response:
    """Move the clock by one of the steps."""
    return moved({"seconds": ms / 1000})


def to(at: int) -> flask.Response:
    """Move the clock to the moment of something that is due."""
    return moved({"to": iso_ms(at)})


def until_quiet() -> flask.Response:
    """Move the clock as far as anything is due."""
    return moved({"until": "quiet"})


def moved(given: control.Advance) -> flask.Response:
    """Advance and say what fired."""
    walk = control.advance(current().services.engine, current().world, given)
    went = (
        f"Moved on {formats.span(walk.reached - walk.started_at)}"
        if walk.reached > walk.started_at
        else "Nothing to move for"
    )
    fired = f"{counted(walk.attempts, 'attempt')} made, {counted(len(walk.fired), 'timer')} fired"
    more = "" if walk.quiet else " It stopped early at its bound; go on to finish."
    return shell.done(f"{went}: {fired}.{more}", shell.url("clock.show"))


def counted(count: int, what: str) -> str:
    """Write how many there are of something: `1 attempt`, `no timers`."""
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


PAGE = Page("clock", "Clock", "c", (
    Route("clock", show), Route("clock/freeze", freeze, "POST"), Route("clock/run", run, "POST"),
    Route("clock/advance", advance, "POST"), Route("clock/step/<int:ms>", step, "POST"), Route("clock/to/<int:at>", to, "POST"),
    Route("clock/quiet", until_quiet, "POST"),
))  # fmt: skip
