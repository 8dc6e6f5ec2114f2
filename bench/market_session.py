"""A test session of one test, which notes how long its `market` took. The bench runs it in a process of its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest


def test_first_market(request: pytest.FixtureRequest) -> None:
    """Note the seconds that the first `market` takes."""
    began = time.perf_counter()
    request.getfixturevalue("market")
    Path(os.environ["BENCH_SECONDS"]).write_text(str(time.perf_counter() - began))
