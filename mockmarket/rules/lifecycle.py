"""Status transitions of records. Pure; knows no vendor's statuses."""

from collections.abc import Mapping

from mockmarket.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Flow:
    """The statuses of a kind of record, each with its possible successors. A status without an entry is final. `noun`
    names the record in refusals ("order"). A transition to the same status must be listed too."""

    noun: str
    moves: Mapping[str, tuple[str, ...]]


def allowed(flow: Flow, current: str) -> tuple[str, ...]:
    """Return the possible successors in the flow's order; none when `current` is final or unknown."""
    return tuple(flow.moves.get(current, ()))


def problem(flow: Flow, current: str, wanted: str) -> str | None:
    """Return why a transition is not allowed, and the allowed ones, or None."""
    following = allowed(flow, current)
    if wanted in following:
        return None
    noun = f"An {flow.noun}" if flow.noun[:1].lower() in "aeiou" else f"A {flow.noun}"
    return f"{noun} that is {current} cannot become {wanted}; allowed from here: {', '.join(following) or 'nothing'}."
