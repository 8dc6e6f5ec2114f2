"""Orders and their payments."""

from __future__ import annotations

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.errors import Invalid
from mockmarket.store import Read, records
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox.callers import guest_token, needs
from mockmarket.vendors.zatabox.envelope import answer
from mockmarket.vendors.zatabox.routes.common import READ, WRITE, Row, blueprint, refuses
from mockmarket.vendors.zatabox.rules import buyers, orders, payments
from mockmarket.vendors.zatabox.rules.notices import found
from mockmarket.vendors.zatabox.schemas import orders as schemas
from mockmarket.vendors.zatabox.schemas.common import TokenQuery
from mockmarket.vendors.zatabox.wire import ORDER, TICKET

blp = blueprint("orders", "orders and payments")


def shown(read: Read, order: Record) -> Record:
    """Write an order with its tickets."""
    return order | {"tickets": records.find(read, TICKET, ("order", "=", order["id"]))}


def buyer(given: Row) -> Row:
    """Return an order with its buyer: whom the key speaks for where no guest is named. Invalid when that is nobody."""
    known = buyers.me(web.caller())
    named = given | {"guestEmail": given["guestEmail"] or known["email"]}
    if not named["guestEmail"]:
        raise Invalid("guestEmail is needed.", details=[("guestEmail", "is needed: the key is no buyer's")])
    return named | {"guestName": given["guestName"] or (known["name"] if known["email"] else named["guestEmail"])}


@blp.route("/orders")
class Orders(MethodView):
    """New orders."""

    @needs("orders:write")
    @blp.arguments(schemas.NewOrder())
    @blp.response(201, schemas.OrderOnce)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Create an order: its seats are held until it is paid, cancelled or lapses; a free one is completed at once."""
        here = web.world()
        order, token = orders.place(here, buyer(given))
        return answer(shown(here.read(), order) | {"accessToken": token}, 201)


@blp.route("/orders/<string:id>")
class OneOrder(MethodView):
    """One order."""

    @needs("orders:read", guests=True)
    @blp.arguments(TokenQuery(), location="query")
    @blp.response(200, schemas.Order)
    @refuses(blp, *READ)
    def get(self, query: Row, id: str) -> flask.Response:
        """Get an order, with a key or with the order's own token."""
        read = web.world().read()
        return answer(shown(read, orders.readable(read, id, guest_token())))


@blp.route("/orders/<string:id>/pay")
class Payment(MethodView):
    """A payment begun."""

    @needs("orders:write", guests=True)
    @blp.arguments(TokenQuery(), location="query")
    @blp.arguments(schemas.PayBody())
    @blp.response(201, schemas.Payment)
    @refuses(blp, *WRITE)
    def post(self, given: Row, query: Row, id: str) -> flask.Response:
        """Begin to pay an order with a provider; verifying settles it."""
        return answer(payments.pay(web.world(), id, guest_token(), given), 201)


@blp.route("/orders/<string:id>/cancel")
class Cancellation(MethodView):
    """An order called off."""

    @needs("orders:write", guests=True)
    @blp.arguments(TokenQuery(), location="query")
    @blp.response(200, schemas.Order)
    @refuses(blp, *WRITE)
    def post(self, query: Row, id: str) -> flask.Response:
        """Cancel an order that is unpaid; its seats are free again."""
        here = web.world()
        return answer(shown(here.read(), payments.cancel(here, id, guest_token())))


@blp.route("/payments/verify")
class Verification(MethodView):
    """A payment verified."""

    @needs("orders:write")
    @blp.arguments(schemas.VerifyBody())
    @blp.response(200, schemas.PaymentStatus)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Verify an order's payment with its provider, and complete the order if it is paid; may be asked again and again."""
        return answer(payments.verify(web.world(), given["orderId"]))


@blp.route("/payments/<string:orderId>")
class PaymentStatus(MethodView):
    """How a payment stands."""

    @needs("orders:read")
    @blp.response(200, schemas.PaymentStatus)
    @refuses(blp, *READ)
    def get(self, orderId: str) -> flask.Response:
        """Get how the payment of an order stands, with every attempt; changes nothing."""
        read = web.world().read()
        return answer(payments.status_of(read, found(read, ORDER, orderId)))
