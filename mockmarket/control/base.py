"""What control routes share: the base URL, error answers, access checks, and the declaration of operations."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Concatenate, Generic, NotRequired, ParamSpec, TypedDict, TypeVar

import flask
from werkzeug.http import parse_cookie

from mockmarket.api.auth import is_within, network_of, peer_address
from mockmarket.api.context import Environ, RequestContext, Services, current
from mockmarket.api.operations import STRICT, Conventions, Operation
from mockmarket.clock import wall_ms
from mockmarket.config import Config, host_of, names_loopback
from mockmarket.errors import Forbidden, NotFound, Refusal, UnsupportedMedia
from mockmarket.frozen import dataclass
from mockmarket.records import Default, Range, Reads, formats
from mockmarket.store import Read
from mockmarket.store.checking import LARGEST
from mockmarket.store.records import Kind
from mockmarket.vendor import Action, NoticeType

BASE = "/_mockmarket"
SQLITE = ("application/vnd.sqlite3", "application/octet-stream", "application/x-sqlite3")
"""Media types accepted for a world's file: the registered one first, then those that common clients send."""
BINARY_PATHS = (f"{BASE}/state",)
UPLOADS = frozenset((f"PUT {BASE}/state", f"POST {BASE}/ui/worlds/state"))
"""The calls that take a whole world; every other body is limited as a vendor's is."""
HAR = {"type": "object", "description": "An archive of HAR 1.2."}
ROW_NUMBER = Range(0, LARGEST)  # a row number of the database, or an offset
FORMS = ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data")

Context = RequestContext[Any]
P = ParamSpec("P")
R = TypeVar("R")
N = TypeVar("N", Kind, Action, NoticeType)
VendorQuery = TypedDict("VendorQuery", {"vendor": Annotated[str | None, Default(None)]})  # all vendors' without one
Detail = TypedDict("Detail", {"field": str, "message": str})  # an error of one field


class ErrorBody(TypedDict):
    """The error and how to correct it."""

    code: str
    message: str
    hint: NotRequired[str]
    details: NotRequired[list[Detail]]
    seen: NotRequired[Annotated[Mapping[str, Any], "What exists instead, if a wait timed out."]]


Error = TypedDict("Error", {"error": ErrorBody})  # every error answer of the control plane


def refuse(refusal: Refusal) -> Error:
    """Return a refusal of a control route or of a path without an owner as `{"error": {code, message, hint?, details?, seen?}}`."""
    error: ErrorBody = {"code": refusal.word, "message": refusal.message}
    if refusal.hint:
        error["hint"] = refusal.hint
    if refusal.details:
        error["details"] = [{"field": field, "message": message} for field, message in refusal.details]
    if "seen" in refusal.facts:
        error["seen"] = refusal.facts["seen"]
    return {"error": error}


def _check_caller(context: Context, _scope: object = None) -> None:
    check_token(context)
    _check_request(context)


def _check_prober(context: Context, _scope: object) -> None:
    if not is_probe(context):
        check_token(context)
    _check_request(context)


def is_probe(context: Context) -> bool:
    """Return whether a request carries no control token though the server requires one."""
    return bool(context.services.registry.config.control_token) and not token_of(flask.request.environ)


def _check_request(context: Context) -> None:
    check_host(context.services.registry.config)
    check_origin()
    check_media()


CONVENTIONS = Conventions(Error, {}, _check_caller, unknown=STRICT)
FOR_PROBES = replace(CONVENTIONS, admit=_check_prober)
"""Of an operation that is answered, with less in its answer, without the control token too."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Call(Operation, Generic[P, R]):
    """An operation of the control plane; `call` is its function for the dashboard: takes loaded arguments, returns the answer's data."""

    call: Callable[Concatenate[Context, P], R]


def operation(
    *, conventions: Conventions[None] = CONVENTIONS, **options: Any
) -> Callable[[Callable[Concatenate[Context, P], R]], Call[P, R]]:
    """Return the decorator of an operation's function, which returns the answer's data or None; options as for `Conventions`."""
    return lambda call: Call(**vars(conventions(**options)(call)), call=call)


def check_token(context: Context) -> None:
    """Raise Unauthenticated, or RateLimited after many wrong ones, unless the request carries the configured control token, if any."""
    check_control_token(context.services, flask.request.environ, token_of(flask.request.environ))


def token_of(environ: Environ) -> str:
    """Return the control token that a request carries; "" for none."""
    header: str = environ.get("HTTP_AUTHORIZATION", "")
    own: str = environ.get("HTTP_X_MOCKMARKET_TOKEN", "")
    return header.removeprefix("Bearer ") if header.startswith("Bearer ") else own


def check_control_token(services: Services, environ: Environ, token: str) -> None:
    """Raise Unauthenticated, or RateLimited after many wrong ones, unless a text is the configured control token, if any."""
    config = services.registry.config
    if config.control_token:
        address = network_of(peer_address(environ, config.trusted_proxies))
        services.access.check(token, config.control_token, address, wall_ms())


def check_uploader(services: Services, environ: Environ) -> None:
    """Raise Unauthenticated, or RateLimited, by the head of an upload that comes neither with the control token nor from a session."""
    cookies = parse_cookie(environ.get("HTTP_COOKIE", "")).values()
    if not any(services.access.has_session(cookie, wall_ms()) for cookie in cookies):
        check_control_token(services, environ, token_of(environ))


def check_host(config: Config) -> None:
    """Raise Forbidden for a foreign host name on a loopback server: a page elsewhere may have rebound its DNS name to it."""
    if config.loopback and not names_loopback(flask.request.host):
        name = host_of(flask.request.host)
        raise Forbidden(f"The control routes answer to localhost and loopback addresses, not to {name!r}.")


def check_origin() -> None:
    """Raise Forbidden for a browser's request from a page of another origin."""
    request = flask.request
    origin = request.headers.get("Origin")
    proxies = current().services.registry.config.trusted_proxies
    schemes = ("http", "https") if is_within(request.environ.get("REMOTE_ADDR", ""), proxies) else (request.scheme,)
    if origin and origin not in [f"{scheme}://{request.host}" for scheme in schemes]:
        raise Forbidden(f"The control routes take no requests from pages of {origin}.")


def check_media() -> None:
    """Raise UnsupportedMedia for a body of a type that any page can send cross-origin without a preflight."""
    media = flask.request.mimetype
    binary = flask.request.path in BINARY_PATHS
    if flask.request.content_length and (media not in SQLITE if binary else media in FORMS):
        wanted = SQLITE[0] if binary else "application/json"
        raise UnsupportedMedia(f"Content-Type {media or '(none)'} is not supported; send {wanted}.")


def check_preflight() -> None:
    """Check a browser's preflight (OPTIONS), which reaches no operation, like any control request."""
    if flask.request.method == "OPTIONS" and (flask.request.endpoint or "").startswith(f"{BASE}:"):
        _check_caller(current())


def read_moment(value: object) -> int:
    """Return an ISO 8601 date-time since 1970 as epoch ms."""
    sentence = "Must be an ISO 8601 date-time such as 2026-05-01T12:00:00Z."
    at = formats.moment(value if isinstance(value, str) else "", sentence)
    if at < 0:
        raise ValueError("Must be in the years 1970 to 9999.")
    return at


Moment = Annotated[int, Reads(read_moment, {"type": "string", "format": "date-time"})]


def either(*types: type, sentence: str) -> Reads:
    """Return the format of a value that may have one of several types."""

    def read(value: object) -> object:
        if type(value) not in types:
            raise ValueError(f"Must be {sentence}.")
        return value

    return Reads(read, {"description": f"{sentence[0].upper()}{sentence[1:]}."})


def get_or_404(get: Callable[[Read, str], R | None], kind: str, read: Read, id: str) -> R:
    """Return the object with an id; NotFound when it does not exist."""
    if (thing := get(read, id)) is None:
        raise NotFound(f"There is no {kind} {id!r}.")
    return thing


def named(things: Iterable[N], name: str, owner: str, kind: str) -> N:
    """Return the object of this name among an owner's; NotFound lists the existing ones."""
    by_name = {thing.name: thing for thing in things}
    if name not in by_name:
        raise NotFound(f"{owner} has no {kind} {name!r}; it has {', '.join(by_name)}.")
    return by_name[name]
