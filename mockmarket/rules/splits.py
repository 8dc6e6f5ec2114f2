"""Menu of split rules: how many of the available seats may be bought together? Pure; in our words, not a vendor's.

The rules and their names are those of marketplaces' public help pages. Each vendor's `wire.py` maps its own names to these rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from mockmarket.frozen import dataclass

MANY = 8  # from here on "default" no longer looks at even and odd: read as "under 8" where the source says "over 8"
VALID_RULES = ("any", "never_leave_one", "default", "all_together", "multiples:K", "custom:1,2,4")


@dataclass(frozen=True, slots=True)
class Rule:
    """A split rule that has been read: its name, and the sizes that `multiples` and `custom` carry."""

    name: str
    sizes: tuple[int, ...] = ()


Allowed = Callable[[int, int, tuple[int, ...]], bool]  # (available, asked, sizes), 1 <= asked <= available


def _any(_available: int, _quantity: int, _sizes: tuple[int, ...]) -> bool:
    return True


def _never_leave_one(available: int, quantity: int, _sizes: tuple[int, ...]) -> bool:
    return available - quantity != 1


def _default(available: int, quantity: int, sizes: tuple[int, ...]) -> bool:
    if available < MANY and available % 2 == 0:
        return quantity % 2 == 0
    return _never_leave_one(available, quantity, sizes)


def _all_together(available: int, quantity: int, _sizes: tuple[int, ...]) -> bool:
    return quantity == available


def _multiples(_available: int, quantity: int, sizes: tuple[int, ...]) -> bool:
    return quantity % sizes[0] == 0


def _custom(_available: int, quantity: int, sizes: tuple[int, ...]) -> bool:
    return quantity in sizes


_RULES: dict[str, tuple[re.Pattern[str], Allowed]] = {
    "any": (re.compile(r"any"), _any),
    "never_leave_one": (re.compile(r"never_leave_one"), _never_leave_one),
    "default": (re.compile(r"default"), _default),
    "all_together": (re.compile(r"all_together"), _all_together),
    "multiples": (re.compile(r"multiples:([1-9][0-9]{0,5})"), _multiples),
    "custom": (re.compile(r"custom:([1-9][0-9]{0,5}(?:,[1-9][0-9]{0,5})*)"), _custom),
}


@lru_cache(maxsize=1024)
def parse(text: str) -> Rule:
    """Read a rule's text, or raise a ValueError that lists the valid ones."""
    name = text.partition(":")[0]
    shape, _ = _RULES.get(name, (None, None))
    match = shape.fullmatch(text) if shape else None
    if match is None:
        raise ValueError(f"{text!r} is no split rule; the valid ones are {', '.join(VALID_RULES)}")
    numbers = match[1].split(",") if match.groups() else []
    return Rule(name, tuple(sorted({int(number) for number in numbers})))


def allows(rule: str, available: int, quantity: int) -> bool:
    """Tell whether `asked` of the `available` seats may be bought together. Raises ValueError for a bad rule."""
    read = parse(rule)
    return 1 <= quantity <= available and _RULES[read.name][1](available, quantity, read.sizes)


def quantities(rule: str, available: int, most: int | None = None) -> list[int]:
    """List, ascending, all quantities that may be bought, up to `most`. Raises ValueError for a bad rule."""
    read = parse(rule)
    fits = _RULES[read.name][1]
    last = available if most is None else min(available, most)
    return [quantity for quantity in range(1, last + 1) if fits(available, quantity, read.sizes)]
