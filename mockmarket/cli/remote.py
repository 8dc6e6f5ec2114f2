"""Commands that talk to a running server: `env`, `open`, `trigger`, `snapshot`."""

from typing import Any

import click

from mockmarket.cli import completing
from mockmarket.cli.env_vars import PREFIX, SHELLS, of_https, of_vendor
from mockmarket.cli.groups import Group
from mockmarket.cli.options import Answer, Parsed, answering, option, parse_assignment, replacing, talking
from mockmarket.cli.tables import table
from mockmarket_client import Client
from mockmarket_client.calls import BASE

NOBODY = "No endpoint subscribes to it: create one with POST /_mockmarket/endpoints, or with `mockmarket listen --url`."
SNAPSHOTS = {"NAME": "name", "OF": "taken_at", "BYTES": "bytes"}


@click.command()
@click.argument("vendors", nargs=-1, metavar="[VENDOR]...", shell_complete=completing.vendors)
@option("--shell", type=click.Choice([*SHELLS]), default="sh", help="Output format.")
@option("--key", help="Name of the key to use; by default the first without expiry or address limit.")
@talking
def env(client: Client, vendors: tuple[str, ...], shell: str, key: str | None) -> None:
    """Print the base URL, key and headers of each VENDOR, or of all vendors, as environment variables; also the URLs for HTTPS, if served.

    In a shell: eval "$(mockmarket env VENDOR)". In a GitHub job: mockmarket env VENDOR --shell github >> "$GITHUB_ENV"."""
    chosen = [client.vendor(name) for name in vendors] or client.vendors()
    https = client.health().get("https")
    variables = {f"{PREFIX}_URL": client.url} | ({f"{PREFIX}_WORLD": client.world} if client.world else {})
    variables |= of_https(https)
    for vendor in chosen:
        variables |= of_vendor(vendor, key, https)
        if vendors and not vendor["credentials"]:
            click.echo(f"Warning: {vendor['name']} has no key in this world's fixture, so none is printed.", err=True)
    click.echo(SHELLS[shell](variables), nl=False)


OVERRIDE = Parsed("path=value", parse_assignment, "; write order.quantity=3")


@click.command()
@click.argument("notice", shell_complete=completing.notices)
@option(
    "--vendor",
    shell_complete=completing.vendors,
    help="Vendor of the notice; optional if only one vendor has a notice of this name.",
)
@option("--record", help="Id of the record; by default the newest to which the notice fits.")
@option("--override", "overrides", type=OVERRIDE, multiple=True, help="Change a value of the body; repeatable.")
@option("--count", type=click.IntRange(1, 1000), default=1, help="Number of notices to create.")
@option(
    "--endpoint",
    shell_complete=completing.endpoints,
    help="Id of the endpoint to send to; by default every endpoint that subscribes to it.",
)
@answering
def trigger(client: Client, notice: str, vendor: str | None, overrides: Any, **fields: Any) -> Answer:
    """Trigger a NOTICE about an existing record.

    The record does not change. The ids of the deliveries are printed.

    mockmarket trigger order.accepted --override order.quantity=3 --count 5"""
    answer = client.trigger(vendor or _only_vendor(client, notice), notice, override=dict(overrides), **fields)
    text = f"Notices created: {answer['notices']}. Deliveries: {answer['deliveries']}."
    return Answer(answer, "\n  ".join([text, *answer["delivery_ids"]]) if answer["deliveries"] else f"{text} {NOBODY}")


def _only_vendor(client: Client, notice: str) -> str:
    having = [vendor["name"] for vendor in client.vendors() if notice in {type["name"] for type in vendor["notices"]}]
    if len(having) == 1:
        return str(having[0])
    subject = f"{', '.join(having)} have" if having else "No vendor has"
    hint = "choose a vendor with --vendor (`mockmarket vendors` lists them)"
    raise click.UsageError(f"{subject} a notice {notice!r}; {hint}.")


@click.command("open")
@option("--print", "only_print", is_flag=True, help="Print the URL, and open no browser.")
@answering
def open_dashboard(client: Client, only_print: bool) -> Answer:
    """Open the dashboard in a browser, and print its URL."""
    import webbrowser

    client.health()  # so that no browser opens a page that nobody serves
    url = f"{client.calls.base}{BASE}/"
    return Answer({"url": url, "opened": not only_print and webbrowser.open(url)}, url)


@click.group(cls=Group)
def snapshot() -> None:
    """List, save, restore and delete snapshots."""


@snapshot.command("list")
@answering
def list_all(client: Client) -> Answer:
    """List the world's snapshots, oldest first."""
    snapshots = client.snapshots()
    return Answer(snapshots, table(snapshots, SNAPSHOTS, "There are no snapshots."))


@snapshot.command()
@click.argument("name")
@answering
def save(client: Client, name: str) -> Answer:
    """Save the world's current state as snapshot NAME, replacing an earlier one of that name."""
    return Answer(client.save_snapshot(name), f"Saved {name}.")


@snapshot.command()
@click.argument("name", shell_complete=completing.snapshots)
@replacing
def restore(client: Client, name: str) -> Answer:
    """Restore the world, including its clock, from snapshot NAME."""
    return Answer(client.restore_snapshot(name), f"Restored {name}.")


@snapshot.command()
@click.argument("name", shell_complete=completing.snapshots)
@replacing
def delete(client: Client, name: str) -> Answer:
    """Delete the snapshot NAME."""
    client.delete_snapshot(name)
    return Answer({"deleted": name}, f"Deleted {name}.")
