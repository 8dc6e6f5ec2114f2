"""Purchases, and what they share with invoices: heads, lines, balances. `type` is PURCHASE or INVOICE."""

from collections.abc import Sequence

from mockmarket import clock, errors
from mockmarket.store import Read, Record, Tx, records
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records import orders as shapes
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.rules import notifications, tickets
from mockmarket.vendors.skybox.rules.notifications import KIND_OF
from mockmarket.vendors.skybox.wire import get_or_refuse, invalid

RECORD = {"PURCHASE": shapes.Purchase, "INVOICE": shapes.Invoice}
ANSWER = {"PURCHASE": shapes.PurchaseWithLines, "INVOICE": shapes.InvoiceWithLines}
PARTY = {"PURCHASE": "vendorId", "INVOICE": "customerId"}
PARTY_KIND = {"PURCHASE": wire.VENDOR, "INVOICE": wire.CUSTOMER}
OF_PARTY = {"paymentMethod": "paymentMethod", "deliveryMethod": "defaultDeliveryMethod"}
CHARGES = ("taxAmount", "shippingAmount", "otherAmount")
DELIVERED = {"barcodesEntered": "barCode", "filesUploaded": "fileName", "externalTicketIdEntered": "externalTicketId"}
"""What an invoice says of its tickets: that each of them has this member."""
CANCELLED: Record = {"cancelled": True, "itemIds": []}


def of(read: Read, type: str, target: int, id: int) -> Record:
    """Return a line of one purchase or invoice; NotFound when it has no such line."""
    if (line := records.get(read, wire.LINE, str(id))) and (line["lineType"], line["targetId"]) == (type, target):
        return line
    raise errors.NotFound(f"There is no line {id} on {type.lower()} {target}.")


def all_of(read: Read, type: str, target: int) -> list[Record]:
    """Return the lines of a purchase or an invoice, oldest first."""
    return records.find(read, wire.LINE, ("type", "=", type), ("target", "=", target), order=[("number", "asc")])


def listed(type: str, read: Read, account: int, target: int) -> list[Record]:
    """Return the lines of an account's purchase or invoice in the form of answers, cancelled ones included."""
    get_or_refuse(read, KIND_OF[type], account, target)
    return [with_inventory(read, line) for line in all_of(read, type, target)]


def line_of(type: str, read: Read, account: int, target: int, id: int) -> Record:
    """Return a line of an account's purchase or invoice in the form of answers."""
    get_or_refuse(read, KIND_OF[type], account, target)
    return with_inventory(read, of(read, type, target, id))


def get(type: str, read: Read, account: int, id: int) -> Record:
    """Return an account's purchase or invoice in the form of answers."""
    return with_lines(type, read, get_or_refuse(read, KIND_OF[type], account, id))


def line(read: Read, account: int, id: int) -> Record:
    """Get a line of a purchase or an invoice; cancelled tickets are left out."""
    return with_inventory(read, get_or_refuse(read, wire.LINE, account, id))


def with_inventory(read: Read, line: Record) -> Record:
    """Return a line in the form of answers; a purchase's with its first inventory that has tickets left (public: at least one)."""
    ids = line["inventoryIds"] if line["lineType"] == "PURCHASE" else []
    listings = (records.get(read, wire.INVENTORY, str(id)) for id in ids)
    answer = line | {"inventory": next((listing for listing in listings if listing and listing["quantity"]), None)}
    return {name: answer[name] for name in shapes.ShownLine.__annotations__}


def with_lines(type: str, read: Read, record: Record) -> Record:
    """Return a purchase or an invoice with its lines."""
    answer = record | {"lines": [with_inventory(read, line) for line in all_of(read, type, record["id"])]}
    known = wire.blank(ANSWER[type]) | answer  # a record of an earlier version lacks later members
    return {name: known[name] for name in ANSWER[type].__annotations__}


def write(tx: Tx, type: str, account: int, body: Payload, by: Actor, **own: object) -> Record:
    """Store a new purchase or invoice without lines and without a notice; its due date is given, or follows from its terms."""
    days = int((body.get("purchaseTerm") or body["salesTerm"]).removeprefix("NET"))
    head = {"id": wire.next_number(tx, KIND_OF[type]), "accountId": account, **wire.stamps(by.name, tx.now)}
    party = records.get(tx, PARTY_KIND[type], str(body[PARTY[type]])) or {}
    for name, default in OF_PARTY.items():  # public: both are required members (convention: the party's own)
        head[name] = body.get(name) or party.get(default)
    head["dueDate"] = body.get("dueDate") or wire.moment(tx.now + days * clock.DAY)
    if body.get("fulfillmentStatus") == "COMPLETE":
        head["fulfillmentDate"] = wire.moment(tx.now)
    record = _consigned(wire.new_record(RECORD[type], body, **head))
    records.put(tx, KIND_OF[type], record, created_at=tx.now, updated_at=tx.now, **own)
    return record


def _consigned(record: Record) -> Record:
    # A purchase's consignment has the members that a body does not give (convention: its id is the purchase's).
    if sent := record.get("consignment"):
        own = {"id": record["id"], "accountId": record["accountId"], "purchaseId": record["id"]}
        return record | {"consignment": own | {"created": record["createdDate"], "lines": []} | sent}
    return record


def add(tx: Tx, target: Record, type: str, body: Payload, by: Actor) -> Record:
    """Store a new line without a notice."""
    line = new_line(target, type, body, wire.next_number(tx, wire.LINE), wire.stamps(by.name, tx.now))
    records.put(tx, wire.LINE, line, event=body.get("event", 0), inventory=(line["inventoryIds"] or [0])[0])
    return line


def new_line(target: Payload, type: str, body: Payload, id: int, stamps: Payload) -> Record:
    """Return a new line."""
    own = {"id": id, "accountId": target["accountId"], "targetId": target["id"], "lineType": type}
    return wire.new_record(shapes.Line, body, **own, amount=float(body["amount"]), **stamps)


def fill(tx: Tx, line: Record, tickets: Sequence[Record], listing: Record) -> None:
    """Store a new line of a purchase with its listing and tickets."""
    line |= {"itemIds": [ticket["id"] for ticket in tickets], "inventoryIds": [listing["id"]]}
    records.put(tx, wire.LINE, line, event=listing["eventId"], inventory=listing["id"])


def update(type: str, session: Session, id: int, body: Record) -> Record:
    """Change the head of a purchase or an invoice; Invalid for a paymentStatus that payments or cancelled lines contradict."""
    tx = session.tx
    before = get_or_refuse(tx, KIND_OF[type], session.account, id)
    party = PARTY[type]
    if body.get(party) not in (None, before[party]):
        raise invalid(party, f"is {before[party]} and cannot be changed", body[party])
    after = before | {name: value for name, value in body.items() if value is not None or name not in OF_PARTY}
    after = _consigned(after)
    fulfilled = after.get("fulfillmentStatus")
    if fulfilled != before.get("fulfillmentStatus"):
        after["fulfillmentDate"] = wire.moment(tx.now) if fulfilled == "COMPLETE" else None
    changed = settle(tx, type, before, after, session.by)
    wanted, status = body.get("paymentStatus"), changed["paymentStatus"]
    if wanted not in (None, status):
        raise invalid("paymentStatus", f"is {status}, as payments and lines have it; leave it out", wanted)
    return with_lines(type, tx, changed)


def store(tx: Tx, topic: str, versions: tuple[Record, Record], by: Actor, **own: object) -> Record:
    """Store the later version of a record with a timestamp, and notify of its relevant changes."""
    before, after = versions
    stamped = after | wire.change_stamp(by.name, tx.now)
    records.update(tx, KIND_OF[topic], stamped, **own)
    notifications.updated(tx, topic, before, stamped, by)
    return stamped


def save(tx: Tx, before: Record, after: Record, by: Actor) -> Record:
    """Store a changed line and notify of its relevant changes."""
    return before if after == before else store(tx, "LINE", (before, after), by)


def counted(line: Payload, left: Sequence[Payload]) -> Record:
    """Return the members of a line that follow from its remaining tickets; without any it is cancelled."""
    if not left:
        return CANCELLED
    price = "cost" if line["lineType"] == "PURCHASE" else "sellPrice"
    places = {"itemIds": "id", "inventoryIds": "inventoryId"}
    own = {name: _in_order(line[name], [ticket[of] for ticket in left]) for name, of in places.items()}
    return {"quantity": len(left), "amount": wire.total(left, price), **own}


def _in_order(before: Sequence[int], now: Sequence[int]) -> list[int]:
    return list(dict.fromkeys([*(id for id in before if id in now), *now]))


def follow(tx: Tx, changed: Sequence[Payload], by: Actor) -> None:
    """Bring what changed tickets are on in line with them: their purchase lines and purchases, and the invoices that they are sold on."""
    for id in sorted({ticket["purchaseLineId"] for ticket in changed} - {None}):
        before = get_or_refuse(tx, wire.LINE, None, id)
        if not before["cancelled"]:
            save(tx, before, before | counted(before, tickets.of(tx, purchase_line=id)), by)
            purchase = get_or_refuse(tx, wire.PURCHASE, None, before["targetId"])
            settle(tx, "PURCHASE", purchase, purchase, by)
    for id in sorted({ticket["invoiceLineId"] for ticket in changed} - {None}):
        line = get_or_refuse(tx, wire.LINE, None, id)
        invoice = get_or_refuse(tx, wire.INVOICE, None, line["targetId"])
        settle(tx, "INVOICE", invoice, invoice, by)


def sold_tickets(read: Read, invoice: int) -> list[Record]:
    """Return the tickets that are sold on an invoice, line by line."""
    lines = (line["id"] for line in all_of(read, "INVOICE", invoice) if not line["cancelled"])
    return [ticket for id in lines for ticket in tickets.of(read, sale=id)]


def total(record: Payload, lines: Sequence[Payload]) -> float:
    """Return what a purchase or an invoice with these lines comes to, charges included."""
    cents = wire.cents(wire.total(lines, "amount")) + sum(wire.cents(record[name]) for name in CHARGES)
    return wire.money(cents)


def balance(tx: Tx, type: str, record: Record) -> Record:
    """Return a purchase or an invoice with its outstanding balance and payment status."""
    lines = all_of(tx, type, record["id"])
    due = wire.cents(total(record, [line for line in lines if not line["cancelled"]]))
    paid = sum(wire.cents(payment["amount"]) for payment in record["payments"])
    if record["paymentStatus"] == "PAID" and not record["payments"]:
        paid = due
    changed = record | {"outstandingBalance": wire.money(due - paid)}
    if type == "INVOICE":
        sold = sold_tickets(tx, record["id"])
        changed |= {flag: bool(sold) and tickets.have(sold, name) for flag, name in DELIVERED.items()}
    if lines and all(line["cancelled"] for line in lines):
        return changed | {"paymentStatus": "VOID", "outstandingBalance": 0.0}
    if record["payments"]:
        changed["paymentStatus"] = "PAID" if due <= paid else "PARTIAL"
    return changed


def settle(tx: Tx, type: str, before: Record, after: Record, by: Actor) -> Record:
    """Store a changed purchase or invoice with its balance, and notify of its relevant changes."""
    balanced = balance(tx, type, after)
    return before if balanced == before else store(tx, type, (before, balanced), by, updated_at=tx.now)


def settle_line(session: Session, type: str, target: Record, line: Record) -> Record:
    """Update a purchase or an invoice after a change of a line; returns the line in the form of answers."""
    current = get_or_refuse(
        session.tx, KIND_OF[type], None, target["id"]
    )  # settled already where its tickets have changed
    settle(session.tx, type, current, current, session.by)
    return with_inventory(session.tx, line)


def add_note(type: str, session: Session, id: int, body: Payload) -> Record:
    """Add a note to a purchase or an invoice; answers it."""
    before = get_or_refuse(session.tx, KIND_OF[type], session.account, id)
    note: Record = {"id": id * 1000 + len(before["notes"]) + 1, "userId": session.by.user, "accountId": session.account}
    note |= {
        f"{type.lower()}Id": id,
        "date": wire.moment(session.tx.now),
        "text": body["text"],
        "author": session.by.name,
    }
    store(
        session.tx, type, (before, before | {"notes": [*before["notes"], note]}), session.by, updated_at=session.tx.now
    )
    return note


def open_target(tx: Tx, type: str, target: Record, lines: Sequence[Record], by: Actor) -> Record:
    """Store a new purchase or invoice with its balance, and notify of it and of each of its lines."""
    balanced = balance(tx, type, target)
    records.update(tx, KIND_OF[type], balanced)
    notifications.created(tx, type, [balanced], by)
    notifications.created(tx, "LINE", lines, by)
    return balanced
