"""Several lines cancelled in one go, of purchases and of invoices, all or none."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket.store import Tx
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.rules import invoices, lines, purchases, violations
from mockmarket.vendors.skybox.wire.kinds import LINE, PURCHASE


def cancel_lines(session: Session, ids: Sequence[int], only: str | None = None) -> None:
    """Cancel lines by their ids, or only those of one type; Invalid names the one that cannot be."""
    with session.world.atomic() as tx:
        for place, id in enumerate(ids):
            path = f"lineIds.{place}"
            line = violations.get_named(tx, LINE, session.account, id, path)
            if only not in (None, line["lineType"]):
                raise violations.invalid(path, f"Line {id} is not one of an {str(only).lower()}.", id)
            cancel(tx, session.account, line, session.by)


def cancel(tx: Tx, account: int, line: Record, by: Actor) -> None:
    """Cancel one line of either type."""
    type, target = line["lineType"], line["targetId"]
    if type == "INVOICE":
        owner, own_line = invoices.own_line(tx, account, target, line["id"])
        invoices.cancel(tx, own_line, by)
    else:
        owner = violations.get_or_404(tx, PURCHASE, account, target)
        purchases.cancel(tx, line, by)
    lines.settle(tx, type, owner, owner, by)
