"""Fast reading of queries: a query whose parameters are all known and valid is read by its shape alone. Any other is
left to the schema (`api.arguments`), which reports errors and gives the same values for valid parameters."""

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from math import isfinite
from types import MappingProxyType
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl

from mockmarket import records
from mockmarket.frozen import dataclass
from mockmarket.records import MISSING, Item, Shape
from mockmarket.records.formats import MOST_DIGITS, NUMBER, TRUTHS, WHOLE

LONGEST_CACHED = 1_000
"""Most characters of a query whose result is cached: callers decide how many there are."""
Read = Callable[[Any], Any]  # returns a text's value; ValueError or TypeError for an invalid text


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query: its Python name, its reader, whether it is a list, and its default."""

    key: str
    read: Read
    is_list: bool
    required: bool
    default: Any


def read_query(shape: Shape, query: str) -> dict[str, Any] | None:
    """Return a query string as its shape reads it; None when it must be left to the schema."""
    read = _read_query if len(query) <= LONGEST_CACHED else _read_query.__wrapped__
    values: Mapping[str, Any] | None = read(shape, query)
    return None if values is None else dict(values)


@lru_cache(maxsize=2048)
def _read_query(shape: Shape, query: str) -> Mapping[str, Any] | None:
    parameters = parameters_of(shape)
    if parameters is None:
        return None
    try:
        sent = texts_of(query)
        if sent.keys() - parameters.keys():
            return None
        values = dict(_values(parameters, sent))
        for check in records.checks_of(shape):
            check(values)
    except (ValueError, TypeError):
        return None
    return MappingProxyType(values)


def texts_of(query: str) -> dict[str, list[str]]:
    """Return the values of a query's parameters in the order sent, without the empty ones: those count as not sent."""
    sent: dict[str, list[str]] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        sent.setdefault(name, []).extend([text] if text else [])
    return sent


def _values(parameters: Mapping[str, Parameter], sent: Mapping[str, list[str]]) -> Any:
    for name, parameter in parameters.items():
        if texts := sent.get(name):
            yield parameter.key, parameter.read(texts if parameter.is_list else texts[0])
        elif parameter.default is not MISSING:
            default = parameter.default
            yield parameter.key, default() if callable(default) else default
        elif parameter.required:
            raise ValueError(f"{name} is required.")


@cache
def parameters_of(shape: Shape) -> Mapping[str, Parameter] | None:
    """Return the parameters of a query by name; None when one of them is not a plain value."""
    if records.is_open_ended(shape):
        return None
    parameters = {}
    for member in records.members(shape):
        read = reader_of(member.item)
        if read is None:
            return None
        is_list = records.origin_of(member.item.type) is list
        parameters[member.name] = Parameter(member.key, read, is_list, member.required, member.default)
    return parameters


def reader_of(item: Item, reader: Callable[[Item], Read | None] | None = None) -> Read | None:
    """Return the reader of a type with its markers; None for a type that is not plain."""
    value = (reader or value_reader)(item)
    checks = [CHECKS[type(marker)](marker) for marker in item.markers if type(marker) in CHECKS]
    if value is None or any(isinstance(marker, records.Link) for marker in item.markers):  # only a schema reads links
        return None
    return partial(read_checked, value, tuple(checks)) if checks else value


def value_reader(item: Item) -> Read | None:
    """Return the reader of a type; None for a type that is not plain."""
    reads = item.marker(records.Reads)
    if reads:
        return reads.parse
    origin = records.origin_of(item.type)
    if origin is list:
        inner = reader_of(records.item_of(get_args(item.type)[0]))
        return None if inner is None else lambda texts: [inner(text) for text in texts]
    if origin is Literal:
        values = get_args(item.type)
        plain = READERS.get(type(values[0]))
        return None if plain is None else partial(read_checked, plain, (one_of(values),))
    return READERS.get(item.type)


def read_checked(read: Read, checks: tuple[Callable[[Any], object], ...], text: Any) -> Any:
    """Return a text's value once it passes every check."""
    value = read(text)
    for check in checks:
        check(value)
    return value


def integer(text: str) -> int:
    """Read a whole number."""
    if not WHOLE.match(text):
        raise ValueError("Not a valid integer.")
    return int(text[:MOST_DIGITS])


def number(text: str) -> float:
    """Read a number."""
    if not NUMBER.match(text) or not isfinite(value := float(text)):
        raise ValueError("Not a valid number.")
    return value


def truth(text: str) -> bool:
    """Read a boolean."""
    if text.lower() not in TRUTHS:
        raise ValueError("Not a valid boolean.")
    return TRUTHS[text.lower()]


READERS: Mapping[type, Read] = {str: str, int: integer, float: number, bool: truth}


def refuse_unless(fits: bool) -> None:
    """Raise ValueError for a value that does not fit."""
    if not fits:
        raise ValueError("This does not fit.")


def one_of(values: tuple[object, ...]) -> Callable[[Any], object]:
    """Return a check that a value is one of some."""
    return lambda value: refuse_unless(value in values)


def of_length(marker: records.Length) -> Callable[[Any], object]:
    """Return a check of a length."""
    least, most = marker.least or 0, marker.most
    return lambda value: refuse_unless(least <= len(value) and (most is None or len(value) <= most))


def in_range(marker: records.Range) -> Callable[[Any], object]:
    """Return a check of a number."""
    least, most, above = marker.least, marker.most, marker.open_least

    def check(value: Any) -> None:
        low = least is None or (value > least if above else value >= least)
        refuse_unless(low and (most is None or value <= most))

    return check


def matching(marker: records.Pattern) -> Callable[[Any], object]:
    """Return a check that a text matches a pattern."""
    pattern = re.compile(marker.regex)
    return lambda value: refuse_unless(pattern.match(value) is not None)


CERTAIN_EMAIL = r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@([A-Za-z0-9]{1,30}\.)+[A-Za-z]{2,20}\Z"
"""Addresses that every rule accepts; any other is left to the schema."""
CHECKS: Mapping[type, Callable[[Any], Callable[[Any], object]]] = {
    records.Length: of_length,
    records.Range: in_range,
    records.OneOf: lambda marker: one_of(tuple(marker.values)),
    records.Pattern: matching,
    records.Check: lambda marker: marker.function,
    records.Email: lambda _marker: matching(records.Pattern(CERTAIN_EMAIL)),
}
