"""The outbox: notices, one delivery of each for every endpoint that listens, and every attempt made. A notice and its
deliveries are written in the transaction that caused them, so that neither exists without the other."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from mockmarket.errors import Conflict
from mockmarket.frozen import dataclass
from mockmarket.store import endpoints, ordering
from mockmarket.store.database import Read, Tx
from mockmarket.store.endpoints import Endpoint, check_reachable, unreachable
from mockmarket.store.rows import Table, json_tuple, to_json
from mockmarket_client.scheme import Headers


@dataclass(frozen=True, slots=True)
class Notice:
    """What a vendor tells its subscribers: `uid` is the vendor's own event id, `body` the bytes as they are sent.
    `delivery_uid` mints the id of each delivery, for vendors that show it in a form of their own; `hears` tells which
    endpoints it concerns at all, for vendors whose callers see only what is theirs; `body_for` gives an endpoint a body of its own,
    or None when the notice is not for it."""

    vendor: str
    type: str
    uid: str
    kind: str
    record: str
    body: bytes
    delivery_uid: Callable[[Tx], str] = lambda tx: tx.ids.uuid()
    hears: Callable[[Endpoint], bool] = lambda endpoint: True
    body_for: Callable[[Endpoint], bytes | None] | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery taken for sending: nobody else sends it until it is settled or freed. `attempt` is the number of this attempt."""

    id: int
    uid: str
    notice_uid: str
    vendor: str
    type: str
    kind: str
    record: str
    body: bytes
    endpoint: str
    attempt: int
    due: int
    why: str
    resends: int
    resuming: tuple[str, int | None, str] | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST as it is logged, with all that verifies its signature again. `at` is the world's time, `wall_at` the machine's, both epoch
    ms; `stamp` epoch seconds. `fault` names the applied fault, and `body` is what was sent when it differs from the delivery's own."""

    delivery: int
    number: int
    why: str
    at: int
    wall_at: int
    stamp: int
    url: str
    request_headers: Headers
    status: int | None
    answer_headers: Headers
    answer_body: bytes
    truncated: bool
    error: str | None
    elapsed_ms: float
    verdict: str
    reason: str
    fault: str | None = None
    body: bytes | None = None


ATTEMPT = Table("attempt", Attempt, request_headers=json_tuple, answer_headers=json_tuple)
log = ATTEMPT.put


def announce(tx: Tx, notice: Notice, why: str = "event") -> list[int]:
    """Store a notice and a delivery for each endpoint that listens; returns the ids of those that wait to be sent. An
    endpoint that is muted, disabled or out of reach gets a delivery that is dropped at once, so that its history shows the gap."""
    number = keep(tx, notice)
    everybody = endpoints.all(tx, notice.vendor)
    listening = [endpoint for endpoint in everybody if endpoint.wants(notice.type) and notice.hears(endpoint)]
    bodies = [(endpoint, _body_of(notice, endpoint)) for endpoint in listening]
    ids = []
    for endpoint, body in bodies:
        if body is None:
            continue
        id, state = enqueue(tx, notice, number, endpoint, body, why), endpoint.state(tx.now)
        if reason := unreachable(tx, notice.vendor, endpoint) or (f"was {state}" if state != "active" else None):
            reason = f"The endpoint {reason} when the notice was made."
            tx.dropped.append((tx.enqueued.pop(id), reason))
            settle(tx, id, "dropped", None, reason)
        else:
            ids.append(id)
    return ids


def _body_of(notice: Notice, endpoint: Endpoint) -> bytes | None:
    return notice.body_for(endpoint) if notice.body_for else notice.body


def address(tx: Tx, notice: Notice, endpoint: Endpoint, why: str) -> int:
    """Store a notice for one endpoint alone, whatever its state and subscriptions; returns the delivery's id. Conflict if unreachable."""
    check_reachable(tx, notice.vendor, endpoint)
    return enqueue(tx, notice, keep(tx, notice), endpoint, _body_of(notice, endpoint) or notice.body, why)


def keep(tx: Tx, notice: Notice) -> int:
    """Store a notice; returns its number."""
    sql = "INSERT INTO notice (uid, vendor, type, kind, record, at, body, cause) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    row = (notice.uid, notice.vendor, notice.type, notice.kind, notice.record, tx.now, notice.body, tx.cause)
    return tx.conn.execute(sql, row).lastrowid or 0


ENQUEUE = f"""
INSERT INTO delivery (uid, notice, endpoint, body, why, due, at, subject, batch, untried, state, blocked)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, 'pending', {ordering.ahead("?3", "?7", "?8", "9e18")})
"""


def enqueue(tx: Tx, notice: Notice, number: int, endpoint: Endpoint, body: bytes, why: str) -> int:
    """Store one delivery that is due now, behind those of its record and of its batch; returns its id. A test waits for none."""
    own_body = None if body == notice.body else body
    subject = f"{notice.kind} {notice.record}" if notice.record else None
    place = (None, None, 0) if why == "test" else (subject, tx.batch, 1)
    uid = notice.delivery_uid(tx)
    id = tx.conn.execute(ENQUEUE, (uid, number, endpoint.id, own_body, why, tx.now, *place)).lastrowid or 0
    what = (notice.uid, notice.vendor, notice.type, notice.kind, notice.record, body)
    tx.enqueued[id] = Claim(id, uid, *what, endpoint.id, 1, tx.now, why, 0, None)
    return id


CLAIMED = """
SELECT d.id, d.uid, n.uid, n.vendor, n.type, n.kind, n.record, coalesce(d.body, n.body), d.endpoint, d.attempts, d.due,
  d.why, d.resends, d.resuming
FROM delivery d JOIN notice n ON n.id = d.notice WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY d.due, d.id
"""


def claim(tx: Tx, owner: str, ids: Sequence[int]) -> list[Claim]:
    """Claim those of these deliveries that are pending and unblocked, and count the attempt; returns them earliest first."""
    rows = tx.conn.execute(
        "UPDATE delivery SET state = 'sending', attempts = attempts + 1, owner = ?"
        " WHERE state = 'pending' AND blocked = 0 AND id IN (SELECT value FROM json_each(?)) RETURNING id",
        (owner, to_json(list(ids))),
    ).fetchall()
    taken = [row[0] for row in rows]
    tx.changed_deliveries.update(taken)
    return claimed(tx, taken)


def claim_new(tx: Tx, owner: str, id: int) -> bool:
    """Claim a delivery that this transaction enqueued and that nothing precedes; returns whether it did."""
    sql = "UPDATE delivery SET state = 'sending', attempts = 1, owner = ? WHERE id = ? AND state = 'pending' AND blocked = 0"
    tx.changed_deliveries.add(id)
    return tx.conn.execute(f"{sql} AND due <= ?", (owner, id, tx.now)).rowcount > 0


def claimed(tx: Tx, ids: Sequence[int]) -> list[Claim]:
    """Return the claims of these deliveries, earliest first."""
    rows = tx.conn.execute(CLAIMED, (to_json(ids),)).fetchall() if ids else []
    return [Claim(*[*row, json_tuple(resuming)]) for *row, resuming in rows]


SETTLE = """
UPDATE delivery SET state = ?, due = ?, reason = ?, settled_at = ?, owner = NULL, resuming = NULL, untried = 0, blocked = 0
WHERE id = ? RETURNING endpoint, subject, batch
"""


def settle(tx: Tx, id: int, state: str, due: int | None, reason: str) -> None:
    """End a claim: the delivery waits again until `due` (epoch ms), or has reached its end. What was behind it may leave."""
    tx.changed_deliveries.add(id)
    tx.has_due_work = tx.has_due_work or state == "pending"
    for left in tx.conn.execute(SETTLE, (state, due, reason, None if state == "pending" else tx.now, id)).fetchall():
        ordering.unblock(tx, left)


def put_off(tx: Tx, id: int, due: int, reason: str) -> None:
    """Give a claim back until `due` (epoch ms) without counting the attempt; other deliveries may overtake it meanwhile."""
    ordering.leave(tx, id)
    tx.has_due_work = True
    tx.changed_deliveries.add(id)
    sql = (
        "UPDATE delivery SET state = 'pending', attempts = attempts - 1, owner = NULL, due = ?, reason = ? WHERE id = ?"
    )
    tx.conn.execute(sql, (due, reason, id))


def bring_forward(tx: Tx, id: int) -> None:
    """Make a delivery that waits due now."""
    tx.has_due_work = True
    tx.changed_deliveries.add(id)
    tx.conn.execute("UPDATE delivery SET due = ? WHERE state = 'pending' AND due > ? AND id = ?", (tx.now, tx.now, id))


FREE = "UPDATE delivery SET state = 'pending', attempts = attempts - 1, owner = NULL WHERE state = 'sending'"
FREE_OF_OTHERS = f"{FREE} AND owner != ?"


def free(tx: Tx, ids: Iterable[int]) -> None:
    """Give claims back without counting the attempt; it will be made again under the same number."""
    freed = [(id,) for id in ids]
    tx.has_due_work = tx.has_due_work or bool(freed)
    tx.changed_deliveries.update(id for (id,) in freed)
    tx.conn.executemany(f"{FREE} AND id = ?", freed)


def free_of_others(tx: Tx, owner: str) -> int:
    """Give back every claim of other processes, which have ended; returns how many there were."""
    return tx.conn.execute(FREE_OF_OTHERS, (owner,)).rowcount


def latest_causes(read: Read, among: int) -> list[str]:
    """Return the ids of the requests that caused the newest `among` notices."""
    sql = "SELECT cause FROM (SELECT cause FROM notice ORDER BY id DESC LIMIT ?) WHERE typeof(cause) = 'text'"
    return [row[0] for row in read.conn.execute(sql, (among,))]


RESEND = """
UPDATE delivery SET resuming = coalesce(resuming, json_array(state, due, reason)), state = 'pending', due = ?,
  resends = resends + (resuming IS NULL)
WHERE state != 'sending' AND id IN (SELECT value FROM json_each(?))
"""
UNDER_WAY = "An attempt of this delivery is under way."


def resend(tx: Tx, row: Mapping[str, Any]) -> None:
    """Make a delivery (its `id`, `vendor`, `endpoint`) due now, once, whatever its state; afterwards it returns to that
    state. Conflict while it is being sent, and when nothing can be sent to its endpoint. A pending delivery keeps its
    retry timetable: `resuming` stores its state and due time. A second request before the send has no effect: `resends`
    counts actual sends, since retry rules subtract it from the attempts."""
    for reason in resend_all(tx, [row]):
        raise Conflict(reason)


def resend_all(tx: Tx, rows: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Make deliveries due now, as `resend` does, those to which something can be sent; returns how many are not sent, by the reason."""
    ids: list[int] = []
    kept_back = Counter[str]()
    reason_for = cache(lambda vendor, endpoint: unreachable(tx, vendor, endpoints.get(tx, endpoint)))
    for row in rows:
        if reason := reason_for(row["vendor"], row["endpoint"]):
            kept_back[f"Nothing was sent: the endpoint {reason}."] += 1
        else:
            ids.append(row["id"])
    tx.changed_deliveries.update(ids)
    if under_way := len(ids) - tx.conn.execute(RESEND, (tx.now, to_json(ids))).rowcount:
        kept_back[UNDER_WAY] = under_way
    tx.has_due_work = True
    return kept_back


CANCEL_RESENDS = """
UPDATE delivery SET state = json_extract(resuming, '$[0]'), due = json_extract(resuming, '$[1]'), resends = resends - 1, resuming = NULL
WHERE state = 'pending' AND resuming IS NOT NULL AND id IN (SELECT value FROM json_each(?))
RETURNING state
"""
PENDING = "SELECT id FROM delivery WHERE state = 'pending' AND id IN (SELECT value FROM json_each(?)) ORDER BY id"


def drop_all(tx: Tx, ids: Sequence[int], reason: str) -> tuple[int, int]:
    """Drop those of these deliveries that wait for an attempt, and cancel the resends among them, which leaves their earlier outcome;
    returns how many were dropped, and how many resends were cancelled."""
    tx.changed_deliveries.update(ids)
    restored = tx.conn.execute(CANCEL_RESENDS, (to_json(ids),)).fetchall()
    pending = [id for (id,) in tx.conn.execute(PENDING, (to_json(ids),)).fetchall()]
    for id in pending:
        settle(tx, id, "dropped", None, reason)
    return len(pending), sum(state != "pending" for (state,) in restored)


def abandon_resend(tx: Tx, id: int, reason: str) -> None:
    """Give up a claimed resend that cannot be sent: the delivery returns to its previous state, and `reason` is appended to its reason."""
    tx.has_due_work = True
    tx.changed_deliveries.add(id)
    tx.conn.execute(
        "UPDATE delivery SET state = json_extract(resuming, '$[0]'), due = json_extract(resuming, '$[1]'),"
        " reason = trim(json_extract(resuming, '$[2]') || ' ' || ?), attempts = attempts - 1, resends = resends - 1,"
        " owner = NULL, resuming = NULL WHERE id = ?",
        (reason, id),
    )


def forget(tx: Tx) -> None:
    """Delete every notice and delivery: those that a fixture's orders announced during planting."""
    for table in ("attempt", "delivery", "notice"):
        tx.conn.execute(f"DELETE FROM {table}")


def next_due(read: Read, busy: Collection[str] = ()) -> int | None:
    """Return when the earliest delivery that may leave, to an endpoint that is not busy, is due, in epoch ms, or None."""
    return min((due for endpoint, due in ordering.first_due(read).items() if endpoint not in busy), default=None)


def due_until(read: Read, moment: int) -> int:
    """Return how many deliveries wait for an attempt at or before a moment (epoch ms)."""
    sql = "SELECT count(*) FROM delivery WHERE state = 'pending' AND due <= ?"
    return int(read.conn.execute(sql, (moment,)).fetchone()[0])


def newest_notice(read: Read) -> int:
    """Return the row of the newest notice; 0 without any."""
    return int(read.conn.execute("SELECT coalesce(max(id), 0) FROM notice").fetchone()[0])


def is_sending(read: Read) -> bool:
    """Return whether a delivery has been taken for sending and not settled yet."""
    return read.conn.execute("SELECT 1 FROM delivery WHERE state = 'sending' LIMIT 1").fetchone() is not None


def counts(read: Read) -> Mapping[str, int]:
    """Return how many deliveries are in each state."""
    return dict(read.conn.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall())


def prune(tx: Tx, keep: int) -> int:
    """Remove the oldest settled deliveries beyond `keep`, their attempts, and notices left without deliveries; returns how many."""
    oldest = "state NOT IN ('pending', 'sending') AND id <= (SELECT max(id) FROM delivery) - ?"
    without_delivery = "id < (SELECT min(notice) FROM delivery) AND id NOT IN (SELECT notice FROM delivery)"
    removed = tx.conn.execute(f"DELETE FROM delivery WHERE {oldest} RETURNING id", (keep,)).fetchall()
    if removed:
        tx.changed_deliveries.update(id for (id,) in removed)
        tx.conn.execute(f"DELETE FROM notice WHERE {without_delivery}")
    return len(removed)
