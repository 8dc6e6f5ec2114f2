"""Routes: one application for each vendor, the control plane and the pages, built from its table at its first request."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import flask
from flask.ctx import RequestContext
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import IntegerConverter, Map, MapAdapter, RequestRedirect, Rule, UnicodeConverter

from mockmarket import control, errors
from mockmarket.api.context import WSGI, Environ, current
from mockmarket.api.operations import Operation, load
from mockmarket.current import current_request
from mockmarket.errors import CONTEXT, REFUSED, DamagedWorld, NotBuilt, Refusal, UnknownWorld
from mockmarket.rules.names import SLASH
from mockmarket.store.checking import LARGEST

if TYPE_CHECKING:
    from mockmarket.config import Config
    from mockmarket.records import Row
    from mockmarket.vendor import Vendor

SEGMENTS = "mockmarket.segments"
"""The environ's key for the path in which slashes only separate segments."""
CONTROL, PAGES = "/control", "/pages"
"""Names of the applications that belong to no vendor."""
CONTROL_PATHS = re.compile(rf"{control.BASE}/(?!(ui|docs)(/|$)|openapi\.json$)[^/]")
"""Paths of the control plane, answered without importing the pages."""


class SegmentConverter(UnicodeConverter):
    """Matches one path segment with any characters, slashes included."""

    def to_python(self, value: str) -> str:
        """Return the segment as the caller wrote it."""
        return value.replace(SLASH.encode("latin-1").decode(), "/")


class NumberConverter(IntegerConverter):
    """Matches a whole number that the database can hold."""

    def __init__(self, rules: Map) -> None:
        super().__init__(rules, max=LARGEST)


CONVERTERS = {"default": SegmentConverter, "string": SegmentConverter, "int": NumberConverter}
View = Callable[..., flask.Response]
WITHOUT_BODY = (204, 304)
NO_PARTS: Mapping[str, Any] = {}


class Application(flask.Flask):
    """A Flask application that routes by segments."""

    def __init__(self) -> None:
        super().__init__("mockmarket", static_folder=None)
        self.url_map.converters.update(CONVERTERS)

    def request_context(self, environ: Environ) -> RequestContext:
        """Return Flask's context of the request that is being answered."""
        return RequestContext(self, environ, current_request())

    def make_default_options_response(self) -> flask.Response:
        """Return the answer to OPTIONS."""
        return options(super().make_default_options_response().allow)

    def create_url_adapter(self, request: flask.Request | None) -> MapAdapter | None:
        """Return the adapter that finds a request's route."""
        if request is not None and SLASH in (path := request.environ.get(SEGMENTS, "")):
            return self.url_map.bind_to_environ(request.environ | {"PATH_INFO": path})
        return super().create_url_adapter(request)


class Calls:
    """A vendor's calls (a WSGI application): Werkzeug's routes, requests and responses, without Flask's contexts, sessions, signals and
    hooks, which no call uses."""

    def __init__(self, vendor: Vendor, largest_body: int) -> None:
        self._largest_body = largest_body
        self._map = Map(converters=CONVERTERS)
        self._views: dict[str, View] = {}
        add(self, vendor.base, vendor.api.operations)
        rules = [rule for rule in self._map.iter_rules() if not rule.arguments]
        self._fixed = {(method, rule.rule): rule for rule in rules for method in (rule.methods or set()) - {"OPTIONS"}}

    def add_url_rule(self, rule: str, endpoint: str, view: View, methods: Iterable[str]) -> None:
        """Add a route, which takes OPTIONS too."""
        self._map.add(Rule(rule, endpoint=endpoint, methods={*methods, "OPTIONS"}))
        self._views[endpoint] = view

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        request = current_request()
        request.max_content_length = self._largest_body
        try:
            answer = self._answer(request)
        except RequestRedirect as redirect:
            return redirect.get_response(environ)(environ, start_response)
        except Exception as error:
            answer = errors.answer_to(error)
        if request.method == "HEAD" or answer.status_code in WITHOUT_BODY or not isinstance(answer.response, list):
            return answer(environ, start_response)  # whose headers Werkzeug completes
        start_response(answer.status, answer.headers.to_wsgi_list())
        return answer.response

    def _answer(self, request: flask.Request) -> flask.Response:
        """Return the answer to a request, after everything that may refuse it was checked; a path without a route is refused last."""
        rule, parts, unrouted = self._fixed.get((request.method, request.environ[SEGMENTS])), NO_PARTS, None
        try:
            if rule is None:
                rule, parts = self._adapter(request).match(return_rule=True)
        except HTTPException as error:
            unrouted = error
        request.url_rule, context = rule, request.environ[CONTEXT]
        if REFUSED in request.environ or context.faults or isinstance(context.place, Refusal):
            check_readable()
            check_world()
            check_faults()
        if rule is None:
            raise unrouted or NotFound
        if request.method == "OPTIONS":
            return options(self._adapter(request).allowed_methods())
        return self._views[rule.endpoint](**parts)

    def _adapter(self, request: flask.Request) -> MapAdapter:
        """Return the adapter that finds a request's route."""
        path = request.environ[SEGMENTS].encode("latin-1").decode("utf-8", "replace")
        return self._map.bind("localhost", request.environ["SCRIPT_NAME"], None, "http", request.method, path)


def options(methods: Iterable[str]) -> flask.Response:
    """Return the answer to OPTIONS: the allowed methods, without a body and its media type."""
    answer = flask.Response(headers={"Allow": ", ".join(sorted(methods))})
    del answer.headers["Content-Type"]
    return answer


BUILDING = threading.Lock()
"""One application of the process is built at a time: werkzeug compiles routes through `ast`, whose recursion count all threads share
(CPython issue 106905)."""


class Applications:
    """The applications: one for each vendor, Flask's for the control plane and for the pages. Each is built, and its modules imported,
    at its first request: a vendor that is not called costs nothing."""

    def __init__(self, config: Config, vendors: Sequence[Vendor], add_pages: Callable[[flask.Flask], None]) -> None:
        self._config, self._vendors, self._add_pages = config, tuple(vendors), add_pages
        self._apps: dict[str, WSGI] = {}

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        application = self.of(environ[CONTEXT].vendor, environ[SEGMENTS])
        return application(environ, start_response)

    def is_made(self, vendor: Vendor) -> bool:
        """Return whether the vendor's application has been built."""
        return vendor.name in self._apps

    def of(self, vendor: Vendor | None, path: str) -> WSGI:
        """Return the vendor's application; without a vendor, that of the control plane or, for any other path, of the pages."""
        name = vendor.name if vendor else CONTROL if CONTROL_PATHS.match(path) else PAGES
        if name not in self._apps:
            with BUILDING:
                if name not in self._apps:
                    self._apps[name] = self._make(vendor, name)
        return self._apps[name]

    def _make(self, vendor: Vendor | None, name: str) -> WSGI:
        if vendor:
            return Calls(vendor, self._config.limits.request_body)
        app = plain_app(self._config)
        add_control(app)
        if name == PAGES:
            add_docs(app, self._vendors)
            self._add_pages(app)
        return app


def plain_app(config: Config) -> flask.Flask:
    """Return an application without routes that answers refusals in the error format of the path's owner."""
    app = Application()
    app.config.update(MAX_CONTENT_LENGTH=config.limits.request_body, PROPAGATE_EXCEPTIONS=False)
    errors.install(app)
    app.before_request(check_readable)
    app.before_request(check_world)
    app.before_request(check_faults)
    return app


def add_control(app: flask.Flask) -> None:
    """Add the control plane's routes to an application."""
    app.before_request(control.check_preflight)
    add(app, control.BASE, control.OPERATIONS)


def add_docs(app: flask.Flask, vendors: Sequence[Vendor]) -> None:
    """Add the API browser to an application."""
    from mockmarket.server import docs

    app.extensions["mockmarket.vendors"] = tuple(vendors)
    app.register_blueprint(docs.blp)


def check_readable() -> None:
    """Raise the refusal of a request that the server could not read."""
    refusal: Refusal | None = current_request().environ.get(REFUSED)
    if refusal:
        raise refusal


def check_world() -> None:
    """Raise the refusal of a request whose world is not served; calls that repair a damaged world, or create the world from another
    server's state, are let through."""
    refusal = current().place
    if isinstance(refusal, UnknownWorld) and not control.takes_new(current_request()):
        raise control.with_place(refusal)
    if isinstance(refusal, UnknownWorld):
        return
    mendable = isinstance(refusal, DamagedWorld) and control.serves_damaged(current_request())
    if isinstance(refusal, Refusal) and not mendable:
        raise refusal


def check_faults() -> None:
    """Raise the refusal that an active fault of the world gives the request."""
    request, faults = current_request(), current().faults
    if faults:
        faults.on_request((request.method, request.url_rule.rule) if request.url_rule else None)


def add(app: flask.Flask | Calls, base: str, rows: Iterable[Row]) -> None:
    """Add the routes of a table of operations below a base URL; an operation's handler is imported at its first call."""
    rows = tuple(rows)
    for row in rows:
        view = answering(row) if row.built else refusing(row)
        app.add_url_rule(f"{base}{row.rule}", f"{base}:{row.id}", view, methods=[row.method])
    for path in {row.path for row in rows if "{" not in row.path}:
        own = {row.method for row in rows if row.path == path}
        if any(row.path != path and matches(row, path) for row in rows):
            others = {"GET", "POST", "PUT", "PATCH", "DELETE"} - own
            app.add_url_rule(f"{base}{path}", f"{base}:other {path}", not_taking(own), methods=others)


def matches(row: Row, path: str) -> bool:
    """Return whether a fixed path could be read as another row's, with a word of its own as an id."""
    own, words = row.path.split("/"), path.split("/")
    return len(own) == len(words) and all("{" in part or part == word for part, word in zip(own, words, strict=True))


def not_taking(methods: set[str]) -> Callable[..., flask.Response]:
    """Return the view of a fixed path's other methods: 405, naming its own."""

    def view() -> flask.Response:
        raise MethodNotAllowed(valid_methods=[*methods, "OPTIONS", *({"HEAD"} if "GET" in methods else ())])

    return view


def answering(row: Row) -> Callable[..., flask.Response]:
    """Return the view of an operation."""
    operation: Operation | None = None

    def view(**parts: str | int) -> flask.Response:
        nonlocal operation
        operation = operation or load(row)
        return operation(current(), **parts)

    return view


def refusing(row: Row) -> Callable[..., flask.Response]:
    """Return the view of an unbuilt call: 501, naming it."""

    def view(**_: str | int) -> flask.Response:
        raise NotBuilt(f"{row.method} {row.path} is not built in this mock.")

    return view
