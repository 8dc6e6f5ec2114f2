"""Requests: all that are kept, as a table in pages, with one of them beside it; what fits the filters as a file."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter

import orjson

from mockmarket.api.context import current
from mockmarket.clock import SECOND, iso_ms
from mockmarket.control import requests as control
from mockmarket.dashboard import lists, shell
from mockmarket.dashboard.activity import tone_of
from mockmarket.dashboard.overview import OF_TONE, Overview, overview_of
from mockmarket.dashboard.request_filters import (
    COLUMNS,
    FIXED,
    NEWEST,
    STATUSES,
    Filters,
    counted_choices,
    matching,
    ordered,
    requested,
    rows_of,
)  # fmt: skip
from mockmarket.dashboard.requests import beside
from mockmarket.records.views import views
from mockmarket.store import keys
from mockmarket.worlds import har
from mockmarket.worlds.journal import Entry
from mockmarket.worlds.world import World

PAGE_OF = 100
OVERVIEW = 1000  # px of the overview's drawing, which is as wide as its place
EXPORTED = (
    "id", "at", "vendor", "method", "path", "query", "status", "refused", "message", "key", "elapsed_ms", "bytes",
)  # fmt: skip


def table() -> shell.Response:
    """Show the requests that fit the filters, a page at a time, and the one that is chosen beside them."""
    filters = requested()
    address = shell.url("requests.table", **filters.query)
    return shell.canonical(address, lambda: _table(filters, shell.page_number()), not filters.span.error)


def _table(filters: Filters, page: int) -> shell.Response:
    world = current().world
    every = world.journal.find({})
    entries = matching(every, filters)[::-1]
    first, names = PAGE_OF * (page - 1), {key.id: key.name for key in keys.all(world.read())}
    if filters.sort == NEWEST:
        rows = rows_of(world, entries[first : first + PAGE_OF], names)
    else:
        rows = ordered(rows_of(world, entries, names), filters.sort)[first : first + PAGE_OF]
    window = {"first": first + 1, "last": min(first + PAGE_OF, len(entries)), "page": page, "total": len(entries)}
    known = {"kept": len(every), "dropped": world.journal.dropped, "statuses": STATUSES, **_labels(world, every)}
    choices = counted_choices(every, entries, filters)
    look = {"filters": filters, "columns": COLUMNS, "fixed": FIXED, "tone_of_request": tone_of, "choices": choices}
    look |= {"overview": _overview(every, entries, filters), "between": partial(_between, filters)}
    chosen, selected = _selected(every, filters, page)
    return shell.page("requests.html", rows=rows, chosen=chosen, selected=selected, **look, **window, **known)


def _overview(every: Sequence[Entry], newest_first: Sequence[Entry], filters: Filters) -> Overview | None:
    """Draw the requests that fit all filters but those of time over the world's time, with the brush on those that fit these, too."""
    entries = matching(every, replace(filters, span=lists.Span())) if filters.span.filters else newest_first
    counts: dict[int, Counter[str]] = {}
    for entry in entries:
        counts.setdefault(entry.at // SECOND, Counter())[OF_TONE.get(tone_of(entry), "ok")] += 1
    window = (newest_first[-1].at, newest_first[0].at) if newest_first else None
    return overview_of((1, counts), OVERVIEW, window)


def _between(filters: Filters, since: int, until: int) -> str:
    """Return the address of the requests of a time, epoch ms, under the other filters."""
    return shell.url(
        "requests.table", **replace(filters, span=lists.Span(lists.Moment(since), lists.Moment(until))).query
    )


def _selected(entries: Iterable[Entry], filters: Filters, page: int) -> tuple[dict[str, object] | None, str]:
    """Return what stands beside the list: the request that the address names, or that it is not kept."""
    id = shell.argument("request")
    entry = next((entry for entry in entries if entry.id == id), None)
    return (beside(entry, filters, page=page) if entry else None), id


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


def export(kind: str) -> shell.Response:
    """Return all requests that fit the filters as a file, the oldest first."""
    entries = matching(current().world.journal.find({}), requested())
    write, media = EXPORTS[kind]
    return lists.download(f"requests.{kind}", write(entries), media)


def _csv(entries: Iterable[Entry]) -> bytes:
    values = attrgetter(*EXPORTED[2:-1])
    rows = ((entry.id, iso_ms(entry.at), *values(entry), len(entry.answer)) for entry in entries)
    return lists.as_csv(EXPORTED, rows)


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
