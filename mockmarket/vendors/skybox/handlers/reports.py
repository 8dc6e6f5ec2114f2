"""Inventory as reports: what was sold and bought, everything at once, and what has changed."""

from __future__ import annotations

import flask

from mockmarket.store import records
from mockmarket.vendors.skybox.handlers import unsupported
from mockmarket.vendors.skybox.handlers.conventions import (
    IDS,
    Context,
    Query,
    answer,
    operation,
    sorted_page,
)
from mockmarket.vendors.skybox.records.inventory import DeltaQuery, ExportDeltaQuery, InventoryQuery, InventorySummary
from mockmarket.vendors.skybox.records.reports import PurchasedPage, PurchasedQuery, SoldPage, SoldQuery
from mockmarket.vendors.skybox.rules import reports, searching
from mockmarket.vendors.skybox.wire.kinds import INVENTORY


@operation(query=SoldQuery, answer=SoldPage, unsupported=unsupported.SOLD)
def list_sold_inventory(context: Context, query: Query) -> flask.Response:
    """List what was sold, a row for each line of an invoice, newest first, with the totals of all of them."""
    rows = reports.sold(context.read(), context.caller.account, query)
    return sorted_page(rows, query, soldInventoryTotals=reports.totals(rows))


@operation(query=PurchasedQuery, answer=PurchasedPage, unsupported=unsupported.PURCHASED)
def list_purchased_inventory(context: Context, query: Query) -> flask.Response:
    """List what was bought, a row for each line of a purchase, newest first."""
    return sorted_page(reports.purchased(context.read(), context.caller.account, query), query)


@operation(query=InventoryQuery, answer=list[InventorySummary], unsupported=unsupported.EXPORT)
def export_inventory(context: Context, query: Query) -> flask.Response:
    """List all inventory that a search would find, in one plain list without pages."""
    read = context.read()
    where = searching.inventory_conditions(read, context.caller.account, query)
    rows = records.find(read, INVENTORY, *where, order=[("number", "asc")])
    return answer(searching.summaries(read, rows, query["includeTickets"]))


@operation(query=ExportDeltaQuery, answer=list[InventorySummary], unsupported=unsupported.EXPORT_DELTA)
def export_changed_inventory(context: Context, query: Query) -> flask.Response:
    """List all inventory that was created, changed or used up in a span, as it is now."""
    read = context.read()
    until = read.now if query["endTime"] is None else query["endTime"]
    ids = searching.changed_ids(read, context.caller.account, query["startTime"], until, query["ticketStatus"])
    rows = records.find(read, INVENTORY, ("number", "in", ids), order=[("number", "asc")])
    return answer(searching.summaries(read, rows, False))


@operation(query=DeltaQuery, answer=IDS)
def list_changed_inventory(context: Context, query: Query) -> flask.Response:
    """List the ids of inventory that was created, changed or used up from startTime to endTime, whoever did it."""
    span = (query["startTime"], query["endTime"])
    return answer(searching.changed_ids(context.read(), context.caller.account, *span, query["ticketStatus"]))
