"""Suites for tests of the pytest plugin: each runs in a process of its own, with a running server or with servers of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from mockmarket.config import Config
from tests.conftest import Served
from tests.receiver import PATIENCE_S
from tests.running import serving

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKMARKET_", "PYTEST_"))}
INSTALLED = [point for point in entry_points(group="pytest11") if point.name == "mockmarket"]
LOADED = () if INSTALLED else ("-p", "mockmarket_client.pytest_plugin")

BUY = """
CUSTOMER = {"email": "mei@example.com", "phone": {"number": "5550100", "countryCode": "+1"}}

def buy(market):
    return market.buy("portal", eventId="1001", section="Floor", row="GA", quantity=1, customer=CUSTOMER)
"""


class Suite:
    """An inner suite in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, text: str, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Write the suite's tests and run them in a process of their own."""
        (self.folder / "test_inner.py").write_text(text)
        without = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")  # whose plugin imports all of hypothesis
        command = [sys.executable, "-m", "pytest", *without, *LOADED, "-rA", *options]
        return subprocess.run(
            command, cwd=self.folder, env=CLEAN | environ, capture_output=True, text=True, timeout=PATIENCE_S * 6
        )


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Return an empty suite."""
    return Suite(tmp_path)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the small fixture for the suites that name a server."""
    with serving(Config(fixture="small")) as served:
        yield served


def counts(result: subprocess.CompletedProcess[str], **expected: int) -> None:
    """Check how many tests of an inner suite passed, failed, and so on."""
    summary = next(line for line in reversed(result.stdout.splitlines()) if " in " in line)
    totals = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", summary.partition(" in ")[0])}
    assert totals == expected, result.stdout + result.stderr
