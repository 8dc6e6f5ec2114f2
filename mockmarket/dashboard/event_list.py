"""The list of events with their seats: filtered, each choice with its count, sorted, summed, exported."""

from collections.abc import Callable
from dataclasses import dataclass

from mockmarket.api.context import current
from mockmarket.clock import iso_s
from mockmarket.dashboard import lists, shell
from mockmarket.dashboard.stock import Tally
from mockmarket.rules.search import unaccented
from mockmarket.store import events, seats

PAGE_OF = 50
WHICH = {"": "Every event", "coming": "Upcoming", "past": "Past", "cancelled": "Cancelled", "sold_out": "Sold out"}
EXPORTED = ("id", "event", "venue", "city", "zone", "status", "starts_at", "ends_at", "seats", "free", "held", "sold")


@dataclass(frozen=True, slots=True)
class Row:
    """One event with its seats, and the lists of `WHICH` to which it belongs."""

    event: events.Event
    tally: Tally
    lists: frozenset[str]


SORTS: dict[str, Callable[[Row], object]] = {
    "event": lambda row: unaccented(row.event.name),
    "venue": lambda row: unaccented(row.event.venue.name),
    "begins": lambda row: row.event.starts_at,
    "free": lambda row: row.tally.free,
    "held": lambda row: row.tally.held,
    "sold": lambda row: row.tally.sold,
}
"""The columns by which the list can be sorted; without a choice, coming events are first, then past ones, the latest first."""
DOWNWARDS = ("free", "held", "sold")  # sorted from the greatest by the first click


@dataclass(frozen=True, slots=True)
class Query:
    """The list's filters and sort as the address has them; events begin on the days."""

    which: str
    words: str
    days: lists.Days
    sort: str

    @property
    def filters(self) -> dict[str, str]:
        """The filters and the sort that are set, as an address has them."""
        values = {name: getattr(self, name) for name in ("which", "words", "sort")} | self.days.filters
        return {name: value for name, value in values.items() if value}

    def fits(self, event: events.Event) -> bool:
        """Return whether an event passes the filters but `which`; case and accents of the words do not matter."""
        texts = (event.id, event.name, event.venue.name, event.venue.city or "")
        is_of_days = self.days.contains(event.starts_at, event.venue.zone)
        return is_of_days and unaccented(self.words) in unaccented("\n".join(texts))


def table() -> shell.Response:
    """Show events as filtered."""
    query = requested()
    return shell.canonical(shell.url("stock.table", **query.filters), lambda: _table(query, shell.page_number()))


def _table(query: Query, page: int) -> shell.Response:
    every = fitting(query)
    counts = {which: sum(which in row.lists for row in every) for which in WHICH}
    rows = ordered(every, query)
    sums = [sum(getattr(row.tally, name) for row in rows) for name in ("free", "held", "sold")]
    values = {"asked": query, "at": page, "total": len(rows), "sums": sums, "which": WHICH, "counts": counts}
    values |= {"sorts": lists.sorts(SORTS, query.sort, DOWNWARDS)}
    return shell.page("stock.html", **values, **shell.paged(rows, page, PAGE_OF))


def requested() -> Query:
    """Return the request's filters; invalid filters are ignored."""
    words, days = shell.argument("words"), lists.days(by_venue=True)
    return Query(shell.argument("which", WHICH), words, days, lists.sort_of(SORTS, ""))


def fitting(query: Query) -> list[Row]:
    """Return the events that pass the filters but `which`."""
    read = current().read()
    totals = seats.totals(read)
    tallies = ((event, Tally(*totals.get(event.id, (0, 0, 0)))) for event in events.all(read) if query.fits(event))
    return [Row(event, tally, _lists_of(event, tally, read.now)) for event, tally in tallies]


def _lists_of(event: events.Event, tally: Tally, now: int) -> frozenset[str]:
    past, cancelled = event.ends_at < now, event.status == "cancelled"
    belongs = {"": True, "coming": not past and not cancelled, "past": past, "cancelled": cancelled}
    belongs["sold_out"] = tally.total > 0 and tally.free == 0
    return frozenset(name for name, true in belongs.items() if true)


def ordered(every: list[Row], query: Query) -> list[Row]:
    """Return the events of the list that the query asks for, sorted."""
    rows = [row for row in every if query.which in row.lists]
    rows.sort(key=lambda row: (1, -row.event.starts_at) if "past" in row.lists else (0, row.event.starts_at))
    if query.sort:
        rows.sort(key=SORTS[query.sort.lstrip("-")], reverse=query.sort.startswith("-"))  # type: ignore[arg-type]
    return rows


def export(kind: str) -> shell.Response:
    """Return the events that the filters choose, in their order, as a file."""
    query = requested()
    return lists.file_of("events", kind, EXPORTED, map(_exported, ordered(fitting(query), query)))


def _exported(row: Row) -> tuple[object, ...]:
    event, venue, tally = row.event, row.event.venue, row.tally
    about = event.id, event.name, venue.name, venue.city, venue.zone, event.status
    return (*about, iso_s(event.starts_at), iso_s(event.ends_at), tally.total, tally.free, tally.held, tally.sold)
