"""What was told to whom: notices, deliveries and attempts, for people and tests to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mockmarket.store.database import Read, read_snapshot

DELIVERY = """
SELECT d.id, d.uid, d.state, d.why, d.attempts, d.due, d.reason, d.at, d.settled_at, d.endpoint, n.id AS notice, n.uid AS event_id,
       n.vendor, n.type, n.kind, n.record, n.cause, coalesce(d.body, n.body) AS body,
       (SELECT status FROM attempt a WHERE a.delivery = d.id ORDER BY a.id DESC LIMIT 1) AS last_status
FROM delivery d JOIN notice n ON n.id = d.notice
"""
NOTICE = """
SELECT n.id, n.uid, n.vendor, n.type, n.kind, n.record, n.at, n.cause, n.body,
       (SELECT count(*) FROM delivery d WHERE d.notice = n.id) AS deliveries
FROM notice n
"""

DELIVERY_FILTERS = {
    "vendor": "n.vendor", "type": "n.type", "record": "n.record", "endpoint": "d.endpoint", "state": "d.state",
    "notice": "n.id", "why": "d.why", "cause": "n.cause", "kind": "n.kind",
}  # fmt: skip
IN_STATES = "d.state IN (SELECT value FROM json_each(?))"
NOTICE_FILTERS = {"vendor": "n.vendor", "type": "n.type", "kind": "n.kind", "record": "n.record", "cause": "n.cause"}


def deliveries(
    read: Read, where: Mapping[str, Any], limit: int, before: int | None = None, states: Sequence[str] | None = None,
    offset: int = 0,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return deliveries, newest first, that match every given filter of DELIVERY_FILTERS and, when given, are in one of the states.

    `before` pages by id, `offset` by count.
    """
    among = where if states is None else {**where, "states": orjson.dumps(list(states)).decode()}
    return listing(read, DELIVERY, "d.id", DELIVERY_FILTERS, among, limit, before, offset)


def count_deliveries(read: Read, where: Mapping[str, Any]) -> int:
    """Return how many deliveries match every given filter of DELIVERY_FILTERS; `states` is a JSON array of any of them."""
    clause = conditions(DELIVERY_FILTERS, where)
    sql = f"SELECT count(*) FROM delivery d JOIN notice n ON n.id = d.notice{clause}"
    return int(read.conn.execute(sql, tuple(where.values())).fetchone()[0])


def spread(read: Read, column: str, where: Mapping[str, Any], limit: int) -> dict[str, int]:
    """Return how many deliveries that match have each value of one of DELIVERY_FILTERS, the most frequent first."""
    clause = conditions(DELIVERY_FILTERS, where)
    sql = (
        f"SELECT {DELIVERY_FILTERS[column]}, count(*) FROM delivery d JOIN notice n ON n.id = d.notice{clause}"
        " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"
    )
    return {str(value): number for value, number in read.conn.execute(sql, (*where.values(), limit))}


def count_notices(read: Read, cause: str) -> int:
    """Return how many notices a request caused."""
    return int(read.conn.execute("SELECT count(*) FROM notice WHERE cause = ?", (cause,)).fetchone()[0])


def notices(read: Read, where: Mapping[str, Any], limit: int, before: int | None = None) -> list[dict[str, Any]]:
    """Return notices, newest first, that match every given filter of NOTICE_FILTERS; `before` pages by id."""
    return listing(read, NOTICE, "n.id", NOTICE_FILTERS, where, limit, before)


def delivery(read: Read, uid: str) -> dict[str, Any] | None:
    """Return one delivery by its uid with every attempt, or None."""
    with read_snapshot(read):
        found = rows(read, f"{DELIVERY} WHERE d.uid = ?", (uid,))
        return found[0] | {"attempts_made": attempts(read, found[0]["id"])} if found else None


def attempts(read: Read, delivery: int) -> list[dict[str, Any]]:
    """Return a delivery's attempts in the order they were made, headers as lists of [name, value]."""
    attempts = rows(read, "SELECT * FROM attempt WHERE delivery = ? ORDER BY id", (delivery,))
    return [
        attempt | {name: orjson.loads(attempt[name]) for name in ("request_headers", "answer_headers")}
        for attempt in attempts
    ]


def listing(
    read: Read, sql: str, id: str, filters: Mapping[str, str], where: Mapping[str, Any], limit: int, before: int | None,
    offset: int = 0,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the rows that match every given filter, newest first."""
    clause = conditions(filters, where, [f"{id} < ?"] if before else [])
    values = [*where.values(), *([before] if before else []), limit, offset]
    return rows(read, f"{sql}{clause} ORDER BY {id} DESC LIMIT ? OFFSET ?", tuple(values))


def conditions(filters: Mapping[str, str], where: Mapping[str, Any], more: Sequence[str] = ()) -> str:
    """Write filters as a WHERE clause; names come from the table of filters, values are bound."""
    parts = [IN_STATES if name == "states" else f"{filters[name]} = ?" for name in where] + list(more)
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def rows(read: Read, sql: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Return a query's rows by column name."""
    cursor = read.conn.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
