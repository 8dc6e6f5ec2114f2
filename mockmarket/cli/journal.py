"""`requests`, `records` and `wait`: what a world has seen, has and does."""

from collections.abc import Iterable, Sequence
from typing import Any

import click

from mockmarket.cli import completing, deliveries
from mockmarket.cli.groups import Group
from mockmarket.cli.options import (
    LIMIT,
    Answer,
    Decorator,
    Parsed,
    answering,
    check_partner,
    chosen_by_hand,
    json_or_text,
    option,
    split_assignment,
)
from mockmarket.cli.tables import Columns, details, members_of, table
from mockmarket_client import Client
from mockmarket_client.calls import Record
from mockmarket_client.defaults import PATIENCE_S

COLUMNS: Columns = {
    "ID": "id",
    "AT": "at",
    "VENDOR": "vendor",
    "METHOD": "method",
    "STATUS": "status",
    "MS": "elapsed_ms",
    "PATH": "path",
    "REFUSED": "refused",
    "FAULT": "fault",
}
NUMBERS = ("status", "notice")
"""The conditions whose values are numbers; those of all others are texts, even if they look like numbers, as some ids do."""
CONDITION = Parsed("condition=value", split_assignment, "; write status=404")


def where(help: str) -> Decorator:
    """Declare `--where`."""
    return option("--where", type=CONDITION, multiple=True, metavar="NAME=VALUE", help=help)


def conditions(pairs: Iterable[tuple[str, str]]) -> Record:
    """Return conditions on deliveries or requests as the server takes them: `true` and lists are JSON."""
    values = {name: json_or_text(text) for name, text in pairs}
    numbers = {name for name, value in values.items() if type(value) is int and name not in NUMBERS}
    return values | {name: text for name, text in pairs if name in numbers}


@click.group(cls=Group)
def requests() -> None:
    """List and show requests to vendors."""


@requests.command("list")
@option("--vendor", shell_complete=completing.vendors, help="Only to this vendor.")
@option("--method", help="Only with this method.")
@option("--path", help='Only with this path, or a pattern: "/api/v1/orders*".')
@option("--status", help="Only with this status, or of this class: 404, 4xx.")
@option("--refused", help="Only refused with this code, such as scope_missing; true for any.")
@option("--fault", shell_complete=completing.faults, help="Only those to which this fault was applied; true for any.")
@where("Only with this value of a condition of `POST requests/find`; repeatable.")
@LIMIT
@answering
def list_requests(client: Client, where: Sequence[tuple[str, str]], limit: int, **named: str | None) -> Answer:
    """List the newest requests, the newest last."""
    chosen = [(name, text) for name, text in named.items() if text is not None]
    rows = client.find_requests(limit=limit, **conditions([*chosen, *where]))
    return Answer(rows, table(rows, COLUMNS, "There are no such requests."))


@requests.command()
@click.argument("request", shell_complete=completing.requests)
@answering
def show(client: Client, request: str) -> Answer:
    """Show a REQUEST with its answer and all its effects: records, stock, notices, deliveries."""
    entry = client.request(request)
    caused = [delivery for notice in entry["notices"] for delivery in notice["deliveries"]]
    text = details(entry | {"deliveries": caused}, {"deliveries": deliveries.COLUMNS})
    return Answer(entry, text)


@click.command()
@click.argument("vendor", shell_complete=completing.vendors)
@click.argument("kind", required=False, shell_complete=completing.kinds)
@click.argument("id", required=False)
@where("Only with this value of a column or member; repeatable.")
@LIMIT
@answering
def records(client: Client, vendor: str, kind: str | None, id: str | None, **chosen: Any) -> Answer:
    """List or show a VENDOR's records.

    Without KIND it lists the kinds. Records are in the vendor's own fields.

    mockmarket records VENDOR KIND --where status=accepted"""
    check_partner(kind is not None and id is None, "KIND, and no ID", *chosen_by_hand("where", "limit"))
    if kind is None:
        return kinds_of(client, vendor)
    if id is None:
        return list_records(client, vendor, kind, **chosen)
    record = client.record(vendor, kind, id)
    return Answer(record, details(record))


def kinds_of(client: Client, vendor: str) -> Answer:
    """Return a vendor's kinds of records, and how many there are of each."""
    kinds = [{"kind": kind, "records": client.count_records(vendor, kind)} for kind in client.vendor(vendor)["records"]]
    return Answer(kinds, table(kinds, {"KIND": "kind", "RECORDS": "records"}))


def list_records(client: Client, vendor: str, kind: str, where: Sequence[tuple[str, str]], limit: int) -> Answer:
    """Return the newest records of a kind that meet all conditions, and how many there are when these are not all."""
    filters: Record = dict(where)
    total = client.count_records(vendor, kind, **filters)
    rows = client.records(vendor, kind, limit=limit, offset=max(0, total - limit), **filters)
    note = f"\nThese are the newest of {total}; --limit lists more." if total > len(rows) else ""
    return Answer(rows, table(rows, members_of(rows), f"{vendor} has no such records of the kind {kind}.") + note)


@click.command()
@click.argument("what", type=click.Choice(["quiet", "deliveries", "requests"]), default="quiet")
@option("--count", type=click.IntRange(1, 1_000_000), default=1, help="How many deliveries or requests must match.")
@where("Only those with this value of a condition of `POST wait`; repeatable.")
@option("--timeout", type=click.FloatRange(0, 300), default=PATIENCE_S, help="Most seconds of real time to wait.")
@answering
def wait(client: Client, what: str, count: int, where: Sequence[tuple[str, str]], timeout: float) -> Answer:
    """Wait until nothing is due, or until something has happened.

    It waits for the world to be quiet, or for deliveries or requests that match; what exists already counts.

    mockmarket wait deliveries --where type=order.confirmed --count 2

    Exit code 1 when the time is over; the message says what was seen instead."""
    check_partner(what != "quiet", "deliveries or requests", *chosen_by_hand("count", "where"))
    seen = client.wait(what, count=count, timeout_s=timeout, **conditions(where))
    if what == "quiet":
        due = seen.get("next_due")
        return Answer(seen, f"The world is quiet. {f'The next thing is due at {due}.' if due else 'Nothing is due.'}")
    columns = COLUMNS if what == "requests" else deliveries.COLUMNS
    return Answer(seen, f"{seen['seen']} {what} match.\n{table(seen[what], columns)}")
