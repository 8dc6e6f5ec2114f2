"""A story's entries in words: what the pointer that rests on one is told, and a screen reader, and the sums above them all."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket.clock import iso_ms
from mockmarket.dashboard.formats import cut
from mockmarket.dashboard.story import Item

SAID = {
    "ok": "went well", "refused": "was refused", "retry": "failed and will be tried again", "failed": "failed", "dropped": "was not sent",
    "waiting": "is waiting", "": "",
}  # fmt: skip


def told(item: Item) -> str:
    """Say an entry in one sentence or two, for the pointer that rests on it and for screen readers."""
    parts = [f"{item.title} {SAID[item.tone]}".strip(), result_of(item), item.more, iso_ms(item.at)]
    return cut(". ".join(part.rstrip(".") for part in parts if part), 600)


def result_of(item: Item) -> str:
    """Return how an entry ended, with how long it took."""
    return f"{item.result} · {item.took:.0f} ms" if item.took is not None else item.result


def totals(items: Sequence[Item]) -> dict[str, int]:
    """Count a story's requests, notices, attempts and what went wrong."""
    every = [*items, *(inner for item in items for inner in item.inside)]
    count = {name: sum(item.kind == name for item in every) for name in ("request", "notice", "attempt")}
    return count | {"trouble": sum(item.tone in ("refused", "retry", "failed", "dropped") for item in every)}
