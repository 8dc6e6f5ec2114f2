"""The pytest plugin: a mock for the session, a fresh world for each test. Only this module imports pytest.

It is loaded into every run of an environment that has mockmarket installed, so it imports the rest only when a test
needs it. Without the URL of a running server a run starts one at the first test that needs it; with pytest-xdist the
controller starts it, for all workers."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from mockmarket_client.paths import located

if TYPE_CHECKING:
    from mockmarket_client.control import Client
    from mockmarket_client.market import TestWorld
    from mockmarket_client.server_process import ServerProcess
    from mockmarket_client.shared_server import SharedServer, WorkersServer

OPTIONS = {
    "url": "URL of a running mockmarket server; by default the run starts one.",
    "control-token": "Control token of a running mockmarket server.",
    "command": "Command that starts a server, such as `uvx mockmarket`; by default the mockmarket of this environment, or of the PATH.",
    "fixture": "Fixture of each test's world: a shipped fixture's name, or the path of a file or a folder.",
    "tls": "`true`: serve HTTPS too. `mockmarket_server.health()['https']` has the URL and the file of the authority to trust.",
    "keep": "`failed`: keep the worlds of failed tests, and print the addresses of their dashboards.",
}
TAKES: dict[str, dict[str, Any]] = {"tls": {"action": "store_const", "const": "true"}, "keep": {"choices": ["failed"]}}
ON = ("1", "true", "yes", "on")
LONGEST_NAME = 64

SERVER: pytest.StashKey[ServerProcess | WorkersServer] = pytest.StashKey()
SHARED: pytest.StashKey[SharedServer] = pytest.StashKey()
KEPT: pytest.StashKey[str] = pytest.StashKey()
WORLD: pytest.StashKey[TestWorld] = pytest.StashKey()
FAILED: pytest.StashKey[bool] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, on the command line and in the configuration file."""
    group = parser.getgroup("mockmarket")
    for name, help in OPTIONS.items():
        option = f"--mockmarket-{name}"
        group.addoption(option, default=None, help=f"{help} Also {variable(name)}.", **TAKES.get(name, {}))
        parser.addini(f"mockmarket_{name.replace('-', '_')}", help, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    mark = "mockmarket(fixture=None, now=None, seed=None): fixture (name, path, text or dict) of this test's `market`"
    config.addinivalue_line("markers", mark)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """In a controller of pytest-xdist: tell a worker on this machine where to ask for the server that all of them share."""
    config = node.config
    if option_value(config, "url")[0] or not node.gateway.spec.popen:
        return
    from mockmarket_client.shared_server import SharedServer

    if SHARED not in config.stash:
        config.stash[SHARED] = SharedServer(lambda: started(config))
    node.workerinput["mockmarket_port"] = config.stash[SHARED].port


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server that workers shared."""
    if shared := config.stash.get(SHARED, None):
        shared.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Add to the report of a failed test what its world saw."""
    outcome = yield
    report, world = outcome.get_result(), item.stash.get(WORLD, None)
    if world and call.excinfo and report.failed and report.when != "teardown":
        from mockmarket_client import evidence

        item.stash[FAILED] = True
        kept = f"\nKept: {world.dashboard}" if keeps(item.config) else ""
        report.sections.append(("mockmarket", evidence.report(world.client, call.excinfo.value) + kept))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say for how long kept worlds stay."""
    shared = config.stash.get(SHARED, None)
    if words := config.stash.get(KEPT, shared.kept if shared else ""):
        terminalreporter.write_line(words)


def variable(name: str) -> str:
    """Return the environment variable of an option."""
    return f"MOCKMARKET_{name.upper().replace('-', '_')}"


def option_value(config: pytest.Config, name: str) -> tuple[str | None, str]:
    """Return an option's value, from the command line, its variable or the configuration, and where it comes from."""
    option, ini = f"--mockmarket-{name}", f"mockmarket_{name.replace('-', '_')}"
    values = {option: config.getoption(option), variable(name): os.environ.get(variable(name)), ini: config.getini(ini)}
    return next(((value, source) for source, value in values.items() if value), (None, ini))


def speaks_tls(config: pytest.Config) -> bool:
    """Return whether the server has to speak HTTPS too."""
    return (option_value(config, "tls")[0] or "").lower() in ON


def keeps(config: pytest.Config) -> bool:
    """Return whether the worlds of failed tests are kept; another value than `failed` fails the test."""
    value, source = option_value(config, "keep")
    if value not in (None, "failed"):
        pytest.fail(f"{source} takes failed, and not {value!r}.", pytrace=False)
    return value is not None


def keep(config: pytest.Config) -> None:
    """Keep the server that this run started, if any, and note what to print at the end."""
    if server := config.stash.get(SERVER, None):
        config.stash[KEPT] = server.keep()


@pytest.fixture(scope="session")
def mockmarket_server(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A running server, as a client of its world `main`: the one of `--mockmarket-url`, else one for this run."""
    keeps(request.config)  # a value that it does not take fails every test, before a server starts
    url, source = option_value(request.config, "url")
    if url:
        with closing(answering(url, option_value(request.config, "control-token")[0], source)) as client:
            if speaks_tls(request.config) and "https" not in client.health():
                pytest.fail(f"The server of {source} speaks no HTTPS; start it with --tls.", pytrace=False)
            yield client
        return
    server = own_server(request.config)
    try:
        with closing(client_of(server)) as client:
            yield client
    finally:
        server.stop()


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
        words = f"{source}: {error} Without {source}, the run starts a server of its own."
    pytest.fail(words, pytrace=False)  # outside the except block, so that no other exception is shown with it


def own_server(config: pytest.Config) -> ServerProcess | WorkersServer:
    """Return the server that this run has for itself: the one that all workers share, or a new one."""
    from mockmarket_client.server_process import ServerFailed
    from mockmarket_client.shared_server import WorkersServer

    port = getattr(config, "workerinput", {}).get("mockmarket_port")
    try:
        config.stash[SERVER] = WorkersServer(port) if port else started(config)
        return config.stash[SERVER]
    except ServerFailed as error:
        words = str(error)
    pytest.fail(words, pytrace=False)


def started(config: pytest.Config) -> ServerProcess:
    """Start a server by the options; ServerFailed when that is not possible."""
    from mockmarket_client.server_process import ServerProcess, command_of, options_of

    command = command_of(option_value(config, "command")[0])
    return ServerProcess([*command, *options_of(fixture_of(config), speaks_tls(config))])


def client_of(server: ServerProcess | WorkersServer) -> Client:
    """Return a client of a server that starts; each test that needs it fails if it does not."""
    import mockmarket_client.market  # noqa: F401 - takes half as long as the server's start, which goes on meanwhile
    from mockmarket_client.control import Client
    from mockmarket_client.server_process import ServerFailed

    try:
        return Client(server.url())
    except ServerFailed as error:
        words = str(error)
    pytest.fail(words, pytrace=False)


@pytest.fixture(scope="session")
def mockmarket_names() -> Iterator[str]:
    """Names of worlds that are unique across this and other runs."""
    from mockmarket_client.clock import wall_ms

    run = f"{os.environ.get('PYTEST_XDIST_WORKER', '')}-{wall_ms() & 0xFFFFFFFF:08x}{os.getpid():x}".lstrip("-")
    return (f"{run}-{number}" for number in itertools.count(1))


def fixture_of(config: pytest.Config) -> str | None:
    """Return the fixture of the options: a path of the configuration file is relative to its folder, others to the current one."""
    fixture, source = option_value(config, "fixture")
    configured = config.inipath.parent if config.inipath else config.rootpath
    path: str | None = located(
        fixture, configured if source.startswith("mockmarket_") else config.invocation_params.dir
    )
    return path


@pytest.fixture
def market_world(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The origin of the test's world: `fixture`, `now`, `seed`, from the mark `mockmarket`. Override it to choose otherwise."""
    chosen: dict[str, Any] = {"fixture": fixture_of(request.config)}
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
    """A fresh world for this test, dropped after it, unless the test failed and its world is to be kept."""
    from mockmarket_client.market import TestWorld

    __tracebackhide__ = True  # a server that went down is not seen first in this function
    test = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name).strip("-")
    name = f"{next(mockmarket_names)}-{test}"[:LONGEST_NAME].rstrip("-")
    create(
        mockmarket_server, name, {**market_world, "fixture": located(market_world.get("fixture"), request.path.parent)}
    )
    world = request.node.stash[WORLD] = TestWorld(mockmarket_server.in_world(name))
    request.node.stash[FAILED] = False  # a test may be run again
    try:
        yield world
    finally:
        world.close()
        if request.node.stash[FAILED] and keeps(request.config):
            keep(request.config)
        else:
            mockmarket_server.drop_world(name)


def create(client: Client, name: str, fields: dict[str, Any]) -> None:
    """Create a world; a refusal fails the test with the server's sentence."""
    from mockmarket_client.failures import MockmarketError

    try:
        client.create_world(name, **fields)
        return
    except MockmarketError as error:
        words = str(error)
    pytest.fail(words, pytrace=False)
