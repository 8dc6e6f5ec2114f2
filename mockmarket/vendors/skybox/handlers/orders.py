"""Purchases: what a broker has bought; invoices: what it has sold; the lines of both, and payments."""

from __future__ import annotations

from functools import partial

import flask

from mockmarket.api.operations import Several
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.handlers import unsupported
from mockmarket.vendors.skybox.handlers.conventions import Context, operation, page_answer, reads, writes
from mockmarket.vendors.skybox.records import orders as shapes
from mockmarket.vendors.skybox.records.inventory import Inventory, NewInventory, Ticket
from mockmarket.vendors.skybox.records.orders import InvoiceWithLines, PurchaseWithLines, ShownLine
from mockmarket.vendors.skybox.records.types import Page
from mockmarket.vendors.skybox.rules import invoices, orders, purchases, searching
from mockmarket.vendors.skybox.rules.notifications import KIND_OF

ONE_OR_MORE = "A list of {}; one alone may stand without the list."
LISTINGS = Several(NewInventory, description=ONE_OR_MORE.format("listings"))
PURCHASE_LINES = Several(shapes.NewPurchaseLine, description=ONE_OR_MORE.format("lines"))
INVOICE_LINES = Several(shapes.NewInvoiceLine, description=ONE_OR_MORE.format("lines"))
LINES = list[ShownLine]
CHANGE = "Change {}'s head; what is not named stays."


def search(type: str, context: Context, query: Record, shape: object) -> flask.Response:
    """Answer with a page of purchases or invoices with their lines."""
    read, account = context.read(), context.caller.account
    where = searching.conditions(KIND_OF[type], account, query, shape) + searching.of_events(
        read, account, type, query["eventId"]
    )

    def write(rows: list[Record]) -> list[Record]:
        return [orders.with_lines(read, type, row) for row in rows]

    return page_answer(context, KIND_OF[type], where, query, orders.RECORD[type], write)


@operation(query=shapes.PurchaseQuery, answer=Page[PurchaseWithLines], unsupported=unsupported.PURCHASES)
def search_purchases(context: Context, query: Record) -> flask.Response:
    """Search purchases."""
    return search("PURCHASE", context, query, shapes.PurchaseQuery)


create_purchase = writes(purchases.create, shapes.NewPurchase, PurchaseWithLines)
get_purchase = reads(partial(orders.get, "PURCHASE"), PurchaseWithLines, "Get a purchase with its lines.")
update_purchase = writes(
    partial(orders.update, "PURCHASE"), shapes.PurchaseChange, PurchaseWithLines, CHANGE.format("a purchase")
)
add_inventory = writes(purchases.add_inventory, LISTINGS, list[Inventory])
list_purchase_lines = reads(
    partial(orders.listed, "PURCHASE"), LINES, "List the lines of a purchase, cancelled ones among them."
)
add_purchase_lines = writes(purchases.add_more, PURCHASE_LINES, LINES)
get_purchase_line = reads(partial(orders.line_of, "PURCHASE"), ShownLine, "Get a line of a purchase.")
update_purchase_line = writes(purchases.update_line, shapes.LineChange, ShownLine)
cancel_purchase_line = writes(purchases.cancel_line, None, ShownLine)
list_purchase_line_tickets = reads(purchases.line_tickets, list[Ticket])


@operation(query=shapes.InvoiceQuery, answer=Page[InvoiceWithLines], unsupported=unsupported.INVOICES)
def search_invoices(context: Context, query: Record) -> flask.Response:
    """Search invoices; those of other marketplaces' sales have that marketplace's order in externalRef."""
    return search("INVOICE", context, query, shapes.InvoiceQuery)


create_invoice = writes(invoices.create, shapes.NewInvoice, InvoiceWithLines, query=shapes.ForceQuery)
get_invoice = reads(partial(orders.get, "INVOICE"), InvoiceWithLines, "Get an invoice with its lines.")
update_invoice = writes(
    partial(orders.update, "INVOICE"), shapes.InvoiceChange, InvoiceWithLines, CHANGE.format("an invoice")
)
list_invoice_lines = reads(
    partial(orders.listed, "INVOICE"), LINES, "List the lines of an invoice, cancelled ones among them."
)
add_invoice_lines = writes(invoices.add_more, INVOICE_LINES, LINES, query=shapes.ForceQuery)
get_invoice_line = reads(partial(orders.line_of, "INVOICE"), ShownLine, "Get a line of an invoice.")
update_invoice_line = writes(invoices.update_line, shapes.InvoiceLineChange, ShownLine)
delete_invoice_line = writes(invoices.remove_line, None, ShownLine)
list_invoice_line_tickets = reads(invoices.line_tickets, list[Ticket])
pay_invoice = writes(invoices.pay, shapes.Payment, shapes.Transaction)
list_transactions = reads(invoices.transactions, list[shapes.Transaction])

get_line = reads(orders.line, ShownLine)
cancel_lines = writes(invoices.cancel_lines, shapes.LineIds, None)
cancel_invoice_lines = writes(
    partial(invoices.cancel_lines, only="INVOICE"),
    shapes.LineIds,
    None,
    "Cancel lines of invoices, all or none: their tickets are for sale again; the answer has no body.",
)
