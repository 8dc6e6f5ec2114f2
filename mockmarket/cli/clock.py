"""`clock`: show, freeze, run and advance a world's clock."""

import click

from mockmarket.cli.groups import Group
from mockmarket.cli.options import SPAN, Answer, answering, option
from mockmarket.cli.tables import Row, table
from mockmarket.cli.world import pace
from mockmarket_client import Client

TIMERS = {"DUE": "due", "VENDOR": "vendor", "TIMER": "timer", "RECORD": "record"}
FIRED = {"AT": "at", "VENDOR": "vendor", "TIMER": "timer", "RECORD": "record"}
WAYS = "Pass one of SPAN, --to and --until: mockmarket clock advance 2h"


@click.group(cls=Group)
def clock() -> None:
    """Show, freeze, run and advance the clock."""


def description(state: Row) -> Answer:
    """Return a clock, and what is due next."""
    lines = [f"{state['now']}, {pace(state)}."]
    if state["next_due"]:
        lines.append(f"The next delivery, timer or date is due at {state['next_due']}.")
    return Answer(state, "\n".join([*lines, *filter(None, [table(state["timers"], TIMERS)])]))


@clock.command()
@answering
def show(client: Client) -> Answer:
    """Show the world's time, whether its clock is frozen, and what is due next."""
    return description(client.clock())


@clock.command()
@answering
def freeze(client: Client) -> Answer:
    """Stop the world's clock."""
    return description(client.freeze())


@clock.command()
@answering
def run(client: Client) -> Answer:
    """Let the world's clock run from its current time."""
    return description(client.run())


@clock.command()
@click.argument("span", type=SPAN, required=False)
@option("--to", help="Advance to this moment, ISO 8601.")
@option(
    "--until", type=click.Choice(["delivered", "quiet"]), help="Advance until no delivery waits, or nothing is due."
)
@answering
def advance(client: Client, span: float | None, to: str | None, until: str | None) -> Answer:
    """Advance the world's clock by SPAN, such as 90s, 30m, 2h, 1d or 1h30m; all that is due until then happens first.

    Exit code 1 if the server stopped before all of it was done: run the command again."""
    if [span, to, until].count(None) != 2:
        raise click.UsageError(WAYS)
    walk = client.advance(to, until) if span is None else client.advance(seconds=span)
    lines = [f"{walk['now']}, {pace(walk)}. Deliveries attempted: {walk['attempts']}. Timers: {len(walk['timers'])}."]
    if not walk["complete"]:
        lines.append(f"It stopped early, with {walk['left']} deliveries left to send.")
    return Answer(
        walk, "\n".join([*lines, *filter(None, [table(walk["timers"], FIRED)])]), 0 if walk["complete"] else 1
    )
