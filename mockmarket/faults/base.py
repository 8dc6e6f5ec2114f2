"""Fault: the record of one kind of error, and the four moments at which it can occur. Knows no vendor and no world.

A fault's hook is a pure function of the coming event and of the fault's parameters. It returns the altered outcome, or
None when it does not apply: a stamp cannot be stale where none is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Literal

from mockmarket.clock import later
from mockmarket.frozen import dataclass

if TYPE_CHECKING:
    from mockmarket.errors import Refusal
    from mockmarket.webhooks.tampering import Outgoing

Arguments = Mapping[str, Any]  # a value for each of a fault's parameters
LONGEST_S = 300  # most real seconds that a fault holds a connection open
LONGEST_DELAY_S = 30 * 86_400  # most seconds of the world's time that a fault puts a delivery off
NO_ANSWER = 0  # the status in the journal of a request whose connection ended without an answer
KEEP = "mockmarket.keep_pace"
"""The environ's key for the function that takes an answer's Pace, on a server that can apply it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a fault: its default, its meaning, and its allowed values."""

    default: str | float
    help: str
    choices: tuple[str, ...] | None = None
    least: float | None = None
    most: float | None = None
    longest: int = 1000

    def check(self, value: object) -> str | None:
        """Return what is wrong with a value, or None."""
        if self.choices is not None:
            return None if value in self.choices else f"must be one of {', '.join(map(str, self.choices))}"
        if isinstance(self.default, str):
            fits = isinstance(value, str) and len(value) <= self.longest
            return None if fits else f"must be a text of at most {self.longest} characters"
        return self._check_number(value)

    def _check_number(self, value: object) -> str | None:
        integral = isinstance(self.default, int)
        if isinstance(value, bool) or not isinstance(value, int if integral else (int, float)) or value != value:
            return "must be a whole number" if integral else "must be a number"
        if (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            return f"must be from {self.least} to {self.most}"
        return None


@dataclass(frozen=True, slots=True)
class Pace:
    """How an answer is sent over its connection, where not at once and complete. Times are real seconds. `wait_s` passes before the first
    byte. With `chunk` the body is sent in pieces of so many bytes, `gap_s` apart, until `longest_s` have passed, then the rest at once.
    After `keep` bytes of the body the connection is closed. With `drop` it ends before any byte: by a reset, or closed."""

    wait_s: float = 0.0
    chunk: int = 0
    gap_s: float = 0.0
    longest_s: float = LONGEST_S
    keep: int | None = None
    drop: Literal["", "reset", "close"] = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer about to be sent."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    pace: Pace = field(default_factory=Pace)

    def paced(self, **changes: Any) -> Reply:
        """Return the answer with these fields of its Pace changed."""
        return replace(self, pace=replace(self.pace, **changes))


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery due for the first time: the moment (world's, epoch ms), and whether another delivery to its endpoint
    is held back until this one is sent."""

    at: int
    passing: bool

    def after(self, seconds: float) -> int:
        """Return the moment `seconds` later."""
        return later(self.at, round(seconds * 1000))


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to a due delivery: lost, put off `until` a moment (world's, epoch ms) or, when it is `passed`, until
    the next delivery to its endpoint was sent; or sent with `copies` additional copies."""

    lost: bool = False
    until: int | None = None
    passed: bool = False
    copies: int = 0


@dataclass(frozen=True, eq=False)
class Fault:
    """One kind of error: its name, its effect, its parameters, and its hook, at one of four moments. `on_request`: before a request is
    carried out; returns the refusal, or how its connection ends without an answer. `on_response`: after that; returns the altered answer. A
    fault may have both, when a parameter chooses. `on_due`: when a delivery is due for the first time; returns its fate. `on_send`: when an
    attempt was built and signed, resends and tests included; returns the altered attempt."""

    name: str
    help: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    on_request: Callable[[Arguments], Refusal | Pace | None] | None = None
    on_response: Callable[[Reply, Arguments], Reply | None] | None = None
    on_due: Callable[[Due, Arguments], Fate | None] | None = None
    on_send: Callable[[Outgoing, Arguments], Outgoing | None] | None = None

    @property
    def of(self) -> Literal["requests", "deliveries"]:
        """Whether the fault affects requests or deliveries."""
        return "requests" if self.on_request or self.on_response else "deliveries"

    @property
    def moments(self) -> tuple[str, ...]:
        """The names of the fault's hooks."""
        hooks = ("on_request", "on_response", "on_due", "on_send")
        return tuple(name for name in hooks if getattr(self, name) is not None)
