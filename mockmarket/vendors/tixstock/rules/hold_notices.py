"""Who was told of which hold, so that nobody is told of the release of one that it never heard of."""

from __future__ import annotations

from collections.abc import Collection

from mockmarket.stock import Change
from mockmarket.store import Tx, records
from mockmarket.vendors.tixstock.rules import resellers
from mockmarket.vendors.tixstock.wire.kinds import HOLD_NOTICE


def note(tx: Tx, change: Change, heard: Collection[str]) -> None:
    """Add a hold's tickets to what these resellers were told of it; it may be a hold of any vendor's."""
    if heard:
        told = quantities(tx, change)
        records.put(tx, HOLD_NOTICE, {
            "id": id_of(change), "told": told | {who: told.get(who, 0) + change.quantity for who in heard},
        })  # fmt: skip


def settle(tx: Tx, change: Change) -> set[str]:
    """Take a release's tickets off what resellers were told of the hold; returns those who were told of as many."""
    told = quantities(tx, change)
    aware = {who for who, quantity in told.items() if quantity >= change.quantity}
    rest = {who: told[who] - change.quantity for who in aware if told[who] > change.quantity}
    if rest:
        records.put(tx, HOLD_NOTICE, {"id": id_of(change), "told": rest})
    else:
        records.delete(tx, HOLD_NOTICE, id_of(change))
    return aware


def quantities(tx: Tx, change: Change) -> dict[str, int]:
    """Return how many tickets of a hold each reseller was told of."""
    record = records.get(tx, HOLD_NOTICE, id_of(change))
    return dict(record["told"]) if record else {}


def id_of(change: Change) -> str:
    """Return the id under which a hold's notices are noted: holds of different vendors may have the same."""
    return resellers.joint(change.vendor, change.record, change.stock.id)
