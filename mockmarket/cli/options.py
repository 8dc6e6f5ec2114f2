"""Options: variables, which messages name with their value; the server to talk to; types of values.

Another program's variables are ignored, and what is lost is chosen on the command line, never by an inherited variable alone."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

import click
from click.core import ParameterSource

from mockmarket.cli import completing
from mockmarket.cli.terminal import is_terminal
from mockmarket.cli.variables import URL, WORLD
from mockmarket.rules.quantities import parse_span
from mockmarket_client.defaults import DEFAULT_URL

if TYPE_CHECKING:
    from mockmarket_client import Client, MockmarketError

T = TypeVar("T")
Command = Callable[..., Any]
Decorator = Callable[[Command], Command]

CONFIG_FILE = "mockmarket.cli.config_file"
"""The context's key for the configuration file whose values are used."""
CONFIG_WORLD = "mockmarket.cli.config_world"
"""The context's key for the world that this file names for the command, None without one."""
READ = "mockmarket.cli.options.read"
"""The context's key for the values taken from the environment, by variable."""
SECRETS = ("secret", "control_token")
LINK = re.compile(r"(tcp|udp|sctp)://")
"""A service's address as Kubernetes and container links write it, in a variable named like one of our options: <SERVICE>_PORT."""
UNAUTHENTICATED = 401
ANY_PORT = "Port to listen on; 0 chooses a free port."
STDIN, STDIN_NAME = "-", "stdin"
"""The name of standard input in messages, `stdin.yaml:3: …`; JSON is YAML, and a SQLite file is recognised by its first bytes."""


class NoAnswer(click.ClickException):
    """Ends a command because the server does not answer."""

    exit_code = 3  # click's own codes are 1 for refusals and 2 for usage errors


class Option(click.Option):
    """An option whose messages name its variable or the configuration file when the value comes from it."""

    def get_error_hint(self, ctx: click.Context | None) -> str:
        """Return the option's name in a message."""
        source = ctx and _inherited(ctx, self)
        return source or super().get_error_hint(ctx)


class Port(click.IntRange):
    """A port. A variable with a service's address, which another program sets, counts as not set."""

    def __init__(self) -> None:
        super().__init__(0, 65_535)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the port; a warning names an ignored variable."""
        if param is None or ctx is None or not _from_environment(ctx, param):
            return super().convert(value, param, ctx)
        for name in links(param):
            words = f"Warning: {name}={os.environ[name]} is ignored: it is a service's address, not a port."
            click.echo(words, err=True)
        variable = _variable_of(param)
        usable: Any = param.get_default(ctx) if variable is None else os.environ[variable]
        return super().convert(usable, param, ctx)


class Parsed(click.ParamType[T]):
    """A text parsed by a function; its ValueError, with the hint, is a usage error."""

    def __init__(self, name: str, parse: Callable[[str], T], hint: str = "") -> None:
        self.name, self.parse, self.hint = name, parse, hint

    def convert(self, value: str | T, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """Return the parsed value."""
        try:
            return self.parse(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(f"{error}{self.hint}", param, ctx)


def _names_of(param: click.Parameter) -> Sequence[str]:
    return [param.envvar] if isinstance(param.envvar, str) else param.envvar or ()


def links(param: click.Parameter) -> list[str]:
    """Return which of a parameter's variables a container's link has set."""
    return [name for name in _names_of(param) if LINK.match(os.environ.get(name, ""))]


def _variable_of(param: click.Parameter) -> str | None:
    return next((name for name in _names_of(param) if os.environ.get(name) and name not in links(param)), None)


def _from_environment(ctx: click.Context, param: click.Parameter) -> bool:
    return ctx.get_parameter_source(str(param.name)) is ParameterSource.ENVIRONMENT


def _inherited(ctx: click.Context, param: click.Parameter) -> str | None:
    """Return the variable, or the file with the name in it, that gave a value, or None."""
    if _from_environment(ctx, param):
        return _variable_of(param)
    from_file = ctx.get_parameter_source(str(param.name)) is ParameterSource.DEFAULT_MAP
    return f"{ctx.meta[CONFIG_FILE]}: {max(param.opts, key=len).removeprefix('--')}" if from_file else None


def by_hand(ctx: click.Context, name: str) -> bool:
    """Return whether an option was given on the command line."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def note(ctx: click.Context, param: click.Parameter, value: T) -> T:
    """Option callback: record the variable that gave the value if messages may quote it; returns the value. Not for
    secrets, nor for flags and counts, whose values occur in many messages by chance."""
    variable = _variable_of(param)
    quoted = isinstance(param.type, Port) or not isinstance(value, int | float)
    if variable is not None and quoted and param.name not in SECRETS and _from_environment(ctx, param):
        ctx.meta.setdefault(READ, {})[variable] = os.environ[variable]
    return value


def with_variables(ctx: click.Context, message: str) -> str:
    """Return a message followed by the variables whose values it quotes, unless it names them already."""
    read: dict[str, str] = ctx.meta.get(READ, {})
    variables = [f"{name}={value}" for name, value in read.items() if name not in message and _is_named(message, value)]
    return f"{message} (In the environment: {', '.join(variables)}.)" if variables else message


def _is_named(message: str, value: str) -> bool:
    text = value.rstrip("/")
    return bool(text) and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", message) is not None


def option(*names: str, variable: bool = True, **settings: Any) -> Decorator:
    """Declare an option, with its default in the help, and its variable MOCKMARKET_<OPTION> unless it chooses what is lost."""
    long = next(name for name in names if name.startswith("--")).partition("/")[0]
    envvar = f"MOCKMARKET_{long.removeprefix('--').replace('-', '_').upper()}" if variable else None
    visible = settings.get("default") not in (None, (), "")
    own: Any = {"cls": Option, "callback": note, "envvar": envvar, "show_default": visible}
    return click.option(*names, **{**own, **settings})


def with_options(options: Sequence[Decorator]) -> Decorator:
    """Return a decorator that declares several options in order."""
    return lambda command: functools.reduce(lambda decorated, declare: declare(decorated), reversed(options), command)


def as_json(help: str = "Print as JSON.") -> Decorator:
    """Declare `--json`."""
    return option("--json", "as_json", is_flag=True, help=help)


def split_assignment(text: str) -> tuple[str, str]:
    """Return the name and the value of NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ValueError(f"{text!r} has no name and value")
    return name, value


def json_or_text(text: str) -> object:
    """Return a text read as JSON, or the text itself when it is none."""
    import json  # not needed by `--version`

    try:
        return json.loads(text)
    except ValueError:
        return text


def parse_assignment(text: str) -> tuple[str, object]:
    """Return the name and the value of NAME=VALUE, which is JSON or a text."""
    name, value = split_assignment(text)
    return name, json_or_text(value)


SPAN = Parsed("span", parse_span, "; write 90s, 30m, 2h, 1d or 1h30m")
LIMIT = option("-n", "--limit", type=click.IntRange(1, 1000), default=20, help="Most rows to list.")
AS_ANSWER = option(
    "--json/--no-json",
    "as_json",
    default=None,
    help="Print JSON, or text for people; by default text on a terminal and JSON elsewhere.",
)
CONTROL_TOKEN = option("--control-token", help="The server's control token, if it requires one.")
SERVER = [option("--url", default=DEFAULT_URL, help="URL of the server.")]
ON_SERVER = [*SERVER, CONTROL_TOKEN]
"""The options of a command that talks to a server about no world, or about worlds that are its arguments."""
IN_WORLD = [
    *SERVER,
    option("--world", shell_complete=completing.worlds, help="World to use; main by default."),
    CONTROL_TOKEN,
]
"""The options of a command that talks to a server about a world."""
WORLD_BY_HAND = "World to use; main by default, unless a variable names a server or a world."
BY_HAND = [
    *SERVER,
    option("--world", variable=False, shell_complete=completing.worlds, help=WORLD_BY_HAND),
    option("--here", is_flag=True, variable=False, help=f"Use the world that {URL} and {WORLD} name."),
    CONTROL_TOKEN,
]
"""The options of a command that talks to a server and changes a world irreversibly: the world must be named on the command line."""


def talking(command: Command, options: Sequence[Decorator] = IN_WORLD) -> Command:
    """Add the options to a command and pass it a client as its first argument; the client's errors end it."""

    @with_options(options)
    @functools.wraps(command)
    def talk(
        url: str, control_token: str | None, world: str | None = None, here: bool | None = None, **arguments: object
    ) -> object:
        if here is not None:
            world = world_by_hand(click.get_current_context(), url, world, here)
        with client_of(url, control_token, world) as client:
            return command(client, **arguments)

    return talk


class Answer(NamedTuple):
    """What a command has to say: the value for programs, the text for people, and the exit code."""

    value: object
    text: str
    code: int = 0


def wants_json(as_json: bool | None) -> bool:
    """Return whether a command prints JSON: as the options say, else wherever standard output is no terminal."""
    return not is_terminal(sys.stdout) if as_json is None else as_json


def answering(command: Callable[..., Answer], options: Sequence[Decorator] = IN_WORLD) -> Command:
    """As `talking`, for a command that returns an Answer, which is printed as `--json` says."""

    @functools.wraps(command)
    def answer(client: Client, as_json: bool | None, **arguments: object) -> None:
        value, text, code = command(client, **arguments)
        show(value, wants_json(as_json), text)
        if code:
            click.get_current_context().exit(code)

    return talking(answer, [AS_ANSWER, *options])


replacing = functools.partial(answering, options=BY_HAND)
"""As `answering`, for a client of the world that the command line names."""
on_server = functools.partial(answering, options=ON_SERVER)
"""As `answering`, for a command without a world."""


def world_by_hand(ctx: click.Context, url: str, world: str | None, here: bool) -> str | None:
    """Return the world that the command line names, None for `main`; UsageError when only the environment names one."""
    from mockmarket_client.urls import split_url

    if here and world is not None:
        raise click.UsageError("Pass --world or --here, not both.", ctx)
    if here:
        return os.environ.get(WORLD) or ctx.meta.get(CONFIG_WORLD)
    url_by_hand = by_hand(ctx, "url")
    inherited = [name for name in (URL, WORLD) if os.environ.get(name) and not (name == URL and url_by_hand)]
    if ctx.get_parameter_source("url") is ParameterSource.DEFAULT_MAP or ctx.meta.get(CONFIG_WORLD):
        inherited.append(str(ctx.meta[CONFIG_FILE]))
    if inherited and world is None and not (url_by_hand and split_url(url)[1] is not None):
        raise click.UsageError(
            f"The target is set by the environment ({', '.join(inherited)}), and this command overwrites or deletes data: "
            "pass --world NAME, or --here to use the world that the environment names.",
            ctx,
        )
    return world


@contextmanager
def client_of(url: str, token: str | None, world: str | None) -> Iterator[Client]:
    """Give a client of a server for the length of a block; its errors end the command."""
    from mockmarket_client import Client, MockmarketError  # not needed by a command that serves

    try:
        with closing(Client(url, token, world)) as client:
            yield client
    except MockmarketError as error:
        fail(error)


def fail(error: MockmarketError) -> NoReturn:
    """End a command because of a client's error: exit code 3 when no server answers, else 1."""
    from mockmarket_client import NoServer, NotRoot

    words = f"{name_of('url')} must be the server's own URL: {error.root}" if isinstance(error, NotRoot) else str(error)
    if error.status == UNAUTHENTICATED:
        words += f" Pass it with {name_of('control_token')}."
    raise (NoAnswer if isinstance(error, NoServer) else click.ClickException)(words) from error


@contextmanager
def reported(*kinds: type[Exception], words: Callable[[Any], str] = str, usage: bool = False) -> Iterator[None]:
    """End the command with a sentence, as a usage error or another, for errors of these kinds within a block."""
    try:
        yield
    except kinds as error:
        if usage:
            raise click.UsageError(words(error), click.get_current_context()) from error
        raise click.ClickException(words(error)) from error


def name_of(name: str) -> str:
    """Return the source of an option's value: the variable's name, the file and the name in it, or the option as written."""
    ctx = click.get_current_context()
    option = next(param for param in ctx.command.params if param.name == name)
    return _inherited(ctx, option) or max(option.opts, key=len)


def chosen_by_hand(*names: str) -> list[str]:
    """Return those of the options that were given on the command line."""
    ctx = click.get_current_context()
    return [name for name in names if by_hand(ctx, name)]


def check_partner(present: bool, partner: str, *names: str, inherited: bool = True) -> None:
    """Raise UsageError for an option that has a value of the user's and no effect without its partner; without `inherited`, for a value
    on the command line alone: what a variable says may be meant for other commands."""
    ctx = click.get_current_context()
    for param in ctx.command.params if not present else ():
        if (
            param.name in names
            and ctx.get_parameter_source(param.name) is not ParameterSource.DEFAULT
            and (inherited or by_hand(ctx, param.name))
            and not links(param)
        ):
            raise click.UsageError(f"{name_of(param.name)} needs {partner}.")


def show(answer: object, as_json: bool, text: str) -> None:
    """Print an answer: as JSON, or as a sentence for people."""
    import json  # not needed by `--version`

    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else text)


def stdin_text() -> str:
    """Return the text of standard input; UsageError when it is not UTF-8."""
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError("Standard input is not UTF-8.") from error
