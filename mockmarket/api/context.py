"""The request as a handler has it: the world, the path's owner, the caller, and what is noted down for the journal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

import flask

from mockmarket.errors import ErrorFormatter, Refusal
from mockmarket.store import Read
from mockmarket.vendor import Vendor
from mockmarket.worlds.world import World

C = TypeVar("C")
D = TypeVar("D")
KEY = "mockmarket.context"

LendThread = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class ServerHooks:
    """What the server that carries the request offers: word of its stopping, and a thread beside its pool for who waits."""

    stopping: threading.Event = field(default_factory=threading.Event)
    lend_thread: LendThread | None = None

    def waiting(self) -> AbstractContextManager[Any]:
        """Return a context in which a request may wait without using up one of the server's threads, where it lends any."""
        return self.lend_thread() if self.lend_thread else nullcontext()


class Engine(Protocol):
    """The delivery engine as routes see it."""

    pruned: int


@dataclass(slots=True)
class RequestLog:
    """What becomes known of a request while it is answered, for the journal."""

    operation: tuple[str, str] | None = None
    key: str | None = None
    unread: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class RequestContext(Generic[C]):
    """One request. `place` is its world, or the refusal of a world that is not there; `caller` is who was let in."""

    place: World | Refusal
    vendor: Vendor | None
    formatter: ErrorFormatter
    prefix: str
    services: Mapping[str, Any]
    server: ServerHooks
    log: RequestLog
    caller: C

    @property
    def world(self) -> World:
        """The request's world; raises UnknownWorld when it named one that is not there."""
        if isinstance(self.place, Refusal):
            raise self.place
        return self.place

    def read(self) -> Read:
        """Return a view of the world for reading."""
        return self.world.read()

    def settings(self) -> Mapping[str, Any]:
        """Return the settings of the path's vendor, or of the core."""
        return self.world.settings_of(self.vendor.name if self.vendor else "core")

    def base_url(self) -> str:
        """Return the URL of the world's root, as the caller wrote the host."""
        return flask.request.host_url.rstrip("/") + self.prefix

    def admitted(self, caller: D) -> RequestContext[D]:
        """Return the context of a caller who was let in."""
        return replace(self, caller=caller)  # type: ignore[arg-type, return-value]  # replace keeps the type parameter


def current() -> RequestContext[Any]:
    """Return the context of the request that is being answered."""
    context: RequestContext[Any] = flask.request.environ[KEY]
    return context
