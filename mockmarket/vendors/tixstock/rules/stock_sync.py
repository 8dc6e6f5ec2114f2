"""How Tixstock's records begin with a fixture and follow the shared events and stock, and the resulting notices to resellers."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import cycle

from mockmarket import errors, stock, vendor
from mockmarket.api.schemas import schema_of
from mockmarket.rules.search import folded
from mockmarket.store import Read, Record, Tx, endpoints, events, records, timers
from mockmarket.store.alike import AlikeRecords
from mockmarket.store.margins import Margin
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records.orders import NewOrder, Order, ResellerSection, Section
from mockmarket.vendors.tixstock.rules import orders, resellers

WITHDRAWAL = "seats_withdrawn"
BY_BROKER = "broker"  # the actor of a change made by no reseller: all are notified
VIA = {"Commissionable": "Approved", "Rejected": "Pending Review", "Refunded": "Approved", "Cancelled": "Approved"}
"""The status before a final one, for orders of the fixture."""


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


def stock_changed(tx: Tx, change: stock.Change) -> Margin | None:
    """Update a listing after a change of its seats, and notify the resellers that did not make the change."""
    listing = records.first(tx, wire.LISTING, ("stock", "=", change.stock.id))
    if listing is None and change.what != "added":
        _keep_off(tx, change)
        return None
    listing = in_line(tx, listing, change) if listing else new_listing(tx, change.stock, broker_of(tx, change))
    show = events.get(tx, change.stock.event) if change.what == "added" else None
    if show is not None:  # its venue details have the section once there is stock in it
        put_event(tx, show)
    _notify(tx, listing, change, actor(tx, change))
    if endpoints.all(tx, wire.NAME):  # else no reseller is notified
        return None
    until_last = change.stock.free - 1  # without a free seat the first one stays as it was
    return Margin({(wire.NAME, wire.LISTING.name, listing["id"]): "stored"}, until_last)


def refresh(tx: Tx, id: str, _moment: int) -> None:
    """Update the listing of a stock row after changes of seats."""
    if listing := records.first(tx, wire.LISTING, ("stock", "=", id)):
        _count(tx, listing, stock.get(tx, id))
        records.update(tx, wire.LISTING, listing)


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
    """Notify the resellers, except the one that made it, of a change of a listing's seats; back on sale is an update (convention)."""
    match change.what:
        case "held":
            resellers.notify_of_hold(tx, listing, change, by)
        case "released":
            resellers.notify_of_release(tx, listing, change, by)
        case "sold":
            order = records.get(tx, wire.ORDER, change.record) if change.vendor == wire.NAME else None
            data_for = resellers.sale(tx, listing, change, wire.view(order, Order) if order else None)
            resellers.notify_publishers(tx, "ticket.sold", listing, by, data_for)
        case "put_back":
            resellers.notify_of_return(tx, listing, change, by)
        case what:
            resellers.notify_of_listing(tx, "ticket.add" if what == "added" else "ticket.update", listing, {by})


def in_line(tx: Tx, listing: Record, change: stock.Change) -> Record:
    """Store a listing with its stock's current quantities and, after a change, price and split."""
    seats = change.stock
    _count(tx, listing, seats)
    if change.what != "changed":
        records.update(tx, wire.LISTING, listing)
        return listing
    listing["ticket"]["split_type"] = wire.split_words(seats.split)[0]
    listing["proceed_price"] = wire.price(seats.currency, seats.price)
    listing["display_price"] = wire.price(seats.currency, wire.displayed(seats.price))
    own = records.own(tx, wire.LISTING, listing["id"])
    records.put(tx, wire.LISTING, listing, **wire.listing_columns(seats, own["starts_at"], own["origin"]))
    return listing


def _count(read: Read, listing: Record, seats: stock.Stock) -> None:
    listing["number_of_tickets_for_sale"] = wire.quantities(seats, listing["shown_at_most"])
    if first := stock.choose(read, seats, 1) if seats.free else ():
        listing["seat_details"]["first_seat"] = str(first[0])


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
    before = records.get(tx, wire.EVENT, show.id) if seats is None else None
    if before and show.status == "scheduled":
        event["status"] = before["status"]
    records.put(tx, wire.EVENT, event, **wire.event_columns(show, event))
    if records.get(tx, wire.VENUE, show.venue.id) is None:
        keys = {"name_key": folded(show.venue.name), "city_key": folded(event["venue"]["city"])}
        records.put(tx, wire.VENUE, event["venue"], **keys)
    variations = [str(variation) for variation in show.data.get("variations", ())]
    for performer in event["performers"]:
        if records.get(tx, wire.PERFORMER, performer["id"]) is None:
            record = {**performer, "variations": variations}
            records.put(tx, wire.PERFORMER, record, name_key=folded(performer["name"]))
    category, parent = wire.category_of(show.name, show.data, show.venue.data)
    for name, above in ((parent, ""), (category, parent)):
        if name and not records.first(tx, wire.CATEGORY, ("name_key", "=", folded(name))):
            record = {"id": tx.ids.ulid(tx.now).lower(), "name": name, "parent": above}
            records.put(tx, wire.CATEGORY, record, name_key=folded(name), parent_key=folded(above))
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


def _check_names(section: Section, events: set[str]) -> None:
    brokers = {broker["id"] for broker in section["brokers"]}
    for place, reseller in enumerate(section["resellers"]):
        unknown = {"mapped": {*reseller["mapped"]} - events, "unassigned": {*reseller["unassigned"]} - events}
        for field, names in (unknown | {"brokers": {*reseller["brokers"]} - brokers}).items():
            if names:
                where = f"vendors.{wire.NAME}.resellers.{place}.{field}"
                message = f"{where}: There is no {', '.join(sorted(names))}."
                raise errors.Invalid(message, details=[(where, "names what is not there")])


def seed(seeding: vendor.Seeding) -> None:
    """Create brokers, resellers, events, and a listing of every stock row of the world's fixture."""
    tx = seeding.tx
    section: Section = schema_of(Section, "fixture").load(dict(seeding.section))
    _check_names(section, {show.id for show in seeding.events})
    records.put_many(tx, wire.BROKER, ((broker, {}) for broker in section["brokers"]))
    for reseller in section["resellers"]:
        _put_reseller(tx, reseller)
    sellers = [broker["id"] for broker in section["brokers"] if broker["open"]] or ["1"]
    for show in seeding.events:
        put_event(tx, show, seeding.stock.of(show.id))
    starts = {show.id: show.starts_at for show in seeding.events}
    records.put_written(tx, wire.LISTING, _listings(seeding, sellers, starts))


def _listings(
    seeding: vendor.Seeding, sellers: Sequence[str], starts: Mapping[str, int]
) -> Iterator[tuple[object, ...]]:
    alike = AlikeRecords(wire.LISTING)
    for row, broker in zip(seeding.stock, cycle(sellers), strict=False):
        id = row.own_id(wire.NAME) or seeding.tx.ids.ulid(seeding.start).lower()
        columns = wire.listing_columns(row, starts[row.event])
        own = [columns[name] for name in wire.LISTING.own]
        yield *alike.row(wire.alike(row), wire.varying(id, row, broker), partial(wire.varied, row)), *own


def _put_reseller(tx: Tx, section: ResellerSection) -> None:
    known = ((name, value) for name, value in section.items() if name in resellers.Reseller.__slots__)
    own = {name: value for name, value in known if value != {}}  # which PHP would write as a list
    records.put(tx, wire.RESELLER, own)
    for event, own_id in section["mapped"].items():
        resellers.put_mapping(tx, section["id"], event, own_id)
    for event in section["unassigned"]:
        resellers.put_mapping(tx, section["id"], event, section["event_prefix"] + event, status="unassigned")
    for broker, own_id in section["brokers"].items():
        resellers.connect(tx, section["id"], broker, own_id, connected=True)


def place(tx: Tx, seeded: vendor.SeedOrder) -> None:
    """Place an order of the fixture and bring it to its status; `data` may give its reseller, order_id and tracking."""
    listing = records.find(tx, wire.LISTING, ("stock", "=", seeded.stock), limit=1)[0]
    if seeded.status not in orders.MOVES:
        raise errors.Invalid(f"{seeded.status!r} is no order status; there are {', '.join(orders.MOVES)}.")
    seats = stock.get(tx, seeded.stock)
    if seeded.quantity <= seats.free:
        orders.check_split(seats.split, seats.free, seeded.quantity)
    if id := seeded.data.get("reseller"):
        unknown = "There is no reseller {id!r} under vendors." + wire.NAME + ".resellers."
        records.get_or_404(tx, wire.RESELLER, id, unknown)
    seller = resellers.reseller(tx, id or (records.first(tx, wire.RESELLER) or {"id": ""})["id"])
    resellers.sellable(tx, seller, listing)
    first = VIA.get(seeded.status, seeded.status)
    order = orders.write(tx, seller, listing, seeded.quantity, _order_body(tx, seeded, seller, listing, first))
    stock.take(tx, seeded.stock, seeded.quantity, wire.NAME, order["tixstock_id"])
    if seeded.status != first:
        order = orders.move(tx, order, seeded.status)
    records.update(tx, wire.ORDER, order | {"shipping_tracking_id": seeded.data.get("tracking")})


def _order_body(tx: Tx, seeded: vendor.SeedOrder, seller: resellers.Reseller, listing: Record, status: str) -> NewOrder:
    first, _, last = seeded.name.rpartition(" ")
    number = records.count(tx, wire.ORDER, []) + 1
    customer = {"id": f"C{number}", "first_name": first or last, "last_name": last if first else ""}
    customer |= {"email_address": seeded.email, "contact_number": f"{seeded.country_code}{seeded.phone}"}
    return {
        "order_id": str(seeded.data.get("order_id") or 100_000 + number),
        "order_status": status,
        "datetime": tx.now,
        "currency": orders.unit_price(tx, seller, listing)["currency"],
        "customer": customer,
        "items": [],
    }
