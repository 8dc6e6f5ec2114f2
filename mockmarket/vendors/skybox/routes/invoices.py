"""Invoices: what a broker has sold, lines, payments; and lines by themselves."""

from __future__ import annotations

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.store import Read
from mockmarket.vendors.skybox.callers import caller, needs_caller
from mockmarket.vendors.skybox.listing import answer, page_of, rows_answer, unpacked
from mockmarket.vendors.skybox.routes.common import READ, WRITE, Row, blueprint, refuses, several, taking
from mockmarket.vendors.skybox.rules import bulk, invoices, lines, searching
from mockmarket.vendors.skybox.rules import tickets as seats
from mockmarket.vendors.skybox.schemas import listings, sales
from mockmarket.vendors.skybox.schemas import orders as schemas
from mockmarket.vendors.skybox.wire.kinds import INVOICE

blp = blueprint("invoices", "invoices, their lines and payments")
TYPE = invoices.TYPE
LINES = schemas.InvoiceLineBody(many=True)


def reading() -> Read:
    """Return a view of the request's world."""
    return web.world().read()


@blp.route("/invoices")
class Invoices(MethodView):
    """All invoices."""

    @needs_caller
    @blp.arguments(schemas.InvoiceQuery(), location="query")
    @blp.response(200, sales.InvoicePage)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """Search invoices; those of other marketplaces' sales have that marketplace's order in externalRef."""
        read, account = reading(), caller().account
        where = searching.conditions(account, query, searching.INVOICE_FILTERS)
        where += [searching.of_event(read, account, TYPE, query["eventId"])] if query["eventId"] else []
        rows, count = page_of(read, INVOICE, where, query, schemas.ORDER)
        return rows_answer([lines.whole(read, TYPE, one) for one in unpacked(rows)], count)

    @needs_caller
    @blp.arguments(schemas.NewInvoice())
    @blp.arguments(schemas.ForceQuery(), location="query")
    @blp.response(200, sales.InvoiceSchema)
    @refuses(blp, *WRITE)
    def post(self, query: Row, given: Row) -> flask.Response:
        """Sell tickets; they are off every other window at once. `force` sells what is on hold, and ends the hold."""
        who = caller()
        return answer(invoices.create(web.world(), who.account, given, query["force"], who.by))


@blp.route("/invoices/<int:invoice_id>")
class OneInvoice(MethodView):
    """One invoice."""

    @needs_caller
    @blp.response(200, sales.InvoiceSchema)
    @refuses(blp, *READ)
    def get(self, invoice_id: int) -> flask.Response:
        """Get an invoice with its lines."""
        read = reading()
        return answer(lines.whole(read, TYPE, invoices.found(read, caller().account, invoice_id)))

    @needs_caller
    @blp.arguments(schemas.InvoiceBody())
    @blp.response(200, sales.InvoiceSchema)
    @refuses(blp, *WRITE)
    def put(self, given: Row, invoice_id: int) -> flask.Response:
        """Change an invoice's head; what is not named stays."""
        who = caller()
        return answer(invoices.update(web.world(), who.account, invoice_id, given, who.by))


@blp.route("/invoices/<int:invoice_id>/lines")
class InvoiceLines(MethodView):
    """The lines of an invoice."""

    @needs_caller
    @blp.response(200, sales.LineSchema(many=True))
    @refuses(blp, *READ)
    def get(self, invoice_id: int) -> flask.Response:
        """List the lines of an invoice, cancelled ones among them."""
        read = reading()
        invoices.found(read, caller().account, invoice_id)
        return answer([lines.shown(read, one) for one in lines.all_of(read, TYPE, invoice_id)])

    @needs_caller
    @taking(blp, schemas.InvoiceLineBody(many=True), "A list of lines; one alone may stand without the list.")
    @blp.arguments(schemas.ForceQuery(), location="query")
    @blp.response(200, sales.LineSchema(many=True))
    @refuses(blp, *WRITE)
    def post(self, query: Row, invoice_id: int) -> flask.Response:
        """Add lines to an invoice; answers them."""
        who, given = caller(), several(LINES)
        return answer(invoices.add_more(web.world(), who.account, invoice_id, given, query["force"], who.by))


@blp.route("/invoices/<int:invoice_id>/lines/<int:line_id>")
class OneInvoiceLine(MethodView):
    """One line of an invoice."""

    @needs_caller
    @blp.response(200, sales.LineSchema)
    @refuses(blp, *READ)
    def get(self, invoice_id: int, line_id: int) -> flask.Response:
        """Get a line of an invoice."""
        read = reading()
        invoices.found(read, caller().account, invoice_id)
        return answer(lines.shown(read, lines.of(read, TYPE, invoice_id, line_id)))

    @needs_caller
    @blp.arguments(schemas.InvoiceLineChange())
    @blp.response(200, sales.LineSchema)
    @refuses(blp, *WRITE)
    def put(self, given: Row, invoice_id: int, line_id: int) -> flask.Response:
        """Change a line's quantity, amount and description."""
        who = caller()
        return answer(invoices.update_line(web.world(), who.account, invoice_id, line_id, given, who.by))

    @needs_caller
    @blp.response(200, sales.LineSchema)
    @refuses(blp, *WRITE)
    def delete(self, invoice_id: int, line_id: int) -> flask.Response:
        """Take a line off: its tickets are for sale again, everywhere; answers the line, cancelled."""
        who = caller()
        return answer(invoices.remove_line(web.world(), who.account, invoice_id, line_id, who.by))


@blp.route("/invoices/<int:invoice_id>/lines/<int:line_id>/tickets")
class InvoiceLineTickets(MethodView):
    """The tickets of a line."""

    @needs_caller
    @blp.response(200, listings.TicketSchema(many=True))
    @refuses(blp, *READ)
    def get(self, invoice_id: int, line_id: int) -> flask.Response:
        """List the tickets that are sold on a line."""
        read = reading()
        invoices.found(read, caller().account, invoice_id)
        lines.of(read, TYPE, invoice_id, line_id)
        return answer(seats.of_line(read, line_id))


@blp.route("/invoices/<int:invoice_id>/payment")
class Payment(MethodView):
    """A payment."""

    @needs_caller
    @blp.arguments(schemas.PaymentBody())
    @blp.response(200, sales.TransactionSchema)
    @refuses(blp, *WRITE)
    def post(self, given: Row, invoice_id: int) -> flask.Response:
        """Take a payment of what is still outstanding; answers the transaction."""
        who = caller()
        return answer(invoices.pay(web.world(), who.account, invoice_id, given, who.by))


@blp.route("/invoices/<int:invoice_id>/transactions")
class Transactions(MethodView):
    """The payments of an invoice."""

    @needs_caller
    @blp.response(200, sales.TransactionSchema(many=True))
    @refuses(blp, *READ)
    def get(self, invoice_id: int) -> flask.Response:
        """List the payments of an invoice, oldest first."""
        return answer(invoices.transactions(reading(), caller().account, invoice_id))


@blp.route("/lines/<int:line_id>")
class OneLine(MethodView):
    """One line, of whatever it is."""

    @needs_caller
    @blp.response(200, sales.LineSchema)
    @refuses(blp, *READ)
    def get(self, line_id: int) -> flask.Response:
        """Get a line of a purchase or an invoice; cancelled tickets are left out."""
        read = reading()
        line = lines.found(read, caller().account, line_id)
        return answer(lines.shown(read, line | ({"itemIds": []} if line["cancelled"] else {})))


@blp.route("/lines/bulk-delete")
class DeleteLines(MethodView):
    """The end of several lines."""

    @needs_caller
    @blp.arguments(schemas.LineIds())
    @blp.response(200)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Cancel lines of purchases and invoices, all or none; the answer has no body."""
        who = caller()
        bulk.cancel_lines(web.world(), who.account, given["lineIds"], who.by)
        return flask.Response(status=200)


@blp.route("/lines/invoice/bulk-cancel")
class CancelInvoiceLines(MethodView):
    """The end of several lines of invoices."""

    @needs_caller
    @blp.arguments(schemas.LineIds())
    @blp.response(200)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Cancel lines of invoices, all or none: their tickets are for sale again; the answer has no body."""
        who = caller()
        bulk.cancel_lines(web.world(), who.account, given["lineIds"], who.by, only="INVOICE")
        return flask.Response(status=200)
