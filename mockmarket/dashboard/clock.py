"""The world's clock: frozen, let run, moved on; and a strip of what is due next."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

import flask
from werkzeug import Response

from mockmarket.api.context import current
from mockmarket.clock import DAY, HOUR, MINUTE, iso_ms
from mockmarket.control import clock as control
from mockmarket.dashboard import formats, forms, shell
from mockmarket.dashboard.forms import Look
from mockmarket.store import Read, history, timers

STRIP = 24
"""How many things to come are shown."""
MOST_WAITING = 1000
"""How many deliveries that wait are looked at."""
STEPS = (("1 min", MINUTE), ("15 min", 15 * MINUTE), ("1 h", HOUR), ("1 day", DAY), ("1 week", 7 * DAY))
OTHERS = {"seconds": ("to", "until"), "to": ("seconds", "until")}
"""The two ways to say how far to go, and what each does not ask."""
LOOKS: dict[str, Look] = {
    "seconds": {"label": "By seconds", "required": True, "help": "3600 is an hour."},
    "to": {"label": "To a moment", "required": True, "help": "UTC, such as 2027-05-01T12:00:00Z or 2027-05-01."},
}


@dataclass(frozen=True, slots=True)
class Due:
    """Something to come: what, and of which record of whom; `times` says of how many."""

    what: str
    of: str
    record: str
    times: int


def show() -> flask.Response:
    """Show the clock and what is due."""
    dues = coming(current().read(), current().world.calendar)
    return shell.page(
        "clock.html", title="Clock", dues=dues, steps=STEPS, by=form_of("seconds", "by"), to=form_of("to", "to")
    )


def form_of(field: str, way: str) -> forms.Form:
    """Return the form that says how far to go, in one of the two ways."""
    return forms.of(
        forms.schema_of(control.Advance),
        leave_out=OTHERS[field],
        looks=LOOKS,
        to=shell.url("clock.advance"),
        label=f"Advance {way}",
        prefix=f"{way}-",
    )


def coming(read: Read, calendar: list[tuple[str, str]]) -> list[tuple[int, list[Due]]]:
    """Return what is due next by its moments (epoch ms), earliest first: attempts and timers, but for mere dates such as events' ends."""
    attempts = (
        (
            max(row["due"], read.now),
            f"attempt {row['attempts'] + 1} of {row['type']}",
            row["vendor"],
            row["record"] or "",
        )
        for row in history.deliveries(read, {"state": "pending"}, MOST_WAITING)
        if row["due"] is not None
    )
    due = (
        (max(timer.due, read.now), timer.name.replace("_", " "), timer.vendor, timer.record)
        for timer in timers.upcoming(read, STRIP, calendar)
    )
    first = sorted(Counter([*attempts, *due]).items())[:STRIP]
    return [
        (at, [Due(what, of, record, times) for (_, what, of, record), times in group])
        for at, group in groupby(first, key=lambda counted: counted[0][0])
    ]


freeze = shell.button("freeze", "The clock stands still.", "clock.show", control.set_clock.call, {"frozen": True})
run = shell.button("run", "The clock runs.", "clock.show", control.set_clock.call, {"frozen": False})


def advance() -> Response:
    """Move the clock by some seconds or to a moment."""
    form = form_of("seconds", "by") if "seconds" in flask.request.form else form_of("to", "to")
    return form.submit(moved)


def step(ms: int) -> Response:
    """Move the clock by one of the steps."""
    return moved({"seconds": ms / 1000})


def to(at: int) -> Response:
    """Move the clock to the moment of something that is due."""
    return moved({"to": iso_ms(at)})


def until_quiet() -> Response:
    """Move the clock as far as anything is due."""
    return moved({"until": "quiet"})


def moved(body: control.Advance) -> Response:
    """Advance and say what fired."""
    walk = control.advance(current().services.engine, current().world, body)
    ms = walk.reached - walk.started_at
    went = f"Moved on {formats.span(ms)}" if ms > 0 else "Nothing to move for"
    attempts = formats.counted(walk.attempts or "no", "attempt")
    timers = formats.counted(len(walk.fired) or "no", "timer")
    more = "" if walk.quiet else " It stopped early at its bound; go on to finish."
    return shell.done(f"{went}: {attempts} made, {timers} fired.{more}", shell.url("clock.show"))
