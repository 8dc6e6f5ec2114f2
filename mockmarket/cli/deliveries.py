"""`deliveries`: list, show and resend the deliveries of a world; `resend` alone is short for `deliveries resend`."""

from collections.abc import Sequence
from contextlib import suppress

import click

from mockmarket.cli import completing
from mockmarket.cli.groups import Group
from mockmarket.cli.options import (
    LIMIT,
    Answer,
    Parsed,
    answering,
    check_partner,
    chosen_by_hand,
    option,
)
from mockmarket.cli.tables import Columns, details, table
from mockmarket.clock import iso_ms, parse_iso
from mockmarket.rules.quantities import parse_span
from mockmarket_client import Client
from mockmarket_client.calls import Record, without_none

COLUMNS: Columns = {
    "ID": "id",
    "STATE": "state",
    "ANSWERED": "last_status",
    "ATTEMPTS": "attempts",
    "VENDOR": "vendor",
    "TYPE": "type",
    "RECORD": "record",
    "ENDPOINT": "endpoint",
    "AT": "at",
}
ATTEMPTS: Columns = {
    "ATTEMPT": "number",
    "ANSWERED": lambda attempt: attempt["answer"]["status"],
    "VERDICT": "verdict",
    "MS": "elapsed_ms",
    "AT": "at",
    "WHY": "why",
    "FAULT": "fault",
    "URL": lambda attempt: attempt["request"]["url"],
    "REASON": "reason",
}
NONE = "There are no deliveries."


def parse_since(text: str) -> float | str:
    """Return a span in seconds, or a moment as it is written."""
    with suppress(ValueError):
        return parse_span(text)
    parse_iso(text)
    return text


EXAMPLES = "; write 2h or 2026-05-01T12:00:00Z"
SINCE = option(
    "--since",
    type=Parsed("since", parse_since, EXAMPLES),
    help="Only those made since this moment of the world's time, ISO 8601, or within this span before now, such as 2h.",
)


def moment(client: Client, since: float | str | None) -> str | None:
    """Return the moment from which on deliveries count, ISO 8601; a span ends at the world's time."""
    if not isinstance(since, float):
        return since
    return iso_ms(max(0, client.clock()["now_ms"] - round(since * 1000)))


@click.group(cls=Group)
def deliveries() -> None:
    """List, show and resend deliveries."""


@deliveries.command("list")
@option("--vendor", shell_complete=completing.vendors, help="Only this vendor's.")
@option("--type", shell_complete=completing.notices, help="Only of this type of notice.")
@option("--state", shell_complete=completing.states, help="Only in this state, such as delivered.")
@option("--record", help="Only about the record with this id.")
@option("--endpoint", shell_complete=completing.endpoints, help="Only to the endpoint with this id.")
@option("--cause", shell_complete=completing.requests, help="Only those that the request with this id caused.")
@option("--why", help="Only those sent for this reason, such as trigger.")
@SINCE
@LIMIT
@answering
def list_deliveries(client: Client, since: float | str | None, **where: object) -> Answer:
    """List the newest deliveries, the newest last."""
    rows = client.deliveries(**where, since=moment(client, since))[::-1]
    return Answer(rows, table(rows, COLUMNS, NONE))


@deliveries.command()
@click.argument("delivery", shell_complete=completing.deliveries)
@answering
def show(client: Client, delivery: str) -> Answer:
    """Show a DELIVERY with its body and every attempt: request, answer, timing and verdict."""
    row = client.delivery(delivery)
    return Answer(row, details(row, {"attempts_made": ATTEMPTS}))


@deliveries.command()
@click.argument("ids", nargs=-1, metavar="[DELIVERY]...", shell_complete=completing.deliveries)
@option("--failed", is_flag=True, help="Send again all that ended without success: failed, exhausted or rejected.")
@SINCE
@option("--vendor", shell_complete=completing.vendors, help="With --failed: only this vendor's.")
@option("--type", shell_complete=completing.notices, help="With --failed: only of this type of notice.")
@option("--endpoint", shell_complete=completing.endpoints, help="With --failed: only to the endpoint with this id.")
@answering
def resend(client: Client, ids: Sequence[str], failed: bool, since: float | str | None, **where: str | None) -> Answer:
    """Send deliveries again: same ids and body, signed anew.

    mockmarket deliveries resend --failed --since 2h

    With --failed the exit code is 1 if some could not be sent."""
    if bool(ids) == failed:
        raise click.UsageError("Pass ids of deliveries, or --failed.")
    check_partner(failed, "--failed", *chosen_by_hand("since", *where))
    if failed:
        return resend_failed(client, without_none({**where, "since": moment(client, since)}))
    rows = [client.resend(id) for id in ids]
    lines = [f"Delivery {row['id']} ({row['type']} to {row['endpoint']}) is being sent again." for row in rows]
    return Answer(rows, "\n".join(lines))


def resend_failed(client: Client, where: Record) -> Answer:
    """Send again all matching deliveries that ended without success, and return why some could not be sent."""
    done = client.resend_deliveries(**where)
    kept_back = [f"\n{number} not sent: {reason}" for reason, number in done["kept_back"].items()]
    text = f"Sent again: {done['resent']} of {done['matched']}.{''.join(kept_back)}"
    return Answer(done, text, 1 if kept_back else 0)
