"""Inventory: found, changed, split and merged; what was sold and bought; the delta."""

from __future__ import annotations

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.clock import iso_s
from mockmarket.store import Read, records
from mockmarket.vendors.skybox.callers import caller, needs_caller
from mockmarket.vendors.skybox.listing import answer, arranged, page_of, rows_answer, sliced, unpacked
from mockmarket.vendors.skybox.listing import offset_of as offset
from mockmarket.vendors.skybox.routes.common import (
    READ,
    WRITE,
    Row,
    blueprint,
    refuses,
    several,
    taking,
    whole_number,
)
from mockmarket.vendors.skybox.rules import holds, inventory, reshaping, searching, tickets
from mockmarket.vendors.skybox.schemas import inventory as schemas
from mockmarket.vendors.skybox.schemas import listings as answers
from mockmarket.vendors.skybox.schemas import sales
from mockmarket.vendors.skybox.wire.kinds import INVENTORY, PRICE

blp = blueprint("inventory", "listings, their tickets, splits, merges and deltas")

PRICES = schemas.PriceBody(many=True)
NEW_IDS = {"type": "array", "items": {"type": "integer"}}


def reading() -> Read:
    """Return a view of the request's world."""
    return web.world().read()


@blp.route("/inventory")
class Inventory(MethodView):
    """All inventory."""

    @needs_caller
    @blp.arguments(schemas.InventoryQuery(), location="query")
    @blp.response(200, answers.InventoryPage)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """Search inventory; what is sold out only when its status, ticketStatus or inventoryId is asked for."""
        read = reading()
        where = searching.inventory_conditions(read, caller().account, query)
        rows, count = page_of(read, INVENTORY, where, query, schemas.ORDER)
        return rows_answer(searching.summaries(read, unpacked(rows), query["includeTickets"]), count)

    @needs_caller
    @taking(blp, schemas.PriceBody(many=True), "A list of ids, each with its new listPrice, broadcast or both.")
    @blp.response(200, answers.InventorySchema(many=True))
    @refuses(blp, *WRITE)
    def put(self) -> flask.Response:
        """Change prices and broadcasts of several listings, all or none."""
        who = caller()
        return answer(inventory.update_prices(web.world(), who.account, several(PRICES), who.by))


@blp.route("/inventory/bulk-update")
class BulkUpdate(MethodView):
    """Several listings in one way."""

    @needs_caller
    @blp.arguments(schemas.BulkBody())
    @blp.response(200)
    @refuses(blp, *WRITE)
    def put(self, given: Row) -> flask.Response:
        """Change several listings in one way, all or none; the answer has no body."""
        who = caller()
        inventory.update_many(web.world(), who.account, given, who.by)
        return flask.Response(status=200)


@blp.route("/inventory/<int:inventory_id>")
class OneInventory(MethodView):
    """One listing."""

    @needs_caller
    @blp.response(200, answers.InventoryWithTickets)
    @refuses(blp, *READ)
    def get(self, inventory_id: int) -> flask.Response:
        """Get a listing with the tickets that are left in it."""
        read = reading()
        there = inventory.found(read, caller().account, inventory_id)
        return answer(there | {"tickets": tickets.pool(read, inventory_id)})

    @needs_caller
    @blp.arguments(schemas.InventoryBody())
    @blp.response(200, answers.InventorySchema)
    @refuses(blp, *WRITE)
    def put(self, given: Row, inventory_id: int) -> flask.Response:
        """Change a listing; what is not named stays. Price and split type change in every other window too."""
        who = caller()
        return answer(inventory.update(web.world(), who.account, inventory_id, given, who.by))


@blp.route("/inventory/<int:inventory_id>/split")
class Split(MethodView):
    """A listing in two."""

    @needs_caller
    @taking(blp, {"type": "integer"}, "How many tickets the first part has.")
    @blp.response(200, NEW_IDS)
    @refuses(blp, *WRITE)
    def put(self, inventory_id: int) -> flask.Response:
        """Split a listing; answers the ids of the new ones."""
        who = caller()
        return answer(reshaping.split(web.world(), who.account, inventory_id, whole_number(), who.by))


@blp.route("/inventory/<int:inventory_id>/split-to-consecutive")
class SplitToConsecutive(MethodView):
    """A listing in runs of seats side by side."""

    @needs_caller
    @blp.response(200, NEW_IDS)
    @refuses(blp, *WRITE)
    def put(self, inventory_id: int) -> flask.Response:
        """Split a listing into runs of seats side by side; answers the ids of the new ones."""
        who = caller()
        return answer(reshaping.split_to_consecutive(web.world(), who.account, inventory_id, who.by))


@blp.route("/inventory/merge")
class Merge(MethodView):
    """Several listings in one."""

    @needs_caller
    @blp.arguments(schemas.MergeBody())
    @blp.response(200, answers.InventorySchema)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Merge listings of one row whose free seats stand side by side; answers the new one."""
        who = caller()
        return answer(reshaping.merge(web.world(), who.account, given, who.by))


@blp.route("/inventory/bulk-merge")
class BulkMerge(MethodView):
    """Whatever can be one."""

    @needs_caller
    @blp.arguments(schemas.MergeBody())
    @blp.response(200, answers.InventorySchema(many=True))
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Merge those of the listings that can be one, row by row; answers the new ones."""
        who = caller()
        return answer(reshaping.merge_all(web.world(), who.account, given, who.by))


@blp.route("/inventory/<int:inventory_id>/price-history")
class PriceHistory(MethodView):
    """A listing's prices."""

    @needs_caller
    @blp.response(200, answers.PriceEntry(many=True))
    @refuses(blp, *READ)
    def get(self, inventory_id: int) -> flask.Response:
        """List every list price that a listing has had, oldest first."""
        read = reading()
        inventory.found(read, caller().account, inventory_id)
        return answer(records.find(read, PRICE, ("inventory", "=", inventory_id), order=[("number", "asc")]))


@blp.route("/inventory/<int:inventory_id>/hold")
class InventoryHold(MethodView):
    """The holds on a listing."""

    @needs_caller
    @blp.response(200, answers.HoldSchema(many=True))
    @refuses(blp, *READ)
    def get(self, inventory_id: int) -> flask.Response:
        """List the holds that stand on a listing."""
        read = reading()
        inventory.found(read, caller().account, inventory_id)
        return answer(inventory.active_holds(read, inventory_id))

    @needs_caller
    @blp.response(200, answers.HoldSchema(many=True))
    @refuses(blp, *WRITE)
    def delete(self, inventory_id: int) -> flask.Response:
        """Remove the account's own holds on a listing; answers them. Other marketplaces' holds stay."""
        who = caller()
        return answer(holds.remove_all(web.world(), who.account, inventory_id, who.by))


@blp.route("/inventory/sold")
class Sold(MethodView):
    """What was sold."""

    @needs_caller
    @blp.arguments(schemas.SoldQuery(), location="query")
    @blp.response(200, answers.SoldPage)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List what was sold, a row for each line of an invoice, newest first, with the totals of all of them."""
        rows = arranged(searching.sold(reading(), caller().account, query), query)
        part = rows[offset(query) : offset(query) + query["limit"]]
        return rows_answer(part, len(rows), soldInventoryTotals=searching.totals(rows))


@blp.route("/inventory/purchased")
class Purchased(MethodView):
    """What was bought."""

    @needs_caller
    @blp.arguments(schemas.PurchasedQuery(), location="query")
    @blp.response(200, sales.PurchasedPage)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List what was bought, a row for each line of a purchase, newest first."""
        return sliced(arranged(searching.purchased(reading(), caller().account, query), query), query)


@blp.route("/inventory/export")
class Export(MethodView):
    """All listings at once."""

    @needs_caller
    @blp.arguments(schemas.InventoryQuery(), location="query")
    @blp.response(200, answers.InventorySummary(many=True))
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List all inventory that a search would find, in one plain list without pages."""
        read = reading()
        where = searching.inventory_conditions(read, caller().account, query)
        rows = records.find(read, INVENTORY, *where, order=[("number", "asc")])
        return answer(searching.summaries(read, rows, query["includeTickets"]))


@blp.route("/inventory/export/delta")
class ExportDelta(MethodView):
    """All listings that have changed."""

    @needs_caller
    @blp.arguments(schemas.ExportDeltaQuery(), location="query")
    @blp.response(200, answers.InventorySummary(many=True))
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List all inventory that was created, changed or used up in a span, as it is now."""
        read = reading()
        until = query["endTime"] or iso_s(read.now + 1000)
        ids = searching.delta(read, caller().account, query["startTime"], until, query["ticketStatus"])
        rows = records.find(read, INVENTORY, ("number", "in", ids), order=[("number", "asc")])
        return answer(searching.summaries(read, rows, False))


@blp.route("/inventory/delta")
class Delta(MethodView):
    """Which listings have changed."""

    @needs_caller
    @blp.arguments(schemas.DeltaQuery(), location="query")
    @blp.response(200, NEW_IDS)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """List the ids of inventory that was created, changed or used up from startTime to endTime, whoever did it."""
        read, account = reading(), caller().account
        return answer(searching.delta(read, account, query["startTime"], query["endTime"], query["ticketStatus"]))
