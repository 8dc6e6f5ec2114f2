"""Worlds, their states and their clocks, as the client asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mockmarket.client.calls import Calls, Record
from mockmarket.client.failures import MockmarketError
from mockmarket.client.shapes import CLOCK, SNAPSHOT, WORLD, rows

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
SQLITE = {"Content-Type": "application/vnd.sqlite3"}


class Worlds:
    """The part of the client that makes, keeps and moves worlds."""

    calls: Calls

    def worlds(self) -> list[Record]:
        """List the worlds."""
        return list(self.calls.json("GET", "worlds", shape=rows("worlds", WORLD))["worlds"])

    def describe_world(self, name: str) -> Record:
        """Describe a world: its fixture, start, time and seed."""
        return dict(self.calls.json("GET", "worlds", name, shape=WORLD))

    def create_world(self, name: str, fixture: str | None = None, **fields: Any) -> Record:
        """Make a world of a fixture (`now`, `seed`); one that is there is put to the fixture anew."""
        body = {name: value for name, value in {"fixture": fixture, **fields}.items() if value is not None}
        return dict(self.calls.json("PUT", "worlds", name, body=body, shape=WORLD))

    def clone_world(self, name: str, source: str, snapshot: str | None = None) -> Record:
        """Make a world that is a copy of another as it is now, or as it was in one of its snapshots."""
        more = {} if snapshot is None else {"snapshot": snapshot}
        return dict(self.calls.json("PUT", "worlds", name, body={"from": source, **more}, shape=WORLD))

    def drop_world(self, name: str) -> None:
        """Drop a world and everything in it."""
        self.calls.json("DELETE", "worlds", name, shape=None)

    def reset(self) -> Record:
        """Put the world back to its fixture."""
        return dict(self.calls.json("POST", "reset", shape=WORLD))

    def state(self) -> bytes:
        """Return the whole world as one SQLite file."""
        return self.calls.call("GET", "state").content

    def put_state(self, state: bytes | Path) -> Any:
        """Put the world to a state that `state` gave, or to any SQLite file of a world."""
        content = state.read_bytes() if isinstance(state, Path) else state
        answer = self.calls.call("PUT", "state", data=content, headers=SQLITE)
        return self.calls.read(answer, WORLD)

    def snapshots(self) -> list[Record]:
        """List the world's snapshots."""
        return list(self.calls.json("GET", "snapshots", shape=rows("snapshots", SNAPSHOT))["snapshots"])

    def save_snapshot(self, name: str) -> Any:
        """Keep the world as it is now under a name; an earlier one of that name is replaced."""
        return self.calls.json("POST", "snapshots", name, shape=SNAPSHOT)

    def restore_snapshot(self, name: str) -> Any:
        """Put the world back to a snapshot, its clock too."""
        return self.calls.json("POST", "snapshots", name, "restore", shape=WORLD)

    def delete_snapshot(self, name: str) -> None:
        """Forget a snapshot."""
        self.calls.json("DELETE", "snapshots", name, shape=None)

    def clock(self) -> Record:
        """Say what time it is in the world, whether it is frozen, and what is due next."""
        return dict(self.calls.json("GET", "clock", shape=CLOCK))

    def freeze(self) -> Record:
        """Stop the world's clock."""
        return dict(self.calls.json("PUT", "clock", body={"frozen": True}, shape=CLOCK))

    def run(self) -> Record:
        """Let the world's clock run on from where it is."""
        return dict(self.calls.json("PUT", "clock", body={"frozen": False}, shape=CLOCK))

    def advance(self, to: str | None = None, until: str | None = None, **span: float) -> Record:
        """Move the clock on, doing what is due on the way: by `days`, `hours`, `minutes` and `seconds`, `to` an ISO 8601
        date-time, or `until="quiet"`. Answers what fired."""
        return dict(self.calls.json("POST", "clock", "advance", body=how_far(to, until, span), shape=CLOCK))


def how_far(to: str | None, until: str | None, span: dict[str, float]) -> Record:
    """Return the body of an advance; MockmarketError unless exactly one way is given."""
    unknown = sorted(set(span) - set(SECONDS))
    ways: list[Record] = [{"to": to}] if to is not None else []
    ways += [{"until": until}] if until is not None else []
    ways += [{"seconds": sum(SECONDS[unit] * value for unit, value in span.items() if unit in SECONDS)}] if span else []
    if unknown or len(ways) != 1:
        wrong = f"{', '.join(unknown)} is no unit." if unknown else "An advance goes one way."
        raise MockmarketError(wrong, f'Give {", ".join(SECONDS)}, or to="2026-05-01T12:00:00Z", or until="quiet".')
    return ways[0]
