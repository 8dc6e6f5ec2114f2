"""The dashboard's blueprint: its pages and their routes, login, static files, and errors as pages."""

from collections.abc import Callable
from difflib import get_close_matches
from functools import cache, partial
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

import flask
from werkzeug import Response
from werkzeug.exceptions import HTTPException

from mockmarket.api.context import current
from mockmarket.control.base import BASE
from mockmarket.dashboard import guard, live, shell, strip, zone_switch
from mockmarket.dashboard.forms import Wrong
from mockmarket.dashboard.guard import ROOT
from mockmarket.dashboard.shell import NAME, STATIC, Page, Route
from mockmarket.errors import NotFound, RateLimited, Refusal, Unauthenticated, from_failure, from_http
from mockmarket.server import docs

KEPT_S = 31_536_000
get, post = partial(Route, "GET"), partial(Route, "POST")

PAGES: tuple[Page, ...] = (
    Page("timeline", "Timeline", "n", (
        get("timeline", "timeline_page:show"), get("timeline/diagram", "timeline_page:diagram"),
        get("timeline/chain/<id>", "timeline_page:chain"), get("timeline/stream", "live:stream"),
    )),
    Page("requests", "Requests", "r", (
        get("requests", "request_list:table"), get("requests/export.<any(csv, json, har):kind>", "request_list:export"),
        get("requests/id/<id>", "detail"),
        post("requests/id/<id>/replay", "replay"), post("requests/id/<id>/edited", "edited"),
    )),
    Page("webhooks", "Webhooks", "h", (
        get("webhooks", "endpoint_list:table"), get("webhooks/new/<vendor>", "new"), post("webhooks/new/<vendor>", "create"),
        get("webhooks/endpoint/<id>", "detail"), post("webhooks/endpoint/<id>", "change"),
        post("webhooks/endpoint/<id>/wake", "wake"), post("webhooks/endpoint/<id>/rest", "rest"),
        post("webhooks/endpoint/<id>/rotate", "rotate"), post("webhooks/endpoint/<id>/send", "send"),
        post("webhooks/endpoint/<id>/resend", "resend_failed"), post("webhooks/endpoint/<id>/cancel", "cancel_waiting"),
        post("webhooks/endpoint/<id>/examine", "examine"), post("webhooks/deliveries/<any(resend, cancel):what>", "deliveries:of_ticked"),
        get("webhooks/endpoint/<id>/exam.<any(html, xml):kind>", "exam_report"),
        post("webhooks/endpoint/<id>/remove", "remove"), get("webhooks/deliveries", "delivery_list:deliveries"),
        get("webhooks/deliveries/export/<kind>", "delivery_list:export"),
        get("webhooks/export/<kind>", "endpoint_list:export_endpoints"),
        get("webhooks/delivery/<id>", "deliveries:delivery"), post("webhooks/delivery/<id>/resend", "deliveries:resend"),
        get("webhooks/delivery/<id>/<int:place>/<what>", "deliveries:raw"),
        post("webhooks/delivery/<id>/<int:place>/check", "checker:judge"), get("webhooks/check", "checker:checker"),
        post("webhooks/check", "checker:check"), get("webhooks/receiver", "receiver:receiver"),
        post("webhooks/receiver", "receiver:set_answer"), get("webhooks/notices", "notices:catalogue"),
        get("webhooks/notices/export/<kind>", "notices:export_notices"),
        get("webhooks/notices/<vendor>/<type>", "notices:notice"), post("webhooks/notices/<vendor>/<type>", "notices:send_example"),
        post("webhooks/receiver/clear", "receiver:clear"), post("webhooks/receiver/new/<vendor>", "receiver:send_here"),
        post("receive/<token>", "receiver:receive"),
    )),
    Page("stock", "Stock", "t", (
        get("stock", "event_list:table"), get("stock/export/<kind>", "event_list:export"),
        get("stock/event/<path:id>", "event"), get("stock/row/<path:id>", "row"),
        get("stock/record/<vendor>/<kind>/<path:id>", "record:record"), post("stock/row/<path:id>", "reprice"),
        post("stock/do/<action>/<path:id>", "act"),
    )),
    Page("sales", "Sales", "l", (get("sales", "show"), get("sales/export/<kind>", "export"))),
    Page("orders", "Orders", "o", (
        get("orders", "order_list:table"), get("orders/board", "order_list:board"), get("orders/export/<kind>", "order_list:export"),
        get("orders/<vendor>/id/<path:id>", "detail"), get("orders/<vendor>/fixture/<path:id>", "fixture"),
        get("orders/<vendor>/moves/<path:id>", "order_moves:moves"),
        get("orders/<vendor>/new", "buying:buying"), post("orders/<vendor>/new", "buying:buy"),
        post("orders/<vendor>/test", "buying:order_now"), post("orders/<vendor>/row/<path:id>", "buying:buy_row"),
        post("orders/<vendor>/do/<action>/<path:id>", "act"), post("orders/<vendor>/do/<action>/to/<choice>/<path:id>", "act"),
    ), "Operate"),
    Page("actions", "Actions", "a", (
        get("actions", "show"), get("actions/<vendor>/<action>", "detail"), post("actions/<vendor>/<action>", "do"),
    ), "Operate"),
    Page("clock", "Clock", "c", (
        get("clock", "show"), post("clock/freeze", "freeze"), post("clock/run", "run"), post("clock/advance", "advance"),
        post("clock/step/<int:ms>", "go"), post("clock/to/<int:at>", "go"), post("clock/quiet", "go"),
    ), "Operate"),
    Page("faults", "Faults", "f", (
        get("faults", "show"), get("faults/new/<name>", "new"), post("faults/new/<name>", "turn_on"),
        post("faults/off/<id>", "turn_off"), post("faults/off", "clear"),
    ), "Operate"),
    Page("scenarios", "Scenarios", "s", (
        get("scenarios", "show"), post("scenarios", "own"), get("scenarios/<name>", "detail"),
        post("scenarios/<name>/<any(run, step, start):how>", "begin"), post("scenarios/<name>/stop/<id>", "stop"),
    ), "Operate"),
    Page("exam", "Exam", "x", (get("exam", "show"), post("exam", "hold")), "Operate"),
    Page("keys", "Keys", "k", (
        get("keys", "table"), get("keys/export/<kind>", "export"), get("keys/new/<vendor>", "new"),
        post("keys/new/<vendor>", "create"), get("keys/id/<id>", "detail"),
        post("keys/id/<id>", "change"), post("keys/id/<id>/rotate", "rotate"), post("keys/id/<id>/remove", "remove"),
    ), "Configure"),
    Page("settings", "Settings", "e", (
        get("settings", "worlds:settings"), post("settings/<vendor>", "worlds:change_settings"),
        post("settings/<vendor>/<name>/back", "worlds:restore_default"),
    ), "Configure"),
    Page("worlds", "Worlds", "w", (
        get("worlds", "show"), get("worlds/export/<kind>", "export"),
        post("worlds", "create"), post("worlds/reset", "reset"), post("worlds/keep", "keep"),
        post("worlds/drop/<name>", "drop"), post("worlds/mend/<name>", "mend"), post("worlds/restore/<name>", "restore"),
        post("worlds/forget/<name>", "forget"), post("worlds/undo/<name>", "undo"), get("worlds/compare", "comparison:compare"),
        get("worlds/state", "state"), post("worlds/state", "put_state"),
    ), "Configure"),
    Page("api", "API browser", "b", (get("api", "show"),), "Configure"),
)  # fmt: skip
"""Every page with its routes, in the order of the navigation; the first route is the page itself."""


def install(app: flask.Flask) -> None:
    """Add the dashboard to a Flask application, and the root, which is a page for browsers and JSON for other clients."""
    app.extensions["mockmarket.pages"] = PAGES
    app.register_blueprint(_blueprint())
    front = flask.Blueprint("front", __name__)
    front.get("/")(root)
    front.get(BASE)(home)
    app.register_blueprint(front)


def _blueprint() -> flask.Blueprint:
    blp = flask.Blueprint(NAME, __name__, url_prefix=ROOT)
    for check in (zone_switch.reset, guard.let_in, live.look, zone_switch.apply):
        blp.before_request(check)
    for error, handler in HANDLERS.items():
        blp.register_error_handler(error, handler)
    blp.get("/static/<path:name>", endpoint="static")(file)
    blp.get("/login")(login)
    blp.post("/login")(log_in)
    blp.post("/logout")(log_out)
    blp.get("/world")(world)
    blp.get("/strip", endpoint="strip")(show_strip)
    blp.post("/zone", endpoint="zone")(choose_zone)
    blp.get("/search", endpoint="search")(view_of("search", "show"))
    blp.get("/search/results", endpoint="search_results")(view_of("search", "results"))
    blp.get("/")(home)
    blp.get("/now")(renamed)
    blp.get("/<path:name>")(nowhere)
    for page in PAGES:
        for route in page.routes:
            name, view = f"{page.name}/{route.name}", view_of(page.name, route.view)
            blp.add_url_rule(f"/{route.path}", name, view, methods=[route.method])
    return blp


@cache
def view_of(page: str, view: str) -> Callable[..., Response]:
    """Return the function of a view's routes, whose module is imported at the first request."""
    module, _, name = view.rpartition(":")
    return lambda **parts: getattr(import_module(f"mockmarket.dashboard.{module or page}"), name)(**parts)


def root() -> Response:
    """Redirect a browser to the dashboard; describe the server to other clients."""
    return flask.redirect(flask.url_for("front.home")) if _wants_page() else index()


def home() -> Response:
    """Redirect a browser to the first page; describe the server to other clients."""
    return flask.redirect(shell.url(PAGES[0].endpoint)) if _wants_page() else index()


def index() -> Response:
    """Describe the server to a program, with a header that the answer depends on `Accept`."""
    answer = docs.index()
    answer.headers["Vary"] = "Accept"
    return answer


def _wants_page() -> bool:
    accepts = flask.request.accept_mimetypes
    return "text/html" in accepts.values() and accepts["text/html"] >= accepts["application/json"]


def file(name: str) -> Response:
    """Return one of the dashboard's files; browsers cache it, as its URL contains the version."""
    return flask.send_from_directory(STATIC, name, max_age=KEPT_S)


def show_strip() -> Response:
    """Return the strip's part that changes; what the page Timeline shows counts as seen, unless its tab is hidden."""
    answer, headers = shell.part("strip.html", **shell.frame(), apart=True), flask.request.headers
    is_seen = shell.page_of(headers.get("HX-Current-URL", "")) == PAGES[0] and "Mockmarket-Hidden" not in headers
    return strip.remember(answer) if is_seen else answer


def choose_zone() -> Response:
    """Choose the zone of every page's moments."""
    return zone_switch.remember(shell.reload())


def world() -> Response:
    """Show the same page of another world."""
    name = flask.request.args.get("name", "main")
    page = next((page for page in PAGES if page.name == flask.request.args.get("page")), PAGES[0])
    if name != "main":
        current().services.registry.get(name)
    return flask.redirect(shell.address_in(name, shell.url(page.endpoint)))


def renamed() -> Response:
    """Redirect from the timeline's address in earlier versions, with the query."""
    return flask.redirect(shell.url(PAGES[0].endpoint, **flask.request.args.to_dict(flat=False)), 301)


def nowhere(name: str) -> Response:
    """Answer an unknown page with an error page; without this a browser would get the control plane's JSON."""
    paths = ", ".join(page.routes[0].path for page in PAGES)
    raise NotFound(f"There is no page {name!r}.", hint=f"There are {paths}.")


def login() -> Response:
    """Show the form that asks for the control token."""
    return shell.part("login.html", error="", where=flask.request.args.get("to", ""))


def log_in() -> Response:
    """Open a session for the right control token, and redirect to the page requested first."""
    token, form = current().world.config.control_token, flask.request.form
    first, address = shell.url(PAGES[0].endpoint), form.get("to", "")
    plain = address.startswith(first.removesuffix(PAGES[0].routes[0].path)) and not set(address) & set("\\\r\n")
    answer = flask.redirect(address if plain else first, 303)
    try:
        return guard.open_session(form.get("token", ""), answer) if token else answer
    except (RateLimited, Unauthenticated) as refusal:
        page = shell.part("login.html", refusal.status, error=refusal.message, where=address)
        page.headers.update(refusal.headers)
        return page


def log_out() -> Response:
    """End the session."""
    return guard.end_session(flask.redirect(shell.url("login"), 303))


def refused(refusal: Refusal) -> Response:
    """Render a refusal as a page, or as a page's notice line; without a session redirect to the login."""
    if refusal.status == 401:
        where = flask.url_for("dashboard.login", to=flask.request.full_path if flask.request.method == "GET" else "")
        return shell.go(where, 401)
    values = {"message": refusal.message, "hint": refusal.hint, "details": refusal.details}
    if shell.by_htmx():
        return shell.part("notice.html", refusal.status, **values)
    if refusal.status < 500 and "seen" in flask.g:
        title, way = "Not found" if refusal.status == 404 else "Error", _nearest_page()
        return shell.page("refused.html", refusal.status, title=title, way=way, **values)
    return shell.part("error.html", refusal.status, status=refusal.status, **_ways_on(), **values)


def _nearest_page() -> Page:
    """Return the page whose name is most like that of the request's path; the first page when none is."""
    names = {page.name: page for page in PAGES}
    name = flask.request.path.partition(f"{ROOT}/")[2].partition("/")[0]
    return names[(get_close_matches(name, names, 1) or [PAGES[0].name])[0]]


def _ways_on() -> dict[str, object]:
    """Return where one can go from an error page without a frame: a world that does not exist can be made, or was one of a similar name."""
    place = current().place
    if not isinstance(place, Refusal):
        return {"home": shell.url(PAGES[0].endpoint), "make": "", "similar": {}}
    main, name, registry = f"{ROOT}/{PAGES[0].name}", current().world_name, current().services.registry
    known = () if registry.config.control_token and not guard.in_session() else registry.names()
    similar = get_close_matches(name, known, 3, 0.5)
    make = f"{ROOT}/worlds?{urlencode({'name': name})}" if place.status == 404 else ""
    return {
        "home": main,
        "make": make,
        "name": name,
        "similar": {other: shell.address_in(other, main) for other in similar},
    }


HANDLERS: dict[type[Exception], Callable[[Any], Response]] = {
    Wrong: lambda wrong: shell.answer(wrong.form.template, 422, form=wrong.form),
    Refusal: refused,
    HTTPException: lambda error: refused(from_http(error)),
    Exception: lambda error: refused(from_failure(error)),
}
"""The rendering of each error: a form with its errors, anything else as a page or a notice; unexpected errors are logged."""
