"""Holds: tickets kept for one reseller's basket until they are bought, released, or half an hour has passed."""

from __future__ import annotations

from mockmarket import stock
from mockmarket.clock import MINUTE, later
from mockmarket.errors import Invalid, NotFound, SoldOut
from mockmarket.rules import splits
from mockmarket.store import Read, Tx, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.tixstock.rules import resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats
from mockmarket.vendors.tixstock.wire.kinds import HOLD, LISTING, NAME
from mockmarket.worlds.world import World

LAPSE = "hold_lapses"
MOST_NAMED = 20


def hold(world: World, seller: Reseller, own_id: str, sent: object) -> tuple[Record, int]:
    """Hold tickets of a listing; returns the hold and how many tickets are still available."""
    quantity = whole_number(sent)
    with world.atomic() as tx:
        listing = on_sale(tx, seller, own_id)
        seats = stock.get(tx, records.own(tx, LISTING, listing["id"])["stock"])
        if quantity > seats.free:
            raise SoldOut(f"Only {seats.free} of these tickets are left to hold.", code="108", available=seats.free)
        check_split(seats.split, seats.free, quantity)
        hold = store_hold(tx, seller, listing["id"], quantity)
        change = stock.hold(tx, seats.id, quantity, NAME, hold["hold_id"])
    return hold, change.stock.free


def whole_number(sent: object) -> int:
    """Return a quantity, a number or its text; Invalid with the vendor's code 106 for what is no whole number from 1."""
    number = int(sent) if isinstance(sent, float) and sent.is_integer() else sent
    text = str(number) if isinstance(number, (int, str)) and not isinstance(number, bool) else ""
    if not (text.isascii() and text.isdigit() and int(text[:9]) >= 1 and len(text) < 9):
        raise Invalid("The quantity must be a whole number from 1.", code="106", details=[("quantity", "not whole")])
    return int(text)


def check_split(rule: str, available: int, quantity: int) -> None:
    """Raise Invalid, naming what may be bought, for a quantity that breaks a listing's split type."""
    if not splits.allows(rule, available, quantity):
        words = ", ".join(map(str, splits.quantities(rule, available, MOST_NAMED))) or "none"
        type = formats.split_words(rule)[0]
        text = f"The quantity {quantity} breaks the split type {type} of this listing; there may be {words}."
        raise Invalid(text, details=[("quantity", text)])


def on_sale(read: Read, seller: Reseller, own_id: str) -> Record:
    """Return a listing that a reseller may sell now, by its own id; NotFound when there is none, else as `selling.check`."""
    listing = resellers.get_listing(read, seller, own_id)
    resellers.check_sale(read, seller, listing)
    return listing


def sellable(read: Read, seller: Reseller, hold: Record) -> Record:
    """Return the listing of a hold while what let it be held still lets it be sold; the refusals are those of `on_sale`."""
    listing = records.get(read, LISTING, hold["listing_id"])
    if listing is None:
        raise NotFound(f"The listing of hold {hold['hold_id']} has been deleted; the hold can only be released.")
    resellers.check_sale(read, seller, listing)
    return listing


def store_hold(tx: Tx, seller: Reseller, listing: str, quantity: int) -> Record:
    """Store a new hold, and when it lapses."""
    ends = later(tx.now, round(tx.store.settings[NAME]["hold_minutes"] * MINUTE))
    hold: Record = {
        "hold_id": tx.ids.ulid(tx.now).lower(),
        "listing_id": listing,
        "quantity": quantity,
        "status": "held",
        "created_at": formats.offset_iso(tx.now),
        "expires_at": formats.offset_iso(ends),
    }
    records.put(tx, HOLD, hold, reseller=seller.id)
    timers.set(tx, Timer(NAME, LAPSE, hold["hold_id"], ends))
    return hold


def hold_of(read: Read, seller: Reseller, id: str) -> Record:
    """Return a reseller's hold that still stands; NotFound for any other."""
    hold = records.get(read, HOLD, id)
    if hold is None or hold["status"] != "held" or records.own(read, HOLD, id)["reseller"] != seller.id:
        raise NotFound(f"There is no hold {id}; it may have lapsed.")
    return hold


def release(world: World, seller: Reseller, id: str, sent: object) -> tuple[int, int]:
    """Free held tickets, all of them when no quantity is asked; returns how many, and how many are available now."""
    with world.atomic() as tx:
        hold = hold_of(tx, seller, id)
        quantity = hold["quantity"] if sent is None else whole_number(sent)
        if quantity > hold["quantity"]:
            raise Invalid(
                f"Only {hold['quantity']} tickets are on hold.", code="109", details=[("quantity", "too many")]
            )
        if records.get(tx, LISTING, hold["listing_id"]):
            check_rest(tx, hold, hold["quantity"] - quantity)
        shrink(tx, hold, quantity, "released")
        changes = stock.release(tx, NAME, id, quantity)
        left = stock.get(tx, changes[-1].stock.id).free
    return quantity, left


def check_rest(read: Read, hold: Record, rest: int) -> None:
    """Raise Invalid when what stays on hold could not have been held (public: a release keeps to the split type)."""
    seats = stock.get(read, records.own(read, LISTING, hold["listing_id"])["stock"])
    if rest:
        check_split(seats.split, seats.free + hold["quantity"], rest)


def shrink(tx: Tx, hold: Record, quantity: int, then: str) -> Record:
    """Take tickets off a hold; with the last it ends in the status `then` and no longer lapses."""
    rest = hold["quantity"] - quantity
    changed = hold | {"quantity": rest, "status": hold["status"] if rest else then}
    records.update(tx, HOLD, changed)
    if not rest:
        timers.stop(tx, NAME, LAPSE, hold["hold_id"])
    return changed


def lapse(tx: Tx, id: str) -> None:
    """Free what is still held of a hold whose time is up."""
    hold = records.get(tx, HOLD, id)
    if hold is not None and hold["status"] == "held":
        shrink(tx, hold, hold["quantity"], "expired")
        stock.release(tx, NAME, id)
