"""`advance`: the world's clock moved on, everything that is due on the way done at its own moment."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mockmarket.clock import BackwardsError, iso_s
from mockmarket.scenarios.base import Given, Kind, a_span
from mockmarket.scenarios.errors import FailedError
from mockmarket.scenarios.play import Play
from mockmarket.seed import moments
from mockmarket.seed.shapes import SOME_START, sentence


def check_moment(text: str) -> None:
    """Raise ValueError for what is no moment."""
    if "${" not in text:
        moments.moment(text, SOME_START)


class AdvanceShape(Schema):
    """How far: one of the three."""

    by = a_span("A length of time, such as 2h30m.")
    to = fields.String(
        validate=sentence(check_moment),
        metadata={"description": "A moment: ISO 8601, or +2d after the run's start."},
    )
    until = fields.String(
        validate=validate.Equal("quiet"), metadata={"description": "`quiet`: as far as anything is due."}
    )

    @validates_schema
    def check_one(self, given: Given, **_: Any) -> None:
        """Refuse none or several at once."""
        if len(given) != 1:
            raise ValidationError("Give one of by: 2h, to: +2d, until: quiet.")


def short(raw: Any) -> Any:
    """Write `advance: 2h` and `advance: quiet` out."""
    return ({"until": raw} if raw == "quiet" else {"by": raw}) if isinstance(raw, str) else raw


def title(given: Given) -> str:
    """Say how far the clock goes."""
    way, far = next(iter(given.items()))
    return f"advance the clock {way} {far}"


def target(play: Play, given: Given) -> int | None:
    """Return where the clock is to go, in epoch ms; None for as far as anything is due."""
    if "by" in given:
        return play.world.clock.now() + moments.span(given["by"])
    try:
        return moments.moment(given["to"], play.started) if "to" in given else None
    except ValueError as error:
        raise FailedError(str(error)) from error


def perform(play: Play, given: Given) -> str:
    """Move the clock."""
    try:
        with play.world.engine:
            walk = play.advance(target(play, given))
    except (BackwardsError, ValueError) as error:
        raise FailedError(str(error)) from error
    names = ", ".join(sorted({f"{timer['vendor']} {timer['timer']}" for timer in walk.fired}))
    fired = f"{len(walk.fired)} ({names})" if walk.fired else "0"
    return f"it is {iso_s(walk.reached)}; timers fired: {fired}; attempts made: {walk.attempts}"


KIND = Kind("advance", "Move the world's clock.", AdvanceShape(), perform, title, short)
