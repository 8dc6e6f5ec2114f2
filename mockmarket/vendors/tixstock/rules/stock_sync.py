"""How Tixstock's records follow the shared events and stock, and the resulting notices to resellers."""

from collections.abc import Sequence

from mockmarket import stock
from mockmarket.store import Read, Record, Tx, events, records, timers
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records.orders import Order
from mockmarket.vendors.tixstock.rules import orders, resellers

WITHDRAWAL = "seats_withdrawn"
BY_BROKER = "broker"  # the actor of a change made by no reseller: all are notified


def new_listing(tx: Tx, seats: stock.Stock, broker: str, origin: str = "") -> Record:
    """Store the listing of a stock row that `origin` added; no other reseller has published it yet."""
    listing: Record = dict(wire.listing(tx.ids.ulid(tx.now).lower(), seats, broker))
    show = events.get(tx, seats.event)
    records.put(tx, wire.LISTING, listing, **wire.listing_columns(seats, show.starts_at if show else 0, origin))
    for seller in resellers.known(tx).values():
        if seller.id != origin and not seller.is_partner:
            resellers.publish(tx, seller, listing["id"], external_id=None)
    return listing


def withdraw(tx: Tx, listing: Record, by: str | None = None) -> None:
    """Take a listing's remaining seats off sale at every vendor, and notify every other reseller that has it (ticket.delete)."""
    seats = records.own(tx, wire.LISTING, listing["id"])["stock"]
    resellers.notify_publishers(tx, "ticket.delete", listing, by, lambda seller, own_id: {"listing_id": own_id})
    records.delete(tx, wire.LISTING, listing["id"])
    _withdraw_seats(tx, seats)


def _withdraw_seats(tx: Tx, id: str) -> None:
    seats = stock.get(tx, id)
    stock.alter(tx, id, wire.NAME, BY_BROKER, total=seats.held + seats.sold)


def stock_changed(tx: Tx, change: stock.Change) -> None:
    """Update a listing after a change of its seats, and notify the resellers that did not make the change."""
    listing = records.first(tx, wire.LISTING, ("stock", "=", change.stock.id))
    if listing is None and change.what != "added":
        _keep_off(tx, change)
        return
    listing = in_line(tx, listing, change) if listing else new_listing(tx, change.stock, broker_of(tx, change))
    show = events.get(tx, change.stock.event) if change.what == "added" else None
    if show is not None:  # its venue details have the section once there is stock in it
        put_event(tx, show)
    _notify(tx, listing, change, actor(tx, change))


def _keep_off(tx: Tx, change: stock.Change) -> None:
    """Keep freed seats of a deleted listing off sale at every vendor."""
    if change.what in ("released", "put_back") and change.vendor == wire.NAME:
        _withdraw_seats(tx, change.stock.id)
    elif change.what in ("released", "put_back"):  # another vendor is still writing its own records of the change
        timers.set(tx, timers.Timer(wire.NAME, WITHDRAWAL, change.stock.id, tx.now))


def timer_fired(tx: Tx, timer: timers.Timer) -> None:
    """Expire a hold, or take seats of a deleted listing off sale."""
    act = _withdraw_seats if timer.name == WITHDRAWAL else orders.lapse
    act(tx, timer.record)


def _notify(tx: Tx, listing: Record, change: stock.Change, by: str | None) -> None:
    """Notify the resellers, except the one that made the change, of a change of a listing's seats; back on sale is an update
    (convention)."""
    match change.what:
        case "held":
            resellers.notify_of_hold(tx, listing, change, by)
        case "released":
            resellers.notify_of_release(tx, listing, change, by)
        case "sold":
            order = records.get(tx, wire.ORDER, change.record) if change.vendor == wire.NAME else None
            data_for = resellers.sale(tx, listing, change, wire.view(order, Order) if order else None)
            resellers.notify_publishers(tx, "ticket.sold", listing, by, data_for)
        case what:
            resellers.notify_of_listing(tx, "ticket.add" if what == "added" else "ticket.update", listing, {by})


def in_line(tx: Tx, listing: Record, change: stock.Change) -> Record:
    """Store a listing with its stock's current quantities and, after a change, price and split."""
    seats = change.stock
    listing["number_of_tickets_for_sale"] = wire.quantities(seats, listing["shown_at_most"])
    if first := stock.choose(tx, seats, 1) if seats.free else ():
        listing["seat_details"]["first_seat"] = str(first[0])
    if change.what != "changed":
        records.update(tx, wire.LISTING, listing)
        return listing
    listing["ticket"]["split_type"] = wire.split_words(seats.split)[0]
    listing["proceed_price"] = wire.price(seats.currency, seats.price)
    listing["display_price"] = wire.price(seats.currency, wire.displayed(seats.price))
    own = records.own(tx, wire.LISTING, listing["id"])
    records.put(tx, wire.LISTING, listing, **wire.listing_columns(seats, own["starts_at"], own["origin"]))
    return listing


def broker_of(tx: Tx, change: stock.Change) -> str:
    """Return the broker of new stock: that of the source listings, else any with an open account."""
    if source := records.first(tx, wire.LISTING, ("stock", "in", list(change.parts))):
        return str(source["broker_id"])
    brokers = [broker for broker in records.find(tx, wire.BROKER) if broker["open"]]
    return str(brokers[tx.ids.below(len(brokers))]["id"]) if brokers else "1"


def actor(read: Read, change: stock.Change) -> str | None:
    """Return the reseller that made the change, by its hold, order or listing; None when another vendor made it."""
    if change.vendor != wire.NAME:
        return None
    if change.what == "changed":
        return change.record
    if order := records.get(read, wire.ORDER, change.record):
        return str(order["reseller"])
    own = records.own(read, wire.HOLD, change.record) or records.own(read, wire.LISTING, change.record)
    return own.get("reseller", own.get("origin"))


def stock_of(read: Read, listing: str) -> stock.Stock:
    """Return the stock row of a listing."""
    return stock.get(read, records.own(read, wire.LISTING, listing)["stock"])


def put_event(tx: Tx, show: events.Event, seats: Sequence[stock.Stock] | None = None) -> Record:
    """Store an event, and its venue, performers and category unless stored."""
    event = wire.event(show, stock.of_event(tx, show.id) if seats is None else seats)
    records.put(tx, wire.EVENT, event, **wire.event_columns(show, event))
    if records.get(tx, wire.VENUE, show.venue.id) is None:
        records.put(tx, wire.VENUE, event["venue"], name_key=show.venue.name.casefold())
    variations = [str(variation) for variation in show.data.get("variations", ())]
    for performer in event["performers"]:
        if records.get(tx, wire.PERFORMER, performer["id"]) is None:
            record = {**performer, "variations": variations}
            records.put(tx, wire.PERFORMER, record, name_key=performer["name"].casefold())
    category, parent = wire.category_of(show.name, show.data, show.venue.data)
    for name, above in ((parent, ""), (category, parent)):
        if name and not records.first(tx, wire.CATEGORY, ("name_key", "=", name.casefold())):
            record = {"id": tx.ids.ulid(tx.now).lower(), "name": name, "parent": above}
            records.put(tx, wire.CATEGORY, record, name_key=name.casefold(), parent_key=above.casefold())
    return dict(event)


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Update an event, its listings and its orders, and notify the resellers to which it is assigned."""
    event, show = put_event(tx, change.event), change.event
    dated = ((wire.LISTING, "starts_at"), (wire.ORDER, "event_at")) if change.what == "moved" else ()
    for kind, column in dated:
        for record in records.find(tx, kind, ("event", "=", show.id)):
            records.update(tx, kind, record, **{column: show.starts_at})
    if change.what != "added":
        resellers.notify_of_event(tx, "event.cancel" if change.what == "cancelled" else "event.update", event)
