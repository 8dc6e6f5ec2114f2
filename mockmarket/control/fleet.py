"""Several servers that are one to their users: where a world is, and how it moves."""

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

from mockmarket.api.auth import peer_address
from mockmarket.config import is_loopback
from mockmarket.control.base import Context, check_control_token, operation, token_of
from mockmarket.control.state import exported
from mockmarket.current import current_request
from mockmarket.errors import Conflict, MovedWorld, Refusal, UnknownWorld
from mockmarket.worlds import moving
from mockmarket.worlds.registry import Worlds as Registry

if TYPE_CHECKING:
    from mockmarket_client import Client

Destination = TypedDict("Destination", {"to": Annotated[str, "URL of a server with the same control token."]})
Moved = TypedDict("Moved", {"name": str, "to": str})


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


def give(token: str | None, name: str, url: str, ttl_s: float | None, file: Path) -> None:
    """Have another server create a world from its file; Conflict with the reason unless it then serves the world."""
    from mockmarket_client import Client, MockmarketError, NoServer  # with requests, which few servers need

    client = Client(url, token, name)
    try:
        client.put_state(file, new=True, ttl_s=ttl_s)
    except NoServer as error:
        if not serves(client, name):
            raise Conflict(f"The world {name} goes on here. {error}") from error
    except MockmarketError as error:
        raise Conflict(f"The world {name} goes on here: {url} refused it. {error}") from error
    finally:
        client.close()


def serves(client: "Client", name: str) -> bool:
    """Return whether a server has a world, after its answer to the upload was lost."""
    from mockmarket_client import MockmarketError

    with suppress(MockmarketError):
        return bool(client.describe_world(name))
    return False


def with_place(context: Context, refusal: UnknownWorld) -> Refusal:
    """Return the refusal of a world that is not here, with where it is for a caller with the control token or from loopback."""
    if isinstance(refusal, MovedWorld) and may_know(context):
        refusal.message = f"{refusal.message} It is at {refusal.facts['place']}."
    return refusal


def may_know(context: Context) -> bool:
    """Return whether a caller may know of other servers: from loopback, or with the control token, on vendors' paths in its own header."""
    config, environ = context.services.registry.config, current_request().environ
    token = token_of(environ) if context.vendor is None else environ.get("HTTP_X_MOCKMARKET_TOKEN", "")
    with suppress(Refusal):
        check_control_token(context.services, environ, token)
        return True
    return is_loopback(peer_address(environ, config.trusted_proxies))
