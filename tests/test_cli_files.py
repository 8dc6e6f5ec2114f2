"""Files on the command line: endings in any case, `-` for standard input, and words that fit what is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockmarket.cli import main
from mockmarket.seed import finding
from tests.conftest import Served
from tests.running import FIXTURE
from tests.scenarios import BUY, scenario_text

FIXTURE_TEXT = Path(FIXTURE).read_bytes()
SCENARIO = scenario_text([BUY]).encode()


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    """Run a command, with something on its standard input."""
    return CliRunner().invoke(main, arguments, input=stdin, catch_exceptions=False)


@pytest.mark.parametrize("name", ["UP.YML", "up.Yaml"])
@pytest.mark.parametrize(("command", "content"), [("fixture", FIXTURE_TEXT), ("scenario", SCENARIO)])
def test_ending_is_taken_in_any_case(tmp_path: Path, name: str, command: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    done = run(command, "check", str(path))

    assert (done.exit_code, done.stdout.startswith(f"{path}: good")) == (0, True)


def test_json_in_capitals_is_read_as_json(tmp_path: Path) -> None:
    path = tmp_path / "UP.JSON"
    path.write_bytes(b'{"about": "x",\n\t"abuot": "y"}')

    done = run("fixture", "check", str(path))

    assert done.stderr.startswith("UP.JSON:2: abuot: ")


@pytest.mark.thorough
def test_generated_file_may_end_in_capitals(tmp_path: Path) -> None:
    path = tmp_path / "BIG.DB"

    done = run("fixture", "generate", "--events", "1", "--listings", "1", "--out", str(path))

    assert (done.exit_code, finding.is_database(path)) == (0, True)


@pytest.mark.parametrize("name", ["fixture", "fixture.txt"])
def test_other_ending_is_not_called_missing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FIXTURE_TEXT)

    done = run("fixture", "check", str(path))

    assert done.stderr == f"{path} is a file, but must end in .yaml, .yml, .json, .db, .sqlite.\n"
    assert done.exit_code == 1


def test_file_of_another_ending_hides_no_shipped_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small").write_text("not a fixture")
    monkeypatch.chdir(tmp_path)

    assert finding.find("small").files == (finding.shipped() / "small.yaml",)


@pytest.mark.parametrize(
    ("command", "content", "good"),
    [("fixture", FIXTURE_TEXT, "-: good\n"), ("scenario", SCENARIO, "-: good, 1 steps\n")],
)
def test_dash_checks_standard_input(command: str, content: bytes, good: str) -> None:
    done = run(command, "check", "-", stdin=content)

    assert (done.exit_code, done.stdout) == (0, good)


@pytest.mark.parametrize("command", ["fixture", "scenario"])
def test_problem_of_standard_input_has_its_line(command: str) -> None:
    done = run(command, "check", "-", stdin=b"about: x\ndance: 1\n")

    assert done.exit_code == 1
    assert "stdin.yaml:2: dance: " in done.stderr


def test_scenario_on_standard_input_is_played(served: Served) -> None:
    done = run("scenario", "run", "-", "--url", served.url, stdin=SCENARIO)

    assert done.exit_code == 0
    assert "stdin passed: 1 of 1 steps." in done.stdout
    world = done.stdout.splitlines()[-1].split()[4]
    served.app.worlds.drop(world)
