"""The pytest plugin: a mock for the session, a fresh world for each test. Only this module imports pytest.

It is loaded into every run of an environment that has mockmarket installed, so it imports the rest only when a test
needs it. Each pytest process without a given server starts its own at the first test that needs one: with pytest-xdist
no worker depends on another. One server for all is `mockmarket exec -- pytest -n 8`."""

from __future__ import annotations

import itertools
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO, TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockmarket_client import Client
    from mockmarket_client.market import TestWorld

OPTIONS = {
    "url": "URL of a running mockmarket server; by default each pytest process starts its own.",
    "fixture": "Fixture of each test's world: a shipped fixture's name, or the path of a file or a folder.",
    "control-token": "Control token of a running mockmarket server.",
}
TLS = "Serve HTTPS too: `mockmarket_server.health()['https']` has the URL and the file of the authority to trust."
LONGEST_NAME, GRACE_S = 64, 10

# Prints the server's URL, then waits for the end of its standard input: however this process ends, its server ends with it.
UNTIL_EOF = "import os, sys; print(os.environ['MOCKMARKET_URL'], flush=True); sys.stdin.read()"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, on the command line and in the configuration file."""
    group = parser.getgroup("mockmarket")
    for name, help in OPTIONS.items():
        group.addoption(f"--mockmarket-{name}", default=None, help=f"{help} Also {variable(name)}.")
        parser.addini(f"mockmarket_{name.replace('-', '_')}", help, default=None)
    group.addoption("--mockmarket-tls", action="store_true", help=TLS)
    parser.addini("mockmarket_tls", TLS, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    mark = "mockmarket(fixture=None, now=None, seed=None): fixture (name, path, text or dict) of this test's `market`"
    config.addinivalue_line("markers", mark)


def variable(name: str) -> str:
    """Return the environment variable of an option."""
    return f"MOCKMARKET_{name.upper().replace('-', '_')}"


def _option_value(config: pytest.Config, name: str) -> tuple[str | None, str]:
    option, ini = f"--mockmarket-{name}", f"mockmarket_{name.replace('-', '_')}"
    values = {option: config.getoption(option), variable(name): os.environ.get(variable(name)), ini: config.getini(ini)}
    return next(((value, source) for source, value in values.items() if value), (None, ini))


def _chosen_fixture(config: pytest.Config) -> str | None:
    """Return the fixture of the options: a path of the configuration file is relative to its folder, others to the current one."""
    fixture, source = _option_value(config, "fixture")
    of_ini = source.startswith("mockmarket_")
    ini_folder = config.inipath.parent if config.inipath else config.rootpath
    path: str | None = located(fixture, ini_folder if of_ini else config.invocation_params.dir)
    return path


def located(fixture: object, folder: Path) -> Any:
    """Return a fixture whose paths are absolute, since a server has a folder of its own; a name, a text or a mapping is unchanged."""
    if not isinstance(fixture, (str, os.PathLike)) or "\n" in (name := os.fspath(fixture)):
        return fixture
    parts = name.split(os.pathsep)
    return os.pathsep.join(
        str(folder / part) if "/" in part or os.sep in part or Path(part).suffix else part for part in parts
    )


@pytest.fixture(scope="session")
def mockmarket_server(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A running server, as a client of its world `main`: the one of `--mockmarket-url`, else one for this process."""
    url, source = _option_value(request.config, "url")
    tls = request.config.getoption("--mockmarket-tls") or request.config.getini("mockmarket_tls")
    if url:
        with closing(answering(url, _option_value(request.config, "control-token")[0], source)) as client:
            if tls and "https" not in client.health():
                pytest.fail(f"The server of {source} speaks no HTTPS; start it with --tls.", pytrace=False)
            yield client
        return
    with server(_chosen_fixture(request.config), tls) as started:
        from mockmarket_client import Client

        with closing(Client(started)) as client:
            yield client


def answering(url: str, token: str | None, source: str) -> Client:
    """Return a client of an answering server; when it does not answer, each test that needs it fails with a sentence."""
    from mockmarket_client import Client, MockmarketError, NotRoot

    try:
        client = Client(url, token)
        client.worlds()  # unlike health, it needs the token
        return client
    except NotRoot as error:
        words = f"{source} must be the server's own URL: {error.root}"
    except MockmarketError as error:
        words = f"{source}: {error}"
    pytest.fail(words, pytrace=False)  # outside the except block, so that no other exception is shown with it


@contextmanager
def server(fixture: str | None, tls: bool = False) -> Iterator[str]:
    """Run a server in a separate process for the length of a block and give its URL. Tests that need it fail if it does not start."""
    command = [sys.executable, "-m", "mockmarket", "exec", "--port", "0", "--host", "127.0.0.1"]
    command += ["--fixture", fixture] if fixture else []
    command += ["--tls"] if tls else []
    command += ["--", sys.executable, "-I", "-S", "-c", UNTIL_EOF]
    own = {name: value for name, value in os.environ.items() if not name.startswith("MOCKMARKET_")}  # for others
    with tempfile.TemporaryFile("w+") as errors:
        process = Popen(  # noqa: S603 - it is our own command line
            command, stdin=PIPE, stdout=PIPE, stderr=errors, text=True, env=own, start_new_session=True
        )
        try:
            import mockmarket_client.market  # noqa: F401 - takes half as long as the server's start, which goes on meanwhile

            yield _first_line(process, errors)
        finally:
            stop(process)


def stop(process: Popen[str]) -> None:
    """Stop a server by closing its input; one that takes too long is killed."""
    # a timeout of `subprocess` would read a clock that a test may have frozen
    ending = threading.Thread(target=process.communicate, daemon=True)
    ending.start()
    ending.join(GRACE_S)
    if ending.is_alive():
        process.kill()
        ending.join()


def _first_line(process: Popen[str], errors: IO[str]) -> str:
    line = process.stdout.readline().strip() if process.stdout else ""
    if line:
        return line
    stop(process)
    errors.seek(0)
    return pytest.fail(f"mockmarket did not start (exit code {process.returncode}):\n{errors.read()}", pytrace=False)


@pytest.fixture(scope="session")
def mockmarket_names() -> Iterator[str]:
    """Names of worlds that are unique across this and other runs."""
    from mockmarket_client.clock import wall_ms

    run = f"{os.environ.get('PYTEST_XDIST_WORKER', '')}-{wall_ms() & 0xFFFFFFFF:08x}{os.getpid():x}".lstrip("-")
    return (f"{run}-{number}" for number in itertools.count(1))


@pytest.fixture
def market_world(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The origin of the test's world: `fixture`, `now`, `seed`, from the mark `mockmarket`. Override it to choose otherwise."""
    chosen: dict[str, Any] = {"fixture": _chosen_fixture(request.config)}
    for mark in reversed([*request.node.iter_markers("mockmarket")]):
        chosen |= mark.kwargs
    return chosen


@pytest.fixture(name="market")
def market_fixture(
    request: pytest.FixtureRequest,
    mockmarket_server: Client,
    mockmarket_names: Iterator[str],
    market_world: dict[str, Any],
) -> Iterator[TestWorld]:
    """A fresh world for this test, dropped after it."""
    from mockmarket_client.market import market

    test = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name).strip("-")
    name = f"{next(mockmarket_names)}-{test}"[:LONGEST_NAME].rstrip("-")
    fixture = located(market_world.get("fixture"), request.path.parent)
    with market(mockmarket_server, name, **{**market_world, "fixture": fixture}) as world:
        yield world
