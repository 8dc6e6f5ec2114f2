"""`exec`: serves a mock while a command runs. Standard output belongs to the command; the mock writes nothing to it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from mockmarket.cli import stopping
from mockmarket.cli.env_vars import PREFIX, of_https, of_vendor
from mockmarket.cli.logs import start_logging
from mockmarket.cli.options import check_partner, option, with_options, with_variables
from mockmarket.cli.serve import config_of, serving_options
from mockmarket.cli.stopping import SIGNALLED, handling
from mockmarket.cli.variables import WORLD

if TYPE_CHECKING:
    from mockmarket.app import App
    from mockmarket.server.serving import Server

CANNOT_SERVE, CANNOT_RUN, NOT_FOUND = 125, 126, 127
"""Exit codes as other programs that run a command use them: 125 for our own failure, 128 + n for a signal."""

MISSING = "mockmarket exec: {}: not found; is it installed and on the PATH?"

DUMP = "When COMMAND fails: folder to write each world's state, requests and deliveries to, as SQLite, JSON and HAR."
KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
PASSED = (*KEYBOARD, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - a server on every address is called by the loopback one


@click.command("exec", context_settings={"allow_interspersed_args": False})
@with_options(serving_options((0, 0, 0), ["MOCKMARKET_PORT"], "warning"))
@option("--intercept", is_flag=True, help="Be a proxy, and let COMMAND reach vendors' own hosts through it.")
@option("--dump", type=click.Path(path_type=Path, file_okay=False), help=DUMP)
@option("--dump-always", is_flag=True, help="With --dump: also when COMMAND succeeds.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def exec_command(
    ctx: click.Context,
    /,
    command: tuple[str, ...],
    port_file: Path | None,
    intercept: bool,
    **options: Any,
) -> None:
    """Serve on a free port, run COMMAND with the URLs and keys in its environment, and exit with COMMAND's exit code.

    COMMAND gets MOCKMARKET_URL and, for each vendor, MOCKMARKET_<VENDOR>_BASE_URL, _KEY, and each header that carries the key,
    such as MOCKMARKET_<VENDOR>_X_API_KEY; with --tls also MOCKMARKET_HTTPS_URL, MOCKMARKET_HTTPS_CA_FILE and
    MOCKMARKET_<VENDOR>_HTTPS_BASE_URL. Exit codes: COMMAND's own; 128 + n if signal n ended it; 127 if it is not found;
    126 if it cannot be run; 125 if the server cannot start. When COMMAND fails, the last requests and webhooks are printed.

    With --intercept, COMMAND's clients reach vendors by the vendors' own https URLs: they get variables for a proxy and for
    the authority to trust.

    mockmarket exec -- pytest -n 8"""
    options["proxy"] |= intercept
    quiet, folder, always = options["quiet"], options.pop("dump"), options.pop("dump_always")
    check_partner(folder is not None, "--dump", "dump_always")
    config = config_of(**options)
    if is_missing(command[0]):
        stopping.complain(MISSING.format(command[0]))
        ctx.exit(NOT_FOUND)
    from mockmarket.cli.hosting import CannotServe, hosted, port_in_file

    start_logging(config.log_level, False)
    child, code = Child(command), CANNOT_SERVE
    inherited = {name: value for name, value in os.environ.items() if name != WORLD}  # it names another server's world
    try:
        with (
            handling(PASSED, child.pass_on),
            hosted(config) as (app, server),
            port_in_file(port_file, server.port),
            trusting(server, inherited) if intercept else nullcontext({}) as trust,
        ):
            code = child.run(inherited | environment(app, server) | trust)
            if child.ran and (code or always):
                leave_evidence(app, code, folder, quiet or app.logs)
    except Exception as error:  # any error here is ours: the command's exit codes must mean its own result
        from mockmarket_client.failures import MockmarketError

        words = str(error) if isinstance(error, (CannotServe, MockmarketError)) else stopping.sentence(error)
        words = words or "".join(traceback.format_exception(error))
        stopping.complain(with_variables(ctx, f"mockmarket exec: {words}"))
    ctx.exit(code)


def is_missing(command: str) -> bool:
    """Return whether there is no file of a command's name, where it is looked for."""
    return shutil.which(command, os.F_OK) is None and not os.path.isdir(command)


def leave_evidence(app: App, code: int, folder: Path | None, silent: bool) -> None:
    """Print the last requests and webhooks of a command that failed, unless a signal ended it, and dump the worlds, if requested."""
    from mockmarket.cli import evidence  # of a command that fails

    worlds = app.worlds.all()
    if 0 < code < SIGNALLED and not silent:
        evidence.show_last(worlds, code)
    if folder is not None:
        evidence.dump(worlds, folder)
        if code and not silent:
            stopping.complain(f"mockmarket exec: {folder} has the state, requests and deliveries of each world.")


def trusting(server: Server, environ: Mapping[str, str]) -> AbstractContextManager[dict[str, str]]:
    """Return the variables with which unmodified clients reach the server by vendors' own hosts; needs libraries that no other run does."""
    from mockmarket.cli.intercept import intercepting

    return intercepting(server, environ)


def environment(app: App, server: Server) -> dict[str, str]:
    """Return the command's environment variables."""
    token, url = app.config.control_token, _reachable(server.url)
    https = (
        {"url": _reachable(str(server.https_url)), "ca_file": server.https.ca_file, "proxy_url": server.https.proxy_url}
        if server.https
        else None
    )
    variables = {f"{PREFIX}_URL": url} | ({f"{PREFIX}_CONTROL_TOKEN": token} if token else {}) | of_https(https)
    for vendor in described(app, url):
        variables |= of_vendor(vendor, https=https)
    return variables


def described(app: App, url: str) -> Sequence[Mapping[str, Any]]:
    """Return each vendor's name, base URL and credentials: from the fixture for a new world, from the database for a kept one."""
    credentials = app.templates.credentials(app.config.fixture) if app.config.data is None else None
    if credentials is None:
        from mockmarket_client import Client

        return Client(url, app.config.control_token).vendors()
    bases = {vendor.name: url + vendor.base for vendor in app.vendors}
    return [{"name": name, "base_url": base, "credentials": credentials[name]} for name, base in bases.items()]


def _reachable(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{EVERYWHERE[parts.hostname]}:{parts.port}" if parts.hostname in EVERYWHERE else url


class Child:
    """A running command, and the signals that are passed on to it."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = False
        self._early: list[int] = []

    def run(self, environ: Mapping[str, str]) -> int:
        """Run the command to its end; returns the exit code, and prints why when it cannot be run."""
        self._starting = True
        try:
            self._process = subprocess.Popen(self.command, env=environ)  # noqa: S603 - running it is what the user asks for
        except OSError as error:
            if isinstance(error, FileNotFoundError):  # of the interpreter that a script names
                stopping.complain(MISSING.format(self.command[0]))
                return NOT_FOUND
            stopping.complain(f"mockmarket exec: {self.command[0]}: cannot be run: {error.strerror}.")
            return CANNOT_RUN
        for number in self._early:
            self._process.send_signal(number)
        code = self._process.wait()
        return code if code >= 0 else SIGNALLED - code

    @property
    def ran(self) -> bool:
        """True once the command has been started."""
        return self._process is not None

    def pass_on(self, number: int, frame: object) -> None:
        """Signal handler: pass a signal on; before the command runs, end the process."""
        if self._process is not None:
            if number not in KEYBOARD or not _at_keyboard():
                self._process.send_signal(number)
        elif self._starting:
            self._early.append(number)
        else:
            raise SystemExit(SIGNALLED + number)


def _at_keyboard() -> bool:
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno()) == os.getpgrp() if sys.__stdin__ else False
    except (OSError, ValueError):
        return False
