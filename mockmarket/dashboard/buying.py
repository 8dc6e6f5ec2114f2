"""Buying: the form of a vendor's action `buy`, a test order in one click, and an order of a row of the seating plan."""

from collections.abc import Iterable, Sequence
from functools import partial

import flask

from mockmarket import stock
from mockmarket.api.context import current
from mockmarket.control.records import get_action
from mockmarket.dashboard import actions, forms, order_list, shell
from mockmarket.dashboard.formats import counted
from mockmarket.errors import Conflict, Invalid, NotFound, Refusal
from mockmarket.store import outbox, records, seats
from mockmarket.vendor import Action, SeedOrder, Vendor

BUYERS = (
    ("Søren Ærøskøbing", "soren@buyer.example"), ("王小明", "wang@buyer.example"), ("Анна Каренина", "anna@buyer.example"),
    ("Mary-Jane O'Neil", "mary@buyer.example"), ("ليلى حسن", "layla@buyer.example"), ("Żaneta Ćwikła", "zaneta@buyer.example"),
    ("さくら 田中", "sakura@buyer.example"), ("Nguyễn Thị Hoa", "hoa@buyer.example"),
)  # fmt: skip
"""Buyers of test orders, in the scripts that a receiver must be able to read."""
TRIED = 60  # most rows that a test order tries: a vendor may not sell each
AT_ONCE = 20  # most test orders of one click
QUANTITIES = (2, 1, 4)  # a row may be sold in pairs only


def _buy_form(vendor: str) -> tuple[Action, forms.Form]:
    action = get_action(current().world, vendor, "buy")
    return action, actions.form_of(vendor, action, shell.url("orders.buy", vendor=vendor), "Buy")


def buying(vendor: str) -> shell.Response:
    """Show the form of a vendor's action `buy`."""
    action, form = _buy_form(vendor)
    return shell.page("order_new.html", title="New order", seller=shell.vendor_title(vendor), action=action, form=form)


def buy(vendor: str) -> shell.Response:
    """Place an order as a vendor's action `buy` does, and show it."""
    action, form = _buy_form(vendor)
    order = actions.order_of(vendor, form.submit(partial(action.run, current().world)))
    return shell.done("Ordered.", order or shell.url("orders.table"))


def order_now(vendor: str) -> shell.Response:
    """Place one test order, or as many as the form says, of the cheapest free seats, each with the next buyer."""
    seller = current().world.vendor(vendor)
    many = flask.request.form.get("times", "1")
    if not many.isdecimal() or len(many) > 2 or not 1 <= int(many) <= AT_ONCE:
        raise Invalid(f"There can be 1 to {AT_ONCE} test orders at once, not {many!r}.")
    placed = [_place_cheapest(seller) for _ in range(int(many))]
    message = (
        f"Ordered at {seller.title}: {placed[-1].line.number}."
        if len(placed) == 1
        else f"{len(placed)} orders at {seller.title}."
    )
    return shell.done(
        message,
        shell.url("orders.detail", vendor=vendor, id=placed[-1].id) if len(placed) == 1 else shell.url("orders.table"),
    )


def buy_row(vendor: str, id: str) -> shell.Response:
    """Buy seats of one row at a vendor, by the vendor's rules: from a seat on, where its buyers choose their seats."""
    seller, listing = current().world.vendor(vendor), stock.get(current().read(), id)
    many, seat = _posted("quantity"), _posted("seat")
    order = _place_first(seller, [listing.id], (many,) if many else QUANTITIES, seat)
    message = f"{counted(order.line.quantity, 'ticket')} bought at {seller.title}: {order.line.number}."
    return shell.done(message, shell.url("stock.event", id=listing.event, open=[listing.section]))


def _posted(name: str) -> int | None:
    text = flask.request.form.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 8 else None


def _place_cheapest(seller: Vendor) -> order_list.Row:
    rows = seats.cheapest(current().read(), TRIED)
    if not rows:
        raise Conflict(
            "Every seat of every coming event is sold or held.",
            hint="Add stock on an event's page, or reset the world.",
        )
    return _place_first(seller, rows, QUANTITIES)


def _place_first(
    seller: Vendor, rows: Iterable[str], quantities: Sequence[int], seat: int | None = None
) -> order_list.Row:
    """Place the first order that the vendor takes, of the rows that it sells; else raise its first refusal."""
    refusals = []
    for row in rows:
        if seller.records.sells(current().read(), stock.get(current().read(), row)):
            for quantity in quantities:
                try:
                    return _place(seller, row, quantity, seat)
                except Refusal as refusal:
                    refusals.append(refusal)
    raise refusals[0] if refusals else Conflict(f"{seller.title} sells none of these seats.")


def _place(seller: Vendor, row: str, quantity: int, seat: int | None) -> order_list.Row:
    world, view = current().world, seller.records.orders
    if view is None:
        raise NotFound(f"{seller.title} has no orders.")
    name, email = BUYERS[records.count(world.read(), view.kind, ()) % len(BUYERS)]
    with world.atomic() as tx:
        seller.records.place(tx, SeedOrder(row, quantity, view.bought, name, email, "5551234567", "+1", {}, seat))
        newest = records.find(tx, view.kind, order=[("rowid", "desc")], limit=1)[0]
        if view.announced:
            outbox.announce(tx, seller.webhooks.sample(tx, view.announced, str(newest[view.kind.id])))
    return order_list.row_of(world.read(), (seller, view), newest)
