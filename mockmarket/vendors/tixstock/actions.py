"""Actions of brokers at Tixstock for which the resellers' API has no call: the buttons of their own pages."""

from copy import deepcopy
from dataclasses import replace
from functools import partial

from mockmarket import errors, stock, vendor
from mockmarket.rules import lifecycle
from mockmarket.store import Read, Record, Tx, events, records
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records import notices, orders as shapes
from mockmarket.vendors.tixstock.records.values import MULTIPLES
from mockmarket.vendors.tixstock.rules import orders, resellers, stock_sync
from mockmarket.worlds.world import World

_get_or_404 = partial(records.get_or_404, message="There is no {kind} {id!r}.")


def _tracking_barred(world: World, body: shapes.TrackingAction) -> str | None:
    status = orders.by_id(world.read(), body["order"])["status"]
    return f"It is {status}, which is final." if status in orders.FINAL else None


def _get_broker(read: Read, id: str | None) -> Record:
    return (None if id else records.first(read, wire.BROKER)) or _get_or_404(read, wire.BROKER, str(id))


def authenticate(world: World, body: shapes.AuthenticateAction) -> Record:
    """Sign a broker in at a reseller: broker.authenticate to it alone; its answer creates the link."""
    with world.atomic() as tx:
        broker, sellers = _get_broker(tx, body["broker"]), resellers.known(tx)
        unknown = f"There is no reseller {body['reseller']!r}; there are {', '.join(sellers) or 'none'}."
        seller = resellers.required(sellers.get(body["reseller"]), unknown)
        own_id = resellers.broker_id(tx, seller, broker["id"]) or broker["id"]
        resellers.connect(tx, seller.id, broker["id"], own_id, connected=False)
        data = resellers.credentials(broker, body.get("username") or broker["username"], body["password"])
        resellers.notify_seller(tx, "broker.authenticate", broker["id"], seller, data)
    return broker


def set_open(world: World, body: shapes.BrokerAction, is_open: bool) -> Record:
    """Open or close a broker's account, and notify every reseller linked to it."""
    with world.atomic() as tx:
        broker = _get_broker(tx, body["broker"])
        if broker["open"] == is_open:
            raise errors.Conflict(f"The account of broker {broker['id']} is {'open' if is_open else 'closed'} already.")
        broker["open"] = is_open
        records.update(tx, wire.BROKER, broker)

        def data_for(seller: resellers.Reseller) -> notices.OwnBroker | None:
            own_id = None if seller.is_partner else resellers.broker_id(tx, seller, broker["id"])
            return None if own_id is None else {"broker_id": own_id}

        resellers.notify(tx, "broker.open" if is_open else "broker.closed", broker["id"], data_for)
        for seller in resellers.known(tx).values() if is_open else ():
            resellers.notify_missed(tx, seller)
    return broker


def add_listing(world: World, body: shapes.BrokerListing) -> Record:
    """Publish a broker's new listing to every reseller of its event: ticket.add."""
    with world.atomic() as tx:
        broker = _get_broker(tx, body.get("broker"))
        _check_open(tx, broker["id"], body["event"])
        general, section = body["general_admission"], body["section"]
        kind, row, first = ("general", "GA", None) if general else ("seated", body["row"], body["first_seat"])
        sale = body["quantity"], round(body["price"] * 100), body["currency"]
        split = wire.split_rule(body["split_type"], body["split_quantity"])
        data = {"ticket_type": body["type"], "category": body.get("category") or section}
        seats = stock.Stock(f"tx-{tx.ids.text(10)}", body["event"], kind, section, row, first, *sale, split, data=data)
        listing = stock_sync.new_listing(tx, seats, broker["id"])
        stock.put_on_sale(tx, seats, wire.NAME, listing["id"])
    return listing


def _check_open(tx: Tx, broker: str, event: str) -> None:
    """Raise NotFound for an unknown event, and Conflict for a closed account and for an event that is over or cancelled."""
    account = records.get(tx, wire.BROKER, broker)
    if account and not account["open"]:
        raise errors.Conflict(f"The account of broker {broker} is closed.")
    _get_or_404(tx, wire.EVENT, event)
    if not resellers.is_coming(tx, event):
        raise errors.Conflict(f"Event {event} is over or cancelled; nothing of it goes on sale.")


def update_event(world: World, body: shapes.EventUpdate) -> Record:
    """Change an event's name or status for the exchange: event.update, or event.cancel and a cancellation at every vendor."""
    with world.atomic() as tx:
        show = resellers.required(events.get(tx, body["event"]), f"There is no event {body['event']!r}.")
        event = _get_or_404(tx, wire.EVENT, show.id)
        status, name = body.get("status", event["status"]), body.get("name", show.name)
        if show.status == "cancelled":
            raise errors.Conflict(f"Event {show.id} is cancelled, which is final.")
        if status == "Cancelled":
            events.cancel(tx, replace(show, name=name))
            return _get_or_404(tx, wire.EVENT, show.id)
        records.update(tx, wire.EVENT, event | {"status": status})
        if name != show.name:
            events.revise(tx, show, replace(show, name=name))
        elif status != event["status"]:
            resellers.notify_of_event(tx, "event.update", event | {"status": status})
        return _get_or_404(tx, wire.EVENT, show.id)


def disconnect(world: World, body: shapes.DisconnectAction) -> Record:
    """Remove the link between a broker's account and a reseller's; no notice of the vendor's tells of it."""
    with world.atomic() as tx:
        broker, sellers = _get_broker(tx, body["broker"]), resellers.known(tx)
        seller = resellers.required(sellers.get(body["reseller"]), f"There is no reseller {body['reseller']!r}.")
        own_id = resellers.broker_id(tx, seller, broker["id"])
        if own_id is None:
            raise errors.Conflict(f"Broker {broker['id']} is not connected to {seller.id}.")
        resellers.connect(tx, seller.id, broker["id"], own_id, connected=False)
    return broker


def update_listing(world: World, body: shapes.ListingUpdate) -> Record:
    """Change a listing for its broker: ticket.update, unless nothing of it changes."""
    with world.atomic() as tx:
        before = _get_or_404(tx, wire.LISTING, body["listing"])
        seats = stock_sync.stock_of(tx, before["id"])
        _check_open(tx, before["broker_id"], seats.event)
        listing = deepcopy(before)
        if "type" in body:
            listing["ticket"]["type"] = body["type"]
            listing["delivery"] = wire.delivery(body["type"])
        if "restrictions" in body:
            listing["restrictions_benefits"]["options"] = body["restrictions"]
        if listing != before:
            records.update(tx, wire.LISTING, listing)
        price = round(body["price"] * 100) if "price" in body else None
        total = seats.held + seats.sold + body["quantity"] if "quantity" in body else None
        change = partial(stock.alter, tx, seats.id, wire.NAME, stock_sync.BY_BROKER, price, _split(body), total)
        if change(body.get("first_seat")).stock == seats and listing != before:
            resellers.notify_of_listing(tx, "ticket.update", listing)
        return _get_or_404(tx, wire.LISTING, listing["id"])


def _split(body: shapes.ListingUpdate) -> str | None:
    """Return the rule of a new split type; Invalid for multiples without a quantity, or a quantity without multiples."""
    if "split_type" not in body and "split_quantity" not in body:
        return None
    type, size = body.get("split_type", MULTIPLES), body.get("split_quantity", 0)
    if (type == MULTIPLES) != (size > 0):
        sentence = f"Must be above 0 for {MULTIPLES}, else 0."
        raise errors.Invalid(f"split_quantity: {sentence}", details=[("split_quantity", sentence)])
    return wire.split_rule(type, size)


def delete_listing(world: World, body: shapes.ListingAction) -> Record:
    """Delete a broker's listing: ticket.delete to every reseller that has it; its remaining seats go off sale everywhere."""
    with world.atomic() as tx:
        listing = _get_or_404(tx, wire.LISTING, body["listing"])
        stock_sync.withdraw(tx, listing)
    return listing


ACTIONS = (
    vendor.Action("set_status", "broker", "Change an order's status: order.update.",
           shapes.StatusAction, orders.broker_update, lambda world, body: lifecycle.problem(
               orders.FLOW, orders.by_id(world.read(), body["order"])["status"], body["status"])),
    vendor.Action("set_tracking", "broker", "Give an order a shipping tracking id: order.update.",
           shapes.TrackingAction, orders.broker_update, _tracking_barred),
    vendor.Action("fulfil", "broker", "Upload an order's tickets, each a PDF: a fulfilment notice for each ticket.",
           shapes.FulfilAction, orders.fulfil,
           lambda world, body: orders.not_ready(world.read(), orders.by_id(world.read(), body["order"]))),
    vendor.Action("add_listing", "broker", "Publish a new listing: ticket.add to every reseller of the event.",
           shapes.BrokerListing, add_listing),
    vendor.Action("update_listing", "broker", "Change a listing's price, seats, split, ticket type or restrictions: ticket.update.",
           shapes.ListingUpdate, update_listing),
    vendor.Action("delete_listing", "broker", "Delete a listing: ticket.delete; its unsold tickets go off sale at every vendor.",
           shapes.ListingAction, delete_listing),
    vendor.Action("update_event", "exchange", "Change an event's name or status: event.update; Cancelled cancels it everywhere.",
           shapes.EventUpdate, update_event),
    vendor.Action("disconnect", "broker", "Remove the link between a broker's account and a reseller's.",
           shapes.DisconnectAction, disconnect),
    vendor.Action("authenticate", "broker", "Connect a broker's account to a reseller: broker.authenticate; the answer creates the link.",
           shapes.AuthenticateAction, authenticate),
    vendor.Action("open_account", "exchange", "Open a broker's account: broker.open.",
           shapes.BrokerAction, partial(set_open, is_open=True)),
    vendor.Action("close_account", "exchange", "Close a broker's account: broker.closed; it can publish and sell nothing.",
           shapes.BrokerAction, partial(set_open, is_open=False)),
)  # fmt: skip
