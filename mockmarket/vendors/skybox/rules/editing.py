"""Changes of listings by their broker, of one listing or of several in bulk."""

from collections.abc import Sequence
from itertools import pairwise

from mockmarket import stock
from mockmarket.store import Read, Record, Tx
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Session
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import tickets
from mockmarket.vendors.skybox.rules.inventory import (
    CUSTOM,
    FIXED,
    OF_TICKETS,
    PLAIN,
    SHARED,
    save,
    split_rule,
    stock_of,
)
from mockmarket.vendors.skybox.wire import INVENTORY, get_or_refuse, invalid


def update(session: Session, id: int, body: Payload) -> Record:
    """Change a listing; omitted fields stay unchanged. Price and split type also change at every other marketplace."""
    return change(session, get_or_refuse(session.tx, INVENTORY, session.account, id), body)


def change(session: Session, before: Record, body: Payload) -> Record:
    """Change a loaded inventory; returns its new state."""
    tx, by = session.tx, session.by
    for name in FIXED:
        if name in body and body[name] != before[name]:
            raise invalid(name, f"is {before[name]!r} and cannot be changed here", body[name])
    check_seat_type(tx, before, body.get("seatType", before["seatType"]))
    after = _changed(before, body)
    _share(tx, before, after, bool(body.get("noSplit")))
    if changes := {name: after[name] for name in OF_TICKETS if after[name] != before[name]}:
        unsold = [*tickets.pool(tx, before["id"]), *tickets.held_of(tx, before["id"])]
        nothing = {"faceValue": 0.0} if changes.get("faceValue", 0) is None else {}
        tickets.mark(tx, unsold, by, changes | nothing)
    return save(tx, before, after, by)


def _changed(before: Record, body: Payload) -> Record:
    # A null price or split stays.
    after = before | {name: body[name] for name in PLAIN if name in body}
    after |= {name: body[name] for name in SHARED if body.get(name) is not None}
    if after["splitType"] != CUSTOM:
        after["customSplit"] = None
    if body.get("noSplit"):
        after |= {"splitType": CUSTOM, "customSplit": str(after["quantity"])}
    return after


def check_seat_type(read: Read, before: Payload, wanted: str) -> None:
    """Raise Invalid for a seat type that contradicts the seats: numbered or not, adjacent or not."""
    now = before["seatType"]
    if wanted == now:
        return
    seats = [ticket["seatNumber"] for ticket in tickets.pool(read, before["id"])]
    side_by_side = any(later - seat == 1 for seat, later in pairwise(seats))
    apart = now == "ALTERNATING" and len(seats) > 1
    if "GA" in (wanted, now) or (wanted == "ALTERNATING" and side_by_side) or (wanted == "CONSECUTIVE" and apart):
        raise invalid("seatType", f"is {now!r} by its seats and cannot be {wanted}", wanted)


def _share(tx: Tx, before: Payload, after: Payload, undivided: bool) -> None:
    id = stock_of(tx, before)
    price = wire.cents(after["listPrice"]) if after["listPrice"] != before["listPrice"] else None
    same = all(after[name] == before[name] for name in ("splitType", "customSplit")) and not undivided
    split = None if same else split_rule(after["splitType"], after["customSplit"], undivided)
    if id and (price is not None or split is not None):
        stock.alter(tx, id, NAME, str(before["id"]), price=price, split=split)


def update_prices(session: Session, bodies: Sequence[Payload]) -> list[Record]:
    """Change prices and broadcasts of several listings, all or none."""
    return [
        change(session, get_or_refuse(session.tx, INVENTORY, session.account, body["id"], f"{place}.id"), body)
        for place, body in enumerate(bodies)
    ]


def update_many(session: Session, body: Payload) -> None:
    """Change several listings in one way, all or none; the answer has no body."""
    for place, id in enumerate(body["inventoryIds"]):
        before = get_or_refuse(session.tx, INVENTORY, session.account, id, f"inventoryIds.{place}")
        change(session, before, _in_bulk(before, body))


def _in_bulk(before: Payload, body: Payload) -> Record:
    changes = {name: body[name] for name in (*PLAIN, "splitType", "customSplit", "noSplit") if name in body}
    for ours, theirs in (("publicNotes", "publicNotes"), ("notes", "internalNotes")):
        if f"{theirs}ToReplace" in body:
            changes[ours] = body[f"{theirs}ToReplace"]
        if f"{theirs}ToAdd" in body:
            changes[ours] = " ".join(part for part in (before[ours], body[f"{theirs}ToAdd"]) if part)
    if "inventoryAttribute" in body:
        changes["attributes"] = [*before["attributes"], body["inventoryAttribute"]]
    return changes | ({"attributes": []} if body.get("clearAttributes") else {})
