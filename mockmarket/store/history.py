"""A world's history for people and tests, newest first: notices, deliveries, attempts, changes of stock."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mockmarket.store.database import Read, Record, read_snapshot
from mockmarket.store.rows import Condition, as_dicts, to_json, where_clause

Where = Mapping[str, object]  # required values, by filter name
SINCE = "since"  # the filter of the earliest moment (epoch ms)
OF_NOTICE = "n.id AS notice, n.vendor, n.type, n.kind, n.record, n.cause"
LAST_STATUS = "(SELECT status FROM attempt a WHERE a.delivery = d.id ORDER BY a.id DESC LIMIT 1)"
DELIVERY = f"""
d.id, d.uid, d.state, d.why, d.attempts, d.due, d.reason, d.at, d.settled_at, d.endpoint, n.uid AS event_id, {OF_NOTICE},
coalesce(d.body, n.body) AS body,
{LAST_STATUS} AS last_status
"""
DELIVERIES = "FROM delivery d JOIN notice n ON n.id = d.notice"
NOTICE = """
n.id, n.uid, n.vendor, n.type, n.kind, n.record, n.at, n.cause, n.body,
(SELECT count(*) FROM delivery d WHERE d.notice = n.id) AS deliveries
"""
ATTEMPT = f"""
a.id, a.number, a.why, a.at, a.wall_at, a.status, a.error, a.elapsed_ms, a.verdict, a.reason, a.fault, a.url, d.uid, d.endpoint, d.state,
{OF_NOTICE}
"""
CHANGE = "c.id, c.at, c.stock, c.what, c.quantity, c.vendor, c.record, c.seats, s.section, s.row, s.event"
CHANGES = "FROM stock_change c LEFT JOIN stock s ON s.id = c.stock"


@dataclass(frozen=True, slots=True)
class Listing:
    """A paged query, newest first: its columns, its FROM clause, its id column, and the columns of its filters."""

    columns: str
    source: str
    id: str
    filters: Mapping[str, str]

    def __call__(
        self, read: Read, where: Where, limit: int = -1, before: int | None = None, offset: int = 0
    ) -> list[Record]:
        """Return the rows that meet every filter, all of them without a limit; `before` pages by id, `offset` by count."""
        clause, values = self._clause(where, before)
        sql = f"SELECT {self.columns} {self.source}{clause} ORDER BY {self.id} DESC LIMIT ? OFFSET ?"
        return as_dicts(read, sql, (*values, limit, offset))

    def count(self, read: Read, where: Where) -> int:
        """Return how many rows meet every filter."""
        clause, values = self._clause(where)
        return int(read.conn.execute(f"SELECT count(*) {self.source}{clause}", values).fetchone()[0])

    def spread(self, read: Read, column: str, where: Where, limit: int) -> dict[str, int]:
        """Return how many matching rows have each value of a filter's column, most frequent first."""
        clause, values = self._clause(where)
        sql = f"SELECT {self.filters[column]}, count(*) {self.source}{clause} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"
        return {str(value): number for value, number in read.conn.execute(sql, (*values, limit))}

    def _clause(self, where: Where, before: int | None = None) -> tuple[str, list[Any]]:
        conditions: list[Condition] = [
            (self.filters[name], "in" if isinstance(value, list) else ">=" if name == SINCE else "=", value)
            for name, value in where.items()
        ]
        return where_clause([*conditions, (self.id, "<", before)] if before else conditions)


STATES = ("pending", "sending", "delivered", "failed", "exhausted", "rejected", "dropped")
"""Every state of a delivery, in the order of its life."""
NOTICE_FILTERS = {name: f"n.{name}" for name in ("vendor", "type", "kind", "record", "cause")}
OF_DELIVERY = {
    "id": "d.uid",
    "endpoint": "d.endpoint",
    "state": "d.state",
    "notice": "n.id",
    "why": "d.why",
    SINCE: "d.at",
}
DELIVERY_FILTERS = NOTICE_FILTERS | OF_DELIVERY
notices = Listing(NOTICE, "FROM notice n", "n.id", NOTICE_FILTERS | {SINCE: "n.at"})
deliveries = Listing(DELIVERY, DELIVERIES, "d.id", DELIVERY_FILTERS)
addressed = Listing("d.id, d.endpoint, n.vendor", DELIVERIES, "d.id", DELIVERY_FILTERS)
all_attempts = Listing(ATTEMPT, f"{DELIVERIES} JOIN attempt a ON a.delivery = d.id", "a.id", DELIVERY_FILTERS)
stock_changes = Listing(CHANGE, CHANGES, "c.id", {"vendor": "c.vendor", "record": "c.record"})


def delivery(read: Read, uid: str) -> Record | None:
    """Return one delivery by its uid with every attempt, or None."""
    with read_snapshot(read):
        rows = as_dicts(read, f"SELECT {DELIVERY} {DELIVERIES} WHERE d.uid = ?", (uid,))
        return rows[0] | {"attempts_made": attempts(read, rows[0]["id"])} if rows else None


def attempts(read: Read, delivery: int) -> list[Record]:
    """Return a delivery's attempts in the order they were made, headers as lists of [name, value]."""
    sql = "SELECT * FROM attempt WHERE delivery = ? ORDER BY id"
    return as_dicts(read, sql, (delivery,), ("request_headers", "answer_headers"))


def failed_attempts(read: Read, since: int, among: int) -> int:
    """Count attempts that were not delivered since a moment of the machine's clock (epoch ms), among the newest `among`."""
    newest = "SELECT wall_at, verdict FROM attempt ORDER BY id DESC LIMIT ?"
    sql = f"SELECT count(*) FROM ({newest}) WHERE wall_at > ? AND verdict <> 'delivered'"
    return int(read.conn.execute(sql, (among, since)).fetchone()[0])


OF_FAULTS = "EXISTS (SELECT 1 FROM json_each(?) WHERE instr(', ' || a.fault || ', ', ', ' || value || ', '))"
"""An attempt that several faults changed names them all."""


def faulty_attempts(read: Read, faults: Collection[str], limit: int) -> list[Record]:
    """Return the newest attempts that these faults changed: type, number, moment and delivery."""
    sql = f"SELECT a.fault, a.at, a.number, n.type, d.uid {DELIVERIES} JOIN attempt a ON a.delivery = d.id WHERE {OF_FAULTS}"
    values = to_json([*faults]), limit * len(faults)
    return as_dicts(read, f"{sql} ORDER BY a.id DESC LIMIT ?", values) if faults else []


OVERDUE = """
SELECT endpoint, min(due), count(*) FROM (
  SELECT endpoint, due FROM delivery WHERE state = 'pending' AND blocked = 0 AND due < ?1
  UNION ALL SELECT endpoint, due FROM delivery WHERE untried = 1 AND blocked = 1 AND state = 'pending' AND due < ?1
  UNION ALL SELECT endpoint, due FROM delivery WHERE state = 'sending' AND due < ?1)
GROUP BY endpoint
"""
"""Each part reads an index of few deliveries; what is settled is not read."""


def overdue(read: Read, moment: int) -> dict[str, tuple[int, int]]:
    """Return, of each endpoint to which a delivery was due before a moment (epoch ms) and is not settled, the earliest such time and how
    many there are, those on their way with them."""
    return {endpoint: (due, count) for endpoint, due, count in read.conn.execute(OVERDUE, (moment,))}


class SentAttempt(NamedTuple):
    """One attempt in short: its endpoint, when it was made, how long it took, the answer's status if any, and the verdict on it."""

    endpoint: str
    at: int
    elapsed_ms: float
    status: int | None
    verdict: str

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.verdict == "delivered"


def sent_attempts(read: Read, limit: int, endpoint: str | None = None) -> list[SentAttempt]:
    """Return the newest attempts, newest first, to one endpoint or to all."""
    where, values = ("WHERE d.endpoint = ?", (endpoint,)) if endpoint else ("", ())
    source = f"attempt a JOIN delivery d ON d.id = a.delivery {where}"
    sql = f"SELECT d.endpoint, a.at, a.elapsed_ms, a.status, a.verdict FROM {source} ORDER BY a.id DESC LIMIT ?"
    return [SentAttempt(*row) for row in read.conn.execute(sql, (*values, limit))]
