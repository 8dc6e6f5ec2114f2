"""Menu: may a record move from one status to another? Pure; knows no vendor's statuses."""

from __future__ import annotations

from collections.abc import Mapping

from mockmarket.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Flow:
    """One kind of record's statuses: each with those it may move to next. A status without an entry is final.
    `noun` names the record in refusals ("order"). Staying in the same status is a move like any other."""

    noun: str
    moves: Mapping[str, tuple[str, ...]]


def allowed(flow: Flow, current: str) -> tuple[str, ...]:
    """Give the statuses that may follow, in the flow's order; none when `current` is final or unknown."""
    return tuple(flow.moves.get(current, ()))


def problem(flow: Flow, current: str, wanted: str) -> str | None:
    """Say why a move is not allowed, and which are, or return None."""
    following = allowed(flow, current)
    if wanted in following:
        return None
    noun = f"An {flow.noun}" if flow.noun[:1].lower() in "aeiou" else f"A {flow.noun}"
    return f"{noun} that is {current} cannot become {wanted}; allowed from here: {', '.join(following) or 'nothing'}."
