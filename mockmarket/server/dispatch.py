"""The WSGI application: finds the world and vendor of a request, passes it on, adds headers to the answer, writes the journal."""

import io
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import lru_cache
from typing import Any

import flask
import orjson

from mockmarket import __version__
from mockmarket.api.auth import sent_hashes
from mockmarket.api.bodies import BODY
from mockmarket.api.context import Environ, RequestContext, RequestLog, ServerHooks, Services, SetPace
from mockmarket.clock import monotonic, wall_ms
from mockmarket.config import Limits, host_of, names_loopback
from mockmarket.control import BASE, UPLOADS, Error, check_uploader, refuse
from mockmarket.current import REQUEST
from mockmarket.delivery.ticker import Ticker
from mockmarket.errors import CONTEXT, Forbidden, NotFound, Refusal, Unavailable
from mockmarket.faults.active.applying import RequestFaults
from mockmarket.faults.base import KEEP, NO_ANSWER, Pace, Reply
from mockmarket.matching.redaction import Hidden, credentials
from mockmarket.rules.names import SLASH, check_segments, read_path
from mockmarket.server import cors
from mockmarket.server.hosts import VendorHosts
from mockmarket.server.routing import SEGMENTS, Applications
from mockmarket.vendor import Vendor
from mockmarket.worlds import journal
from mockmarket.worlds.access import Access
from mockmarket.worlds.effects import ByHand, by_hand
from mockmarket.worlds.journal import STEP, Entry, Exchange, Parts
from mockmarket.worlds.key_search import is_mains, world_of
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.world import World

log = logging.getLogger("mockmarket.faults")
Start = Callable[..., Any]
SERVER = "mockmarket.server"
"""The environ's key for the hooks of the server that carries the request."""
PAGES = re.compile(rf"{BASE}/(ui(/|$)|docs$)")
"""Paths used without decoding: a page's links are relative to its path, and the dashboard's paths may name ids with slashes."""
CLOCK = re.compile(rf"{BASE}/(ui/)?clock(/|$)")
FAULTS = re.compile(rf"{BASE}/(ui/)?faults(/|$)")
WORK = re.compile(rf"{BASE}/(?!(ui|docs|health|metrics)(/|$))")
"""Paths of control routes that count as requests to a world; health and metrics are the process's."""
SAFE = ("GET", "HEAD", "OPTIONS")
LONGEST_BY_HAND = 4_096  # bytes of a control route's or form's body that the journal keeps
AROUND_UPLOAD = 10_000
"""Bytes that a form adds to the file that it uploads."""
NOT_FRAMED = (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"))
"""Headers of every answer that is no vendor's."""
NO_LEASE = nullcontext()
LARGEST_SHORT = 65_536
"""Most bytes of a body of a request that is answered within the server's loop."""


class Front:
    """The WSGI application that a server runs. It answers 503 to every request until `open` is called."""

    def __init__(self, vendors: Sequence[Vendor], hosts: Iterable[tuple[str, str]] = ()) -> None:
        self._inner: Applications | None = None
        self.worlds: Worlds | None = None
        self._services: Services
        bases = [(prefix, vendor.base, vendor) for vendor in vendors for prefix in vendor.bases]
        self._bases = sorted(bases, key=lambda base: len(base[0]), reverse=True)
        self.hosts = VendorHosts(vendors, hosts)

    def open(self, inner: Applications, worlds: Worlds, ticker: Ticker) -> None:
        """Start answering: worlds are loaded, `inner` holds the applications."""
        self.worlds, self._services = worlds, Services(worlds, ticker, self, Access())
        self._inner = inner

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if self._inner is None:
            start_response("503 Service Unavailable", [("Content-Type", "application/json"), ("Retry-After", "1")])
            return [self.loading(environ)]
        began = monotonic()
        if CONTEXT not in environ:
            self.place(environ, *self.locate(environ))
        with use_of(environ[CONTEXT].place):
            return self.answer(environ, start_response, began)

    def loading(self, environ: Environ) -> bytes:
        """Return the body of the answer to a request that comes too early, in the format of its path's owner."""
        _, path, vendor = self.locate(environ)
        if path == f"{BASE}/health":
            return b'{"status":"loading"}'
        refusal = Unavailable("The mock is loading its worlds. Try again in a second.")
        return orjson.dumps((vendor.api.refuse if vendor else refuse)(refusal))

    def is_short(self, environ: Environ, length: int) -> bool:
        """Return whether a request's answer never blocks once it `may_start`: a vendor's call on a world in memory, which is then placed. A
        vendor's first call imports its parts and handlers; a write waits for the disk in a kept world, and for the world's file while that
        is copied."""
        if self._inner is None:
            return True
        prefix, path, vendor = self.locate(environ)
        if vendor is None or length > LARGEST_SHORT or not self._inner.is_made(vendor):
            return False
        name = self._name_at_once(environ, prefix, vendor)
        if name is None:
            return False
        self.place(environ, prefix, path, vendor, name)
        context: RequestContext[None] = environ[CONTEXT]
        world = context.place
        if not isinstance(world, World):
            return False
        reads = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        if world.store.is_copying:
            return reads and not world.store.deferred.stale
        return reads or (world.store.synchronous == "OFF" and not world.settings_of(vendor.name).get("deliver_inline"))

    def may_start(self, environ: Environ) -> bool:
        """Return whether a short request would not wait for another write of its world; a read may write too, to update records."""
        context: RequestContext[None] | None = environ.get(CONTEXT)
        if context is None:
            return True
        store = context.world.store
        return (environ["REQUEST_METHOD"] in ("GET", "HEAD") and not store.deferred.stale) or store.writer.is_free()

    def when_free(self, environ: Environ, step: Callable[[], object]) -> None:
        """Call a step, in any thread, when no write of a short request's world is under way."""
        environ[CONTEXT].world.store.writer.when_free(step)

    def largest_body(self, environ: Environ) -> int:
        """Return the most bytes that a request's body may have, by its head; Unauthenticated for the upload of a world by a caller who may
        not."""
        if self._inner is None:
            return Limits().request_body
        _, path, vendor = self.locate(environ)
        limits = self._services.registry.config.limits
        if vendor or f"{environ['REQUEST_METHOD']} {path}" not in UPLOADS:
            return limits.request_body
        check_uploader(self._services, environ)
        return limits.state_upload + AROUND_UPLOAD

    def locate(self, environ: Environ) -> tuple[str, str, Vendor | None]:
        """Return the `/w/<world>` prefix of a request's path, the path under its vendor's own base URL, and the vendor, if any."""
        prefix, path = world_and_path(environ)
        vendor, path = self.owner(path, environ.get("HTTP_HOST", ""))
        return prefix, path, vendor

    def place(self, environ: Environ, prefix: str, path: str, vendor: Vendor | None, name: str | None = None) -> None:
        """Write the request's context into the environ, with the path stripped of the world's prefix. `name` is its world's, if known."""
        name = self._world_name(environ, prefix, vendor) if name is None else name
        environ[SEGMENTS], environ["PATH_INFO"] = path, path.replace(SLASH, "/")
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix  # so that a redirect stays in the world
        formatter, faults = vendor.api.refuse if vendor else self._refuse, None
        place = self._world(environ, name, vendor)
        if vendor is not None and isinstance(place, World) and place.faults.requests:
            faults = RequestFaults(place.faults.requests, vendor.name)
        server = environ.get(SERVER) or ServerHooks()
        environ[CONTEXT] = RequestContext(
            place, name, vendor, formatter, prefix, self._services, server, RequestLog(), faults, None
        )

    def _world(self, environ: Environ, name: str, vendor: Vendor | None) -> World | Refusal:
        try:
            check_segments(name)
            if vendor is None:
                check_segments(environ[SEGMENTS])
            if vendor is not None and self._services.registry.config.loopback:
                check_page(environ, vendor, self.hosts)
            world = self._services.registry.get(name)
            if vendor is not None or WORK.match(environ[SEGMENTS]):
                self._services.registry.limits.count_request(name, world.rate)
            return world
        except Refusal as refusal:
            return refusal

    def _world_name(self, environ: Environ, prefix: str, vendor: Vendor | None) -> str:
        """Return the world that a request selects by its path's prefix, by the header, by a sub-domain, or by its key, in this order; else
        `main`."""
        name = self._named_world(environ, prefix)
        if name is None and vendor is not None and self._finds_by_key():
            return world_of(self._services.registry, sent_hashes(environ, vendor))
        return "main" if name is None else name

    def _name_at_once(self, environ: Environ, prefix: str, vendor: Vendor) -> str | None:
        """Return the world that a vendor's request selects; None when its key has to be looked for in other worlds."""
        name = self._named_world(environ, prefix)
        if name is not None or not self._finds_by_key():
            return "main" if name is None else name
        return "main" if is_mains(self._services.registry, sent_hashes(environ, vendor)) else None

    def _finds_by_key(self) -> bool:
        """Return whether a key may select a world: where there are several, on a loopback server. Others are reached by name alone."""
        registry = self._services.registry
        return not registry.is_single and registry.config.loopback

    def _named_world(self, environ: Environ, prefix: str) -> str | None:
        if prefix:
            return prefix.removeprefix("/w/")
        name: str | None = environ.get("HTTP_X_MOCKMARKET_WORLD")
        host = self.hosts.find(environ.get("HTTP_HOST", "")) if name is None else None
        return (host.world or None) if host else name

    def _refuse(self, refusal: Refusal) -> Error:
        """Return the body of a refusal at a path that is no vendor's; where there is nothing, it says where vendors answer."""
        if refusal.status == NotFound.status and refusal.facts.get("unrouted"):
            refusal.hint = self.hosts.hint()
        return refuse(refusal)

    def owner(self, path: str, host: str) -> tuple[Vendor | None, str]:
        """Return the vendor that owns a path, if any, and the path under the vendor's own base URL. At a vendor's own host its
        document's paths are its own, whoever has them elsewhere, and so is every path that is nobody's."""
        own = self.hosts.find(host)
        bases = [(own.vendor.documented_base, own.vendor.base, own.vendor), *self._bases] if own else self._bases
        for prefix, base, vendor in bases:
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
                return vendor, base + path[len(prefix) :]
        return own.vendor if own and path != "/" and not f"{path}/".startswith(f"{BASE}/") else None, path

    def answer(self, environ: Environ, start_response: Start, began: float) -> Iterable[bytes]:
        """Pass a request to its application, add our headers, and journal it when it is a vendor's."""
        context: RequestContext[None] = environ[CONTEXT]
        world = context.place if isinstance(context.place, World) else None
        marks = [("X-Mockmarket", __version__)] + ([("X-Mockmarket-World", world.name)] if world else [])
        seen: dict[str, Any] = {}
        if world is None or context.vendor is None:
            start = marked(start_response, marks if context.vendor else [*marks, *NOT_FRAMED], seen)
            is_change = world is not None and environ["REQUEST_METHOD"] not in SAFE
            page = self.by_hand(environ, start, seen, began) if is_change else self.inner(environ, start)
            log_call(world, environ, seen, began)
            return page
        if "HTTP_ORIGIN" in environ:
            marks += cors.headers_for(environ, world.settings_of("core")["cors_origins"])
        id, wall_at = world.journal.next_id(), wall_ms()
        token = journal.current.set(id)
        request = take_body(environ, world.config.limits.request_body)
        buffered = BufferedResponse(start_response, context.faults, environ.get(KEEP)) if context.faults else None
        try:
            body = self.inner(environ, marked(buffered or start_response, [*marks, (journal.REQUEST_ID, id)], seen))
            if seen.get("type", "").startswith("text/event-stream"):
                return buffered.pass_through(body) if buffered else body
            answer = gathered(body)
        finally:
            journal.current.reset(token)
        status, sent, answer = buffered.apply_faults(answer) if buffered else (int(seen["status"][:3]), answer, answer)
        context.log.answer_headers = buffered.headers if buffered else seen["headers"]
        context.log.entry = entry(environ, context, id, request, status, answer, wall_at, began)
        world.journal.add(context.log.entry)
        return [sent]

    def by_hand(self, environ: Environ, start: Start, seen: Mapping[str, Any], began: float) -> Iterable[bytes]:
        """Answer a control route or a form of the dashboard, and journal it if it changed the world. Its answer is not kept: it may have a
        new secret."""
        context: RequestContext[None] = environ[CONTEXT]
        is_time, wall_at = CLOCK.search(environ["PATH_INFO"]) is not None, wall_ms()
        is_outside_rows = is_time or FAULTS.search(environ["PATH_INFO"]) is not None
        done, request = ByHand(context.world.name, not is_time), take_body(environ, LARGEST_SHORT)[:LONGEST_BY_HAND]
        token = by_hand.set(done)
        try:
            body = self.inner(environ, start)
        finally:
            by_hand.reset(token)
        status = int(seen["status"][:3])
        if status < 400 and (done.transactions or is_outside_rows):
            context.world.journal.hands.add(entry(environ, context, "", request, status, b"", wall_at, began), done)
            context.world.changed.notify_change()
        return body

    def inner(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Call the application of the path's owner."""
        if self._inner is None:
            raise RuntimeError("The application was called before it was opened.")
        token = REQUEST.set(flask.Request(environ, populate_request=False))
        try:
            return self._inner(environ, start_response)
        finally:
            REQUEST.reset(token)


def use_of(place: World | Refusal) -> AbstractContextManager[None]:
    """Return the context in which a place is used: a world that has a time to live is kept meanwhile."""
    return place.lease.in_use() if isinstance(place, World) and place.lease else NO_LEASE


def check_page(environ: Environ, vendor: Vendor, hosts: VendorHosts) -> None:
    """Raise Forbidden for a browser's request to a loopback server under a host name that is neither loopback's nor the vendor's. A foreign
    page may have rebound its DNS name to this server, and the fixtures' keys are public. Programs may use any name: they send neither
    header, Node's own fetch included."""
    host = environ.get("HTTP_HOST")
    in_browser = "HTTP_ORIGIN" in environ or "HTTP_SEC_FETCH_SITE" in environ
    if not in_browser or not host or names_loopback(host):
        return
    own = hosts.find(host)
    if own is None or own.vendor is not vendor:
        raise Forbidden(
            f"A page in a browser may call {vendor.title} as localhost or a loopback address, not as {host_of(host)!r}."
        )


def world_and_path(environ: Environ) -> tuple[str, str]:
    """Return the `/w/<world>` prefix of a request's path, or "", and the rest of the path."""
    prefix, path = split_world(read_path(environ))
    if PAGES.match(path):
        path = split_world(f"/{environ['PATH_INFO'].lstrip('/')}")[1]
    return prefix, path or "/"


def split_world(path: str) -> tuple[str, str]:
    """Split `/w/<world>/rest` into `/w/<world>` and `/rest`; any other path has the prefix ""."""
    if not path.startswith("/w/"):
        return "", path
    name, slash, rest = path[3:].partition("/")
    return f"/w/{name}", slash + rest


def marked(start_response: Start, marks: list[tuple[str, str]], seen: dict[str, Any]) -> Start:
    """Return a `start_response` that adds headers and stores status, headers and content type in `seen`."""

    def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
        seen["status"], seen["headers"] = status, headers + marks
        seen["type"] = next((value for name, value in headers if name == "Content-Type"), "")
        return start_response(status, seen["headers"], *exc_info)

    return start


def log_call(world: World | None, environ: Environ, seen: Mapping[str, Any], began: float) -> None:
    """Write a call of a control route to the activity log, where that is detailed."""
    if world and world.activity_log and world.activity_log.detailed and not PAGES.match(environ[SEGMENTS]):
        elapsed_ms, status = (monotonic() - began) * 1000, int(seen["status"][:3])
        world.activity_log.called(world.name, environ["REQUEST_METHOD"], shown_path(environ), status, elapsed_ms)


def take_body(environ: Environ, most: int) -> bytes:
    """Read a request's body for both the application and the journal; a body above `most` is left to the application, which refuses it."""
    with suppress(ValueError):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if 0 < length <= most:
            body: bytes = environ["wsgi.input"].read(length)
            environ["wsgi.input"], environ[BODY] = io.BytesIO(body), body
            return body
    return b""


def gathered(body: Iterable[bytes]) -> bytes:
    """Return a complete answer, in a block of memory of its own length, and close the iterable: orjson's bytes hold up to
    thirteen times theirs, and the journal keeps answers."""
    try:
        return b"".join([*body, b""])
    finally:
        close = getattr(body, "close", None)
        if close:
            close()


def entry(
    environ: Environ,
    context: RequestContext[None],
    id: str,
    request: bytes,
    status: int,
    answer: bytes,
    wall_at: int,
    began: float,
) -> Entry:
    """Return the journal entry of a request and its answer."""
    log, world = context.log, context.world
    refusal = log.refusal
    parts: Parts = {
        "scheme": environ.get("wsgi.url_scheme", "http"),
        "path": environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        "target": environ.get("REQUEST_URI", ""),
        "query": environ.get("QUERY_STRING", ""),
        "headers": header_pairs(environ),
        "body": request,
        "answer_headers": log.answer_headers,
        "answer": answer,
        "message": refusal.message if refusal else None,
        "unread": log.unread,
    }
    return Entry(
        id=id,
        at=world.clock.peek(),
        wall_at=wall_at,
        elapsed_ms=(monotonic() - began) * 1000,
        exchange=Exchange(parts, world.config.body_kept, world.journal.known),
        vendor=context.vendor.name if context.vendor else "",
        method=environ["REQUEST_METHOD"],
        status=status,
        refused=refusal.word if refusal else None,
        unread_in_all=len(log.unread),
        unsupported=log.unsupported,
        key=log.key,
        fault=", ".join(context.faults.applied) or None if context.faults else None,
        step=environ.get(STEP, ""),
    )


def shown_path(environ: Environ) -> str:
    """Return a request's path for the log, without the credentials that the request was made with, on one line."""
    hidden = Hidden(credentials(header_pairs(environ), environ.get("QUERY_STRING", "")))
    return ascii(hidden.text(environ["PATH_INFO"]))[1:-1]


def header_pairs(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a request's headers under their HTTP names."""
    return [
        (name, value) for key, value in environ.items() if (name := header_name(key)) and (value or key[:5] == "HTTP_")
    ]


@lru_cache(maxsize=1024)
def header_name(key: str) -> str:
    """Return the header's name for a key of a WSGI environ; "" when the key is not a header's."""
    own = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else key[5:] if key.startswith("HTTP_") else ""
    return own.replace("_", "-").title()


class BufferedResponse:
    """A `start_response` (PEP 3333) that buffers status and headers until the body is complete."""

    def __init__(self, start_response: Start, faults: RequestFaults, set_pace: SetPace | None) -> None:
        self._start, self._faults, self._set_pace = start_response, faults, set_pace
        self._status = ""
        self.headers: Sequence[tuple[str, str]] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        """Buffer status and headers."""
        self._status, self.headers = status, headers

    def pass_through(self, body: Iterable[bytes]) -> Iterable[bytes]:
        """Send the answer unchanged: faults do not apply to a stream."""
        self._start(self._status, list(self.headers))
        return body

    def apply_faults(self, body: bytes) -> tuple[int, bytes, bytes]:
        """Send the answer as its faults change it; returns its status, its full body, and the part of the body that is sent. When the
        connection ends instead, the status is NO_ANSWER and nothing is sent."""
        reply = self._faults.on_response(Reply(self._status, (*self.headers,), body))
        self.headers = reply.headers
        self._start(reply.status, list(reply.headers))
        if not keeps(self._set_pace, reply.pace):
            return int(reply.status[:3]), reply.body, reply.body
        if reply.pace.drop:
            return NO_ANSWER, reply.body, b""
        return int(reply.status[:3]), reply.body, reply.body[: reply.pace.keep]


def keeps(set_pace: SetPace | None, pace: Pace) -> bool:
    """Set the pace of the answer; returns False, with a warning in the log, when another server runs the application and cannot pace."""
    if pace == Pace():
        return True
    if set_pace is None:
        log.warning("Only mockmarket's own server delays, drips, cuts or drops answers; this one went out whole.")
        return False
    set_pace(pace)
    return True
