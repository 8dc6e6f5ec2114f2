"""`save`: keeps parts of an answer as variables for later steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields

from mockmarket.scenarios import paths, variables
from mockmarket.scenarios.errors import FailedError

RESERVED = ("receivers", "start", "now", "world", "request", "n")
"""Variables that a run sets by itself."""


def saves(help: str) -> fields.Dict:
    """Return a field for variables by name, each the path to what it keeps."""
    return fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        load_default=dict,
        validate=check_names,
        metadata={"description": help},
    )


def check_names(given: Mapping[str, str]) -> None:
    """Raise ValidationError for a name that no variable can have, or a path that cannot be."""
    wrong = {name: [words] for name, path in given.items() if (words := problem(name, path))}
    if wrong:
        raise ValidationError(wrong)


def problem(name: str, path: str) -> str | None:
    """Say what is wrong with one variable, or None."""
    if name in RESERVED:
        return f"{name} is set by the run itself; take another name."
    if not variables.NAME.fullmatch(name):
        return "A variable's name has letters, digits and underscores, and begins with no digit."
    try:
        paths.parse(path)
    except ValueError as error:
        return str(error)
    return None


def save(given: Mapping[str, str], value: Any, what: str) -> dict[str, Any]:
    """Return the variables that are kept of a value; FailedError when a path leads nowhere."""
    try:
        return {name: paths.find(value, path) for name, path in given.items()}
    except paths.AbsentError as error:
        raise FailedError(f"{what} does not have what is to be saved: {error}.") from error


def saved_names(given: Mapping[str, str]) -> Sequence[str]:
    """Return the names of variables that are kept."""
    return tuple(given)
