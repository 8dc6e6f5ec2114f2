"""`resend`: deliveries once more, by hand, as somebody does who looks for what a receiver missed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from mockmarket.scenarios.base import Given, Kind, Known, Problem
from mockmarket.scenarios.errors import FailedError
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.subjects.deliveries import Where, found, where_problems


class ResendShape(Where):
    """Which deliveries."""


def title(given: Given) -> str:
    """Say what is sent again."""
    return "resend deliveries" + "".join(f", {name} {value}" for name, value in given.items())


def perform(play: Play, given: Given) -> str:
    """Send every delivery that matches once more, oldest first; FailedError when none does."""
    play.settle()
    rows: list[dict[str, Any]] = found(play, given)
    if not rows:
        raise FailedError("No delivery matches, so that nothing could be sent again.")
    for row in rows:
        play.control("POST", f"deliveries/{quote(row['uid'], safe='')}/resend")
    return f"{len(rows)} sent again"


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names that choose deliveries."""
    yield from where_problems(known, given)


KIND = Kind("resend", "Send deliveries once more.", ResendShape(), perform, title, problems=problems)
