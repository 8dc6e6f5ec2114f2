"""What all pages share: templates, navigation, URLs, headers; rendering of pages, parts of pages and answers to forms."""

import json
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zlib import crc32

import flask
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug import Response as Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from mockmarket import __version__
from mockmarket.api.context import current
from mockmarket.control.worlds import world_dict
from mockmarket.dashboard import formats, moments, strip, zone_switch, zones
from mockmarket.dashboard.guard import ROOT
from mockmarket.dashboard.text_width import fitted

HERE = Path(__file__).parent
STATIC = HERE / "static"
NAME = "dashboard"
WORLDS_LISTED = 200

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # with a stricter policy, browsers would send a form's Origin as null
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept, Cookie, HX-Request, Mockmarket-Zone",
}


@dataclass(frozen=True, slots=True)
class Route:
    """One path below `ROOT`, its method, and its view: a function of the page's module, or `module:function`."""

    method: Literal["GET", "POST"]
    path: str
    view: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.view.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the navigation: its shortcut letter after `g`, its routes, the first of which is the page itself, and its group."""

    name: str
    title: str
    key: str
    routes: tuple[Route, ...]
    group: str = "Observe"

    @property
    def endpoint(self) -> str:
        """The name of the page's own endpoint."""
        return f"{self.name}.{self.routes[0].name}"


@cache
def environment() -> Environment:
    """Return the template environment: values are escaped, and an undefined name is an error."""
    templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)
    templates.trim_blocks = templates.lstrip_blocks = True
    templates.filters |= formats.FILTERS | {"fitted": fitted}
    templates.globals |= {
        "url": url,
        "back": back,
        "asset": asset,
        "vendor_title": vendor_title,
        "tone_of": tone_of,
        "version": __version__,
        "zone": zones.current,
        "zone_title": zones.title,
        "moment_hint": moments.hint,
    }
    return templates


def url(endpoint: str, /, **parts: Any) -> str:
    """Return the URL of a view within the request's world: `url("orders.detail", vendor=…, id=…)`."""
    return flask.url_for(f"{NAME}.{endpoint.replace('.', '/')}", **parts)


def asset(name: str) -> str:
    """Return the URL of a file of `static/`; it changes with the version, so that browsers may cache the file."""
    return url("static", name=name, v=__version__)


def vendor_title(name: str) -> str:
    """Return a vendor's display name; any other name, such as the core's, unchanged."""
    vendor = current().world.vendors.get(name)
    return vendor.title if vendor else name


def tone_of(name: str) -> str:
    """Return the class of a name's colour, the same in every place and run: a vendor's own, else one of twelve; "" for the world main."""
    if name in current().world.vendors:
        return f"v{[*current().world.vendors].index(name)}"
    return "" if name == "main" else f"tone-{crc32(name.encode()) % 12}"


def argument(name: str, among: Container[str] | None = None) -> str:
    """Return a query parameter, at most 200 characters; "" when it is not among the allowed values."""
    text = flask.request.args.get(name, "")
    return text.strip()[:200] if among is None else text if text in among else ""


def number(name: str, digits: int = 15) -> int | None:
    """Return an integer query parameter; None when it is missing or invalid."""
    text = flask.request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= digits else None


def page_number() -> int:
    """Return the requested page of a list, from 1 to 1,000."""
    return min(1000, max(1, number("page", 5) or 1))


def paged(rows: Sequence[object], page: int, size: int) -> dict[str, object]:
    """Return the rows of one page of a list, and whether there are more."""
    return {"rows": rows[size * (page - 1) : size * page], "more": len(rows) > size * page}


def by_htmx() -> bool:
    """Return whether htmx requests a part of an open page."""
    return flask.request.headers.get("HX-Request") == "true"


def page_of(address: str) -> Page:
    """Return the page of the navigation to which a URL or a path belongs; the first page by default."""
    pages: tuple[Page, ...] = flask.current_app.extensions["mockmarket.pages"]
    name = urlsplit(address).path.partition(f"{ROOT}/")[2].partition("/")[0]
    return next((page for page in pages if page.name == name), pages[0])


def frame() -> dict[str, object]:
    """Return what every page and the strip show of the world and of the navigation."""
    world, about = current().world, world_dict(current().world)
    opened = {"world": world.name, "vendors": world.vendors, "fixture": about["fixture"], "seed": about["seed"]}
    pages, login = flask.current_app.extensions["mockmarket.pages"], bool(world.config.control_token)
    return {"pages": pages, "login": login, **opened, **strip.values()}


def page(template: str, status: int = 200, /, **values: object) -> Response:
    """Render a whole page; its title is that of the navigation by default."""
    page, world = page_of(flask.request.path), current().world.name
    worlds = sorted({*current().services.registry.names()[-WORLDS_LISTED:], world})
    navigation = {"title": page.title, "here": page.name, "seen": flask.g.seen, "worlds": worlds, "apart": False}
    navigation["switch"] = zone_switch.state()
    navigation["redrawn"] = flask.request.headers.get("HX-Target") == "main"
    answer = part(template, status, **navigation | frame() | values)
    return strip.remember(answer) if page.name == "timeline" and status == 200 else answer


def part(template: str, status: int = 200, /, **values: object) -> Response:
    """Render a part of a page."""
    text = environment().get_template(template).render(values)
    return flask.Response(text.encode("utf-8", "backslashreplace"), status, HEADERS)


def answer(template: str, status: int = 200, /, **values: object) -> Response:
    """Answer a form with a part: alone for htmx, which inserts it, else within a page, for a browser without scripts."""
    if by_htmx():
        return part(template, status, **values)
    return page("answer.html", status, title="Not done yet" if status >= 400 else "Done", part=template, **values)


def address_in(world: str, address: str) -> str:
    """Return the URL of the same page in another world."""
    plain = address.removeprefix(current().prefix)
    return plain if world == "main" else f"/w/{world}{plain}"


def go(where: str, status: int = 204) -> Response:
    """Redirect the browser to another page; `status` is htmx's."""
    return flask.Response(status=status, headers={"HX-Redirect": where}) if by_htmx() else flask.redirect(where, 303)


def reload() -> Response:
    """Have the browser load its page anew, where it is; what a form showed is not sent again."""
    sender = _sender()
    if by_htmx() and sender and sender == _origin():
        return flask.Response(status=204, headers={"HX-Refresh": "true"})
    return go(sender or url(page_of("").endpoint))


def canonical(address: str, show: Callable[[], Response], is_read: bool = True) -> Response:
    """Answer a list's filters: the browser's address becomes `address`, in which nothing depends on who reads it. A browser without scripts
    is redirected there first, when its form has sent the zone in which it was typed, unless that could not be read."""
    if by_htmx():
        answer = show()
        if flask.request.headers.get("HX-Trigger") == "filters":
            answer.headers["HX-Push-Url"] = address
        return answer
    is_typed = is_read and zone_switch.INPUT in flask.request.args and f"{zone_switch.INPUT}=" not in address
    return flask.redirect(address, 303) if is_typed else show()


def button(message: str, back: str, call: Callable[..., object], *body: object) -> Callable[..., Response]:
    """Return the view of a button, which makes a control call and shows the page `back`: `webhooks.detail id` has the path's id."""

    def view(**parts: str) -> Response:
        call(current(), *body, **parts)
        endpoint, *names = back.split()
        return done(message.format(**parts), url(endpoint, **{name: parts[name] for name in names}))

    return view


def done(message: str, where: str, undo: str = "") -> Response:
    """Answer a successful form: show the message, with a button that posts to the URL `undo` if any, and reload the page at a URL, in place
    for htmx. A form with the input `stay`, such as one of the strip, leaves the browser on its page."""
    stays = "stay" in flask.request.form
    if not by_htmx():
        return flask.redirect(_sender() or where if stays else where, 303)
    place = {"path": where, "target": "#main", "select": "#main", "swap": "outerHTML show:none"}
    event = {"toast": {"text": message, "redraws": not stays, "undo": undo}}
    headers = {"HX-Trigger": json.dumps(event), **({} if stays else {"HX-Location": json.dumps(place)})}
    return flask.Response(status=204, headers=headers)


def back(endpoint: str) -> str:
    """Return the URL of a list for a link back to it: with the filters that it had, when the reader comes from there."""
    plain, sender = url(endpoint), _sender()
    return sender if urlsplit(sender).path == plain else plain


def _sender() -> str:
    """Return the path of the dashboard's page that sent a form, of the page above where a form showed it; "" when it is unknown."""
    address, routes = _origin(), flask.current_app.create_url_adapter(flask.request)
    while routes and address and not _is_page(routes, urlsplit(address).path):
        address = urlsplit(address).path.rpartition("/")[0]
    return address


def _is_page(routes: MapAdapter, path: str) -> bool:
    try:
        endpoint, _ = routes.match(path.removeprefix(current().prefix), "GET")
    except HTTPException:
        return False
    return bool(endpoint != f"{NAME}.nowhere")


def _origin() -> str:
    """Return the path of the dashboard's page from which a request comes; "" when it is unknown."""
    parts = urlsplit(flask.request.referrer or "")
    own = parts.netloc == flask.request.host and parts.path.startswith(f"{current().prefix}{ROOT}/")
    return parts._replace(scheme="", netloc="").geturl() if own else ""
