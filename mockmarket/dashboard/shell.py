"""What every page stands in: templates, navigation, addresses, headers; whole pages, parts of pages and the ends of forms."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import flask
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mockmarket import __version__
from mockmarket.api.context import current
from mockmarket.control.base import BASE
from mockmarket.dashboard import formats

HERE = Path(__file__).parent
STATIC = HERE / "static"
NAME = "dashboard"
ROOT = f"{BASE}/ui"
WORLDS_LISTED = 200

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with less, browsers would send a form's Origin as null
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept, HX-Request",
}

View = Callable[..., flask.Response]
V = TypeVar("V", bound=View)


@dataclass(frozen=True, slots=True)
class Route:
    """One address under `ROOT`, the view that answers it, and its method."""

    path: str
    view: View
    method: Literal["GET", "POST"] = "GET"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the navigation: the letter that goes there after `g`, and its routes, the first of which is the page itself."""

    name: str
    title: str
    key: str
    routes: tuple[Route, ...]

    @property
    def endpoint(self) -> str:
        """The name of the page's own address."""
        return f"{self.name}.{self.routes[0].view.__name__}"


@cache
def environment() -> Environment:
    """Return the templates: what is put into them is escaped, and a name that is not given is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= formats.FILTERS
    made.globals |= {"url": url, "asset": asset, "vendor_title": vendor_title, "version": __version__}
    return made


def url(endpoint: str, /, **parts: Any) -> str:
    """Return the address of a view within the world of the request: `url("orders.one", vendor=…, id=…)`."""
    return flask.url_for(f"{NAME}.{endpoint.replace('.', '/')}", **parts)


def asset(name: str) -> str:
    """Return the address of a file of `static/`; it changes with the version, so that browsers may keep the file."""
    return url("static", name=name, v=__version__)


def vendor_title(name: str) -> str:
    """Return what people call a vendor; a name that is no vendor's, such as the core's, as it is."""
    vendor = current().world.vendors.get(name)
    return vendor.title if vendor else name


def by_htmx() -> bool:
    """Tell whether the page that is open asks for a part of itself."""
    return flask.request.headers.get("HX-Request") == "true"


def pages() -> tuple[Page, ...]:
    """Return the pages of the navigation."""
    found: tuple[Page, ...] = flask.current_app.extensions["mockmarket.pages"]
    return found


def page(template: str, status: int = 200, /, **values: Any) -> flask.Response:
    """Answer with a whole page; `title` is needed."""
    return part(template, status, **{**frame(), **values})


def frame() -> dict[str, Any]:
    """Return what the layout shows around every page: navigation, worlds, the clock."""
    world = current().world
    here = flask.request.path.removeprefix(f"{ROOT}/").partition("/")[0]
    names = current().services.registry.names()
    return {
        "pages": pages(),
        "here": next((page.name for page in pages() if page.name == here), pages()[0].name),
        "world": world.name,
        "worlds": sorted({*names[-WORLDS_LISTED:], world.name}),
        "seen": flask.g.seen,
        "now": world.clock.now(),
        "frozen": world.clock.frozen,
        "login": bool(world.config.control_token),
    }


def part(template: str, status: int = 200, /, **values: Any) -> flask.Response:
    """Answer with a part of a page."""
    text = environment().get_template(template).render(values)
    return flask.Response(
        text.encode("utf-8", "backslashreplace"), status, HEADERS, content_type="text/html; charset=utf-8"
    )


def answer(template: str, status: int = 200, /, **values: Any) -> flask.Response:
    """Answer a form with a part: alone to htmx, which puts it in its place, else within a page, for a browser without scripts."""
    if by_htmx():
        return part(template, status, **values)
    return page("answer.html", status, title="Not done yet" if status >= 400 else "Done", part=template, **values)


def elsewhere(world: str, where: str) -> flask.Response:
    """End a form by showing a page of another world, given as its address in this one."""
    plain = where.removeprefix(current().prefix)
    address = plain if world == "main" else f"/w/{world}{plain}"
    if by_htmx():
        return flask.Response(status=204, headers={"HX-Redirect": address})
    return flask.redirect(address, 303)  # type: ignore[return-value]  # werkzeug's own class, which Flask makes ours


def done(message: str, where: str) -> flask.Response:
    """End a form that did what it should: say so, and show the page at an address anew, in place where htmx asked."""
    if not by_htmx():
        return flask.redirect(where, 303)  # type: ignore[return-value]  # werkzeug's own class, which Flask makes ours
    place = {"path": where, "target": "#main", "select": "#main", "swap": "outerHTML show:none"}
    headers: Mapping[str, str] = {
        "HX-Location": json.dumps(place),
        "HX-Trigger": json.dumps({"told": {"text": message, "redraws": True}}),
    }
    return flask.Response(status=204, headers=headers)
