"""Faults of deliveries, applied: to one that is due, and to an attempt that was signed. Of each moment the first that applies does."""

from __future__ import annotations

from dataclasses import dataclass

from mockmarket.clock import iso_ms
from mockmarket.faults.active.board import Switchboard
from mockmarket.faults.base import Due, Fate
from mockmarket.store import Tx, outbox
from mockmarket.store.outbox import Claim
from mockmarket.webhooks.tampering import Outgoing


@dataclass(frozen=True, slots=True)
class Going:
    """A delivery that is sent after all: with so many copies, and which faults were applied to it so far."""

    copies: int = 0
    faults: tuple[str, ...] = ()


UNTOUCHED = Going()


def on_due(board: Switchboard, tx: Tx, claim: Claim) -> Going | None:
    """Return how a claimed delivery is sent; or None, when a fault has it dropped or put off, which is written down here.

    Only a first attempt is touched: what was put off is sent when its time has come, and retries and resends go their way.
    """
    if not board.deliveries and not board.late:
        return UNTOUCHED
    known = late(board, claim)
    if known or claim.resuming or claim.attempt - claim.resends != 1:
        return Going(faults=known)
    due = Due(tx.now, claim.endpoint in board.held)
    for switch in board.deliveries:
        hook = switch.fault.on_due if switch.is_for_delivery(claim) else None
        fate = hook(due, switch.given) if hook else None
        if fate is not None and switch.take():
            return carry_out(board, tx, claim, fate, switch.fault.name)
    return UNTOUCHED


def late(board: Switchboard, claim: Claim) -> tuple[str, ...]:
    """Return by which fault a delivery had been put off that is sent now; it is held back no longer."""
    name = board.late.pop(claim.id, None)
    if board.held.get(claim.endpoint) == claim.id:
        del board.held[claim.endpoint]
    return () if name is None else (name,)


def carry_out(board: Switchboard, tx: Tx, claim: Claim, fate: Fate, name: str) -> Going | None:
    """Do with a delivery what a fault has decided."""
    if fate.lost:
        outbox.settle(tx, claim.id, "dropped", None, f"Never sent (fault: {name}).")
        return None
    if fate.until is None:
        return Going(fate.copies, (name,))
    board.late[claim.id] = name
    if fate.passed:
        board.held[claim.endpoint] = claim.id
    how = "Waits for the next one to be sent first, until" if fate.passed else "Put off until"
    outbox.put_off(tx, claim.id, fate.until, f"{how} {iso_ms(fate.until)} at the latest (fault: {name}).")
    return None


def on_send(board: Switchboard, claim: Claim, out: Outgoing) -> tuple[Outgoing, tuple[str, ...]]:
    """Return what goes out instead of an attempt that was signed, and by which fault; resends, tests and triggers are touched too."""
    for switch in board.deliveries:
        hook = switch.fault.on_send if switch.is_for_delivery(claim) else None
        outcome = hook(out, switch.given) if hook else None
        if outcome is not None and switch.take():
            return outcome, (switch.fault.name,)
    return out, ()


def passed(board: Switchboard, tx: Tx, claim: Claim) -> None:
    """Send what was held back for the next delivery to its endpoint, when this is one: it has just been answered."""
    held = board.held.get(claim.endpoint)
    if held is not None and claim.id > held:
        del board.held[claim.endpoint]
        outbox.bring_forward(tx, held)
