"""Brokers: whose tickets are sold; linked to resellers' accounts, opened and closed, and what they do with their listings."""

from __future__ import annotations

from mockmarket import stock
from mockmarket.errors import Conflict, NotFound
from mockmarket.stock import Stock
from mockmarket.store import Tx, events, records
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock.records.sellers import AuthenticateAction, BrokerListing, ListingAction, ListingUpdate
from mockmarket.vendors.tixstock.rules import listings, missed, resellers, telling
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import BROKER, EVENT, LISTING, NAME
from mockmarket.worlds.world import World


def authenticate(world: World, given: AuthenticateAction) -> Record:
    """Have a broker sign in at a reseller: broker.authenticate to it alone; its answer makes the link."""
    with world.atomic() as tx:
        broker = listings.broker_found(tx, given.get("broker"))
        who = reseller_found(tx, given["reseller"])
        resellers.connect(tx, who.id, broker["id"], resellers.broker_id(tx, who, broker["id"]) or broker["id"], False)
        data = credentials(broker, given.get("username") or broker["username"], given["password"])
        telling.tell_one(tx, "broker.authenticate", BROKER, broker["id"], who, data)
    return broker


def credentials(broker: Record, username: str, password: str) -> dict[str, str]:
    """Write what a reseller is to check (public: the password in clear)."""
    return {
        "username": username,
        "password": password,
        "tixstock_account_is_open": formats.yes_no(broker["open"]),
    }


def reseller_found(tx: Tx, id: str) -> Reseller:
    """Return the reseller of this id; NotFound, with those that there are."""
    there = {one.id: one for one in resellers.known(tx)}
    if id not in there:
        raise NotFound(f"There is no reseller {id!r}; there are {', '.join(there) or 'none'}.")
    return there[id]


def set_open(world: World, id: str | None, is_open: bool) -> Record:
    """Open or close a broker's account, and tell every reseller that it is linked to."""
    with world.atomic() as tx:
        broker = listings.broker_found(tx, id)
        if broker["open"] == is_open:
            raise Conflict(f"The account of broker {broker['id']} is {'open' if is_open else 'closed'} already.")
        changed = broker | {"open": is_open}
        records.update(tx, BROKER, changed)

        def say(who: Reseller) -> telling.Data | None:
            theirs = None if who.is_partner else resellers.broker_id(tx, who, changed["id"])
            return None if theirs is None else {"broker_id": theirs}

        telling.tell(tx, "broker.open" if is_open else "broker.closed", BROKER, changed["id"], say)
        if is_open:
            missed.tell_all(tx)
    return changed


def disconnect(world: World, who: Reseller, theirs: str) -> None:
    """Undo the link of a broker's accounts as a reseller asks (public: broker account closed endpoint)."""
    with world.atomic() as tx:
        broker = resellers.broker_of(tx, who, theirs)
        if broker is None:
            raise NotFound(f"There is no broker {theirs} connected to you.")
        resellers.connect(tx, who.id, broker["id"], theirs, False)


def add_listing(world: World, given: BrokerListing) -> Record:
    """Publish a broker's new listing to every reseller of its event: ticket.add."""
    with world.atomic() as tx:
        broker = listings.broker_found(tx, given.get("broker"))
        if not broker["open"]:
            raise Conflict(f"The account of broker {broker['id']} is closed.")
        show = events.get(tx, given["event"])
        if show is None or records.get(tx, EVENT, given["event"]) is None:
            raise NotFound(f"There is no event {given['event']!r}.")
        return listings.put_on_sale(tx, seats_of(tx, given), broker["id"])


def seats_of(tx: Tx, given: BrokerListing) -> Stock:
    """Return the stock row that a broker's new listing is."""
    general = given["general_admission"]
    data = {"ticket_type": given["type"], "category": given.get("category") or given["section"]}
    return Stock(
        id=f"tx-{tx.ids.text(10)}", event=given["event"], kind="general" if general else "seated",
        section=given["section"], row="GA" if general else given["row"], first_seat=None if general else given["first_seat"],
        total=given["quantity"], price=round(given["price"] * 100), currency=given["currency"],
        split=formats.split_rule(given["split_type"], given["split_quantity"]), data=data,
    )  # fmt: skip


def update_listing(world: World, given: ListingUpdate) -> Record:
    """Change a listing's price, ticket type or restrictions as its broker does: ticket.update."""
    with world.atomic() as tx:
        listing = listings.found(tx, given["listing"])
        own = records.own(tx, LISTING, listing["id"])
        if "type" in given:
            listing["ticket"]["type"] = given["type"]
            listing["delivery"] = resources.delivery(given["type"])
        if "restrictions" in given:
            listing["restrictions_benefits"]["options"] = given["restrictions"]
        records.update(tx, LISTING, listing)
        price = round(given["price"] * 100) if "price" in given else None
        stock.alter(tx, own["stock"], NAME, listings.BY_BROKER, price=price)
        return listings.found(tx, listing["id"])


def delete_listing(world: World, given: ListingAction) -> Record:
    """Delete a broker's listing: ticket.delete to every reseller that has it, nothing left on sale anywhere."""
    with world.atomic() as tx:
        listing = listings.found(tx, given["listing"])
        listings.withdraw(tx, listing)
    return listing
