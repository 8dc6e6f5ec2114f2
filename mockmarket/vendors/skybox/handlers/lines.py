"""Lines of purchases and invoices by themselves."""

from __future__ import annotations

import flask

from mockmarket.vendors.skybox.handlers.conventions import WRITE, Context, answer, done, operation, session
from mockmarket.vendors.skybox.records.lines import LineIds, ShownLine
from mockmarket.vendors.skybox.rules import bulk, lines
from mockmarket.vendors.skybox.rules.violations import get_or_404
from mockmarket.vendors.skybox.wire.kinds import LINE


@operation(answer=ShownLine)
def get_line(context: Context, line_id: int) -> flask.Response:
    """Get a line of a purchase or an invoice; cancelled tickets are left out."""
    read = context.read()
    line = get_or_404(read, LINE, context.caller.account, line_id)
    return answer(lines.with_inventory(read, line | ({"itemIds": []} if line["cancelled"] else {})))


@operation(body=LineIds, refuses=WRITE)
def cancel_lines(context: Context, body: LineIds) -> flask.Response:
    """Cancel lines of purchases and invoices, all or none; the answer has no body."""
    bulk.cancel_lines(session(context), body["lineIds"])
    return done()


@operation(body=LineIds, refuses=WRITE)
def cancel_invoice_lines(context: Context, body: LineIds) -> flask.Response:
    """Cancel lines of invoices, all or none: their tickets are for sale again; the answer has no body."""
    bulk.cancel_lines(session(context), body["lineIds"], only="INVOICE")
    return done()
