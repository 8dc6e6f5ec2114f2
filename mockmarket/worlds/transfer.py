"""Worlds from other worlds' files: clones, snapshots, restores, and export and import of a whole world as one file."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from mockmarket.clock import wall_ms
from mockmarket.errors import Conflict, Invalid
from mockmarket.rules.names import check_name
from mockmarket.store import copies
from mockmarket.store.files import DataError, make_folder, remove, stamp
from mockmarket.worlds.registry import Waits, Worlds
from mockmarket.worlds.snapshots import Snapshot
from mockmarket.worlds.world import World

Row = dict[str, Any]
NUMBERS = count(1)


def clone(worlds: Worlds, name: str, origin: str, snapshot: str | None) -> tuple[World, bool]:
    """Create or replace a world as a copy of another, or of its snapshot; returns the world and whether it is new.
    UnknownWorld, NotFound and Invalid say which name is wrong."""
    check_name(name, "world")
    source = worlds.get(origin)
    worlds.check_room(name)
    if snapshot is not None:
        with ready(worlds, worlds.shelf.find(origin, snapshot)) as path:
            return worlds.adopt(name, path)
    if name == origin:
        raise Invalid(f"The world {name} cannot be a copy of itself.", hint="Give another name, or a snapshot of it.")
    with scratch(worlds) as path:
        source.save(path)
        return worlds.adopt(name, path)


def take(worlds: Worlds, world: World, name: str, beside: str = "", **meta: object) -> tuple[Snapshot, bool]:
    """Store a snapshot of a world under a name, among the world's own or those of the world `beside`; returns it and whether the name is
    new. `meta` is stored in it."""
    owner = beside or world.name
    path = worlds.shelf.place(owner, name)
    new = not path.exists()
    if not new and not copies.is_ours(path):
        raise Conflict(f"{path.name} is in the folder of snapshots but is not a snapshot; choose another name.")
    world.save(path, taken_wall_at=wall_ms(), **meta)
    worlds.shelf.trusted[path] = stamp(path)
    return worlds.shelf.get(owner, name), new


def restore(worlds: Worlds, world: str, name: str) -> World:
    """Restore a world from its snapshot, clock included, even when its file is damaged; NotFound lists the existing snapshots."""
    with ready(worlds, worlds.shelf.find(world, name)) as path:
        try:
            return worlds.adopt(world, path)[0]
        except DataError as error:
            raise Conflict(f"The snapshot {name} cannot be restored: {error}") from error


@contextmanager
def ready(worlds: Worlds, path: Path) -> Iterator[Path]:
    """Give a file that a world can start as: `path` itself if this process wrote it, else a checked, upgraded copy."""
    if (now := stamp(path)) is not None and now == worlds.shelf.trusted.get(path):
        yield path
        return
    with scratch(worlds) as checked:
        try:
            copies.import_world(path, checked, worlds.kinds, worlds.vendor_names)
        except DataError as error:
            raise Conflict(f"The snapshot {path.stem} cannot be used: {error}") from error
        yield checked


@contextmanager
def scratch(worlds: Worlds) -> Iterator[Path]:
    """Give a path for a file that is deleted when the block ends."""
    path = _new_file(worlds)
    try:
        yield path
    finally:
        remove(path)


def _new_file(worlds: Worlds) -> Path:
    make_folder(worlds.scratch)
    return worlds.scratch / f"passing-{next(NUMBERS)}.db"


def export(worlds: Worlds, world: World, **meta: Any) -> Path:
    """Write a world to a temporary file, which the caller deletes; `meta` is stored in it."""
    path = _new_file(worlds)
    world.save(path, **meta)
    return path


def upload(
    worlds: Worlds,
    name: str,
    file: Path,
    fixtures_of: Callable[[Mapping[str, Any]], Row],
    arrives: Waits | None = None,
) -> World:
    """Replace a world, damaged or not, by an uploaded file, which is checked first, or create one that `arrives`; Invalid says what is
    wrong with the file. `fixtures_of` maps its `meta` values to those of its fixture on this machine, to which a reset returns."""
    worlds.check_room(name)
    with scratch(worlds) as path:
        try:
            copies.import_world(file, path, worlds.kinds, worlds.vendor_names)
        except DataError as error:
            raise Invalid(str(error).replace(file.name, "The file")) from error
        copies.finish(path, {"moving_to": None, **fixtures_of(copies.described(path))})
        return worlds.adopt(name, path, arrives=arrives)[0]
