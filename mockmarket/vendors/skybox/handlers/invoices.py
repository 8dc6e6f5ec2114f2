"""Invoices: what a broker has sold, lines and payments."""

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
from mockmarket.vendors.skybox.records.inventory import Ticket
from mockmarket.vendors.skybox.records.lines import InvoiceLineChange, NewInvoiceLine, ShownLine
from mockmarket.vendors.skybox.rules import invoices, lines, searching, tickets
from mockmarket.vendors.skybox.rules.violations import get_or_404
from mockmarket.vendors.skybox.wire.kinds import INVOICE

TYPE = invoices.TYPE


@operation(query=shapes.InvoiceQuery, answer=shapes.InvoicePage, unsupported=unsupported.INVOICES)
def search_invoices(context: Context, query: Query) -> flask.Response:
    """Search invoices; those of other marketplaces' sales have that marketplace's order in externalRef."""
    read, account = context.read(), context.caller.account
    where = searching.conditions(account, query, shapes.InvoiceQuery)
    where += searching.of_events(read, account, TYPE, query["eventId"])
    return written_page(context, INVOICE, where, query, shapes.Invoice, partial(lines.all_with_lines, read, TYPE))


@operation(query=shapes.ForceQuery, body=shapes.NewInvoice, answer=shapes.InvoiceWithLines, refuses=WRITE)
def create_invoice(context: Context, query: shapes.ForceQuery, body: Body) -> flask.Response:
    """Sell tickets; they are off every other window at once. `force` sells what is on hold, and ends the hold."""
    return answer(invoices.create(session(context), body, query["force"]))


@operation(answer=shapes.InvoiceWithLines)
def get_invoice(context: Context, invoice_id: int) -> flask.Response:
    """Get an invoice with its lines."""
    read = context.read()
    return answer(lines.with_lines(read, TYPE, get_or_404(read, INVOICE, context.caller.account, invoice_id)))


@operation(body=shapes.InvoiceChange, answer=shapes.InvoiceWithLines, refuses=WRITE)
def update_invoice(context: Context, body: Body, invoice_id: int) -> flask.Response:
    """Change an invoice's head; what is not named stays."""
    return answer(invoices.update(session(context), invoice_id, body))


@operation(answer=list[ShownLine])
def list_invoice_lines(context: Context, invoice_id: int) -> flask.Response:
    """List the lines of an invoice, cancelled ones among them."""
    return answer(lines.listed(context.read(), TYPE, context.caller.account, invoice_id))


@operation(
    query=shapes.ForceQuery,
    body=Several(NewInvoiceLine, description="A list of lines; one alone may stand without the list."),
    answer=list[ShownLine],
    refuses=WRITE,
)
def add_invoice_lines(
    context: Context, query: shapes.ForceQuery, body: list[NewInvoiceLine], invoice_id: int
) -> flask.Response:
    """Add lines to an invoice; answers them."""
    return answer(invoices.add_more(session(context), invoice_id, body, query["force"]))


@operation(answer=ShownLine)
def get_invoice_line(context: Context, invoice_id: int, line_id: int) -> flask.Response:
    """Get a line of an invoice."""
    return answer(lines.of_account(context.read(), TYPE, context.caller.account, invoice_id, line_id))


@operation(body=InvoiceLineChange, answer=ShownLine, refuses=WRITE)
def update_invoice_line(context: Context, body: InvoiceLineChange, invoice_id: int, line_id: int) -> flask.Response:
    """Change a line's quantity, amount and description."""
    return answer(invoices.update_line(session(context), invoice_id, line_id, body))


@operation(answer=ShownLine, refuses=WRITE)
def delete_invoice_line(context: Context, invoice_id: int, line_id: int) -> flask.Response:
    """Take a line off: its tickets are for sale again, everywhere; answers the line, cancelled."""
    return answer(invoices.remove_line(session(context), invoice_id, line_id))


@operation(answer=list[Ticket])
def list_invoice_line_tickets(context: Context, invoice_id: int, line_id: int) -> flask.Response:
    """List the tickets that are sold on a line."""
    read = context.read()
    lines.of_account(read, TYPE, context.caller.account, invoice_id, line_id)
    return answer(tickets.of_line(read, line_id))


@operation(body=shapes.Payment, answer=shapes.Transaction, refuses=WRITE)
def pay_invoice(context: Context, body: shapes.Payment, invoice_id: int) -> flask.Response:
    """Take a payment of what is still outstanding; answers the transaction."""
    return answer(invoices.pay(session(context), invoice_id, body))


@operation(answer=list[shapes.Transaction])
def list_transactions(context: Context, invoice_id: int) -> flask.Response:
    """List the payments of an invoice, oldest first."""
    return answer(invoices.transactions(context.read(), context.caller.account, invoice_id))
