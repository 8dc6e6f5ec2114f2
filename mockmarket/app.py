"""Putting it together: configuration, worlds, vendors, control. The only module that sees everything."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import flask
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask_smorest import Api

import mockmarket.vendors
from mockmarket import __version__, control, errors
from mockmarket.config import Config
from mockmarket.front import Environ, Front, Start
from mockmarket.ids import process_token
from mockmarket.seed.templates import Templates
from mockmarket.store.database import reserve
from mockmarket.vendors.base import Vendor, check_unique, discover
from mockmarket.webhooks.sender import Sender
from mockmarket.webhooks.targets import Policy
from mockmarket.webhooks.ticker import Ticker
from mockmarket.world import Worlds

GRACE_S = 5.0


class InUse(Exception):
    """Another process serves the same data folder."""


class App:
    """A whole mock: a WSGI application with its worlds and the thread that delivers their notices.

    `open` loads the worlds and starts to answer; `close` stops within the grace and leaves nothing behind that was not
    asked to be kept.
    """

    def __init__(self, config: Config, vendors: Sequence[Vendor] | None = None) -> None:
        config.check()
        self.config = config
        self.vendors = tuple(vendors if vendors is not None else discover(mockmarket.vendors))
        check_unique(self.vendors)
        self.front = Front()
        self.worlds: Worlds
        self.ticker: Ticker
        self._grace_s = GRACE_S
        self._opened = ExitStack()

    def open(self) -> App:
        """Load the worlds, start the deliveries, begin to answer; what was opened is closed again when that fails."""
        try:
            self._open(process_token())
        except BaseException:
            self.close(0)
            raise
        return self

    def _open(self, owner: str) -> None:
        folder, scratch = self._folders()
        sender = Sender(
            Policy(allow_private=self.config.allow_private_targets), self.config.ca_file, self.config.limits.in_flight
        )
        templates = Templates(scratch / "templates", self.config, self.vendors)
        self.worlds = Worlds(folder, self.config, self.vendors, templates, owner)
        self._opened.callback(self.worlds.close)
        self.ticker = Ticker(sender, owner, self.config.limits)
        self._opened.callback(lambda: self.ticker.close(self._grace_s))
        self.worlds.wake, self.worlds.courier = self.ticker.wake, self.ticker
        if "main" not in self.worlds.open_kept():
            self.worlds.put("main", self.config.fixture)
        self.ticker.start()
        for world in self.worlds.all():
            self.ticker.wake(world)
        self.front.open(flask_app(self.config, self.vendors), self.worlds, self.ticker, self.vendors)

    def _folders(self) -> tuple[Path, Path]:
        """Return where worlds are kept, and where what goes with the process is."""
        scratch = Path(tempfile.mkdtemp(prefix="mockmarket-"))
        self._opened.callback(shutil.rmtree, scratch, ignore_errors=True)
        if self.config.data is None:
            return scratch, scratch
        self.config.data.mkdir(parents=True, exist_ok=True)
        self._opened.callback(lock(self.config.data).close)
        return self.config.data, scratch

    def close(self, grace_s: float = GRACE_S) -> None:
        """Stop delivering, let what is in flight end within the grace, close the databases, remove what is not kept."""
        self._grace_s = grace_s
        self._opened.close()

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        return self.front(environ, start_response)


def create_app(config: Config | None = None, vendors: Sequence[Vendor] | None = None) -> App:
    """Return a mock that is loaded and answers: a WSGI application for any server that runs it in one process."""
    return App(config or Config(), vendors).open()


def lock(folder: Path) -> sqlite3.Connection:
    """Keep other processes out of a data folder for as long as this one lives; InUse when one is there."""
    kept = reserve(folder / "lock.db")
    if kept is None:
        raise InUse(f"Another mockmarket serves {folder}; stop it, or give another --data folder.")
    return kept


def flask_app(config: Config, vendors: Sequence[Vendor]) -> flask.Flask:
    """Return the Flask application with every vendor's and the control plane's routes."""
    app = flask.Flask("mockmarket", static_folder=None)
    app.config.update(
        API_TITLE="mockmarket",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.0.3",
        MAX_CONTENT_LENGTH=config.limits.request_body,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.extensions["mockmarket.vendors"] = tuple(vendors)
    api = MarketApi(app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=schema_name)})
    app.extensions["mockmarket.api"] = api
    errors.install(app)
    app.before_request(check_world)
    for blueprint in (*control.blueprints(), *(one for vendor in vendors for one in vendor.blueprints())):
        api.register_blueprint(blueprint)
    describe(api, vendors)
    from mockmarket.docs import blp

    app.register_blueprint(blp)
    return app


class MarketApi(Api):  # type: ignore[misc]  # the package has no types
    """flask-smorest's, with our error shape, and no error answer that each operation would be said to have."""

    ERROR_SCHEMA = control.ErrorSchema
    DEFAULT_ERROR_RESPONSE_NAME = None


def schema_name(schema: Any) -> str:
    """Name a schema in the OpenAPI document: its class, behind its vendor's name where it is a vendor's."""
    found: Any = resolve_schema_cls(schema)
    path = found.__module__.split(".")
    vendor = path[path.index("vendors") + 1].title() if "vendors" in path else ""
    return f"{vendor}{found.__name__.removesuffix('Schema')}"


def describe(api: Any, vendors: Sequence[Vendor]) -> None:
    """Say in the OpenAPI document what each part of it is."""
    api.spec.options["info"] = {
        "description": "A stateful mock of ticketing marketplaces' APIs. Any path also works under /w/{world}.",
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    }
    api.spec.options["servers"] = [
        {"url": "/", "description": "the world main, or the one that X-Mockmarket-World names"}
    ]


def check_world() -> None:
    """Raise UnknownWorld, in the words of the path's owner, when the request names one that there is not."""
    refusal = flask.request.environ.get("mockmarket.world_refusal")
    if refusal:
        raise refusal
