"""What a broker's people do at SkyBox's own pages: the same as through the API, by no application."""

from __future__ import annotations

from typing import Any

from mockmarket.clock import MINUTE
from mockmarket.errors import NotFound
from mockmarket.store import Read, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendor import Action
from mockmarket.vendors.skybox.callers import Actor
from mockmarket.vendors.skybox.rules import holds, inventory, invoices, reshaping
from mockmarket.vendors.skybox.schemas import actions as schemas
from mockmarket.vendors.skybox.wire import formats
from mockmarket.vendors.skybox.wire.kinds import HOLD, INVENTORY, INVOICE
from mockmarket.worlds.world import World

DESK = Actor("SkyBox user")


def account_of(read: Read, kind: Kind, id: int) -> int:
    """Return whose a record is; NotFound when there is none."""
    record = records.get(read, kind, str(id))
    if record is None:
        raise NotFound(f"There is no {kind.name} {id}.")
    return int(record["accountId"])


def change_price(world: World, given: dict[str, Any]) -> Record:
    """Change a listing's price."""
    account = account_of(world.read(), INVENTORY, given["inventory"])
    return inventory.update(world, account, given["inventory"], {"listPrice": given["price"]}, DESK)


def edit_listing(world: World, given: dict[str, Any]) -> Record:
    """Change what else a listing says."""
    account = account_of(world.read(), INVENTORY, given["inventory"])
    changes = {name: value for name, value in given.items() if name != "inventory"}
    return inventory.update(world, account, given["inventory"], changes, DESK)


def split_listing(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Split a listing in two."""
    account = account_of(world.read(), INVENTORY, given["inventory"])
    return {"inventory": reshaping.split(world, account, given["inventory"], given["size"], DESK)}


def place_hold(world: World, given: dict[str, Any]) -> Record:
    """Hold tickets of a listing."""
    account = account_of(world.read(), INVENTORY, given["inventory"])
    ends = formats.moment(world.clock.now() + round(given["minutes"] * MINUTE))
    asked = {"inventoryId": given["inventory"], "quantity": given["quantity"], "expiryDate": ends}
    return holds.create(world, account, asked, DESK)


def remove_hold(world: World, given: dict[str, Any]) -> Record:
    """Remove a hold."""
    return holds.remove(world, account_of(world.read(), HOLD, given["hold"]), given["hold"], DESK)


def fulfill_invoice(world: World, given: dict[str, Any]) -> Record:
    """Hand an invoice's tickets over."""
    account = account_of(world.read(), INVOICE, given["invoice"])
    return invoices.update(world, account, given["invoice"], {"fulfillmentStatus": "COMPLETE"}, DESK)


def fulfill_barred(world: World, given: dict[str, Any]) -> str | None:
    """Say why an invoice's tickets cannot be handed over now, or None."""
    invoice = records.get(world.read(), INVOICE, str(given["invoice"]))
    return "Its tickets were handed over already." if invoice and invoice["fulfillmentStatus"] == "COMPLETE" else None


ACTIONS = (
    Action("change_price", "broker", "Change a listing's price at SkyBox's own pages: INVENTORY UPDATED.",
           schemas.PriceAction(), change_price),
    Action("edit_listing", "broker", "Change a listing's notes, tags, cost or broadcast: INVENTORY UPDATED.",
           schemas.EditAction(), edit_listing),
    Action("split_listing", "broker", "Split a listing in two: INVENTORY UPDATED and CREATED.",
           schemas.SplitAction(), split_listing),
    Action("place_hold", "broker", "Hold tickets of a listing: HOLD CREATED, INVENTORY UPDATED.",
           schemas.HoldAction(), place_hold),
    Action("remove_hold", "broker", "Remove a hold: HOLD DELETED, INVENTORY UPDATED.", schemas.RemoveAction(), remove_hold),
    Action("fulfill_invoice", "broker", "Hand an invoice's tickets over: INVOICE UPDATED.",
           schemas.FulfillAction(), fulfill_invoice, fulfill_barred),
)  # fmt: skip
