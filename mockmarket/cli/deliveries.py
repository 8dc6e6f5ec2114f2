"""`deliveries`: list, show and resend the deliveries of a world; `resend` alone is short for `deliveries resend`."""

import click

from mockmarket.cli import completing
from mockmarket.cli.groups import Group
from mockmarket.cli.options import LIMIT, Answer, answering, option
from mockmarket.cli.tables import Columns, details, table
from mockmarket_client import Client

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
@LIMIT
@answering
def list_deliveries(client: Client, **where: object) -> Answer:
    """List the newest deliveries, the newest last."""
    rows = client.deliveries(**where)[::-1]
    return Answer(rows, table(rows, COLUMNS, NONE))


@deliveries.command()
@click.argument("delivery", shell_complete=completing.deliveries)
@answering
def show(client: Client, delivery: str) -> Answer:
    """Show a DELIVERY with its body and every attempt: request, answer, timing and verdict."""
    row = client.delivery(delivery)
    return Answer(row, details(row, {"attempts_made": ATTEMPTS}))


@deliveries.command()
@click.argument("delivery", shell_complete=completing.deliveries)
@answering
def resend(client: Client, delivery: str) -> Answer:
    """Send a DELIVERY again: same ids and body, signed anew."""
    row = client.resend(delivery)
    return Answer(row, f"Delivery {row['id']} ({row['type']} to {row['endpoint']}) is being sent again.")
