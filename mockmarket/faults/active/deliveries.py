"""Faults of deliveries, applied: to one that is due, and to an attempt that was signed. Of each moment the first that applies does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mockmarket.clock import iso_ms
from mockmarket.faults.active.faults import ActiveFaults
from mockmarket.faults.active.rule import FaultRule, apply_first
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


def on_due(active: ActiveFaults, tx: Tx, claim: Claim) -> Going | None:
    """Return how a claimed delivery is sent; or None, when a fault has it dropped or put off, which is written down here.

    Only a first attempt is touched: what was put off is sent when its time has come, and retries and resends go their way.
    """
    if not active.deliveries and not active.late:
        return UNTOUCHED
    known = late(active, claim)
    if known or claim.resuming or claim.attempt - claim.resends != 1:
        return Going(faults=known)
    due = Due(tx.now, claim.endpoint in active.held)
    rules = rules_for(active, claim)
    fate, name = apply_first(rules, lambda rule: rule.fault.on_due and rule.fault.on_due(due, rule.arguments))
    return UNTOUCHED if fate is None else carry_out(active, tx, claim, fate, name)


def rules_for(active: ActiveFaults, claim: Claim) -> Iterator[FaultRule]:
    """Yield the rules that are for a delivery."""
    return (rule for rule in active.deliveries if rule.is_for_delivery(claim))


def late(active: ActiveFaults, claim: Claim) -> tuple[str, ...]:
    """Return by which fault a delivery had been put off that is sent now; it is held back no longer."""
    name = active.late.pop(claim.id, None)
    if active.held.get(claim.endpoint) == claim.id:
        del active.held[claim.endpoint]
    return () if name is None else (name,)


def carry_out(active: ActiveFaults, tx: Tx, claim: Claim, fate: Fate, name: str) -> Going | None:
    """Do with a delivery what a fault has decided."""
    if fate.lost:
        outbox.settle(tx, claim.id, "dropped", None, f"Never sent (fault: {name}).")
        return None
    if fate.until is None:
        return Going(fate.copies, (name,))
    active.late[claim.id] = name
    if fate.passed:
        active.held[claim.endpoint] = claim.id
    how = "Waits for the next one to be sent first, until" if fate.passed else "Put off until"
    outbox.put_off(tx, claim.id, fate.until, f"{how} {iso_ms(fate.until)} at the latest (fault: {name}).")
    return None


def on_send(active: ActiveFaults, claim: Claim, out: Outgoing) -> tuple[Outgoing, tuple[str, ...]]:
    """Return what goes out instead of an attempt that was signed, and by which fault; resends, tests and triggers are touched too."""
    rules = rules_for(active, claim)
    sent, name = apply_first(rules, lambda rule: rule.fault.on_send and rule.fault.on_send(out, rule.arguments))
    return (out, ()) if sent is None else (sent, (name,))


def passed(active: ActiveFaults, tx: Tx, claim: Claim) -> None:
    """Send what was held back for the next delivery to its endpoint, when this is one: it has just been answered."""
    held = active.held.get(claim.endpoint)
    if held is not None and claim.id > held:
        del active.held[claim.endpoint]
        outbox.bring_forward(tx, held)
