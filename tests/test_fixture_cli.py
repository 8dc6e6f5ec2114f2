"""The commands on fixtures and scenarios that an author uses: show, copy, init, check as JSON, the schema for editors, the watch."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from click.testing import CliRunner, Result

from mockmarket.app import App, create_app
from mockmarket.cli import main, watching
from mockmarket.cli.files import FixtureName
from mockmarket.cli.schema import text_of
from mockmarket.config import Config
from mockmarket.scenarios import reading as scenarios
from mockmarket.seed import finding, lines, reading
from mockmarket.store import events

SCHEMAS = Path(__file__).parent.parent / "docs" / "schemas"
VENUE = "venues: [{id: v, name: V, city: C}]\n"
EVENT = "events: [{id: e, name: E, venue: v, starts: +1d}]\n"


def run(*arguments: str, stdin: str = "", **environ: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [*arguments], input=stdin, env=environ)


def errors_of(kind: str, content: Any) -> list[str]:
    """Return where a file's content does not fit the schema of its kind."""
    validator = jsonschema.Draft202012Validator(json.loads(text_of(kind)))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(json.dumps(content)))]


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        ("fixture", "small", finding.shipped() / "small.yaml"),
        ("scenario", "portal-happy-path", scenarios.folder() / "portal-happy-path.yaml"),
    ],
)
def test_shipped_file_is_shown_and_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str, path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")

    assert run(kind, "show", name).stdout == text
    assert run(kind, "copy", name).stdout == f"Wrote {name}.yaml.\n"
    assert (tmp_path / f"{name}.yaml").read_text(encoding="utf-8") == text


def test_copy_overwrites_by_force_alone(tmp_path: Path) -> None:
    target = tmp_path / "mine.yaml"
    target.write_text("mine")

    refused = run("fixture", "copy", "small", str(target))
    forced = run("fixture", "copy", "small", str(target), "--force")

    assert (refused.exit_code, refused.stderr) == (1, f"Error: {target} exists; --force overwrites it.\n")
    assert forced.exit_code == 0
    assert target.read_text(encoding="utf-8") != "mine"


def test_first_fixture_is_good_and_has_its_schema(tmp_path: Path) -> None:
    target = tmp_path / "new" / "shop.yaml"

    done = run("fixture", "init", str(target))

    assert done.exit_code == 0
    assert target.read_text().startswith("# yaml-language-server: $schema=fixture.schema.json\n")
    assert (target.parent / "fixture.schema.json").read_text() == text_of("fixture")
    assert run("fixture", "check", str(target)).stdout == f"{target}: good\n"
    assert run("fixture", "init", "-").stdout == target.read_text()


@pytest.mark.parametrize("kind", ["fixture", "scenario"])
def test_results_of_a_check_are_json(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "tour.yaml"
    path.write_text("about: x\ndance: 1\n")

    done = run(kind, "check", str(path), "nowhere", "--json")

    broken, missing = json.loads(done.stdout)
    assert (done.exit_code, broken["file"], broken["good"]) == (1, str(path), False)
    problem = next(problem for problem in broken["problems"] if problem["field"] == "dance")
    assert (problem["file"], problem["line"]) == ("tour.yaml", 2)
    assert list(missing["problems"][0]) == ["message"]


def test_pipe_is_checked(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, VENUE.encode())
    os.close(write)

    done = run("fixture", "check", f"/dev/fd/{read}")

    os.close(read)
    assert done.stdout == f"/dev/fd/{read}: good\n"


def test_fixture_on_standard_input_is_text_with_its_variables() -> None:
    @click.command()
    @click.option("--fixture", type=FixtureName())
    def command(fixture: str) -> None:
        click.echo(repr(fixture))

    done = CliRunner().invoke(command, ["--fixture", "-"], input="about: ${SHOP} ${OTHER:-x}", env={"SHOP": "mine"})

    assert done.stdout == repr("about: ${SHOP:-mine} ${OTHER:-x}\n") + "\n"


@pytest.mark.parametrize("kind", ["fixture", "scenario"])
def test_published_schema_is_current(kind: str) -> None:
    assert (SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8") == text_of(kind)
    assert run("schema", kind).stdout == text_of(kind)


@pytest.mark.parametrize("kind", ["fixture", "scenario"])
def test_schema_is_one(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(text_of(kind)))


@pytest.mark.parametrize("name", finding.names())
def test_shipped_fixtures_fit_the_schema(name: str) -> None:
    assert errors_of("fixture", reading.read(finding.find(name))[0]) == []


def test_shipped_scenarios_fit_the_schema() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(text_of("scenario")))

    wrong = {
        name: [*validator.iter_errors(json.loads(json.dumps(lines.read_file(scenarios.find(name))[0])))]
        for name in scenarios.names()
    }

    assert len(wrong) > 10
    assert {name: errors for name, errors in wrong.items() if errors} == {}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("fixture", {"venuse": []}),
        ("fixture", {"venues": [{"id": "v", "name": "V"}]}),
        ("fixture", {"events": [{"id": "e", "name": "E", "venue": "v", "starts": "+1d", "status": "off"}]}),
        ("fixture", {"frozen": "maybe"}),
        ("scenario", {"steps": [{"advance": "1h", "call": {"vendor": "portal", "path": "/events"}}]}),
        ("scenario", {"steps": [{"call": {"vendor": "portal", "path": "/events", "statsu": 200}}]}),
        ("scenario", {"steps": [{"dance": {}}]}),
    ],
)
def test_schema_refuses_what_is_wrong(kind: str, content: Any) -> None:
    assert errors_of(kind, content) != []


def test_schema_takes_variables_and_anchors() -> None:
    assert errors_of("fixture", {"frozen": "${FROZEN}", "x-mine": 5}) == []


class Watched:
    """A server's fixture in a file, and the watch on it."""

    def __init__(self, app: App, path: Path) -> None:
        self.app, self.path, self.watch = app, path, watching.FixtureWatch(app)
        self.clock = 0

    def write(self, text: str) -> None:
        """Change the file, as at another moment, and let the watch see it and see it at rest."""
        self.path.write_text(text)
        self.clock += 1_000_000_000
        os.utime(self.path, ns=(self.clock, self.clock))
        self.watch.look()
        self.watch.look()

    def event_ids(self) -> list[str]:
        """Return the ids of the world's events."""
        return [event.id for event in events.all(self.app.worlds.get("main").read())]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """Serve a fixture of one event."""
    path = tmp_path / "shop.yaml"
    path.write_text(VENUE + EVENT)
    app = create_app(Config(fixture=str(path)))
    yield Watched(app, path)
    app.close(0)


def test_changed_fixture_makes_the_world_anew(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    watched.write(VENUE + EVENT.replace("id: e", "id: f"))

    assert watched.event_ids() == ["f"]
    assert caplog.messages[-1] == f"{watched.path} has changed: the world main was made from it anew."


def test_broken_fixture_leaves_the_world(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    watched.write(VENUE + EVENT.replace("venue: v", "venue: w"))

    assert watched.event_ids() == ["e"]
    assert "has changed and cannot be used; the world main is unchanged:\nshop.yaml:2: events[0].venue: " in caplog.text

    watched.write(VENUE + EVENT.replace("id: e", "id: g"))

    assert watched.event_ids() == ["g"]


def test_watch_needs_a_file() -> None:
    done = run("serve", "--fixture", "-", "--watch", stdin="about: x")

    assert done.exit_code == 2
    assert "--watch needs a fixture that is a file or a folder." in done.stderr
