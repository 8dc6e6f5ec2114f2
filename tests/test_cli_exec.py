"""`exec`: the command's environment, its exit code, the signals that it gets, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import requests

from mockmarket_client import Client
from tests.receiver import PATIENCE_S
from tests.running import command, finish

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("MOCKMARKET_") and name != "PORT"}
SHOW_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"
ASK = "import os, urllib.request as u; print(u.urlopen(os.environ['MOCKMARKET_URL'] + '/_mockmarket/health').status)"
REFUSED = """
import os, sys, urllib.error, urllib.request as u
try:
    u.urlopen(u.Request(os.environ["MOCKMARKET_PORTAL_BASE_URL"] + "/orders", b"{}", {"Content-Type": "application/json"}))
except urllib.error.HTTPError as error:
    sys.exit(3)
"""
WAIT_FOR_SIGNAL = """
import signal, sys
signal.signal(signal.{name}, lambda *_: sys.exit(7))
print("waiting", flush=True)
signal.pause()
"""


def executed(*arguments: str, environ: Mapping[str, str] = CLEAN) -> tuple[int, str, str]:
    """Run `exec` with the small fixture to its end."""
    return finish(command("exec", "--fixture", "small", *arguments, environ=environ))


def python(code: str) -> tuple[str, ...]:
    """Return the command that runs a piece of Python."""
    return ("--", sys.executable, "-c", code)


@pytest.mark.thorough
def test_command_reaches_the_server() -> None:
    code, out, err = executed(*python(ASK))

    assert (code, out, err) == (0, "200\n", "")


@pytest.mark.thorough
def test_environment_has_urls_and_keys() -> None:
    _, out, _ = executed(*python(SHOW_ENVIRONMENT))

    environ = json.loads(out)
    url = environ["MOCKMARKET_URL"]
    assert environ["MOCKMARKET_PORTAL_BASE_URL"] == f"{url}/api/v1"
    assert environ["MOCKMARKET_PORTAL_KEY"] == environ["MOCKMARKET_PORTAL_X_API_KEY"] == "portal_test_full_00000000"
    assert environ["MOCKMARKET_ZATABOX_AUTHORIZATION"] == f"Bearer {environ['MOCKMARKET_ZATABOX_KEY']}"
    assert "MOCKMARKET_CONTROL_TOKEN" not in environ


@pytest.mark.thorough
def test_control_token_is_handed_on() -> None:
    _, out, _ = executed("--control-token", "let me in", *python(SHOW_ENVIRONMENT))

    assert json.loads(out)["MOCKMARKET_CONTROL_TOKEN"] == "let me in"


@pytest.mark.thorough
def test_bare_port_is_left_alone() -> None:
    _, out, _ = executed(*python(SHOW_ENVIRONMENT), environ=CLEAN | {"PORT": "1"})

    assert json.loads(out)["PORT"] == "1"


@pytest.mark.thorough
@pytest.mark.parametrize("code", [42, 0, 1])
def test_exit_code_is_the_commands(code: int) -> None:
    assert executed(*python(f"raise SystemExit({code})"))[0] == code


@pytest.mark.thorough
def test_failing_command_shows_what_the_mock_saw() -> None:
    code, out, err = executed(*python(REFUSED))

    assert (code, out) == (3, "")
    first, line, hint = err.splitlines()
    assert first == "mockmarket exec: the command ended with 3. What the mock saw last:"
    assert line.startswith("  POST /api/v1/orders 401 r000001 ")
    assert hint == "-v logs every line as it happens; -q prints none."


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("option", "words"),
    [("-q", ""), ("--log-level=info", "INFO POST /api/v1/orders 401 r000001 "), ("-v", "INFO POST /api")],
)
def test_log_of_a_command_can_be_chosen(option: str, words: str) -> None:
    code, _, err = executed(option, *python(REFUSED))

    assert code == 3
    assert words in err if words else err == ""
    assert "What the mock saw" not in err


@pytest.mark.thorough
def test_dump_leaves_the_world_of_a_failing_command(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "evidence"

    code, _, err = executed("--dump", str(folder), *python(REFUSED))

    assert code == 3
    assert err.splitlines()[-1] == f"mockmarket exec: {folder} has the state, requests and deliveries of each world."
    files = {path.name: path for path in (folder / "main").iterdir()}
    assert set(files) == {"state.db", "requests.json", "requests.har", "deliveries.json", "deliveries.har"}
    (refused,) = json.loads(files["requests.json"].read_bytes())["requests"]
    (entry,) = json.loads(files["requests.har"].read_bytes())["log"]["entries"]
    assert (refused["path"], refused["status"], entry["_id"]) == ("/api/v1/orders", 401, refused["id"])
    assert json.loads(files["deliveries.json"].read_bytes()) == {"deliveries": []}
    assert finish(command("fixture", "check", str(files["state.db"])))[0] == 0


@pytest.mark.thorough
@pytest.mark.parametrize(("options", "dumped"), [((), False), (("--dump-always",), True)])
def test_dump_of_a_passing_command_is_chosen(tmp_path: Path, options: tuple[str, ...], dumped: bool) -> None:
    code, _, err = executed("--dump", str(tmp_path), *options, "--", "true")

    assert (code, err) == (0, "")
    assert (tmp_path / "main" / "state.db").exists() is dumped


@pytest.mark.thorough
def test_dump_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "main").write_text("a file")

    code, _, err = executed("-q", "--dump", str(tmp_path), *python("raise SystemExit(4)"))

    assert (code, err) == (4, f"mockmarket exec: {tmp_path / 'main'}: File exists.\n")


@pytest.mark.thorough
def test_command_without_a_request_is_told() -> None:
    _, _, err = executed(*python("raise SystemExit(1)"))

    assert err == "mockmarket exec: the command ended with 1; it sent the mock no request.\n"


@pytest.mark.thorough
def test_two_log_levels_are_a_usage_error() -> None:
    code, _, err = executed("-q", "-v", "--", "true")

    assert code == 2
    assert "Pass one of --log-level, --quiet and --verbose." in err


@pytest.mark.thorough
def test_command_ended_by_signal_gives_128_more() -> None:
    assert executed(*python("import os; os.kill(os.getpid(), 9)"))[0] == 128 + 9


def test_unknown_command_gives_127(tmp_path: Path) -> None:
    code, out, err = executed("--data", str(tmp_path / "worlds"), "--", "no-such-command")

    assert not (tmp_path / "worlds").exists()

    assert (code, out, err) == (
        127,
        "",
        "mockmarket exec: no-such-command: not found; is it installed and on the PATH?\n",
    )


@pytest.mark.thorough
def test_file_that_cannot_run_gives_126(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("no program")

    code, _, err = executed("--", str(tmp_path / "data.txt"))

    assert code == 126
    assert "cannot be run: Permission denied" in err


@pytest.mark.thorough
def test_server_that_cannot_start_gives_125() -> None:
    code, _, err = executed("--fixture", "no-such-fixture", "--", "true")

    assert code == 125
    assert "no-such-fixture" in err


@pytest.mark.thorough
def test_port_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    code, _, err = executed("--port-file", str(tmp_path / "file" / "port.txt"), "--", "true")

    assert code == 125
    assert err == f"mockmarket exec: Cannot write the port to {tmp_path}/file/port.txt: File exists.\n"


@pytest.mark.thorough
def test_durable_without_data_is_a_usage_error() -> None:
    code, _, err = executed("--durable", "--", "true")

    assert (code, "--durable needs --data." in err) == (2, True)


def test_missing_command_is_a_usage_error() -> None:
    code, _, err = executed()

    assert code == 2
    assert "COMMAND" in err


@pytest.mark.thorough
def test_options_of_the_command_are_its_own() -> None:
    code, out, _ = executed(sys.executable, "--version")

    assert (code, out.startswith("Python")) == (0, True)


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"])
def test_signals_reach_the_command(name: str) -> None:
    process = command("exec", "--fixture", "small", *python(WAIT_FOR_SIGNAL.format(name=name)), environ=CLEAN)
    assert process.stdout
    assert process.stdout.readline() == "waiting\n"

    process.send_signal(getattr(signal, name))

    assert finish(process)[0] == 7


@pytest.mark.thorough
def test_standard_input_is_the_commands() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "mockmarket", "exec", "--fixture", "small", "--", "cat"],
        input="through and through",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 2,
        env=CLEAN,
        check=True,
    )

    assert process.stdout == "through and through"


@pytest.mark.thorough
def test_server_is_gone_with_the_command() -> None:
    _, out, _ = executed(*python("import os; print(os.environ['MOCKMARKET_URL'])"))

    with pytest.raises(requests.ConnectionError):
        requests.get(out.strip(), timeout=5)


@pytest.mark.thorough
def test_port_file_has_the_port(tmp_path: Path) -> None:
    path = tmp_path / "port.txt"

    _, out, _ = executed(
        "--port-file", str(path), *python(f"import os; print(os.environ['MOCKMARKET_URL'], open({str(path)!r}).read())")
    )

    url, port = out.split()
    assert url.rpartition(":")[2] == port
    assert not path.exists()


@pytest.mark.thorough
def test_commands_inside_find_the_server() -> None:
    inside = [sys.executable, "-m", "mockmarket"]

    code, out, err = executed("--", *inside, "trigger", "order.accepted", "--vendor", "portal")

    assert (code, err) == (0, "")
    assert json.loads(out) == {"notices": 1, "deliveries": 0, "delivery_ids": []}


@pytest.mark.thorough
def test_client_finds_server_on_every_address() -> None:
    bound = ("--host", "0.0.0.0", "--control-token", "let me in")

    code, out, err = executed(*bound, *python("import os; print(os.environ['MOCKMARKET_URL'])"))

    assert (code, err) == (0, "")
    assert out.startswith("http://127.0.0.1:")
    assert Client(out.strip(), "let me in").url == out.strip()
