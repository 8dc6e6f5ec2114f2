"""Where a world began: its fixture, start and seed, as `meta` of its file stores them."""

from collections.abc import Mapping
from typing import Any

from mockmarket.frozen import dataclass

Meta = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """A world's fixture (path), requested start (epoch ms, None for the current hour) and seed."""

    fixture: str
    start: int | None
    seed: int

    @property
    def meta(self) -> dict[str, Any]:
        """The `meta` values of a world whose content is not its origin's."""
        return {"origin_fixture": self.fixture, "origin_start": self.start, "origin_seed": self.seed}


def no_origin(meta: Meta) -> dict[str, Any]:
    """Return the `meta` values that clear a file's origin when the file is used as a fixture: its worlds are reset to the file."""
    return {name: None for name in meta if name.startswith("origin_")}


def origin_of(meta: Meta) -> Origin:
    """Return the origin that a world's file names, else the fixture that it was planted from."""
    if meta.get("origin_fixture") is not None:
        return Origin(str(meta["origin_fixture"]), meta.get("origin_start"), int(meta.get("origin_seed") or 0))
    return Origin(str(meta["fixture"]), meta["given_start"], int(meta["seed"]))
