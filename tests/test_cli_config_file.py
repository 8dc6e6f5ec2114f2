"""The configuration file: where it is looked for, what it may set, and what beats it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockmarket.cli import main
from mockmarket.cli.config_file import defaults


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory below a folder for files."""
    below = tmp_path / "project" / "tests"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    return below.parent


def params(*arguments: str) -> dict[str, Any]:
    """Return the values of a command's parameters, without running it."""
    with main.make_context("mockmarket", [*arguments]) as ctx:
        name, rest = arguments[0], [*arguments[1:]]
        ctx.invoked_subcommand = name
        ctx.default_map = defaults(ctx)
        command = main.get_command(ctx, name)
        assert command
        with command.make_context(name, rest, parent=ctx) as own:
            return own.params


def refusal(*arguments: str) -> str:
    """Return the message of a usage error."""
    result = CliRunner().invoke(main, [*arguments])
    assert result.exit_code == 2, result.output
    return result.output.partition("Error: ")[2].strip()


@pytest.mark.parametrize(
    ("name", "head"), [("mockmarket.toml", ""), ("pyproject.toml", "[project]\nname = 'x'\n[tool.mockmarket]\n")]
)
def test_nearest_file_upwards_counts(folder: Path, name: str, head: str) -> None:
    (folder.parent / "mockmarket.toml").write_text("seed = 1\nworkers = 2")
    (folder / name).write_text(f"{head}seed = 7")

    values = params("serve")

    assert (values["seed"], values["workers"], values["port"]) == (7, 8, 8000)


def test_own_file_beats_the_projects(folder: Path) -> None:
    (folder / "mockmarket.toml").write_text("seed = 7")
    (folder / "pyproject.toml").write_text("[tool.mockmarket]\nseed = 8")

    assert params("serve")["seed"] == 7


def test_project_without_a_table_is_passed_by(folder: Path) -> None:
    (folder.parent / "mockmarket.toml").write_text("seed = 7")
    (folder / "pyproject.toml").write_text("[project]\ndependencies = ['mockmarket']\n[tool]\n")

    assert params("serve")["seed"] == 7


def test_option_beats_variable_beats_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "mockmarket.toml").write_text("seed = 1\nhost = 'file'\nworkers = 3")
    monkeypatch.setenv("MOCKMARKET_SEED", "2")
    monkeypatch.setenv("MOCKMARKET_HOST", "variable")

    values = params("serve", "--seed", "3")

    assert (values["seed"], values["host"], values["workers"]) == (3, "variable", 3)


def test_tables_are_for_one_command(folder: Path) -> None:
    (folder / "mockmarket.toml").write_text("port = 1\nseed = 5\n[serve]\nport = 2\n[scenario.run]\ncurrency = 1\n")

    assert (params("serve")["port"], params("exec", "true")["port"]) == (2, 1)
    assert refusal("scenario", "run", "x").startswith(f"{folder}/mockmarket.toml: [scenario.run] currency: There is no")


def test_values_have_their_types(folder: Path) -> None:
    (folder / "mockmarket.toml").write_text(
        "tls = true\ncache = false\nnow = 2027-03-01T09:00:00Z\ntrusted-proxy = ['10.0.0.0/8', '::1']\nlog-level = 'error'"
    )

    values = params("serve")

    assert (values["tls"], values["cache"], values["now"], values["log_level"]) == (True, False, 1803891600000, "error")
    assert [str(network) for network in values["trusted_proxies"]] == ["10.0.0.0/8", "::1/128"]


def test_paths_are_relative_to_the_file(folder: Path) -> None:
    (folder / "ca.pem").write_text("")
    (folder / "mockmarket.toml").write_text(
        f"fixture = 'shop.yaml'\ndata = '../data'\nca-file = 'ca.pem'\nport-file = '{folder / 'port.txt'}'"
    )

    values = params("serve")

    assert Path(values["fixture"]) == folder / "shop.yaml"
    assert values["data"].resolve() == folder.parent / "data"
    assert (values["ca_file"], values["port_file"]) == (str(folder / "ca.pem"), folder / "port.txt")


def test_shipped_fixture_is_a_name(folder: Path) -> None:
    (folder / "mockmarket.toml").write_text("fixture = 'small'")

    assert params("serve")["fixture"] == "small"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1", "prot: There is no such option. Did you mean port?"),
        ("[sevre]\nport = 1", "sevre: There is no such command. Did you mean serve?"),
        ("[serve]\nfixtrue = 'x'", "[serve] fixtrue: There is no such option. Did you mean fixture?"),
        ("port = '8000'", "[serve] port: Must be a whole number, not '8000'."),
        ("port = true", "[serve] port: Must be a whole number, not True."),
        ("tls = 'yes'", "[serve] tls: Must be true or false, not 'yes'."),
        ("host = 1", "[serve] host: Must be a text, not 1."),
        ("trusted-proxy = [1]", "[serve] trusted-proxy: Must be a list of texts, not [1]."),
        ("port = ", "Invalid value (at end of document)."),
        ("[serve]\nport = 70000", "port: 70000 is not in the range 0<=x<=65535."),
        ("log-level = 'loud'", "log-level: 'loud' is not one of 'debug', 'info', 'warning', 'error'."),
        ("tls-port = 1", "tls-port needs --tls."),
        ("control-token = 12345678", "[serve] control-token: Must be a text."),
        ("[clock]\nurll = 'x'", "[clock] urll: There is no such option. Did you mean url?"),
    ],
)
def test_mistakes_are_named_with_their_place(folder: Path, text: str, words: str) -> None:
    (folder / "mockmarket.toml").write_text(text)

    message = refusal(*(("clock", "show") if text.startswith("[clock]") else ("serve",)))

    assert message.removeprefix("Invalid value for ") == f"{folder}/mockmarket.toml: {words}"


def test_what_is_lost_is_not_chosen_by_a_file(folder: Path) -> None:
    (folder / "mockmarket.toml").write_text("world = 'precious'\nurl = 'http://127.0.0.1:9'")

    assert "pass --world NAME, or --here" in refusal("snapshot", "restore", "x")

    (folder / "mockmarket.toml").write_text("world = 'precious'")
    assert f"({folder}/mockmarket.toml)" in refusal("reset")

    (folder / "mockmarket.toml").write_text("[snapshot.restore]\nhere = true")
    assert "here: There is no such option." in refusal("snapshot", "restore", "x")


def test_every_part_of_a_fixture_is_relative_to_the_file(folder: Path) -> None:
    (folder / "mockmarket.toml").write_text(f"fixture = 'fixtures/ci{os.pathsep}b.yaml'")

    assert params("serve")["fixture"] == f"{folder}/fixtures/ci{os.pathsep}{folder}/b.yaml"


def test_no_file_is_read_where_a_variable_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "mockmarket.toml").write_text("seed = 7")
    monkeypatch.setenv("MOCKMARKET_NO_CONFIG", "1")

    assert params("serve")["seed"] != 7


def test_table_of_the_project_is_a_table(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool]\nmockmarket = 'x'")

    assert refusal("serve") == f"{folder}/pyproject.toml: tool.mockmarket must be a table, not 'x'."


def test_file_that_is_no_text_is_named(folder: Path) -> None:
    (folder / "mockmarket.toml").write_bytes(b"\xff")

    assert refusal("serve").startswith(f"{folder}/mockmarket.toml: ")


def test_example_of_the_page_is_right(folder: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "configuration.md").read_text()
    (folder / "mockmarket.toml").write_text(page.partition("```toml\n")[2].partition("```")[0])

    served, listening, executed = params("serve"), params("listen"), params("exec", "true")

    assert (served["port"], served["seed"], served["data"]) == (8080, 7, folder / "var" / "mock")
    assert (listening["forward"], executed["dump"]) == ("http://127.0.0.1:3000/hooks", folder / "evidence")
