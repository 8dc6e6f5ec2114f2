"""The list of deliveries: filtered, each choice with its count, sorted, exported."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from mockmarket.api.context import current
from mockmarket.clock import iso_ms
from mockmarket.control import deliveries as control
from mockmarket.dashboard import lists, shell
from mockmarket.dashboard.deliveries import rows_of
from mockmarket.dashboard.delivery_counts import counts_of
from mockmarket.store import Record, delivery_list, endpoints, history
from mockmarket.worlds.world import World

PAGE_OF = 50
MOST_COUNTED = 20_000
DOWNWARDS = ("made", "attempts", "answer")  # sorted from the greatest by the first click
FILTERS = ("vendor", "state", "type", "to", "record", "tried")
EXPORTED = (
    "id", "event_id", "vendor", "type", "kind", "record", "endpoint", "url", "state", "why", "attempts", "last_status", "at", "due",
    "settled_at", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """The list's filters as the address has them, its sort, its page, and what was taken off, as a sentence."""

    vendor: str
    state: str
    type: str
    to: str
    record: str
    tried: str
    span: lists.Span
    sort: str = "-made"
    page: int = 1
    dropped: str = ""

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set, and the sort unless it is the default, as an address has them."""
        values = {name: value for name in FILTERS if (value := getattr(self, name))} | self.span.filters
        return values if self.sort == "-made" else {**values, "sort": self.sort}


def deliveries() -> shell.Response:
    """Show deliveries, the newest first unless sorted, as filtered; invalid filters are ignored."""
    query = requested()
    return shell.canonical(
        shell.url("webhooks.deliveries", **query.filters), lambda: _deliveries(query), not query.span.error
    )


def _deliveries(query: Query) -> shell.Response:
    world = current().world
    read, filters = world.read(), stored_filters(query)
    counts, is_all = counted(world, filters)
    rows = delivery_list.page(read, filters, query.sort, PAGE_OF + 1, PAGE_OF * (query.page - 1))
    rows, has_older = rows[:PAGE_OF], len(rows) > PAGE_OF
    total = sum(number for state, number in counts["state"].items() if query.state in ("", state))
    tries = delivery_list.outcomes(read, [row["id"] for row in rows])
    listed = {"title": "Deliveries", "view": "deliveries", "rows": rows_of(world, rows), "tries": tries}
    context = {
        "asked": query,
        "counts": counts,
        "total": total,
        "more": has_older,
        "is_all": is_all,
        "counted": MOST_COUNTED,
    }
    urls = dict.fromkeys(counts["endpoint"], "deleted") | {row.id: row.url for row in endpoints.all(read)}
    labels = {"titles": {vendor.name: vendor.title for vendor in world.vendors.values()}, "urls": urls}
    labels |= {"types": {type: type for type in sorted({*counts["type"], *filter(None, [query.type])})}}
    choices = {"states": {state: state for state in history.STATES}, "outcomes": delivery_list.OUTCOMES}
    sorts = lists.sorts(delivery_list.SORTS, query.sort, DOWNWARDS)
    return shell.page("hooks.html", sorts=sorts, **choices, **labels, **listed, **context)


def counted(world: World, filters: delivery_list.Filters) -> tuple[dict[str, Counter[str]], bool]:
    """Return how many deliveries each choice of a filter leaves under the other filters, and whether these are all: attempts and times are
    looked for among the newest MOST_COUNTED deliveries, and a choice that others may have counts at least 0."""
    every = counts_of(world)
    if not (filters.record or filters.outcome or filters.since is not None or filters.until is not None):
        return delivery_list.facets(every, filters), True
    is_all = bool(filters.record) or sum(every.values()) <= MOST_COUNTED
    some = delivery_list.groups(world.read(), filters, None if is_all else MOST_COUNTED)
    counts = delivery_list.facets(some, filters)
    if not is_all:
        for name, numbers in delivery_list.facets(every, filters).items():
            counts[name].update(dict.fromkeys(numbers, 0))
    return counts, is_all


def requested() -> Query:
    """Return the request's filters; invalid ones are ignored, and a type or an endpoint that the vendor lacks is taken off."""
    world, sort = current().world, lists.sort_of(delivery_list.SORTS, "-made")
    among = {"vendor": world.vendors, "state": history.STATES, "tried": delivery_list.OUTCOMES}
    values = {name: shell.argument(name, among.get(name)) for name in FILTERS}
    dropped = ""
    if vendor := world.vendors.get(values["vendor"]):
        endpoint = endpoints.get(world.read(), values["to"]) if values["to"] else None
        if values["type"] and values["type"] not in {notice.name for notice in vendor.webhooks.notices}:
            dropped, values["type"] = f"{vendor.title} has no notice {values['type']}: it was taken off.", ""
        if endpoint and endpoint.vendor != vendor.name:
            dropped, values["to"] = f"The endpoint is not {vendor.title}'s: it was taken off.", ""
    return Query(**values, span=lists.span(), sort=sort, page=shell.page_number(), dropped=dropped)


def stored_filters(query: Query) -> delivery_list.Filters:
    """Return the filters as the store has them: moments in epoch ms."""
    about = query.vendor, query.state, query.type, query.to, query.record, query.tried
    return delivery_list.Filters(*about, query.span.since.at, query.span.until.at)


def export(kind: str) -> shell.Response:
    """Return the deliveries that the filters choose, in their order, as a file; their attempts as an HTTP archive."""
    query, read = requested(), current().read()
    rows = delivery_list.page(read, stored_filters(query), query.sort)
    if kind == "har":
        archive = control.archive_of(read, {"id": [row["uid"] for row in rows]})
        return lists.download("deliveries.har", orjson.dumps(archive), "application/json")
    return lists.file_of("deliveries", kind, EXPORTED, map(tuple, map(_exported, rows)))


def _exported(row: Record) -> Iterator[object]:
    named = row | {"id": row["uid"]} | {name: row[name] and iso_ms(row[name]) for name in ("at", "due", "settled_at")}
    return (named[name] for name in EXPORTED)


def url_of_attempts(endpoint: str, outcome: str, first: int, end: int) -> str:
    """Return the URL of the deliveries with attempts to an endpoint that ended so, from a moment to another; of all for another outcome,
    such as a percentile."""
    tried = outcome if outcome in delivery_list.OUTCOMES else None
    return shell.url("webhooks.deliveries", to=endpoint, tried=tried, since=iso_ms(first), until=iso_ms(end))
