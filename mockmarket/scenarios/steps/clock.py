"""`advance`: the world's clock moved on, everything that is due on the way done at its own moment."""

from __future__ import annotations

from typing import Annotated, TypedDict

from mockmarket.clock import BackwardsError, iso_s
from mockmarket.records import Check, OneOf, check
from mockmarket.scenarios.base import Kind, Span, exactly_one
from mockmarket.scenarios.matching import FailedError
from mockmarket.scenarios.paths import Json
from mockmarket.scenarios.play import Play
from mockmarket.seed import moments
from mockmarket.seed.shapes import check_moment


def check_target(text: str) -> None:
    """Raise ValueError for what is no moment; a variable may become one."""
    if "${" not in text:
        check_moment(text)


@check(exactly_one("by", "to", "until", words="Give one of by: 2h, to: +2d, until: quiet."))
class Advance(TypedDict, total=False):
    """How far: by a length of time, to a moment (`+2d` after the run's start), or as far as anything is due."""

    by: Span
    to: Annotated[str, Check(check_target)]
    until: Annotated[str, OneOf(("quiet",), "Must be equal to quiet.")]


def _short(raw: Json) -> Json:
    return {"until" if raw == "quiet" else "by": raw} if isinstance(raw, str) else raw


def _title(step: Advance) -> str:
    [(way, far)] = step.items()
    return f"advance the clock {way} {far}"


def target(play: Play, step: Advance) -> int | None:
    """Return where the clock is to go, in epoch ms; None for as far as anything is due."""
    if "by" in step:
        return play.world.clock.now() + moments.span(step["by"])
    try:
        return moments.moment(step["to"], play.started) if "to" in step else None
    except ValueError as error:
        raise FailedError(str(error)) from error


def _perform(play: Play, step: Advance) -> str:
    try:
        with play.world.engine:
            walk = play.advance(target(play, step))
    except (BackwardsError, ValueError) as error:
        raise FailedError(str(error)) from error
    names = ", ".join(sorted({f"{timer['vendor']} {timer['timer']}" for timer in walk.fired}))
    fired = f"{len(walk.fired)} ({names})" if walk.fired else "0"
    return f"it is {iso_s(walk.reached)}; timers fired: {fired}; attempts made: {walk.attempts}"


ADVANCE = Kind("advance", Advance, _perform, _title, _short)
