"""Deliveries as a list for people: chosen by several filters at once, counted for each choice, sorted by a column."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

from mockmarket.store.database import Read, Record
from mockmarket.store.history import DELIVERIES, DELIVERY, DELIVERY_FILTERS, LAST_STATUS
from mockmarket.store.rows import as_dicts, to_json, where_clause

CHOICES = {"vendor": "n.vendor", "state": "d.state", "type": "n.type", "endpoint": "d.endpoint"}
"""The filters that are chosen from a list, with their columns."""
CHOSEN = ", ".join(CHOICES.values())
Choice = tuple[str, str, str, str]  # a delivery's values of CHOICES
OUTCOMES = ("delivered", "to be retried", "failed")
"""How an attempt can end."""
OUTCOME = "CASE a.verdict WHEN 'delivered' THEN 'delivered' WHEN 'pending' THEN 'to be retried' ELSE 'failed' END"
TRIED = "EXISTS (SELECT 1 FROM attempt a WHERE a.delivery = d.id AND a.at >= ? AND a.at < ?{})"
EARLIEST, LATEST = -(2**62), 2**62
URL = "(SELECT url FROM endpoint e WHERE e.id = d.endpoint)"
LISTED = DELIVERY.replace("coalesce(d.body, n.body) AS body,", f"{URL} AS url,")
SORTS = {
    "made": "d.id", "type": "n.type", "state": "d.state", "vendor": "n.vendor", "about": "n.record", "to": URL,
    "attempts": "d.attempts", "answer": LAST_STATUS, "due": "d.due",
}  # fmt: skip
"""The columns by which the list can be sorted."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What is listed; empty filters are not set. `record` is an id. `since` and `until` (epoch ms, the second excluded) bound when a
    delivery was made or attempted; with `outcome` only deliveries with such an attempt, in that time, are listed."""

    vendor: str = ""
    state: str = ""
    type: str = ""
    endpoint: str = ""
    record: str = ""
    outcome: str = ""
    since: int | None = None
    until: int | None = None


def page(read: Read, filters: Filters, sort: str, limit: int = -1, offset: int = 0) -> list[Record]:
    """Return deliveries without their bodies, sorted by a column of `SORTS`, `-` before it for descending. All are sorted by their ids; the
    other columns are read of those on the page alone."""
    where, values = _where(filters)
    order = f"{SORTS[sort.lstrip('-')]} {'DESC' if sort.startswith('-') else 'ASC'}, d.id DESC"
    source = DELIVERIES if "n." in f"{where}{order}" else "FROM delivery d"
    chosen = f"SELECT d.id AS chosen {source}{where} ORDER BY {order} LIMIT ? OFFSET ?"
    rows = f"FROM ({chosen}) CROSS JOIN delivery d ON d.id = chosen JOIN notice n ON n.id = d.notice"
    return as_dicts(read, f"SELECT {LISTED} {rows} ORDER BY {order}", (*values, limit, offset))


def facets(groups: Mapping[Choice, int], filters: Filters) -> dict[str, Counter[str]]:
    """Return how many deliveries each value of each filter of `CHOICES` would give under the other filters of `CHOICES`; "" gives all."""
    chosen = [getattr(filters, name) for name in CHOICES]
    result = {name: Counter[str]() for name in CHOICES}
    for choice, number in groups.items():
        differing = [place for place, value in enumerate(chosen) if value not in ("", choice[place])]
        for place, name in enumerate(CHOICES):
            if differing in ([], [place]):
                result[name][choice[place]] += number
    return result


def groups(read: Read, filters: Filters, most: int | None) -> Mapping[Choice, int]:
    """Count the deliveries that pass the filters beside those of `CHOICES`, among the newest `most`, or among all."""
    where, values = _where(replace(filters, vendor="", state="", type="", endpoint=""))
    if most is not None:
        where += f"{' AND' if where else ' WHERE'} d.id > (SELECT max(id) FROM delivery) - ?"
        values.append(most)
    sql = f"SELECT {CHOSEN}, count(*) {DELIVERIES}{where} GROUP BY 1, 2, 3, 4"
    return {row[:-1]: row[-1] for row in read.conn.execute(sql, values)}


def choices_of(read: Read, newest: int, ids: Iterable[int]) -> dict[int, Choice]:
    """Return the values of `CHOICES` of the deliveries after an id, and of those of some ids that are kept."""
    sql = f"SELECT d.id, {CHOSEN} {DELIVERIES} WHERE d.id > ? OR d.id IN (SELECT value FROM json_each(?))"
    return {row[0]: row[1:] for row in read.conn.execute(sql, (newest, to_json([*ids])))}


def _where(filters: Filters) -> tuple[str, list[object]]:
    plain = {column.name: getattr(filters, column.name) for column in fields(filters)[:5]}
    clause, values = where_clause((DELIVERY_FILTERS[name], "=", value) for name, value in plain.items() if value)
    if not filters.outcome and filters.since is None and filters.until is None:
        return clause, values
    span: list[object] = [
        EARLIEST if filters.since is None else filters.since,
        LATEST if filters.until is None else filters.until,
    ]
    joined = f"{clause} AND" if clause else " WHERE"
    if filters.outcome:
        return f"{joined} {TRIED.format(f' AND {OUTCOME} = ?')}", [*values, *span, filters.outcome]
    return f"{joined} (d.at >= ? AND d.at < ? OR {TRIED.format('')})", [*values, *span, *span]


def outcomes(read: Read, ids: list[int]) -> dict[int, list[tuple[bool, str]]]:
    """Return the attempts of deliveries, oldest first, by the delivery's id: whether each was delivered, and its answer."""
    where, values = where_clause([("delivery", "in", ids)])
    sql = f"SELECT delivery, verdict, coalesce(status, error, 'no answer') FROM attempt{where} ORDER BY id"
    result: dict[int, list[tuple[bool, str]]] = {id: [] for id in ids}
    for id, verdict, status in read.conn.execute(sql, values):
        result[id].append((verdict == "delivered", str(status)))
    return result
