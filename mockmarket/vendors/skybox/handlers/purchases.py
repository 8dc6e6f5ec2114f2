"""Purchases: what a broker has bought, and the inventory that comes of it."""

from __future__ import annotations

from functools import partial

import flask

from mockmarket.api.operations import Several
from mockmarket.vendors.skybox.handlers import unsupported
from mockmarket.vendors.skybox.handlers.conventions import (
    WRITE,
    Body,
    Context,
    Query,
    answer,
    operation,
    session,
    written_page,
)
from mockmarket.vendors.skybox.records import orders as shapes
from mockmarket.vendors.skybox.records.inventory import Inventory, NewInventory, Ticket
from mockmarket.vendors.skybox.records.lines import LineChange, NewPurchaseLine, ShownLine
from mockmarket.vendors.skybox.rules import lines, purchases, searching, tickets
from mockmarket.vendors.skybox.rules.violations import get_or_404
from mockmarket.vendors.skybox.wire.kinds import PURCHASE

TYPE = purchases.TYPE


@operation(query=shapes.PurchaseQuery, answer=shapes.PurchasePage, unsupported=unsupported.PURCHASES)
def search_purchases(context: Context, query: Query) -> flask.Response:
    """Search purchases."""
    read, account = context.read(), context.caller.account
    where = searching.conditions(account, query, shapes.PurchaseQuery)
    where += searching.of_events(read, account, TYPE, query["eventId"])
    return written_page(context, PURCHASE, where, query, shapes.Purchase, partial(lines.all_with_lines, read, TYPE))


@operation(body=shapes.NewPurchase, answer=shapes.PurchaseWithLines, refuses=WRITE)
def create_purchase(context: Context, body: Body) -> flask.Response:
    """Buy: a line with `inventory` brings a listing that is on sale at once, any other is generic."""
    return answer(purchases.create(session(context), body))


@operation(answer=shapes.PurchaseWithLines)
def get_purchase(context: Context, purchase_id: int) -> flask.Response:
    """Get a purchase with its lines."""
    read = context.read()
    return answer(lines.with_lines(read, TYPE, get_or_404(read, PURCHASE, context.caller.account, purchase_id)))


@operation(body=shapes.PurchaseChange, answer=shapes.PurchaseWithLines, refuses=WRITE)
def update_purchase(context: Context, body: Body, purchase_id: int) -> flask.Response:
    """Change a purchase's head; what is not named stays."""
    return answer(purchases.update(session(context), purchase_id, body))


@operation(
    body=Several(NewInventory, description="A list of listings; one alone may stand without the list."),
    answer=list[Inventory],
    refuses=WRITE,
)
def add_inventory(context: Context, body: list[Body], purchase_id: int) -> flask.Response:
    """Add inventory, a line for each listing; answers the listings."""
    return answer(purchases.add_inventory(session(context), purchase_id, body))


@operation(answer=list[ShownLine])
def list_purchase_lines(context: Context, purchase_id: int) -> flask.Response:
    """List the lines of a purchase, cancelled ones among them."""
    return answer(lines.listed(context.read(), TYPE, context.caller.account, purchase_id))


@operation(
    body=Several(NewPurchaseLine, description="A list of lines; one alone may stand without the list."),
    answer=list[ShownLine],
    refuses=WRITE,
)
def add_purchase_lines(context: Context, body: list[NewPurchaseLine], purchase_id: int) -> flask.Response:
    """Add lines to a purchase; answers them."""
    return answer(purchases.add_more(session(context), purchase_id, body))


@operation(answer=ShownLine)
def get_purchase_line(context: Context, purchase_id: int, line_id: int) -> flask.Response:
    """Get a line of a purchase."""
    return answer(lines.of_account(context.read(), TYPE, context.caller.account, purchase_id, line_id))


@operation(body=LineChange, answer=ShownLine, refuses=WRITE)
def update_purchase_line(context: Context, body: LineChange, purchase_id: int, line_id: int) -> flask.Response:
    """Change a line's amount and description."""
    return answer(purchases.update_line(session(context), purchase_id, line_id, body))


@operation(answer=ShownLine, refuses=WRITE)
def cancel_purchase_line(context: Context, purchase_id: int, line_id: int) -> flask.Response:
    """Cancel a line: its tickets go off sale everywhere. Refused while one of them is sold or on hold."""
    return answer(purchases.cancel_line(session(context), purchase_id, line_id))


@operation(answer=list[Ticket])
def list_purchase_line_tickets(context: Context, purchase_id: int, line_id: int) -> flask.Response:
    """List the tickets that came with a line and are not cancelled."""
    read = context.read()
    lines.of_account(read, TYPE, context.caller.account, purchase_id, line_id)
    return answer(tickets.of_purchase_line(read, line_id))
