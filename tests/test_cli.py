"""The command line as a whole: every option has its variable, help reads well."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from mockmarket.cli import main

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

every_command = pytest.mark.parametrize("name", COMMANDS)


def options(command: click.Command) -> list[click.Option]:
    """Return a command's options."""
    return [param for param in command.params if isinstance(param, click.Option)]


def variables(option: click.Option) -> list[str]:
    """Return the variables that an option is read from."""
    return [option.envvar] if isinstance(option.envvar, str) else [*(option.envvar or ())]


CHOOSING_WHAT_IS_LOST = {
    "scenario run": ["world", "here"],
    "snapshot restore": ["world", "here"],
    "snapshot delete": ["world", "here"],
    "fixture generate": ["force"],
}


@every_command
def test_every_option_has_its_variable(name: str) -> None:
    without = [option.name for option in options(COMMANDS[name]) if not variables(option)]

    assert without == CHOOSING_WHAT_IS_LOST.get(name, [])


@every_command
def test_help_says_what_it_does(name: str) -> None:
    printed = CliRunner().invoke(main, [*name.split(), "--help"])

    assert printed.exit_code == 0
    assert all(option.help for option in options(COMMANDS[name]))
    assert COMMANDS[name].help


def test_commands_are_listed_in_order() -> None:
    listed = re.findall(r"^  (\w+) ", CliRunner().invoke(main, ["--help"]).output.split("Commands:")[1], re.MULTILINE)

    assert listed == main.list_commands(NONE)
