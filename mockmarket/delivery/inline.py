"""First attempts inside the request that caused them: claimed in its transaction and sent by its thread, or waited for in their turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mockmarket.clock import monotonic
from mockmarket.delivery import delivery
from mockmarket.delivery.delivery import PreparedSend
from mockmarket.store import Tx, ordering, outbox
from mockmarket.worlds.world import World

PATIENCE = 2
"""How many of its vendor's deadlines a request waits for its turn: that of the notice before its own, and of its own."""
LOOK_UP_S = 0.5
"""How often a wait looks up to see whether the process stops; whatever happens in the world wakes it at once."""


@dataclass(frozen=True, slots=True)
class InlineClaim:
    """What a request sends by itself, and what it waits for, up to `patience_s` real seconds, while the ticker sends it in its turn."""

    sends: Sequence[PreparedSend]
    queued: Sequence[int]
    patience_s: float
    epoch: int


def claim_inline(world: World, tx: Tx, owner: str, ids: Sequence[int]) -> InlineClaim:
    """Claim those of these deliveries whose turn it is, within the transaction that made them.

    One to an endpoint that did not answer, and has all that it may have under way, is left to the ticker and not waited for,
    unless it is a test: somebody asked for that.
    """
    silent = (claim for claim in outbox.claimed(tx, ids) if claim.endpoint in world.silent and claim.why != "test")
    left = {claim.id for claim in silent if delivery.share(world, claim.endpoint) <= 0}
    wanted = [id for id in ids if id not in left]
    sends = delivery.prepare_all(world, tx, owner, wanted)
    queued = ordering.blocked(tx, wanted)
    return InlineClaim(sends, queued, PATIENCE * deadline_s(world, tx, queued), world.epoch)


def deadline_s(world: World, tx: Tx, ids: Sequence[int]) -> float:
    """Return the longest that one exchange of these deliveries may take, in real seconds."""
    vendors = {world.vendors[claim.vendor] for claim in outbox.claimed(tx, ids)}
    return max((vendor.webhooks.deadline_ms(world.settings_of(vendor.name)) / 1000 for vendor in vendors), default=0.0)


def await_turn(world: World, claim: InlineClaim, stopping: Callable[[], bool]) -> list[bool]:
    """Wait until the ticker has made the first attempt of each queued delivery; returns for each whether it was delivered.

    One that has not been tried when the time is over, when the world has become another, or when the process stops, was not.
    """
    end = monotonic() + claim.patience_s
    over: dict[int, str] = {}
    while len(over) < len(claim.queued):
        generation = world.changed.generation
        over = ordering.tried(world.read(), claim.queued)
        left = end - monotonic()
        if left <= 0 or world.epoch != claim.epoch or stopping():
            break
        if len(over) < len(claim.queued):
            world.changed.wait_changed(generation, min(left, LOOK_UP_S))
    return [world.epoch == claim.epoch and over.get(id) == "delivered" for id in claim.queued]
