"""Several lines cancelled in one go, of purchases and of invoices, all or none."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket.store import Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.rules import invoices, lines, purchases, refusing
from mockmarket.vendors.skybox.wire.kinds import LINE
from mockmarket.worlds.world import World


def cancel_lines(world: World, account: int, ids: Sequence[int], by: Actor, only: str | None = None) -> None:
    """Cancel lines by their ids, or only those of one type; Invalid names the one that cannot be."""
    with world.atomic() as tx:
        for place, id in enumerate(ids):
            cancel(tx, account, named(tx, account, id, f"lineIds.{place}", only), by)


def named(tx: Tx, account: int, id: int, path: str, only: str | None) -> Record:
    """Return a line that a body names; Invalid for one that is not there, or of the other type."""
    line = records.get(tx, LINE, str(id))
    if line is None or line["accountId"] != account:
        raise refusing.invalid(path, f"There is no line {id} on account {account}.", id)
    if only not in (None, line["lineType"]):
        raise refusing.invalid(path, f"Line {id} is not one of an {str(only).lower()}.", id)
    return line


def cancel(tx: Tx, account: int, line: Record, by: Actor) -> None:
    """Cancel one line of either type."""
    type, target = line["lineType"], line["targetId"]
    if type == "INVOICE":
        owner, there = invoices.own_line(tx, account, target, line["id"])
        invoices.cancel(tx, there, by)
    else:
        owner = purchases.found(tx, account, target)
        purchases.cancel(tx, line, by)
    lines.settle(tx, type, owner, owner, by)
