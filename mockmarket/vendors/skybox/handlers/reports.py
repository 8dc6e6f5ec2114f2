"""Inventory as reports: what was sold and bought, everything at once, and what has changed."""

from __future__ import annotations

import flask

from mockmarket.clock import iso_s
from mockmarket.store import records
from mockmarket.vendors.skybox.handlers.conventions import (
    IDS,
    Context,
    Query,
    answer,
    operation,
    rows_answer,
    sliced,
    sorted_rows,
)
from mockmarket.vendors.skybox.rules import searching
from mockmarket.vendors.skybox.schemas import inventory as schemas
from mockmarket.vendors.skybox.schemas import sales
from mockmarket.vendors.skybox.schemas.listings import InventorySummary, SoldPage
from mockmarket.vendors.skybox.wire.kinds import INVENTORY


@operation(query=schemas.SoldQuery, answer=SoldPage)
def list_sold_inventory(context: Context, query: Query) -> flask.Response:
    """List what was sold, a row for each line of an invoice, newest first, with the totals of all of them."""
    rows = sorted_rows(searching.sold(context.read(), context.caller.account, query), query)
    return rows_answer(sliced(rows, query), len(rows), soldInventoryTotals=searching.totals(rows))


@operation(query=schemas.PurchasedQuery, answer=sales.PurchasedPage)
def list_purchased_inventory(context: Context, query: Query) -> flask.Response:
    """List what was bought, a row for each line of a purchase, newest first."""
    rows = sorted_rows(searching.purchased(context.read(), context.caller.account, query), query)
    return rows_answer(sliced(rows, query), len(rows))


@operation(query=schemas.InventoryQuery, answer=list[InventorySummary])
def export_inventory(context: Context, query: Query) -> flask.Response:
    """List all inventory that a search would find, in one plain list without pages."""
    read = context.read()
    where = searching.inventory_conditions(read, context.caller.account, query)
    rows = records.find(read, INVENTORY, *where, order=[("number", "asc")])
    return answer(searching.summaries(read, rows, query["includeTickets"]))


@operation(query=schemas.ExportDeltaQuery, answer=list[InventorySummary])
def export_changed_inventory(context: Context, query: Query) -> flask.Response:
    """List all inventory that was created, changed or used up in a span, as it is now."""
    read = context.read()
    until = query["endTime"] or iso_s(read.now + 1000)
    ids = searching.delta(read, context.caller.account, query["startTime"], until, query["ticketStatus"])
    rows = records.find(read, INVENTORY, ("number", "in", ids), order=[("number", "asc")])
    return answer(searching.summaries(read, rows, False))


@operation(query=schemas.DeltaQuery, answer=IDS)
def list_changed_inventory(context: Context, query: Query) -> flask.Response:
    """List the ids of inventory that was created, changed or used up from startTime to endTime, whoever did it."""
    span = (query["startTime"], query["endTime"])
    return answer(searching.delta(context.read(), context.caller.account, *span, query["ticketStatus"]))
