"""The world's clock: freeze, run, advance; and a strip of what is due next."""

from itertools import groupby

import flask

from mockmarket.api.context import current
from mockmarket.clock import DAY, HOUR, MINUTE, SECOND, iso_ms, span
from mockmarket.control import clock as control
from mockmarket.dashboard import formats, forms, links, shell
from mockmarket.dashboard.overview import axis_of
from mockmarket.store import Read, delivery_list, timers

STRIP = 24  # most entries shown
AXIS = 1000  # px of the axis, which fits its window
MOST_WAITING = 1000  # most pending deliveries read, those that are due first
STEPS = (("1 min", MINUTE), ("15 min", 15 * MINUTE), ("1 h", HOUR), ("1 day", DAY), ("1 week", 7 * DAY))
Due = tuple[int, str, str, str]  # like work that is due: when (epoch ms), what, its vendor, the URL of its endpoint
LOOKS: dict[str, forms.Look] = {
    "seconds": {"label": "By seconds", "required": True, "help": "3600 is an hour."},
    "to": {"label": "To a moment", "required": True, "kind": "moment", "help": ""},
}


def show() -> shell.Response:
    """Show the clock and what is due."""
    read, by, to = current().read(), _form_of("by"), _form_of("to")
    dues = coming(read)
    named = ((vendor, id) for _, those in dues for (_, _, vendor, _), ids in those for id in ids)
    counts = {at: sum(len(ids) for _, ids in those) for at, those in dues}
    return shell.page(
        "clock.html",
        dues=dues,
        axis=axis_of(counts, read.now, AXIS),
        links=links.of_ledger(named),
        steps=STEPS,
        by=by,
        to=to,
    )


def _form_of(way: str) -> forms.Form:
    schema, left_out = forms.schema_of(control.Advance), ("to" if way == "by" else "seconds", "until")
    to = shell.url("clock.advance")
    return forms.of(schema, to, f"Advance {way}", leave_out=left_out, looks=LOOKS, prefix=f"{way}-")


def coming(read: Read) -> list[tuple[int, list[tuple[Due, list[str]]]]]:
    """Return what is due next by its moment, to the second, earliest first: like attempts, timers and calendar dates together, with their
    records."""
    due: dict[Due, list[str]] = {}
    for row in delivery_list.page(read, delivery_list.Filters(state="pending"), "due", MOST_WAITING):
        attempt = f"attempt {row['attempts'] + 1} of {row['type']}"
        group = _moment(row["due"], read.now), attempt, row["vendor"], row["url"] or ""
        due.setdefault(group, []).append(row["record"] or "")
    for timer in timers.upcoming(read, STRIP):
        group = _moment(timer.due, read.now), timer.name.replace("_", " "), timer.vendor, ""
        due.setdefault(group, []).append(timer.record)
    return [(at, [*group]) for at, group in groupby(sorted(due.items())[:STRIP], key=lambda entry: entry[0][0])]


def _moment(due: int, now: int) -> int:
    """Return the full second by which something is due, or the present where it is late."""
    return now if due <= now else -(-due // SECOND) * SECOND


freeze = shell.button("The clock is frozen.", "clock.show", control.set_clock.call, {"frozen": True})
run = shell.button("The clock runs.", "clock.show", control.set_clock.call, {"frozen": False})


def advance() -> shell.Response:
    """Advance the clock by some seconds or to a moment."""
    return (_form_of("by") if "seconds" in flask.request.form else _form_of("to")).submit(_moved)


def go(ms: int | None = None, at: int | None = None) -> shell.Response:
    """Advance the clock by `ms`, to the moment `at` of something due, or until nothing is due."""
    if ms is not None:
        return _moved({"seconds": ms / 1000})
    return _moved({"until": "quiet"} if at is None else {"to": iso_ms(at)})


def _moved(body: control.Advance) -> shell.Response:
    walk = control.advance(current().services.engine, current().world, body)
    ms = walk.reached - walk.started_at
    went = f"Advanced by {span(ms)}" if ms > 0 else "Nothing to advance to"
    attempts = formats.counted(walk.attempts or "no", "attempt")
    timers = formats.counted(len(walk.fired) or "no", "timer")
    early = "" if walk.quiet else " It stopped at its limit; continue to finish."
    return shell.done(f"{went}: {attempts} made, {timers} fired.{early}", shell.url("clock.show"))
