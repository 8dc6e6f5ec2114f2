"""Variables: `${order}` in a step's texts stands for a value that an earlier step saved, `${order.items[0].id}` for a part of it. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from mockmarket.matching import paths
from mockmarket.matching.paths import Json, written
from mockmarket.seed.problems import Where

REFERENCE = re.compile(r"(\$?)\$\{([^{}]*)\}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MOST_FILLED = 1_000_000
"""Most characters of a step's variables."""
RESERVED = ("receivers", "start", "now", "world", "request", "n")  # variables that a run sets itself


class FailedError(Exception):
    """A step failed; the message says what was expected and what was seen instead."""


class UnknownVariable(LookupError):
    """A text refers to a variable that was not saved, or to a part that it does not have."""


def fill(value: Json, known: Mapping[str, Json]) -> Json:
    """Return a value with each reference replaced. A text that is only a reference becomes the variable, whatever its
    type; in a longer text it is formatted. `$${order}` stays `${order}`. Raises UnknownVariable, and FailedError above MOST_FILLED."""
    return Filling(known).fill(value)


class Filling:
    """Replaces references by variables, up to MOST_FILLED characters: a text that echoes a variable twice doubles at each step."""

    def __init__(self, known: Mapping[str, Json]) -> None:
        self._known = known
        self._left = MOST_FILLED

    def fill(self, value: Json) -> Json:
        """Return a value with each reference replaced."""
        if isinstance(value, Mapping):
            return {self.fill(name): self.fill(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.fill(member) for member in value]
        if not isinstance(value, str):
            return value
        reference = REFERENCE.fullmatch(value)
        if reference and not reference[1]:
            return self._look_up(reference[2])
        return REFERENCE.sub(lambda match: match[0][1:] if match[1] else written(self._look_up(match[2])), value)

    def _look_up(self, reference: str) -> Json:
        name = name_of(reference)
        if name not in self._known:
            raise UnknownVariable(
                f"${{{reference}}} is not known; there are {', '.join(sorted(self._known)) or 'none'}."
            )
        try:
            value = paths.find(self._known[name], reference[len(name) :])
        except (paths.AbsentError, ValueError) as error:
            raise UnknownVariable(f"${{{reference}}}: {error}.") from error
        self._left -= len(written(value))
        if self._left < 0:
            raise FailedError(f"The step has more than {MOST_FILLED:,} characters with its variables.")
        return value


def name_of(reference: str) -> str:
    """Return the variable's name at the start of a reference; "" when there is none."""
    match = NAME.match(reference)
    return match[0] if match else ""


def named_in(value: object, where: Where = ()) -> Iterator[tuple[Where, str]]:
    """Yield the place and text of every reference in a value."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from named_in(str(name), where)
            yield from named_in(member, (*where, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from named_in(member, (*where, index))
    elif isinstance(value, str):
        yield from ((where, match[2]) for match in REFERENCE.finditer(value) if not match[1])


def each_checked(problems: Callable[[str, Any], Iterable[str]]) -> Callable[[Mapping[str, Any]], None]:
    """Return a check of values by name, which raises ValidationError with the errors of each."""

    def checked(values: Mapping[str, Any]) -> None:
        if wrong := {name: words for name, value in values.items() if (words := list(problems(name, value)))}:
            raise ValidationError(wrong)

    return checked


@each_checked
def check_names(name: str, _: object) -> Iterator[str]:
    """Yield why a variable or receiver may not have a name."""
    if name in RESERVED:
        yield "This name is predefined."
    elif not NAME.fullmatch(name):
        yield "Use letters, digits and underscores; do not begin with a digit."


@each_checked
def check_saves(name: str, path: str) -> Iterator[str]:
    """Yield the errors of a saved variable's name or path."""
    if name in RESERVED:
        yield f"{name} is a predefined variable; use another name."
    elif not NAME.fullmatch(name):
        yield "A variable's name has letters, digits and underscores, and does not begin with a digit."
    else:
        yield from paths.problems(path)


def save(saves: Mapping[str, str], value: Json, source: str) -> dict[str, Json]:
    """Return the values at these paths as variables; FailedError when a path leads to no value."""
    try:
        return {name: paths.find(value, path) for name, path in saves.items()}
    except paths.AbsentError as error:
        raise FailedError(f"{source} lacks a value to save: {error}.") from error
