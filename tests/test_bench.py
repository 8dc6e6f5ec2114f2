"""The bench runs and prints ratios. How large they are is nobody's promise."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.thorough
def test_bench_prints_a_ratio() -> None:
    command = [sys.executable, "-m", "bench", "--rounds", "1", "--seconds", "0.2", "--only", "events"]

    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout

    assert re.search(r"^GET events, 10 +req/s .* \d+\.\d\d ×", printed, re.MULTILINE), printed
