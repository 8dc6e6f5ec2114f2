"""Variables: `${order}` in a step's texts stands for what an earlier step saved, `${order.items[0].id}` for a part of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mockmarket.scenarios import paths
from mockmarket.scenarios.paths import written

REFERENCE = re.compile(r"(\$?)\$\{([^{}]*)\}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class UnknownVariable(LookupError):
    """A text names a variable that has not been saved, or a part that it does not have."""


def fill(value: Any, known: Mapping[str, Any]) -> Any:
    """Return a value with each reference replaced. A text that is one reference alone becomes the variable, whatever its type;
    in a longer text it is written out. `$${order}` stays `${order}`. Raises UnknownVariable."""
    if isinstance(value, Mapping):
        return {fill(name, known): fill(one, known) for name, one in value.items()}
    if isinstance(value, list):
        return [fill(member, known) for member in value]
    if not isinstance(value, str):
        return value
    whole = REFERENCE.fullmatch(value)
    if whole and not whole[1]:
        return look_up(whole[2], known)
    return REFERENCE.sub(lambda found: replaced(found, known), value)


def replaced(found: re.Match[str], known: Mapping[str, Any]) -> str:
    """Return what one reference within a text becomes."""
    return found[0][1:] if found[1] else written(look_up(found[2], known))


def look_up(reference: str, known: Mapping[str, Any]) -> Any:
    """Return what a reference means; UnknownVariable says what there is instead."""
    name = name_of(reference)
    if name not in known:
        raise UnknownVariable(f"${{{reference}}} is not known; there are {', '.join(sorted(known)) or 'none'}.")
    try:
        return paths.find(known[name], reference[len(name) :])
    except (paths.AbsentError, ValueError) as error:
        raise UnknownVariable(f"${{{reference}}}: {error}.") from error


def name_of(reference: str) -> str:
    """Return the variable that a reference begins with; empty when it is no name."""
    match = NAME.match(reference)
    return match[0] if match else ""


def named_in(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield the place and the reference of every one in a value."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from ((where, said) for _, said in named_in(str(name)))
            yield from named_in(one, (*where, name))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from named_in(one, (*where, index))
    elif isinstance(value, str):
        yield from ((where, match[2]) for match in REFERENCE.finditer(value) if not match[1])
