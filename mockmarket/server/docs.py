"""The API browser at /_mockmarket/docs and the OpenAPI document below it; needs no network."""

from functools import cache
from pathlib import Path
from threading import Lock

import flask
import orjson

from mockmarket import __version__
from mockmarket.api.bodies import answer, json_answer
from mockmarket.api.context import current
from mockmarket.control.base import BASE
from mockmarket.errors import NotFound
from mockmarket.server.openapi import describe
from mockmarket.vendor import Vendor

blp = flask.Blueprint("docs", __name__)
STATIC = Path(__file__).parent / "static"
DESCRIBING = Lock()
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'self'"


def index() -> flask.Response:
    """Describe the server to a program that requests the root."""
    world = current().world
    host = current().base_url()
    return answer({
        "mockmarket": __version__, "world": world.name,
        "base_urls": {vendor.name: host + vendor.base for vendor in world.vendors.values()},
        "control": host + BASE, "docs": f"{host}{BASE}/docs", "vendors": f"{host}{BASE}/vendors",
    })  # fmt: skip


@blp.get(f"{BASE}/docs")
def browser() -> flask.Response:
    """Return the API browser's page."""
    return flask.Response(
        (STATIC / "docs.html").read_bytes(), mimetype="text/html", headers={"Content-Security-Policy": POLICY}
    )


@blp.get(f"{BASE}/docs/start.js")
def start() -> flask.Response:
    """Return the script that starts the API browser."""
    return flask.Response((STATIC / "docs.js").read_bytes(), mimetype="text/javascript")


@blp.get(f"{BASE}/docs/<string:name>")
def asset(name: str) -> flask.Response:
    """Return one of the API browser's files."""
    if name not in ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"):
        raise NotFound(f"There is no {name!r} here.")
    return flask.send_from_directory(STATIC / "swagger-ui", name)  # Swagger UI 5.35, unchanged from swagger-ui-dist


@blp.get(f"{BASE}/openapi.json")
def openapi() -> flask.Response:
    """Return the OpenAPI document."""
    with DESCRIBING:  # else each of many callers would describe it
        return json_answer(document(flask.current_app.extensions["mockmarket.vendors"]))


@cache
def document(vendors: tuple[Vendor, ...]) -> bytes:
    """Return the OpenAPI document as JSON, built at the first call."""
    return orjson.dumps(describe(vendors))
