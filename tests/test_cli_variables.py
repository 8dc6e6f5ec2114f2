"""Values from the environment: what is wrong with one is told by its variable, and what another program set is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockmarket.cli import main
from tests.conftest import Served
from tests.running import command, finish
from tests.test_cli_exec import CLEAN

LINK = "tcp://10.3.2.1:8000"
"""What Kubernetes puts into <SERVICE>_PORT."""


def run(*arguments: str, **environ: str) -> Result:
    """Run a command in this process with these variables."""
    return CliRunner().invoke(main, arguments, env=environ, catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "variable", "value", "option"),
    [
        ("vendors", "MOCKMARKET_JSON", "maybe", "--json"),
        ("serve", "MOCKMARKET_PORT", "many", "--port"),
        ("serve", "PORT", "70000", "--port"),
        ("serve", "MOCKMARKET_NOW", "tomorrow", "--now"),
        ("serve", "MOCKMARKET_LOG_LEVEL", "loud", "--log-level"),
        ("serve", "MOCKMARKET_CA_FILE", "nowhere.pem", "--ca-file"),
        ("serve", "MOCKMARKET_TRUSTED_PROXY", "everybody", "--trusted-proxy"),
        ("exec -- true", "MOCKMARKET_WORKERS", "0", "--workers"),
        ("exec -- true", "MOCKMARKET_SEED", "-1", "--seed"),
        ("env", "MOCKMARKET_SHELL", "powershell", "--shell"),
        ("listen", "MOCKMARKET_LISTEN_PORT", "x", "--port"),
        ("listen", "MOCKMARKET_FORWARD", "nowhere", "--forward"),
        ("trigger order.accepted", "MOCKMARKET_OVERRIDE", "x", "--override"),
        ("fixture generate --events 1 --listings 1", "MOCKMARKET_START", "soon", "--start"),
    ],
)
def test_wrong_value_names_its_variable(arguments: str, variable: str, value: str, option: str) -> None:
    ran = run(*arguments.split(), **{variable: value})

    assert ran.exit_code == 2
    assert f"Invalid value for {variable}: " in ran.stderr
    assert option not in ran.stderr.partition("Error:")[2]


def test_wrong_value_by_hand_names_its_option() -> None:
    ran = run("serve", "--port", "many", MOCKMARKET_PORT="8000")

    assert "Invalid value for '-p' / '--port': 'many'" in ran.stderr


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "code", "environ"),
    [
        ("snapshot list", 3, {"MOCKMARKET_URL": "http://127.0.0.1:9/"}),
        ("snapshot list", 3, {"MOCKMARKET_URL": "nonsense"}),
        ("serve", 1, {"MOCKMARKET_FIXTURE": "nope"}),
        ("exam http://127.0.0.1:9", 2, {"MOCKMARKET_VENDOR": "nobody", "MOCKMARKET_SECRET": "s"}),
        ("listen", 2, {"MOCKMARKET_VENDOR": "nobody"}),
    ],
    ids=str,
)
def test_refused_value_names_its_variable(arguments: str, code: int, environ: dict[str, str]) -> None:
    ran = run(*arguments.split(), **environ)

    name, value = next(iter(environ.items()))
    assert ran.exit_code == code
    assert f"(In the environment: {name}={value}.)" in ran.stderr


@pytest.mark.thorough
def test_refused_value_of_exec_names_its_variable() -> None:
    code, out, err = finish(command("exec", "--", "true", environ=CLEAN | {"MOCKMARKET_FIXTURE": "nope"}))

    assert (code, out) == (125, "")
    assert err.endswith("(In the environment: MOCKMARKET_FIXTURE=nope.)\n")


def test_value_by_hand_is_not_the_environments() -> None:
    ran = run("snapshot", "list", "--url", "http://127.0.0.1:9", MOCKMARKET_URL="http://127.0.0.1:8")

    assert "MOCKMARKET_URL" not in ran.stderr


def test_secrets_and_counts_are_not_quoted() -> None:
    ran = run("listen", "--url", "http://127.0.0.1:9", "--register", MOCKMARKET_SECRET="127", MOCKMARKET_COUNT="9")

    assert ran.exit_code == 3
    assert "environment" not in ran.stderr


def test_unknown_world_of_a_variable_names_it(served: Served) -> None:
    ran = run("snapshot", "list", "--url", served.url, MOCKMARKET_WORLD="nowhere")

    assert (ran.exit_code, "(In the environment: MOCKMARKET_WORLD=nowhere.)" in ran.stderr) == (1, True)


@pytest.mark.thorough
@pytest.mark.parametrize("path", ["/api/v1", "/zatabox/api/v1", "/_mockmarket"])
@pytest.mark.parametrize(
    "arguments",
    [
        "snapshot list", "env", "trigger order.accepted", "resend d1", "scenario run portal-happy-path", "listen", "world list",
        "world make x", "clock show", "clock advance 1h", "fault list", "requests", "requests show r1", "deliveries",
        "records portal", "wait", "tail", "open",
    ],
)  # fmt: skip
def test_url_with_a_path_says_the_servers_own(served: Served, arguments: str, path: str) -> None:
    by_hand = run(*arguments.split(), "--url", served.url + path)
    inherited = run(*arguments.split(), MOCKMARKET_URL=served.url + path)

    assert (by_hand.exit_code, inherited.exit_code) == (3, 3)
    assert by_hand.stderr == f"Error: --url must be the server's own URL: {served.url}\n"
    assert inherited.stderr == f"Error: MOCKMARKET_URL must be the server's own URL: {served.url}\n"


@pytest.mark.parametrize("environ", [{}, {"MOCKMARKET_PORT": "0"}], ids=str)
def test_variables_of_commands_are_not_read(environ: Mapping[str, str]) -> None:
    ran = run("serve", "--fixture", "nope", MOCKMARKET_SERVE_PORT=LINK, MOCKMARKET_SERVE_WORKERS="0", **environ)

    assert "There is no fixture 'nope'" in ran.stderr


@pytest.mark.thorough
def test_service_of_the_cluster_is_ignored() -> None:
    code, out, err = finish(
        command("exec", "--fixture", "small", "--", "true", environ=CLEAN | {"MOCKMARKET_PORT": LINK})
    )  # fmt: skip

    assert (code, out) == (0, "")
    assert err.startswith(f"Warning: MOCKMARKET_PORT={LINK} is ignored: it is a service's address, not a port.\n")


@pytest.mark.thorough
def test_next_variable_is_read_instead(tmp_path: Path) -> None:
    environ = CLEAN | {"MOCKMARKET_PORT": LINK, "PORT": "1"}

    code, _, err = finish(
        command("serve", "--fixture", "small", "--host", "192.0.2.1", "--control-token", "x", environ=environ)
    )

    assert code == 1
    assert "MOCKMARKET_PORT=tcp://" in err
    assert "Cannot listen on 192.0.2.1:1" in err


def test_port_by_hand_needs_no_warning() -> None:
    ran = run("serve", "--port", "1", "--fixture", "nope", "--host", "192.0.2.1", MOCKMARKET_PORT=LINK)

    assert "Warning" not in ran.stderr


@pytest.mark.parametrize("token", ["wrong", ""])
def test_refused_token_names_where_it_is_given(token: str) -> None:
    from mockmarket.config import Config
    from tests.running import serving

    with serving(Config(fixture="small", control_token="right")) as served:
        ran = run("snapshot", "list", "--url", served.url, MOCKMARKET_CONTROL_TOKEN=token)

    assert ran.exit_code == 1
    assert f"Pass it with {'MOCKMARKET_CONTROL_TOKEN' if token else '--control-token'}." in ran.stderr
