"""The JavaScript example: its suite passes under `exec`, and fails when what it relies on is broken."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.receiver import PATIENCE_S
from tests.test_cli_exec import CLEAN

EXAMPLE = Path(__file__).parent.parent / "examples/javascript"

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")


def node_test(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a folder's suite under `exec`, as the example's README says."""
    command = [sys.executable, "-m", "mockmarket", "exec", *options, "--", "node", "--test", "--test-reporter=tap"]
    return subprocess.run(command, cwd=folder, env=CLEAN, capture_output=True, text=True, timeout=PATIENCE_S * 6)


@pytest.mark.thorough
def test_suite_passes_under_exec() -> None:
    done = node_test(EXAMPLE)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^# pass 6$", done.stdout, re.MULTILINE)
    assert re.search(r"^# fail 0$", done.stdout, re.MULTILINE)


@pytest.mark.thorough
def test_suite_sees_a_wrong_signature(tmp_path: Path) -> None:
    for path in EXAMPLE.iterdir():
        text = path.read_text().replace("update(`${stamp}.`).", "")  # signs the body alone
        (tmp_path / path.name).write_text(text)

    done = node_test(tmp_path)

    assert done.returncode == 1
    assert re.search(r"^not ok \d+ - a purchase sends a signed webhook$", done.stdout, re.MULTILINE)
