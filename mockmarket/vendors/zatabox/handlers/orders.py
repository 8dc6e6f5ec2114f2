"""Orders, their payments, and promo codes."""

from __future__ import annotations

import flask

from mockmarket.errors import Invalid
from mockmarket.records import Create, Update
from mockmarket.store import Read, records
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Record
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
from mockmarket.vendors.zatabox.records.common import Answer, Items
from mockmarket.vendors.zatabox.records.orders import (
    NewOrder,
    NewOrderAnswer,
    OrderId,
    OrderWithTickets,
    Payment,
    PaymentStatus,
    Promo,
    PromoCheck,
    PromoPreview,
    PromoQuery,
    TokenQuery,
)
from mockmarket.vendors.zatabox.rules import buyers, orders, payments, promos
from mockmarket.vendors.zatabox.rules.notices import get_or_404
from mockmarket.vendors.zatabox.rules.tickets import of_order
from mockmarket.vendors.zatabox.wire import ORDER, PROMO

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


@operation(query=PromoQuery, answer=Answer[Items[Promo]], scope="events:read", refuses=READ)
def list_promo_codes(context: Context, query: PromoQuery) -> flask.Response:
    """List promo codes, all or those of one event."""
    where: list[Condition] = [("event", "=", query["eventId"])] if query["eventId"] else []
    return answer(context, {"items": records.find(context.read(), PROMO, *where)})


@operation(body=Create(Promo), answer=Answer[Promo], status=201, scope="events:write", refuses=WRITE)
def create_promo_code(context: Context, body: Record) -> flask.Response:
    """Create a promo code."""
    return answer(context, promos.create(context.world, body), 201)


@operation(body=Update(Promo), answer=Answer[Promo], scope="events:write", refuses=WRITE)
def update_promo_code(context: Context, body: Record, id: str) -> flask.Response:
    """Change a promo code; what is not named stays."""
    return answer(context, promos.update(context.world, id, body))


@operation(answer=Answer[Promo], scope="events:write", refuses=WRITE)
def delete_promo_code(context: Context, id: str) -> flask.Response:
    """Delete a promo code; answers it as it was."""
    return answer(context, promos.delete(context.world, id))


@operation(body=PromoCheck, answer=Answer[PromoPreview], scope="orders:read", refuses=WRITE)
def preview_promo_code(context: Context, body: PromoCheck) -> flask.Response:
    """Say what a promo code would take off a cart; nothing is used."""
    return answer(context, promos.preview(context.read(), body))
