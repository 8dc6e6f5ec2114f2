"""`trigger` and `resend`: notices made and deliveries repeated by hand."""

from __future__ import annotations

import json
from typing import Any

import click

from mockmarket.cli.options import as_json, option, show, talking
from mockmarket.client import Client

NOBODY = "No endpoint listens to it: make one with POST /_mockmarket/endpoints, or let `mockmarket listen --url` do it."


class Override(click.ParamType[tuple[str, Any]]):
    """A dotted path of a notice's body and the value to put there: JSON, or else a text as it stands."""

    name = "path=value"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, Any]:
        """Return (path, value); a usage error for a text without an equals sign."""
        if isinstance(value, tuple):
            return value
        path, equals, text = value.partition("=")
        if not path or not equals:
            self.fail(f"{value!r} has no path and value; write order.quantity=3", param, ctx)
        try:
            return path, json.loads(text)
        except ValueError:
            return path, text


@click.command()
@click.argument("notice")
@option("--vendor", help="Whose notice it is; may be left out when only one vendor has one of this name.")
@option("--record", help="The id of the record to tell of; the newest when left out.")
@option("--override", "overrides", type=Override(), multiple=True, help="Changes the body; may be given again.")
@option("--count", type=click.IntRange(1, 1000), default=1, help="How many to make.")
@option("--endpoint", help="The id of the only endpoint to send it to; all that listen when left out.")
@as_json()
@talking
def trigger(
    client: Client, notice: str, vendor: str | None, overrides: tuple[tuple[str, Any], ...], as_json: bool, **more: Any
) -> None:
    """Make a NOTICE about a record that exists, without what usually causes it.

    mockmarket trigger order.accepted --override order.quantity=3 --count 5
    """
    answer = client.trigger(vendor or only_vendor(client, notice), notice, override=dict(overrides), **more)
    show(answer, as_json, said(answer))


def only_vendor(client: Client, notice: str) -> str:
    """Return the vendor that has a notice of this name; a usage error names them when there are several, or none."""
    having = [vendor["name"] for vendor in client.vendors() if notice in {type["name"] for type in vendor["notices"]}]
    if len(having) == 1:
        return str(having[0])
    subject = f"{', '.join(having)} have" if having else "No vendor has"
    raise click.UsageError(f"{subject} a notice {notice!r}; say which with --vendor (`mockmarket vendors` lists them).")


def said(answer: dict[str, Any]) -> str:
    """Write what a trigger has made."""
    text = f"Notices made: {answer['notices']}. Deliveries: {answer['deliveries']}."
    return text if answer["deliveries"] else f"{text} {NOBODY}"


@click.command()
@click.argument("delivery")
@as_json()
@talking
def resend(client: Client, delivery: str, as_json: bool) -> None:
    """Send a DELIVERY once more, now, whatever its state: same ids and body, signed anew."""
    answer = client.resend(delivery)
    show(answer, as_json, f"Delivery {answer['id']} ({answer['type']} to {answer['endpoint']}) is being sent again.")
