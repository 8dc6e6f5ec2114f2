"""`serve`: serves a mock over HTTP until stopped."""

from __future__ import annotations

import gc
import json
import os
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockmarket import __version__
from mockmarket.cli import completing
from mockmarket.cli.files import FixtureName
from mockmarket.cli.logs import start_logging
from mockmarket.cli.options import (
    ANY_PORT,
    SPAN,
    Decorator,
    Parsed,
    Port,
    as_json,
    by_hand,
    check_partner,
    name_of,
    option,
    reported,
    with_options,
)
from mockmarket.cli.stopping import Stop
from mockmarket.clock import parse_iso
from mockmarket.config import Config, Proxy, Tls, parse_networks
from mockmarket.rules.hosts import parse_host, parse_hosts, parse_peers
from mockmarket.rules.quantities import parse_size
from mockmarket.seed.cache import open_cache
from mockmarket.seed.finding import TEXT, name_of as name_of_fixture

if TYPE_CHECKING:
    from mockmarket.app import App
    from mockmarket.server.serving import Server

PORTS = (8000, 8443, 8080)
HTTPS_LINES = {"https_url": "HTTPS", "ca_file": "Authority for HTTPS clients to trust", "proxy_url": "Proxy"}
LOGGED = "What to log on standard error: requests and webhooks from info on, control routes and timers too at debug."
MOMENT = Parsed("date-time", parse_iso, "; use ISO 8601 such as 2026-05-01T12:00:00Z")
NETWORKS = Parsed("networks", parse_networks)
HOSTS = Parsed("hosts", parse_hosts)
PEERS = Parsed("peers", parse_peers)
SIZE = Parsed("size", parse_size, "; write 500KB, 50MB or 1GB")
HOST = Parsed("host", parse_host)


def serving_options(ports: tuple[int, int, int], port_variables: list[str], log_level: str) -> list[Decorator]:
    """Return the options of a command that starts a server, with its defaults for the ports of HTTP, HTTPS and proxy, and log level."""
    port, tls_port, proxy_port = ports
    folder = click.Path(path_type=Path, readable=False)
    out = port_file = click.Path(path_type=Path, dir_okay=False, readable=False)
    authorities = click.Path(exists=True, dir_okay=False, readable=False)
    levels = click.Choice(["debug", "info", "warning", "error"])
    private = "Whether webhooks may be sent to private addresses; by default only when listening on loopback."
    hosts = "More host names of vendors, as VENDOR=HOST; under them a vendor answers at its document's paths."
    fleet = "The servers of the fleet: URLs, or NAME:PORT for all addresses that DNS has for a name."
    proxies = "Addresses or CIDR blocks whose X-Forwarded-For is trusted."
    return [
        option("-p", "--port", type=Port(), envvar=port_variables, default=port, help=ANY_PORT),
        option("-H", "--host", default="127.0.0.1", help="Address to listen on; localhost is 127.0.0.1 and ::1."),
        option(
            "--fixture",
            type=FixtureName(),
            default="default",
            shell_complete=completing.fixtures,
            help="A shipped fixture's name, files separated as in PATH, or a folder; - reads standard input.",
        ),
        option("--data", type=folder, help="Store worlds in this folder."),
        option("--durable", is_flag=True, help="With --data: also survive a power failure (slower)."),
        option(
            "--files",
            type=folder,
            help="On a public address: folder of the fixtures and scenarios that callers may name.",
        ),
        option(
            "--record",
            type=out,
            help="File to write every answer and every webhook to, as HAR, secrets redacted; an earlier recording is continued.",
        ),
        option("--port-file", type=port_file, help="File to write the port to when ready; deleted at the end."),
        option("--seed", type=click.IntRange(0, 2**63 - 1), help="Seed for generated ids and keys."),
        option("--now", type=MOMENT, help="Start of the worlds' clocks, ISO 8601."),
        option("--cache/--no-cache", default=True, help="Keep the loaded fixture in a cache for the next start."),
        option("--workers", type=click.IntRange(1, 256), default=8, help="Number of requests handled in parallel."),
        option("--control-token", help="Token required by control routes."),
        option("--trusted-proxy", "trusted_proxies", type=NETWORKS, default=(), help=proxies),
        option("--vendor-hosts", type=HOSTS, default=(), help=hosts),
        option("--private-targets/--no-private-targets", default=None, help=private),
        option("--ca-file", type=authorities, help="Additional certificate authorities for webhooks (PEM)."),
        option("--peers", type=PEERS, default=(), help=fleet),
        *limiting_options(),
        option("--tls", is_flag=True, help="Serve HTTPS too, on a port of its own."),
        option("--tls-port", type=Port(), default=tls_port, help="Port for HTTPS; 0 chooses a free port."),
        option(
            "--cert",
            type=authorities,
            help="With --tls: certificate of your own (PEM), instead of one made at the start.",
        ),
        option("--cert-key", "key", type=authorities, help="Its private key, unless in the same file."),
        option(
            "--client-ca",
            type=authorities,
            help="With --tls: authorities of the certificates that clients must show (PEM).",
        ),
        option("--ca-out", type=out, help="With --tls: file to write the certificate of the server's authority to."),
        option(
            "--proxy", is_flag=True, help="Be a forward proxy for vendors' hosts too, on a port of its own, with HTTPS."
        ),
        option("--proxy-port", type=Port(), default=proxy_port, help="Port of the proxy; 0 chooses a free port."),
        option("--proxy-only", is_flag=True, help="As --proxy, and refuse all other hosts instead of passing them on."),
        option(
            "--record-upstream",
            type=HOST,
            multiple=True,
            variable=False,
            help="As --proxy, with --record: pass on what is for this real host, and record it with its answers; repeatable.",
        ),
        option("--log-level", type=levels, default=log_level, help=LOGGED),
        option("-q", "--quiet", is_flag=True, help="As --log-level warning, and print less."),
        option("-v", "--verbose", is_flag=True, help="As --log-level debug."),
    ]


def limiting_options() -> list[Decorator]:
    """Return the options that limit the worlds of a server."""
    positive = click.IntRange(1)
    return [
        option("--max-worlds", type=positive, help="Most worlds, main included; a further one is refused with 507."),
        option(
            "--max-world-size", type=SIZE, help="Largest file of a world; what would exceed it is refused with 507."
        ),
        option("--max-requests", type=positive, help="Most requests a second to a world; then 429."),
        option("--max-ttl", type=SPAN, help="Longest time to live of every world but main, and its default."),
    ]


@click.command()
@with_options(serving_options(PORTS, ["MOCKMARKET_PORT", "PORT"], "info"))
@option("--watch", is_flag=True, help="Make the world main anew when a file of the fixture changes.")
@as_json("Print output as JSON lines.")
def serve(port_file: Path | None, as_json: bool, watch: bool, **options: Any) -> None:
    """Serve worlds over HTTP until stopped."""
    quiet, config, stop = options["quiet"], config_of(**options), Stop()
    if watch and name_of_fixture(config.fixture) == TEXT:
        raise click.UsageError("--watch needs a fixture that is a file or a folder.")
    raise_file_limit()
    from mockmarket.cli.hosting import CannotServe, hosted, port_in_file

    start_logging(config.log_level, as_json)
    with (
        reported(CannotServe),
        stop.at_signals(),
        hosted(config) as (app, server),
        port_in_file(port_file, server.port),
        watched(app) if watch else nullcontext(),
    ):
        click.echo(json.dumps(ready_event(server)) if as_json else ready_text(config, server, quiet))
        stop.wait()


def ready_event(server: Server) -> dict[str, object]:
    """Return what is printed as JSON when a server is ready."""
    return {"event": "ready", "url": server.url, **https_of(server), "pid": os.getpid()}


def ready_text(config: Config, server: Server, quiet: bool) -> str:
    """Return what is printed for people when a server is ready."""
    if quiet:
        return f"Ready. {server.url}"
    storage = f"stored in {config.data}" if config.data else "temporary (--data DIR stores them)"
    lines = [f"mockmarket {__version__}, fixture {name_of_fixture(config.fixture)}. Worlds are {storage}."]
    lines += [f"{HTTPS_LINES[name]}: {value}" for name, value in https_of(server).items()]
    lines += [f"Recording: {config.record}"] if config.record else []
    passed_on = config.proxy.upstream if config.proxy else ()
    lines += [f"Passed on to the real hosts, and recorded: {', '.join(passed_on)}"] if passed_on else []
    pages = f"Dashboard: {server.url}/_mockmarket/   API browser: {server.url}/_mockmarket/docs"
    return "\n".join([*lines, f"{pages}   Keys: mockmarket vendors", f"Ready. {server.url}"])


def watched(app: App) -> AbstractContextManager[None]:
    """Return the watch on a server's fixture."""
    from mockmarket.cli.watching import watching  # few starts need it

    return watching(app)


def raise_file_limit() -> None:
    """Allow this process as many open files as its user may have, where the system has such a limit."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):  # macOS takes no infinite one
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def https_of(server: Server) -> dict[str, str]:
    """Return the URL for HTTPS, the file of the authority to trust, and the URL as a proxy, as far as there are such."""
    if server.https is None:
        return {}
    facts = {"https_url": server.https_url, "ca_file": server.https.ca_file, "proxy_url": server.https.proxy_url}
    return {name: value for name, value in facts.items() if value}


def proxy_of(options: dict[str, Any]) -> Proxy | None:
    """Return how to be a proxy, from the options, which it takes away; UsageError for a stray one."""
    port, only, upstream = options.pop("proxy_port"), options.pop("proxy_only"), options.pop("record_upstream")
    is_proxy = options.pop("proxy") or only or bool(upstream)
    check_partner(is_proxy, "--proxy", "proxy_port")
    check_partner(options["record"] is not None, "--record", "record_upstream")
    return Proxy(port, only, upstream) if is_proxy else None


def tls_of(options: dict[str, Any], proxy: Proxy | None) -> Tls | None:
    """Return how to serve HTTPS, from the options, which it takes away; a proxy needs it, on any port. UsageError for a stray one."""
    flag, port = options.pop("tls"), options.pop("tls_port")
    own = {name: options.pop(name) for name in ("cert", "key", "client_ca", "ca_out")}
    check_partner(flag, "--tls", "tls_port")
    check_partner(flag or proxy is not None, "--tls", *own)
    check_partner(own["cert"] is not None, "--cert", "key")
    if own["cert"] and own["ca_out"]:
        raise click.UsageError(f"{name_of('ca_out')} has nothing to write with --cert: no authority is made.")
    return Tls(port if flag else 0, **own) if flag or proxy else None


def level_of(options: dict[str, Any]) -> str:
    """Return the log level, from the options, of which it takes two away; UsageError for several on the command line."""
    ctx = click.get_current_context()
    short = {"verbose": "debug", "quiet": "warning"}
    chosen = [short[name] for name in short if options.pop(name)]
    if sum(by_hand(ctx, name) for name in ("log_level", *short)) > 1:
        raise click.UsageError("Pass one of --log-level, --quiet and --verbose.", ctx)
    level: str = options["log_level"]
    return level if by_hand(ctx, "log_level") or not chosen else chosen[0]


def config_of(cache: bool, **options: Any) -> Config:
    """Return the configuration of a server. It must be called before the planting code is imported, whose state it records.

    The garbage collector is off until the server is ready: objects created at the start live as long as the process (see `hosting`)."""
    gc.disable()
    check_partner(not options["durable"] or options["data"] is not None, "--data", "durable")
    options["log_level"] = level_of(options)
    proxy = proxy_of(options)
    return Config(proxy=proxy, tls=tls_of(options, proxy), **options, cache=open_cache(os.environ) if cache else None)
