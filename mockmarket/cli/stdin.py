"""`-` in the place of a file: what standard input has."""

from __future__ import annotations

import sys
from pathlib import Path

import click

STDIN = "-"
NAME = "stdin"
"""What it is called in messages, `stdin.yaml:3: …`; JSON is YAML, and a SQLite file is known by its first bytes."""


def file_of(name: str, folder: Path) -> str:
    """Return a file's name as it is, or for `-` that of a new file in the folder with what standard input has."""
    if name != STDIN:
        return name
    path = folder / f"{NAME}.yaml"
    path.write_bytes(sys.stdin.buffer.read())
    return str(path)


def text() -> str:
    """Return what standard input has; UsageError when that is no UTF-8."""
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError("Standard input is not UTF-8.") from error
