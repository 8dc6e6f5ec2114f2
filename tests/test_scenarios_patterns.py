"""Regular expressions in scenarios are Python's, and none can block the server or the run."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from mockmarket.clock import monotonic
from mockmarket.matching import regex
from tests.conftest import Client
from tests.scenarios import failure, run_scenario

ENDLESS = "^(.|.|.)*(.|\\w|.)*$x"


def search_step(pattern: str) -> list[dict[str, object]]:
    """Write a step that looks for a pattern in the name of an event."""
    expect = {"data[0].name": {"matches": pattern}}
    return [{"call": {"vendor": "portal", "path": "/events?limit=1", "expect": expect}}]


@pytest.mark.thorough
def test_endless_pattern_fails_its_step(client: Client) -> None:
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(run_scenario, client, search_step(ENDLESS))
        start = monotonic()
        health = client.get("/_mockmarket/health")
        elapsed = monotonic() - start

    assert health.status_code == 200
    assert elapsed < 3
    assert f'The pattern "{ENDLESS.replace(chr(92), chr(92) * 2)}" cannot be matched: ' in failure(run.result())
    assert "the search takes too long, more than 2 s" in failure(run.result())


@pytest.mark.thorough
def test_endless_patterns_leave_others_answered(client: Client) -> None:
    with ThreadPoolExecutor(12) as pool:
        runs = [pool.submit(regex.problem, ENDLESS) for _ in range(4)]
        runs += [pool.submit(search_problem, ENDLESS) for _ in range(8)]
        start = monotonic()
        health = client.get("/_mockmarket/health")
        elapsed = monotonic() - start

    assert health.status_code == 200
    assert elapsed < 3
    assert sum(run.result() is not None for run in runs) == 8


def search_problem(pattern: str) -> str | None:
    """Return why a pattern could not be searched for in a text, or None."""
    try:
        regex.search(pattern, "Some name of a show")
    except regex.PatternError as error:
        return str(error)
    return None


def test_pattern_is_pythons(client: Client) -> None:
    run = run_scenario(client, search_step(r"(?<!x)(?P<first>[A-Z])\w+(?=.)(?!(?P=first){9})"))

    assert run["state"] == "passed", run["steps"]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^Ceb\\w$", "Cebú", True),
        ("a.c", "abc", True),
        ("^b", "ab", False),
        ("(?s)a.b", "a\nb", True),
        ("\ud800", "x\ud800", True),
    ],
)
def test_text_is_searched(pattern: str, text: str, expected: bool) -> None:
    assert regex.search(pattern, text) is expected


@pytest.mark.thorough
def test_search_goes_on_after_a_killed_worker() -> None:
    with pytest.raises(regex.PatternError, match="takes too long"):
        regex.search(ENDLESS, "Some name of a show")

    assert regex.search("name", "Some name of a show")


def test_large_text_is_searched() -> None:
    assert regex.search("b$", "a" * 3_000_000 + "b")


@pytest.mark.parametrize(
    "pattern", ["((a{1000}){1000}){1000}b", "(?i)" + "[\\0-\U0010ffff]" * 40, "(" * 490 + ")" * 490]
)
def test_large_pattern_takes_no_memory(pattern: str) -> None:
    start = monotonic()

    regex.problem(pattern)

    assert monotonic() - start < 10


def test_workers_end_with_the_process() -> None:
    script = (
        "from mockmarket.matching import regex\n"
        "regex.search('a', 'a')\n"
        "print(regex.WORKERS.idle[0].pid)\n"
    )  # fmt: skip

    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)

    assert result.stderr == ""
    assert not alive(int(result.stdout))


def alive(pid: int) -> bool:
    """Return whether a process runs."""
    return subprocess.run(["kill", "-0", str(pid)], capture_output=True).returncode == 0
