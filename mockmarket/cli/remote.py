"""Commands that talk to a running server: `env`, `trigger`, `resend`, `snapshot`."""

import json
from typing import Any

import click

from mockmarket.cli.env_vars import PREFIX, SHELLS, of_https, of_vendor
from mockmarket.cli.options import Parsed, as_json, option, replacing, show, talking
from mockmarket_client import Client

NOBODY = "No endpoint subscribes to it: create one with POST /_mockmarket/endpoints, or with `mockmarket listen --url`."


@click.command()
@click.argument("vendors", nargs=-1, metavar="[VENDOR]...")
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
    click.echo(SHELLS[shell](variables), nl=False)


def path_and_value(text: str) -> tuple[str, object]:
    """Return a dotted path of a notice's body and its new value: JSON, or else a plain text."""
    path, equals, value = text.partition("=")
    if not path or not equals:
        raise ValueError(f"{text!r} has no path and value; write order.quantity=3")
    try:
        return path, json.loads(value)
    except ValueError:
        return path, value


OVERRIDE = Parsed("path=value", path_and_value)


@click.command()
@click.argument("notice")
@option("--vendor", help="Vendor of the notice; optional if only one vendor has a notice of this name.")
@option("--record", help="Id of the record; by default the newest to which the notice fits.")
@option("--override", "overrides", type=OVERRIDE, multiple=True, help="Change a value of the body; repeatable.")
@option("--count", type=click.IntRange(1, 1000), default=1, help="Number of notices to create.")
@option("--endpoint", help="Id of the endpoint to send to; by default every endpoint that subscribes to it.")
@as_json()
@talking
def trigger(client: Client, notice: str, vendor: str | None, overrides: Any, as_json: bool, **fields: Any) -> None:
    """Trigger a NOTICE about an existing record, without its usual cause.

    mockmarket trigger order.accepted --override order.quantity=3 --count 5"""
    answer = client.trigger(vendor or _only_vendor(client, notice), notice, override=dict(overrides), **fields)
    text = f"Notices created: {answer['notices']}. Deliveries: {answer['deliveries']}."
    show(answer, as_json, text if answer["deliveries"] else f"{text} {NOBODY}")


def _only_vendor(client: Client, notice: str) -> str:
    having = [vendor["name"] for vendor in client.vendors() if notice in {type["name"] for type in vendor["notices"]}]
    if len(having) == 1:
        return str(having[0])
    subject = f"{', '.join(having)} have" if having else "No vendor has"
    hint = "choose a vendor with --vendor (`mockmarket vendors` lists them)"
    raise click.UsageError(f"{subject} a notice {notice!r}; {hint}.")


@click.command()
@click.argument("delivery")
@as_json()
@talking
def resend(client: Client, delivery: str, as_json: bool) -> None:
    """Send a DELIVERY again now, in any state: same ids and body, signed anew."""
    answer = client.resend(delivery)
    show(answer, as_json, f"Delivery {answer['id']} ({answer['type']} to {answer['endpoint']}) is being sent again.")


@click.group()
def snapshot() -> None:
    """Save and restore snapshots of a world."""


@snapshot.command()
@click.argument("name")
@as_json()
@talking
def save(client: Client, name: str, as_json: bool) -> None:
    """Save the world's current state as snapshot NAME, replacing an earlier one of that name."""
    show(client.save_snapshot(name), as_json, f"Saved {name}.")


@snapshot.command()
@click.argument("name")
@as_json()
@replacing
def restore(client: Client, name: str, as_json: bool) -> None:
    """Restore the world, including its clock, from snapshot NAME."""
    show(client.restore_snapshot(name), as_json, f"Restored {name}.")


@snapshot.command()
@click.argument("name")
@as_json()
@replacing
def delete(client: Client, name: str, as_json: bool) -> None:
    """Delete the snapshot NAME."""
    client.delete_snapshot(name)
    show({"deleted": name}, as_json, f"Deleted {name}.")


@snapshot.command("list")
@as_json()
@talking
def list_all(client: Client, as_json: bool) -> None:
    """List the world's snapshots, oldest first."""
    snapshots = client.snapshots()
    lines = [f"{snapshot['name']}  of {snapshot['taken_at']}  {snapshot['bytes']} bytes" for snapshot in snapshots]
    show(snapshots, as_json, "\n".join(lines) or "There are no snapshots.")
