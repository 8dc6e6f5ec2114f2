"""What a broker's people do at SkyBox's own pages: the same as through the API, by no application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NotRequired, TypedDict

from mockmarket.clock import MINUTE, later
from mockmarket.records import AnyNumberForm, Default, Range
from mockmarket.store import records
from mockmarket.store.records import Kind, Record
from mockmarket.vendor import Action
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.types import Id, LongText, Price, Quantity
from mockmarket.vendors.skybox.rules import holds, inventory, orders, reshaping
from mockmarket.vendors.skybox.rules.violations import get_or_404
from mockmarket.vendors.skybox.wire import HOLD, INVENTORY, INVOICE, moment
from mockmarket.worlds.world import World


class PriceAction(TypedDict):
    """Which inventory, and its list price from now on."""

    inventory: Id
    price: Price


class EditAction(TypedDict):
    """Which inventory, and what of it changes."""

    inventory: Id
    publicNotes: NotRequired[LongText | None]
    notes: NotRequired[LongText | None]
    tags: NotRequired[LongText]
    cost: NotRequired[Price]
    broadcast: NotRequired[bool]


class SplitAction(TypedDict):
    """Which inventory, and how many tickets its first part has."""

    inventory: Id
    size: Id


class HoldAction(TypedDict):
    """Which inventory, how many of its tickets, and for how many minutes."""

    inventory: Id
    quantity: Quantity
    minutes: Annotated[float, AnyNumberForm(), Default(60), Range(0.01, 1_000_000)]


class RemoveAction(TypedDict):
    """Which hold."""

    hold: Id


class FulfillAction(TypedDict):
    """Which invoice."""

    invoice: Id


@contextmanager
def session(world: World, kind: Kind, id: int) -> Iterator[Session]:
    """Open what people write in who do something to a record; NotFound when there is none."""
    with world.atomic() as tx:
        yield Session(tx, get_or_404(tx, kind, None, id)["accountId"], Actor("SkyBox user"))


def change_price(world: World, body: PriceAction) -> Record:
    """Change a listing's price."""
    with session(world, INVENTORY, body["inventory"]) as opened:
        return inventory.update(opened, body["inventory"], {"listPrice": body["price"]})


def edit_listing(world: World, body: EditAction) -> Record:
    """Change what else a listing says."""
    changes = {name: value for name, value in body.items() if name != "inventory"}
    with session(world, INVENTORY, body["inventory"]) as opened:
        return inventory.update(opened, body["inventory"], changes)


def split_listing(world: World, body: SplitAction) -> Record:
    """Split a listing in two."""
    with session(world, INVENTORY, body["inventory"]) as opened:
        return {"inventory": reshaping.split(opened, body["inventory"], body["size"])}


def place_hold(world: World, body: HoldAction) -> Record:
    """Hold tickets of a listing."""
    ends = moment(later(world.clock.now(), round(body["minutes"] * MINUTE)))
    hold = {"inventoryId": body["inventory"], "quantity": body["quantity"], "expiryDate": ends}
    with session(world, INVENTORY, body["inventory"]) as opened:
        return holds.create(opened, hold)


def remove_hold(world: World, body: RemoveAction) -> Record:
    """Remove a hold."""
    with session(world, HOLD, body["hold"]) as opened:
        return holds.remove(opened, body["hold"])


def fulfill_invoice(world: World, body: FulfillAction) -> Record:
    """Hand an invoice's tickets over."""
    with session(world, INVOICE, body["invoice"]) as opened:
        return orders.update("INVOICE", opened, body["invoice"], {"fulfillmentStatus": "COMPLETE"})


def fulfill_barred(world: World, body: FulfillAction) -> str | None:
    """Say why an invoice's tickets cannot be handed over now, or None."""
    invoice = records.get(world.read(), INVOICE, str(body["invoice"]))
    return "Its tickets were handed over already." if invoice and invoice["fulfillmentStatus"] == "COMPLETE" else None


ACTIONS = (
    Action("change_price", "broker", "Change a listing's price at SkyBox's own pages: INVENTORY UPDATED.",
           PriceAction, change_price),
    Action("edit_listing", "broker", "Change a listing's notes, tags, cost or broadcast: INVENTORY UPDATED.",
           EditAction, edit_listing),
    Action("split_listing", "broker", "Split a listing in two: INVENTORY UPDATED and CREATED.", SplitAction, split_listing),
    Action("place_hold", "broker", "Hold tickets of a listing: HOLD CREATED, INVENTORY UPDATED.", HoldAction, place_hold),
    Action("remove_hold", "broker", "Remove a hold: HOLD DELETED, INVENTORY UPDATED.", RemoveAction, remove_hold),
    Action("fulfill_invoice", "broker", "Hand an invoice's tickets over: INVOICE UPDATED.",
           FulfillAction, fulfill_invoice, fulfill_barred),
)  # fmt: skip
