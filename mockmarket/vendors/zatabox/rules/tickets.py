"""Tickets: minted when an order is paid or a comp is given, handed on, admitted or denied at a gate, refunded."""

from __future__ import annotations

from itertools import accumulate, pairwise

from mockmarket import stock
from mockmarket.clock import iso_s, parse_iso
from mockmarket.errors import Conflict
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.accounts import Attendee, Refund
from mockmarket.vendors.zatabox.records.common import NAME, Person
from mockmarket.vendors.zatabox.records.orders import CheckIn, CodeRequest, ScanRequest, Ticket
from mockmarket.vendors.zatabox.rules import inventory
from mockmarket.vendors.zatabox.rules.notices import change_status, check_status, get_or_404, notify
from mockmarket.vendors.zatabox.wire import ATTENDEE, CHECKIN, EVENT, REFUND, TICKET

REFUND_FLOW = Flow("refund", {"requested": ("approved", "denied"), "approved": ("processed",)})
"""Document, "Event catalog": requested, then approved and processed, or denied."""

DOOR_CODE = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""What door codes are made of (public: six characters; convention: none that is easily mistaken for another)."""

Unit = tuple[str, stock.Stock, tuple[int, ...]]
"""One ticket to be written: its id, its stock row, its seat number if it has one."""


def mint(tx: Tx, order: Record, cents: int) -> list[Record]:
    """Sell what an order holds and write a ticket for each seat, in the order of the seats; `cents` is what was paid in all."""
    sold = sum(change.quantity for change in stock.sell_held(tx, NAME, order["id"]))
    places = {row.id: place for place, row in enumerate(stock.of_event(tx, wire.core_id(order["eventId"])))}
    units = sorted(units_of(tx, order["id"], sold), key=lambda unit: (places[unit[1].id], unit[2]))
    prices = [inventory.cents_of(tx, inventory.type_of(tx, row)) for _, row, _ in units]
    paid = shares(cents, prices)
    return [write(tx, unit, order["buyer"], order["id"], share) for unit, share in zip(units, paid, strict=True)]


def units_of(tx: Tx, record: str, quantity: int) -> list[Unit]:
    """Give each of a record's sold seats to a ticket of its own, so that it can be put back alone."""
    units: list[Unit] = []
    for _ in range(quantity):
        id = wire.new_id(tx, "tic")
        [(row, _, numbers)] = stock.hand_over(tx, "sold", NAME, record, id, 1)
        units.append((id, stock.get(tx, row), numbers))
    return units


def shares(total: int, prices: list[int]) -> list[int]:
    """Spread what was paid over tickets by their prices, to the cent and none left over."""
    sums = list(accumulate(prices, initial=0))
    paid = [total * part // sums[-1] if sums[-1] else 0 for part in sums]
    return [after - before for before, after in pairwise(paid)]


def write(tx: Tx, unit: Unit, holder: Person, order: str | None, cents: int) -> Record:
    """Store a ticket and the attendee who holds it, announcing nothing yet."""
    id, row, numbers = unit
    of_type = inventory.type_of(tx, row)
    copied = {name: of_type[name] for name in ("eventId", "currency", "transferable")}
    type = {"ticketTypeId": of_type["id"], "ticketTypeName": of_type["name"]}
    sold = {"orderId": order, "complimentary": order is None, "price": wire.money(cents), "holder": holder}
    seat = wire.seat(row, numbers[0]) if numbers else None
    ticket = wire.new(tx, Ticket, id, new_codes(tx) | copied | type | sold, seat=seat, status="valid")
    records.put(tx, TICKET, ticket, cents=cents, changed_at=tx.now)
    attend(tx, holder)
    return ticket


def notify_minted(tx: Tx, minted: list[Record]) -> list[Record]:
    """Announce new tickets; returns them."""
    for ticket in minted:
        notify(tx, "ticket.created", ticket)
    return minted


def new_codes(tx: Tx) -> Record:
    """Return what admits a ticket's holder: a QR text, and a door code that no other ticket has."""
    qr, code = f"ZTB1.{tx.ids.text(32)}", tx.ids.text(6, DOOR_CODE)
    while records.first(tx, TICKET, ("code", "=", code)):
        code = tx.ids.text(6, DOOR_CODE)
    return {"qr": qr, "code": code}


def attend(tx: Tx, person: Person) -> None:
    """Store an attendee for a person, unless one has the address already."""
    if not records.first(tx, ATTENDEE, ("email", "=", person["email"])):
        records.put(tx, ATTENDEE, wire.new(tx, Attendee, wire.new_id(tx, "att"), person, tags=[]))


def change(tx: Tx, ticket: Record, **changes: object) -> Record:
    """Store a changed ticket; its columns follow."""
    changed = ticket | changes | {"updatedAt": iso_s(tx.now)}
    records.put(tx, TICKET, changed, cents=records.own(tx, TICKET, ticket["id"])["cents"], changed_at=tx.now)
    return changed


def code_of(body: CodeRequest) -> str:
    """Return the code of a scan, in whichever of its two fields it stands."""
    return body["qrData"] or body.get("code") or ""


def judge(tx: Tx, ticket: Record, body: ScanRequest, scanned_at: int | None = None) -> Record:
    """Admit or deny a ticket, write it into the door's log, and announce it."""
    reason = denial(tx, ticket, body.get("eventId"))
    at = iso_s(min(scanned_at or tx.now, tx.now))
    if reason is None:
        ticket = change(tx, ticket, status="checked_in", checkedInAt=at, gate=body["gateName"])
    scan = result(body, reason, ticket, at)
    scanned = {"gate": body["gateName"], "deviceId": body.get("deviceId"), "status": scan["status"], "reason": reason}
    event_id = body.get("eventId") or ticket["eventId"]
    id = wire.new_id(tx, "chk")
    line = wire.new(tx, CheckIn, id, scanned, eventId=event_id, ticketId=ticket["id"], at=at)
    records.put(tx, CHECKIN, line, at=tx.now)
    type, details = ("ticket.checkin_denied", {"reason": reason}) if reason else ("ticket.checked_in", {})
    notify(tx, type, ticket, **details)
    return scan


def denial(read: Read, ticket: Record, event_id: str | None) -> str | None:
    """Say why a ticket is not admitted, or None (document: the four reasons; convention: which goes before which)."""
    event = get_or_404(read, EVENT, ticket["eventId"])
    if event_id not in (None, ticket["eventId"]):
        return "wrong_event"
    if event["status"] == "cancelled" or ticket["status"] in ("refunded", "cancelled"):
        return "cancelled"
    if parse_iso(event["endDate"]) <= read.now:
        return "expired"
    return "duplicate" if ticket["status"] == "checked_in" else None


def result(body: CodeRequest, reason: str | None, ticket: Record | None, at: str) -> Record:
    """Write what a gate is answered (public: `status` admitted, else `reason`)."""
    status, gate = "denied" if reason else "admitted", body["gateName"]
    return {"status": status, "reason": reason, "code": code_of(body), "gateName": gate, "at": at, "ticket": ticket}


def open_refund(tx: Tx, ticket: Record, reason: str) -> Record:
    """Ask for a ticket's money back; Conflict where nothing was paid, or it is back or was asked for already."""
    if ticket["complimentary"]:
        raise Conflict(f"Ticket {ticket['id']} was given away; nothing was paid for it.")
    check_status("Ticket", ticket, "valid")
    refund = records.first(tx, REFUND, ("ticket", "=", ticket["id"]), ("status", "!=", "denied"))
    if refund is not None:
        raise Conflict(f"A refund of ticket {ticket['id']} was asked for already: {refund['id']}.")
    paid = {"orderId": ticket["orderId"], "amount": ticket["price"], "currency": ticket["currency"]}
    asked = {"ticketId": ticket["id"], "status": "requested", "reason": reason}
    refund = wire.new(tx, Refund, wire.new_id(tx, "ref"), paid | asked)
    records.put(tx, REFUND, refund)
    notify(tx, "refund.requested", refund)
    return refund


def move_refund(tx: Tx, id: str, status: str, **changes: str | None) -> Record:
    """Bring a refund to a status and announce it; with processed, the ticket is void and its seat free again."""
    refund = change_status(tx, REFUND, REFUND_FLOW, get_or_404(tx, REFUND, id), status, **changes)
    if status == "processed":
        change(tx, get_or_404(tx, TICKET, refund["ticketId"]), status="refunded")
        stock.put_back(tx, NAME, refund["ticketId"])
    notify(tx, f"refund.{status}", refund)
    return refund
