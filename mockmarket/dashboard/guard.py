"""Access to the dashboard: with a control token only after login; forms only from its own pages. The control plane's checks apply."""

from urllib.parse import urlsplit

import flask
from werkzeug import Response

from mockmarket.api.context import current
from mockmarket.clock import SECOND, wall_ms
from mockmarket.control.base import BASE, check_control_token, check_host, check_origin, check_token
from mockmarket.errors import Forbidden, UnsupportedMedia
from mockmarket.worlds.access import SESSION_MS

ROOT = f"{BASE}/ui"  # the path below which every page is
FORM = "application/x-www-form-urlencoded"
FILE_FORM = "multipart/form-data"
RECEIVES = "dashboard.webhooks/receive"  # takes webhooks, by the token in its path
UPLOADS = ("dashboard.worlds/put_state",)  # forms with a file
OPEN = ("dashboard.static", "dashboard.login", "dashboard.log_in")  # views accessible without login


def let_in() -> None:
    """Admit a request, or raise: foreign host or origin, neither session nor control token, a form from another site. A webhook to the
    built-in receiver is admitted by the token in its path, which its view checks."""
    config = current().services.registry.config
    check_host(config)
    check_origin()
    if flask.request.endpoint == RECEIVES:
        return
    if config.control_token and flask.request.endpoint not in OPEN and not in_session():
        check_token(current())
    if flask.request.method == "POST":
        check_form()


def in_session() -> bool:
    """Return whether the request's cookie is that of an open session."""
    return current().services.access.has_session(cookie(), wall_ms())


def cookie() -> str:
    """Return the request's cookie of this server; "" without one."""
    return flask.request.cookies.get(cookie_name(), "")


def cookie_name() -> str:
    """Return the name of the session's cookie: browsers share cookies between the ports of a host, while a session belongs to one port."""
    return f"mockmarket_{urlsplit(f'//{flask.request.host}').port or 'session'}"


def check_form() -> None:
    """Raise Forbidden for a form that no page of this server sent, by headers that the browser sets and no page can change."""
    origin, site = flask.request.headers.get("Origin"), flask.request.headers.get("Sec-Fetch-Site")
    if not origin and site != "same-origin":
        raise Forbidden("The dashboard accepts forms only from its own pages; programs use the control routes.")
    if site not in (None, "same-origin"):
        raise Forbidden("The dashboard accepts no forms from other pages.")
    wanted = FILE_FORM if flask.request.endpoint in UPLOADS else FORM
    if flask.request.content_length and flask.request.mimetype != wanted:
        raise UnsupportedMedia(f"Content-Type {flask.request.mimetype or '(none)'} is not supported; send {wanted}.")


def open_session(token: str, answer: Response) -> Response:
    """Set the cookie of a new session if the token is right; else raise Unauthenticated, or RateLimited after many wrong ones."""
    check_control_token(current().services, flask.request.environ, token)
    session, secure = current().services.access.open_session(wall_ms()), flask.request.is_secure
    max_age = SESSION_MS // SECOND
    answer.set_cookie(cookie_name(), session, max_age, path="/", secure=secure, httponly=True, samesite="Strict")
    return answer


def end_session(answer: Response) -> Response:
    """End the request's session, and delete its cookie."""
    current().services.access.end_session(cookie())
    answer.delete_cookie(cookie_name(), path="/", httponly=True, samesite="Strict")
    return answer
