"""Purchases: what a broker has bought, and the inventory that comes of it."""

from __future__ import annotations

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.store import Read
from mockmarket.vendors.skybox.callers import caller, needs_caller
from mockmarket.vendors.skybox.listing import answer, page_of, rows_answer, unpacked
from mockmarket.vendors.skybox.routes.common import READ, WRITE, Row, blueprint, refuses, several, taking
from mockmarket.vendors.skybox.rules import lines, purchases, searching, tickets
from mockmarket.vendors.skybox.schemas import inventory as goods
from mockmarket.vendors.skybox.schemas import listings, sales
from mockmarket.vendors.skybox.schemas import orders as schemas
from mockmarket.vendors.skybox.wire.kinds import PURCHASE

blp = blueprint("purchases", "purchases, their lines and the inventory they bring")
TYPE = purchases.TYPE
GOODS = goods.NewInventory(many=True)
LINES = schemas.PurchaseLineBody(many=True)


def reading() -> Read:
    """Return a view of the request's world."""
    return web.world().read()


@blp.route("/purchases")
class Purchases(MethodView):
    """All purchases."""

    @needs_caller
    @blp.arguments(schemas.PurchaseQuery(), location="query")
    @blp.response(200, sales.PurchasePage)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """Search purchases."""
        read, account = reading(), caller().account
        where = searching.conditions(account, query, searching.PURCHASE_FILTERS)
        where += [searching.of_event(read, account, TYPE, query["eventId"])] if query["eventId"] else []
        rows, count = page_of(read, PURCHASE, where, query, schemas.ORDER)
        return rows_answer([lines.whole(read, TYPE, one) for one in unpacked(rows)], count)

    @needs_caller
    @blp.arguments(schemas.NewPurchase())
    @blp.response(200, sales.PurchaseSchema)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Buy: a line with `inventory` brings a listing that is on sale at once, any other is generic."""
        who = caller()
        return answer(purchases.create(web.world(), who.account, given, who.by))


@blp.route("/purchases/<int:purchase_id>")
class OnePurchase(MethodView):
    """One purchase."""

    @needs_caller
    @blp.response(200, sales.PurchaseSchema)
    @refuses(blp, *READ)
    def get(self, purchase_id: int) -> flask.Response:
        """Get a purchase with its lines."""
        read = reading()
        return answer(lines.whole(read, TYPE, purchases.found(read, caller().account, purchase_id)))

    @needs_caller
    @blp.arguments(schemas.PurchaseBody())
    @blp.response(200, sales.PurchaseSchema)
    @refuses(blp, *WRITE)
    def put(self, given: Row, purchase_id: int) -> flask.Response:
        """Change a purchase's head; what is not named stays."""
        who = caller()
        return answer(purchases.update(web.world(), who.account, purchase_id, given, who.by))


@blp.route("/purchases/<int:purchase_id>/inventory")
class PurchaseInventory(MethodView):
    """More inventory of a purchase."""

    @needs_caller
    @taking(blp, goods.NewInventory(many=True), "A list of listings; one alone may stand without the list.")
    @blp.response(200, listings.InventorySchema(many=True))
    @refuses(blp, *WRITE)
    def post(self, purchase_id: int) -> flask.Response:
        """Add inventory, a line for each listing; answers the listings."""
        who = caller()
        given = several(GOODS)
        return answer(purchases.add_inventory(web.world(), who.account, purchase_id, given, who.by))


@blp.route("/purchases/<int:purchase_id>/lines")
class PurchaseLines(MethodView):
    """The lines of a purchase."""

    @needs_caller
    @blp.response(200, sales.LineSchema(many=True))
    @refuses(blp, *READ)
    def get(self, purchase_id: int) -> flask.Response:
        """List the lines of a purchase, cancelled ones among them."""
        read = reading()
        purchases.found(read, caller().account, purchase_id)
        return answer([lines.shown(read, one) for one in lines.all_of(read, TYPE, purchase_id)])

    @needs_caller
    @taking(blp, schemas.PurchaseLineBody(many=True), "A list of lines; one alone may stand without the list.")
    @blp.response(200, sales.LineSchema(many=True))
    @refuses(blp, *WRITE)
    def post(self, purchase_id: int) -> flask.Response:
        """Add lines to a purchase; answers them."""
        who = caller()
        given = several(LINES)
        return answer(purchases.add_more(web.world(), who.account, purchase_id, given, who.by))


@blp.route("/purchases/<int:purchase_id>/lines/<int:line_id>")
class OnePurchaseLine(MethodView):
    """One line of a purchase."""

    @needs_caller
    @blp.response(200, sales.LineSchema)
    @refuses(blp, *READ)
    def get(self, purchase_id: int, line_id: int) -> flask.Response:
        """Get a line of a purchase."""
        read = reading()
        purchases.found(read, caller().account, purchase_id)
        return answer(lines.shown(read, lines.of(read, TYPE, purchase_id, line_id)))

    @needs_caller
    @blp.arguments(schemas.LineChange())
    @blp.response(200, sales.LineSchema)
    @refuses(blp, *WRITE)
    def put(self, given: Row, purchase_id: int, line_id: int) -> flask.Response:
        """Change a line's amount and description."""
        who = caller()
        return answer(purchases.update_line(web.world(), who.account, purchase_id, line_id, given, who.by))


@blp.route("/purchases/<int:purchase_id>/lines/<int:line_id>/cancel")
class CancelPurchaseLine(MethodView):
    """The end of a line."""

    @needs_caller
    @blp.response(200, sales.LineSchema)
    @refuses(blp, *WRITE)
    def put(self, purchase_id: int, line_id: int) -> flask.Response:
        """Cancel a line: its tickets go off sale everywhere. Refused while one of them is sold or on hold."""
        who = caller()
        return answer(purchases.cancel_line(web.world(), who.account, purchase_id, line_id, who.by))


@blp.route("/purchases/<int:purchase_id>/lines/<int:line_id>/tickets")
class PurchaseLineTickets(MethodView):
    """The tickets of a line."""

    @needs_caller
    @blp.response(200, listings.TicketSchema(many=True))
    @refuses(blp, *READ)
    def get(self, purchase_id: int, line_id: int) -> flask.Response:
        """List the tickets that came with a line and are not cancelled."""
        read = reading()
        purchases.found(read, caller().account, purchase_id)
        lines.of(read, TYPE, purchase_id, line_id)
        return answer(tickets.of_purchase_line(read, line_id))
