"""Deferred updates: records that follow the seats are brought up to date when they are next read.

A sale or a return changes the records of every vendor that lists the seats. Mostly nothing else follows from it, and nobody reads those
records before the next sale. A vendor's reaction to a change therefore returns a margin: how many seats may be sold or put back before it
has to do more than update records, such as announce the last sale. Within the margin only the stock row and the moment are noted, and the
records are updated when they are read or written (`store.records`), copied, or when the vendor reacts again. Worlds kept in a file defer
nothing: the notes are in memory and would be lost with the process."""

from collections.abc import Mapping
from typing import Any

from mockmarket.store.database import Listener, Tx
from mockmarket.store.margins import Margin, Margins

DEFERRABLE = ("sold", "put_back")
MOST_STALE = 256
"""Most stock rows whose records of one vendor are out of date, so that the next reader does not wait long."""


Deferring = Mapping[str, tuple[Margins, object, Margin]]
"""The vendors that may defer, by name: their margins, the place that the change is about, and its margin."""
NOBODY: Deferring = {}


def deferring(tx: Tx, stock: Any, what: str, quantity: int, vendor: str) -> Deferring:
    """Return which vendors may defer the update that follows from a coming change of a stock row by `vendor`. The records of all others are
    updated now, so that they react to this change alone."""
    if what not in DEFERRABLE or tx.store.synchronous != "OFF":
        tx.store.refresh_all(tx)
        return NOBODY
    known, defer = tx.store.deferred, {}
    for listener in tx.listeners:
        name = listener.name
        margins = known.margins.get(name)
        if margins and len(known.stale.get(name, ())) < MOST_STALE:
            place = (stock.event, stock.section) if name in known.by_section else stock.id
            margin = margins.get(place)
            if margin is not None and quantity <= margin.seats and (margin.own or vendor != name):
                defer[name] = margins, place, margin
                continue
        tx.store.refresh(tx, name)
    return defer


def react(tx: Tx, vendor: Listener, change: Any, defer: Deferring) -> None:
    """Have a vendor react to a change of seats, or note that its records are to be updated."""
    name, stock = vendor.name, change.stock
    if name in defer:
        margins, place, margin = defer[name]
        records, seats, own = margin
        margins[place] = Margin(records, seats - change.quantity, own)
        if records:
            tx.changed_records.update(records)
            tx.contents.follow(records)
            rows = tx.stale.setdefault(name, {})
            rows.pop(stock.id, None)  # so that rows stay in the order of their last changes
            rows[stock.id] = tx.now
        return
    known, hooks = tx.store.deferred, vendor.world
    with tx.within_reaction():
        margin = hooks.stock_changed(tx, change)
    if hooks.by_section:
        known.by_section.add(name)
    place = (stock.event, stock.section) if hooks.by_section else stock.id
    if margin is None:
        known.margins.get(name, {}).pop(place, None)
    else:
        known.margins.setdefault(name, {})[place] = margin
