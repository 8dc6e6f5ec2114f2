"""What happened in a world, newest first, for people to look at: changes of stock, attempts, and deliveries that were not made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockmarket.store.database import Read
from mockmarket.store.history import listing

CHANGE = """
SELECT c.id, c.at, c.stock, c.what, c.quantity, c.vendor, c.record, s.section, s.row, s.event
FROM stock_change c LEFT JOIN stock s ON s.id = c.stock
"""
ATTEMPT = """
SELECT a.id, a.number, a.why, a.at, a.wall_at, a.status, a.error, a.elapsed_ms, a.verdict, a.reason, a.url, d.uid, d.endpoint,
       d.state, n.id AS notice, n.vendor, n.type, n.kind, n.record, n.cause
FROM attempt a JOIN delivery d ON d.id = a.delivery JOIN notice n ON n.id = d.notice
"""
DROPPED = """
SELECT d.id, d.uid, d.endpoint, d.settled_at AS at, d.reason, d.why, n.id AS notice, n.vendor, n.type, n.kind, n.record, n.cause
FROM delivery d JOIN notice n ON n.id = d.notice
"""

CHANGE_FILTERS = {"vendor": "c.vendor", "record": "c.record"}
FILTERS = {"vendor": "n.vendor", "record": "n.record", "notice": "n.id", "cause": "n.cause", "state": "d.state"}


def changes(read: Read, where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """Return lines of the ledger, newest first: what became of how many seats, through which record of which vendor."""
    return listing(read, CHANGE, "c.id", CHANGE_FILTERS, where, limit, None)


def attempts(read: Read, where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """Return attempts, newest first, each with the delivery and the notice that it was made for."""
    return listing(read, ATTEMPT, "a.id", FILTERS, where, limit, None)


def dropped(read: Read, where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """Return deliveries that were given up before they were sent, newest first, with the reason."""
    return listing(read, DROPPED, "d.id", FILTERS, {**where, "state": "dropped"}, limit, None)
