"""The configuration file: options of the command line in `mockmarket.toml`, or in pyproject.toml under `[tool.mockmarket]`.

The nearest such file upwards from the working directory counts, and no other. An option beats its variable, which beats the file, which
beats the default. What stands outside of tables is for every command that has the option; a table named as a command is for it alone."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import click

from mockmarket.cli.options import CONFIG_FILE, CONFIG_WORLD, SECRETS, Parsed
from mockmarket_client.paths import located

FILE, PROJECT = "mockmarket.toml", "pyproject.toml"
NAMED = re.compile(rb"\[\s*tool\s*(\]|\.\s*mockmarket\b)")
"""What every pyproject.toml with our table has: others are not parsed."""
IGNORE = "MOCKMARKET_NO_CONFIG"
"""The variable that, set to anything, has no configuration file read: for programs that start a server of their own."""
Settings = Mapping[str, Any]  # values by option, and tables by command


def defaults(ctx: click.Context) -> dict[str, Any] | None:
    """Return the nearest file's values for the command that a context runs, as click's `default_map`; None without a file. UsageError
    names a mistake with its place."""
    name = ctx.invoked_subcommand
    nearest = None if os.environ.get(IGNORE) else _nearest(Path.cwd())
    if nearest is None or name is None or not isinstance(ctx.command, click.Group):
        return None
    command = ctx.command.get_command(ctx, name)
    if command is None:
        return None
    file = File(*nearest)
    file.check(ctx.command, command)
    ctx.meta[CONFIG_FILE], ctx.meta[CONFIG_WORLD] = file.path, file.world_for(name)
    return {name: file.values(command, name)}


def _nearest(folder: Path) -> tuple[Path, Settings] | None:
    return next(filter(None, (_settings_in(place) for place in (folder, *folder.parents))), None)


def _settings_in(folder: Path) -> tuple[Path, Settings] | None:
    file, project = folder / FILE, folder / PROJECT
    if file.is_file():
        return file, _parsed(file, file.read_bytes())
    content = project.read_bytes() if project.is_file() else b""
    settings = _parsed(project, content).get("tool", {}).get("mockmarket") if NAMED.search(content) else None
    if settings is not None and not isinstance(settings, dict):
        raise click.UsageError(f"{project}: tool.mockmarket must be a table, not {settings!r}.")
    return None if settings is None else (project, settings)


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    import tomllib  # only with a file

    try:
        return tomllib.loads(content.decode())
    except ValueError as error:  # of TOML or of UTF-8
        raise click.UsageError(f"{path}: {error}.") from error


class File:
    """A configuration file: its path and its settings."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path = path
        self._settings = settings

    def check(self, group: click.Group, command: click.Command) -> None:
        """Raise UsageError for a table that is no command's, and for a name that no command has. Other commands than this one are imported
        only if it does not have every option outside of tables."""
        for name in self._settings.keys() - _options_in(self._settings).keys():
            self._check_name(name, group.list_commands(click.Context(group)), "command")
        if missing := _options_in(self._settings).keys() - names_in(command):
            known = names_in(group)
            for name in sorted(missing):
                self._check_name(name, known, "option")

    def world_for(self, name: str) -> str | None:
        """Return the world that the file names for a command, None without one."""
        world: str | None = {**_options_in(self._settings), **_options_in(self._settings.get(name, {}))}.get("world")
        return world

    def values(self, command: click.Command, name: str) -> dict[str, Any]:
        """Return the values for a command, or by name for those of a group, by parameter."""
        return self._values(command, _options_in(self._settings), self._settings.get(name, {}), name)

    def _values(self, command: click.Command, common: Settings, own: Settings, place: str) -> dict[str, Any]:
        if isinstance(command, click.Group):
            for name in _options_in(own):
                self._check_name(name, names_in(command), "option", place)
            common = {**common, **_options_in(own)}
            tables = {name: table for name, table in own.items() if isinstance(table, dict)}
            for name in tables:
                self._check_name(name, command.commands, "command", place)
            return {
                name: self._values(each, common, tables.get(name, {}), f"{place}.{name}")
                for name, each in command.commands.items()
            }
        known = dict(named_options(command))
        for name in own:
            self._check_name(name, known, "option", place)
        chosen = {name: value for name, value in {**common, **own}.items() if name in known}
        return {str(known[name].name): self._value(known[name], name, value, place) for name, value in chosen.items()}

    def _check_name(self, name: str, known: Collection[str], kind: str, place: str = "") -> None:
        if name in known:
            return
        from difflib import get_close_matches  # only for a mistake

        like = get_close_matches(name, known, 1)
        hint = (
            f" Did you mean {like[0]}?"
            if like
            else f" There are {', '.join(sorted(known))}."
            if len(known) < 20
            else ""
        )
        self._refuse(name, place, f"There is no such {kind}.{hint}")

    def _value(self, option: click.Option, name: str, value: object, place: str) -> object:
        value = value.isoformat() if isinstance(value, date) else value  # a TOML date-time is one too
        if (wanted := _misfit(option, value)) is not None:
            self._refuse(name, place, f"Must be {wanted}{'' if option.name in SECRETS else f', not {value!r}'}.")
        if isinstance(option.type, Parsed) and isinstance(value, list):
            return ",".join(value)
        if name == "fixture":
            return located(value, self.path.parent)
        return str(self.path.parent / str(value)) if isinstance(option.type, click.Path) else value

    def _refuse(self, name: str, place: str, words: str) -> NoReturn:
        raise click.UsageError(f"{self.path}: {f'[{place}] ' if place else ''}{name}: {words}")


def _options_in(settings: Settings) -> Settings:
    return {name: value for name, value in settings.items() if not isinstance(value, dict)}


def names_in(command: click.Command) -> set[str]:
    """Return the names of the options that a file may set for a command, or for all commands of a group."""
    if not isinstance(command, click.Group):
        return {name for name, _ in named_options(command)}
    ctx = click.Context(command)
    inner = (command.get_command(ctx, name) for name in command.list_commands(ctx))
    return set().union(*(names_in(each) for each in inner if each))


def named_options(command: click.Command) -> Iterator[tuple[str, click.Option]]:
    """Yield the options of a command that a file may set, by name: all but those that choose what is lost, which have no variable."""
    for option in command.params:
        if isinstance(option, click.Option) and option.envvar:
            yield name_of(option), option


def name_of(option: click.Option) -> str:
    """Return an option's name in a file: its long name without dashes in front."""
    return next(name for name in option.opts if name.startswith("--")).removeprefix("--")


def _misfit(option: click.Option, value: object) -> str | None:
    """Return which type an option wants, if a value does not have it."""
    is_text = isinstance(value, str)
    if option.is_flag:
        return None if isinstance(value, bool) else "true or false"
    if isinstance(option.type, click.types.IntParamType):
        return None if type(value) is int else "a whole number"
    if isinstance(option.type, click.types.FloatParamType):
        return None if type(value) in (int, float) else "a number"
    if option.multiple or isinstance(option.type, Parsed):
        texts = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
        return None if texts or (is_text and not option.multiple) else "a list of texts"
    return None if is_text else "a text"
