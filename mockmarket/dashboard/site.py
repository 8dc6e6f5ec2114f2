"""The dashboard put together: the list of its pages, their routes, the way in, files, and errors as pages."""

from __future__ import annotations

from typing import Any

import flask
from werkzeug.exceptions import HTTPException

from mockmarket.api.context import current
from mockmarket.control.base import BASE
from mockmarket.dashboard import (
    actions,
    clock,
    exam,
    faults,
    guard,
    keys,
    live,
    now,
    orders,
    scenarios,
    shell,
    stock,
    webhooks,
    worlds,
)
from mockmarket.dashboard.shell import NAME, ROOT, STATIC, Page
from mockmarket.errors import NotFound, Refusal, Unauthenticated, from_failure, from_http
from mockmarket.server import docs

PAGES: tuple[Page, ...] = (
    now.PAGE,
    orders.PAGE,
    stock.PAGE,
    actions.PAGE,
    webhooks.PAGE,
    keys.PAGE,
    clock.PAGE,
    faults.PAGE,
    scenarios.PAGE,
    exam.PAGE,
    worlds.PAGE,
    worlds.SETTINGS,
)  # fmt: skip
"""Every page, in the order of the navigation; a page that is not here is not there."""

KEPT_S = 31_536_000


def install(app: flask.Flask) -> None:
    """Give a Flask application the dashboard, and the root, which is a page for a browser and JSON for everybody else."""
    app.extensions["mockmarket.pages"] = PAGES
    app.register_blueprint(blueprint())
    app.register_blueprint(front())


def blueprint() -> flask.Blueprint:
    """Return the routes of every page, guarded, their errors shown as pages."""
    blp = flask.Blueprint(NAME, __name__, url_prefix=ROOT)
    blp.before_request(guard.let_in)
    blp.before_request(live.look)
    for error, handler in ((Refusal, refused), (HTTPException, refused_by_library), (Exception, failed)):
        blp.register_error_handler(error, handler)
    blp.get("/static/<path:name>", endpoint="static")(file)
    blp.get("/login", endpoint="login")(login)
    blp.post("/login", endpoint="log_in")(log_in)
    blp.post("/logout", endpoint="log_out")(log_out)
    blp.get("/world", endpoint="world")(go_to_world)
    blp.get("/", endpoint="home")(home)
    blp.get("/<path:name>", endpoint="nowhere")(nowhere)
    for page in PAGES:
        for route in page.routes:
            blp.add_url_rule(
                f"/{route.path}",
                f"{page.name}.{route.view.__name__}".replace(".", "/"),
                route.view,
                methods=[route.method],
            )
    return blp


def front() -> flask.Blueprint:
    """Return the root and the dashboard's own address."""
    blp = flask.Blueprint("front", __name__)
    blp.get("/")(root)
    blp.get(BASE)(home)
    return blp


def root() -> Any:
    """Send a browser to the dashboard; tell anybody else what is here."""
    return flask.redirect(flask.url_for("front.home")) if wants_page() else marked(docs.index())


def home() -> Any:
    """Show a browser the first page; tell anybody else what is here."""
    return flask.redirect(shell.url(PAGES[0].endpoint)) if wants_page() else marked(docs.index())


def marked(answer: flask.Response) -> flask.Response:
    """Say that the answer depends on what was asked for."""
    answer.headers["Vary"] = "Accept"
    return answer


def wants_page() -> bool:
    """Tell whether the caller is a browser that shows a page: it names HTML, and likes it better than JSON."""
    accepts = flask.request.accept_mimetypes
    return "text/html" in accepts.values() and accepts["text/html"] >= accepts["application/json"]


def file(name: str) -> flask.Response:
    """Send a file of the dashboard's own; browsers keep it, as its address has the version in it."""
    answer = flask.send_from_directory(STATIC, name, max_age=KEPT_S)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def go_to_world() -> Any:
    """Show the same page of another world."""
    name = flask.request.args.get("name", "main")
    worlds = current().services.registry
    page = next((page for page in PAGES if page.name == flask.request.args.get("page")), PAGES[0])
    address = shell.url(page.endpoint).removeprefix(current().prefix)
    return flask.redirect(address if name == "main" else f"/w/{worlds.get(name).name}{address}")


def nowhere(name: str) -> Any:
    """Say as a page that there is no such page; without this a browser would be shown the control plane's JSON."""
    paths = ", ".join(page.routes[0].path for page in PAGES)
    raise NotFound(f"There is no page {name!r}.", hint=f"There are {paths}.")


def login() -> flask.Response:
    """Show the form that asks for the control token."""
    return shell.part("login.html", error="", where=flask.request.args.get("to", ""))


def log_in() -> Any:
    """Open a session for somebody who knows the control token, and go where he wanted to."""
    token = current().world.config.control_token
    answer = flask.redirect(within(flask.request.form.get("to", "")), 303)
    if not token:
        return answer
    try:
        return guard.open_session(token, flask.request.form.get("token", ""), answer)  # type: ignore[arg-type]
    except Unauthenticated as refusal:
        return shell.part("login.html", 401, error=refusal.message, where=flask.request.form.get("to", ""))


def log_out() -> Any:
    """End the session in this browser."""
    answer = flask.redirect(shell.url("login"), 303)
    answer.delete_cookie(guard.cookie_name(), path="/", httponly=True, samesite="Strict")
    return answer


def within(address: str) -> str:
    """Return an address if it is one of the dashboard's in this world, else the first page's: nobody is sent elsewhere."""
    root = shell.url(PAGES[0].endpoint).removesuffix(PAGES[0].routes[0].path)
    plain = address.startswith(root) and not any(letter in address for letter in "\\\r\n")
    return address if plain else shell.url(PAGES[0].endpoint)


def refused(refusal: Refusal) -> Any:
    """Show a refusal as a page, or as the notice line of one; somebody without a session is asked to log in."""
    if refusal.status == 401:
        where = flask.url_for("dashboard.login", to=flask.request.full_path if flask.request.method == "GET" else "")
        if shell.by_htmx():
            return flask.Response(status=401, headers={"HX-Redirect": where})
        return flask.redirect(where, 303)
    values = {"status": refusal.status, "message": refusal.message, "hint": refusal.hint, "details": refusal.details}
    if shell.by_htmx():
        return shell.part("notice.html", refusal.status, **values)
    home = "" if isinstance(current().place, Refusal) else shell.url(PAGES[0].endpoint)
    return shell.part("error.html", refusal.status, home=home, **values)


def refused_by_library(error: HTTPException) -> Any:
    """Show what Flask or Werkzeug raised."""
    return refused(from_http(error))


def failed(error: Exception) -> Any:
    """Show what went wrong with a file, or that the mock itself failed; the log has the traceback."""
    return refused(from_failure(error))
