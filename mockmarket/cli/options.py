"""Options that several commands share, and what they have in common: a variable each, a server to talk to, an exit code."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from mockmarket.client import MockmarketError

Decorator = Callable[[Any], Any]

NO_SERVER = 3
"""Exit code when no server answers; click's own are 1 for what was refused and 2 for a command line that cannot be read."""


class NoAnswer(click.ClickException):
    """Ends a command because no server answers."""

    exit_code = NO_SERVER


def option(*names: str, **more: Any) -> Decorator:
    """Declare an option that is also the variable MOCKMARKET_<OPTION>, its default shown in the help."""
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    variable = f"MOCKMARKET_{long.removeprefix('--').replace('-', '_').upper()}"
    return click.option(
        *names, **{"envvar": variable, "show_default": more.get("default") not in (None, (), ""), **more}
    )


def with_options(options: Sequence[Decorator]) -> Decorator:
    """Return the decorator that declares several options in their order."""
    return lambda command: functools.reduce(lambda made, one: one(made), reversed(options), command)


def as_json(help: str = "Print as JSON.") -> Decorator:
    """Declare `--json`."""
    return option("--json", "as_json", is_flag=True, help=help)


SERVER = [
    option("--url", default="http://127.0.0.1:8000", help="The server to talk to."),
    option("--world", help="The world; main without it."),
    option("--control-token", help="The server's control token, when it asks for one."),
]
"""The options of a command that talks to a server."""


def talking(command: Callable[..., Any]) -> Any:
    """Give a command the SERVER options and, as its first argument, a client made of them; what the client raises ends it."""

    @with_options(SERVER)
    @functools.wraps(command)
    def talk(url: str, world: str | None, control_token: str | None, **more: Any) -> Any:
        from mockmarket.client import Client, MockmarketError  # a command that serves needs none of it

        client = Client(url, control_token, world)
        try:
            return command(client, **more)
        except MockmarketError as error:
            fail(error)
        finally:
            client.close()

    return talk


def fail(error: MockmarketError) -> NoReturn:
    """End a command because of what a client raised: exit code 3 when no server answers, else 1."""
    from mockmarket.client import NoServer

    raise (NoAnswer if isinstance(error, NoServer) else click.ClickException)(str(error)) from error


def show(answer: Any, as_json: bool, text: str) -> None:
    """Print an answer: as JSON for programs, as a sentence for people."""
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else text)
