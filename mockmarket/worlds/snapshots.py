"""Snapshots on disk: a folder for each world with one plain file for each snapshot. Deletes only files that it wrote."""

from contextlib import suppress
from pathlib import Path

from mockmarket.errors import NotFound
from mockmarket.frozen import dataclass
from mockmarket.rules.names import NAME, check_name
from mockmarket.store import copies
from mockmarket.store.files import DataError, Stamp, make_folder, remove


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One snapshot: `taken_at` is the world's time, `taken_wall_at` the machine's, both epoch ms."""

    name: str
    world: str
    taken_at: int
    taken_wall_at: int
    frozen: bool
    size: int


class Shelf:
    """Every world's snapshots. A file that is not a world's is ignored. `trusted` are those that this process wrote, as it left them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trusted: dict[Path, Stamp | None] = {}

    def place(self, world: str, name: str) -> Path:
        """Return the path of a world's snapshot of this name; Invalid for an invalid name."""
        check_name(name, "snapshot")
        folder = self.folder / world
        make_folder(self.folder)
        make_folder(folder)
        return folder / f"{name}.db"

    def names(self, world: str) -> list[str]:
        """Return the names of a world's snapshots."""
        return sorted(path.stem for path in (self.folder / world).glob("*.db") if copies.is_ours(path))

    def find(self, world: str, name: str) -> Path:
        """Return the file of a world's snapshot; NotFound lists the existing ones."""
        path = self.folder / world / f"{name}.db"
        if NAME.fullmatch(name) and copies.is_ours(path):
            return path
        names = ", ".join(self.names(world)) or "none"
        hint = f"Take it with POST /w/{world}/_mockmarket/snapshots/{name}."
        raise NotFound(f"The world {world} has no snapshot {name!r}; there are {names}.", hint=hint)

    def all(self, world: str) -> list[Snapshot]:
        """Return a world's snapshots, oldest first; a snapshot that was deleted meanwhile is left out."""
        snapshots = []
        for name in self.names(world):
            with suppress(NotFound, OSError, DataError):
                snapshots.append(self.get(world, name))
        return sorted(snapshots, key=lambda snapshot: (snapshot.taken_wall_at, snapshot.name))

    def get(self, world: str, name: str) -> Snapshot:
        """Return a world's snapshot; NotFound lists the existing ones."""
        path = self.find(world, name)
        meta = copies.described(path)
        taken_at, frozen_at = int(meta.get("taken_at") or 0), meta.get("clock_frozen_at")
        wall_at = int(meta.get("taken_wall_at") or path.stat().st_mtime_ns // 1_000_000)
        return Snapshot(name, world, taken_at, wall_at, frozen_at is not None, path.stat().st_size)

    def delete(self, world: str, name: str) -> None:
        """Delete a world's snapshot; NotFound lists the existing ones, OSError when the file cannot be deleted."""
        path = self.find(world, name)
        path.unlink()
        self.trusted.pop(path, None)

    def clear(self, world: str) -> None:
        """Delete all of a world's snapshots, and its folder when it is then empty."""
        for name in self.names(world):
            path = self.folder / world / f"{name}.db"
            remove(path)
            self.trusted.pop(path, None)
        with suppress(OSError):
            (self.folder / world).rmdir()
