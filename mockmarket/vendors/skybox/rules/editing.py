"""Changes of listings by their broker: of one, of several in bulk, or within their purchase."""

from collections.abc import Sequence
from itertools import pairwise

from mockmarket import stock
from mockmarket.store import Read, Record, Tx, records
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Session
from mockmarket.vendors.skybox.records.inventory import SeatsQuery
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import files, holds, moving, orders, purchases, tickets
from mockmarket.vendors.skybox.rules.inventory import (
    CUSTOM,
    PLACE,
    PLAIN,
    POSITIONS,
    SHARED,
    counted,
    described,
    refresh,
    save,
    split_rule,
    stock_of,
)
from mockmarket.vendors.skybox.wire import INVENTORY, LINE, PURCHASE, get_or_refuse, invalid

OF_TICKETS = frozenset({*tickets.MONEY, "stockType", "tickets"})
"""Members of an update that change the listing's tickets."""
FILE = ("fileName", "base64FileBytes")
RENEWING = frozenset({"fileName", "barCode"})
"""Members of unsold tickets whose changes renew the listing's exchangePosId (public)."""
REMOVED = {"removeBarcode": "barCode", "removePdf": "fileName", "removeExternalTicketId": "externalTicketId"}
"""Members of a bulk update that clear a member of each ticket (public)."""

OF_EACH = {"newFaceValue": "faceValue", "newTaxedCost": "taxedCost"}
"""Members of bulk changes that each ticket gets (convention: described as an amount to raise it by, as is listPrice, which clients set)."""


def update(session: Session, id: int, body: Payload) -> Record:
    """Change a listing as its broker does on SkyBox's own pages."""
    return change(session, get_or_refuse(session.tx, INVENTORY, session.account, id), body)


def update_with_seats(session: Session, id: int, query: SeatsQuery, body: Payload) -> Record:
    """Change a listing; omitted fields stay unchanged. Price and split type also change at every other marketplace; with
    changeSeatNumbers the numbers of its seats, by `lowSeat` and `highSeat` or by its tickets."""
    before = get_or_refuse(session.tx, INVENTORY, session.account, id)
    return change(session, before, body, moving.shift_of(session.tx, before, body) if query["changeSeatNumbers"] else 0)


def change(session: Session, before: Record, body: Payload, shift: int = 0) -> Record:
    """Change a loaded inventory, and move the numbers of its seats by `shift`; returns its new state."""
    tx, by = session.tx, session.by
    if body.get("id", before["id"]) != before["id"]:
        raise invalid("id", f"must be {before['id']}, as in the path", body["id"])
    check_seat_type(tx, before, body.get("seatType", before["seatType"]))
    after = _changed(before, body)
    _share(tx, before, after, bool(body.get("noSplit")))
    place = {name: body[name] for name in PLACE if body.get(name) not in (None, before[name])}
    moved, columns = moving.move(session, before, place, shift) if place or shift else ({}, {})
    after |= moved
    if not OF_TICKETS & body.keys():
        return save(tx, before, after, by, **columns)
    own = tickets.of(tx, inventory=before["id"])
    changes = _of_tickets(tx, before, body, own)
    changed = [ticket for ticket in own if changes[ticket["id"]]]
    tickets.mark_each(tx, changed, by, [changes[ticket["id"]] for ticket in changed])
    files.drop_unused(
        tx, before["accountId"], [ticket["fileName"] for ticket in changed if "fileName" in changes[ticket["id"]]]
    )
    if any(RENEWING & changes[ticket["id"]].keys() for ticket in changed if ticket["status"] == "AVAILABLE"):
        after["exchangePosId"] += POSITIONS
    after |= {name: body[name] for name in tickets.MONEY if name in body}
    held = tickets.held_of(tx, before["id"])
    counts = counted(after, tickets.pool(tx, before["id"]), len(held))
    after = save(tx, before, after | counts, by, **columns)
    holds.recount(tx, changed, by)
    orders.follow(tx, changed, by)
    return after


def _of_tickets(tx: Tx, before: Record, body: Payload, own: Sequence[Record]) -> dict[int, Record]:
    # The changes of a listing's tickets by their ids: those sent for each, and the unsold ones' share of what is sent for all.
    changes = {ticket["id"]: _sent_for(tx, ticket, body.get("tickets") or ()) for ticket in own}
    if strange := [sent for sent in body.get("tickets") or () if not any(_is_of(ticket, sent) for ticket in own)]:
        raise invalid(
            "tickets",
            f"Inventory {before['id']} has no such ticket.",
            strange[0].get("id", strange[0].get("seatNumber")),
        )
    unsold = [ticket for ticket in own if ticket["status"] == "AVAILABLE"]
    pool = tickets.pool(tx, before["id"]) or unsold
    described_as = described(before, pool)
    for name in tickets.MONEY:
        if name in body and body[name] != described_as[name]:
            parts = wire.divided(body[name], [changes[ticket["id"]].get(name) for ticket in pool], name)
            for ticket, part in zip(pool, parts, strict=True):
                changes[ticket["id"]][name] = 0.0 if part is None and name == "faceValue" else part
    if body.get("stockType", before["stockType"]) != before["stockType"]:
        for ticket in unsold:
            changes[ticket["id"]] = {"stockType": body["stockType"]} | changes[ticket["id"]]
    return changes


def _is_of(ticket: Payload, sent: Payload) -> bool:
    return bool(
        sent["id"] == ticket["id"] if sent.get("id") is not None else sent.get("seatNumber") == ticket["seatNumber"]
    )


def _sent_for(tx: Tx, ticket: Payload, bodies: Sequence[Payload]) -> Record:
    sent = next((body for body in bodies if _is_of(ticket, body)), {})
    changes = {name: value for name, value in sent.items() if name not in FILE and ticket.get(name) != value}
    if "seatNumber" in changes:
        raise invalid(
            "tickets",
            f"Ticket {ticket['id']} has the seat {ticket['seatNumber']}, which stays.",
            sent["seatNumber"],
        )
    return changes | files.keep(tx, ticket, sent, "tickets")


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
        change(session, before, _in_bulk(session.tx, before, body))
    if body.get("received") is not None:
        for purchase in _purchases_of(session.tx, body["inventoryIds"]):
            orders.update("PURCHASE", session, purchase, {"received": body["received"]})


def _purchases_of(read: Read, ids: Sequence[int]) -> list[int]:
    own = [ticket for id in ids for ticket in tickets.of(read, inventory=id)]
    lines = sorted({ticket["purchaseLineId"] for ticket in own if ticket["purchaseLineId"]})
    return sorted(records.values(read, LINE, "target", ("number", "in", lines)))


def update_amounts(session: Session, bodies: Sequence[Payload]) -> None:
    """Set an amount of several listings: their expected value, or the face value or taxed cost of each of their unsold tickets, all
    or none; the answer has no body."""
    for place, body in enumerate(bodies):
        before = get_or_refuse(session.tx, INVENTORY, session.account, body["id"], f"{place}.id")
        each = {name: body[sent] for sent, name in OF_EACH.items() if sent in body}
        own = [{"id": ticket["id"], **each} for ticket in _unsold(session.tx, before)]
        change(session, before, {"tickets": own} if each else {"expectedValue": body["expectedValue"]})


def sync(session: Session, body: Payload) -> None:
    """Bring listings in line with their tickets, for every marketplace; a listing that is notifies nothing. The answer has no body."""
    for place, id in enumerate(body["inventoryIds"]):
        get_or_refuse(session.tx, INVENTORY, session.account, id, f"inventoryIds.{place}")
        refresh(session.tx, id, session.by)


def move_inventory(session: Session, body: Payload) -> None:
    """Change a listing's section and row; the answer has no body."""
    if body.get("inventoryId") is None:
        raise invalid("inventoryId", "may not be null")
    place = {name: value for name, value in body.items() if name != "inventoryId"}
    change(session, get_or_refuse(session.tx, INVENTORY, session.account, body["inventoryId"], "inventoryId"), place)


def move_line_inventory(session: Session, id: int, line: int, body: Payload) -> None:
    """Change section and row of a purchase line's listing; the answer has no body."""
    own = orders.of(session.tx, "PURCHASE", id, line)
    listing = _listing_of(session, own, {"id": body.get("inventoryId")}, "inventoryId")
    move_inventory(session, {**body, "inventoryId": listing["id"]})


def swap_events(session: Session, body: Payload) -> None:
    """Move listings to another event, all or none; the answer has no body."""
    for place, id in enumerate(body["inventoryIds"]):
        before = get_or_refuse(session.tx, INVENTORY, session.account, id, f"inventoryIds.{place}")
        change(session, before, {"eventId": body["eventId"]})


def update_purchase(session: Session, id: int, body: Record) -> Record:
    """Change a purchase's head, and its lines by their ids with their inventory and tickets; what is omitted stays unchanged."""
    get_or_refuse(session.tx, PURCHASE, session.account, id)
    for place, line in enumerate(body.pop("lines", None) or ()):
        _update_line(session, id, line, f"lines.{place}")
    return orders.update("PURCHASE", session, id, body)


def _update_line(session: Session, id: int, body: Payload, path: str) -> None:
    if body.get("id") is None:
        raise invalid(f"{path}.id", "may not be null; POST a new line to the purchase's lines")
    line = orders.of(session.tx, "PURCHASE", id, body["id"])
    if (body.get("cancel") or body.get("delete")) and not line["cancelled"]:
        purchases.cancel_purchase_line(session, id, line["id"])
        return
    sent = body.get("inventory") or {}
    listing = _listing_of(session, line, sent, f"{path}.inventory.id") if sent else {}
    head = {name: body[name] for name in ("amount", "description") if body.get(name) not in (None, line[name])}
    changes = {name: value for name, value in sent.items() if name != "id" and listing.get(name) != value}
    if head:
        purchases.update_purchase_line(session, id, line["id"], head)
    if changes:
        update(session, listing["id"], changes)
    cost = orders.of(session.tx, "PURCHASE", id, line["id"])["amount"]
    if head.get("amount", cost) != cost:
        raise invalid(f"{path}.amount", "is not what its inventory and tickets cost", head["amount"])


def _listing_of(session: Session, line: Payload, sent: Payload, path: str) -> Record:
    ids = line["inventoryIds"]
    id = sent["id"] if sent.get("id") is not None else next(iter(ids), 0)
    if id not in ids:
        raise invalid(path, f"Line {line['id']} has no such inventory.", id)
    return get_or_refuse(session.tx, INVENTORY, session.account, id, path)


def _in_bulk(read: Read, before: Payload, body: Payload) -> Record:
    changes = {name: body[name] for name in (*PLAIN, *PLACE, "splitType", "customSplit", "noSplit") if name in body}
    for ours, theirs in (("publicNotes", "publicNotes"), ("notes", "internalNotes")):
        if f"{theirs}ToReplace" in body:
            changes[ours] = body[f"{theirs}ToReplace"]
        if f"{theirs}ToAdd" in body:
            changes[ours] = " ".join(part for part in (before[ours], body[f"{theirs}ToAdd"]) if part)
    if "inventoryAttribute" in body:
        changes["attributes"] = [*before["attributes"], body["inventoryAttribute"]]
    each: Record = {name: None for flag, name in REMOVED.items() if body.get(flag)}
    each |= {"faceValue": body["faceValue"] or 0.0} if "faceValue" in body else {}
    if each or {"ticketDisclosure", "clearDisclosures"} & body.keys():
        own = _unsold(read, before)
        changes["tickets"] = [{"id": ticket["id"], **each, "disclosures": _disclosures(ticket, body)} for ticket in own]
    return changes | ({"attributes": []} if body.get("clearAttributes") else {})


def _disclosures(ticket: Payload, body: Payload) -> list[str]:
    own = [] if body.get("clearDisclosures") else ticket["disclosures"]
    return [*own, *([body["ticketDisclosure"]] if "ticketDisclosure" in body else [])]


def _unsold(read: Read, before: Payload) -> list[Record]:
    return [ticket for ticket in tickets.of(read, inventory=before["id"]) if ticket["status"] == "AVAILABLE"]
