"""The command line as a whole: its page has every command and option, every option has its variable, help reads well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mockmarket.cli import main

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/cli.md").read_text()
SECTION = re.compile(r"^## `mockmarket ([\w ]+)`$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`]+)`")


NONE = click.Context(main)


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield each command with its full name."""
    for name in group.commands or group.list_commands(NONE):
        command = group.get_command(NONE, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(commands(main))
SECTIONS = dict(SECTION.findall(PAGE))

every_command = pytest.mark.parametrize("name", COMMANDS)


def options(command: click.Command) -> list[click.Option]:
    """Return a command's options."""
    return [one for one in command.params if isinstance(one, click.Option)]


def variables(option: click.Option) -> list[str]:
    """Return the variables that an option is read from."""
    return [option.envvar] if isinstance(option.envvar, str) else [*(option.envvar or ())]


def default(option: click.Option, command: click.Command) -> str:
    """Return an option's default as the page writes it."""
    value = option.get_default(click.Context(command))
    if value is False and not option.secondary_opts:
        return "off"
    return f"`{value}`" if isinstance(value, (str, int, float)) and value != "" else "none"


def rows(section: str) -> list[list[str]]:
    """Return the rows, cell by cell, of the table of options in a section of the page."""
    if "| option |" not in section:
        return []
    lines = section.split("| option |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def test_page_has_every_command() -> None:
    assert list(SECTIONS) == list(COMMANDS)


@every_command
def test_page_has_every_option(name: str) -> None:
    command = COMMANDS[name]

    told = [[SPAN.findall(names), SPAN.findall(read), value] for names, read, value, _ in rows(SECTIONS[name])]

    assert told == [
        [[*one.opts, *one.secondary_opts], variables(one), default(one, command)] for one in options(command)
    ]


CHOOSING_WHAT_IS_LOST = {
    "scenario run": ["world", "here"],
    "snapshot restore": ["world", "here"],
    "snapshot delete": ["world", "here"],
    "fixture generate": ["force"],
}


@every_command
def test_every_option_has_its_variable(name: str) -> None:
    without = [one.name for one in options(COMMANDS[name]) if not variables(one)]

    assert without == CHOOSING_WHAT_IS_LOST.get(name, [])


@every_command
def test_help_says_what_it_does(name: str) -> None:
    printed = CliRunner().invoke(main, [*name.split(), "--help"])

    assert printed.exit_code == 0
    assert all(one.help for one in options(COMMANDS[name]))
    assert COMMANDS[name].help


def test_commands_are_listed_in_order() -> None:
    listed = re.findall(r"^  (\w+) ", CliRunner().invoke(main, ["--help"]).output.split("Commands:")[1], re.MULTILINE)

    assert listed == main.list_commands(NONE)


def test_client_page_has_every_method() -> None:
    from mockmarket.client import Client

    page = (ROOT / "docs/python-client.md").read_text()
    table = page.split("| methods | routes |", 1)[1]

    told = [name for line in table.splitlines()[2:] for name in SPAN.findall(line.split("|")[1] if "|" in line else "")]

    public = {name for name in dir(Client) if not name.startswith("_")} - {"calls", "url", "world"}
    assert set(told) == public
