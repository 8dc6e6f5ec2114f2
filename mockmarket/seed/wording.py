"""Loads fixtures and scenarios by their shapes, and words what is wrong in their authors' terms: the schema library speaks of JSON."""

import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from marshmallow import Schema, ValidationError

from mockmarket.api.schemas import schema_of
from mockmarket.errors import flatten, members_at
from mockmarket.seed.problems import MOST_PROBLEMS, Problem, Where

WITHIN_MAPPINGS = ("value", "key")
"""The library's names for the parts of a mapping's members."""


def loaded(shape: Any, raw: Any) -> tuple[Any, list[Problem]]:
    """Return what a shape loads from a value, as far as it is valid, and its problems."""
    schema = schema_of(shape, "fixture")
    try:
        return schema.load(raw), []
    except ValidationError as error:
        places = [(_as_written(path, raw), text) for path, text in flatten(error.messages)]
        problems = [(where, worded(schema, raw, where, text)) for where, text in places[:MOST_PROBLEMS]]
        return error.valid_data, problems + places[MOST_PROBLEMS:]


def _as_written(path: Sequence[str | int], raw: Any) -> Where:
    """Return an error's path as it is in the value."""
    where: list[str | int] = []
    for step in path:
        exists = isinstance(raw, dict) and step in raw
        if step in WITHIN_MAPPINGS and not exists:
            continue
        where.append(step)
        raw = part_of(raw, step)
    return tuple(where)


def part_of(value: Any, step: str | int) -> Any:
    """Return a member or an element of a value; None when it has no such part."""
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


def worded(schema: Schema, raw: Any, where: Where, words: str) -> str:
    """Return the sentence for an error of the schema library about the value at a path: what is expected there."""
    value = raw
    for step in where:
        value = part_of(value, step)
    match words:
        case "Unknown field.":
            return _unknown(str(where[-1]), members_at(schema, where[:-1]))
        case "Invalid input type." | "Invalid type.":
            return f"Must be a mapping of {', '.join(members_at(schema, where))}."
        case "Not a valid list.":
            return "Must be a list."
        case "Not a valid mapping type.":
            return "Must be a mapping."
        case "Not a valid string.":
            return f"Must be text{_quoted(value)}."
    return words


def _quoted(value: object) -> str:
    """Return the advice for a number, or a word such as true, where text is expected."""
    return "" if isinstance(value, list | dict) else f": put it in quotes, {json.dumps(json.dumps(value))}"


def _unknown(name: str, names: Sequence[str]) -> str:
    nearest = get_close_matches(name, names, 1)
    return f"Unknown field. {f'Did you mean {nearest[0]}? ' if nearest else ''}There are {', '.join(names) or 'none'}."
