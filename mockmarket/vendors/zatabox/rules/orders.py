"""Orders: seats are held while one is pending, sold when it is paid, freed when it ends otherwise. Promo codes; tickets and refunds."""

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise

from mockmarket import clock, errors, stock
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Record, Tx, keys, records, timers
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records import accounts, common, orders as shapes, organizer
from mockmarket.vendors.zatabox.rules import inventory, notices

FLOW = Flow("order", {"pending": ("completed", "failed", "cancelled")})
"""Document, "Event catalog": pending, then paid, failed, or cancelled while unpaid; these are final."""
REFUND_FLOW = Flow("refund", {"requested": ("approved", "denied"), "approved": ("processed",)})
"""Document, "Event catalog": requested, then approved and processed, or denied."""
DOOR_CODE = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # public: six characters; convention: no ambiguous ones
Unit = tuple[str, stock.Stock, tuple[int, ...]]  # a new ticket: its id, stock row and seat number, if any
LAPSES = "order_lapses"
SETTLES = "payment_settles"
DECLINED = "payment_declined"
SALE_PERCENT = 5  # document: "5% per ticket sold"
ISSUE_PERCENT = 3  # public: "3% wallet fee on paid tickets"


@dataclass(frozen=True, slots=True)
class Line:
    """An order's quantity and price of one ticket type, and its chosen seats, if any."""

    ticket_type: Record
    cents: int
    quantity: int
    seats: tuple[inventory.Place, ...] = ()


def begin(tx: Tx, body: shapes.NewOrder, token: str | None = None, ttl_s: float | None = None) -> Record:
    """Hold an order's seats, for `ttl_s` or else as the setting says, store it as pending, and announce it; a free one is
    completed. Without a token only keys can read it."""
    ttl_s = float(tx.store.settings[common.NAME]["order_ttl_s"]) if ttl_s is None else ttl_s  # 0: without limit
    until = clock.later(tx.now, round(ttl_s * 1000)) if ttl_s else None
    order, cents = _write_order(tx, body, until)
    records.put(
        tx, wire.ORDER, order, cents=cents, credit=_less_fee(cents), token_hash=keys.digest(token) if token else ""
    )
    notices.notify(tx, "order.created", order)
    if cents == 0:
        return finish(tx, order, "completed", completedAt=clock.iso_s(tx.now))
    if until is not None:
        timers.set(tx, timers.Timer(common.NAME, LAPSES, order["id"], until))
    return order


def issue(tx: Tx, event_id: str, body: shapes.IssueRequest) -> tuple[Record, int]:
    """Complete an order that was paid elsewhere, whose fee the wallet pays; returns it with the fee in cents."""
    sent = shapes.NewOrder(
        items=body["items"], guestEmail=body["guestEmail"], guestName=body["guestName"], promoCode=None
    )
    sent["venueSeatIds"], sent["holderToken"] = body.get("venueSeatIds", []), body.get("holderToken")
    order, cents = _write_order(tx, sent, None)
    if order["eventId"] != event_id:
        raise errors.Conflict(f"These tickets are of event {order['eventId']}.")
    order["reference"], fee = body["reference"], _share(cents, ISSUE_PERCENT)
    records.put(tx, wire.ORDER, order, cents=cents, credit=-fee, token_hash="")
    return finish(tx, order, "completed", completedAt=clock.iso_s(tx.now)), fee


def _share(cents: int, percent: int) -> int:
    return (cents * percent + 50) // 100


def _less_fee(cents: int) -> int:
    return cents - _share(cents, SALE_PERCENT)


def _write_order(tx: Tx, body: shapes.NewOrder, until: int | None) -> tuple[Record, int]:
    lines = _lines_of(tx, body)
    if len({(line.ticket_type["eventId"], line.ticket_type["currency"]) for line in lines}) > 1:
        raise notices.invalid("items", "must be of one event and one currency")
    if sum(line.quantity for line in lines) > common.MOST_SEATS:
        raise notices.invalid("items", f"may have {common.MOST_SEATS} tickets in all")
    event = records.get_or_404(tx, wire.EVENT, lines[0].ticket_type["eventId"])
    notices.check_status("Event", event, "published", so="; its tickets are not sold")
    for line in lines:
        inventory.check_sale(tx, line.ticket_type)
    order, cents = _order_of(tx, body, lines, until)
    for line in lines:
        if line.seats:
            inventory.take_places(tx, order["id"], line.ticket_type, line.seats, body.get("holderToken"))
        else:
            inventory.hold(tx, line.ticket_type, line.quantity, order["id"])
    return order, cents


def _lines_of(read: Read, body: shapes.NewOrder) -> list[Line]:
    items: Counter[str] = Counter()
    for item in body["items"]:
        items[item["ticketTypeId"]] += item["quantity"]
    chosen: dict[str, list[inventory.Place]] = {}
    for seat_id in dict.fromkeys(body.get("venueSeatIds", ())):
        place = inventory.place_of(read, seat_id)
        chosen.setdefault(inventory.type_of(read, place.row)["id"], []).append(place)
    counted = {id: len(places) for id, places in chosen.items()}
    if chosen and items and items != counted:
        raise notices.invalid("items", "must count as many of each ticket type as venueSeatIds chooses, or be left out")
    types = [(records.get_or_404(read, wire.TICKET_TYPE, id), quantity) for id, quantity in (counted or items).items()]
    return [
        Line(type, inventory.cents_of(read, type), quantity, tuple(chosen.get(type["id"], ())))
        for type, quantity in types
    ]


def _order_of(tx: Tx, body: shapes.NewOrder, lines: list[Line], until: int | None) -> tuple[Record, int]:
    subtotal = sum(line.cents * line.quantity for line in lines)
    of_type = {name: lines[0].ticket_type[name] for name in ("eventId", "currency")}
    promo, discount = _use_promo(tx, body["promoCode"], of_type["eventId"], subtotal)
    buyer = {"name": body["guestName"], "email": body["guestEmail"]}
    items, places = [_item_of(line) for line in lines], [place.id for line in lines for place in line.seats]
    sold = {"items": items, "venueSeatIds": places, "buyer": buyer, "promoCode": promo, "expiresAt": wire.iso(until)}
    sent = sums(subtotal, discount) | of_type | sold
    return wire.new(tx, shapes.Order, wire.new_id(tx, "ord"), sent, status="pending"), subtotal - discount


def sums(subtotal: int, discount: int) -> dict[str, str]:
    """Return an order's amounts before and after a promo code."""
    cents = {"subtotal": subtotal, "discount": discount, "total": subtotal - discount}
    return {name: wire.money(amount) for name, amount in cents.items()}


def _item_of(line: Line) -> shapes.Item:
    price, subtotal = wire.money(line.cents), wire.money(line.cents * line.quantity)
    id, name = line.ticket_type["id"], line.ticket_type["name"]
    return {"ticketTypeId": id, "name": name, "quantity": line.quantity, "unitPrice": price, "subtotal": subtotal}


def finish(tx: Tx, order: Record, status: str, **changes: str) -> Record:
    """Move an order to its final status: completed sells its seats and creates its tickets, any other frees its seats."""
    timers.stop(tx, common.NAME, LAPSES, order["id"])
    order = notices.change_status(tx, wire.ORDER, FLOW, order, status, expiresAt=None, **changes)
    minted = []
    if status == "completed":
        minted = _mint(tx, order, records.own(tx, wire.ORDER, order["id"])["cents"])
    else:
        stock.release(tx, common.NAME, order["id"])
        if promo := order["promoCode"] and with_code(tx, order["promoCode"]):
            _count_use(tx, promo, -1)
    notices.notify(tx, f"order.{status}", order)
    notify_minted(tx, minted)
    inventory.notify_last_sales(tx, [ticket["ticketTypeId"] for ticket in minted])
    return order


def lapse(tx: Tx, id: str) -> None:
    """Cancel an order that was pending for too long."""
    if (order := records.get(tx, wire.ORDER, id)) and order["status"] == "pending":
        finish(tx, order, "cancelled", cancelReason="expired")


def payments_of(read: Read, order: str) -> list[Record]:
    """Return an order's payments, oldest first."""
    return records.find(read, wire.PAYMENT, ("order", "=", order))


def resolve(tx: Tx, order: Record) -> Record:
    """Apply the payment's outcome that the settings give: succeed, fail, or wait."""
    outcome = tx.store.settings[common.NAME]["payment_outcome"]
    if outcome == "succeed":
        return settle(tx, order)
    return decline(tx, order, DECLINED) if outcome == "fail" else order


def due(tx: Tx, id: str) -> None:
    """Resolve a payment at its time."""
    if (order := records.get_or_404(tx, wire.ORDER, id))["status"] == "pending":
        resolve(tx, order)


def settle(tx: Tx, order: Record) -> Record:
    """Settle an order's payment: the order is completed."""
    close_payments(tx, order["id"], status="succeeded", settledAt=clock.iso_s(tx.now))
    return finish(tx, order, "completed", completedAt=clock.iso_s(tx.now))


def decline(tx: Tx, order: Record, reason: str) -> Record:
    """Fail an order's payment: the order fails too."""
    close_payments(tx, order["id"], status="failed", failureReason=reason)
    return finish(tx, order, "failed", failureReason=reason)


def close_payments(tx: Tx, order: str, **changes: str) -> None:
    """End an order's pending payments: the newest with these changes, earlier ones as failed."""
    timers.stop(tx, common.NAME, SETTLES, order)
    for payment in reversed(payments_of(tx, order)):
        if payment["status"] == "pending":
            records.update(tx, wire.PAYMENT, payment | changes)
            changes = {"status": "failed", "failureReason": "superseded"}


def with_code(read: Read, code: str) -> Record | None:
    """Return the promo code of this text, in any case, or None."""
    return records.first(read, wire.PROMO, ("code", "=", code.upper()))


def problem(read: Read, promo: Record | None, event: str) -> str | None:
    """Return why a promo code cannot be used for an event now, or None."""
    if promo is None:
        return "unknown"
    if not promo["active"]:
        return "inactive"
    if promo["eventId"] not in (None, event):
        return "other_event"
    if promo["startsAt"] and read.now < clock.parse_iso(promo["startsAt"]):
        return "not_started"
    if promo["endsAt"] and read.now >= clock.parse_iso(promo["endsAt"]):
        return "ended"
    return "used_up" if promo["maxUses"] is not None and promo["uses"] >= promo["maxUses"] else None


def takes_off(promo: Record, subtotal: int) -> int:
    """Return a promo code's discount on an amount, in cents: a percentage or a fixed amount, at most the whole amount."""
    value = round(float(promo["value"]) * 100)
    return min(subtotal * value // 10_000 if promo["type"] == "percent" else value, subtotal)


def _use_promo(tx: Tx, code: str | None, event: str, subtotal: int) -> tuple[str | None, int]:
    if code is None:
        return None, 0
    promo = with_code(tx, code)
    wrong = problem(tx, promo, event)
    if wrong or promo is None:
        raise notices.invalid("promoCode", f"cannot be used: {wrong}")
    _count_use(tx, promo, 1)
    return promo["code"], takes_off(promo, subtotal)


def _count_use(tx: Tx, promo: Record, by: int) -> None:
    records.update(tx, wire.PROMO, promo | {"uses": max(0, promo["uses"] + by), "updatedAt": clock.iso_s(tx.now)})


def store_promo(tx: Tx, body: Record) -> Record:
    """Store a new promo code."""
    promo = wire.new(tx, shapes.Promo, wire.new_id(tx, "prm"), {}, code=body["code"].upper(), uses=0)
    return revise_promo(tx, promo | {"eventId": body["eventId"]}, body | {"code": promo["code"]})


def revise_promo(tx: Tx, promo: Record, body: Record) -> Record:
    """Store a promo code with the sent members; Invalid for more than 100 percent."""
    event = records.get(tx, wire.EVENT, promo["eventId"]) if promo["eventId"] else None
    promo |= body | common.dates_of(body, event["timezone"] if event else "UTC")
    if promo["type"] == "percent" and float(promo["value"]) > 100:
        raise notices.invalid("value", "must be at most 100 percent")
    promo |= {"value": wire.money(round(float(promo["value"]) * 100)), "updatedAt": clock.iso_s(tx.now)}
    records.put(tx, wire.PROMO, promo)
    return promo


def _mint(tx: Tx, order: Record, cents: int) -> list[Record]:
    sold = sum(change.quantity for change in stock.sell_held(tx, common.NAME, order["id"]))
    places = {row.id: place for place, row in enumerate(stock.of_event(tx, wire.core_id(order["eventId"])))}
    units = sorted(units_of(tx, order["id"], sold), key=lambda unit: (places[unit[1].id], unit[2]))
    prices = [inventory.cents_of(tx, inventory.type_of(tx, row)) for _, row, _ in units]
    sums = list(accumulate(prices, initial=0))  # divided by their prices, to the cent, without remainder
    paid = pairwise(cents * part // sums[-1] if sums[-1] else 0 for part in sums)
    shares = zip(units, (after - before for before, after in paid), strict=True)
    return [write_ticket(tx, unit, order["buyer"], order["id"], share) for unit, share in shares]


def units_of(tx: Tx, record: str, quantity: int) -> list[Unit]:
    """Assign each of a record's sold seats to a ticket of its own, so that it can be returned alone."""
    units: list[Unit] = []
    for _ in range(quantity):
        id = wire.new_id(tx, "tic")
        [(row, _, numbers)] = stock.hand_over(tx, "sold", common.NAME, record, id, 1)
        units.append((id, stock.get(tx, row), numbers))
    return units


def write_ticket(tx: Tx, unit: Unit, holder: common.Person, order: str | None, cents: int) -> Record:
    """Store a ticket and its holder as an attendee, without a notice."""
    id, row, numbers = unit
    type = inventory.type_of(tx, row)
    of_type = {name: type[name] for name in ("eventId", "currency", "transferable")}
    of_type |= {"ticketTypeId": type["id"], "ticketTypeName": type["name"]}
    sold: Record = {"orderId": order, "complimentary": order is None, "price": wire.money(cents), "holder": holder}
    sold["seat"] = wire.seat(row, numbers[0]) if numbers else None
    ticket = wire.new(tx, shapes.Ticket, id, new_codes(tx) | of_type | sold, status="valid")
    records.put(tx, wire.TICKET, ticket, cents=cents, changed_at=tx.now)
    attend(tx, holder)
    return ticket


def notify_minted(tx: Tx, minted: list[Record]) -> list[Record]:
    """Announce new tickets; returns them."""
    for ticket in minted:
        notices.notify(tx, "ticket.created", ticket)
    return minted


def new_codes(tx: Tx) -> Record:
    """Return new codes of a ticket: a QR text, and a unique door code."""
    qr, code = f"ZTB1.{tx.ids.text(32)}", tx.ids.text(6, DOOR_CODE)
    while records.first(tx, wire.TICKET, ("code", "=", code)):
        code = tx.ids.text(6, DOOR_CODE)
    return {"qr": qr, "code": code}


def attend(tx: Tx, person: common.Person) -> None:
    """Store a person as an attendee, unless one has the e-mail address already."""
    if not records.first(tx, wire.ATTENDEE, ("email", "=", person["email"])):
        records.put(tx, wire.ATTENDEE, wire.new(tx, accounts.Attendee, wire.new_id(tx, "att"), person, tags=[]))


def change_ticket(tx: Tx, ticket: Record, **changes: object) -> Record:
    """Store a changed ticket with its columns."""
    changed = ticket | changes | {"updatedAt": clock.iso_s(tx.now)}
    records.update(tx, wire.TICKET, changed, changed_at=tx.now)
    return changed


def code_of(body: shapes.CodeRequest) -> str:
    """Return the code of a scan, from either of its two fields."""
    return body["qrData"] or body.get("code") or ""


def judge(tx: Tx, ticket: Record, body: shapes.ScanRequest, scanned_at: int | None = None) -> Record:
    """Admit or deny a ticket, write it into the check-in log, and announce it."""
    reason = _denial(tx, ticket, body.get("eventId"))
    at, gate = clock.iso_s(min(scanned_at or tx.now, tx.now)), body["gateName"]
    if reason is None:
        ticket = change_ticket(tx, ticket, status="checked_in", checkedInAt=at, gate=gate)
    scan = result(body, reason, ticket, at)
    place = {"eventId": body.get("eventId") or ticket["eventId"], "gate": gate, "deviceId": body.get("deviceId")}
    line = place | {"ticketId": ticket["id"], "status": scan["status"], "reason": reason, "at": at}
    records.put(tx, wire.CHECKIN, wire.new(tx, shapes.CheckIn, wire.new_id(tx, "chk"), line), at=tx.now)
    if reason:
        notices.notify(tx, "ticket.checkin_denied", ticket, reason=reason)
    else:
        notices.notify(tx, "ticket.checked_in", ticket)
    return scan


def _denial(read: Read, ticket: Record, event_id: str | None) -> str | None:
    event = records.get_or_404(read, wire.EVENT, ticket["eventId"])
    if event_id not in (None, ticket["eventId"]):
        return "wrong_event"
    if event["status"] == "cancelled" or ticket["status"] in ("refunded", "cancelled"):
        return "cancelled"
    if event["endDate"] and clock.parse_iso(event["endDate"]) <= read.now:
        return "expired"
    return "duplicate" if ticket["status"] == "checked_in" else None


def result(body: shapes.CodeRequest, reason: str | None, ticket: Record | None, at: str) -> Record:
    """Return the answer to a scan (public: `status` admitted, else `reason`)."""
    status, gate = "denied" if reason else "admitted", body["gateName"]
    return {"status": status, "reason": reason, "code": code_of(body), "gateName": gate, "at": at, "ticket": ticket}


def open_refund(tx: Tx, ticket: Record, reason: str) -> Record:
    """Request a ticket's refund; Conflict when nothing was paid, or a refund exists already."""
    if ticket["complimentary"]:
        raise errors.Conflict(f"Ticket {ticket['id']} was given away; nothing was paid for it.")
    notices.check_status("Ticket", ticket, "valid")
    if refund := records.first(tx, wire.REFUND, ("ticket", "=", ticket["id"]), ("status", "!=", "denied")):
        raise errors.Conflict(f"A refund of ticket {ticket['id']} was asked for already: {refund['id']}.")
    paid = {"ticketId": ticket["id"], "orderId": ticket["orderId"], "amount": ticket["price"]}
    members = paid | {"currency": ticket["currency"], "status": "requested", "reason": reason}
    refund = wire.new(tx, accounts.Refund, wire.new_id(tx, "ref"), members)
    records.put(tx, wire.REFUND, refund)
    return notices.notify(tx, "refund.requested", refund)


def move_refund(tx: Tx, refund: Record, status: str, **changes: str | None) -> Record:
    """Move a refund to a status and announce it; with processed, the ticket becomes void and its seat free."""
    refund = notices.change_status(tx, wire.REFUND, REFUND_FLOW, refund, status, **changes)
    if status == "processed":
        change_ticket(tx, records.get_or_404(tx, wire.TICKET, refund["ticketId"]), status="refunded")
        stock.put_back(tx, common.NAME, refund["ticketId"])
        _debit(tx, refund)
    return notices.notify(tx, f"refund.{status}", refund)


def _debit(tx: Tx, refund: Record) -> None:
    credit = records.own(tx, wire.ORDER, refund["orderId"])["credit"] or 0
    if credit > 0:  # an issued order's is its fee, which stays
        order = records.get_or_404(tx, wire.ORDER, refund["orderId"])
        records.update(tx, wire.ORDER, order, credit=max(0, credit - _less_fee(round(float(refund["amount"]) * 100))))


def wallets(read: Read) -> list[organizer.Wallet]:
    """Return the balance of each currency that was sold in: what orders brought less the vendor's fees."""
    balances = records.sums(read, wire.ORDER, "credit", "currency", [("status", "=", "completed")])
    return [{"currency": name, "balance": wire.money(cents)} for name, cents in balances.items()]
