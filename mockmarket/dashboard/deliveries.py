"""One delivery, with each attempt's request, answer, verdict and signature step by step."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import flask

from mockmarket.api.context import current
from mockmarket.control import deliveries as control
from mockmarket.dashboard import checker, difference, links, shell
from mockmarket.dashboard.formats import INVISIBLE, counted, cut
from mockmarket.errors import Invalid, NotFound
from mockmarket.store import Record, endpoints
from mockmarket.store.endpoints import Endpoint, unreachable
from mockmarket.webhooks import own_headers
from mockmarket.webhooks.signing import SignedHeaders
from mockmarket.worlds.world import World
from mockmarket_client.verifying import Check, check

MOST_DUMPED = 1024  # most bytes in the dump; all of them can be downloaded
MOST_TEXT = 4000  # most characters of the message shown as text
LETTERS = bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in range(256))  # how each byte is written in a dump
MOST_TYPED = 4000  # longest message, in bytes, included in a command, which downloads longer ones
Signed = Callable[[bytes, str | None], Check]  # verifies an attempt with another body, another secret


def rows_of(world: World, sent: Sequence[Record]) -> list[Record]:
    """Return deliveries with what lists show beside them: `to`, the endpoint if it still exists, and `about`, the URL of its record."""
    about = {(row["vendor"], row["kind"], row["record"]): links.of_notice(row) for row in sent}
    to = {id: endpoints.get(world.read(), id) for id in {row["endpoint"] for row in sent}}
    return [
        row | {"to": to[row["endpoint"]], "about": about[row["vendor"], row["kind"], row["record"]]} for row in sent
    ]


def delivery(id: str) -> shell.Response:
    """Show one delivery with its attempts, newest first."""
    world = current().world
    row, *_ = rows_of(world, [control.get_or_404(world.read(), id)])
    tries = [_try_of(row, place) for place in range(len(row["attempts_made"]), 0, -1)]
    bar = unreachable(world.read(), row["vendor"], row["to"])
    beside = tries[: difference.COMPARED][::-1] if len(tries) > 1 else []
    compared = {"beside": beside, "lines": difference.side_by_side(beside), "bodies": difference.of_bodies(beside)}
    known = world.vendors[row["vendor"]].webhooks.notice(row["type"]) is not None
    return shell.page("hook_delivery.html", title="Delivery", it=row, bar=bar, tries=tries, known=known, **compared)


def _try_of(row: Record, place: int) -> Record:
    attempt = row["attempts_made"][place - 1]
    fetch = flask.request.host_url.rstrip("/") + shell.url("webhooks.raw", id=row["uid"], place=place, what="signed")
    steps = steps_of(current().world.vendors[row["vendor"]].webhooks.headers, attempt, row["body"], row["to"], fetch)
    sent = row["body"] if attempt["body"] is None else attempt["body"]
    headers = own_headers.redact(attempt["request_headers"])
    checks = checker.form_of(row["uid"], place) if checker.facts_of(row, place) else None
    return {**attempt, "place": place, "headers": headers, "sent": sent, "steps": steps, "checks": checks}


resend = shell.button("It is sent again.", "webhooks.delivery id", control.resend_delivery.call)


def of_ticked(what: str) -> shell.Response:
    """Send the ticked deliveries again, or drop those of them that wait."""
    ids = flask.request.form.getlist("id")
    if not ids:
        raise Invalid("Tick the deliveries first.")
    if what == "resend":
        sent = control.resend_deliveries.call(current(), {"id": ids, "state": "any"})
        return shell.done(f"{counted(sent['resent'], 'delivery')} sent again.", shell.url("webhooks.deliveries"))
    dropped = control.drop_deliveries.call(current(), {"id": ids})["dropped"]
    return shell.done(f"{counted(dropped, 'delivery')} dropped.", shell.url("webhooks.deliveries"))


def raw(id: str, place: int, what: str) -> shell.Response:
    """Return an attempt's bytes as a file: its `body`, or the `signed` message."""
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
    """Recompute an attempt's signature with its endpoint's current secrets; `fetch` is the URL of the signed bytes. `stamped` is the part
    of the message before the delivery's own body, `away_s` the seconds from the attempt to the stamp."""
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
    """Return the check with the current secret, or with an earlier one that matches; with a hint of the secret, and notes on it."""
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
    """Yield possible reasons for a signature that does not match: a fault, another body, a later secret."""
    if attempt["fault"]:
        yield f"Changed on purpose by the fault {attempt['fault']}."
    if attempt["body"] is not None and endpoint and signed(body, endpoint.secret).valid:
        yield "The signature matches the body before the fault changed it."
    elif endpoint and not attempt["fault"] and endpoint.updated_at >= attempt["at"]:
        yield "The endpoint has changed since this was sent. If its secret has changed, the current secret cannot verify it."


def command(checked: Check, fetch: str) -> str:
    """Return a shell command that computes a signature with `$SECRET`, or ""; it downloads a long or binary message."""
    if checked.message is None or checked.algorithm is None:
        return ""
    text = checked.message.decode("utf-8", "surrogateescape")
    typed = len(checked.message) <= MOST_TYPED and not INVISIBLE.search(text)
    source = f"printf %s {shlex.quote(text)}" if typed else f"curl -s {shlex.quote(fetch)}"
    return f'{source} | openssl dgst -{checked.algorithm} -hmac "$SECRET"'


def hexdump(raw: bytes) -> str:
    """Return bytes in the format of `hexdump -C`: offset, sixteen bytes in hex, the same as characters."""
    return "\n".join(
        f"{place:08x}  {row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}  |{row.translate(LETTERS).decode()}|"
        for place in range(0, len(raw), 16)
        if (row := raw[place : place + 16])
    )
