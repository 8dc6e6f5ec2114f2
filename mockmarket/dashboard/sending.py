"""Requests that are sent again: as a command line with the same bytes, through this process as they were, or as somebody edited them."""

import contextvars
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import flask

from mockmarket.api.context import current
from mockmarket.clock import monotonic
from mockmarket.control.base import BASE
from mockmarket.control.worlds import credentials
from mockmarket.matching.redaction import REDACTED
from mockmarket.scenarios.play import Reply, answered, environ_of
from mockmarket.store import keys
from mockmarket.store.keys import Key
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

KEY = "$KEY"
OF_TRANSPORT = ("host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect")
"""Headers that whoever sends the request makes anew."""
METHOD = re.compile(r"[A-Z]{1,20}")
LONGEST = 1_000_000  # characters of an edited part
CONTROLS = re.compile(rb"[^\t\n -~]")
QUOTED = re.compile(rb"[\\']|[^ -~]")
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request to be sent again. Where a credential was taken out of `headers` and `target`, `KEY` stands; `real` has the headers with
    it, if it is known. `bar` is why the same bytes cannot be sent."""

    method: str
    target: str
    headers: Headers
    body: bytes
    real: Headers = ()
    bar: str = ""


@dataclass(frozen=True, slots=True)
class Came:
    """What a request that was sent again was answered: the reply, and how long it took in ms."""

    reply: Reply
    took: float
    id: str


def repeatable(world: World, entry: Entry) -> Repeatable:
    """Return a request of the journal as it can be sent again; the credential comes from its key."""
    key = keys.get(world.read(), entry.key) if entry.key else None
    headers = [(name, value) for name, value in entry.headers if name.lower() not in OF_TRANSPORT]
    plain, real = _with_key(world, headers, key, KEY), _with_key(world, headers, key, _secret_of(world, key))
    target = f"{entry.path}{'?' if entry.query else ''}{entry.query}".replace(REDACTED, KEY)
    bar = ""
    if REDACTED.encode() in entry.body:
        bar = "Its body has a secret that is not kept."
    elif len(entry.body) >= world.config.body_kept:
        bar = f"Only the first {len(entry.body)} bytes of its body are kept."
    elif KEY in target or any(REDACTED in value for _, value in real):
        bar = "Its credential is not kept: only keys of the fixture are known. Edit it, and write the credential in."
    return Repeatable(entry.method, target, plain, entry.body, real, bar)


def _secret_of(world: World, key: Key | None) -> str:
    """Return the text of a key that the fixture has; REDACTED for another."""
    if key is None or key.vendor not in world.vendors:
        return REDACTED
    held = {credential["name"]: credential["secret"] for credential in credentials(world, world.vendors[key.vendor])}
    return str(held.get(key.name, REDACTED))


def _with_key(world: World, headers: Headers, key: Key | None, secret: str) -> list[tuple[str, str]]:
    """Return headers with the credential of a key in its vendor's form, where one was taken out."""
    known = world.vendors[key.vendor].api.credential(key, secret) if key and key.vendor in world.vendors else {}
    named = {name.lower(): value for name, value in dict(known).items()}
    return [
        (name, named.get(name.lower(), value.replace(REDACTED, secret)) if REDACTED in value else value)
        for name, value in headers
    ]


def curl(request: Repeatable, base: str, is_real: bool = False) -> str:
    """Return the command that sends a request, for a POSIX shell with `$'…'`; the credential is read from `$KEY` unless `is_real`."""
    headers = request.real if is_real else request.headers
    parts = [f"curl -X {request.method} {_word(base + request.target)}"]
    parts += [f"-H {_word(f'{name}: {value}' if value else f'{name};')}" for name, value in headers]
    if request.body:
        parts.append(f"--data-binary {_bytes(request.body)}")
        if not any(name.lower() == "content-type" for name, _ in headers):
            parts.append("-H 'Content-Type:'")
    return " \\\n  ".join(parts)


def _word(text: str) -> str:
    """Return a text as a word of the shell, in which `$KEY` is the variable."""
    if KEY not in text:
        return shlex.quote(text)
    parts = (re.sub(r'(["\\`$])', r"\\\1", part) for part in text.split(KEY))
    return f'"{KEY.join(parts)}"'


def _bytes(body: bytes) -> str:
    """Return bytes as a word of the shell. curl reads a file where a body begins with `@`, so that one is written as an escape."""
    if not CONTROLS.search(body) and not body.startswith(b"@"):
        return shlex.quote(body.decode())
    if body.startswith(b"@") or b"\0" in body:
        escapes = "".join(f"\\{byte:03o}" for byte in body)
        return f"@- < <(printf '{escapes}')"
    return f"$'{QUOTED.sub(_escape, body).decode()}'"


def _escape(match: re.Match[bytes]) -> bytes:
    byte = match[0][0]
    return b"\\" + match[0] if byte in b"\\'" else b"\\n" if byte == 0x0A else b"\\x%02x" % byte


def draft_of(request: Repeatable) -> dict[str, str]:
    """Return a request as the form has it, the credential filled in where it is known."""
    headers = "\n".join(f"{name}: {value}" for name, value in request.real)
    body = request.body.decode("utf-8", "replace")
    return {"method": request.method, "path": request.target, "headers": headers, "body": body}


def read_draft(draft: Mapping[str, str]) -> tuple[Repeatable | None, str]:
    """Return the request that somebody wrote, or None and what is wrong with it."""
    method, target = draft["method"].strip().upper(), draft["path"].strip()
    lines = [line for line in draft["headers"].splitlines() if line.strip()]
    if not METHOD.fullmatch(method):
        return None, "The method must be a word such as GET."
    if not target.startswith("/") or target.startswith((BASE, "/w/")):
        return None, "The path must begin with / and be a vendor's."
    if wrong := next((line for line in lines if not re.fullmatch(r"[!-9;-~]+:.*", line)), None):
        return None, f"A header must be a name, a colon and a value, unlike {wrong[:60]!r}."
    if max(map(len, draft.values())) > LONGEST:
        return None, f"A part may have {LONGEST:,} characters at most."
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    body = draft["body"].replace("\r\n", "\n").encode("utf-8", "surrogateescape")
    return Repeatable(method, target, headers, body, headers), ""


def send(request: Repeatable) -> Came:
    """Send a request to the open world through the application of this process: journal, checks and faults apply."""
    context, began = current(), monotonic()
    target = context.prefix + request.target
    headers: dict[str, str] = {}
    for name, value in request.real:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    environ = environ_of(request.method, target, headers, request.body, flask.request.host)
    if not any(name.lower() == "content-type" for name, _ in request.real):
        environ["CONTENT_TYPE"] = ""
    reply = contextvars.Context().run(answered, context.services.dispatch, environ)
    took = (monotonic() - began) * 1000
    return Came(reply, took, reply.headers.get("x-mockmarket-request", ""))
