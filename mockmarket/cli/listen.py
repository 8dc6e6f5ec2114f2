"""`listen`: prints webhooks of any vendor as they arrive, each verified, and forwards them on request."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext
from tempfile import TemporaryDirectory
from typing import Any

import click

from mockmarket.cli import completing
from mockmarket.cli.captures import Captures
from mockmarket.cli.forwarding import ADDRESS, PEM, Target, checked_target, forward
from mockmarket.cli.options import (
    ANY_PORT,
    CONTROL_TOKEN,
    UNAUTHENTICATED,
    Port,
    as_json,
    check_partner,
    fail,
    option,
    reported,
)
from mockmarket.cli.stopping import Stop
from mockmarket.store.files import DataError
from mockmarket.vendor import discover
from mockmarket_client import Client, MockmarketError
from mockmarket_client.calls import Record
from mockmarket_client.inbox import Inbox, Webhook, WebhookVerifier, receiving
from mockmarket_client.receiver import Reply
from mockmarket_client.verifying import WebhookFormat

FOLDER = click.Path(file_okay=False, path_type=Path)
WHETHER = "Whether to register at --url; by default only without --secret."
UNVERIFIED = "{} of {} webhooks were not verified. Pass --secret, or --url to register at a server and use its secrets."


@dataclass
class Heard:
    """The webhooks received so far, and the number wanted."""

    wanted: int | None
    as_json: bool
    forward_to: Target | None
    status: int
    captures: Captures | None = None
    count: int = 0
    wrong: int = 0
    unverified: int = 0
    failed: OSError | None = None
    enough: Stop = field(default_factory=Stop)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, webhook: Webhook) -> Reply:
        """Keep and print a webhook; returns its answer: the forward target's, or the configured status, or 401 for a wrong signature."""
        with self.ending():
            if self.captures:
                self.captures.keep(webhook)
        status = UNAUTHENTICATED if webhook.check.valid is False else self.status
        reply, trouble = forward(self.forward_to, webhook.arrival) if self.forward_to else (Reply(status), None)
        with self.lock:
            self.count += 1
            self.wrong += webhook.check.valid is False
            self.unverified += webhook.check.valid is None
            description = _described(self.count, webhook, reply, trouble)
            text = json.dumps(description, ensure_ascii=False) if self.as_json else "\n".join(lines(description))
            with self.ending():
                click.echo(text)
            if self.wanted is not None and self.count >= self.wanted:
                self.enough.wish()
        return reply

    @contextmanager
    def ending(self) -> Iterator[None]:
        """End the command, rather than the webhook's thread, at an error of the system within a block."""
        try:
            yield
        except OSError as error:
            self.failed = error
            self.enough.wish()


@click.command()
@option("-p", "--port", type=Port(), envvar=["MOCKMARKET_LISTEN_PORT"], default=0, help=ANY_PORT)
@option("-H", "--host", envvar=["MOCKMARKET_LISTEN_HOST"], default="127.0.0.1", help="Address to listen on.")
@option(
    "--vendor",
    shell_complete=completing.vendors,
    help="Vendor of the webhooks; by default detected by the signature's header.",
)
@option("--secret", help="Secret to verify signatures with.")
@option("--forward", type=ADDRESS, help="URL to forward each webhook to, unchanged; its answer is returned.")
@option("--record", type=FOLDER, help="Folder to keep each webhook in as a JSON file, for `replay` and `compare`.")
@option("--ca-file", type=PEM, help="Authorities of the certificate of --forward, instead of the usual ones (PEM).")
@option("--insecure", is_flag=True, help="Do not check the certificate of --forward.")
@option("--tls", is_flag=True, help="Receive over HTTPS.")
@option("--cert", type=PEM, help="With --tls: certificate of your own (PEM), instead of one made at the start.")
@option("--cert-key", "key", type=PEM, help="Its private key, unless in the same file.")
@option(
    "--authority", type=FOLDER, help="With --tls: folder that keeps the authority of certificates made at the start."
)
@option(
    "--status",
    type=click.IntRange(200, 599),
    default=200,
    help="Status code to answer with; a wrong signature is answered 401.",
)
@option("--once", is_flag=True, help="Stop after the first webhook.")
@option("--count", type=click.IntRange(1), help="Stop after this number of webhooks.")
@option("--timeout", type=click.FloatRange(0, min_open=True), help="Stop after this number of seconds.")
@option("--url", help="Server to register at as an endpoint of --vendor, or of every vendor; deregistered at the end.")
@option("--register/--no-register", default=None, help=WHETHER)
@option("--world", shell_complete=completing.worlds, help="World to register in; main by default.")
@CONTROL_TOKEN
@as_json("Print JSON lines.")
@click.pass_context
def listen(
    ctx: click.Context, /, port: int, host: str, vendor: str | None, secret: str | None, as_json: bool, **options: Any
) -> None:
    """Receive webhooks of any vendor, verify each signature, and print each webhook with the result.

    With --url it registers itself as an endpoint and uses that endpoint's secret. Use --secret for an endpoint of your own.
    With --tls it receives over HTTPS; the sender has to trust its authority, as a server with --ca-file does.
    It stops at a signal, or after --once, --count or --timeout. Exit codes: 0; 1 if a signature was wrong, or if fewer webhooks
    arrived than --once or --count require; 3 if the server to register at does not answer."""
    check_partner(options["url"] is not None or not options["register"], "--url", "register")
    check_partner(options["url"] is not None, "--url", "world", "control_token", inherited=False)
    formats = formats_of(vendor)
    kept = captures_in(options["record"], formats) if options["record"] else None
    heard = Heard(1 if options["once"] else options["count"], as_json, target_of(ctx), options["status"], kept)
    inbox = Inbox(WebhookVerifier(formats, assumed=vendor, spare=secret))
    inbox.reply = heard
    joins = secret is None if options["register"] is None else options["register"]
    client = Client(options["url"], options["control_token"], options["world"]) if options["url"] and joins else None
    try:
        with (
            heard.enough.at_signals(),
            bound(inbox, host, port, context_of(ctx)),
            registered(client, vendor, inbox, secret),
        ):
            click.echo(json.dumps({"event": "listening", "url": inbox.url}) if as_json else f"Listening. {inbox.url}")
            heard.enough.wait(options["timeout"])
    except MockmarketError as error:
        fail(error)
    if heard.failed:
        raise heard.failed
    if heard.unverified and secret is None and client is None:
        click.echo(UNVERIFIED.format(heard.unverified, heard.count), err=True)
    if missing := heard.count < (heard.wanted or 0):
        click.echo(f"Fewer webhooks arrived than requested: {heard.count} of {heard.wanted}.", err=True)
    ctx.exit(1 if heard.wrong or missing else 0)


def target_of(ctx: click.Context) -> Target | None:
    """Return where to forward webhooks, by the options; UsageError for options that do not fit."""
    url, ca_file, insecure = (ctx.params[name] for name in ("forward", "ca_file", "insecure"))
    check_partner(url is not None, "--forward", "ca_file", "insecure", inherited=False)
    return checked_target(url, ca_file, insecure) if url else None


def context_of(ctx: click.Context) -> SSLContext | None:
    """Return the context of a receiver with --tls; prints the file of its authority. UsageError for options that do not fit."""
    tls, cert, key, folder = (ctx.params[name] for name in ("tls", "cert", "key", "authority"))
    check_partner(tls, "--tls", "cert", "key", "authority", inherited=False)
    if not tls:
        return None
    if cert and folder:
        raise click.UsageError("Pass --cert or --authority, not both.", ctx)
    if key and not cert:
        raise click.UsageError("--cert-key needs --cert.", ctx)
    from mockmarket import tls as certificates

    with reported(certificates.Unusable):
        context = certificates.server_context()
        if cert:
            certificates.load_certificate(context, cert, key)
            return context
        kept = folder or Path(ctx.with_resource(TemporaryDirectory(prefix="mockmarket-listen-")))
        certificates.certify(context, certificates.authority_in(kept), [ctx.params["host"]])
        click.echo(f"Authority for senders to trust: {kept.absolute() / certificates.CA_FILE}", err=True)
        return context


@contextmanager
def bound(inbox: Inbox, host: str, port: int, context: SSLContext | None) -> Iterator[None]:
    """Receive webhooks for the length of a block; reports an unavailable address."""
    with ExitStack() as opened:
        with reported(OSError, words=lambda error: f"Cannot listen on {host}:{port}: {error.strerror}."):
            opened.enter_context(receiving(inbox, host, port, context))
        yield


def captures_in(folder: Path, formats: Mapping[str, WebhookFormat]) -> Captures:
    """Return what keeps webhooks in a folder; ends the command for one that cannot be used."""
    with reported(DataError):
        return Captures(folder, [form.scheme for form in formats.values() if form.scheme])


def formats_of(name: str | None) -> Mapping[str, WebhookFormat]:
    """Return the format of each vendor's webhooks; a usage error for a vendor that there is not."""
    vendors = {vendor.name: vendor.webhooks for vendor in discover()}
    if name is not None and name not in vendors:
        raise click.BadParameter(f"there is no vendor {name!r}; there are {', '.join(vendors)}", param_hint="--vendor")
    return {
        vendor: WebhookFormat(own.headers.scheme, own.headers.ids, frozenset(notice.name for notice in own.notices))
        for vendor, own in vendors.items()
    }


@contextmanager
def registered(client: Client | None, vendor: str | None, inbox: Inbox, secret: str | None) -> Iterator[None]:
    """Register an endpoint at a server's vendor, or at all, for the length of a block, with the given or a generated secret."""
    if client is None:
        yield
        return
    ids: list[str] = []
    secrets = {"secret": secret} if secret else {}
    try:
        for name in [vendor] if vendor else [vendor["name"] for vendor in client.vendors()]:
            endpoint = client.create_endpoint(name, f"{inbox.url}/{name}", **secrets)
            ids.append(endpoint["id"])
            inbox.verifier.secrets[name] = endpoint["secret"]
        click.echo(f"Registered at {client.calls.base} as {', '.join(ids)}; deregistered at the end.", err=True)
        yield
    finally:
        for id in ids:
            try:
                client.delete_endpoint(id)
            except MockmarketError as error:  # of a server that has stopped, for example
                click.echo(f"Endpoint {id} was not removed: {error}", err=True)


def _described(number: int, webhook: Webhook, reply: Reply, trouble: str | None) -> Record:
    check, arrival, body = webhook.check, webhook.arrival, webhook.body.decode("utf-8", "replace")
    verdict = {"vendor": webhook.vendor, "type": webhook.type, "valid": check.valid, "reason": check.reason}
    signature = {name: getattr(check, name) for name in ("header", "got", "expected", "stamp", "algorithm")}
    request = {"path": arrival.path, "headers": [list(pair) for pair in arrival.headers], "body": body}
    head = {"number": number, **verdict, "signature": signature, "ids": dict(check.ids)}
    return {**head, **request, "answered": reply.status, "trouble": trouble}


WORDS = {True: "valid", False: "INVALID", None: "unverified"}


def lines(webhook: Record) -> Iterator[str]:
    """Yield a webhook, as `described` returns it, as lines: number, vendor, verdict, reason, body."""
    subject = f"{webhook['vendor'] or 'unknown'} {webhook['type'] or '(type unknown)'}"
    yield f"{webhook['number']}  {WORDS[webhook['valid']]}  {subject}  answered {webhook['answered']}"
    if webhook["valid"] is not True:
        yield f"   {webhook['reason']}"
    if webhook["valid"] is False:
        yield f"   {webhook['signature']['header']}: {webhook['signature']['got']}"
        yield f"   expected: {webhook['signature']['expected']}"
    if webhook["trouble"]:
        yield f"   {webhook['trouble']}"
    yield f"   {webhook['body']}"
