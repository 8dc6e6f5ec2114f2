"""Values from the environment: what is wrong with one is told by its variable's name, and what another program set is left alone."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

import click
from click.core import ParameterSource

URL, WORLD = "MOCKMARKET_URL", "MOCKMARKET_WORLD"
READ = "mockmarket.cli.variables.read"
"""Under which a context keeps the values that were taken from the environment, by variable."""
SECRETS = ("secret", "control_token")
LINK = re.compile(r"(tcp|udp|sctp)://")
"""How Kubernetes and container links write a service's address, in a variable named like an option of ours: <SERVICE>_PORT."""


class Option(click.Option):
    """An option that is named by its variable where that is what gave its value."""

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Return what a message calls the option."""
        variable = variable_of(self)
        inherited = ctx is not None and from_environment(ctx, self) and variable is not None
        return str(variable) if inherited else super().get_error_hint(ctx)


class Port(click.IntRange):
    """A port. A variable with a service's address in it, which is another program's, counts as not set."""

    def __init__(self) -> None:
        super().__init__(0, 65_535)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the port; a warning names the variable that is left alone."""
        if param is None or ctx is None or not from_environment(ctx, param):
            return super().convert(value, param, ctx)
        for name in links(param):
            click.echo(
                f"Warning: {name}={os.environ[name]} is ignored: it is a service's address, not a port.", err=True
            )
        variable = variable_of(param)
        usable: Any = param.get_default(ctx) if variable is None else os.environ[variable]
        return super().convert(usable, param, ctx)


def names_of(param: click.Parameter) -> Sequence[str]:
    """Return the variables that a parameter is read from."""
    return [param.envvar] if isinstance(param.envvar, str) else param.envvar or ()


def links(param: click.Parameter) -> list[str]:
    """Return those of a parameter's variables that a container's link has set."""
    return [name for name in names_of(param) if LINK.match(os.environ.get(name, ""))]


def variable_of(param: click.Parameter) -> str | None:
    """Return the variable that gives a parameter's value, or None."""
    return next((name for name in names_of(param) if os.environ.get(name) and name not in links(param)), None)


def from_environment(ctx: click.Context, param: click.Parameter) -> bool:
    """Tell whether a parameter's value was taken from the environment."""
    return ctx.get_parameter_source(str(param.name)) is ParameterSource.ENVIRONMENT


def by_hand(ctx: click.Context, name: str) -> bool:
    """Tell whether an option was given on the command line."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def note(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Note, as an option's callback, the variable that gave its value if messages may quote it; returns the value.

    No secrets; no flags and counts, whose values stand in many messages by chance.
    """
    variable = variable_of(param)
    quoted = isinstance(param.type, Port) or not isinstance(value, int | float)
    if variable is not None and quoted and param.name not in SECRETS and from_environment(ctx, param):
        ctx.meta.setdefault(READ, {})[variable] = os.environ[variable]
    return value


def with_variables(ctx: click.Context, message: str) -> str:
    """Return a message with the variables whose values it tells of, those that it names already left out."""
    read: dict[str, str] = ctx.meta.get(READ, {})
    variables = [f"{name}={value}" for name, value in read.items() if name not in message and tells_of(message, value)]
    return f"{message} (In the environment: {', '.join(variables)}.)" if variables else message


def tells_of(message: str, value: str) -> bool:
    """Tell whether a value stands in a message, as a word of its own."""
    text = value.rstrip("/")
    return bool(text) and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", message) is not None
