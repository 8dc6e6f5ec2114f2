"""The command line. An option beats its variable MOCKMARKET_<OPTION>, which beats the configuration file, which beats the default; options
that choose what is lost have neither variable nor place in the file."""

import sys
from importlib import import_module
from typing import Any

import click

from mockmarket import __version__
from mockmarket.cli import stopping
from mockmarket.cli.config_file import defaults
from mockmarket.cli.options import with_variables
from mockmarket.cli.stopping import tidy_end

COMMANDS = {
    "serve": "serve.serve",
    "exec": "exec.exec_command",
    "env": "remote.env",
    "open": "remote.open_dashboard",
    "vendors": "overview.vendors",
    "world": "world.world",
    "drain": "world.drain",
    "reset": "world.reset",
    "snapshot": "remote.snapshot",
    "clock": "clock.clock",
    "fault": "fault.fault",
    "trigger": "remote.trigger",
    "requests": "journal.requests",
    "deliveries": "deliveries.deliveries",
    "resend": "deliveries.resend",
    "records": "journal.records",
    "wait": "journal.wait",
    "tail": "tail.tail",
    "listen": "listen.listen",
    "replay": "replay.replay",
    "exam": "exam.exam",
    "compare": "compare.compare",
    "redact": "redact.redact",
    "scenario": "scenario.scenario",
    "fixture": "fixture.fixture",
    "schema": "schema.schema",
    "openapi": "overview.openapi",
    "docs": "packed.docs",
    "example": "packed.example",
    "completion": "completion.completion",
    "help": "completion.help_command",
}
"""The commands in the order of a session: module and function. A new command is a module in this package and a line in this table."""


class Commands(click.Group):
    """Imports a command when it is run, so that each starts as fast as its own imports allow."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names in the order of the table."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name; the error for an unknown one names those like it."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from error

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command line; an error of the system, such as a full disk, ends it with a sentence."""
        try:
            return super().main(*args, **options)
        except Exception as error:
            if (words := stopping.sentence(error)) is None:
                raise
            stopping.complain(f"Error: {words}")
            sys.exit(1)
        finally:
            stopping.give_up()

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a message about a value from the environment names its variable."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            message = with_variables(ctx, error.format_message())
            if message == error.format_message():
                raise
            if isinstance(error, click.UsageError):
                raise click.UsageError(message, error.ctx) from error
            raise type(error)(message) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="mockmarket")
@click.pass_context
def main(ctx: click.Context) -> None:
    """A stateful mock of five ticketing marketplaces, for tests."""
    ctx.with_resource(tidy_end())
    ctx.default_map = defaults(ctx)
