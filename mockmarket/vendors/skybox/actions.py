"""Actions of a broker's staff on SkyBox's own pages: the same rules as the API's, without an application."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, NotRequired, TypedDict

from mockmarket import clock, vendor
from mockmarket.records import AnyNumberForm, Default, Range
from mockmarket.store import Record, records
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.types import Amount, Id, LongText, Price, Quantity
from mockmarket.vendors.skybox.rules import editing, holds, invoices, mappings, orders, purchases, reshaping
from mockmarket.vendors.skybox.rules.notifications import EXAMINED, KIND_OF, another
from mockmarket.vendors.skybox.wire import HOLD, INVENTORY, INVOICE, LINE, MAPPING, get_or_refuse, moment
from mockmarket.worlds.world import World

PriceAction = TypedDict("PriceAction", {"inventory": Id, "price": Price})


class EditAction(TypedDict):
    """The inventory, and its changes."""

    inventory: Id
    publicNotes: NotRequired[LongText | None]
    notes: NotRequired[LongText | None]
    tags: NotRequired[LongText]
    cost: NotRequired[Amount]
    broadcast: NotRequired[bool]


SplitAction = TypedDict("SplitAction", {"inventory": Id, "size": Id})
Minutes = Annotated[float, AnyNumberForm(), Default(60), Range(0.01, 1_000_000)]
HoldAction = TypedDict("HoldAction", {"inventory": Id, "quantity": Quantity, "minutes": Minutes})
RemoveAction = TypedDict("RemoveAction", {"hold": Id})
MapAction = TypedDict("MapAction", {"mapping": Id, "event": Id})
FulfillAction = TypedDict("FulfillAction", {"invoice": Id})


def at_pages(kind: records.Kind, rule: Callable[[Session, int, Record], Record]) -> Callable[[World, Record], Record]:
    """Return a function that applies a rule to the record named by the field of its kind's name, with the other fields."""

    def run(world: World, body: Record) -> Record:
        id = body[kind.name]
        with world.atomic() as tx:
            session = Session(tx, get_or_refuse(tx, kind, None, id)["accountId"], Actor("SkyBox user"))
            return rule(session, id, {name: value for name, value in body.items() if name != kind.name})

    return run


def _update_line(session: Session, id: int, fields: Record) -> Record:
    line = get_or_refuse(session.tx, LINE, session.account, id)
    rule = {"PURCHASE": purchases.update_purchase_line, "INVOICE": invoices.update_invoice_line}[line["lineType"]]
    return rule(session, line["targetId"], id, fields)


UPDATES: dict[str, Callable[[Session, int, Record], Record]] = {
    "INVENTORY": editing.update,
    "PURCHASE": partial(orders.update, "PURCHASE"),
    "INVOICE": partial(orders.update, "INVOICE"),
    "LINE": _update_line,
    "HOLD": holds.update,
}


def update(world: World, topic: str, id: str) -> Record:
    """Change the field of a topic's record that the receiver exam changes."""
    kind, name = KIND_OF[topic], EXAMINED[topic]
    value = records.get_or_404(world.read(), kind, id)[name]
    return at_pages(kind, UPDATES[topic])(world, {kind.name: int(id), name: another(value, 1)})


def _place_hold(session: Session, id: int, fields: Record) -> Record:
    ends = moment(clock.later(session.tx.now, round(fields["minutes"] * clock.MINUTE)))
    return holds.create(session, {"inventoryId": id, "quantity": fields["quantity"], "expiryDate": ends})


def _fulfill_barred(world: World, body: FulfillAction) -> str | None:
    invoice = records.get(world.read(), INVOICE, str(body["invoice"]))
    return "Its tickets were handed over already." if invoice and invoice["fulfillmentStatus"] == "COMPLETE" else None


ACTIONS = (
    vendor.Action("change_price", "broker", "Change a listing's price at SkyBox's own pages: INVENTORY UPDATED.",
           PriceAction,
           at_pages(INVENTORY, lambda session, id, fields: editing.update(session, id, {"listPrice": fields["price"]}))),
    vendor.Action("edit_listing", "broker", "Change a listing's notes, tags, cost or broadcast: INVENTORY UPDATED.",
           EditAction, at_pages(INVENTORY, editing.update)),
    vendor.Action("split_listing", "broker", "Split a listing in two: INVENTORY UPDATED and CREATED.",
           SplitAction, at_pages(INVENTORY, lambda session, id, fields: {"inventory": reshaping.split(session, id, fields["size"])})),
    vendor.Action("place_hold", "broker", "Hold tickets of a listing: HOLD CREATED, INVENTORY UPDATED.",
           HoldAction, at_pages(INVENTORY, _place_hold)),
    vendor.Action("remove_hold", "broker", "Remove a hold: HOLD DELETED, INVENTORY UPDATED.",
           RemoveAction, at_pages(HOLD, lambda session, id, fields: holds.remove(session, id))),
    vendor.Action("map_inventory", "broker", "Map stock to an event: INVENTORY UPDATED, and it is for sale everywhere.",
           MapAction, at_pages(MAPPING, mappings.assign)),
    vendor.Action("fulfill_invoice", "broker", "Fulfil an invoice: INVOICE UPDATED.",
           FulfillAction,
           at_pages(INVOICE, lambda session, id, _: orders.update("INVOICE", session, id, {"fulfillmentStatus": "COMPLETE"})),
           _fulfill_barred, "COMPLETE"),
)  # fmt: skip
