"""The page behind a payment's `checkoutUrl`: what the payment provider would show, with a button for each outcome."""

import flask
from markupsafe import escape

from mockmarket.api.operations import Answer
from mockmarket.current import current_request
from mockmarket.errors import Invalid
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record, get_or_404
from mockmarket.vendors.zatabox.handlers.conventions import reads, writes
from mockmarket.vendors.zatabox.rules import orders
from mockmarket.vendors.zatabox.wire import ORDER, PAYMENT

PAGE = Answer(None, 200, "A page for the payer's browser.", "text/html")
OPEN = {"answer": PAGE, "refuses": (400, 404), "public": True}
HEAD = "<!doctype html><html lang=en><meta charset=utf-8><title>Checkout</title><h1>Order {}</h1><p>{} {}, {}: {}</p>"
BUTTONS = "<form method=post>{}</form>"
BUTTON = '<button name=outcome value="{}">{}</button> '
OUTCOMES = {"pay": "Pay", "fail": "Fail", "cancel": "Cancel"}


@reads(**OPEN)
def show_checkout(read: Read, paymentId: str) -> flask.Response:
    """Show the provider's page of a payment, with Pay, Fail and Cancel. Needs no key."""
    return _page(read, get_or_404(read, PAYMENT, paymentId))


def _page(read: Read, payment: Record) -> flask.Response:
    order = records.get_or_404(read, ORDER, payment["orderId"])
    facts = order["id"], payment["amount"], payment["currency"], payment["provider"], order["status"]
    buttons = "".join(BUTTON.format(*pair) for pair in OUTCOMES.items())
    form = BUTTONS.format(buttons) if order["status"] == "pending" else ""
    return flask.Response(HEAD.format(*map(escape, facts)) + form, mimetype="text/html")


@writes(**OPEN)
def choose_outcome(tx: Tx, paymentId: str) -> flask.Response:
    """Let a payment succeed, fail, or be cancelled with its order: `outcome` is pay, fail or cancel. Needs no key."""
    payment = get_or_404(tx, PAYMENT, paymentId)
    order, outcome = get_or_404(tx, ORDER, payment["orderId"]), current_request().form.get("outcome", "")
    if outcome not in OUTCOMES:
        raise Invalid(f"outcome must be one of {', '.join(OUTCOMES)}.", details=[("outcome", "is none of the page's")])
    if order["status"] == "pending" and outcome == "cancel":
        orders.finish(tx, order, "cancelled", cancelReason="requested")
        orders.close_payments(tx, order["id"], status="failed", failureReason="order_cancelled")
    elif order["status"] == "pending":
        orders.settle(tx, order) if outcome == "pay" else orders.decline(tx, order, orders.DECLINED)
    return _page(tx, payment)
