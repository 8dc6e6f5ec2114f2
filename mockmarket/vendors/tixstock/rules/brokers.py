"""Brokers: whose tickets are sold; linked to resellers' accounts, opened and closed, and what they do with their listings."""

from __future__ import annotations

from mockmarket import stock
from mockmarket.errors import Conflict, NotFound
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.tixstock.records.sellers import AuthenticateAction, BrokerListing, ListingAction, ListingUpdate
from mockmarket.vendors.tixstock.rules import listings, notifications, resellers
from mockmarket.vendors.tixstock.rules.notifications import Data
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import BROKER, EVENT, LISTING, NAME
from mockmarket.worlds.world import World


def get_or_404(read: Read, kind: Kind, id: str) -> Record:
    """Return a record by the exchange's own id; NotFound when there is none."""
    record = records.get(read, kind, id)
    if record is None:
        raise NotFound(f"There is no {kind.name} {id!r}.")
    return record


def get_broker(read: Read, id: str | None) -> Record:
    """Return a broker by the exchange's own id, the first without one; NotFound when there is none."""
    first = None if id else next(iter(records.find(read, BROKER, limit=1)), None)
    return first or get_or_404(read, BROKER, str(id))


def authenticate(world: World, body: AuthenticateAction) -> Record:
    """Have a broker sign in at a reseller: broker.authenticate to it alone; its answer makes the link."""
    with world.atomic() as tx:
        broker, seller = get_broker(tx, body["broker"]), get_reseller(tx, body["reseller"])
        own_id = resellers.broker_id(tx, seller, broker["id"]) or broker["id"]
        resellers.connect(tx, seller.id, broker["id"], own_id, False)
        data = credentials(broker, body.get("username") or broker["username"], body["password"])
        notifications.notify_seller(tx, "broker.authenticate", BROKER, broker["id"], seller, data)
    return broker


def credentials(broker: Record, username: str, password: str) -> Data:
    """Write what a reseller is to check (public: the password in clear)."""
    is_open = formats.yes_no(broker["open"])
    return {"username": username, "password": password, "tixstock_account_is_open": is_open}


def get_reseller(tx: Tx, id: str) -> Reseller:
    """Return the reseller of this id; NotFound, with those that there are."""
    sellers = {seller.id: seller for seller in resellers.known(tx)}
    if id not in sellers:
        raise NotFound(f"There is no reseller {id!r}; there are {', '.join(sellers) or 'none'}.")
    return sellers[id]


def set_open(world: World, id: str | None, is_open: bool) -> Record:
    """Open or close a broker's account, and tell every reseller that it is linked to."""
    with world.atomic() as tx:
        broker = get_broker(tx, id)
        if broker["open"] == is_open:
            raise Conflict(f"The account of broker {broker['id']} is {'open' if is_open else 'closed'} already.")
        broker["open"] = is_open
        records.update(tx, BROKER, broker)

        def data_for(seller: Reseller) -> Data | None:
            own_id = None if seller.is_partner else resellers.broker_id(tx, seller, broker["id"])
            return None if own_id is None else {"broker_id": own_id}

        notifications.notify(tx, "broker.open" if is_open else "broker.closed", BROKER, broker["id"], data_for)
        for seller in resellers.known(tx) if is_open else ():
            notifications.notify_missed(tx, seller)
    return broker


def disconnect(world: World, seller: Reseller, own_id: str) -> None:
    """Undo the link of a broker's accounts as a reseller asks (public: broker account closed endpoint)."""
    with world.atomic() as tx:
        broker = resellers.get_broker(tx, seller, own_id)
        resellers.connect(tx, seller.id, broker["id"], own_id, False)


def add_listing(world: World, body: BrokerListing) -> Record:
    """Publish a broker's new listing to every reseller of its event: ticket.add."""
    with world.atomic() as tx:
        broker = get_broker(tx, body.get("broker"))
        if not broker["open"]:
            raise Conflict(f"The account of broker {broker['id']} is closed.")
        if events.get(tx, body["event"]) is None or records.get(tx, EVENT, body["event"]) is None:
            raise NotFound(f"There is no event {body['event']!r}.")
        seats = stock_of(tx, body)
        listing = listings.new_listing(tx, seats, broker["id"])
        stock.put_on_sale(tx, seats, NAME, listing["id"])
    return listing


def stock_of(tx: Tx, body: BrokerListing) -> Stock:
    """Return the stock row that a broker's new listing is."""
    general = body["general_admission"]
    data = {"ticket_type": body["type"], "category": body.get("category") or body["section"]}
    return Stock(
        id=f"tx-{tx.ids.text(10)}", event=body["event"], kind="general" if general else "seated",
        section=body["section"], row="GA" if general else body["row"], first_seat=None if general else body["first_seat"],
        total=body["quantity"], price=round(body["price"] * 100), currency=body["currency"],
        split=formats.split_rule(body["split_type"], body["split_quantity"]), data=data,
    )  # fmt: skip


def update_listing(world: World, body: ListingUpdate) -> Record:
    """Change a listing's price, ticket type or restrictions as its broker does: ticket.update."""
    with world.atomic() as tx:
        listing = get_or_404(tx, LISTING, body["listing"])
        if "type" in body:
            listing["ticket"]["type"] = body["type"]
            listing["delivery"] = resources.delivery(body["type"])
        if "restrictions" in body:
            listing["restrictions_benefits"]["options"] = body["restrictions"]
        records.update(tx, LISTING, listing)
        price = round(body["price"] * 100) if "price" in body else None
        seats = records.own(tx, LISTING, listing["id"])["stock"]
        stock.alter(tx, seats, NAME, listings.BY_BROKER, price=price)
        return get_or_404(tx, LISTING, listing["id"])


def delete_listing(world: World, body: ListingAction) -> Record:
    """Delete a broker's listing: ticket.delete to every reseller that has it, nothing left on sale anywhere."""
    with world.atomic() as tx:
        listing = get_or_404(tx, LISTING, body["listing"])
        listings.withdraw(tx, listing)
    return listing
