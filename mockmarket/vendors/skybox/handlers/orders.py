"""Purchases: what a broker has bought; invoices: what it has sold; the lines of both, and payments."""

from __future__ import annotations

from functools import partial

from mockmarket.api.operations import Several
from mockmarket.vendors.skybox.handlers import unsupported
from mockmarket.vendors.skybox.handlers.conventions import reads, searches, writes
from mockmarket.vendors.skybox.records import orders as shapes
from mockmarket.vendors.skybox.records.inventory import Inventory, NewInventory, Ticket
from mockmarket.vendors.skybox.records.orders import InvoiceWithLines, PurchaseWithLines, ShownLine
from mockmarket.vendors.skybox.rules import invoices, orders
from mockmarket.vendors.skybox.wire import INVOICE, PURCHASE

ONE_OR_MORE = "A list of {}; one alone may stand without the list."
LISTINGS = Several(NewInventory, description=ONE_OR_MORE.format("listings"))
PURCHASE_LINES = Several(shapes.NewPurchaseLine, description=ONE_OR_MORE.format("lines"))
INVOICE_LINES = Several(shapes.NewInvoiceLine, description=ONE_OR_MORE.format("lines"))
LINES = list[ShownLine]
CHANGE = "Change {}'s head; what is not named stays."


search_purchases = searches(
    PURCHASE, shapes.PurchaseQuery, "Search purchases.", unsupported.PURCHASES, PurchaseWithLines
)
create_purchase = writes(orders.create_purchase, shapes.NewPurchase, PurchaseWithLines)
get_purchase = reads(partial(orders.get, "PURCHASE"), PurchaseWithLines, "Get a purchase with its lines.")
update_purchase = writes(
    partial(orders.update, "PURCHASE"), shapes.PurchaseChange, PurchaseWithLines, CHANGE.format("a purchase")
)
add_inventory = writes(orders.add_inventory, LISTINGS, list[Inventory])
list_purchase_lines = reads(
    partial(orders.listed, "PURCHASE"), LINES, "List the lines of a purchase, cancelled ones among them."
)
add_purchase_lines = writes(orders.add_purchase_lines, PURCHASE_LINES, LINES)
get_purchase_line = reads(partial(orders.line_of, "PURCHASE"), ShownLine, "Get a line of a purchase.")
update_purchase_line = writes(orders.update_purchase_line, shapes.LineChange, ShownLine)
cancel_purchase_line = writes(orders.cancel_purchase_line, None, ShownLine)
list_purchase_line_tickets = reads(orders.purchase_line_tickets, list[Ticket])


search_invoices = searches(
    INVOICE,
    shapes.InvoiceQuery,
    "Search invoices; those of other marketplaces' sales have that marketplace's order in externalRef.",
    unsupported.INVOICES,
    InvoiceWithLines,
)
create_invoice = writes(invoices.create_invoice, shapes.NewInvoice, InvoiceWithLines, query=shapes.ForceQuery)
get_invoice = reads(partial(orders.get, "INVOICE"), InvoiceWithLines, "Get an invoice with its lines.")
update_invoice = writes(
    partial(orders.update, "INVOICE"), shapes.InvoiceChange, InvoiceWithLines, CHANGE.format("an invoice")
)
list_invoice_lines = reads(
    partial(orders.listed, "INVOICE"), LINES, "List the lines of an invoice, cancelled ones among them."
)
add_invoice_lines = writes(invoices.add_invoice_lines, INVOICE_LINES, LINES, query=shapes.ForceQuery)
get_invoice_line = reads(partial(orders.line_of, "INVOICE"), ShownLine, "Get a line of an invoice.")
update_invoice_line = writes(invoices.update_invoice_line, shapes.InvoiceLineChange, ShownLine)
delete_invoice_line = writes(invoices.delete_invoice_line, None, ShownLine)
list_invoice_line_tickets = reads(invoices.invoice_line_tickets, list[Ticket])
pay_invoice = writes(invoices.pay_invoice, shapes.Payment, shapes.Transaction)
list_transactions = reads(invoices.transactions, list[shapes.Transaction])

get_line = reads(orders.line, ShownLine)
cancel_lines = writes(invoices.cancel_lines, shapes.LineIds, None)
cancel_invoice_lines = writes(
    partial(invoices.cancel_lines, only="INVOICE"),
    shapes.LineIds,
    None,
    "Cancel lines of invoices, all or none: their tickets are for sale again; the answer has no body.",
)
