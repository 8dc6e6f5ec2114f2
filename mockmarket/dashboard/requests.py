"""Requests: all that are kept, as a table; a request's own page, with the command that repeats it; requests that are sent again."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

import flask
import orjson

from mockmarket.api.context import current
from mockmarket.clock import iso_ms
from mockmarket.control import requests as control
from mockmarket.dashboard import formats, moments, sending, shell
from mockmarket.dashboard.activity import activity_of, tone_of
from mockmarket.dashboard.filtering import contains
from mockmarket.errors import NotFound
from mockmarket.records.views import views
from mockmarket.rules.search import folded
from mockmarket.store import keys
from mockmarket.worlds import har, journal_query
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

PAGE_OF = 100
STATUSES = {"2xx": "2xx", "3xx": "3xx", "4xx": "4xx refused", "5xx": "5xx failed", "0": "no answer"}
SORTS: Mapping[str, tuple[str, Callable[[Entry], Any] | None]] = {
    "": ("newest first", None),
    "slow": ("slowest first", attrgetter("elapsed_ms")),
    "large": ("largest answer first", lambda entry: len(entry.answer)),
}
COLUMNS = (
    "id",
    "at",
    "vendor",
    "method",
    "path",
    "query",
    "status",
    "refused",
    "message",
    "key",
    "elapsed_ms",
    "bytes",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters; `path` may have `*`, `since` and `until` are as they were typed."""

    vendor: str = ""
    method: str = ""
    status: str = ""
    path: str = ""
    key: str = ""
    text: str = ""
    since: str = ""
    until: str = ""
    sort: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The filters that are set, for an address."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


def table() -> shell.Response:
    """Show the requests that fit the filters, a page at a time."""
    world, filters, page = current().world, _filters(), shell.page_number()
    every = world.journal.find({})
    entries = ordered(matching(world, every, filters), filters)
    names = {key.id: key for key in keys.all(world.read())}
    first = PAGE_OF * (page - 1)
    window = {"first": first + 1, "last": min(first + PAGE_OF, len(entries)), "page": page, "total": len(entries)}
    known = {
        "kept": len(every),
        "dropped": world.journal.dropped,
        "names": names,
        "choices": _choices(world, every, entries, filters),
    }
    labels = {"statuses": STATUSES, "sorts": {name: label for name, (label, _) in SORTS.items()}} | _labels(
        world, every
    )
    rows = _rows(world, entries[first : first + PAGE_OF])
    return shell.page("requests.html", filters=filters, rows=rows, tone_of_request=tone_of, **window, **known, **labels)


def _labels(world: World, entries: Iterable[Entry]) -> dict[str, dict[str, str]]:
    """Return the labels of what the filters offer."""
    titles = {vendor.name: vendor.title for vendor in world.vendors.values()}
    names = {
        key.id: f"{key.name} · {vendor_of}"
        for key in keys.all(world.read())
        for vendor_of in [titles.get(key.vendor, key.vendor)]
    }
    used = {entry.key for entry in entries}
    methods = {method: method for method in sorted({entry.method for entry in entries})}
    return {"titles": titles, "methods": methods, "key_names": {id: name for id, name in names.items() if id in used}}


@dataclass(frozen=True, slots=True)
class Row:
    """A request in the list, with the number of its changes of stock and of its notices."""

    entry: Entry
    changes: int
    notices: int


def _rows(world: World, entries: Iterable[Entry]) -> list[Row]:
    activity = activity_of(world)
    with activity.lock:
        activity.refresh(world)
        chains = [(entry, activity.chains.get(entry.id)) for entry in entries]
        return [Row(entry, entry.effects.stock_in_all, len(chain.notices) if chain else 0) for entry, chain in chains]


def _filters() -> Filters:
    world = current().world
    return Filters(
        shell.argument("vendor", world.vendors), shell.argument("method").upper(), shell.argument("status", STATUSES),
        shell.argument("path"), shell.argument("key"), shell.argument("text"), shell.argument("since"), shell.argument("until"),
        shell.argument("sort", SORTS),
    )  # fmt: skip


def matching(world: World, entries: Sequence[Entry], filters: Filters) -> list[Entry]:
    """Return the requests, in order, that pass every filter; a path without `*` may stand anywhere in theirs."""
    now, text = world.clock.now(), folded(filters.text)
    since, until = moments.read(filters.since, now), moments.read(filters.until, now)
    where: dict[str, Any] = {name: value for name in ("vendor", "method", "key") if (value := getattr(filters, name))}
    if filters.path:
        where["path"] = filters.path if "*" in filters.path else f"*{filters.path}*"
    if filters.status:
        where["status"] = int(filters.status) if filters.status.isdecimal() else filters.status
    return [
        entry
        for entry in journal_query.matching(entries, where)
        if (since is None or entry.at >= since)
        and (until is None or entry.at <= until)
        and (not text or contains(entry, text))
    ]


def ordered(entries: list[Entry], filters: Filters) -> list[Entry]:
    """Return requests in the order of the filters."""
    _, key = SORTS[filters.sort]
    return entries[::-1] if key is None else sorted(entries, key=key, reverse=True)


def _choices(
    world: World, entries: Sequence[Entry], fitting: Sequence[Entry], filters: Filters
) -> dict[str, dict[str, int]]:
    """Return how many requests each choice of a filter would give under the others, by the filter."""
    of: dict[str, Callable[[Entry], str]] = {
        "vendor": lambda entry: str(entry.vendor),
        "method": lambda entry: entry.method,
        "status": lambda entry: f"{str(entry.status)[0]}xx" if entry.status else "0",
        "key": lambda entry: entry.key or "",
    }
    others = {
        name: matching(world, entries, replace(filters, **{name: ""})) if getattr(filters, name) else fitting
        for name in of
    }
    return {name: dict(Counter(map(value, others[name]))) for name, value in of.items()}


def export(kind: str) -> shell.Response:
    """Return all requests that fit the filters as a file, the oldest first."""
    world, filters = current().world, _filters()
    entries = matching(world, world.journal.find({}), filters)
    write, media = EXPORTS[kind]
    headers = shell.HEADERS | {"Content-Disposition": f'attachment; filename="requests.{kind}"'}
    return flask.Response(write(entries), headers=headers, mimetype=None, content_type=media)


def _csv(entries: Iterable[Entry]) -> bytes:
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    for entry in entries:
        values = [getattr(entry, name) for name in COLUMNS[2:-1]]
        rows.writerow([entry.id, iso_ms(entry.at), *map(formats.cell, values), len(entry.answer)])
    return file.getvalue().encode("utf-8", "backslashreplace")


def _json(entries: Iterable[Entry]) -> bytes:
    return orjson.dumps(views(control.Request, entries), option=orjson.OPT_INDENT_2)


def _har(entries: Iterable[Entry]) -> bytes:
    return orjson.dumps(har.archive(map(har.of_request, entries)))


EXPORTS: Mapping[str, tuple[Callable[[Iterable[Entry]], bytes], str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "json": (_json, "application/json"),
    "har": (_har, "application/json"),
}
"""What writes each kind of file, and its media type."""


def _entry(id: str) -> Entry:
    """Return a request; NotFound says which are kept."""
    entries = current().world.journal.find({})
    if (entry := next((entry for entry in entries if entry.id == id), None)) is None:
        kept = f"The journal has {entries[0].id} to {entries[-1].id}." if entries else "The journal is empty."
        raise NotFound(f"There is no request {id!r}, or it is no longer kept.", hint=kept)
    return entry


def detail(id: str) -> shell.Response:
    """Show a request with its answer, what it led to, and the command that repeats it."""
    return _page(_entry(id))


def _page(entry: Entry, status: int = 200, **values: object) -> shell.Response:
    world, is_real = current().world, flask.request.args.get("credential") == "real"
    again = sending.repeatable(world, entry)
    values = {"draft": sending.draft_of(again), "error": "", "reply": None, "edited": False} | values
    [row] = _rows(world, [entry])
    effects = {"changes": row.changes, "notices": row.notices, "records": entry.effects.records, "tone": tone_of(entry)}
    command = sending.curl(again, current().base_url(), is_real)
    known = {"key": keys.get(world.read(), entry.key) if entry.key else None, "kept": world.config.limits.journal_body}
    address = current().base_url().removesuffix(current().prefix) + shell.url("requests.detail", id=entry.id)
    return shell.page(
        "request.html", status, title=f"Request {entry.id}", entry=entry, again=again, command=command, is_real=is_real,
        request_url=address, filters=_filters(), **effects, **known, **values,
    )  # fmt: skip


def replay(id: str) -> shell.Response:
    """Send a request again, with the same bytes, and show what came this time."""
    entry = _entry(id)
    again = sending.repeatable(current().world, entry)
    if again.bar:
        return _page(entry, 422, error=again.bar)
    return _page(entry, reply=sending.send(again))


def edited(id: str) -> shell.Response:
    """Send a request as it was edited, and show what came."""
    entry, form = _entry(id), flask.request.form
    draft = {name: form.get(name, "") for name in ("method", "path", "headers", "body")}
    request, error = sending.read_draft(draft)
    if request is None:
        return _page(entry, 422, draft=draft, error=error, edited=True)
    return _page(entry, draft=draft, reply=sending.send(request), edited=True)
