"""The wheel has everything that is needed to serve: nothing of it is looked for in a checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, offline, and unpack it where no checkout is near."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def run(unpacked: Path, *command: str) -> str:
    """Run the unpacked package's command line in an empty folder; returns what it prints."""
    environ = {**os.environ, "PYTHONPATH": str(unpacked)}
    command = (sys.executable, "-P", "-m", "mockmarket", *command)
    return subprocess.run(command, cwd=unpacked.parent, env=environ, check=True, capture_output=True, text=True).stdout


def test_wheel_has_every_fixture(unpacked: Path) -> None:
    shipped = {path.name for path in (ROOT / "fixtures").iterdir()}

    assert {path.name for path in (unpacked / "mockmarket" / "_fixtures").iterdir()} == shipped


def test_wheel_has_every_module(unpacked: Path) -> None:
    there = {path.relative_to(ROOT) for path in (ROOT / "mockmarket").rglob("*.py")}

    assert {path.relative_to(unpacked) for path in (unpacked / "mockmarket").rglob("*.py")} == there


def test_wheel_has_the_dashboards_files(unpacked: Path) -> None:
    folder = ROOT / "mockmarket" / "dashboard"

    there = {
        path.relative_to(folder)
        for name in ("templates", "static")
        for path in (folder / name).rglob("*")
        if path.is_file()
    }

    assert there
    assert [path for path in there if not (unpacked / "mockmarket" / "dashboard" / path).is_file()] == []


def test_wheel_says_it_is_typed(unpacked: Path) -> None:
    assert (unpacked / "mockmarket" / "py.typed").is_file()


@pytest.mark.thorough
def test_wheel_plants_its_own_fixture(unpacked: Path) -> None:
    assert run(unpacked, "fixture", "check", "default") == "default: good\n"


@pytest.mark.thorough
def test_wheel_lists_its_own_scenarios(unpacked: Path) -> None:
    shipped = {path.stem for path in (ROOT / "fixtures" / "scenarios").iterdir()}

    assert {load["name"] for load in json.loads(run(unpacked, "scenario", "list", "--json"))} == shipped


def test_wheel_carries_the_licence(unpacked: Path) -> None:
    assert next(unpacked.glob("*.dist-info/licenses/LICENSE")).read_text() == (ROOT / "LICENSE").read_text()
