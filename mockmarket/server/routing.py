"""Routes: one Flask application for each vendor, the control plane and the pages, built from its table at its first request."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import flask
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import IntegerConverter, Map, MapAdapter, Rule, UnicodeConverter

from mockmarket import control, errors
from mockmarket.api.context import Environ, current
from mockmarket.api.operations import Operation, load
from mockmarket.errors import CONTEXT, REFUSED, DamagedWorld, NotBuilt, Refusal
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


class Application(flask.Flask):
    """A Flask application that routes by segments."""

    def __init__(self) -> None:
        super().__init__("mockmarket", static_folder=None)
        self.url_map.converters.update(default=SegmentConverter, string=SegmentConverter, int=NumberConverter)

    def make_default_options_response(self) -> flask.Response:
        """Return the answer to OPTIONS: the allowed methods, without a body and its media type."""
        answer = super().make_default_options_response()
        answer.headers["Allow"] = ", ".join(sorted(answer.allow))
        del answer.headers["Content-Type"]
        return answer

    def create_url_adapter(self, request: flask.Request | None) -> MapAdapter | None:
        """Return the adapter that finds a request's route."""
        if request is not None and SLASH in (path := request.environ.get(SEGMENTS, "")):
            return self.url_map.bind_to_environ(request.environ | {"PATH_INFO": path})
        return super().create_url_adapter(request)


class NoSessions(SessionInterface):
    """Returns the same empty session for every request."""

    NONE = NullSession()

    def open_session(self, app: flask.Flask, request: flask.Request) -> NullSession:
        """Return the empty session."""
        return self.NONE


class FixedRoute(MapAdapter):
    """The adapter of a request whose path is a rule without variables."""

    def __init__(self, rule: Rule) -> None:
        self._matched = rule, dict[str, Any]()

    def match(self, *_: Any, **_options: Any) -> Any:
        """Return the rule, and no variables."""
        return self._matched


class VendorApplication(Application):
    """Runs a vendor's calls without Flask features that they do not use: sessions, signals, hooks, and routes by host."""

    session_interface = NoSessions()

    @cached_property
    def fixed(self) -> dict[tuple[str, str], FixedRoute]:
        """The routes of rules without variables, by method and path."""
        rules = [rule for rule in self.url_map.iter_rules() if not rule.arguments]
        return {
            (method, rule.rule): FixedRoute(rule) for rule in rules for method in (rule.methods or set()) - {"OPTIONS"}
        }

    def create_url_adapter(self, request: flask.Request | None) -> MapAdapter | None:
        """Return the adapter that finds a request's route."""
        if request is None:
            return None
        if route := self.fixed.get((request.method, request.environ[SEGMENTS])):
            return route
        path = request.environ[SEGMENTS].encode("latin-1").decode("utf-8", "replace")
        return self.url_map.bind("localhost", request.environ["SCRIPT_NAME"], None, "http", request.method, path)

    def full_dispatch_request(self) -> flask.Response:
        """Return the answer to the request, or its refusal."""
        try:
            environ = flask.request.environ
            context = environ[CONTEXT]
            if REFUSED in environ or context.faults or isinstance(context.place, Refusal):
                check_readable()
                check_world()
                check_faults()
            answer: flask.Response = self.dispatch_request()  # type: ignore[assignment]  # as views of operations return it
        except Exception as error:
            answer = self.handle_user_exception(error)  # type: ignore[assignment]  # as `errors.answer` returns it
        return answer

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function unchanged: no view is a coroutine."""
        return func

    def do_teardown_request(self, *_: object) -> None:
        """Do nothing."""

    def do_teardown_appcontext(self, *_: object) -> None:
        """Do nothing."""


BUILDING = threading.Lock()
"""One application of the process is built at a time: werkzeug compiles routes through `ast`, whose recursion count all threads share
(CPython issue 106905)."""


class Applications:
    """The Flask applications: one for each vendor, one for the control plane, one for the pages. Each is built, and its modules imported,
    at its first request: a vendor that is not called costs nothing."""

    def __init__(self, config: Config, vendors: Sequence[Vendor], add_pages: Callable[[flask.Flask], None]) -> None:
        self._config, self._vendors, self._add_pages = config, tuple(vendors), add_pages
        self._apps: dict[str, flask.Flask] = {}

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        application: flask.Flask = self.of(environ[CONTEXT].vendor, environ[SEGMENTS])
        return application(environ, start_response)

    def is_made(self, vendor: Vendor) -> bool:
        """Return whether the vendor's application has been built."""
        return vendor.name in self._apps

    def of(self, vendor: Vendor | None, path: str) -> flask.Flask:
        """Return the vendor's application; without a vendor, that of the control plane or, for any other path, of the pages."""
        name = vendor.name if vendor else CONTROL if CONTROL_PATHS.match(path) else PAGES
        if name not in self._apps:
            with BUILDING:
                if name not in self._apps:
                    self._apps[name] = self._make(vendor, name)
        return self._apps[name]

    def _make(self, vendor: Vendor | None, name: str) -> flask.Flask:
        app = plain_app(self._config, VendorApplication if vendor else Application)
        if vendor:
            add(app, vendor.base, vendor.api.operations)
            return app
        add_control(app)
        if name == PAGES:
            add_docs(app, self._vendors)
            self._add_pages(app)
        return app


def plain_app(config: Config, kind: type[Application] = Application) -> flask.Flask:
    """Return an application without routes that answers refusals in the error format of the path's owner."""
    app = kind()
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
    refusal: Refusal | None = flask.request.environ.get(REFUSED)
    if refusal:
        raise refusal


def check_world() -> None:
    """Raise the refusal of a request whose world is not served; calls that repair a damaged world are let through."""
    refusal = current().place
    mendable = isinstance(refusal, DamagedWorld) and control.serves_damaged(flask.request)
    if isinstance(refusal, Refusal) and not mendable:
        raise refusal


def check_faults() -> None:
    """Raise the refusal that an active fault of the world gives the request."""
    request, faults = flask.request, current().faults
    if faults:
        faults.on_request((request.method, request.url_rule.rule) if request.url_rule else None)


def add(app: flask.Flask, base: str, rows: Iterable[Row]) -> None:
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
