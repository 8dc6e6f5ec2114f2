"""Orders of every vendor: in one list and as a board by status; one order's page, with what its vendor lets be done with it now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import flask

from mockmarket.api.context import current
from mockmarket.api.schemas import schema_of
from mockmarket.control.records import get_action
from mockmarket.dashboard import forms, shell
from mockmarket.dashboard.order_history import happened
from mockmarket.dashboard.shell import Page, Route
from mockmarket.dashboard.suggestions import offers
from mockmarket.dashboard.transitions import moves_of
from mockmarket.errors import NotFound
from mockmarket.store import Read, endpoints, history, records
from mockmarket.store.records import Condition
from mockmarket.vendor import OrderLine, OrderView, Vendor

PAGE_OF = 50
SEARCHED = 2_000
"""How many of a vendor's newest orders a search by words looks through; an order's id is found whatever its age."""
BOARD_OF = 60
PHASES = {"new": "New", "open": "Under way", "done": "Handed over", "trouble": "Trouble", "ended": "Called off"}
DELIVERIES = 50


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
    rows: tuple[Row, ...]
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
    sellers = sellers_of(asked.vendor)
    rows = newest(sellers, asked, PAGE_OF * asked.page + 1)
    first = PAGE_OF * (asked.page - 1)
    return shell.page("orders.html", title="Orders", view="table", rows=rows[first : first + PAGE_OF], more=len(rows) > first + PAGE_OF,
                      total=total(sellers, asked), **shown(asked))  # fmt: skip


def board() -> flask.Response:
    """Show the board: a column for each phase, or for each status where one vendor is chosen."""
    asked = filters()
    sellers = sellers_of(asked.vendor)
    return shell.page("orders.html", title="Orders", view="board", columns=columns(sellers, asked), total=total(sellers, asked),
                      **shown(asked))  # fmt: skip


def filters() -> Filters:
    """Read the filters; what cannot be read is as if it had not been given."""
    arguments = flask.request.args
    page = arguments.get("page", "1")
    return Filters(
        arguments.get("vendor", "") if arguments.get("vendor") in current().world.vendors else "",
        arguments.get("status", "")[:100],
        arguments.get("words", "").strip()[:200],
        min(1000, max(1, int(page))) if page.isdecimal() and len(page) < 6 else 1,
    )


def shown(asked: Filters) -> dict[str, Any]:
    """Return what list and board have in common."""
    sellers = sellers_of("")
    chosen = sellers_of(asked.vendor)
    statuses = list(dict.fromkeys(status for _, view in chosen for status in view.statuses))
    return {
        "asked": asked, "sellers": [vendor for vendor, _ in sellers], "statuses": statuses,
        "buyable": [vendor for vendor, _ in chosen if vendor.world.action("buy")],
    }  # fmt: skip


def sellers_of(name: str) -> list[tuple[Vendor, OrderView]]:
    """Return the vendors that have orders, all or the one of a name, each with how they are shown."""
    return [
        (vendor, vendor.records.orders)
        for vendor in current().world.vendors.values()
        if vendor.records.orders and name in ("", vendor.name)
    ]


def where(view: OrderView, asked: Filters) -> list[Condition]:
    """Return the conditions that an order meets."""
    return [(view.column, "=", asked.status)] if asked.status else []


def newest(sellers: Iterable[tuple[Vendor, OrderView]], asked: Filters, most: int) -> list[Row]:
    """Return orders, newest first, so many at most."""
    read = current().world.read()
    rows = [row for vendor, view in sellers for row in rows_of(read, vendor, view, asked, most)]
    return sorted(rows, key=lambda row: row.line.at, reverse=True)[:most]


def rows_of(read: Read, vendor: Vendor, view: OrderView, asked: Filters, most: int) -> list[Row]:
    """Return a vendor's orders, newest first, so many at most."""
    order = [("rowid", "desc")]
    found = records.find(read, view.kind, *where(view, asked), order=order, limit=SEARCHED if asked.words else most)  # type: ignore[arg-type]
    rows = [row_of(read, vendor, view, record) for record in found]
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


def row_of(read: Read, vendor: Vendor, view: OrderView, record: dict[str, Any]) -> Row:
    """Return an order as the list shows it."""
    line = view.line(read, record)
    return Row(vendor, str(record[view.kind.id]), line, view.statuses.get(line.status, ""))


def total(sellers: Iterable[tuple[Vendor, OrderView]], asked: Filters) -> int:
    """Return how many orders there are of the status that is asked for."""
    read = current().world.read()
    return sum(records.count(read, view.kind, where(view, asked)) for _, view in sellers)


def columns(sellers: list[tuple[Vendor, OrderView]], asked: Filters) -> list[Column]:
    """Return the board's columns: phases, or the statuses of the only vendor."""
    read = current().world.read()
    rows = [row for vendor, view in sellers for row in by_status(read, vendor, view, asked)]
    rows.sort(key=lambda row: row.line.at, reverse=True)
    if len(sellers) == 1:
        view = sellers[0][1]
        counts = {status: records.count(read, view.kind, [(view.column, "=", status)]) for status in view.statuses}
        return [
            Column(status, phase, tuple(row for row in rows if row.line.status == status), counts[status])
            for status, phase in view.statuses.items()
        ]
    return [column_of(read, sellers, phase, [row for row in rows if row.phase == phase]) for phase in PHASES]


def column_of(read: Read, sellers: list[tuple[Vendor, OrderView]], phase: str, rows: list[Row]) -> Column:
    """Return the column of one phase of every vendor's orders."""
    count = sum(
        records.count(
            read, view.kind, [(view.column, "in", [one for one, its in view.statuses.items() if its == phase])]
        )
        for _, view in sellers
    )
    return Column(PHASES[phase], phase, tuple(rows[:BOARD_OF]), count)


def by_status(read: Read, vendor: Vendor, view: OrderView, asked: Filters) -> list[Row]:
    """Return a vendor's newest orders of each status."""
    found = [
        row
        for status in view.statuses
        if asked.status in ("", status)
        for row in rows_of(read, vendor, view, Filters(vendor.name, status, asked.words, 1), BOARD_OF)
    ]
    return [row for row in found if asked.status in ("", row.line.status)]


def one(vendor: str, id: str) -> flask.Response:
    """Show one order."""
    return shell.page("order.html", **order_values(vendor, id))


def order_values(name: str, id: str) -> dict[str, Any]:
    """Return what an order's page shows; NotFound when there is no such order."""
    vendor, view, record, world = *order_found(name, id), current().world
    read = world.read()
    row = row_of(read, vendor, view, record)
    deliveries = history.deliveries(read, {"vendor": vendor.name, "record": id}, DELIVERIES)
    urls = {endpoint.id: endpoint.url for endpoint in endpoints.all(read)}
    return {
        "title": f"Order {row.line.number}", "row": row, "record": record, "view": view, "now": read.now,
        "moves": moves_of(world, vendor, view, id), "history": happened(world, vendor, row.line, id),
        "deliveries": [
            {**delivery, "url": urls.get(delivery["endpoint"], "deleted"), "tries": history.attempts(read, delivery["id"])}
            for delivery in deliveries
        ],
    }  # fmt: skip


def order_found(name: str, id: str) -> tuple[Vendor, OrderView, dict[str, Any]]:
    """Return an order with its vendor; NotFound says what there is not."""
    vendor = current().world.vendor(name)
    record = records.get(current().world.read(), vendor.records.orders.kind, id) if vendor.records.orders else None
    if vendor.records.orders is None or record is None:
        raise NotFound(f"{vendor.title} has no order {id!r} in this world.")
    return vendor, vendor.records.orders, record


def act(vendor: str, id: str, action: str, choice: str = "") -> flask.Response:
    """Carry out what a button says; what is wrong stays at its form."""
    seller, view, _ = order_found(vendor, id)
    move = next(
        (
            move
            for move in moves_of(current().world, seller, view, id)
            if (move.action.name, move.choice) == (action, choice)
        ),
        None,
    )
    if move is None:
        raise NotFound(f"{seller.title} has nothing {action} {choice} to do with an order.".replace("  ", " "))
    try:
        given = forms.read(schema_of(move.action.body, "body"), fixed=move.fixed, leave_out=move.left_out)
        forms.trying(move.typed(flask.request.form), lambda: move.action.run(current().world, given))
    except forms.Wrong as wrong:
        return shell.answer("order_form.html", 422, move=move, form=wrong.form)
    return shell.done(f"{move.button.label}: done.", shell.url("orders.one", vendor=vendor, id=id))


def buying(vendor: str) -> flask.Response:
    """Show the form of a vendor's action `buy`."""
    action, seller = get_action(current().world, vendor, "buy"), current().world.vendor(vendor)
    form = forms.of(schema_of(action.body, "body"), looks=offers(seller, schema_of(action.body, "body")))
    return shell.page("order_new.html", title="New order", seller=seller, action=action, form=form, **shown(filters()))


def buy(vendor: str) -> flask.Response:
    """Place an order as a vendor's action `buy` does, and show it."""
    action, seller = get_action(current().world, vendor, "buy"), current().world.vendor(vendor)
    try:
        looks = offers(seller, schema_of(action.body, "body"))
        given = forms.read(schema_of(action.body, "body"), looks=looks)
        typed = forms.filled(forms.of(schema_of(action.body, "body"), looks=looks), flask.request.form)
        made = forms.trying(typed, lambda: action.run(current().world, given))
    except forms.Wrong as wrong:
        return shell.answer("order_new_form.html", 422, seller=seller, action=action, form=wrong.form)
    id = (
        str(made[seller.records.orders.kind.id])
        if seller.records.orders and seller.records.orders.kind.id in made
        else ""
    )
    return shell.done("Ordered.", shell.url("orders.one", vendor=vendor, id=id) if id else shell.url("orders.table"))


PAGE = Page("orders", "Orders", "o", (
    Route("orders", table), Route("orders/board", board), Route("orders/<string:vendor>/new", buying),
    Route("orders/<string:vendor>/new", buy, "POST"), Route("orders/<string:vendor>/id/<path:id>", one),
    Route("orders/<string:vendor>/do/<string:action>/<path:id>", act, "POST"),
    Route("orders/<string:vendor>/do/<string:action>/to/<string:choice>/<path:id>", act, "POST"),
))  # fmt: skip
