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

from tests.receiver import PATIENCE_S

MOUNT = 'mount -t tmpfs -o size="$SIZE" mockmarket "$DISK" && exec "$@"'
BLOCK = b"\0" * 4096


@dataclass
class SmallDisk:
    """A running mock, its disk as seen from outside, and the file that its log goes to."""

    url: str
    process: subprocess.Popen[str]
    folder: Path
    log: Path

    def fill(self) -> None:
        """Write to the disk until it is full."""
        with (self.folder / "fill").open("wb", buffering=0) as file:
            try:
                while file.write(BLOCK) == len(BLOCK):
                    pass
            except OSError:
                return

    def free(self) -> None:
        """Delete what `fill` wrote."""
        (self.folder / "fill").unlink(missing_ok=True)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Make a request."""
        return requests.request(method, self.url + path, timeout=PATIENCE_S, **options)


def within_mount(folder: Path, size: str, *command: str) -> list[str]:
    """Return a command that runs with a small disk mounted at a folder, or skip the test where that is not allowed."""
    mounted = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh"]
    prefix = ["env", f"SIZE={size}", f"DISK={folder}", *mounted]
    if not can_mount(prefix):
        pytest.skip("the system lets no test mount a disk of its own (unshare --user --mount)")
    return [*prefix, *command]


def can_mount(prefix: list[str]) -> bool:
    """Return whether a command runs with a disk of its own."""
    try:
        return subprocess.run([*prefix, "true"], capture_output=True, timeout=PATIENCE_S, check=False).returncode == 0
    except OSError:
        return False


@contextmanager
def serving_on(folder: Path, size: str, *options: str) -> Iterator[SmallDisk]:
    """Serve the small fixture with its temporary files and its cache on a small disk at `folder`/disk."""
    disk, log = folder / "disk", folder / "log"
    disk.mkdir()
    places = [f"TMPDIR={disk}", f"XDG_CACHE_HOME={disk}/cache"]
    serve = [sys.executable, "-m", "mockmarket", "serve", "--port", "0", "--fixture", "small", *options]
    with log.open("wb") as errors:
        command = within_mount(disk, size, "env", *places, *serve)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdout is not None
    try:
        ready = next((line for line in process.stdout if line.startswith("Ready. ")), "")
        assert ready, log.read_text()
        yield SmallDisk(ready.removeprefix("Ready. ").strip(), process, Path(f"/proc/{process.pid}/root{disk}"), log)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
