"""Access to the dashboard: with a control token only after login; forms only from its own pages. The control plane's checks apply."""

import hashlib
import hmac
from urllib.parse import urlsplit

import flask
from werkzeug import Response

from mockmarket.api.context import current
from mockmarket.clock import HOUR, wall_ms
from mockmarket.control.base import check_host, check_origin, check_token
from mockmarket.errors import Forbidden, Unauthenticated, UnsupportedMedia

SESSION_MS = 12 * HOUR
FORM = "application/x-www-form-urlencoded"
FILE_FORM = "multipart/form-data"
UPLOADS = ("dashboard.worlds/put_state",)  # forms with a file
OPEN = ("dashboard.static", "dashboard.login", "dashboard.log_in")  # views accessible without login


def let_in() -> None:
    """Admit a request, or raise: foreign host or origin, neither session nor control token, a form from another site."""
    config = current().world.config
    check_host(config)
    check_origin()
    token = config.control_token
    if token and flask.request.endpoint not in OPEN and not in_session(token):
        check_token(config)
    if flask.request.method == "POST":
        check_form()


def in_session(token: str) -> bool:
    """Return whether the request's cookie is an unexpired session of this token."""
    cookie = flask.request.cookies.get(cookie_name(), "")
    until = cookie.partition(".")[0]
    good = hmac.compare_digest(cookie.encode("utf-8", "replace"), session(token, until).encode("utf-8", "replace"))
    return good and int(until) > wall_ms()


def session(token: str, until: str) -> str:
    """Return the cookie of a session until a moment (epoch ms): the moment, and its signature with the control token."""
    sign = hmac.new(token.encode(), f"dashboard session until {until}".encode("utf-8", "replace"), hashlib.sha256)
    return f"{until}.{sign.hexdigest()}"


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


def open_session(token: str, text: str, answer: Response) -> Response:
    """Set the session's cookie if the token is right; else raise Unauthenticated."""
    if not hmac.compare_digest(text.encode("utf-8", "replace"), token.encode()):
        raise Unauthenticated("This is not the control token that the server was started with.")
    name, value, secure = cookie_name(), session(token, str(wall_ms() + SESSION_MS)), flask.request.is_secure
    answer.set_cookie(name, value, SESSION_MS // 1000, path="/", secure=secure, httponly=True, samesite="Strict")
    return answer
