"""`mockmarket scenario`: list, check and run; a line per step, and an exit code for CI."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from mockmarket.cli import main
from mockmarket.scenarios import reading
from tests.conftest import Client, Served
from tests.running import command, finish
from tests.scenarios import BUY, LISTEN, SHOP, latest, scenario_text

SOLD = {"about": "One is sold", "expect": {"stock": {"event": "1001", "section": "Floor", "sold": 1}}}
TWO = {"about": "Two are sold", "expect": {"stock": {"event": "1001", "section": "Floor", "sold": 2}}}


def run_command(*arguments: str) -> tuple[int, str, str]:
    """Run `mockmarket scenario`; returns its exit code and what it printed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MOCKMARKET_")}
    return finish(command("scenario", *arguments, environ=environ))


def invoke(*arguments: str) -> tuple[int, str, str]:
    """Run `mockmarket scenario` in this process; returns its exit code and what it printed."""
    result = CliRunner().invoke(main, ["scenario", *arguments], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def scenario_file(folder: Path, *steps: object, **parts: object) -> str:
    """Write a scenario to a file; returns its path."""
    path = folder / "tour.yaml"
    path.write_text(scenario_text(list(steps), **parts), encoding="utf-8")  # type: ignore[arg-type]
    return str(path)


def test_list_names_each_with_story() -> None:
    code, out, _ = invoke("list", "--json")

    assert code == 0
    assert [load["name"] for load in json.loads(out)] == reading.names()


def test_check_passes_what_is_shipped() -> None:
    code, out, err = invoke("check", *reading.names())

    assert (code, err) == (0, "")
    assert [line.partition(":")[0] for line in out.splitlines()] == reading.names()


def test_check_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "tour.yaml"
    path.write_text("steps:\n  - advance: 1h\n  - dance: 1\n")

    code, _, err = invoke("check", str(path))

    assert code == 1
    assert err.startswith("tour.yaml:3: steps[1].dance: There is no step 'dance'")


@pytest.mark.thorough
def test_run_prints_a_line_each_step(tmp_path: Path) -> None:
    code, out, err = run_command("run", scenario_file(tmp_path, BUY, SOLD))

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "1/2 ok     POSTs /orders at Scraper Portal: eventId 1001, section Floor, row GA, …; expects the answer 201: answered 201",
        "2/2 ok     One is sold: as expected",
        "tour passed: 2 of 2 steps.",
    ]


@pytest.mark.thorough
def test_failed_run_exits_with_one(tmp_path: Path) -> None:
    code, out, _ = run_command("run", scenario_file(tmp_path, BUY, TWO, SOLD))

    assert code == 1
    assert (
        "2/3 FAILED Two are sold:\n        stock: 2 of the seats at event 1001, section Floor should be sold; there are 50"
        in out
    )
    assert "3/3 -      One is sold" in out
    assert out.endswith("tour failed in step 2 of 3, in line 1.\n")


@pytest.mark.thorough
def test_watch_tells_what_happens(tmp_path: Path) -> None:
    _, out, _ = run_command("run", scenario_file(tmp_path, LISTEN, BUY, SOLD, receivers=SHOP), "--traffic")

    assert "        → portal POST /api/v1/orders: 201, r000001\n" in out
    assert "        ← portal order.confirmed delivered, attempts: 1, last answered 200, " in out


@pytest.mark.thorough
def test_json_is_the_run_itself(tmp_path: Path) -> None:
    code, out, _ = run_command("run", scenario_file(tmp_path, BUY, TWO), "--json")

    run = json.loads(out)
    assert code == 1
    assert run["failed"]["step"] == 2


def test_junit_report_has_a_case_for_each_step(served: Served, tmp_path: Path) -> None:
    report = tmp_path / "reports" / "tour.xml"

    code, _, _ = invoke(
        "run", scenario_file(tmp_path, BUY, TWO, SOLD), "--url", served.url, "--junit", str(report), "--json"
    )

    (suite,) = ElementTree.parse(report).getroot()
    assert code == 1
    assert {name: suite.get(name) for name in ("name", "tests", "failures", "skipped")} == {
        "name": "mockmarket scenario tour", "tests": "3", "failures": "1", "skipped": "1",
    }  # fmt: skip
    assert [[part.tag for part in case] for case in suite] == [[], ["failure"], ["skipped"]]
    assert str(suite[1][0].get("message")).startswith("stock: 2 of the seats at event 1001")


def test_run_uses_the_server_named(served: Served, client: Client, tmp_path: Path) -> None:
    code, out, _ = invoke("run", scenario_file(tmp_path, BUY, SOLD), "--url", served.url, "--world", client.world.name)

    assert code == 0, out
    assert latest(client, "tour")["state"] == "passed"
    assert client.control("GET", "records/portal/order")["total"] == 3


def test_new_world_of_the_server(served: Served, client: Client, tmp_path: Path) -> None:
    code, out, _ = invoke("run", scenario_file(tmp_path, BUY, SOLD), "--url", served.url, "--new-world", "--json")

    world = json.loads(out)["world"]
    assert code == 0
    assert world.startswith("tour-")
    assert client.control("GET", "scenarios/tour/runs") == {"runs": []}
    client.control("DELETE", f"worlds/{world}")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("run", "nothing"), 1, "There is no scenario 'nothing'; there are auto-pricer-with-fulfilment,"),
        (
            ("run", "portal-happy-path", "--url", "http://127.0.0.1:1"),
            3,
            "No mockmarket answers at http://127.0.0.1:1.",
        ),
        (("run",), 2, "Missing argument"),
    ],
)
def test_what_cannot_run_says_why(arguments: tuple[str, ...], code: int, words: str) -> None:
    exit_code, _, err = run_command(*arguments)

    assert exit_code == code
    assert words in err
