"""Deferred updates: records that follow the seats are brought up to date when they are next read.

A sale or a return changes the records of every vendor that lists the seats. Mostly nothing else follows from it, and nobody reads those
records before the next sale. A vendor's reaction to a change therefore returns a margin: how many seats may be sold or put back before it
has to do more than update records, such as announce the last sale. Within the margin only the stock row and the moment are noted, and the
records are updated when they are read or written (`store.records`), copied, or when the vendor reacts again. Worlds kept in a file defer
nothing: the notes are in memory and would be lost with the process."""

from typing import Any

from mockmarket.store.database import Listener, Tx
from mockmarket.store.margins import add_rows

DEFERRABLE = ("sold", "put_back")
MOST_STALE = 256
"""Most stock rows whose records of one vendor are out of date, so that the next reader does not wait long."""


def deferring(tx: Tx, stock: Any, what: str, quantity: int, vendor: str) -> frozenset[str]:
    """Return which vendors may defer the update that follows from a coming change of a stock row by `vendor`. The records of all others are
    updated now, so that they react to this change alone."""
    if what not in DEFERRABLE or tx.store.synchronous != "OFF":
        tx.store.refresh_all(tx)
        return frozenset()
    names = [listener.name for listener in tx.listeners if _may_defer(tx, listener, stock, quantity, vendor)]
    for listener in tx.listeners:
        if listener.name not in names:
            tx.store.refresh(tx, listener.name)
    return frozenset(names)


def _may_defer(tx: Tx, listener: Listener, stock: Any, quantity: int, vendor: str) -> bool:
    name, known = listener.name, tx.store.deferred
    margin = known.margins.get(name, {}).get(place_of(listener, stock))
    within = margin is not None and quantity <= margin.seats and (margin.own or vendor != name)
    return within and len(known.stale.get(name, ())) < MOST_STALE


def place_of(vendor: Listener, stock: Any) -> object:
    """Return what a vendor's margin for a stock row is about."""
    return (stock.event, stock.section) if vendor.world.by_section else stock.id


def react(tx: Tx, vendor: Listener, change: Any, defers: bool) -> None:
    """Have a vendor react to a change of seats, or note that its records are to be updated."""
    name, margins = vendor.name, tx.store.deferred.margins.setdefault(vendor.name, {})
    place = place_of(vendor, change.stock)
    if not defers:
        with tx.within_reaction():
            margin = vendor.world.stock_changed(tx, change)
        if margin is None:
            margins.pop(place, None)
        else:
            margins[place] = margin
        return
    margin = margins[place]
    margins[place] = margin._replace(seats=margin.seats - change.quantity)
    if margin.records:
        tx.changed_records.update(margin.records)
        add_rows(tx.stale.setdefault(name, {}), {change.stock.id: tx.now})
