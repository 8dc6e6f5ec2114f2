"""Orders of every vendor: in one list and as a board by status; one order's page, with what its vendor lets be done with it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import flask
from werkzeug import Response

from mockmarket.api.context import current
from mockmarket.control.records import get_action
from mockmarket.dashboard import actions, shell
from mockmarket.dashboard.order_history import happened
from mockmarket.dashboard.transitions import transitions_of
from mockmarket.errors import NotFound
from mockmarket.store import Read, endpoints, history, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendor import OrderLine, OrderView, Vendor

PAGE_OF = 50
SEARCHED = 2_000
"""How many of a vendor's newest orders a search by words looks through; an order's id is found whatever its age."""
BOARD_OF = 60
PHASES = {"new": "New", "open": "Under way", "done": "Handed over", "trouble": "Trouble", "ended": "Called off"}
DELIVERIES = 50

Seller = tuple[Vendor, OrderView]
"""A vendor that has orders, and how they are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One order in the list: whose it is, its id, what people look for, its status' phase."""

    vendor: Vendor
    id: str
    line: OrderLine
    phase: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the board: a phase, or, of one vendor alone, a status."""

    title: str
    phase: str
    rows: Sequence[Row]
    total: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which orders are asked for."""

    vendor: str
    status: str
    words: str
    page: int


def table() -> flask.Response:
    """Show the list: the newest orders of all vendors."""
    asked = filters()
    rows = newest(sellers_of(asked.vendor), asked, PAGE_OF * asked.page + 1)
    return shell.page("orders.html", view="table", **shell.paged(rows, asked.page, PAGE_OF), **shared(asked))


def board() -> flask.Response:
    """Show the board: a column for each phase, or for each status where one vendor is chosen."""
    asked = filters()
    return shell.page("orders.html", view="board", columns=columns(sellers_of(asked.vendor), asked), **shared(asked))


def filters() -> Filters:
    """Read the filters; what cannot be read is as if it had not been given."""
    status = flask.request.args.get("status", "")[:100]
    return Filters(
        shell.argument("vendor", current().world.vendors), status, shell.argument("words"), shell.page_number()
    )


def shared(asked: Filters) -> dict[str, object]:
    """Return what list and board have in common."""
    chosen = sellers_of(asked.vendor)
    return {
        "title": "Orders",
        "asked": asked,
        "sellers": [vendor for vendor, _ in sellers_of("")],
        "statuses": list(dict.fromkeys(status for _, view in chosen for status in view.statuses)),
        "buyable": [vendor for vendor, _ in chosen if vendor.world.action("buy")],
        "total": total(chosen, asked),
    }


def sellers_of(name: str) -> list[Seller]:
    """Return the vendors that have orders, all or the one of a name, each with how they are shown."""
    vendors = current().world.vendors.values()
    shown = ((vendor, vendor.records.orders) for vendor in vendors if name in ("", vendor.name))
    return [(vendor, view) for vendor, view in shown if view]


def where(view: OrderView, asked: Filters) -> list[Condition]:
    """Return the conditions that an order meets."""
    return [(view.column, "=", asked.status)] if asked.status else []


def newest(sellers: Sequence[Seller], asked: Filters, most: int) -> list[Row]:
    """Return orders, newest first, so many at most."""
    read = current().world.read()
    rows = [row for vendor, view in sellers for row in rows_of(read, vendor, view, asked, most)]
    return sorted(rows, key=lambda row: row.line.at, reverse=True)[:most]


def rows_of(read: Read, vendor: Vendor, view: OrderView, asked: Filters, most: int) -> list[Row]:
    """Return a vendor's orders, newest first, so many at most."""
    limit = SEARCHED if asked.words else most
    newest = records.find(read, view.kind, *where(view, asked), order=[("rowid", "desc")], limit=limit)
    rows = [row_of(read, vendor, view, record) for record in newest]
    if not asked.words:
        return rows
    exact = records.get(read, view.kind, asked.words)
    matching = [row for row in rows if has(row, asked.words.casefold())]
    known = {row.id for row in matching}
    extra = [row_of(read, vendor, view, exact)] if exact and str(exact[view.kind.id]) not in known else []
    return [*matching, *extra][:most]


def has(row: Row, words: str) -> bool:
    """Tell whether an order has these words in its id, number, event or buyer."""
    return any(words in text.casefold() for text in (row.id, row.line.number, row.line.event, row.line.buyer))


def row_of(read: Read, vendor: Vendor, view: OrderView, record: Record) -> Row:
    """Return an order as the list shows it."""
    line = view.line(read, record)
    return Row(vendor, str(record[view.kind.id]), line, view.statuses.get(line.status, ""))


def total(sellers: Sequence[Seller], asked: Filters) -> int:
    """Return how many orders there are of the status that is asked for."""
    read = current().world.read()
    return sum(records.count(read, view.kind, where(view, asked)) for _, view in sellers)


def columns(sellers: Sequence[Seller], asked: Filters) -> list[Column]:
    """Return the board's columns: phases, or the statuses of the only vendor."""
    read = current().world.read()
    rows = [row for vendor, view in sellers for row in by_status(read, vendor, view, asked)]
    rows.sort(key=lambda row: row.line.at, reverse=True)
    if len(sellers) != 1:
        return [column_of(read, sellers, phase, [row for row in rows if row.phase == phase]) for phase in PHASES]
    view = sellers[0][1]
    return [
        Column(status, phase, [row for row in rows if row.line.status == status], count(read, view, [status]))
        for status, phase in view.statuses.items()
    ]


def column_of(read: Read, sellers: Sequence[Seller], phase: str, rows: list[Row]) -> Column:
    """Return the column of one phase of every vendor's orders."""
    statuses = [(view, [name for name, its in view.statuses.items() if its == phase]) for _, view in sellers]
    return Column(PHASES[phase], phase, rows[:BOARD_OF], sum(count(read, view, names) for view, names in statuses))


def count(read: Read, view: OrderView, statuses: list[str]) -> int:
    """Return how many orders of a vendor have one of some statuses."""
    return records.count(read, view.kind, [(view.column, "in", statuses)])


def by_status(read: Read, vendor: Vendor, view: OrderView, asked: Filters) -> list[Row]:
    """Return a vendor's newest orders of each status."""
    rows = [
        row
        for status in view.statuses
        if asked.status in ("", status)
        for row in rows_of(read, vendor, view, replace(asked, status=status), BOARD_OF)
    ]
    return [row for row in rows if asked.status in ("", row.line.status)]


def detail(vendor: str, id: str) -> flask.Response:
    """Show one order; NotFound when there is none."""
    world = current().world
    read, (seller, view, record) = world.read(), get_or_404(vendor, id)
    row = row_of(read, seller, view, record)
    urls = {endpoint.id: endpoint.url for endpoint in endpoints.all(read)}
    deliveries = [
        {**sent, "url": urls.get(sent["endpoint"], "deleted"), "tries": history.attempts(read, sent["id"])}
        for sent in history.deliveries(read, {"vendor": vendor, "record": id}, DELIVERIES)
    ]
    return shell.page(
        "order.html",
        title=f"Order {row.line.number}",
        row=row,
        record=record,
        transitions=transitions_of(world, seller, view, id),
        history=happened(world, seller, row.line, id),
        deliveries=deliveries,
    )


def get_or_404(name: str, id: str) -> tuple[Vendor, OrderView, Record]:
    """Return an order with its vendor; NotFound says what there is not."""
    vendor = current().world.vendor(name)
    view = vendor.records.orders
    record = records.get(current().read(), view.kind, id) if view else None
    if view is None or record is None:
        raise NotFound(f"{vendor.title} has no order {id!r} in this world.")
    return vendor, view, record


def act(vendor: str, id: str, action: str, choice: str = "") -> Response:
    """Carry out what a button says; what is wrong stays at its form."""
    seller, view, _ = get_or_404(vendor, id)
    for one in transitions_of(current().world, seller, view, id):
        if (one.action.name, one.choice) == (action, choice):
            one.button.form.submit(partial(one.action.run, current().world))
            return shell.done(f"{one.button.form.label}: done.", shell.url("orders.detail", vendor=vendor, id=id))
    raise NotFound(f"{seller.title} has nothing {action} {choice} to do with an order.".replace("  ", " "))


def buying(vendor: str) -> flask.Response:
    """Show the form of a vendor's action `buy`."""
    action = get_action(current().world, vendor, "buy")
    form = actions.form_of(vendor, action, to=shell.url("orders.buy", vendor=vendor), label="Buy")
    title = current().world.vendor(vendor).title
    return shell.page("order_new.html", title="New order", seller=title, action=action, form=form)


def buy(vendor: str) -> Response:
    """Place an order as a vendor's action `buy` does, and show it."""
    action, seller = get_action(current().world, vendor, "buy"), current().world.vendor(vendor)
    form = actions.form_of(vendor, action, to=shell.url("orders.buy", vendor=vendor), label="Buy")
    record = form.submit(partial(action.run, current().world))
    view = seller.records.orders
    if view is None or view.kind.id not in record:
        return shell.done("Ordered.", shell.url("orders.table"))
    return shell.done("Ordered.", shell.url("orders.detail", vendor=vendor, id=record[view.kind.id]))
