"""The wheel contains everything that serving needs, without a checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("mockmarket", "mockmarket_client")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel offline, and unpack it outside the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def run(site: Path, *command: str) -> str:
    """Run the unpacked package's command line in an empty folder; returns what it prints."""
    environ = {**os.environ, "PYTHONPATH": str(site)}
    command = (sys.executable, "-P", "-m", "mockmarket", *command)
    return subprocess.run(command, cwd=site.parent, env=environ, check=True, capture_output=True, text=True).stdout


@pytest.mark.thorough
def test_wheel_has_every_fixture(site: Path) -> None:
    shipped = {path.name for path in (ROOT / "fixtures").iterdir()}

    assert {path.name for path in (site / "mockmarket" / "_fixtures").iterdir()} == shipped


@pytest.mark.thorough
def test_wheel_has_every_module(site: Path) -> None:
    modules = {path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")}

    packed = {path.relative_to(site) for package in PACKAGES for path in (site / package).rglob("*.py")}

    assert {path for path in packed if "_examples" not in path.parts} == modules


def test_wheel_has_every_file_beside_modules(site: Path) -> None:
    endings = (".html", ".css", ".js", ".sql", ".yaml", ".mjs", ".png")

    files = {path.relative_to(ROOT) for path in (ROOT / "mockmarket").rglob("*") if path.suffix in endings}

    assert files
    assert [path for path in files if not (site / path).is_file()] == []


def test_wheel_says_it_is_typed(site: Path) -> None:
    assert all((site / package / "py.typed").is_file() for package in PACKAGES)


@pytest.mark.thorough
@pytest.mark.parametrize(("command", "folder", "ending"), [("docs", "docs", ".md"), ("example", "examples", "")])
def test_wheel_prints_every_page_and_example(site: Path, command: str, folder: str, ending: str) -> None:
    files = {
        path.relative_to(ROOT / folder).as_posix().removesuffix(ending): path
        for path in (ROOT / folder).rglob(f"*{ending}")
        if path.is_file() and "__pycache__" not in path.parts
    }

    listed = [row["name"] for row in json.loads(run(site, command, "list", "--json"))]

    assert listed == sorted(files)
    assert run(site, command, "show", listed[-1]) == files[listed[-1]].read_text()


@pytest.mark.thorough
def test_wheel_plants_its_own_fixture(site: Path) -> None:
    assert run(site, "fixture", "check", "default") == "default: good\n"


@pytest.mark.thorough
def test_wheel_lists_its_own_scenarios(site: Path) -> None:
    shipped = {path.stem for path in (ROOT / "fixtures" / "scenarios").iterdir()}

    assert {load["name"] for load in json.loads(run(site, "scenario", "list", "--json"))} == shipped


def test_wheel_carries_the_licence(site: Path) -> None:
    assert next(site.glob("*.dist-info/licenses/LICENSE")).read_text() == (ROOT / "LICENSE").read_text()
