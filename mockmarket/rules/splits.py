"""Split rules: which quantities of the available seats may be bought together. Pure; the names are not a vendor's.

The rules and their names are those of marketplaces' public help pages. Each vendor's `wire.py` maps its own names to these rules."""

import re
from collections.abc import Callable
from functools import lru_cache

from mockmarket.frozen import dataclass

SMALL_EVEN = (2, 4, 6)  # where "default" looks at even and odd: read as "under 8" where the source says "over 8"
LONGEST_CACHED = 200
VALID_RULES = ("any", "never_leave_one", "default", "all_together", "multiples:K", "custom:1,2,4")


@dataclass(frozen=True, slots=True)
class Rule:
    """A parsed split rule: its name, and the sizes of `multiples` and `custom`."""

    name: str
    sizes: tuple[int, ...] = ()


Allowed = Callable[[int, int, tuple[int, ...]], bool]  # (available, quantity, sizes), 1 <= quantity <= available

_RULES: dict[str, tuple[str, Allowed]] = {
    "any": ("", lambda available, quantity, sizes: True),
    "never_leave_one": ("", lambda available, quantity, sizes: available - quantity != 1),
    "default": (
        "",
        lambda available, quantity, sizes: quantity % 2 == 0 if available in SMALL_EVEN else available - quantity != 1,
    ),
    "all_together": ("", lambda available, quantity, sizes: quantity == available),
    "multiples": (r":([1-9][0-9]{0,5})", lambda available, quantity, sizes: quantity % sizes[0] == 0),
    "custom": (r":([1-9][0-9]{0,5}(?:,[1-9][0-9]{0,5})*)", lambda available, quantity, sizes: quantity in sizes),
}
"""By rule the pattern of its text, and its test of a quantity."""


def parse(text: str) -> Rule:
    """Parse a rule's text; ValueError lists the valid ones."""
    return _parse(text) if len(text) <= LONGEST_CACHED else _parse.__wrapped__(text)


@lru_cache(maxsize=1024)
def _parse(text: str) -> Rule:
    name = text.partition(":")[0]
    match = re.fullmatch(name + _RULES[name][0], text) if name in _RULES else None
    if match is None:
        raise ValueError(f"{text!r} is no split rule; the valid ones are {', '.join(VALID_RULES)}")
    return Rule(name, tuple(sorted({int(number) for number in (match[1].split(",") if match.groups() else [])})))


def allows(rule: str, available: int, quantity: int) -> bool:
    """Return whether `quantity` of the `available` seats may be bought together. Raises ValueError for an invalid rule."""
    read = parse(rule)
    return 1 <= quantity <= available and _RULES[read.name][1](available, quantity, read.sizes)


def quantities(rule: str, available: int, most: int | None = None) -> list[int]:
    """Return, ascending, all quantities that may be bought, up to `most`. Raises ValueError for an invalid rule."""
    return [*_quantities(rule, available, available if most is None else min(available, most))]


@lru_cache(maxsize=256)
def _quantities(rule: str, available: int, most: int) -> tuple[int, ...]:
    read = parse(rule)
    fits = _RULES[read.name][1]
    return tuple(quantity for quantity in range(1, most + 1) if fits(available, quantity, read.sizes))
