"""A world leaves its server: nothing is sent and nothing is written while its state goes to another server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mockmarket.clock import monotonic
from mockmarket.errors import Conflict
from mockmarket.store import outbox
from mockmarket.store.files import remove
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.world import World

PATIENCE_S = 60.0
"""Most seconds for deliveries that are being sent, and for a running advance, to end."""
LOOK_S = 0.05


@contextmanager
def at_rest(world: World) -> Iterator[None]:
    """Hold a world as it is for the length of a block, once no delivery is being sent: neither a send, a timer nor a write begins. Writes
    wait for the block's end. Conflict when deliveries or an advance do not end within PATIENCE_S."""
    until = monotonic() + PATIENCE_S
    if not world.engine.acquire(timeout=PATIENCE_S):
        raise Conflict(f"An advance of the world {world.name} has not ended within {PATIENCE_S:g} s.")
    try:
        while True:
            generation = world.changed.generation
            with world.store.writer:
                if not world.in_flight and not outbox.is_sending(world.read()):
                    yield
                    return
            if monotonic() > until:
                raise Conflict(f"Deliveries of the world {world.name} are still being sent after {PATIENCE_S:g} s.")
            world.changed.wait_changed(generation, LOOK_S)
    finally:
        world.engine.release()


def move(worlds: Worlds, name: str, place: str, export: Callable[[World], Path], send: Callable[[Path], None]) -> None:
    """Move a world to another server: `export` writes its state to a file, `send` gives the file to the server and returns once it serves
    the world. Afterwards the world is refused here with the place. On an error it goes on here."""
    world = worlds.get(name)
    if name == "main":
        raise Conflict("The world main is every server's own and cannot be moved; move a clone of it.")
    if snapshots := worlds.shelf.names(name):
        raise Conflict(f"The snapshots of the world {name} cannot be moved: {', '.join(snapshots)}. Delete them first.")
    with at_rest(world):
        file = export(world)
        try:
            with worlds.leaving(world, place):
                send(file)
        finally:
            remove(file)
