"""Inventory: found, changed, split and merged, held; reports of what was sold and bought, and of what has changed."""

from __future__ import annotations

from functools import partial

from mockmarket.api.operations import Plain, Several
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.handlers import conventions, unsupported
from mockmarket.vendors.skybox.handlers.conventions import IDS, Context, gets, operation, reads, searches, writes
from mockmarket.vendors.skybox.records import inventory as shapes
from mockmarket.vendors.skybox.records.inventory import Hold, Inventory, InventoryQuery, InventorySummary
from mockmarket.vendors.skybox.records.orders import PurchasedQuery, PurchasedRow, SoldPage, SoldQuery
from mockmarket.vendors.skybox.records.types import Page
from mockmarket.vendors.skybox.rules import holds, inventory, searching
from mockmarket.vendors.skybox.wire import HOLD, INVENTORY

PRICES = Several(shapes.PriceChange, description="A list of ids, each with its new listPrice, broadcast or both.")
SIZE = Plain({"type": "integer"}, description="How many tickets the first part has.")


@operation(query=InventoryQuery, answer=Page[InventorySummary], unsupported=unsupported.INVENTORY)
def search_inventory(context: Context, query: Record) -> object:
    """Search inventory; what is sold out only when its status, ticketStatus or inventoryId is asked for."""
    read = context.read()
    where = searching.inventory_conditions(read, context.caller.account, query)
    write = partial(searching.summaries, read, with_tickets=query["includeTickets"])
    return conventions.page_answer(context, INVENTORY, where, query, InventorySummary, write)


update_prices = writes(inventory.update_prices, PRICES, list[Inventory])
update_inventory_in_bulk = writes(inventory.update_many, shapes.BulkChange, None)
get_inventory = reads(inventory.with_tickets, shapes.InventoryWithTickets)
update_inventory = writes(inventory.update, shapes.InventoryChange, Inventory, unsupported=("changeSeatNumbers",))
list_prices = reads(inventory.prices, list[shapes.PriceEntry])

split_inventory = writes(inventory.split, SIZE, IDS)
split_inventory_to_consecutive = writes(inventory.split_to_consecutive, None, IDS)
merge_inventory = writes(inventory.merge, shapes.Merging, Inventory)
merge_inventory_in_bulk = writes(inventory.merge_all, shapes.Merging, list[Inventory])

list_inventory_holds = reads(inventory.holds, list[Hold])
delete_inventory_holds = writes(holds.remove_all, None, list[Hold])
search_holds = searches(
    HOLD, shapes.HoldQuery, "Search the holds that stand, other marketplaces' among them.", unsupported.HOLDS
)
create_hold = writes(holds.create, shapes.NewHold, Hold)
get_hold = gets(HOLD, Hold, "Get a hold; one that has ended has its removedDate.")
update_hold = writes(holds.update, shapes.HoldChange, Hold)
delete_hold = writes(holds.remove, None, Hold)


@operation(query=SoldQuery, answer=SoldPage, unsupported=unsupported.SOLD)
def list_sold_inventory(context: Context, query: Record) -> object:
    """List what was sold, a row for each line of an invoice, newest first, with the totals of all of them."""
    rows = searching.sold(context.read(), context.caller.account, query)
    return conventions.sorted_page(rows, query, soldInventoryTotals=searching.totals(rows))


@operation(query=PurchasedQuery, answer=Page[PurchasedRow], unsupported=unsupported.PURCHASED)
def list_purchased_inventory(context: Context, query: Record) -> object:
    """List what was bought, a row for each line of a purchase, newest first."""
    return conventions.sorted_page(searching.purchased(context.read(), context.caller.account, query), query)


SUMMARIES = list[InventorySummary]
export_inventory = reads(searching.export, SUMMARIES, query=InventoryQuery, unsupported=unsupported.EXPORT)
export_changed_inventory = reads(
    searching.export_changed, SUMMARIES, query=shapes.ExportDeltaQuery, unsupported=unsupported.EXPORT_DELTA
)
list_changed_inventory = reads(searching.changed_ids, IDS, query=shapes.DeltaQuery)
