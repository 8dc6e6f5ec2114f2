"""Paths of fixtures, as they are written where tests and settings are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def located(fixture: object, folder: Path) -> Any:
    """Return a fixture whose paths are absolute, since a server has a folder of its own; a name, a text or a mapping is unchanged."""
    if not isinstance(fixture, (str, os.PathLike)) or "\n" in (name := os.fspath(fixture)):
        return fixture
    parts = name.split(os.pathsep)
    return os.pathsep.join(
        str(folder / part) if "/" in part or os.sep in part or Path(part).suffix else part for part in parts
    )
