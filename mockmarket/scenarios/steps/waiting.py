"""`wait`: what an `expect` step looks at, looked at again whenever something happens, until it is so or the time is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, fields

from mockmarket.clock import monotonic
from mockmarket.delivery import waiting
from mockmarket.scenarios.base import Given, Kind, Known, Problem, a_span
from mockmarket.scenarios.errors import FailedError
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.steps import expecting
from mockmarket.scenarios.subjects import SUBJECTS
from mockmarket.seed import moments

WaitShape: Any = Schema.from_dict(
    {
        **expecting.subject_fields(),
        "quiet": fields.Boolean(
            load_default=False, metadata={"description": "true: until nothing is being sent and nothing is due now."}
        ),
        "timeout": a_span("How long, in real time.", load_default="10s"),
    },
    name="WaitShape",
)


def short(raw: Any) -> Any:
    """Write `wait: quiet` out."""
    return {"quiet": True} if raw == "quiet" else raw


def title(given: Given) -> str:
    """Say what is waited for."""
    return "wait for " + ", ".join(
        [*(name for name in SUBJECTS if name in given), *(["quiet"] if given["quiet"] else [])]
    )


def perform(play: Play, given: Given) -> str:
    """Wait until everything is as expected; FailedError says, when the time is over, what was seen instead."""
    began, most = monotonic(), play.left_s(moments.span(given["timeout"]) / 1000)
    seen = waiting.until(play.world, lambda: look(play, given), most, play.stopping)
    if seen is None:
        raise FailedError(f"Waited {monotonic() - began:.1f} s.\n" + "\n".join(wrong(play, given)))
    return f"after {(monotonic() - began) * 1000:.0f} ms"


def look(play: Play, given: Given) -> bool | None:
    """Return True when everything is as expected. Within a walk nobody else sends what is due now."""
    play.check()
    if play.world.clock.walking:
        play.settle()
    return None if any(wrong(play, given)) else True


def wrong(play: Play, given: Given) -> Iterator[str]:
    """Yield what is not as expected yet."""
    if given["quiet"] and not (play.world.clock.walking or waiting.is_quiet(play.world)):
        yield "quiet: something is being sent, or due now"
    yield from expecting.differences(play, {name: each for name, each in given.items() if name in SUBJECTS})


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names in what is waited for."""
    subjects = {name: each for name, each in given.items() if name in SUBJECTS}
    if not subjects and not given["quiet"]:
        yield (), f"Wait for quiet, or for one or more of {', '.join(SUBJECTS)}."
    if subjects:
        yield from expecting.problems(known, subjects)


KIND = Kind(
    "wait", "Look again and again, in real time, until it is as expected.", WaitShape(), perform, title, short, problems
)
