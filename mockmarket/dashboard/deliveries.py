"""What was sent to endpoints: every delivery, and one with each attempt's request, answer, verdict and signature step by step."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import flask

from mockmarket.api.context import current
from mockmarket.control import deliveries as control
from mockmarket.dashboard import shell
from mockmarket.dashboard.formats import INVISIBLE, cut
from mockmarket.errors import NotFound
from mockmarket.store import Record, endpoints, history
from mockmarket.store.endpoints import Endpoint, unreachable
from mockmarket.webhooks import own_headers
from mockmarket.webhooks.signing import Check, SignedHeaders, check
from mockmarket.worlds.world import World

PAGE_OF = 50
ENDPOINTS = 200  # how many endpoints the filter offers
MOST_DUMPED = 1024  # how many bytes the dump shows; all of them can be downloaded
MOST_TEXT = 4000  # how many characters of the message are shown as text
LETTERS = bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in range(256))  # how each byte is written in a dump
MOST_TYPED = 4000  # the longest message, in bytes, that stands in a command; a longer one is fetched by it
Signed = Callable[[bytes, str | None], Check]  # verifies an attempt with another body, another secret


def deliveries() -> shell.Response:
    """Show deliveries, newest first, as the filters ask; what cannot be read of them is as if it had not been given."""
    world, before = current().world, shell.number("before")
    read = world.read()
    among = {"vendor": world.vendors, "state": history.STATES, "type": None, "record": None, "to": None}
    filters = {name: shell.argument(name, values) for name, values in among.items()}
    query = {name: value for name, value in filters.items() if value}
    where = {"endpoint" if name == "to" else name: value for name, value in query.items()}
    conditions = {name: value for name, value in where.items() if name != "state"}
    counts = history.deliveries.spread(read, "state", conditions, len(history.STATES))
    rows = rows_of(world, history.deliveries(read, where, PAGE_OF + 1, before))
    context = {"title": "Deliveries", "view": "deliveries", **shell.paged(rows, 1, PAGE_OF), "before": before}
    choices = {"asked": filters, "query": query, "states": history.STATES, "endpoints": endpoints.all(read)[:ENDPOINTS]}
    return shell.page("hooks.html", counts=counts, **choices, **context)


def rows_of(world: World, sent: Sequence[Record]) -> list[Record]:
    """Return deliveries with what lists show beside them: `to`, the endpoint if it is still there, and `order`, its order's page."""
    links = shell.order_links((row["vendor"], row["record"]) for row in sent)
    to = {id: endpoints.get(world.read(), id) for id in {row["endpoint"] for row in sent}}
    return [row | {"to": to[row["endpoint"]], "order": links.get((row["vendor"], row["record"]), "")} for row in sent]


def delivery(id: str) -> shell.Response:
    """Show one delivery with its attempts, newest first."""
    world = current().world
    row, *_ = rows_of(world, [control.get_or_404(world.read(), id)])
    tries = [_try_of(row, place) for place in range(len(row["attempts_made"]), 0, -1)]
    bar = unreachable(world.read(), row["vendor"], row["to"])
    return shell.page("hook_delivery.html", title="Delivery", it=row, bar=bar, tries=tries)


def _try_of(row: Record, place: int) -> Record:
    attempt = row["attempts_made"][place - 1]
    fetch = flask.request.host_url.rstrip("/") + shell.url("webhooks.raw", id=row["uid"], place=place, what="signed")
    signer = current().world.vendors[row["vendor"]].webhooks.headers
    steps = steps_of(signer, attempt, row["body"], row["to"], fetch)
    sent = row["body"] if attempt["body"] is None else attempt["body"]
    headers = own_headers.redact(attempt["request_headers"])
    return {**attempt, "place": place, "headers": headers, "sent": sent, "steps": steps}


resend = shell.button("It is sent again.", "webhooks.delivery id", control.resend_delivery.call)


def raw(id: str, place: int, what: str) -> shell.Response:
    """Send an attempt's bytes as a file: its `body`, or what of it was `signed`."""
    world = current().world
    row, *_ = rows_of(world, [control.get_or_404(world.read(), id)])
    if not 1 <= place <= len(row["attempts_made"]) or what not in ("body", "signed"):
        raise NotFound(f"Attempt {place} of this delivery has no {what!r} to download.")
    attempt = _try_of(row, place)
    sent = attempt["sent"] if what == "body" else attempt["steps"]["check"].message
    if sent is None:
        raise NotFound("The signed bytes are unknown: the vendor does not sign, or the endpoint's secret was deleted.")
    headers = {**shell.HEADERS, "Content-Disposition": f"attachment; filename=attempt-{place}-{what}.bin"}
    return flask.Response(sent, headers=headers, content_type="application/octet-stream")


def steps_of(signer: SignedHeaders, attempt: Record, body: bytes, endpoint: Endpoint | None, fetch: str) -> Record:
    """Recompute an attempt's signature with its endpoint's present secrets; `fetch` is the address of the signed bytes. `stamped` is what
    stands before the delivery's own body in the message, `away_s` how many seconds after the attempt the stamp lies."""
    signed = partial(check, signer, [(name, value) for name, value in attempt["request_headers"]])
    checked, secret, notes = tried(signed, body if attempt["body"] is None else attempt["body"], endpoint)
    message, stamp = checked.message or b"", checked.stamp
    before = f"{stamp}." if stamp is not None and message.startswith(f"{stamp}.".encode()) else ""
    return {
        "check": checked,
        "secret": secret,
        "stamped": before,
        "text": cut(message[len(before) :].decode("utf-8", "replace").replace("\r\n", "\n"), MOST_TEXT),
        "dump": hexdump(message[:MOST_DUMPED]),
        "left_out": max(0, len(message) - MOST_DUMPED),
        "away_s": None if stamp is None else stamp - attempt["wall_at"] // 1000,
        "notes": [*notes, *(reasons(signed, attempt, body, endpoint) if checked.valid is False else ())],
        "command": command(checked, fetch),
    }


def tried(signed: Signed, body: bytes, endpoint: Endpoint | None) -> tuple[Check, str, tuple[str, ...]]:
    """Return what verifying with the secret of now finds, or with an earlier one that fits; with its end, and what to say of it."""
    if endpoint is None:
        result = signed(body, None)
        return result, "", ("The endpoint was deleted, with its secret.",) if result.header else ()
    first = signed(body, endpoint.secret)
    for secret, _ in reversed(endpoint.old_secrets if first.valid is False else ()):
        earlier = signed(body, secret)
        if earlier.valid:
            note = "The secret has changed since: this attempt was signed with the old one."
            return earlier, _end_of(secret), (note,)
    return first, _end_of(endpoint.secret) if first.header else "", ()


def _end_of(secret: str) -> str:
    return f"…{secret[-4:] if len(secret) > 8 else ''} ({len(secret)} characters)"


def reasons(signed: Signed, attempt: Record, body: bytes, endpoint: Endpoint | None) -> Iterator[str]:
    """Say what may explain a signature that does not fit: a fault, another body, another secret since."""
    if attempt["fault"]:
        yield f"Changed on purpose by the fault {attempt['fault']}."
    if attempt["body"] is not None and endpoint and signed(body, endpoint.secret).valid:
        yield "The signature matches the body before the fault changed it."
    elif endpoint and not attempt["fault"] and endpoint.updated_at >= attempt["at"]:
        yield "The endpoint has changed since this was sent. If its secret has changed, the current secret cannot verify it."


def command(checked: Check, fetch: str) -> str:
    """Return a shell command that computes a signature with `$SECRET`, empty for none; a long or unseen message is fetched by it."""
    if checked.message is None or checked.algorithm is None:
        return ""
    text = checked.message.decode("utf-8", "surrogateescape")
    typed = len(checked.message) <= MOST_TYPED and not INVISIBLE.search(text)
    source = f"printf %s {shlex.quote(text)}" if typed else f"curl -s {shlex.quote(fetch)}"
    return f'{source} | openssl dgst -{checked.algorithm} -hmac "$SECRET"'


def hexdump(raw: bytes) -> str:
    """Write bytes as `hexdump -C` does: offset, sixteen bytes in hex, the same as letters."""
    return "\n".join(
        f"{place:08x}  {row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}  |{row.translate(LETTERS).decode()}|"
        for place in range(0, len(raw), 16)
        if (row := raw[place : place + 16])
    )
