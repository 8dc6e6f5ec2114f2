"""Several servers that are one to their users: where each world is, how it moves, and how a server is emptied."""

from contextlib import suppress
from functools import partial
from io import FileIO
from os import fstat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

from mockmarket.api.auth import peer_address
from mockmarket.clock import monotonic
from mockmarket.config import is_loopback
from mockmarket.control.base import Context, check_control_token, operation, token_of
from mockmarket.control.peers import ask_all, server_of
from mockmarket.control.state import exported
from mockmarket.current import current_request
from mockmarket.errors import Conflict, MovedWorld, Refusal, UnknownWorld
from mockmarket.rules.placement import Placement
from mockmarket.store.files import allowance
from mockmarket.worlds import moving
from mockmarket.worlds.registry import Unsettled, Worlds as Registry
from mockmarket.worlds.world import World as LiveWorld

if TYPE_CHECKING:
    from mockmarket_client import Client

ANSWER_S = 5.0
"""Most seconds for an answer of a server that is asked whether it has a world."""

Destination = TypedDict("Destination", {"to": Annotated[str, "URL of a server with the same control token."]})
Moved = TypedDict("Moved", {"name": str, "to": str})
Kept = TypedDict("Kept", {"name": str, "problem": str})


class Drained(TypedDict):
    """Where the worlds of a drained server are now; `kept` are those that could not be moved, `in_flight` deliveries being sent."""

    moved: list[Moved]
    kept: list[Kept]
    in_flight: int


@operation(body=Destination, answer=Moved)
def move_world(context: Context, body: Destination, name: str) -> Moved:
    """Move a world to another server, once its deliveries in flight have ended; if that fails, it goes on here."""
    move(context.services.registry, name, body["to"])
    return {"name": name, "to": body["to"]}


def move(registry: Registry, name: str, url: str) -> None:
    """Move a world to the server at a URL; Conflict with the reason, and the world goes on here, if that fails."""
    world = registry.get(name)
    ttl_s = world.lease.ttl_s if world.lease else None
    give_to = partial(give, registry.config.control_token, name, url, ttl_s)
    moving.move(registry, name, url, partial(exported, registry), give_to)


class Upload(FileIO):
    """A world's file while it is sent: TimeoutError when that takes longer than reading it through may."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.limit_s = allowance(path)
        self._until = monotonic() + self.limit_s

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next piece."""
        if monotonic() > self._until:
            raise TimeoutError(f"It was not sent within {self.limit_s:g} s.")
        return super().read(size) or b""

    @property
    def is_sent(self) -> bool:
        """Whether the last piece was read: before, no server can have the file."""
        return self.tell() == fstat(self.fileno()).st_size


def give(token: str | None, name: str, url: str, ttl_s: float | None, file: Path) -> None:
    """Have another server create a world from its file; Conflict with the reason unless it then serves the world, Unsettled when it may.
    Writes to the world wait meanwhile, so the limits of time are short."""
    from mockmarket_client import Client, MockmarketError, NoServer  # with requests, which few servers need

    try:
        with Client(url, token) as server, server.in_world(name) as client, Upload(file) as upload:
            server.calls.answer_s, client.calls.answer_s = ANSWER_S, upload.limit_s
            if name in {world["name"] for world in server.worlds()}:
                raise Conflict(f"There is a world {name} at {url}; nothing was changed.")
            try:
                client.put_state(upload, new=True, ttl_s=ttl_s)
            except NoServer:
                client.close()  # a server that has not created the world by now does not
                if not upload.is_sent:
                    raise
                confirm(server, name)
    except MockmarketError as error:
        raise Conflict(f"The world {name} goes on here. {url} did not take it: {error}") from error


def confirm(server: "Client", name: str) -> None:
    """Return if a server has a world; MockmarketError if it has not, Unsettled if it does not say."""
    from mockmarket_client import MockmarketError

    try:
        server.describe_world(name)
    except MockmarketError as error:
        if error.status == UnknownWorld.status:
            raise
        raise Unsettled(f"Whether {server.url} has taken the world {name} is not known: {error}") from error


@operation(answer=Drained)
def drain(context: Context) -> Drained:
    """Take no new worlds, move every world but main to the peer that is to have it, and wait for deliveries in flight."""
    registry = context.services.registry
    registry.drain(True)
    urls = {server_of(url): url for url in others(registry)}
    placement, moved, kept = Placement([*urls]), list[Moved](), list[Kept]()
    for name in [*registry.names(), *registry.damaged]:
        if name == "main":
            continue
        try:
            if not urls:
                raise Conflict("No other server of the fleet answers.")
            to = urls[placement.place_of(name)]
            move(registry, name, to)
            moved.append({"name": name, "to": to})
        except Refusal as refusal:
            kept.append({"name": name, "problem": refusal.message})
    return {"moved": moved, "kept": kept, "in_flight": sum(map(ended, registry.all()))}


@operation(status=204)
def end_drain(context: Context) -> None:
    """Take new worlds again."""
    context.services.registry.drain(False)


def others(registry: Registry) -> list[str]:
    """Return the URLs of the other servers of the fleet that answer."""
    replies = ask_all(registry.config, "worlds")
    return [reply.url for reply in replies if reply.value and reply.value.get("id") != registry.owner]


def ended(world: LiveWorld) -> int:
    """Wait until no delivery of a world is being sent, for a minute at most; returns how many still are."""
    with world.changed:
        world.changed.wait_for(lambda: not world.in_flight, moving.PATIENCE_S)
    return sum(world.in_flight.copy().values())


def with_place(context: Context, refusal: UnknownWorld) -> Refusal:
    """Return the refusal of a world that is not here, with where it is for a caller with the control token or from loopback."""
    config = context.services.registry.config
    is_moved = isinstance(refusal, MovedWorld)
    if not (is_moved or config.peers) or not may_know(context):
        return refusal
    replies = [] if is_moved else ask_all(config, f"worlds/{context.world_name}")
    places = [refusal.facts["place"]] if is_moved else [reply.url for reply in replies if reply.value]
    silent = [f"{reply.url}: {reply.problem}" for reply in replies if reply.problem]
    if places:
        refusal.message = f"The world {context.world_name} is not on this server. It is at {', '.join(places)}."
    elif silent:
        refusal.message += f" It may be on a server that was not asked. {' '.join(silent)}"
    return refusal


def may_know(context: Context) -> bool:
    """Return whether a caller may know of other servers: from loopback, or with the control token, on vendors' paths in its own header."""
    config, environ = context.services.registry.config, current_request().environ
    token = token_of(environ) if context.vendor is None else environ.get("HTTP_X_MOCKMARKET_TOKEN", "")
    with suppress(Refusal):
        check_control_token(context.services, environ, token)
        return True
    return is_loopback(peer_address(environ, config.trusted_proxies))
