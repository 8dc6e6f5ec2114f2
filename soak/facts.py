"""What a soak records, for the judge to read. Nothing here decides whether it is good."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Order:
    """An order that a server acknowledged: `world` is unique in the run, `called_at` in seconds of the monotonic clock. `announced`:
    a webhook to a healthy endpoint must name it; `bounded`: within the judge's bound; `alone`: no bad receiver was there."""

    world: str
    id: str
    called_at: float
    announced: bool = True
    bounded: bool = True
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as it arrived: the order that it names, its delivery's id ("" where it may come again: the vendor sends none, or
    the world was copied), whether its signature is right."""

    world: str
    vendor: str
    order: str
    delivery: str
    is_signed: bool
    arrived_at: float


@dataclass(frozen=True, slots=True)
class Stock:
    """The seats that all vendors share, at the end of a rush: how many there are, are taken in the database, and were acknowledged."""

    world: str
    total: int
    taken: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer of 500 or above, or no answer (status 0)."""

    phase: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a server's process used: its memory at the end of a round, and the fewest open files after one of the round's phases, some of
    which leave idle connections to files open and come in another order each round."""

    files: int
    megabytes: float


@dataclass(slots=True)
class Facts:
    """All that a run has recorded; `stored` are (world, order), `in_flight` counts (world, delivery) at kills,
    `burdens` are the MB by which a server grew beside bad receivers."""

    orders: list[Order] = field(default_factory=list)
    stored: set[tuple[str, str]] = field(default_factory=set)
    hooks: list[Hook] = field(default_factory=list)
    in_flight: Counter[tuple[str, str]] = field(default_factory=Counter)
    stocks: list[Stock] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    clocks: list[tuple[int, ...]] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    burdens: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
