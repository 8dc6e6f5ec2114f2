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


class IllegalMove(Exception):
    """A record was asked to move where its flow does not lead; says what is allowed from here."""

    def __init__(self, noun: str, current: str, wanted: str, allowed: tuple[str, ...]) -> None:
        self.noun = noun
        self.current = current
        self.wanted = wanted
        self.allowed = allowed
        super().__init__(
            f"{_article(noun)} {noun} that is {current} cannot become {wanted}; "
            f"allowed from here: {', '.join(allowed) or 'nothing'}."
        )


def allowed(flow: Flow, current: str) -> tuple[str, ...]:
    """Give the statuses that may follow, in the flow's order; none when `current` is final or unknown."""
    return tuple(flow.moves.get(current, ()))


def check(flow: Flow, current: str, wanted: str) -> None:
    """Return when the move is allowed, raise IllegalMove when it is not."""
    following = allowed(flow, current)
    if wanted not in following:
        raise IllegalMove(flow.noun, current, wanted, following)


def problem(flow: Flow, current: str, wanted: str) -> str | None:
    """Say why a move is not allowed, and which are, or return None."""
    try:
        check(flow, current, wanted)
    except IllegalMove as error:
        return str(error)
    return None


def _article(noun: str) -> str:
    return "An" if noun[:1].lower() in ("a", "e", "i", "o", "u") else "A"
