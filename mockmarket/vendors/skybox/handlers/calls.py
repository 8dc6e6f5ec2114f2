"""Every built call, a block for each chapter of SkyBox's public OpenAPI file."""

from functools import partial

import flask

from mockmarket.api.operations import Answer, Operation, Plain, Several
from mockmarket.current import current_request
from mockmarket.store.records import Kind
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Session
from mockmarket.vendors.skybox.handlers import conventions, unsupported
from mockmarket.vendors.skybox.handlers.conventions import IDS, WORDS, gets, lists, operation, reads, searches, writes
from mockmarket.vendors.skybox.records import (
    directory as parties,
    inventory as goods,
    orders as shapes,
    queries,
    summaries as rows,
    types,
)
from mockmarket.vendors.skybox.records.directory import Customer, DefaultCustomer, Vendor, Webhook
from mockmarket.vendors.skybox.rules import (
    directory,
    editing,
    files,
    holds,
    inventory,
    invoices,
    mappings,
    notifications,
    orders,
    purchases,
    reshaping,
    searching,
    summaries,
    tags,
)

PRICES = Several(goods.PriceChange, description="A list of ids, each with its new listPrice, broadcast or both.")
SIZE = Plain({"type": "integer"}, description="How many tickets the first part has.")
SUMMARIES = list[rows.InventorySummary]
STOCK = "Search inventory; what is sold out only when its status, ticketStatus or inventoryId is asked for."

search_inventory = searches(wire.INVENTORY, queries.InventoryQuery, STOCK, unsupported.INVENTORY)
update_prices = writes(editing.update_prices, PRICES, list[goods.Inventory])
update_inventory_in_bulk = writes(editing.update_many, goods.BulkChange, None, unsupported=unsupported.BULK_UPDATE)
EACH = "A list of ids, each with its new {}.".format
update_expected_values = writes(
    editing.update_amounts, Several(goods.ExpectedValueChange, description=EACH("expectedValue")), None
)
update_face_values = writes(
    editing.update_amounts, Several(goods.FaceValueChange, description=EACH("newFaceValue")), None
)
update_taxed_costs = writes(
    editing.update_amounts, Several(goods.TaxedCostChange, description=EACH("newTaxedCost")), None
)
sync_inventory = writes(editing.sync, goods.Syncing, None)
get_inventory = reads(inventory.with_tickets, goods.InventoryWithTickets)
update_inventory = writes(editing.update_with_seats, goods.InventoryChange, goods.Inventory, query=goods.SeatsQuery)
move_inventory = writes(editing.move_inventory, goods.Moving, None, unsupported=("force",))
swap_events = writes(editing.swap_events, goods.EventSwap, None)
list_barcodes = reads(inventory.barcodes, list[goods.Barcode])
find_position = reads(inventory.with_position, goods.Position)
list_prices = reads(inventory.prices, list[goods.PriceEntry])
split_inventory = writes(reshaping.split, SIZE, IDS)
split_inventory_to_consecutive = writes(reshaping.split_to_consecutive, None, IDS)
merge_inventory = writes(reshaping.merge, goods.Merging, goods.Inventory)
merge_inventory_in_bulk = writes(reshaping.merge_all, goods.Merging, list[goods.Inventory])
export_inventory = reads(summaries.export, SUMMARIES, query=queries.ExportQuery)
export_changed_inventory = reads(summaries.export_changed, SUMMARIES, query=queries.ExportDeltaQuery)
list_changed_inventory = reads(summaries.changed_ids, IDS, query=goods.DeltaQuery)
list_sold_inventory = reads(summaries.sold, rows.SoldPage, query=queries.SoldQuery, unsupported=unsupported.SOLD)
list_purchased_inventory = reads(
    summaries.purchased, types.Page[rows.PurchasedRow], query=queries.PurchasedQuery, unsupported=unsupported.PURCHASED
)
get_inventory_hold = reads(inventory.hold, goods.Hold)
delete_inventory_holds = writes(holds.remove_all, None, list[goods.Hold])
HOLDS = "Search active holds, including those of other marketplaces."
search_holds = searches(wire.HOLD, queries.HoldQuery, HOLDS, shape=rows.HoldSummary)
create_hold = writes(holds.create, goods.NewHold, goods.Hold)
get_hold = gets(wire.HOLD, goods.Hold, "Get a hold; an ended hold has a removedDate.")
update_hold = writes(holds.update, goods.HoldChange, goods.Hold)
delete_hold = writes(holds.remove, None, goods.Hold)

ONE_OR_MORE = "A list of {}; one alone may stand without the list.".format
LISTINGS = Several(goods.NewInventory, description=ONE_OR_MORE("listings"))
PURCHASE_LINES = Several(shapes.NewPurchaseLine, description=ONE_OR_MORE("lines"))
INVOICE_LINES = Several(shapes.NewInvoiceLine, description=ONE_OR_MORE("lines"))
LINES = list[shapes.ShownLine]
HEAD = "Change {}'s head; omitted fields stay unchanged.".format
ALL_LINES = "List the lines of {}, cancelled ones among them.".format

search_purchases = searches(
    wire.PURCHASE, queries.PurchaseQuery, "Search purchases.", unsupported.PURCHASES, rows.PurchaseSummary
)
create_purchase = writes(purchases.create_purchase, shapes.NewPurchase, shapes.PurchaseWithLines)
get_purchase = reads(partial(orders.get, "PURCHASE"), shapes.PurchaseWithLines, "Get a purchase with its lines.")
update_purchase = writes(editing.update_purchase, shapes.PurchaseChange, shapes.PurchaseWithLines)
move_line_inventory = writes(editing.move_line_inventory, goods.Moving, None, unsupported=("force",))
add_inventory = writes(purchases.add_inventory, LISTINGS, list[goods.Inventory])
list_purchase_lines = reads(partial(orders.listed, "PURCHASE"), LINES, ALL_LINES("a purchase"))
add_purchase_lines = writes(purchases.add_purchase_lines, PURCHASE_LINES, LINES)
get_purchase_line = reads(partial(orders.line_of, "PURCHASE"), shapes.ShownLine, "Get a line of a purchase.")
update_purchase_line = writes(purchases.update_purchase_line, shapes.LineChange, shapes.ShownLine)
cancel_purchase_line = writes(purchases.cancel_purchase_line, None, shapes.ShownLine)
cancel_purchase_lines = writes(
    invoices.cancel_purchase_lines, Plain(IDS.shape, description="A list of the lines' ids."), None
)
list_purchase_line_tickets = reads(purchases.purchase_line_tickets, list[goods.Ticket])

SALES = "Search invoices; those of other marketplaces' sales have that marketplace's order in externalRef."
search_invoices = searches(wire.INVOICE, queries.InvoiceQuery, SALES, unsupported.INVOICES, rows.InvoiceSummary)
create_invoice = writes(invoices.create_invoice, shapes.NewInvoice, shapes.InvoiceWithLines, query=shapes.ForceQuery)
get_invoice = reads(partial(orders.get, "INVOICE"), shapes.InvoiceWithLines, "Get an invoice with its lines.")
update_invoice = writes(
    partial(orders.update, "INVOICE"), shapes.InvoiceChange, shapes.InvoiceWithLines, HEAD("an invoice")
)
update_invoices_in_bulk = writes(
    invoices.update_many, shapes.BulkInvoiceChange, None, unsupported=("paymentRefPaymentMethod",)
)
list_invoice_lines = reads(partial(orders.listed, "INVOICE"), LINES, ALL_LINES("an invoice"))
add_invoice_lines = writes(invoices.add_invoice_lines, INVOICE_LINES, LINES, query=shapes.ForceQuery)
get_invoice_line = reads(partial(orders.line_of, "INVOICE"), shapes.ShownLine, "Get a line of an invoice.")
update_invoice_line = writes(invoices.update_invoice_line, shapes.InvoiceLineChange, shapes.ShownLine)
delete_invoice_line = writes(invoices.delete_invoice_line, None, shapes.ShownLine)
list_invoice_line_tickets = reads(invoices.invoice_line_tickets, list[goods.Ticket])
pay_invoice = writes(invoices.pay_invoice, shapes.Payment, shapes.Transaction)
list_transactions = reads(invoices.transactions, list[shapes.Transaction])

CANCEL = "Cancel lines of invoices, all or none: their tickets are for sale again; the answer has no body."
MAPPING_IDS = Plain(IDS.shape, description="A list of the mappings' ids.")
list_mappings = reads(mappings.pending, list[goods.MappingSummary], query=goods.MappingQuery)
get_mapping = gets(wire.MAPPING, goods.Mapping, "Get a mapping.")
delete_mapping = writes(mappings.cancel, None, None)
resend_mapping = writes(mappings.resend, None, Answer({"type": "integer"}))
delete_mappings = writes(mappings.cancel_many, MAPPING_IDS, None)

TEXT = {"type": "string"}
get_invoice_assets = reads(files.of_invoice, Answer(TEXT))
list_invoice_tickets = reads(invoices.tickets_by_ref, list[shapes.InvoiceTicket], query=shapes.RefQuery)
add_purchase_note = writes(
    partial(orders.add_note, "PURCHASE"), shapes.Note, shapes.KeptNote, "Add a note to a purchase; answers it."
)


@operation(body=goods.Upload, answer=goods.UploadedFile, refuses=conventions.WRITE)
def upload_asset(context: conventions.Context, body: types.Payload) -> object:
    """Keep a PDF for the tickets that name it; answers its URL. It is not divided into pages."""
    with context.world.atomic() as tx:
        name = files.upload(Session(tx, context.caller.account, context.caller.by), body)
    return {"pageNumber": 1, "pdfUrl": f"{context.base_url()}{current_request().path}/{name}"}


@operation(answer=Answer(TEXT, content_type="text/plain"))
def get_asset(context: conventions.Context, filename: str) -> object:
    """Get a file, base64 encoded."""
    return flask.Response(files.get(context.read(), context.caller.account, filename), mimetype="text/plain")


get_line = reads(orders.line, shapes.ShownLine)
cancel_lines = writes(invoices.cancel_lines, shapes.LineIds, None)
cancel_invoice_lines = writes(partial(invoices.cancel_lines, only="INVOICE"), shapes.LineIds, None, CANCEL)

EVENTS = "List events by date, including cancelled ones (disabled)."
PERFORMERS = "List every performer, or those whose name contains a word."
search_events = searches(wire.EVENT, queries.EventQuery, EVENTS)
get_event = gets(wire.EVENT, parties.Event, "Get an event.")
list_categories = lists(wire.CATEGORY, parties.Category, "List every category.")
list_performers = lists(wire.PERFORMER, parties.Performer, PERFORMERS, parties.PerformerQuery)
get_performer = gets(wire.PERFORMER, parties.Performer, "Get a performer.")
search_venues = searches(wire.VENUE, parties.VenueQuery, "List venues by name.")
get_venue = gets(wire.VENUE, parties.Venue, "Get a venue.")

VENDOR_ID = Plain({"type": "integer", "example": 9001}, description="The id of a vendor.")
NEW_VENDOR = "Create a vendor; the account's first vendor is its default."
CHANGE = "Change a {}; omitted optional fields stay unchanged.".format
search_vendors = searches(wire.VENDOR, queries.VendorQuery, "List the account's vendors.")
create_vendor = writes(partial(directory.create, wire.VENDOR), parties.NewVendor, Vendor, NEW_VENDOR)
get_vendor = gets(wire.VENDOR, Vendor, "Get a vendor.")
update_vendor = writes(partial(directory.update, wire.VENDOR), parties.NewVendor, Vendor, CHANGE("vendor"))
get_default_vendor = reads(directory.get_default_vendor, Vendor)
set_default_vendor = writes(directory.set_default_vendor, VENDOR_ID, Vendor)
search_customers = searches(
    wire.CUSTOMER, queries.CustomerQuery, "List the account's customers.", unsupported.CUSTOMERS
)
create_customer = writes(partial(directory.create, wire.CUSTOMER), parties.NewCustomer, Customer, "Create a customer.")
get_customer = gets(wire.CUSTOMER, Customer, "Get a customer.")
update_customer = writes(partial(directory.update, wire.CUSTOMER), parties.NewCustomer, Customer, CHANGE("customer"))
list_default_customers = reads(directory.default_customers, list[DefaultCustomer])
set_default_customer = writes(directory.set_default_customer, parties.NewDefaultCustomer, DefaultCustomer)

get_account = reads(searching.account, parties.Account)
list_users = reads(searching.users, types.Page[parties.User], query=parties.UserQuery, unsupported=unsupported.USERS)
list_tags = reads(tags.listed, WORDS)
filter_tags = reads(tags.filtered, WORDS, query=parties.TagQuery)
summarize_tags = reads(tags.summary, list[parties.TagSummary], query=parties.TagSummaryQuery)
TAGS = Several(parties.TagRequest, description=ONE_OR_MORE("tags"))
change_tags = writes(tags.change_many, parties.TagChange, list[parties.TagSummary])
delete_tags = writes(tags.delete, TAGS, None)
TAGGED_IDS = Plain(IDS.shape, description="A list of the records' ids.")


def tag_calls(kind: Kind) -> tuple[Operation, Operation, Operation]:
    """Return the calls that add tags to a record of a kind, remove some, and remove all of several records."""
    name, none = kind.name, "; the answer has no body."
    return (
        writes(partial(tags.add, kind), TAGS, None, f"Add tags to {name}{none}"),
        writes(partial(tags.remove, kind), TAGS, None, f"Remove tags from {name}{none}"),
        writes(
            partial(tags.clear, kind),
            TAGGED_IDS,
            None,
            f"Remove every tag of several records of {name}, all or none{none}",
        ),
    )


tag_inventory, untag_inventory, clear_inventory_tags = tag_calls(wire.INVENTORY)
tag_purchase, untag_purchase, clear_purchase_tags = tag_calls(wire.PURCHASE)
tag_invoice, untag_invoice, clear_invoice_tags = tag_calls(wire.INVOICE)
tag_vendor, untag_vendor, clear_vendor_tags = tag_calls(wire.VENDOR)
tag_customer, untag_customer, clear_customer_tags = tag_calls(wire.CUSTOMER)
tag_event, untag_event, clear_event_tags = tag_calls(wire.EVENT)
REMOVE_TAG = "Remove a tag from {}; the answer has no body.".format
delete_inventory_tag = writes(partial(tags.remove_named, wire.INVENTORY), None, None, REMOVE_TAG("inventory"))
delete_purchase_tag = writes(partial(tags.remove_named, wire.PURCHASE), None, None, REMOVE_TAG("a purchase"))
delete_invoice_tag = writes(partial(tags.remove_named, wire.INVOICE), None, None, REMOVE_TAG("an invoice"))
delete_inventory_tags = writes(tags.clear_inventory, None, None, query=parties.TaggedIds)
list_enumeration = reads(searching.enumeration, WORDS)
search_everything = reads(searching.search, list[parties.Match], query=parties.SearchQuery)
search_tickets = lists(wire.TICKET, goods.Ticket, "Find the account's tickets.", queries.TicketQuery)
search_catalog = reads(searching.catalog, parties.Catalog, query=queries.CatalogQuery)
list_notifications = reads(searching.account_notifications, list[parties.Notification])
report_sales = reads(summaries.sales_report, rows.SalesReport, query=queries.SalesQuery)
report_purchases = reads(summaries.purchases_report, rows.PurchasesReport, query=queries.PurchasesQuery)
get_ticket = gets(wire.TICKET, goods.Ticket, "Get a ticket.")


@operation(answer=parties.User)
def get_user(context: conventions.Context) -> object:
    """Get the API token's user."""
    return searching.user(context.caller.account, context.caller.key)


@operation(answer=list[Webhook])
def list_webhooks(context: conventions.Context) -> object:
    """List the subscriptions of the application on the account, oldest first."""
    own = notifications.own(context.read(), context.caller.account, context.caller.by.application)
    return [notifications.to_json(endpoint) for endpoint in own]


@operation(answer=Webhook)
def get_webhook(context: conventions.Context, id: int) -> object:
    """Get a subscription."""
    caller = context.caller
    return notifications.to_json(notifications.get_or_404(context.read(), caller.account, caller.by.application, id))


create_webhook = writes(notifications.subscribe, parties.NewWebhook, Webhook)
update_webhook = writes(notifications.change, parties.NewWebhook, Webhook)
delete_webhook = writes(notifications.unsubscribe, None, None)
