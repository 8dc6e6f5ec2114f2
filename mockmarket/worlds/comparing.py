"""Two worlds compared, or a world and a snapshot: what differs between their files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mockmarket.store import comparing
from mockmarket.store.files import remove
from mockmarket.worlds import transfer
from mockmarket.worlds.registry import Worlds


def compare(worlds: Worlds, first: str, second: str) -> list[comparing.Differences]:
    """Return what differs from one world to another; each is named by its name, or by that and `:` and a snapshot's. UnknownWorld and
    NotFound say which name is wrong."""
    with _file_of(worlds, first) as before, _file_of(worlds, second) as after:
        return [*comparing.compare(before, after, worlds.kinds)]


@contextmanager
def _file_of(worlds: Worlds, named: str) -> Iterator[Path]:
    world, _, snapshot = named.partition(":")
    if snapshot:
        with transfer.ready(worlds, worlds.shelf.find(world, snapshot)) as path:
            yield path
        return
    path = transfer.export(worlds, worlds.get(world))
    try:
        yield path
    finally:
        remove(path)
