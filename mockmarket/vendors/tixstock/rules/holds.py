"""Holds: tickets kept for one reseller's basket until they are bought, released, or half an hour has passed."""

from __future__ import annotations

from mockmarket import stock
from mockmarket.clock import MINUTE, later
from mockmarket.errors import Invalid, NotFound, SoldOut
from mockmarket.rules import splits
from mockmarket.store import Read, Tx, records, timers
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.tixstock.rules import resellers, selling
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats
from mockmarket.vendors.tixstock.wire.kinds import HOLD, LISTING, NAME
from mockmarket.worlds.world import World

LAPSE = "hold_lapses"
MOST_NAMED = 20


def hold(world: World, who: Reseller, theirs: str, asked: object) -> tuple[Record, int]:
    """Hold tickets of a listing; returns the hold and how many tickets are still available."""
    quantity = whole(asked)
    with world.atomic() as tx:
        listing = on_sale(tx, who, theirs)
        seats = stock.get(tx, records.own(tx, LISTING, listing["id"])["stock"])
        if quantity > seats.free:
            raise SoldOut(f"Only {seats.free} of these tickets are left to hold.", code="108", available=seats.free)
        check_split(seats.split, seats.free, quantity)
        made = keep(tx, who, listing["id"], quantity)
        change = stock.hold(tx, seats.id, quantity, NAME, made["hold_id"])
    return made, change.stock.free


def whole(asked: object) -> int:
    """Return a quantity, a number or its text; Invalid with the vendor's code 106 for what is no whole number from 1."""
    text = str(asked) if isinstance(asked, (int, str)) and not isinstance(asked, bool) else ""
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


def on_sale(read: Read, who: Reseller, theirs: str) -> Record:
    """Return a listing that a reseller may sell now, by its own id; NotFound when there is none, else as `selling.check`."""
    listing = resellers.listing_of(read, who, theirs)
    if listing is None:
        raise NotFound(f"There is no listing {theirs}.")
    selling.check(read, who, listing)
    return listing


def sellable(read: Read, who: Reseller, found: Record) -> Record:
    """Return the listing of a hold while what let it be held still lets it be sold; the refusals are those of `on_sale`."""
    listing = records.get(read, LISTING, found["listing_id"])
    if listing is None:
        raise NotFound(f"The listing of hold {found['hold_id']} has been deleted; the hold can only be released.")
    selling.check(read, who, listing)
    return listing


def keep(tx: Tx, who: Reseller, listing: str, quantity: int) -> Record:
    """Store a new hold, and when it lapses."""
    ends = later(tx.now, round(tx.store.settings[NAME]["hold_minutes"] * MINUTE))
    made: Record = {
        "hold_id": tx.ids.ulid(tx.now).lower(),
        "listing_id": listing,
        "quantity": quantity,
        "status": "held",
        "created_at": formats.offset_iso(tx.now),
        "expires_at": formats.offset_iso(ends),
    }
    records.put(tx, HOLD, made, reseller=who.id)
    timers.set(tx, Timer(NAME, LAPSE, made["hold_id"], ends))
    return made


def held(read: Read, who: Reseller, id: str) -> Record:
    """Return a reseller's hold that still stands; NotFound for any other."""
    found = records.get(read, HOLD, id)
    if found is None or found["status"] != "held" or records.own(read, HOLD, id)["reseller"] != who.id:
        raise NotFound(f"There is no hold {id}; it may have lapsed.")
    return found


def release(world: World, who: Reseller, id: str, asked: object) -> tuple[int, int]:
    """Free held tickets, all of them when no quantity is asked; returns how many, and how many are available now."""
    with world.atomic() as tx:
        found = held(tx, who, id)
        quantity = found["quantity"] if asked is None else whole(asked)
        if quantity > found["quantity"]:
            raise Invalid(
                f"Only {found['quantity']} tickets are on hold.", code="109", details=[("quantity", "too many")]
            )
        if records.get(tx, LISTING, found["listing_id"]):
            check_rest(tx, found, found["quantity"] - quantity)
        shrink(tx, found, quantity, "released")
        changes = stock.release(tx, NAME, id, quantity)
        left = stock.get(tx, changes[-1].stock.id).free
    return quantity, left


def check_rest(read: Read, found: Record, rest: int) -> None:
    """Raise Invalid when what stays on hold could not have been held (public: a release keeps to the split type)."""
    seats = stock.get(read, records.own(read, LISTING, found["listing_id"])["stock"])
    if rest:
        check_split(seats.split, seats.free + found["quantity"], rest)


def shrink(tx: Tx, found: Record, quantity: int, then: str) -> Record:
    """Take tickets off a hold; with the last it ends in the status `then` and no longer lapses."""
    rest = found["quantity"] - quantity
    changed = found | {"quantity": rest, "status": found["status"] if rest else then}
    records.update(tx, HOLD, changed)
    if not rest:
        timers.stop(tx, NAME, LAPSE, found["hold_id"])
    return changed


def lapse(tx: Tx, id: str) -> None:
    """Free what is still held of a hold whose time is up."""
    found = records.get(tx, HOLD, id)
    if found is not None and found["status"] == "held":
        shrink(tx, found, found["quantity"], "expired")
        stock.release(tx, NAME, id)
