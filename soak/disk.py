"""A small disk of its own for a process: a tmpfs that only the process and its children see, and that goes with them (Linux)."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path

MOUNT = 'mount -t tmpfs -o size="$SIZE" mockmarket "$DISK" && exec "$@"'
OWN_MOUNTS = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh")
BLOCK = b"\0" * 4096
PATIENCE_S = 30


def on_small_disk(folder: Path, size: str, *command: str) -> list[str]:
    """Return a command that runs with a disk of a size such as `14m` at an existing folder."""
    return ["env", f"SIZE={size}", f"DISK={folder}", *OWN_MOUNTS, *command]


@cache
def can_mount(folder: Path) -> bool:
    """Return whether the system lets an ordinary process mount such a disk."""
    command = on_small_disk(folder, "1m", "true")
    with suppress(OSError):
        return subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False).returncode == 0
    return False


def seen_from_outside(process: int, folder: Path) -> Path:
    """Return the path by which other processes reach a folder as a process sees it."""
    return Path(f"/proc/{process}/root{folder}")


def fill(folder: Path) -> None:
    """Write a file to a disk until it is full."""
    with (folder / "fill").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(BLOCK) == len(BLOCK):
            pass


def free(folder: Path) -> None:
    """Delete what `fill` wrote."""
    (folder / "fill").unlink(missing_ok=True)
