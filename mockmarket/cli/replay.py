"""`replay`: sends recorded webhooks to a receiver again, in their order."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import click

from mockmarket.cli import completing
from mockmarket.cli.forwarding import ADDRESS, PEM, checked_target, forward
from mockmarket.cli.listen import formats_of
from mockmarket.cli.options import as_json, option, reported
from mockmarket.clock import monotonic, wall_ms
from mockmarket.recordings.exchange import Exchange, UnreadableError
from mockmarket.recordings.formats import is_redacted
from mockmarket.recordings.reading import read_all
from mockmarket.webhooks.signing import Sending, sign
from mockmarket_client.inbox import Webhook, WebhookVerifier
from mockmarket_client.receiver import Arrival
from mockmarket_client.scheme import Headers, Scheme

RECORDING = click.Path(path_type=Path)
UNNAMED = "{}: its headers have no vendor's signature, so it cannot be signed; name the vendor with --vendor"
ACCEPTED = range(200, 300)


@dataclass(frozen=True)
class Signer:
    """Finds whose webhook an exchange is, and signs it anew with a secret, if there is one."""

    verifier: WebhookVerifier
    secret: str | None

    def prepare(self, exchange: Exchange) -> Webhook:
        """Return the webhook to send, without headers that were redacted; UnreadableError for one that cannot be signed."""
        vendors = self.verifier.vendors
        verifier = replace(self.verifier, assumed=exchange.vendor) if exchange.vendor in vendors else self.verifier
        headers, body = exchange.request.headers, exchange.request.body or b""
        webhook = verifier(Arrival(exchange.method, urlsplit(exchange.url).path, headers, body))
        if self.secret and webhook.vendor is None:
            raise UnreadableError(UNNAMED.format(exchange.place))
        scheme = vendors[webhook.vendor].scheme if webhook.vendor else None
        signed = signed_anew(scheme, webhook.arrival, self.secret) if scheme and self.secret else headers
        kept = tuple(pair for pair in signed if not is_redacted(pair[1]))
        return replace(webhook, arrival=replace(webhook.arrival, headers=kept))


def signed_anew(scheme: Scheme, arrival: Arrival, secret: str) -> Headers:
    """Return a webhook's headers with a signature of this moment, in the place of the old one."""
    pairs = sign(scheme, Sending("", "", "", 1, arrival.body, wall_ms() // 1000, (secret,)))
    fresh = {name.lower(): value for name, value in pairs}
    own = {name.lower() for name, _ in arrival.headers}
    missing = (pair for pair in pairs if pair[0].lower() not in own)
    return (*((name, fresh.get(name.lower(), value)) for name, value in arrival.headers), *missing)


@click.command()
@click.argument("recordings", nargs=-1, required=True, type=RECORDING)
@option("--to", "url", type=ADDRESS, required=True, help="URL of the receiver.")
@option("--secret", help="Secret to sign with anew; without it the recorded signature is sent, which may be stale.")
@option("--vendor", shell_complete=completing.vendors, help="Vendor of the webhooks that do not show it.")
@option("--at-once", is_flag=True, help="Send without the pauses of the recording.")
@option("--ca-file", type=PEM, help="Authorities of the receiver's certificate, instead of the usual ones (PEM).")
@option("--insecure", is_flag=True, help="Do not check the receiver's certificate.")
@as_json("Print JSON lines.")
@click.pass_context
def replay(
    ctx: click.Context, /, recordings: tuple[Path, ...], secret: str | None, vendor: str | None, **options: Any
) -> None:
    """Send the webhooks of RECORDINGS to a receiver again: folders of `listen --record`, HAR files, JSON lines.

    They keep their order, their bytes and, unless --at-once, their pauses; each waits for the answer to the one before. Exit codes: 0;
    1 if one was not answered with a 2xx status, or if there is none; 2 for a recording that cannot be read."""
    target = checked_target(options["url"], options["ca_file"], options["insecure"])
    signer = Signer(WebhookVerifier(formats_of(vendor), assumed=vendor), secret)
    sent = refused = 0
    with reported(UnreadableError, usage=True):
        for exchange in paced(webhooks_of(recordings), options["at_once"]):
            webhook, began = signer.prepare(exchange), monotonic()
            reply, trouble = forward(target, webhook.arrival)
            sent += 1
            refused += trouble is not None or reply.status not in ACCEPTED
            row: dict[str, Any] = {"number": sent, "source": exchange.place}
            row |= {"vendor": webhook.vendor, "type": webhook.type, "status": None if trouble else reply.status}
            row |= {"trouble": trouble, "elapsed_ms": round((monotonic() - began) * 1000, 1)}
            click.echo(json.dumps(row, ensure_ascii=False) if options["as_json"] else line(row))
    click.echo(f"{sent} sent: {sent - refused} accepted, {refused} not.", err=options["as_json"])
    ctx.exit(1 if refused or not sent else 0)


def webhooks_of(recordings: Iterable[Path]) -> Iterator[Exchange]:
    """Yield the webhooks of recordings, in their order."""
    return (exchange for exchange in read_all(recordings) if exchange.kind == "webhook")


def paced(exchanges: Iterable[Exchange], at_once: bool) -> Iterator[Exchange]:
    """Yield exchanges, each as long after the first as it was recorded, or as soon as the one before is done."""
    began, first = monotonic(), None
    for exchange in exchanges:
        if exchange.at is not None and not at_once:
            first = exchange.at if first is None else first
            Event().wait(max(0.0, (exchange.at - first) / 1000 - (monotonic() - began)))
        yield exchange


def line(row: Mapping[str, Any]) -> str:
    """Return what is printed of a webhook that was sent."""
    subject = f"{row['vendor'] or 'unknown'} {row['type'] or '(type unknown)'}"
    return f"{row['number']}  {row['status'] or 'no answer'}  {subject}" + (
        f"\n   {row['trouble']}" if row["trouble"] else ""
    )
