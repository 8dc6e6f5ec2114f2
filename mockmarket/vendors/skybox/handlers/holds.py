"""Holds, and those on one listing."""

from __future__ import annotations

import flask

from mockmarket.vendors.skybox.handlers import unsupported
from mockmarket.vendors.skybox.handlers.conventions import (
    WRITE,
    Body,
    Context,
    Query,
    answer,
    operation,
    page_answer,
    session,
)
from mockmarket.vendors.skybox.records import holds as shapes
from mockmarket.vendors.skybox.rules import holds, inventory, searching
from mockmarket.vendors.skybox.rules.violations import get_or_404
from mockmarket.vendors.skybox.wire.kinds import HOLD, INVENTORY


@operation(query=shapes.HoldQuery, answer=shapes.HoldPage, unsupported=unsupported.HOLDS)
def search_holds(context: Context, query: Query) -> flask.Response:
    """Search the holds that stand, other marketplaces' among them."""
    where = searching.conditions(context.caller.account, query, shapes.HoldQuery)
    where += [*searching.on_dates(context.read(), query), ("removed", "=", 0)]
    return page_answer(context, HOLD, where, query, shapes.Hold)


@operation(body=shapes.NewHold, answer=shapes.Hold, refuses=WRITE)
def create_hold(context: Context, body: Body) -> flask.Response:
    """Hold tickets of a listing until expiryDate; they are off every window until then."""
    return answer(holds.create(session(context), body))


@operation(answer=shapes.Hold)
def get_hold(context: Context, hold_id: int) -> flask.Response:
    """Get a hold; one that has ended has its removedDate."""
    return answer(get_or_404(context.read(), HOLD, context.caller.account, hold_id))


@operation(body=shapes.HoldChange, answer=shapes.Hold, refuses=WRITE)
def update_hold(context: Context, body: Body, hold_id: int) -> flask.Response:
    """Change until when, for whom and why; the seats stay."""
    return answer(holds.update(session(context), hold_id, body))


@operation(answer=shapes.Hold, refuses=WRITE)
def delete_hold(context: Context, hold_id: int) -> flask.Response:
    """Remove a hold: its tickets are for sale again, everywhere; answers the hold."""
    return answer(holds.remove(session(context), hold_id))


@operation(answer=list[shapes.Hold])
def list_inventory_holds(context: Context, inventory_id: int) -> flask.Response:
    """List the holds that stand on a listing."""
    read = context.read()
    get_or_404(read, INVENTORY, context.caller.account, inventory_id)
    return answer(inventory.active_holds(read, inventory_id))


@operation(answer=list[shapes.Hold], refuses=WRITE)
def delete_inventory_holds(context: Context, inventory_id: int) -> flask.Response:
    """Remove the account's own holds on a listing; answers them. Other marketplaces' holds stay."""
    return answer(holds.remove_all(session(context), inventory_id))
