"""The filters, columns and order of the list of requests, as its address has them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import flask

from mockmarket.api.context import current
from mockmarket.dashboard import lists, shell
from mockmarket.dashboard.activity import activity_of
from mockmarket.dashboard.filtering import contains
from mockmarket.rules.search import folded
from mockmarket.worlds import journal_query
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

STATUSES = {"2xx": "2xx", "3xx": "3xx", "4xx": "4xx refused", "5xx": "5xx failed", "0": "no answer"}
NEWEST = "-time"


@dataclass(frozen=True, slots=True)
class Row:
    """A request in the list, with the name of its key, and the number of its changes of stock and of its notices."""

    entry: Entry
    key: str = ""
    changes: int = 0
    notices: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, what it is sorted by, whether it is shown unless others are chosen; numbers are at the right, greatest first."""

    title: str
    sort: Callable[[Row], Any]
    is_shown: bool = True
    is_number: bool = False


COLUMNS: Mapping[str, Column] = {
    "time": Column("Time", lambda row: (row.entry.at, row.entry.id)),
    "id": Column("Id", lambda row: row.entry.id, False),
    "status": Column("Status", lambda row: row.entry.status),
    "method": Column("Method", lambda row: row.entry.method),
    "path": Column("Path", lambda row: (row.entry.path, row.entry.query)),
    "reason": Column("Reason", lambda row: row.entry.message or ""),
    "key": Column("Key", lambda row: row.key),
    "vendor": Column("Vendor", lambda row: row.entry.vendor or ""),
    "ms": Column("ms", lambda row: row.entry.elapsed_ms, is_number=True),
    "sent": Column("Sent bytes", lambda row: len(row.entry.body), False, True),
    "bytes": Column("Bytes", lambda row: len(row.entry.answer), is_number=True),
    "unread": Column("Read by nothing", lambda row: row.entry.unread_in_all, False, True),
    "effects": Column("Effects", lambda row: row.changes + row.notices),
}
USUAL = tuple(name for name, column in COLUMNS.items() if column.is_shown)
FIXED = "path"  # leads to the request, and is always shown


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters; `path` may have `*`, `unread` is `1` for requests with members that nothing
    read. `sort` is a column, with `-` before it from the greatest on; `columns` are those that are shown."""

    vendor: str = ""
    method: str = ""
    status: str = ""
    path: str = ""
    key: str = ""
    text: str = ""
    unread: str = ""
    span: lists.Span = field(default=lists.Span())
    sort: str = NEWEST
    columns: Sequence[str] = field(default=USUAL)

    @property
    def set(self) -> dict[str, str]:
        """The filters that are set, for an address."""
        names = [name for name in self.__slots__ if name not in ("span", "sort", "columns")]
        return {name: value for name in names if (value := getattr(self, name))} | self.span.filters

    @property
    def look(self) -> dict[str, str]:
        """The order and the columns where they are not the usual ones, for an address."""
        columns = {} if self.columns == USUAL else {"columns": ",".join(self.columns)}
        return columns | ({} if self.sort == NEWEST else {"sort": self.sort})

    @property
    def query(self) -> dict[str, str]:
        """Everything that an address needs."""
        return self.set | self.look

    def sorted_by(self, name: str) -> dict[str, str]:
        """Return the query of the list sorted by a column, the other way round where it is that already."""
        downwards = COLUMNS[name].is_number or name == "time"
        first, second = (f"-{name}", name) if downwards else (name, f"-{name}")
        return replace(self, sort=second if self.sort == first else first).query

    def with_column(self, name: str) -> dict[str, str]:
        """Return the query of the list with a column more, or less."""
        chosen = {name} ^ {*self.columns}
        return replace(self, columns=tuple(column for column in COLUMNS if column in chosen)).query


def requested() -> Filters:
    """Return the request's filters; invalid filters are ignored."""
    argument, world = shell.argument, current().world
    chosen = flask.request.args.get("columns", "").split(",")
    columns = tuple(name for name in COLUMNS if name in chosen or name == FIXED)
    return Filters(
        argument("vendor", world.vendors), argument("method").upper(), argument("status", STATUSES), argument("path"), argument("key"),
        argument("text"), argument("unread", ("1",)), lists.span(),
        argument("sort", (*COLUMNS, *(f"-{name}" for name in COLUMNS))) or NEWEST, columns if chosen != [""] else USUAL,
    )  # fmt: skip


def matching(entries: Sequence[Entry], filters: Filters) -> list[Entry]:
    """Return the requests, in order, that pass every filter; a path without `*` may stand anywhere in theirs."""
    text, since, until = folded(filters.text), filters.span.since.at, filters.span.until.at
    where: dict[str, Any] = {name: value for name in ("vendor", "method", "key") if (value := getattr(filters, name))}
    if filters.path:
        where["path"] = filters.path if "*" in filters.path else f"*{filters.path}*"
    if filters.status:
        where["status"] = int(filters.status) if filters.status.isdecimal() else filters.status
    if filters.unread:
        where["unread"] = True
    return [
        entry
        for entry in journal_query.matching(entries, where)
        if (since is None or entry.at >= since)
        and (until is None or entry.at <= until)
        and (not text or contains(entry, text))
    ]


def rows_of(world: World, entries: Iterable[Entry], names: Mapping[str, str]) -> list[Row]:
    """Return rows for requests; `names` are those of the keys by their ids."""
    activity = activity_of(world)
    with activity.lock:
        activity.refresh(world)
        chains = [(entry, activity.chains.get(entry.id)) for entry in entries]
        return [
            Row(entry, names.get(entry.key or "", ""), entry.effects.stock_in_all, len(chain.notices) if chain else 0)
            for entry, chain in chains
        ]


def ordered(rows: Sequence[Row], sort: str) -> list[Row]:
    """Return rows in the order of a column; alike ones stay in theirs."""
    return sorted(rows, key=COLUMNS[sort.removeprefix("-")].sort, reverse=sort.startswith("-"))


def counted_choices(entries: Sequence[Entry], fitting: Sequence[Entry], filters: Filters) -> dict[str, dict[str, int]]:
    """Return how many requests each choice of a filter would give under the others, by the filter."""
    of: dict[str, Callable[[Entry], str]] = {
        "vendor": lambda entry: str(entry.vendor),
        "method": lambda entry: entry.method,
        "status": lambda entry: f"{str(entry.status)[0]}xx" if entry.status else "0",
        "key": lambda entry: entry.key or "",
    }
    cleared: dict[str, dict[str, Any]] = {name: {name: ""} for name in of}
    others = {
        name: matching(entries, replace(filters, **cleared[name])) if getattr(filters, name) else fitting for name in of
    }
    return {name: dict(Counter(map(value, others[name]))) for name, value in of.items()}
