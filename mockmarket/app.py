"""The application: builds worlds, vendors and routes from a configuration. Only this module imports all of them."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from mockmarket.config import Config, Limits
from mockmarket.delivery.ticker import Ticker
from mockmarket.errors import ACTIVITY
from mockmarket.ids import process_token
from mockmarket.matching.redaction import Hidden
from mockmarket.rules.hosts import parse_hosts
from mockmarket.seed.templates import Templates
from mockmarket.server.dispatch import Front, Start
from mockmarket.server.routing import Applications
from mockmarket.store.files import make_folder, reserve, scratch
from mockmarket.vendor import Vendor, check_unique, discover
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.world import ActiveScenario, World, WorldServices

if TYPE_CHECKING:
    import asyncio

    import flask

    from mockmarket.api.context import Environ
    from mockmarket.delivery.sender import Sender
    from mockmarket.worlds.activity_log import ActivityLog
    from mockmarket.worlds.recording import Recording

GRACE_S = 5.0


class InUse(Exception):
    """Another process serves the same data folder."""


class App:
    """A complete mock: a WSGI application with its worlds and the thread that delivers their notices. `open` loads the
    worlds and starts answering; `close` stops within the grace and removes everything that need not be kept."""

    def __init__(self, config: Config, vendors: Sequence[Vendor] | None = None) -> None:
        config.check()
        self.config = config
        self.vendors = tuple(vendors if vendors is not None else discover())
        self._cache = config.cache if vendors is None else None  # its keys cover the code of our own vendors alone
        check_unique(self.vendors)
        self.front = Front(self.vendors, config.vendor_hosts)
        self.worlds: Worlds
        self.templates: Templates
        self.ticker: Ticker
        self.recording: Recording | None = None
        self._grace_s = GRACE_S
        self._opened = ExitStack()

    def open(self, rest_s: float = 0.0, loop: asyncio.AbstractEventLoop | None = None) -> App:
        """Load the worlds, start deliveries, start answering; on an error everything opened is closed again. A server's `loop`
        exchanges with receivers and settles their answers; without one threads do."""
        try:
            self._open(process_token(), rest_s, loop)
        except BaseException:
            self.close(0)
            raise
        return self

    def _open(self, owner: str, rest_s: float, loop: asyncio.AbstractEventLoop | None) -> None:
        folder, passing = self._folders()
        self.ticker = Ticker(partial(self._make_sender, loop), owner, self.config.limits, loop)
        known, lines = self._known_credentials, self._log_of_activity()
        self.recording = self._open_recording()
        services = WorldServices(self.vendors, self.config, self.ticker, scenarios_of, known, lines, self.recording)
        self.templates = Templates(passing / "templates", self.config, self.vendors, self._cache)
        self.worlds = Worlds(folder, services, self.templates, owner, passing / "passing")
        self._opened.callback(self.worlds.close)
        self._opened.callback(lambda: self.ticker.close(self._grace_s))
        if self.config.ca_file is not None:
            self.ticker.make_sender()  # now, so that an unusable file of authorities fails the start
        if "main" not in self.worlds.open_kept():
            self.worlds.put("main", self.config.fixture)
        for world in self.worlds.all():
            if world.name == "main":
                self._add_hosts(world)
            self.ticker.wake(world)
        self.ticker.start(rest_s)
        applications = applications_of(self.config.limits.request_body, self.vendors)
        self.front.open(applications, self.worlds, self.ticker)
        self.worlds.checks.start()

    def _add_hosts(self, main: World) -> None:
        """Add the host names that the fixture of `main` gives vendors; ValueError for a name of another vendor."""
        try:
            self.front.hosts.add(parse_hosts(str(main.store.meta().get("hosts", ""))))
        except ValueError as error:
            raise ValueError(f"The fixture of the world main names a host that it cannot have: {error}") from error

    def _known_credentials(self) -> Hidden:
        """Return the control token and the keys of every planted fixture."""
        return known_credentials(self.config.control_token or "", *self.templates.secrets())

    @property
    def logs(self) -> bool:
        """True when requests and attempts are logged."""
        return logging.getLogger(ACTIVITY).isEnabledFor(logging.INFO)

    def _log_of_activity(self) -> ActivityLog | None:
        if not self.logs:
            return None
        from mockmarket.worlds.activity_log import ActivityLog

        lines = ActivityLog(detailed=logging.getLogger(ACTIVITY).isEnabledFor(logging.DEBUG))
        self._opened.callback(lines.close)
        return lines

    def _open_recording(self) -> Recording | None:
        if self.config.record is None:
            return None
        from mockmarket.worlds.recording import Recording

        recording = Recording(self.config.record)
        self._opened.callback(recording.close)
        return recording

    def _make_sender(self, loop: asyncio.AbstractEventLoop | None) -> Sender:
        from mockmarket.delivery.sender import Sender
        from mockmarket.webhooks.targets import Policy

        policy = Policy(allow_private=self.config.allow_private_targets)
        return Sender(policy, self.config.ca_file, self.config.limits.in_flight, loop)

    def _folders(self) -> tuple[Path, Path]:
        passing = self._opened.enter_context(scratch())
        if self.config.data is None:
            return passing, passing
        if not self.config.data.is_dir():
            make_folder(self.config.data)
        self._opened.callback(lock(self.config.data).close)
        return self.config.data, passing

    def close(self, grace_s: float = GRACE_S) -> None:
        """Stop delivering, let sends in flight end within the grace, close the databases, remove temporary files."""
        self._grace_s = grace_s
        self._opened.close()

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        return self.front(environ, start_response)


@lru_cache(maxsize=8)
def known_credentials(*secrets: str) -> Hidden:
    """Return what takes these credentials out of the journal."""
    return Hidden(secrets)


def create_app(config: Config | None = None, vendors: Sequence[Vendor] | None = None) -> App:
    """Return a mock that is loaded and answers: a WSGI application for any server that runs it in one process."""
    return App(config or Config(), vendors).open()


@lru_cache(maxsize=8)
def applications_of(request_body: int, vendors: tuple[Vendor, ...]) -> Applications:
    """Return the applications of these vendors, which depend on no configuration but the largest body of a request. Every mock of a
    process shares them, as in a test run that starts many: building the routes takes most of a start."""
    return Applications(Config(limits=Limits(request_body=request_body)), vendors, add_pages)


def lock(folder: Path) -> sqlite3.Connection:
    """Lock a data folder while this process lives; InUse when another process has it."""
    lock = reserve(folder / "lock.db")
    if lock is None:
        raise InUse(f"Another mockmarket serves {folder}; stop it, or give another --data folder.")
    return lock


def scenarios_of(world: World) -> ActiveScenario:
    """Return the runner of a world's scenarios; its module is imported at the first call."""
    from mockmarket.scenarios.runs import Runs

    return Runs(world)


def add_pages(app: flask.Flask) -> None:
    """Add the dashboard to an application; it is imported at the first request for a page."""
    from mockmarket.dashboard import site

    site.install(app)
