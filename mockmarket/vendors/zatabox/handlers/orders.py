"""Orders and their payments."""

from __future__ import annotations

import flask

from mockmarket.errors import Invalid
from mockmarket.records import Create
from mockmarket.store import Read
from mockmarket.store.keys import Key
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox.callers import KeyOrToken
from mockmarket.vendors.zatabox.handlers.conventions import (
    READ,
    WRITE,
    Context,
    GuestContext,
    answer,
    operation,
    token_of,
)
from mockmarket.vendors.zatabox.records.common import Answer
from mockmarket.vendors.zatabox.records.orders import (
    NewOrder,
    NewOrderAnswer,
    OrderId,
    OrderWithTickets,
    Payment,
    PaymentStatus,
    TokenQuery,
)
from mockmarket.vendors.zatabox.rules import buyers, orders, payments
from mockmarket.vendors.zatabox.rules.notices import get_or_404
from mockmarket.vendors.zatabox.rules.tickets import of_order
from mockmarket.vendors.zatabox.wire import ORDER

READER, PAYER = KeyOrToken("orders:read"), KeyOrToken("orders:write")


@operation(body=NewOrder, answer=Answer[NewOrderAnswer], status=201, scope="orders:write", refuses=WRITE)
def create_order(context: Context, body: NewOrder) -> flask.Response:
    """Create an order: its seats are held until it is paid, cancelled or lapses; a free one is completed at once."""
    order, token = orders.place(context.world, with_buyer(context.caller, body))
    return answer(context, with_tickets(context.read(), order) | {"accessToken": token}, 201)


def with_buyer(key: Key, body: NewOrder) -> NewOrder:
    """Return an order with its buyer: whom the key speaks for where no guest is named. Invalid when that is nobody."""
    me = buyers.me(key)
    email = body["guestEmail"] or me["email"]
    if not email:
        raise Invalid("guestEmail is needed.", details=[("guestEmail", "is needed: the key is no buyer's")])
    return {**body, "guestEmail": email, "guestName": body["guestName"] or (me["name"] if me["email"] else email)}


def with_tickets(read: Read, order: Record) -> Record:
    """Return an order with its tickets."""
    return order | {"tickets": of_order(read, order["id"])}


@operation(query=TokenQuery, answer=Answer[OrderWithTickets], scope=READER, refuses=READ)
def get_order(context: GuestContext, query: TokenQuery, id: str) -> flask.Response:
    """Get an order, with a key or with the order's own token."""
    read = context.read()
    return answer(context, with_tickets(read, orders.readable(read, id, token_of(context))))


@operation(query=TokenQuery, body=Create(Payment), answer=Answer[Payment], status=201, scope=PAYER, refuses=WRITE)
def pay_order(context: GuestContext, query: TokenQuery, body: Record, id: str) -> flask.Response:
    """Begin to pay an order with a provider; verifying settles it."""
    return answer(context, payments.pay(context.world, id, token_of(context), body), 201)


@operation(query=TokenQuery, answer=Answer[OrderWithTickets], scope=PAYER, refuses=WRITE)
def cancel_order(context: GuestContext, query: TokenQuery, id: str) -> flask.Response:
    """Cancel an order that is unpaid; its seats are free again."""
    order = payments.cancel(context.world, id, token_of(context))
    return answer(context, with_tickets(context.read(), order))


@operation(body=OrderId, answer=Answer[PaymentStatus], scope="orders:write", refuses=WRITE)
def verify_payment(context: Context, body: OrderId) -> flask.Response:
    """Verify an order's payment with its provider, and complete the order if it is paid; may be asked again and again."""
    return answer(context, payments.verify(context.world, body["orderId"]))


@operation(answer=Answer[PaymentStatus], scope="orders:read", refuses=READ)
def get_payment(context: Context, orderId: str) -> flask.Response:
    """Get how the payment of an order stands, with every attempt; changes nothing."""
    read = context.read()
    return answer(context, payments.status_of(read, get_or_404(read, ORDER, orderId)))
