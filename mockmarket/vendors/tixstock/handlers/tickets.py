"""Listings of a reseller, tickets held for a basket and released again, and orders, in resellers' form and in partners'."""

from copy import deepcopy
from functools import partial
from itertools import zip_longest

import flask

from mockmarket import stock
from mockmarket.clock import MINUTE, later
from mockmarket.errors import Conflict, Forbidden, Invalid, NotFound, SoldOut
from mockmarket.store import Read, Tx, records, timers
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.handlers import conventions as api
from mockmarket.vendors.tixstock.records import listings, orders as shapes, values
from mockmarket.vendors.tixstock.records.listings import ListingChange, ListingQuery, NewListing, ResellerListing
from mockmarket.vendors.tixstock.rules import orders, resellers, stock_sync

order_view = partial(wire.view, shape=shapes.Order)
COLUMN_OF = {"ticket_type": "type", "datetime": "placed_at"}
"""The values of ours beside an order that an update changes, by what it says."""


def _page_of_listings(context: api.Context, query: ListingQuery, type: str, *where: Condition) -> flask.Response:
    read, seller = context.read(), context.caller
    own = resellers.meant(wire.PUBLICATION, read, seller, "id", query["listing_id"])
    own += resellers.meant(wire.MAPPING, read, seller, "event", query["event_id"])
    where = (*resellers.sold_by(read, seller), *api.conditions(ListingQuery, query), *own, *where)
    view = partial(resellers.view, read, seller)
    return api.page_of_records(context, type, (wire.LISTING, listings.LISTING_COLUMNS), where, query, view)


lists = partial(api.reseller_reads, query=ListingQuery, answer=values.Page[ResellerListing])
LIST = "Get listings, published or not; an unpublished listing has no id yet."
list_listings = lists(about=LIST)(lambda context, query: _page_of_listings(context, query, "ticket.get"))
list_sold_listings = lists(about="Get listings with sold tickets, at any vendor.")(
    lambda context, query: _page_of_listings(context, query, "ticket.sold", ("sold", ">", 0))
)


@api.reseller_writes(body=NewListing, answer=values.Answer[ResellerListing])
def create_listing(context: api.Context, body: NewListing) -> flask.Response:
    """Add a listing under the reseller's own id; every other reseller of the event is notified."""
    own_id, seller = body["external_id"], context.caller
    with context.world.atomic() as tx:
        if resellers.by_own_id(wire.PUBLICATION, tx, seller, own_id) is not None:
            raise Conflict(f"There is a listing {own_id} already.", code="105")
        broker, event = parties(tx, seller, body)
        seats = stock_of(tx, event["id"], body)
        listing = stock_sync.new_listing(tx, seats, broker["id"], seller.id)
        listing["push_to_all"] = body["push_to_all"]
        _show_at_most(listing, body)
        records.update(tx, wire.LISTING, listing)
        stock.put_on_sale(tx, seats, wire.NAME, listing["id"])
        resellers.publish(tx, seller, listing["id"], external_id=own_id, display_price=_own_price(body))
        data = resellers.view(tx, seller, listing)
    return api.done(context, data, "ticket.add", "The listing has been added.", external_id=own_id)


@api.reseller_writes(body=ListingChange, answer=values.Answer[ResellerListing])
def update_listing(context: api.Context, body: ListingChange, external_id: str) -> flask.Response:
    """Update a listing; while its tickets are on hold, only its prices and quantity."""
    seller, sale, price = context.caller, body["number_of_tickets_for_sale"], body["proceed_price"]["amount"]
    split = wire.split_rule(body["ticket"]["split_type"], sale["split_quantity"])
    with context.world.atomic() as tx:
        listing = resellers.get_listing(tx, seller, external_id)
        before = deepcopy(listing)
        _, event = parties(tx, seller, body)
        seats = stock_sync.stock_of(tx, listing["id"])
        if not seats.held:
            _rewrite(tx, listing, body)
        resellers.publish(tx, seller, listing["id"], external_id=external_id, display_price=_own_price(body))
        total = seats.held + seats.sold + sale["quantity"]  # the quantity counts what is still to be sold
        change = stock.alter(tx, seats.id, wire.NAME, seller.id, price, seats.split if seats.held else split, total)
        listing = records.get_or_404(tx, wire.LISTING, listing["id"])
        if change.stock == seats and listing != before:
            resellers.notify_of_listing(tx, "ticket.update", listing, {seller.id})
        data = resellers.view(tx, seller, listing, event)
    return api.done(context, data, "ticket.update", "The listing has been updated.", external_id=external_id)


@api.reseller_writes(answer=values.Answer[values.DeletedListing], refuses=(404, 409))
def delete_listing(context: api.Context, external_id: str) -> flask.Response:
    """Delete a listing: the reseller's own listing goes off sale everywhere, any other only on its site."""
    with context.world.atomic() as tx:
        listing = resellers.get_listing(tx, context.caller, external_id)
        if stock_sync.stock_of(tx, listing["id"]).held:
            raise Conflict(f"Tickets of listing {external_id} are on hold; release them first.", code="104")
        if records.own(tx, wire.LISTING, listing["id"])["origin"] == context.caller.id:
            stock_sync.withdraw(tx, listing, context.caller.id)
        else:
            resellers.publish(tx, context.caller, listing["id"], external_id=None)
    data = {"listing_id": external_id}
    return api.done(context, data, "ticket.delete", "The listing has been deleted.", external_id=external_id)


def parties(read: Read, seller: resellers.Reseller, body: ListingChange) -> tuple[Record, Record]:
    """Return the broker and the event of a reseller's listing, or raise why the one cannot sell tickets of the other."""
    broker = resellers.get_broker(read, seller, body["broker_id"])
    if not broker["open"]:
        raise Forbidden(f"The account of broker {body['broker_id']} is closed: it can publish and change nothing.")
    event = resellers.by_own_id(wire.MAPPING, read, seller, body["event_id"])
    if event is None or not resellers.is_coming(read, event["id"]):
        raise NotFound(f"There is no event {body['event_id']} of yours to sell tickets for.")
    currency, proceeds, display = event["currency"], body["proceed_price"], body.get("display_price")
    prices = {"display_price": display, "proceed_price": proceeds}
    wrong = [f"{name}.currency" for name, price in prices.items() if price and price["currency"] != currency]
    if wrong:  # public, add ticket
        details = [(name, f"Must be the event's, {currency}.") for name in wrong]
        raise Invalid(f"The prices of this event are in {currency}.", details=details)
    return broker, event


def stock_of(tx: Tx, event: str, body: ListingChange) -> stock.Stock:
    """Return the stock row that a reseller's listing is: seats from its first, or general admission."""
    ticket, sale, seats = body["ticket"], body["number_of_tickets_for_sale"], body["seat_details"]
    terms = body.get("restrictions_benefits") or {"options": [], "other": ""}
    section, row = seats.get("section") or seats["category"], seats.get("row") or "GA"
    kind, first = ("general", None) if ticket["general_admission"] else ("seated", seats.get("first_seat") or 1)
    price, currency = body["proceed_price"]["amount"], body["proceed_price"]["currency"]
    split = wire.split_rule(ticket["split_type"], sale["split_quantity"])
    data: Record = {"ticket_type": ticket["type"], "category": seats["category"]}
    data |= {"last_minute": ticket["allow_last_minute_sales"], "face_value": body["face_value"]["amount"] / 100}
    data |= {"restrictions": terms["options"], "notes": terms["other"]}
    id = f"tx-{tx.ids.text(10)}"
    return stock.Stock(id, event, kind, section, row, first, sale["quantity"], price, currency, split, data=data)


def _own_price(body: ListingChange) -> values.Money | None:
    price = body.get("display_price")
    return wire.price(price["currency"], price["amount"]) if price else None


def _show_at_most(listing: Record, body: ListingChange) -> None:
    numbers = listing["number_of_tickets_for_sale"]
    listing["shown_at_most"] = most = body["number_of_tickets_for_sale"].get("display_quantity")
    numbers["display_quantity"] = min(numbers["quantity_available"], most or numbers["quantity_available"])


def _rewrite(tx: Tx, listing: Record, body: ListingChange) -> None:
    ticket, face_value = body["ticket"], body["face_value"]
    truths = {name: wire.yes_no(ticket[name]) for name in ("allow_last_minute_sales", "upload_later")}
    listing["ticket"] |= {"type": ticket["type"], **truths}
    listing["seat_details"]["category"] = body["seat_details"]["category"]
    listing["face_value"] = wire.price(face_value["currency"], face_value["amount"])
    listing["restrictions_benefits"] = body.get("restrictions_benefits") or listing["restrictions_benefits"]
    listing["delivery"] = wire.delivery(ticket["type"])
    _show_at_most(listing, body)
    records.update(tx, wire.LISTING, listing)


@api.reseller_writes(body=shapes.HoldRequest, answer=values.Answer[values.Available])
def hold_tickets(context: api.Context, body: shapes.HoldRequest, external_id: str) -> flask.Response:
    """Hold tickets of a listing for half an hour of the world's time; the other resellers are notified."""
    return _hold(context, external_id, body["quantity"], external_id=external_id)


@api.partner_writes(body=shapes.PartnerHoldRequest, answer=values.Answer[values.Available])
def hold_tickets_as_partner(context: api.Context, body: shapes.PartnerHoldRequest) -> flask.Response:
    """Hold tickets of a listing for half an hour of the world's time; every reseller is notified."""
    return _hold(context, body["listing_id"], body["quantity"])


def _hold(context: api.Context, own_id: str, sent: object, **members: object) -> flask.Response:
    quantity = whole_number(sent)
    with context.world.atomic() as tx:
        listing = resellers.sellable(tx, context.caller, resellers.get_listing(tx, context.caller, own_id))
        seats = stock_sync.stock_of(tx, listing["id"])
        if quantity > seats.free:
            raise SoldOut(f"Only {seats.free} of these tickets are left to hold.", code="108", available=seats.free)
        orders.check_split(seats.split, seats.free, quantity)
        id, ends = tx.ids.ulid(tx.now).lower(), later(tx.now, round(context.settings()["hold_minutes"] * MINUTE))
        hold = {"hold_id": id, "listing_id": listing["id"], "quantity": quantity, "status": "held"}
        times = {"created_at": wire.offset_iso(tx.now), "expires_at": wire.offset_iso(ends)}
        records.put(tx, wire.HOLD, hold | times, reseller=context.caller.id)
        timers.set(tx, timers.Timer(wire.NAME, orders.LAPSE, id, ends))
        left = stock.hold(tx, seats.id, quantity, wire.NAME, id).stock.free
    data, members = {"quantity_available": left}, members | {"hold_id": id, "quantity": quantity}
    return api.done_alike(context, data, "ticket.hold", "Ticket(s) has successfully been put on hold.", **members)


def whole_number(sent: object) -> int:
    """Return a quantity, a number or its text; Invalid with the vendor's code 106 for what is no whole number from 1."""
    number = int(sent) if isinstance(sent, float) and sent.is_integer() else sent
    text = str(number) if isinstance(number, (int, str)) and not isinstance(number, bool) else ""
    if not (text.isascii() and text.isdigit() and int(text[:9]) >= 1 and len(text) < 9):
        raise Invalid("The quantity must be a whole number from 1.", code="106", details=[("quantity", "not whole")])
    return int(text)


@api.both_write(body=shapes.Release, answer=values.Answer[values.Available])
def release_hold(context: api.Context, body: shapes.Release) -> flask.Response:
    """Release tickets of a hold: `release_quantity` (or `quantity`) of them, by default all."""
    return _release(context, body["hold_id"], body.get("release_quantity", body.get("quantity")))


@api.both_write(answer=values.Answer[values.Available], refuses=(400, 404, 409))
def release_quantity(context: api.Context, hold_id: str, quantity: str) -> flask.Response:
    """Release this number of tickets of a hold."""
    return _release(context, hold_id, quantity)


def _release(context: api.Context, hold_id: str, sent: object) -> flask.Response:
    with context.world.atomic() as tx:
        hold = _hold_of(tx, context.caller, hold_id)
        held = hold["quantity"]
        quantity = held if sent is None else whole_number(sent)
        if quantity > held:
            raise Invalid(f"Only {held} tickets are on hold.", code="109", details=[("quantity", "too many")])
        if quantity < held and records.get(tx, wire.LISTING, hold["listing_id"]):
            check_part(tx, hold, held - quantity)
        orders.shrink(tx, hold, quantity, "released")
        changes = stock.release(tx, wire.NAME, hold_id, quantity)
        data = {"quantity_available": stock.get(tx, changes[-1].stock.id).free}
    members = {"quantity": quantity} if context.caller.is_partner else {"hold_id": hold_id, "quantity": quantity}
    return api.done_alike(context, data, "ticket.release", "Ticket(s) successfully released.", **members)


def _hold_of(read: Read, seller: resellers.Reseller, id: str) -> Record:
    hold = records.get(read, wire.HOLD, id)
    if hold is None or hold["status"] != "held" or records.own(read, wire.HOLD, id)["reseller"] != seller.id:
        raise NotFound(f"There is no hold {id}; it may have lapsed.")
    return hold


def check_part(read: Read, hold: Record, part: int) -> None:
    """Raise Invalid when a part of a hold could not have been held (public: a release keeps to the split type)."""
    seats = stock_sync.stock_of(read, hold["listing_id"])
    orders.check_split(seats.split, seats.free + hold["quantity"], part)


def _add_order(context: api.Context, body: shapes.NewOrder, hold_id: str, **sold: str) -> flask.Response:
    """Sell tickets of a hold; what is not sold of it stays held until it lapses. `sold` is how many, which each dialect names its way."""
    [quantity], seller = map(whole_number, sold.values()), context.caller
    with context.world.atomic() as tx:
        hold = _hold_of(tx, seller, hold_id)
        held = hold["quantity"]
        if quantity > held:
            raise SoldOut(f"Only {held} tickets are on hold.", code="107", available=held)
        message = f"The listing of hold {hold_id} has been deleted; the hold can only be released."
        listing = resellers.sellable(tx, seller, records.get_or_404(tx, wire.LISTING, hold["listing_id"], message))
        if quantity < held:
            check_part(tx, hold, quantity)
        body = {**body, "order_status": orders.read_status(seller, body["order_status"])}
        order = orders.write(tx, seller, listing, quantity, body)
        orders.shrink(tx, hold, quantity, "sold")
        stock.sell_held(tx, wire.NAME, hold_id, quantity, to=order["tixstock_id"])
        orders.end(tx, order)
    return api.done_alike(context, order_view(order), "order.add", "The order has been added.")


ADD = "Add an order for tickets on hold; {} notified of the sale."
adds = {"body": shapes.NewOrder, "answer": values.Answer[shapes.Order]}
create_order = api.reseller_writes(about=ADD.format("the other resellers are"), **adds)(_add_order)
create_partner_order = api.partner_writes(about=ADD.format("every reseller is"), **adds)(_add_order)


def _change_order(context: api.Context, body: shapes.OrderChange, external_order_id: str) -> flask.Response:
    """Change an order as its seller says; a final one stays as it is. Nobody is notified: it was the seller who did it."""
    with context.world.atomic() as tx:
        id = external_order_id
        order = resellers.required(orders.find(tx, context.caller, id), f"There is no order {id}.")
        if order["status"] in orders.FINAL:
            raise Conflict(f"Order {id} is {order['status']}, which is final: nothing of it can be changed.")
        changed, status = order | details(order, body), order["status"]
        if "order_status" in body:
            status = orders.read_status(context.caller, body["order_status"])
        if status != order["status"]:
            changed = orders.move(tx, changed, status)
        ours = {column: value for name, value in body.items() if (column := COLUMN_OF.get(name))}
        records.update(tx, wire.ORDER, changed, **ours)
    return api.done_alike(context, order_view(changed), "order.update", "The order has been updated.")


OF_RESELLER = "Update an order's status, shipping address, label, tickets' owners or notes."
OF_PARTNER = "Update an order's status, customer, shipping address, label, ticket type or date."
changes = {"body": shapes.OrderChange, "answer": values.Answer[shapes.Order]}
update_order = api.reseller_writes(about=OF_RESELLER, **changes)(_change_order)
update_partner_order = api.partner_writes(about=OF_PARTNER, **changes)(_change_order)


def details(order: Record, body: shapes.OrderChange) -> Record:
    """Return what an update says besides the status: address, label, notes, date, who buys and whose the tickets are."""
    changes: Record = {name: value for name, value in body.items() if name in ("shipping_label", "notes")}
    if "datetime" in body:
        changes["date"] = wire.offset_iso(body["datetime"])
    customer = order["customer"]
    if "customer" in body:
        customer = customer | wire.customer({**customer, **body["customer"]})
    if "shipping_address" in body:
        customer = customer | {"shipping_address": wire.address(body["shipping_address"])}
    type = {"type": body["ticket_type"]} if "ticket_type" in body else {}
    items = [item | type for item in order["items"]]
    for item, person in zip_longest(items, [item["customer"] for item in body.get("items", ())][: len(items)]):
        if person or "customer" in item:
            item["customer"] = wire.filled({**item.get("customer", {}), **(person or {})}, shapes.Holder, "")
    return changes | {"customer": customer, "items": items}


@api.partner_writes(answer=values.Result[shapes.Order], refuses=(404,))
def get_partner_order(context: api.Context, external_order_id: str) -> flask.Response:
    """Get an order. Its meta.type is that of an added order, as in the public sample."""
    order = orders.find(context.read(), context.caller, external_order_id)
    row = resellers.required(order, f"There is no order {external_order_id}.")
    return api.done_alike(context, order_view(row), "order.add")


@api.reseller_reads(query=shapes.OrderQuery, answer=values.Page[shapes.Order])
def list_orders(context: api.Context, query: shapes.OrderQuery) -> flask.Response:
    """Get the reseller's orders."""
    read, seller = context.read(), context.caller
    query = {**query, "status": seller.order_status(query["status"] or "") or query["status"]}
    where: list[Condition] = [("reseller", "=", seller.id), *api.conditions(shapes.OrderQuery, query)]
    where += resellers.meant(wire.MAPPING, read, seller, "event", query["event_id"])
    where += resellers.meant(wire.LINK, read, seller, "broker", query["broker_id"])
    return api.page_of_records(context, "order.get", (wire.ORDER, shapes.ORDER_COLUMNS), where, query, order_view)


list_listings_by_list = list_listings
update_listing_by_post = update_listing
release_hold_by_post = release_hold
release_quantity_by_put = release_quantity
update_order_by_post = update_order
