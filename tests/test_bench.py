"""The bench runs, and each of its rows comes out. How large they are is nobody's promise."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bench.measures import MEASURES
from bench.peers import PEERS, installed
from bench.placement import rows
from bench.recording import LARGE, WORLD

ROOT = Path(__file__).parents[1]


@pytest.mark.thorough
def test_bench_measures_every_row() -> None:
    command = [sys.executable, "-m", "bench", "--rounds", "1", "--seconds", "0.1", "--json"]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)

    assert ran.returncode == 0, ran.stderr
    rows = json.loads(ran.stdout)["rows"]
    assert [row["name"] for row in rows] == [measure.name for measure in MEASURES if not measure.on_demand]
    assert [row for row in rows if not row["ratio"] > 0] == []


@pytest.mark.parametrize("fixture", [WORLD, LARGE], ids=["world", "large"])
def test_fixtures_of_the_bench_have_a_fixed_start(fixture: Path) -> None:
    """Ids follow from a world's start, which without a start of its own is the full hour."""
    start = yaml.safe_load(fixture.read_text())["start"]

    assert start.isoformat() == "2026-01-01T00:00:00+00:00"


def test_peer_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")

    assert [*installed()] == []

    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == [peer.command for peer in PEERS]


def test_simulated_figures_are_told_for_two_sizes() -> None:
    page = (ROOT / "docs" / "fleet.md").read_text()

    titles = [title for title, _ in rows(3, 1000)]

    assert len(titles) > 5
    assert [title for title in titles if page.count(f"| {title} |") != 2 * titles.count(title)] == []
