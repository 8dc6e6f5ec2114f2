"""What a command replaces or deletes is named on the command line: never a world that only an inherited variable names."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockmarket.cli import main
from mockmarket.config import Config
from mockmarket_client import Client
from tests.conftest import Served
from tests.running import command, finish, serving
from tests.scenarios import BUY, scenario_text
from tests.test_cli_exec import CLEAN, executed

FAILS: dict[str, Any] = {"expect": {"stock": {"event": "1001", "section": "Floor", "sold": 7}}}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve a mock of the default fixture; its URL."""
    with serving(Config(fixture="default")) as served:
        yield served.url


@pytest.fixture
def mock(url: str) -> Iterator[Client]:
    """Give a client of the mock as it began, a setting of its main world changed and a snapshot taken of it, and a world `ci`."""
    with closing(Client(url)) as api:
        api.create_world("main", "default")
        api.save_snapshot("before")
        api.change_settings("portal", retries=1)
        api.create_world("ci", "default")
        yield api
        for name in (world["name"] for world in api.worlds()):
            with closing(api.in_world(name)) as own:
                for snapshot in own.snapshots():
                    own.delete_snapshot(snapshot["name"])
            if name != "main":
                api.drop_world(name)


@pytest.fixture
def tour(tmp_path: Path) -> str:
    """Write a scenario on a fixture other than the server's; returns its path."""
    path = tmp_path / "tour.yaml"
    path.write_text(scenario_text([BUY]), encoding="utf-8")
    return str(path)


def run(*arguments: str, **environ: str) -> Result:
    """Run a command with these variables and no others of ours."""
    ours = dict.fromkeys(("MOCKMARKET_URL", "MOCKMARKET_WORLD"), "")
    return CliRunner().invoke(main, arguments, env=ours | environ, catch_exceptions=False)


def untouched(api: Client) -> bool:
    """Return whether the main world is as it was begun, its changed setting and its snapshot included."""
    world = api.describe_world("main")
    as_begun = (world["fixture"], world["frozen"], [snapshot["name"] for snapshot in api.snapshots()])
    return as_begun == ("default", False, ["before"]) and api.settings()["portal"]["retries"]["value"] == 1


@pytest.mark.thorough
def test_scenario_leaves_a_variables_server_alone(mock: Client, tour: str) -> None:
    ran = run("scenario", "run", tour, MOCKMARKET_URL=mock.url)

    assert ran.exit_code == 0
    assert untouched(mock)
    assert ran.stdout.splitlines()[-1].startswith(f"Ran in the world tour-1 at {mock.url}/w/tour-1;")
    assert mock.describe_world("tour-1")["fixture"] == "small"


@pytest.mark.thorough
def test_scenario_leaves_a_named_server_alone(mock: Client, tour: str) -> None:
    ran = run("scenario", "run", tour, "--url", mock.url)

    assert (ran.exit_code, untouched(mock)) == (0, True)


@pytest.mark.thorough
def test_scenario_leaves_a_variables_world_alone(mock: Client, tour: str) -> None:
    ran = run("scenario", "run", tour, MOCKMARKET_URL=mock.url, MOCKMARKET_WORLD="ci")

    assert ran.exit_code == 0
    assert mock.describe_world("ci")["fixture"] == "default"


@pytest.mark.thorough
def test_each_scenario_has_its_world(mock: Client, tour: str) -> None:
    ran = run("scenario", "run", tour, tour, "--json", MOCKMARKET_URL=mock.url)

    runs = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [entry["world"] for entry in runs] == ["tour-1", "tour-2"]
    assert [entry["url"] for entry in runs] == [f"{mock.url}/w/tour-1", f"{mock.url}/w/tour-2"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("options", "environ", "played"),
    [
        (["--world", "ci"], {}, "ci"),
        (["--world", "main"], {"MOCKMARKET_WORLD": "ci"}, "main"),
        (["--here"], {}, "main"),
        (["--here"], {"MOCKMARKET_WORLD": "ci"}, "ci"),
        (["--here"], {"MOCKMARKET_NEW_WORLD": "1"}, "main"),
    ],
)
def test_scenario_plays_where_it_is_told(
    mock: Client, tour: str, options: list[str], environ: dict[str, str], played: str
) -> None:
    ran = run("scenario", "run", tour, *options, MOCKMARKET_URL=mock.url, **environ)

    names = [world["name"] for world in mock.worlds() if world["fixture"] == "default"]
    assert ran.exit_code == 0
    assert names == [name for name in ("main", "ci") if name != played]
    assert f"Ran in the world {played} at {mock.url}" in ran.stdout.splitlines()[-1]


def test_reset_undoes_a_scenario_here(mock: Client, tour: str) -> None:
    run("scenario", "run", tour, "--here", "--url", mock.url)

    assert mock.reset()["fixture"] == "default"


def test_failed_scenario_says_where_too(mock: Client, tmp_path: Path) -> None:
    path = tmp_path / "fails.yaml"
    path.write_text(scenario_text([FAILS]), encoding="utf-8")

    ran = run("scenario", "run", str(path), MOCKMARKET_URL=mock.url)

    assert ran.exit_code == 1
    assert f"at {mock.url}/w/fails-1;" in ran.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--world", "ci", "--here", "--url", "http://127.0.0.1:9"], "Pass only one of --world, --here."),
        (["--world", "ci", "--new-world", "--url", "http://127.0.0.1:9"], "Pass only one of --world, --new-world."),
        (["--world", "ci"], "pass its --url too"),
        (["--here"], "pass its --url too"),
    ],
)
def test_contradicting_places_are_refused(options: list[str], words: str) -> None:
    ran = run("scenario", "run", "portal-happy-path", *options)

    assert (ran.exit_code, words in ran.stderr) == (2, True)


def test_scenarios_file_that_is_not_there() -> None:
    ran = run("scenario", "run", "no/such.yaml", "--url", "http://127.0.0.1:9")

    assert (ran.exit_code, ran.stderr) == (1, "Error: There is no file 'no/such.yaml'.\n")


@pytest.mark.parametrize("command", ["snapshot restore before", "snapshot delete before", "reset"])
@pytest.mark.parametrize("variable", ["MOCKMARKET_URL", "MOCKMARKET_WORLD"])
def test_inherited_target_is_refused(mock: Client, command: str, variable: str) -> None:
    environ = {"MOCKMARKET_URL": mock.url} if variable == "MOCKMARKET_URL" else {"MOCKMARKET_WORLD": "main"}
    url = [] if variable == "MOCKMARKET_URL" else ["--url", mock.url]

    ran = run(*command.split(), *url, **environ)

    assert (ran.exit_code, untouched(mock)) == (2, True)
    assert variable in ran.stderr
    assert "--world NAME, or --here" in ran.stderr


@pytest.mark.parametrize("options", [["--world", "main"], ["--here"]], ids=" ".join)
def test_target_named_by_hand_is_replaced(mock: Client, options: list[str]) -> None:
    ran = run("snapshot", "restore", "before", "--no-json", *options, MOCKMARKET_URL=mock.url)

    assert (ran.exit_code, ran.output) == (0, "Restored before.\n")
    assert mock.settings()["portal"]["retries"]["value"] == 5


@pytest.mark.parametrize("suffix", ["", "/w/main"])
def test_server_named_by_hand_is_enough(mock: Client, suffix: str) -> None:
    ran = run("snapshot", "delete", "before", "--url", mock.url + suffix, MOCKMARKET_URL="http://127.0.0.1:9")

    assert (ran.exit_code, mock.snapshots()) == (0, [])


@pytest.mark.parametrize("options", [["--world", "main"], ["--here"]], ids=" ".join)
def test_world_named_by_hand_is_reset(mock: Client, options: list[str]) -> None:
    ran = run("reset", *options, MOCKMARKET_URL=mock.url)

    assert (ran.exit_code, json.loads(ran.output)["name"]) == (0, "main")
    assert mock.settings()["portal"]["retries"]["value"] == 5


@pytest.mark.parametrize("command", ["world make main", "world clone ci main"])
def test_existing_world_is_replaced_by_force_alone(mock: Client, command: str) -> None:
    refused = run(*command.split(), MOCKMARKET_URL=mock.url)
    left_alone = untouched(mock)

    forced = run(*command.split(), "--force", MOCKMARKET_URL=mock.url)

    assert (refused.exit_code, left_alone) == (1, True)
    assert "Pass --force to replace it" in refused.stderr
    assert (forced.exit_code, mock.settings()["portal"]["retries"]["value"]) == (0, 5)


def test_saving_takes_the_inherited_world(mock: Client) -> None:
    assert run("snapshot", "save", "after", MOCKMARKET_URL=mock.url, MOCKMARKET_WORLD="ci").exit_code == 0
    assert [snapshot["name"] for snapshot in mock.in_world("ci").snapshots()] == ["after"]


@pytest.mark.parametrize("name", ["s1/restore", "..", ""])
def test_snapshot_is_saved_under_a_name(mock: Client, name: str) -> None:
    ran = run("snapshot", "save", name, "--url", mock.url)

    assert (ran.exit_code, untouched(mock)) == (1, True)
    assert "letters, digits, dot, dash and underscore" in ran.stderr


def test_force_is_given_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine")

    ran = run(
        "fixture", "generate", "--events", "1", "--listings", "1", "--out", str(path), MOCKMARKET_FORCE="1"
    )  # fmt: skip

    assert (ran.exit_code, path.read_text()) == (1, "mine")


PLAY_INSIDE = """
import json, os, subprocess, sys
from mockmarket_client import Client
api = Client(os.environ["MOCKMARKET_URL"])
api.change_settings("portal", retries=1)
before = api.describe_world("main")
run = subprocess.run([sys.executable, "-m", "mockmarket", "scenario", "run", sys.argv[1]], capture_output=True, text=True)
after = api.describe_world("main")
print(json.dumps({
    "code": run.returncode, "last": run.stdout.splitlines()[-1], "url": api.url, "same": {**before, "now": 0} == {**after, "now": 0},
    "retries": api.settings()["portal"]["retries"]["value"], "reset": api.reset()["fixture"],
}))
"""


@pytest.mark.thorough
def test_scenario_inside_exec_has_its_own_world(tour: str) -> None:
    outer = ("--fixture", "default", "--", sys.executable, "-c", PLAY_INSIDE, tour)

    code, out, _ = executed(*outer, environ=CLEAN | {"MOCKMARKET_WORLD": "elsewhere"})

    result = json.loads(out)
    assert (code, result["code"]) == (0, 0)
    assert (result["same"], result["retries"], result["reset"]) == (True, 1, "default")
    assert f"in the world tour-1 at {result['url']}/w/tour-1;" in result["last"]


@pytest.mark.thorough
def test_scenario_without_variables_has_its_own_server(served: Served, tour: str) -> None:
    code, out, _ = finish(command("scenario", "run", tour, environ=CLEAN))

    assert (code, out.splitlines()[-1]) == (0, "tour passed: 1 of 1 steps.")
