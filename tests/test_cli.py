"""The command line as a whole: every option has its variable, help reads well, a slip is answered with what was meant."""

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
    "reset": ["world", "here"],
    "world make": ["force"],
    "world clone": ["force"],
    "world move": ["to"],
    "world drop": ["prefix"],
    "drain": ["undo"],
    "fault off": ["every"],
    "fixture from-recording": ["force"],
    "fixture from-order": ["force"],
    "fixture generate": ["force"],
    "fixture copy": ["force"],
    "fixture init": ["force"],
    "scenario copy": ["force"],
    "scenario from-journal": ["force"],
    "scenario from-recording": ["force"],
    "redact": ["out", "in_place", "force"],
}
REACHING_A_VENDOR = {"serve": ["record_upstream"], "exec": ["record_upstream"]}
"""Options that let calls reach a real vendor: a variable that is set by chance would let them."""
ENDING = {"exam": ["list"]}
"""Options that end a command at once: a variable that is set by chance would pass an exam that was not held."""


@every_command
def test_every_option_has_its_variable(name: str) -> None:
    without = [option.name for option in options(COMMANDS[name]) if not variables(option)]

    assert without == (CHOOSING_WHAT_IS_LOST | REACHING_A_VENDOR | ENDING).get(name, [])


@every_command
def test_help_says_what_it_does(name: str) -> None:
    printed = CliRunner().invoke(main, [*name.split(), "--help"])

    assert printed.exit_code == 0
    assert all(option.help for option in options(COMMANDS[name]))
    assert COMMANDS[name].help


def test_commands_are_listed_in_order() -> None:
    listed = re.findall(r"^  (\w+) ", CliRunner().invoke(main, ["--help"]).output.split("Commands:")[1], re.MULTILINE)

    assert listed == main.list_commands(NONE)


ANSWERS_OF_ITS_OWN = {
    "serve": "it prints what it serves as it starts",
    "exec": "standard output is its command's",
    "env": "its format is --shell's",
    "listen": "it prints a line for each webhook",
    "scenario from-journal": "it prints the scenario",
    "fixture from-order": "it prints the fixture",
    "scenario run": "it prints a line for each step",
}
"""Commands with a server, of their own or another's, that the rule for output does not cover, and why."""


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, command in COMMANDS.items()
        if name not in ANSWERS_OF_ITS_OWN and "control_token" in {option.name for option in options(command)}
    ],
)
def test_command_of_a_server_follows_the_rule_for_output(name: str) -> None:
    by_name = {option.name: option for option in options(COMMANDS[name])}

    assert by_name["as_json"].opts == ["--json"]
    assert (by_name["as_json"].secondary_opts, by_name["as_json"].default) == (["--no-json"], None)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ("srve", "'serve'"),
        ("scenaro run x", "'scenario'"),
        ("clock advnce 2h", "'advance'"),
        ("deliveries lst", "'list'"),
        ("serve --fixtrue x", "'--fixture'"),
        ("help srve", "'serve'"),
    ],
)
def test_mistyped_name_is_answered_with_the_one_like_it(arguments: str, meant: str) -> None:
    ran = CliRunner().invoke(main, arguments.split())

    assert ran.exit_code == 2
    assert "Did you mean" in ran.stderr
    assert meant in ran.stderr


@pytest.mark.parametrize("arguments", ["", "serve", "clock", "clock advance"])
def test_help_is_a_command_too(arguments: str) -> None:
    ran = CliRunner().invoke(main, ["help", *arguments.split()])

    assert ran.exit_code == 0
    assert ran.output == CliRunner().invoke(main, [*arguments.split(), "--help"]).output


def test_help_of_no_group_says_so() -> None:
    ran = CliRunner().invoke(main, ["help", "serve", "port"])

    assert (ran.exit_code, "main serve has no commands." in ran.stderr) == (2, True)


def test_version_has_a_short_option() -> None:
    assert CliRunner().invoke(main, ["-V"]).output == CliRunner().invoke(main, ["--version"]).output
