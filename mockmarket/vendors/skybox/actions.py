"""What a broker's people do at SkyBox's own pages: the same as through the API, by no application."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from mockmarket.clock import MINUTE
from mockmarket.errors import NotFound
from mockmarket.records import AnyNumberForm, Default, Range
from mockmarket.store import Read, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendor import Action
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.records.types import Id, LongText, Price, Quantity
from mockmarket.vendors.skybox.rules import holds, inventory, invoices, reshaping
from mockmarket.vendors.skybox.wire import formats
from mockmarket.vendors.skybox.wire.kinds import HOLD, INVENTORY, INVOICE
from mockmarket.worlds.world import World

DESK = Actor("SkyBox user")


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


def account_of(read: Read, kind: Kind, id: int) -> int:
    """Return whose a record is; NotFound when there is none."""
    record = records.get(read, kind, str(id))
    if record is None:
        raise NotFound(f"There is no {kind.name} {id}.")
    return int(record["accountId"])


def change_price(world: World, body: PriceAction) -> Record:
    """Change a listing's price."""
    account = account_of(world.read(), INVENTORY, body["inventory"])
    return inventory.update(world, account, body["inventory"], {"listPrice": body["price"]}, DESK)


def edit_listing(world: World, body: EditAction) -> Record:
    """Change what else a listing says."""
    account = account_of(world.read(), INVENTORY, body["inventory"])
    changes = {name: value for name, value in body.items() if name != "inventory"}
    return inventory.update(world, account, body["inventory"], changes, DESK)


def split_listing(world: World, body: SplitAction) -> Record:
    """Split a listing in two."""
    account = account_of(world.read(), INVENTORY, body["inventory"])
    return {"inventory": reshaping.split(world, account, body["inventory"], body["size"], DESK)}


def place_hold(world: World, body: HoldAction) -> Record:
    """Hold tickets of a listing."""
    account = account_of(world.read(), INVENTORY, body["inventory"])
    ends = formats.moment(world.clock.now() + round(body["minutes"] * MINUTE))
    hold = {"inventoryId": body["inventory"], "quantity": body["quantity"], "expiryDate": ends}
    return holds.create(world, account, hold, DESK)


def remove_hold(world: World, body: RemoveAction) -> Record:
    """Remove a hold."""
    return holds.remove(world, account_of(world.read(), HOLD, body["hold"]), body["hold"], DESK)


def fulfill_invoice(world: World, body: FulfillAction) -> Record:
    """Hand an invoice's tickets over."""
    account = account_of(world.read(), INVOICE, body["invoice"])
    return invoices.update(world, account, body["invoice"], {"fulfillmentStatus": "COMPLETE"}, DESK)


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
