"""The request as a handler sees it: the world, the path's owner, the caller, and notes for the journal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mockmarket import frozen
from mockmarket.clock import monotonic
from mockmarket.current import REQUEST, current_request
from mockmarket.errors import CONTEXT, Refusal
from mockmarket.faults.base import Pace
from mockmarket.worlds.world import Engine, World

if TYPE_CHECKING:
    from mockmarket.faults.active.applying import RequestFaults
    from mockmarket.store import Read
    from mockmarket.vendor import Refuse, Vendor
    from mockmarket.worlds.access import Access
    from mockmarket.worlds.journal import Entry
    from mockmarket.worlds.registry import Worlds

C = TypeVar("C")
D = TypeVar("D")
Environ = dict[str, Any]
WSGI = Callable[[Environ, Any], Iterable[bytes]]
SetPace = Callable[[Pace], None]
LOOK_S = 0.2  # how often a pause looks whether the server stops


@dataclass(frozen=True, slots=True)
class Https:
    """Where the server speaks HTTPS: its port, the file of the authority to trust, None for the user's own certificate; and the URL as a
    proxy, if it is a forward proxy."""

    port: int
    ca_file: str | None
    proxy_url: str | None = None


@dataclass(frozen=True, slots=True)
class ServerHooks:
    """What the server offers a request: the event of its stop, whether a wait costs no worker thread, the event of the client's
    leaving, where it speaks HTTPS, if it does, and the event of the client's having ended what it sends."""

    stopping: threading.Event = field(default_factory=threading.Event)
    holds_waits: bool = False
    left: threading.Event = field(default_factory=threading.Event)
    https: Https | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def waits(self) -> bool:
        """Return whether the client waits for its answer: it has neither left nor closed its side of the connection."""
        return not (self.left.is_set() or self.ended.is_set())

    def pause(self, seconds: float) -> bool:
        """Wait so many real seconds; return False, at once, when the server stops or the client has left."""
        end = monotonic() + seconds
        while not (self.stopping.is_set() or self.left.is_set()):
            if (rest := end - monotonic()) <= 0:
                return True
            self.left.wait(min(rest, LOOK_S))
        return False


@dataclass(frozen=True, slots=True)
class Services:
    """What requests share: the worlds of the process, the delivery engine, the WSGI application itself, and who has the control token."""

    registry: Worlds
    engine: Engine
    dispatch: WSGI
    access: Access


@dataclass(slots=True)
class RequestLog:
    """What is learned of a request while it is answered, for the journal and for `api.idempotency`."""

    key: str | None = None
    unread: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    refusal: Refusal | None = None
    answer_headers: Sequence[tuple[str, str]] = ()
    repeatable_answer: bytes | None = None
    entry: Entry | None = None


@frozen.dataclass(frozen=True, slots=True)
class RequestContext(Generic[C]):
    """One request. `place` is its world, or the refusal of a world that does not exist; `caller` is the authenticated caller."""

    place: World | Refusal
    world_name: str
    vendor: Vendor | None
    refuse: Refuse
    prefix: str
    services: Services
    server: ServerHooks
    log: RequestLog
    faults: RequestFaults | None
    caller: C

    @property
    def world(self) -> World:
        """The request's world; raises UnknownWorld when it does not exist."""
        if isinstance(self.place, Refusal):
            raise self.place
        return self.place

    def read(self) -> Read:
        """Return a read view of the world."""
        return self.world.read()

    def settings(self) -> Mapping[str, Any]:
        """Return the settings of the path's vendor, or of the core."""
        return self.world.settings_of(self.vendor.name if self.vendor else "core")

    def refused(self, refusal: Refusal) -> Mapping[str, Any]:
        """Note a refusal for the journal, and return its body in the words of the path's owner. It lets go of the frames it passed: they
        refer to this context, and would keep the world's connection until the next full garbage collection."""
        refusal.__traceback__ = refusal.__context__ = refusal.__cause__ = None
        self.log.refusal = refusal
        return self.refuse(refusal)

    def refusal_for(self, error: Exception) -> Refusal | None:
        """Return the refusal for an error of the world's file, or None for other errors."""
        return self.place.failed(error) if isinstance(self.place, World) else None

    def base_url(self) -> str:
        """Return the URL of the world's root, with the host as the caller wrote it."""
        return current_request().host_url.rstrip("/") + self.prefix

    def admitted(self, caller: D) -> RequestContext[D]:
        """Return the context with an admitted caller."""
        of_path = (self.place, self.world_name, self.vendor, self.refuse, self.prefix)
        return RequestContext(*of_path, self.services, self.server, self.log, self.faults, caller)


Context = RequestContext[Any]  # the context of a request with any caller


def current() -> Context:
    """Return the context of the request that is being answered."""
    context: Context = current_request().environ[CONTEXT]
    return context


def current_place(refusal: Refusal) -> World | Refusal:
    """Return the place of the request that is being answered; the refusal where it has none yet, since no world is loaded."""
    request = REQUEST.get(None)
    if request is None:
        return refusal
    context: Context = request.environ[CONTEXT]
    return context.place
