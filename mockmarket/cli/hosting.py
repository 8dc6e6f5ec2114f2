"""A complete mock in this process, for the length of a block: its application, its socket and its threads."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from ssl import SSLContext
from typing import TYPE_CHECKING, TypeVar

from mockmarket.app import App, InUse
from mockmarket.clock import monotonic
from mockmarket.config import Config, Proxy, Tls
from mockmarket.errors import Refusal, of_system
from mockmarket.server.listening import listen
from mockmarket.server.serving import Server, write_port_file
from mockmarket.store.files import DataError

if TYPE_CHECKING:
    from mockmarket.server.proxy import Rules

GRACE_S = 5.0
COLLECTED_AFTER = (10_000, 20, 20)
"""The garbage collector's thresholds: a request makes a few thousand objects, and nearly all of them go without it."""
SWITCH_S = 0.0005
"""Seconds after which a busy thread lets another have the interpreter: of the standard 5 ms a webhook waits several times while the
answers of bad receivers are settled."""
TLS_FOLDER = "tls"
"""The folder of the authority, beside that of the worlds."""
T = TypeVar("T")
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
            sys.setswitchinterval(SWITCH_S)
    try:
        yield app, server
    finally:
        until = monotonic() + grace_s
        server.stop(grace_s)
        app.close(max(0.0, until - monotonic()))


def started(config: Config) -> tuple[App, Server]:
    """Listen, then load, so that a taken port is reported at once and health is answered meanwhile."""
    with ExitStack() as opened:
        try:
            app = App(config)
            server = bound(
                config.host, config.port, lambda: Server(app.front, config.host, config.port, config.workers)
            )
            opened.callback(server.stop, 0)
            tls_sockets, proxy_sockets = further_sockets(config)
            for sock in (*tls_sockets, *proxy_sockets):
                opened.enter_context(closing(sock))
            server.start()
            app.open(REST_S, server.loop)
            if config.tls:
                context, ca_file = context_of(config.tls, app)
                server.start_tls(tls_sockets, context, ca_file)
                if config.proxy:
                    server.start_proxy(proxy_sockets, rules_of(config.proxy, context, app))
        except (Refusal, DataError, InUse, ValueError, OSError) as error:
            raise CannotServe(of_system(error) if isinstance(error, OSError) else str(error)) from error
        opened.pop_all()
        return app, server


def further_sockets(config: Config) -> tuple[list[socket.socket], list[socket.socket]]:
    """Return the sockets for HTTPS and for the proxy, none where they are not asked for; the proxy is for this machine alone."""
    host, tls, proxy = config.host, config.tls, config.proxy
    secured = bound(host, tls.port, lambda: listen(host, tls.port)) if tls else []
    local = host if config.loopback else "127.0.0.1"
    return secured, bound(local, proxy.port, lambda: listen(local, proxy.port)) if proxy else []


def bound(host: str, port: int, make: Callable[[], T]) -> T:
    """Return what is made by listening on a port; raises CannotServe when that fails."""
    try:
        return make()
    except OSError as error:
        raise CannotServe(f"Cannot listen on {host}:{port}: {of_system(error)}") from error


def rules_of(proxy: Proxy, context: SSLContext, app: App) -> Rules:
    """Return what the proxy answers itself, and what it passes on to real hosts and records."""
    from mockmarket.server.proxy import Rules
    from mockmarket.server.upstream import Upstream, client_context

    if not proxy.upstream or app.recording is None:
        return Rules(app.front.hosts, context, proxy.only)
    checking, hosts = client_context(app.config.ca_file), frozenset(proxy.upstream)
    upstream = Upstream(hosts, checking, app.recording, app.front.hosts, app.config.body_kept)
    return Rules(app.front.hosts, context, proxy.only, upstream)


def context_of(tls: Tls, app: App) -> tuple[SSLContext, str | None]:
    """Return the context of the server's certificate, and the file of the authority that signed it: one that is kept with the worlds. None
    for a certificate of the user's own."""
    from mockmarket import tls as certificates

    try:
        context = certificates.server_context(tls.client_ca)
        if tls.cert:
            certificates.load_certificate(context, tls.cert, tls.key)
            return context, None
        folder = app.worlds.folder / TLS_FOLDER
        authority = certificates.authority_in(folder)
        upstream = app.config.proxy.upstream if app.config.proxy else ()
        certificates.certify(context, authority, [app.config.host, *app.front.hosts.certified, *upstream])
        return context, str(certificates.publish(authority, tls.ca_out or folder / certificates.CA_FILE))
    except certificates.Unusable as error:
        raise CannotServe(str(error)) from error
