"""What a world was made with: a reset goes back to it, whatever has been played in the world since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Origin:
    """The fixture (a path), the start that was asked for (epoch ms, None for the running hour) and the seed of a world."""

    fixture: str
    start: int | None
    seed: int

    @property
    def meta(self) -> dict[str, Any]:
        """What a world's file says of itself while it holds something else than its origin."""
        return {"origin_fixture": self.fixture, "origin_start": self.start, "origin_seed": self.seed}


def no_origin(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a file's origin is to be cleared where the file is a fixture: a world that is made of it is reset to the file."""
    return {name: None for name in meta if name.startswith("origin_")}


def origin_of(meta: Mapping[str, Any]) -> Origin:
    """Return the origin that a world's file names, or else the fixture that it began as."""
    if meta.get("origin_fixture") is not None:
        return Origin(str(meta["origin_fixture"]), meta.get("origin_start"), int(meta.get("origin_seed") or 0))
    return Origin(str(meta["fixture"]), meta["given_start"], int(meta["seed"]))
