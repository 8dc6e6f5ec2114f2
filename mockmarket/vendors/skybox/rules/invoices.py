"""Invoices: sales of tickets, here or at another marketplace, and their payments."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from mockmarket import stock
from mockmarket.rules import splits
from mockmarket.store import Read, Record, Tx, records
from mockmarket.vendors.skybox import callers, wire
from mockmarket.vendors.skybox.records.orders import ForceQuery, LineIds, Transaction
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import holds, inventory, notifications, orders, purchases, tickets
from mockmarket.vendors.skybox.wire import blamed_on, get_or_refuse, invalid

TYPE = "INVOICE"


@dataclass(slots=True)
class Sold:
    """The results of a sale to be notified: its lines, the listings of its tickets, and the holds that it has ended."""

    lines: list[Record] = field(default_factory=list)
    listings: set[int] = field(default_factory=set)
    holds: set[int] = field(default_factory=set)


def create_invoice(session: callers.Session, query: ForceQuery, body: Payload) -> Record:
    """Create an invoice; its tickets go off sale everywhere at once. `force` sells held tickets and ends the hold."""
    tx, by = session.tx, session.by
    get_or_refuse(tx, wire.CUSTOMER, session.account, body["customerId"], "customerId")
    invoice = orders.write(tx, TYPE, session.account, body, by, source="")
    sold = _sell_lines(tx, invoice, body["lines"], query["force"], by)
    invoice = orders.open_target(tx, TYPE, invoice, sold.lines, by)
    _notify_sale(tx, sold, by)
    return orders.with_lines(TYPE, tx, invoice)


def _sell_lines(tx: Tx, invoice: Record, bodies: Sequence[Payload], force: bool, by: callers.Actor) -> Sold:
    sold = Sold()
    for place, body in enumerate(bodies):
        path = f"lines.{place}"
        if body["lineItemType"] != "GENERIC":
            sold.lines.append(_sell(tx, invoice, body, path, force, sold, by))
        elif body.get("itemIds"):
            sentence = "must be left out of a GENERIC line; tickets go on an INVENTORY line"
            raise invalid(f"{path}.itemIds", sentence, body["itemIds"])
        else:
            sold.lines.append(orders.add(tx, invoice, TYPE, {**body, "quantity": body.get("quantity") or 1}, by))
    return sold


def add_invoice_lines(session: callers.Session, id: int, query: ForceQuery, bodies: Sequence[Payload]) -> list[Record]:
    """Add lines to an invoice; answers them."""
    tx, by = session.tx, session.by
    invoice = get_or_refuse(tx, wire.INVOICE, session.account, id)
    _check_own(tx, id, "lines", bodies)
    sold = _sell_lines(tx, invoice, bodies, query["force"], by)
    notifications.created(tx, "LINE", sold.lines, by)
    _notify_sale(tx, sold, by)
    orders.settle(tx, TYPE, invoice, invoice, by)
    return [orders.with_inventory(tx, line) for line in sold.lines]


def _check_own(read: Read, id: int, path: str, value: object) -> None:
    if records.own(read, wire.INVOICE, str(id))["source"]:
        raise invalid(path, f"Invoice {id} is another marketplace's sale and changes there.", value)


def _own_line(read: Read, account: int, id: int, line: int) -> tuple[Record, Record]:
    invoice, record = get_or_refuse(read, wire.INVOICE, account, id), orders.of(read, TYPE, id, line)
    _check_own(read, id, "lineId", line)
    if record["cancelled"]:
        raise invalid("lineId", f"Line {line} has been cancelled before.", line)
    return invoice, record


def update_invoice_line(session: callers.Session, id: int, line: int, body: Payload) -> Record:
    """Change a line's quantity, amount and description."""  # public; tickets come back from it or are sold on it
    tx = session.tx
    invoice, before = _own_line(tx, session.account, id, line)
    after = before | {name: body[name] for name in ("amount", "description") if body.get(name) is not None}
    if before["itemIds"]:
        check_price(after["amount"], "amount")
        after |= resize(tx, after, body.get("quantity") or before["quantity"], session.by)
    elif body.get("quantity") is not None:
        after["quantity"] = body["quantity"]
    return orders.settle_line(session, TYPE, invoice, orders.save(tx, before, after, session.by))


def check_price(amount: float, path: str) -> None:
    """Raise Invalid for a negative price of tickets; a generic line may have one."""
    if amount < 0:
        raise invalid(path, "must be 0 or more on a line with tickets", amount)


def delete_invoice_line(session: callers.Session, id: int, line: int) -> Record:
    """Cancel a line: its tickets are for sale again everywhere; answers the cancelled line."""
    tx, by = session.tx, session.by
    invoice, before = _own_line(tx, session.account, id, line)
    changed = orders.save(tx, before, before | orders.CANCELLED, by)
    _give_back(tx, before, tickets.of(tx, sale=line), by)
    return orders.settle_line(session, TYPE, invoice, changed)


def cancel_lines(session: callers.Session, body: LineIds, only: str | None = None) -> None:
    """Cancel lines of purchases and invoices, all or none; the answer has no body."""
    _cancel(session, body["lineIds"], "lineIds.", only)


def cancel_purchase_lines(session: callers.Session, ids: Sequence[int]) -> None:
    """Cancel lines of purchases, all or none: their tickets go off sale everywhere; the answer has no body."""
    _cancel(session, ids, "", "PURCHASE")


def _cancel(session: callers.Session, ids: Sequence[int], prefix: str, only: str | None) -> None:
    for place, id in enumerate(ids):
        path = f"{prefix}{place}"
        line = get_or_refuse(session.tx, wire.LINE, session.account, id, path)
        if only not in (None, line["lineType"]):
            raise invalid(path, f"Line {id} is no line of type {only}.", id)
        cancel_line = delete_invoice_line if line["lineType"] == TYPE else purchases.cancel_purchase_line
        cancel_line(session, line["targetId"], id)


def update_many(session: callers.Session, body: Payload) -> None:
    """Change the heads of several invoices in one way, all or none; `invoiceNote` is added to their notes. The answer has no body."""
    head = {name: value for name, value in body.items() if name not in ("invoiceIds", "invoiceNote")}
    for place, id in enumerate(body["invoiceIds"]):
        get_or_refuse(session.tx, wire.INVOICE, session.account, id, f"invoiceIds.{place}")
        orders.update(TYPE, session, id, dict(head))
        if body.get("invoiceNote"):
            orders.add_note(TYPE, session, id, {"text": body["invoiceNote"]})


def invoice_line_tickets(read: Read, account: int, id: int, line: int) -> list[Record]:
    """List the tickets sold on a line."""
    orders.line_of(TYPE, read, account, id, line)
    return tickets.of(read, sale=line)


def pay_invoice(session: callers.Session, id: int, body: Payload) -> Record:
    """Record a payment of the outstanding balance; answers the transaction."""
    tx = session.tx
    before = get_or_refuse(tx, wire.INVOICE, session.account, id)
    owed = before["outstandingBalance"]
    if wire.cents(body["amount"]) > wire.cents(owed):
        raise invalid("amount", f"is more than the outstanding balance, {owed}", body["amount"])
    own = {"id": wire.next_number(tx, wire.TRANSACTION), "accountId": before["accountId"], "invoiceId": id}
    own |= {"entityId": before["customerId"], "userId": session.by.user or session.account, "paymentType": "PAYMENT"}
    own |= {"referenceNumber": body.get("comments"), "paymentDate": wire.moment(tx.now)}
    payment = wire.new_record(Transaction, {"paymentMethod": before["paymentMethod"], **body}, **own)
    records.put(tx, wire.TRANSACTION, payment)
    orders.settle(tx, TYPE, before, before | {"payments": [*before["payments"], payment]}, session.by)
    return payment


def transactions(read: Read, account: int, id: int) -> list[Record]:
    """List the payments of an invoice, oldest first."""
    get_or_refuse(read, wire.INVOICE, account, id)
    return records.find(read, wire.TRANSACTION, ("invoice", "=", id), order=[("number", "asc")])


def tickets_by_ref(read: Read, account: int, query: Payload) -> list[Record]:
    """List the tickets of the invoices with an external reference."""
    invoices = records.find(read, wire.INVOICE, ("account", "=", account), ("ref", "=", query["external-ref"]))
    pairs = ((invoice["id"], ticket) for invoice in invoices for ticket in orders.sold_tickets(read, invoice["id"]))
    names = ("section", "row", "seatNumber", "barCode", "externalTicketId")
    return [
        {"invoiceId": id, "ticketId": ticket["id"], **{name: ticket.get(name) for name in names}}
        for id, ticket in pairs
    ]


def _claim_of(line: int) -> str:
    return f"line:{line}"  # the record name of a line's claim on the shared stock


def _sell(tx: Tx, invoice: Record, body: Payload, path: str, force: bool, sold: Sold, by: callers.Actor) -> Record:
    where = f"{path}.itemIds"
    chosen = _named(tx, invoice["accountId"], body, where)
    if body.get("quantity") not in (None, len(chosen)):
        sentence = f"must be {len(chosen)}, as many as itemIds names, or be left out"
        raise invalid(f"{path}.quantity", sentence, body["quantity"])
    free_holds(tx, chosen, force, where, sold, by)
    groups: dict[int, list[Record]] = defaultdict(list)
    for ticket in chosen:
        groups[ticket["inventoryId"]].append(ticket)
    for id, part in groups.items():
        inventory.check_mapped(get_or_refuse(tx, wire.INVENTORY, None, id), where)
        _check_split(tx, id, len(part), where, body["itemIds"])
    sale = {"quantity": len(chosen), "inventoryIds": list(groups), "event": chosen[0]["eventId"]}
    check_price(body["amount"], f"{path}.amount")
    line = orders.add(tx, invoice, TYPE, {**body, **sale}, by)
    for part in groups.values():
        _take(tx, part, line["id"])
    tickets.sell(tx, chosen, line["id"], line["amount"], by)
    sold.listings |= set(groups)
    return line


def _named(read: Read, account: int, body: Payload, path: str) -> list[Record]:
    ids = body.get("itemIds") or []
    if not ids:
        raise invalid(path, "must name the tickets of an INVENTORY line", body.get("itemIds"))
    if len(set(ids)) < len(ids):
        raise invalid(path, "names a ticket twice", ids)
    rows = records.find(read, wire.TICKET, ("number", "in", ids), ("account", "=", account))
    known = {ticket["id"]: ticket for ticket in rows}
    for id in ids:
        if id not in known:
            raise invalid(path, f"There is no ticket {id} on account {account}.", ids)
        if known[id]["status"] != "AVAILABLE":
            raise invalid(path, f"Ticket {id} is {known[id]['status']}.", ids)
    return [known[id] for id in ids]


def free_holds(tx: Tx, chosen: Sequence[Record], force: bool, path: str, sold: Sold, by: callers.Actor) -> None:
    """End the holds of tickets that are sold by force (convention); Invalid without force, and for another marketplace's hold."""
    for id in tickets.holds_of(tx, chosen):
        if not force:
            raise invalid(path, f"is on hold ({id}); invoice it with force=true", [ticket["id"] for ticket in chosen])
        holds.check_own(tx, get_or_refuse(tx, wire.HOLD, None, id), path)
        freed = tickets.of(tx, hold=id)
        stock.release(tx, NAME, holds.claim_of(id))
        tickets.free(tx, freed, by)
        sold.holds.add(id)
        sold.listings |= {ticket["inventoryId"] for ticket in freed}


def _check_split(read: Read, listing: int, quantity: int, path: str, value: object) -> None:
    pool = tickets.pool(read, listing)
    row = stock.get(read, tickets.stock_of(read, pool[0])[0])
    if not splits.allows(row.split, len(pool), quantity):
        may = ", ".join(map(str, splits.quantities(row.split, len(pool), None)[:20])) or "none"
        breaking = f"{quantity} of the {len(pool)} tickets of inventory {listing} break its split type"
        raise invalid(path, f"{breaking}; there may be {may}", value)


def _take(tx: Tx, part: Sequence[Record], line: int) -> None:
    with blamed_on("itemIds", [ticket["id"] for ticket in part]):
        tickets.claim(tx, part, stock.take_named, stock.take, _claim_of(line))


def _notify_sale(tx: Tx, sold: Sold, by: callers.Actor) -> None:
    inventory.refresh_all(tx, sold.listings, by)
    for id in sorted(sold.holds):
        holds.strike(tx, get_or_refuse(tx, wire.HOLD, None, id), by)


def _give_back(tx: Tx, line: Payload, back: Sequence[Record], by: callers.Actor) -> None:
    # Each in the listing that has its stock row now.
    if not back:
        return
    everything = len(back) == len(tickets.of(tx, sale=line["id"]))
    stock.put_back(tx, NAME, _claim_of(line["id"]), None if everything else len(back))
    listings = set()
    for ticket in back:
        home = inventory.of_stock(tx, tickets.stock_of(tx, ticket)[0])
        listing = home["id"] if home else ticket["inventoryId"]
        tickets.free(tx, [ticket], by, listing)
        listings.add(listing)
    inventory.refresh_all(tx, listings, by)
    orders.follow(tx, back, by)


def resize(tx: Tx, line: Record, quantity: int, by: callers.Actor) -> Record:
    """Return tickets of a line, the highest first, or sell more of its first listing; returns the line's changes."""
    sold = len(tickets.of(tx, sale=line["id"]))
    if quantity < sold:
        _give_back(tx, line, _last_taken(tx, line, sold - quantity), by)
    elif quantity > sold:
        _sell_more(tx, line, quantity - sold, by)
    left = tickets.of(tx, sale=line["id"])
    tickets.sell(tx, left, line["id"], line["amount"], by)
    return orders.counted(line, tickets.of(tx, sale=line["id"]))


def _last_taken(read: Read, line: Payload, quantity: int) -> list[Record]:
    # What the shared stock frees first: of the line's newest claim, the highest.
    sold = tickets.of(read, sale=line["id"])
    order: list[Record] = []
    for row, _, count, seats in reversed(stock.seats_of(read, NAME, _claim_of(line["id"]))):
        of_row = [ticket for ticket in sold if tickets.stock_of(read, ticket)[0] == row and ticket not in order]
        if seats:
            of_row = [ticket for ticket in of_row if tickets.stock_of(read, ticket)[1] in seats]
        order += sorted(of_row, key=lambda ticket: (-ticket["seatNumber"], -ticket["id"]))[:count]
    return order[:quantity]


def _sell_more(tx: Tx, line: Record, quantity: int, by: callers.Actor) -> None:
    listing = line["inventoryIds"][0]
    pool, wanted = tickets.pool(tx, listing), len(line["itemIds"]) + quantity
    if len(pool) < quantity:
        raise invalid("quantity", f"Inventory {listing} has only {len(pool)} more tickets.", wanted)
    _check_split(tx, listing, quantity, "quantity", wanted)
    chosen = pool[:quantity]
    _take(tx, chosen, line["id"])
    tickets.sell(tx, chosen, line["id"], line["amount"], by)
    inventory.refresh(tx, listing, by)
