"""Inventory: found, read, changed, and what it cost before."""

from __future__ import annotations

from functools import partial

import flask

from mockmarket.api.operations import Several
from mockmarket.store import records
from mockmarket.vendors.skybox.handlers import unsupported
from mockmarket.vendors.skybox.handlers.conventions import (
    WRITE,
    Body,
    Context,
    Query,
    answer,
    done,
    operation,
    session,
    written_page,
)
from mockmarket.vendors.skybox.records import inventory as shapes
from mockmarket.vendors.skybox.rules import inventory, searching, tickets
from mockmarket.vendors.skybox.rules.violations import get_or_404
from mockmarket.vendors.skybox.wire.kinds import INVENTORY, PRICE


@operation(query=shapes.InventoryQuery, answer=shapes.InventoryPage, unsupported=unsupported.INVENTORY)
def search_inventory(context: Context, query: Query) -> flask.Response:
    """Search inventory; what is sold out only when its status, ticketStatus or inventoryId is asked for."""
    read = context.read()
    where = searching.inventory_conditions(read, context.caller.account, query)
    write = partial(searching.summaries, read, with_tickets=query["includeTickets"])
    return written_page(context, INVENTORY, where, query, shapes.InventorySummary, write)


@operation(
    body=Several(shapes.PriceChange, description="A list of ids, each with its new listPrice, broadcast or both."),
    answer=list[shapes.Inventory],
    refuses=WRITE,
)
def update_prices(context: Context, body: list[shapes.PriceChange]) -> flask.Response:
    """Change prices and broadcasts of several listings, all or none."""
    return answer(inventory.update_prices(session(context), body))


@operation(body=shapes.BulkChange, refuses=WRITE)
def update_inventory_in_bulk(context: Context, body: shapes.BulkChange) -> flask.Response:
    """Change several listings in one way, all or none; the answer has no body."""
    inventory.update_many(session(context), body)
    return done()


@operation(answer=shapes.InventoryWithTickets)
def get_inventory(context: Context, inventory_id: int) -> flask.Response:
    """Get a listing with the tickets that are left in it."""
    read = context.read()
    listing = get_or_404(read, INVENTORY, context.caller.account, inventory_id)
    return answer(listing | {"tickets": tickets.pool(read, inventory_id)})


@operation(body=shapes.InventoryChange, answer=shapes.Inventory, refuses=WRITE, unsupported=("changeSeatNumbers",))
def update_inventory(context: Context, body: Body, inventory_id: int) -> flask.Response:
    """Change a listing; what is not named stays. Price and split type change in every other window too."""
    return answer(inventory.update(session(context), inventory_id, body))


@operation(answer=list[shapes.PriceEntry])
def list_prices(context: Context, inventory_id: int) -> flask.Response:
    """List every list price that a listing has had, oldest first."""
    read = context.read()
    get_or_404(read, INVENTORY, context.caller.account, inventory_id)
    return answer(records.find(read, PRICE, ("inventory", "=", inventory_id), order=[("number", "asc")]))
