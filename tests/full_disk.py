"""A mock on a disk of its own that a test fills and frees: a tmpfs of a few megabytes, which only the mock's processes see."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from soak import disk
from tests.receiver import PATIENCE_S


@dataclass
class SmallDisk:
    """A running mock, its disk as seen from outside, and the file that its log goes to."""

    url: str
    process: subprocess.Popen[str]
    folder: Path
    log: Path

    def fill(self) -> None:
        """Write to the disk until it is full."""
        disk.fill(self.folder)

    def free(self) -> None:
        """Delete what `fill` wrote."""
        disk.free(self.folder)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Make a request."""
        return requests.request(method, self.url + path, timeout=PATIENCE_S, **options)


def within_mount(folder: Path, size: str, *command: str) -> list[str]:
    """Return a command that runs with a small disk at a folder, or skip the test where that is not allowed."""
    if not disk.can_mount(folder):
        pytest.skip("the system lets no test mount a disk of its own (unshare --user --mount)")
    return disk.on_small_disk(folder, size, *command)


@contextmanager
def serving_on(folder: Path, size: str, *options: str) -> Iterator[SmallDisk]:
    """Serve the small fixture with its temporary files and its cache on a small disk at `folder`/disk."""
    place, log = folder / "disk", folder / "log"
    place.mkdir()
    places = [f"TMPDIR={place}", f"XDG_CACHE_HOME={place}/cache"]
    serve = [sys.executable, "-m", "mockmarket", "serve", "--port", "0", "--fixture", "small", *options]
    with log.open("wb") as errors:
        command = within_mount(place, size, "env", *places, *serve)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    try:
        ready = next((line for line in process.stdout if line.startswith("Ready. ")), "")
        assert ready, log.read_text()
        yield SmallDisk(ready.removeprefix("Ready. ").strip(), process, disk.seen_from_outside(process.pid, place), log)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
