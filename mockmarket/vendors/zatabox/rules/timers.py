"""What Zatabox does when something happens elsewhere, or when a moment has come."""

from __future__ import annotations

from mockmarket.store import Tx
from mockmarket.store.timers import Timer
from mockmarket.vendors.zatabox.rules import events, orders, payments, seating

TIMERS = {
    events.ENDS: events.end,
    orders.LAPSES: orders.lapse,
    seating.LAPSES: seating.lapse,
    payments.SETTLES: payments.due,
}
"""What each timer does, given the id of the record that it is about."""


def timer_fired(tx: Tx, timer: Timer) -> None:
    """Do what a timer was set for."""
    TIMERS[timer.name](tx, timer.record)
