"""Finds fixtures by the name of a shipped fixture, by paths, or given as text, without reading their content."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path

from mockmarket.errors import Invalid
from mockmarket.frozen import dataclass

DATABASES = (".db", ".sqlite")
TEXTS = (".yaml", ".yml", ".json")
ENDINGS = (*TEXTS, *DATABASES)
TEXT = "text"
"""The display name of a fixture that was given as text."""
EXAMPLES = (".md", ".mjs", ".py", ".json", ".yml", ".yaml", ".conf", "fleet/up")
MayRead = Callable[[Path], bool]
NOT_HERE = "On a public address only files below the folder that --files names are read."
SQLITE_MAGIC = b"SQLite format 3\x00"


@cache
def shipped(kind: str = "fixtures") -> Path:
    """Return the folder of the shipped fixtures, docs or examples: inside the wheel, or beside the package in a checkout."""
    package = Path(str(resources.files("mockmarket")))
    inside = package / f"_{kind}"
    return inside if inside.is_dir() else package.parent / kind


def pages() -> dict[str, Path]:
    """Return the pages of the documentation by name, such as `cli`."""
    folder = shipped("docs")
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.md"))}


def examples() -> dict[str, Path]:
    """Return the examples by their paths, such as `receivers/plumbing.mjs`."""
    folder = shipped("examples")
    paths = [path for ending in EXAMPLES for path in folder.rglob(f"*{ending}")]
    return {path.relative_to(folder).as_posix(): path for path in sorted(paths)}


def any_file(_: Path) -> bool:
    """Return True: every file may be read."""
    return True


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fixture is read: `name` is what a world remembers and a reset reads again, a path, several, or the text itself; `files` are
    its files in the order in which they are read, none of a text."""

    name: str
    files: tuple[Path, ...]

    @property
    def database(self) -> Path | None:
        """The file, when it is a SQLite database; Invalid when it is only named like a database, or is among several files."""
        for path in self.files:
            if is_database(path):
                if len(self.files) > 1:
                    raise Invalid(f"{path} is a whole world: a SQLite file cannot be combined with other files.")
                return path
            if path.suffix.lower() in DATABASES:
                raise Invalid(f"{path.name} is not a SQLite file, though it is named like one.")
        return None

    @property
    def version(self) -> tuple[int, ...]:
        """When each file last changed, in ns."""
        return tuple(path.stat().st_mtime_ns for path in self.files)


def text_name(text: str) -> str:
    """Return the name of a fixture that is given as text: the text, with at least one line break, which no other name has."""
    return text if "\n" in text else f"{text}\n"


def find(name: str, may_read: MayRead = any_file) -> Source:
    """Return the fixture of a text, a path, a folder, a shipped name, or several of these separated as in PATH; Invalid lists the shipped
    ones. Only SQLite files and files with a fixture's extension are read, since error messages quote the file; nothing is told of a file
    that may not be read."""
    if "\n" in name:
        return Source(name, ())
    path = Path(name)
    allowed = path.parent == shipped() or may_read(path)
    if allowed and is_file(path) and (path.suffix.lower() in ENDINGS or is_database(path)):
        path = path.resolve()
        return Source(str(path), (path,))
    if own := _shipped(name):
        return Source(str(own), (own,))
    if allowed and name and is_folder(path):
        path = path.resolve()
        return Source(str(path), files_in(path))
    if os.pathsep in name:
        parts = [find(part, may_read) for part in name.split(os.pathsep)]
        return Source(
            os.pathsep.join(part.name for part in parts), tuple(file for part in parts for file in part.files)
        )
    raise Invalid(_why_not(name, allowed))


def _why_not(name: str, allowed: bool) -> str:
    if allowed and is_file(Path(name)):
        return f"{name} is a file, but must end in {', '.join(ENDINGS)}."
    words = f"There is no fixture {name!r}: give a file, or one of {', '.join(names())}."
    return words if allowed else f"{words} {NOT_HERE}"


def _shipped(name: str) -> Path | None:
    """Return the shipped fixture of this name, or None."""
    for ending in ("", *ENDINGS):
        candidate = shipped() / f"{name}{ending}"
        if candidate.parent == shipped() and candidate.suffix in ENDINGS and is_file(candidate):
            return candidate
    return None


def files_in(folder: Path) -> tuple[Path, ...]:
    """Return the YAML and JSON files of a folder, by name, without hidden ones; Invalid when there is none."""
    with readable(folder):
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in TEXTS and path.name[0] != ".")
    if not files:
        raise Invalid(f"The folder {folder} has no file that ends in {', '.join(TEXTS)}.")
    return tuple(files)


def name_of(fixture: str) -> str:
    """Return a fixture's display name: the name of a shipped fixture, else the path, or `text`."""
    if "\n" in fixture:
        return TEXT
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


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder; False for an impossible name."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
