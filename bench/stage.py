"""What measures have in common: what they need, what a turn gives, and the row that they become."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.processes import Receiver, Served
from bench.recording import Recorded

USUAL_S = 1.5
"""How long a turn loads a server, unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one turn measured: `cost` is what is compared (seconds a request, or MB), the rest is told beside it."""

    cost: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    cpu_us: float | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that measures need: both servers, the receiver, what was recorded, where nobody ever answers, and connections to be kept
    open."""

    ours: Served
    bare: Served
    receiver: Receiver
    recorded: Recorded
    silent_url: str
    held: list[socket.socket] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the table: its `unit` is req/s (of `cost` in seconds), ms or MB; `prepare` runs once, before its rounds. One that is
    `on_demand` is measured when it is named."""

    name: str
    title: str
    unit: str
    sample: Callable[[Stage, Served, float], Sample]
    prepare: Callable[[Stage], None] = lambda stage: None
    on_demand: bool = False
