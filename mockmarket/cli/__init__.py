"""The command line. Every option is also MOCKMARKET_<OPTION>; an option beats a variable beats the default."""

from __future__ import annotations

import click

from mockmarket import __version__
from mockmarket.cli import env, exam, exec, fixture, listen, openapi, scenario, serve, snapshot, trigger, vendors

COMMANDS: tuple[click.Command, ...] = (
    serve.serve,
    exec.exec_command,
    env.env,
    vendors.vendors,
    trigger.trigger,
    trigger.resend,
    listen.listen,
    exam.exam,
    scenario.scenario,
    snapshot.snapshot,
    openapi.openapi,
    fixture.fixture,
)
"""What `mockmarket` can do, in the order of a session; a new command is a module here and a line in this table."""


class InOrder(click.Group):
    """Lists its commands in the order in which they were added, as a reader meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        return [*self.commands]


@click.group(
    cls=InOrder,
    commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "MOCKMARKET"},
)
@click.version_option(__version__, prog_name="mockmarket")
def main() -> None:
    """A stateful mock of five ticketing marketplaces, for tests."""
