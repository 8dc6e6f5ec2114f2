"""Options that several commands share, and what they have in common: a variable each, a server to talk to, an exit code."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mockmarket.cli.variables import Option, from_environment, note, variable_of

if TYPE_CHECKING:
    from mockmarket.client import Client, MockmarketError

Decorator = Callable[[Any], Any]

UNAUTHENTICATED = 401
NO_SERVER = 3
"""Exit code when no server answers; click's own are 1 for what was refused and 2 for a command line that cannot be read."""


class NoAnswer(click.ClickException):
    """Ends a command because no server answers."""

    exit_code = NO_SERVER


def option(*names: str, variable: bool = True, **more: Any) -> Decorator:
    """Declare an option, its default shown in the help, that is also the variable MOCKMARKET_<OPTION> unless it chooses what is lost."""
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    envvar = f"MOCKMARKET_{long.removeprefix('--').replace('-', '_').upper()}" if variable else None
    default_shown = more.get("default") not in (None, (), "")
    return click.option(
        *names, **{"cls": Option, "callback": note, "envvar": envvar, "show_default": default_shown, **more}
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
        with client_of(url, control_token, world) as client:
            return command(client, **more)

    return talk


@contextmanager
def client_of(url: str, token: str | None, world: str | None) -> Iterator[Client]:
    """Talk to a server for the length of a block; what the client raises ends the command."""
    from mockmarket.client import Client, MockmarketError  # a command that serves needs none of it

    try:
        with closing(Client(url, token, world)) as client:
            yield client
    except MockmarketError as error:
        fail(error)


def fail(error: MockmarketError) -> NoReturn:
    """End a command because of what a client raised: exit code 3 when no server answers, else 1."""
    from mockmarket.client import NoServer, NotRoot

    words = f"{name_of('url')} is the server's own URL: {error.root}" if isinstance(error, NotRoot) else str(error)
    if error.status == UNAUTHENTICATED:
        words += f" Give it with {name_of('control_token')}."
    raise (NoAnswer if isinstance(error, NoServer) else click.ClickException)(words) from error


def name_of(name: str) -> str:
    """Return what gave an option its value: the variable's name, or the option as it is written."""
    ctx = click.get_current_context()
    option = next(param for param in ctx.command.params if param.name == name)
    return (variable_of(option) if from_environment(ctx, option) else None) or max(option.opts, key=len)


def show(answer: Any, as_json: bool, text: str) -> None:
    """Print an answer: as JSON for programs, as a sentence for people."""
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else text)
