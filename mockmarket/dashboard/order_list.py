"""Orders of every vendor as a list and as a board by status: filtered, sorted, counted, summed, exported."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import flask

from mockmarket.api.context import current
from mockmarket.clock import iso_s
from mockmarket.dashboard import lists, shell
from mockmarket.dashboard.zones import UTC
from mockmarket.rules.search import unaccented
from mockmarket.store import Read, Record, records
from mockmarket.vendor import OrderLine, OrderView, Seller, Vendor
from mockmarket.worlds.world import World

PAGE_OF = 50
SEARCHED = 2_000
"""How many of a vendor's newest orders a search or a sort reads; an order's id is found whatever its age."""
SUMMED = 500
"""Up to how many orders are read as a complete, so that the totals of all are shown without a filter too."""
BOARD_OF = 60
PHASES = {"new": "New", "open": "In progress", "done": "Fulfilled", "trouble": "Problem", "ended": "Cancelled"}


@dataclass(frozen=True, slots=True)
class Row:
    """One order in the list: its vendor, its id, its summary, the phase of its status."""

    vendor: Vendor
    id: str
    line: OrderLine
    phase: str


Column = tuple[str, str, Sequence[Row], int]
"""One column of the board: its title (a phase or, for one vendor alone, a status), its phase, its rows, their total number."""
SORTS: dict[str, Callable[[Row], object]] = {
    "placed": lambda row: row.line.at,
    "number": lambda row: row.line.number,
    "status": lambda row: row.line.status,
    "vendor": lambda row: row.vendor.title,
    "event": lambda row: unaccented(row.line.event),
    "tickets": lambda row: row.line.quantity,
    "total": lambda row: row.line.total or 0,
    "buyer": lambda row: unaccented(row.line.buyer or row.line.email),
}
"""The columns by which the list can be sorted, `-` before a name for descending."""


@dataclass(frozen=True, slots=True)
class Query:
    """What the list shows: filters, the days and the sort; `dropped` is a status that the vendor lacks."""

    vendor: str
    status: str
    words: str
    days: lists.Days
    sort: str
    page: int
    dropped: str = ""

    @property
    def filters(self) -> dict[str, str]:
        """The filters and the sort that are not the default, as an address has them."""
        values = {name: getattr(self, name) for name in ("vendor", "status", "words")} | self.days.filters
        return {name: value for name, value in values.items() if value} | (
            {} if self.sort == "-placed" else {"sort": self.sort}
        )

    @property
    def narrow(self) -> bool:
        """True when rows are chosen by more than vendor and status, so that each must be read."""
        return bool(self.words or self.days)

    def fits(self, row: Row) -> bool:
        """Return whether an order was placed in the days, and has the words in its number, event, buyer or ids."""
        line = row.line
        if not self.days.contains(line.at):
            return False
        texts = (row.id, line.number, line.event, line.buyer, line.email)
        return not self.words or unaccented(self.words) in unaccented("\n".join(texts))


@dataclass(frozen=True, slots=True)
class Selection:
    """The orders that a query chooses: `rows` in order, `complete` when they are all, else those of the pages up to the shown one; their
    `total`, and the counts by vendor and status under the other filters; `cut` is how many of each vendor were read
    where there are older ones, else 0."""

    rows: Sequence[Row]
    total: int
    vendors: dict[str, int]
    statuses: dict[str, int]
    complete: bool
    cut: int


def sums(rows: Sequence[Row]) -> list[tuple[str, float]]:
    """Return the amounts of rows by currency."""
    amounts: dict[str, float] = defaultdict(float)
    for row in rows:
        if row.line.total is not None and row.line.currency:
            amounts[row.line.currency] += row.line.total
    return sorted(amounts.items())


def table() -> shell.Response:
    """Show the list."""
    query = requested()
    return shell.canonical(shell.url("orders.table", **query.filters), lambda: _table(query))


def _table(query: Query) -> shell.Response:
    choice = select(query)
    page = shell.paged(choice.rows, query.page, PAGE_OF)
    rows = choice.rows if choice.complete else choice.rows[PAGE_OF * (query.page - 1) : PAGE_OF * query.page]
    totals = {"tickets": sum(row.line.quantity for row in rows), "sums": sums(rows)}
    sorts = lists.sorts(SORTS, query.sort, DOWNWARDS)
    values = {"choice": choice, "totals": totals, "sorts": sorts, **_shared(query, choice)}
    return shell.page("orders.html", view="table", **page, **values)


DOWNWARDS = ("placed", "tickets", "total")  # sorted from the greatest by the first click


def board() -> shell.Response:
    """Show the board: a column for each phase, or for each status of a selected vendor."""
    query = requested()
    return shell.canonical(shell.url("orders.board", **query.filters), lambda: _board(query))


def _board(query: Query) -> shell.Response:
    sellers = sellers_of(query.vendor)
    layout = {"columns": columns(sellers, query.status, query.words), "by": "status" if len(sellers) == 1 else "phase"}
    return shell.page("orders.html", view="board", **layout, **_shared(query, select(query)))


def requested() -> Query:
    """Return the request's filters; invalid ones are ignored, and a status that the vendor's orders cannot have is dropped."""
    vendor, status = shell.argument("vendor", current().world.vendors), flask.request.args.get("status", "")[:100]
    known = {status for _, view in sellers_of(vendor) for status in view.statuses}
    days, sort = lists.days(), lists.sort_of(SORTS, "-placed")
    kept, dropped = (status, "") if status in known else ("", status)
    return Query(vendor, kept, shell.argument("words"), days, sort, shell.page_number(), dropped)


def _shared(query: Query, choice: Selection) -> dict[str, object]:
    buyable = [vendor for vendor, _ in sellers_of(query.vendor) if vendor.world.action("buy")]
    sellers = [vendor for vendor, _ in sellers_of("")]
    return {"asked": query, "sellers": sellers, "choice": choice, "buyable": buyable, "total": choice.total}


def sellers_of(name: str) -> list[Seller]:
    """Return the vendors that have orders, all or one."""
    vendors = current().world.vendors.values()
    return [(vendor, view) for vendor in vendors if (view := vendor.records.orders) and name in ("", vendor.name)]


def _where(view: OrderView, status: str) -> list[records.Condition]:
    return [(view.column, "=", status)] if status else []


def _count(view: OrderView, *where: records.Condition) -> int:
    return records.count(current().read(), view.kind, where)


def number_of(world: World) -> int:
    """Return how many orders a world has, those of every vendor; no order follows the seats, so nothing is updated for it."""
    read = world.read()
    views = [vendor.records.orders for vendor in world.vendors.values()]
    return sum(records.count(read, view.kind, ()) for view in views if view)


def select(query: Query) -> Selection:
    """Return the orders that a query chooses, as far as the list needs them."""
    sellers = sellers_of("")
    stored = {vendor.name: _count(view) for vendor, view in sellers}
    of_vendor = {name: count for name, count in stored.items() if query.vendor in ("", name)}
    if query.narrow or query.sort != "-placed" or sum(of_vendor.values()) <= SUMMED:
        return select_all(query)
    most = PAGE_OF * query.page + 1
    rows = chain.from_iterable(rows_of(seller, query.status, "", most) for seller in sellers_of(query.vendor))
    statuses = Counter(
        {name: _count(view, (view.column, "=", name)) for _, view in sellers_of(query.vendor) for name in view.statuses}
    )
    counts = {vendor.name: _count(view, *_where(view, query.status)) for vendor, view in sellers}
    total = sum(count for name, count in counts.items() if query.vendor in ("", name))
    return Selection(_sorted(rows, query), total, counts, dict(statuses), False, 0)


def select_all(query: Query) -> Selection:
    """Return the orders that a query chooses, all of them."""
    cut = SEARCHED if max((_count(view) for _, view in sellers_of(query.vendor)), default=0) > SEARCHED else 0
    of_days = replace(query, words="")  # the words may be the id of something in an order
    every = [
        row for seller in sellers_of("") for row in rows_of(seller, "", query.words, SEARCHED) if of_days.fits(row)
    ]
    of_status = [row for row in every if query.status in ("", row.line.status)]
    of_vendor = [row for row in every if query.vendor in ("", row.vendor.name)]
    rows = [row for row in of_status if query.vendor in ("", row.vendor.name)]
    vendors, statuses = Counter(row.vendor.name for row in of_status), Counter(row.line.status for row in of_vendor)
    return Selection(_sorted(rows, query), len(rows), vendors, statuses, True, cut)


def _sorted(rows: Iterator[Row] | Sequence[Row], query: Query) -> list[Row]:
    newest = sorted(rows, key=SORTS["placed"], reverse=True)  # type: ignore[arg-type]
    return sorted(newest, key=SORTS[query.sort.lstrip("-")], reverse=query.sort.startswith("-"))  # type: ignore[arg-type]


def rows_of(seller: Seller, status: str, words: str, most: int) -> list[Row]:
    """Return up to `most` of a vendor's orders, newest first, that have the words; an id finds the order that it belongs to."""
    view, read, limit = seller[1], current().read(), SEARCHED if words else most
    newest = records.find(read, view.kind, *_where(view, status), order=[("rowid", "desc")], limit=limit)
    rows = [row_of(read, seller, record) for record in newest]
    if not words:
        return rows
    query = Query("", "", words, lists.Days("", "", UTC), "-placed", 1)
    matching = [row for row in rows if query.fits(row)]
    for id in (words, view.order_of(read, words)):
        exact = records.first(read, view.kind, ("id", "=", id), *_where(view, status)) if id else None
        if exact and str(exact[view.kind.id]) not in {row.id for row in matching}:
            matching.append(row_of(read, seller, exact))
    return matching[:most]


def row_of(read: Read, seller: Seller, record: Record) -> Row:
    """Return an order as a row of the list."""
    line = seller[1].line(read, record)
    return Row(seller[0], str(record[seller[1].kind.id]), line, seller[1].statuses.get(line.status, ""))


def columns(sellers: Sequence[Seller], status: str, words: str) -> list[Column]:
    """Return the board's columns: phases, or the statuses of a single vendor."""
    among = [(seller, name) for seller in sellers for name in seller[1].statuses if status in ("", name)]
    rows = [row for seller, name in among for row in rows_of(seller, name, words, BOARD_OF)]
    rows.sort(key=lambda row: row.line.at, reverse=True)
    if len(sellers) != 1:
        return [_column_of(sellers, phase, [row for row in rows if row.phase == phase]) for phase in PHASES]
    view = sellers[0][1]
    return [
        (status, phase, [row for row in rows if row.line.status == status], _count(view, (view.column, "=", status)))
        for status, phase in view.statuses.items()
    ]


def _column_of(sellers: Sequence[Seller], phase: str, rows: list[Row]) -> Column:
    statuses = [(view, [status for status, its in view.statuses.items() if its == phase]) for _, view in sellers]
    total = sum(_count(view, (view.column, "in", names)) for view, names in statuses)
    return PHASES[phase], phase, rows[:BOARD_OF], total


EXPORTED = ("vendor", "id", "number", "status", "event", "tickets", "total", "currency", "placed_at", "buyer", "email")


def export(kind: str) -> shell.Response:
    """Return the orders that the filters choose, in their order, as a file."""
    return lists.file_of("orders", kind, EXPORTED, map(_exported, select_all(requested()).rows))


def _exported(row: Row) -> tuple[object, ...]:
    line = row.line
    about = row.vendor.name, row.id, line.number, line.status, line.event, line.quantity, line.total, line.currency
    return (*about, iso_s(line.at), line.buyer, line.email)
