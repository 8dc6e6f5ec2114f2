"""Finds fixtures by the name of a shipped one or by a path, without reading their content."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path

from mockmarket.errors import Invalid

DATABASES = (".db", ".sqlite")
ENDINGS = (".yaml", ".yml", ".json", *DATABASES)
MayRead = Callable[[Path], bool]
NOT_HERE = "On a public address only files below the folder that --files names are read."
SQLITE_MAGIC = b"SQLite format 3\x00"


@cache
def shipped() -> Path:
    """Return the folder of the shipped fixtures: inside the wheel, or beside the package in a checkout."""
    inside = Path(str(resources.files("mockmarket"))) / "_fixtures"
    return inside if inside.is_dir() else inside.parent.parent / "fixtures"


def any_file(_: Path) -> bool:
    """Return True: every file may be read."""
    return True


def find(name: str, may_read: MayRead = any_file) -> Path:
    """Return the fixture of a path or of a shipped name; Invalid lists the existing ones. Only SQLite files and files with a fixture's
    extension are read, since error messages quote the file; nothing is told of a file that may not be read."""
    path = Path(name)
    allowed = path.parent == shipped() or may_read(path)
    if allowed and is_file(path) and (path.suffix.lower() in ENDINGS or is_database(path)):
        return path.resolve()
    for ending in ("", *ENDINGS):
        candidate = shipped() / f"{name}{ending}"
        if candidate.parent == shipped() and candidate.suffix in ENDINGS and is_file(candidate):
            return candidate
    if allowed and is_file(path):
        raise Invalid(f"{name} is a file, but must end in {', '.join(ENDINGS)}.")
    words = f"There is no fixture {name!r}: give a file, or one of {', '.join(names())}."
    raise Invalid(words if allowed else f"{words} {NOT_HERE}")


def name_of(fixture: str) -> str:
    """Return a fixture's display name: a shipped one's name, else the path."""
    path = Path(fixture)
    return path.stem if path.parent == shipped() else fixture


def names() -> list[str]:
    """Return the names of the shipped fixtures."""
    return sorted(path.stem for path in shipped().iterdir() if path.suffix in ENDINGS)


def is_database(path: Path) -> bool:
    """Return whether a fixture is a SQLite file, by its first bytes."""
    with readable(path), path.open("rb") as file:
        return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC


@contextmanager
def readable(path: Path | str) -> Iterator[None]:
    """Turn an OSError within a block into Invalid with the file's path."""
    try:
        yield
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


def is_file(path: Path) -> bool:
    """Return whether a path is a file; False for an impossible name, Invalid without permission."""
    try:
        return path.is_file()
    except PermissionError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error
    except (OSError, ValueError):
        return False
