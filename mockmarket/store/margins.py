"""What a store defers: which records are out of date, and how far each vendor lets them be (see `store.deferred`)."""

from collections.abc import Collection, Mapping
from math import inf
from typing import NamedTuple

from mockmarket.store.contents import Updates

Changed = Mapping[tuple[str, str, str], str]
Rows = dict[str, int]  # the moment (epoch ms) of each stock row's last change


class Margin(NamedTuple):
    """How many seats may be sold or put back before a vendor must react, and the `records` (vendor, kind, id) that such a change updates.
    With `own` this holds for the vendor's own changes too."""

    records: Changed
    seats: float = inf
    own: bool = False


Margins = dict[object, Margin]  # by stock row, or by event and section


class Deferred:
    """What a store defers: by vendor the stock rows whose changes its records do not show, and the margins; `by_section` names the vendors
    whose margins are those of sections."""

    def __init__(self) -> None:
        self.stale: dict[str, Rows] = {}
        self.margins: dict[str, Margins] = {}
        self.by_section: set[str] = set()
        self.updates = Updates()

    def clear(self) -> None:
        """Forget everything: the rows have been replaced."""
        self.stale.clear()
        self.margins.clear()
        self.updates.clear()

    def publish(self, stale: Mapping[str, Rows], refreshed: Collection[str]) -> None:
        """Note what a transaction defers, just before its commit: another thread that already sees it waits for the commit."""
        for vendor, rows in stale.items():
            if vendor not in refreshed:
                add_rows(self.stale.setdefault(vendor, {}), rows)

    def settle(self, stale: Mapping[str, Rows], refreshed: Collection[str]) -> None:
        """Drop what a transaction has updated, just after its commit."""
        for vendor in refreshed:
            if rows := stale.get(vendor):
                self.stale[vendor] = rows
            else:
                self.stale.pop(vendor, None)


def add_rows(known: Rows, rows: Rows) -> None:
    """Add changes of stock rows to earlier ones; rows stay in the order of their last changes."""
    for id, moment in rows.items():
        known.pop(id, None)
        known[id] = moment
