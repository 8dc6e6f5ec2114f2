"""Completion: what is completed, from mockmarket's own names and the running server's, and that real shells take it."""

from __future__ import annotations

import os
import pty
import selectors
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from mockmarket.cli import main
from mockmarket.cli.completing import ANSWER_S
from mockmarket.clock import monotonic
from tests.conftest import Client
from tests.receiver import PATIENCE_S
from tests.running import buy, listen
from tests.test_cli_daily import target
from tests.test_cli_exec import CLEAN

NOBODY = "http://127.0.0.1:9"
LATE_S = 5.0
"""Most seconds that a busy machine is late."""


def completed(line: str, incomplete: str = "") -> list[str]:
    """Return the values that complete a word after a line."""
    items = ShellComplete(main, {}, "mockmarket", "_MOCKMARKET_COMPLETE").get_completions(line.split(), incomplete)
    return [item.value for item in items if item.type == "plain"]


@pytest.mark.parametrize(
    ("line", "incomplete", "values"),
    [
        ("", "wor", ["world"]),
        ("clock", "", ["show", "freeze", "run", "advance"]),
        ("clock advance", "--un", ["--until"]),
        ("clock advance --until", "", ["delivered", "quiet"]),
        ("deliveries --state", "de", ["delivered"]),
        ("deliveries list --state", "de", ["delivered"]),
        ("trigger", "order.acc", ["order.accepted"]),
        ("trigger --vendor skybox", "order.acc", []),
        ("trigger order.accepted --vendor", "", ["portal", "skybox", "ticketnation", "tixstock", "zatabox"]),
        ("env", "t", ["ticketnation", "tixstock"]),
        ("fault add", "sta", ["stale_stamp", "status"]),
        ("fault add status", "", ["status=503", "retry_after_s=0"]),
        ("fault add --notice", "order.acc", ["order.accepted"]),
        ("scenario run", "portal", ["portal-happy-path"]),
        ("serve --fixture", "", ["default", "small"]),
        ("world make x --fixture", "s", ["small"]),
        ("exam http://x --only", "wrong", ["wrong_secret"]),
        ("records portal", "", ["event", "listing", "order"]),
        ("completion", "", ["bash", "zsh", "fish"]),
        ("help", "clo", ["clock"]),
        ("help clock", "f", ["freeze"]),
        ("help serve", "", []),
        ("help nothing", "", []),
    ],
)
def test_own_names_are_completed(line: str, incomplete: str, values: list[str]) -> None:
    assert completed(line, incomplete) == values


@pytest.mark.parametrize("line", ["scenario run", "serve --fixture", "exam http://x --fixture"])
def test_files_are_completed_too(line: str) -> None:
    items = ShellComplete(main, {}, "mockmarket", "_MOCKMARKET_COMPLETE").get_completions(line.split(), "x")

    assert [(item.type, item.value) for item in items] == [("file", "x")]


def test_names_of_the_server_are_completed(client: Client) -> None:
    address = " ".join(target(client))
    endpoint = listen(client, f"{NOBODY}/x")["id"]
    buy(client)
    client.control("POST", "snapshots/before")
    fault = client.control("POST", "faults", {"fault": "slow"})["id"]
    [delivery] = client.control("GET", "deliveries")["deliveries"]

    assert client.world.name in completed(f"world drop {' '.join(target(client)[:2])}")
    assert client.world.name in completed(f"reset {address} --world")
    assert completed(f"trigger order.accepted {address} --endpoint") == [endpoint]
    assert completed(f"deliveries show {address}") == [delivery["id"]]
    assert completed(f"requests show {address}") == ["r000001"]
    assert completed(f"snapshot restore {address}") == ["before"]
    assert completed(f"fault off {address}") == [fault]
    assert "key_portal_1" in completed(f"fault add slow {address} --key")


@pytest.fixture
def silent() -> Iterator[str]:
    """Listen, and never answer; gives the URL."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_server_that_does_not_answer_has_no_names(silent: str) -> None:
    began = monotonic()

    assert completed(f"world drop --url {silent}") == []
    assert monotonic() - began < ANSWER_S + LATE_S


@pytest.mark.parametrize("url", [f"{NOBODY}/", "nowhere", "http://127.0.0.1:x", f"{NOBODY}/w/a --world b"])
def test_no_server_has_no_names(url: str) -> None:
    assert completed(f"world drop --url {url}") == []


def test_unknown_shell_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["completion", "powershell"]).exit_code == 2


SHELLS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        'PS1="$ "; eval "$(mockmarket completion bash)"; echo loa""ded',
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        'PS1="$ "; autoload -U compinit; compinit -u -D; eval "$(mockmarket completion zsh)"; echo loa""ded',
    ),
}
"""How a shell is started without its user's files, and what loads the completion there."""
typed_and_completed = pytest.mark.parametrize(
    ("typed", "shows"),
    [("mockmarket sna", "snapshot"), ("mockmarket world drop {world}-lo", "{world}-longer")],
    ids=["command", "world"],
)


def needs(shell: str) -> pytest.MarkDecorator:
    """Return the mark of a test that a machine without this shell leaves out."""
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"there is no {shell}")


@pytest.fixture
def environ(client: Client, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Make a world beside the test's; gives the environment of a shell whose `mockmarket` is the tested one."""
    name = f"{client.world.name}-longer"
    client.control("PUT", f"worlds/{name}", {})
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    yield CLEAN | {"PATH": path, "HOME": str(tmp_path), "TERM": "dumb", "MOCKMARKET_URL": target(client)[1]}
    client.control("DELETE", f"worlds/{name}")


@contextmanager
def shell_on_terminal(command: list[str], environ: dict[str, str]) -> Iterator[int]:
    """Run a shell on a terminal until the block ends; gives the terminal's other end."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True)
    os.close(slave)
    try:
        yield master
    finally:
        process.kill()
        process.wait()
        os.close(master)


def until(terminal: int, text: str) -> None:
    """Read from a terminal until it shows a text; fails the test after PATIENCE_S."""
    page, end = "", monotonic() + PATIENCE_S
    with selectors.DefaultSelector() as waiting:
        waiting.register(terminal, selectors.EVENT_READ)
        while text not in page:
            assert waiting.select(max(0, end - monotonic())), f"no {text!r} in {page!r}"
            page += os.read(terminal, 4096).decode(errors="replace")


@pytest.mark.thorough
@pytest.mark.parametrize("shell", [pytest.param(shell, marks=needs(shell)) for shell in SHELLS])
@typed_and_completed
def test_tab_completes(client: Client, environ: dict[str, str], shell: str, typed: str, shows: str) -> None:
    command, load = SHELLS[shell]

    with shell_on_terminal(command, environ) as terminal:
        os.write(terminal, f"{load}\n".encode())
        until(terminal, "loaded")
        os.write(terminal, f"{typed.format(world=client.world.name)}\t".encode())
        until(terminal, shows.format(world=client.world.name))


@pytest.mark.thorough
@needs("fish")
@typed_and_completed
def test_fish_completes(client: Client, environ: dict[str, str], typed: str, shows: str) -> None:
    line = typed.format(world=client.world.name)
    script = f"mockmarket completion fish | source; complete -C '{line}'"

    out = subprocess.run(
        ["fish", "-N", "-c", script], env=environ, stdout=subprocess.PIPE, text=True, check=True, timeout=30
    ).stdout

    assert [row.split("\t")[0] for row in out.splitlines()] == [shows.format(world=client.world.name)]
