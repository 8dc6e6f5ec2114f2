"""Two worlds' files compared: which records only one of them has, and which differ. Reads both and changes neither."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mockmarket.store.files import opened
from mockmarket.store.records import Kind

LISTED = 20
"""Most records listed of each way to differ."""
Counted = tuple[int, list[tuple[str, str | None, str | None]]]
CORE = {
    "event": ("id", ("name", "venue", "starts_at", "ends_at", "status")),
    "stock": ("id", ("event", "section", "row", "total", "held", "sold", "price", "currency")),
    "endpoint": ("id", ("vendor", "url", "types", "active", "disabled_reason")),
    "key": ("id", ("vendor", "name", "scopes", "ip_allowlist", "expires_at")),
    "setting": ("vendor || '.' || name", ("value",)),
}
"""The core's tables that are compared: the id of a row, and the columns that count; secrets are left out."""
WAYS = {
    "removed": ("a.id, a.data, NULL", "{first} a LEFT JOIN {second} b ON b.id = a.id WHERE b.id IS NULL"),
    "added": ("b.id, NULL, b.data", "{second} b LEFT JOIN {first} a ON a.id = b.id WHERE a.id IS NULL"),
    "changed": ("a.id, a.data, b.data", "{first} a JOIN {second} b ON b.id = a.id WHERE a.data IS NOT b.data"),
}
"""How records differ: only in the first, only in the second, or in both and not alike."""


@dataclass(frozen=True, slots=True)
class Differences:
    """The records of one kind that differ in one way of `WAYS`: their number, and the first of them as (id, JSON in the first, in the
    second), None where there is none."""

    vendor: str
    kind: str
    way: str
    count: int
    records: Sequence[tuple[str, str | None, str | None]]


def compare(first: Path, second: Path, kinds: Sequence[Kind]) -> Iterator[Differences]:
    """Yield what differs, the core's first; nothing for two alike."""
    with closing(opened(first, timeout=10, create=False)) as conn:
        conn.execute("ATTACH ? AS second", (str(second),))
        for vendor, kind, source in _sources(kinds):
            names = {"first": source.format("main"), "second": source.format("second")}
            for way, (columns, origin) in WAYS.items():
                if difference := _count_of(conn, columns, origin.format(**names)):
                    yield Differences(vendor, kind, way, *difference)


def _sources(kinds: Sequence[Kind]) -> Iterator[tuple[str, str, str]]:
    for table, (id, columns) in CORE.items():
        members = ", ".join(f"'{column}', {column}" for column in columns)
        yield "core", table, f"(SELECT {id} AS id, json_object({members}) AS data FROM {{}}.{table})"
    for kind in kinds:
        yield kind.vendor, kind.name, f"(SELECT id, CAST(data AS TEXT) AS data FROM {{}}.{kind.table})"


def _count_of(conn: sqlite3.Connection, columns: str, origin: str) -> Counted | None:
    [count] = conn.execute(f"SELECT count(*) FROM {origin}").fetchone()
    if not count:
        return None
    return count, conn.execute(f"SELECT {columns} FROM {origin} ORDER BY 1 LIMIT {LISTED}").fetchall()
