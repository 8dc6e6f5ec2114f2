"""Sales: seats and amounts by vendor over the world's time, and the events that sold most."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from mockmarket.api.context import current
from mockmarket.clock import to_local
from mockmarket.dashboard import charts, lists, order_list, shell, zones
from mockmarket.dashboard.order_list import Row

BEST = 12  # events listed
EXPORTED = ("vendor", "event", "currency", "orders", "seats", "amount")
ENDED = "ended"  # the phase of cancelled and refunded orders, which are no sales


def show() -> shell.Response:
    """Show the sales, of all vendors, in the days that the filters name."""
    query = order_list.requested()
    return shell.canonical(shell.url("sales.show", **query.filters), lambda: _page(query))


def _page(query: order_list.Query) -> shell.Response:
    choice = order_list.select_all(query)
    rows = _sales_of(choice)
    vendors = [name for name in current().world.vendors if any(row.vendor.name == name for row in rows)]
    chart = charts.stacked(((row.line.at, row.vendor.name, row.line.quantity) for row in rows), vendors)
    lines = {name: totals_of([row for row in rows if row.vendor.name == name]) for name in vendors}
    values = {"asked": query, "cut": choice.cut, "counts": choice.vendors}
    values |= {"lines": lines, "all": totals_of(rows), "best": best(rows)}
    values["titles"] = {name: shell.vendor_title(name) for name in vendors}
    values |= {"classes": {name: shell.tone_of(name) for name in vendors}, "orders_url": orders_url}
    return shell.page("sales.html", chart=chart, ended=choice.total - len(rows), **values)


def _sales_of(choice: order_list.Selection) -> list[Row]:
    return [row for row in choice.rows if row.phase != ENDED]


def export(kind: str) -> shell.Response:
    """Return the sales that the filters choose, by vendor, event and currency, as a file."""
    sold: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in _sales_of(order_list.select_all(order_list.requested())):
        sold[row.vendor.name, row.line.event, row.line.currency or ""].append(row)
    lines = (
        (*key, *totals_of(rows)[:2], round(sum(row.line.total or 0 for row in rows), 2))
        for key, rows in sorted(sold.items())
    )
    return lists.file_of("sales", kind, EXPORTED, lines)


def orders_url(vendor: str, first: int, end: int) -> str:
    """Return the URL of a vendor's orders of the days of a bucket, in the request's zone: from a moment to before another."""
    zone = zones.current()
    since, until = (f"{to_local(at, zone):%Y-%m-%d}" for at in (first, end - 1))
    days = lists.Days(since, until, zone)
    return shell.url("orders.table", vendor=vendor, **days.filters)


def totals_of(rows: Sequence[Row]) -> tuple[int, int, list[tuple[str, float]]]:
    """Return the number of orders, of seats, and the amounts by currency."""
    return len(rows), sum(row.line.quantity for row in rows), order_list.sums(rows)


def best(rows: Sequence[Row]) -> list[tuple[str, int, int, list[tuple[str, float]]]]:
    """Return the events that sold most seats: name, orders, seats, amounts."""
    by_event: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_event[row.line.event].append(row)
    most = Counter({name: sum(row.line.quantity for row in group) for name, group in by_event.items()}).most_common(
        BEST
    )
    return [(name, *totals_of(by_event[name])) for name, _ in most]
