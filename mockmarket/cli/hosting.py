"""A complete mock in this process, for the length of a block: its application, its socket and its threads."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mockmarket.app import App, InUse
from mockmarket.clock import monotonic
from mockmarket.config import Config
from mockmarket.errors import Refusal, of_system
from mockmarket.server.serving import Server, write_port_file
from mockmarket.store.files import DataError

GRACE_S = 5.0
COLLECTED_AFTER = (10_000, 20, 20)
"""The garbage collector's thresholds: a request makes a few thousand objects, and nearly all of them go without it."""
REST_S = 0.3  # seconds for the first answers before work that was due at the start


class CannotServe(Exception):
    """The server could not be started; the message says why and what to change."""


@contextmanager
def port_in_file(path: Path | None, port: int) -> Iterator[None]:
    """Write the port to a file, if requested, for the length of a block; raises CannotServe when it cannot be written."""
    if path is None:
        yield
        return
    try:
        write_port_file(path, port)
    except OSError as error:
        raise CannotServe(f"Cannot write the port to {path}: {error.strerror}.") from error
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


@contextmanager
def hosting(config: Config, grace_s: float = GRACE_S) -> Iterator[Server]:
    """Serve a mock for the length of a block, with its worlds loaded; raises CannotServe when that fails. At the end,
    running requests get up to `grace_s` seconds, and temporary files are removed."""
    with hosted(config, grace_s) as (_, server):
        yield server


@contextmanager
def hosted(config: Config, grace_s: float = GRACE_S) -> Iterator[tuple[App, Server]]:
    """Serve a mock as `hosting` does; gives its application too."""
    try:
        app, server = started(config)
    finally:
        if not gc.isenabled():  # off for the start: its objects live as long as the process
            gc.freeze()
            gc.set_threshold(*COLLECTED_AFTER)
            gc.enable()
    try:
        yield app, server
    finally:
        until = monotonic() + grace_s
        server.stop(grace_s)
        app.close(max(0.0, until - monotonic()))


def started(config: Config) -> tuple[App, Server]:
    """Listen, then load, so that a taken port is reported at once and health is answered meanwhile."""
    try:
        app = App(config)
        server = Server(app.front, config.host, config.port, config.workers)
    except OSError as error:
        raise CannotServe(f"Cannot listen on {config.host}:{config.port}: {of_system(error)}") from error
    except ValueError as error:
        raise CannotServe(str(error)) from error
    server.start()
    try:
        app.open(REST_S)
    except (Refusal, DataError, InUse, ValueError, OSError) as error:
        server.stop(0)
        raise CannotServe(of_system(error) if isinstance(error, OSError) else str(error)) from error
    except BaseException:
        server.stop(0)
        raise
    return app, server
