"""Purchases: lines that bring inventory, which is on sale everywhere at once, and what their tickets cost."""

from collections.abc import Sequence

from mockmarket import stock
from mockmarket.store import Read, Record, Tx, events, records
from mockmarket.vendors.skybox import wire
from mockmarket.vendors.skybox.callers import Actor, Session
from mockmarket.vendors.skybox.records.inventory import Mapping
from mockmarket.vendors.skybox.records.types import NAME, Payload
from mockmarket.vendors.skybox.rules import files, holds, inventory, notifications, orders, tickets
from mockmarket.vendors.skybox.wire import get_or_refuse, invalid


def create_purchase(session: Session, body: Payload) -> Record:
    """Create a purchase: a line with `inventory` creates a listing that is on sale at once; other lines are generic."""
    tx, by = session.tx, session.by
    get_or_refuse(tx, wire.VENDOR, session.account, body["vendorId"], "vendorId")
    purchase = orders.write(tx, "PURCHASE", session.account, body, by)
    added, listings = bring_lines(tx, purchase, body["lines"], by)
    purchase = orders.open_target(tx, "PURCHASE", purchase, added, by)
    notifications.created(tx, "INVENTORY", listings, by)
    return orders.with_lines("PURCHASE", tx, purchase)


def bring_lines(tx: Tx, purchase: Record, bodies: Sequence[Payload], by: Actor) -> tuple[list[Record], list[Record]]:
    """Store new lines of a purchase without notices; returns them, and their new inventory."""
    added, listings = [], []
    for place, body in enumerate(bodies):
        if body.get("inventory") is None:
            if body.get("lineItemType") == "INVENTORY":
                raise invalid(f"lines.{place}.inventory", "is needed on an INVENTORY line")
            if body.get("amount") is None:
                raise invalid(f"lines.{place}.amount", "may not be null")
            generic = {**body, "lineItemType": "GENERIC", "quantity": body.get("quantity") or 1}
            added.append(orders.add(tx, purchase, "PURCHASE", generic, by))
        else:
            line, listing = bring(tx, purchase, body, f"lines.{place}", by)
            added.append(line)
            listings.append(listing)
    return added, listings


def bring(tx: Tx, purchase: Record, body: Payload, path: str, by: Actor) -> tuple[Record, Record]:
    """Store an inventory line with its new listing, which is on sale at every vendor at once."""
    where = f"{path}.inventory"
    show = _event_of(tx, body["inventory"], where)
    seats, bodies = _seats_of(body["inventory"], body, where)
    listed = {**body["inventory"], "cost": _cost_of(body, bodies, where)}
    bodies = tickets.priced(listed, bodies, f"{where}.")
    first, account = wire.next_number(tx, wire.TICKET), purchase["accountId"]
    bodies = [
        body | files.keep(tx, {"id": id, "accountId": account}, body, f"{where}.tickets")
        for id, body in enumerate(bodies, first)
    ]
    row = row_of(tx, purchase, show.id if show else "", listed, seats)
    own = {"lineItemType": "INVENTORY", "quantity": len(seats), "amount": wire.total(bodies, "cost")}
    line = orders.add(tx, purchase, "PURCHASE", {**body, **own, "event": wire.number_of(show.id) if show else 0}, by)
    if show:
        check_free(tx, row, f"{where}.lowSeat")
        stock.put_on_sale(tx, row, NAME, str(line["id"]))
    bought = {"vendor": purchase["vendorId"], "purchase": purchase["id"], "stock": row.id if show else ""}
    listing = inventory.add(tx, purchase["accountId"], row, listed, by, **bought)
    numbered = [(seat, None if row.first_seat is None else row.first_seat + place) for place, seat in enumerate(seats)]
    orders.fill(tx, line, tickets.issue(tx, listing, bought["stock"], numbered, bodies, line["id"]), listing)
    return line, inventory.fill(tx, listing if show else _send_to_mapping(tx, listing, line["id"]))


def _send_to_mapping(tx: Tx, listing: Record, line: int) -> Record:
    own = {"id": wire.next_number(tx, wire.MAPPING), "accountId": listing["accountId"], "purchaseLineId": line}
    mapping = wire.new_record(Mapping, listing["eventMapping"], **own, createdDate=wire.moment(tx.now))
    records.put(tx, wire.MAPPING, mapping, mapped=0)
    return listing | {"mappingId": mapping["id"]}


def add_purchase_lines(session: Session, id: int, bodies: Sequence[Payload]) -> list[Record]:
    """Add lines to a purchase; answers them."""
    tx, by = session.tx, session.by
    purchase = get_or_refuse(tx, wire.PURCHASE, session.account, id)
    added, listings = bring_lines(tx, purchase, bodies, by)
    notifications.created(tx, "LINE", added, by)
    notifications.created(tx, "INVENTORY", listings, by)
    orders.settle(tx, "PURCHASE", purchase, purchase, by)
    return [orders.with_inventory(tx, line) for line in added]


def add_inventory(session: Session, id: int, bodies: Sequence[Payload]) -> list[Record]:
    """Add inventory, a line for each listing; answers the listings."""
    return [line["inventory"] for line in add_purchase_lines(session, id, [{"inventory": body} for body in bodies])]


def update_purchase_line(session: Session, id: int, line: int, body: Payload) -> Record:
    """Change a line's amount and description."""  # public: nothing else of it
    tx = session.tx
    purchase = get_or_refuse(tx, wire.PURCHASE, session.account, id)
    before = orders.of(tx, "PURCHASE", id, line)
    after = before | {name: value for name, value in body.items() if value is not None}
    if after["amount"] != before["amount"]:
        pass_cost_on(tx, after, session.by)
    return orders.settle_line(session, "PURCHASE", purchase, orders.save(tx, before, after, session.by))


def purchase_line_tickets(read: Read, account: int, id: int, line: int) -> list[Record]:
    """List a line's tickets that are not cancelled."""
    orders.line_of("PURCHASE", read, account, id, line)
    return tickets.of(read, purchase_line=line)


def pass_cost_on(tx: Tx, line: Payload, by: Actor) -> None:
    """Divide a line's amount over its tickets (public): their listings' and holds' cost changes with it."""
    own = tickets.of(tx, purchase_line=line["id"])
    costs = wire.divided(line["amount"], [None] * len(own), "amount") if own else []
    tickets.mark_each(tx, own, by, [{"cost": cost} for cost in costs])
    inventory.refresh_all(tx, {ticket["inventoryId"] for ticket in own}, by)
    holds.recount(tx, own, by)


def cancel_purchase_line(session: Session, id: int, line: int) -> Record:
    """Cancel a line: its tickets go off sale everywhere. Refused while one of them is sold or on hold."""
    tx, by = session.tx, session.by
    purchase, before = get_or_refuse(tx, wire.PURCHASE, session.account, id), orders.of(tx, "PURCHASE", id, line)
    if before["cancelled"]:
        raise invalid("lineId", f"Line {line} has been cancelled before.", line)
    own = tickets.of(tx, purchase_line=line)
    for ticket in own:
        if ticket["status"] != "AVAILABLE" or tickets.hold_of(tx, ticket):
            raise invalid("lineId", f"Ticket {ticket['id']} is sold or on hold.", line)
    going = {ticket["id"] for ticket in own}
    for row in sorted({tickets.stock_of(tx, ticket)[0] for ticket in own} - {""}):
        if any(ticket["id"] not in going and ticket["status"] == "AVAILABLE" for ticket in tickets.of_stock(tx, row)):
            raise invalid("lineId", "Its tickets were merged with those of other lines; split them first.", line)
        seats = stock.get(tx, row)
        stock.alter(tx, row, NAME, str(line), total=seats.held + seats.sold)
    tickets.cancel(tx, own, by)
    for mapping in records.find(tx, wire.MAPPING, ("line", "=", line)):
        records.delete(tx, wire.MAPPING, str(mapping["id"]))
    changed = orders.save(tx, before, before | orders.CANCELLED, by)
    inventory.refresh_all(tx, {ticket["inventoryId"] for ticket in own}, by)
    return orders.settle_line(session, "PURCHASE", purchase, changed)


def _cost_of(line: Payload, bodies: Sequence[Payload], path: str) -> float:
    # The line's amount (public: what tickets' costs are made of), else the listing's cost, else the sum of its tickets'.
    for amount in (line.get("amount"), line["inventory"].get("cost")):
        if amount is not None:
            return float(amount)
    if any(body.get("cost") is None for body in bodies):
        raise invalid(f"{path}.cost", "may not be null")
    return wire.total(bodies, "cost")


def _event_of(read: Read, body: Payload, path: str) -> events.Event | None:
    id, mapping = body.get("eventId"), body.get("eventMapping")
    if id is not None:
        own = records.own(read, wire.EVENT, str(id))
        if own and (show := events.get(read, own["show"])):
            return show
        raise invalid(f"{path}.eventId", f"There is no event {id}.", id)
    if mapping is None:
        raise invalid(f"{path}.eventId", "may not be null, unless there is an eventMapping")
    return event_of_mapping(read, mapping)


def event_of_mapping(read: Read, mapping: Payload) -> events.Event | None:
    """Return the event of a name at a venue on a date, or None."""
    return next((show for show in events.all(read) if _is_mapped(show, mapping)), None)


def _is_mapped(show: events.Event, mapping: Payload) -> bool:
    named = (mapping["eventName"].casefold(), mapping["venueName"].casefold())
    day = wire.local_day(show.starts_at, show.venue.zone)
    return named == (show.name.casefold(), show.venue.name.casefold()) and (mapping.get("eventDate") or "").startswith(
        day
    )


def _seats_of(body: Payload, line: Payload, path: str) -> tuple[list[int], list[Record]]:
    # The seats of new inventory, each with what its tickets say of it; they are implied from the tickets (public).
    bodies = body.get("tickets") or []
    named = [ticket["seatNumber"] for ticket in bodies if ticket.get("seatNumber") is not None]
    low = min(named, default=None) if body.get("lowSeat") is None else body["lowSeat"]
    high = max(named, default=None) if body.get("highSeat") is None else body["highSeat"]
    quantity = body.get("quantity") or line.get("quantity")
    if low is None and body["seatType"] != "GA":
        raise invalid(f"{path}.lowSeat", "may not be null")
    low = 1 if low is None else low
    step = 2 if body["seatType"] == "ALTERNATING" else 1
    high = low + step * ((quantity or len(bodies) or 1) - 1) if high is None else high
    most = inventory.MOST_TICKETS
    seats = list(range(low, min(high, low + step * most) + 1, step))
    if not 1 <= len(seats) <= most:
        raise invalid(f"{path}.highSeat", f"must give from 1 to {most} seats, from lowSeat {low}", high)
    if quantity not in (None, len(seats)):
        raise invalid(f"{path}.quantity", f"is not the number of seats from {low} to {high}", quantity)
    if (bodies and sorted(named or seats) != seats) or len(bodies) not in (0, len(seats)):
        raise invalid(f"{path}.tickets", f"must name each seat once: {', '.join(map(str, seats[:50]))}", named)
    return seats, sorted(bodies, key=lambda ticket: ticket.get("seatNumber") or 0) or [{}] * len(seats)


def row_of(tx: Tx, purchase: Payload, event: str, body: Payload, seats: Sequence[int]) -> stock.Stock:
    """Return the stock row of new inventory."""
    kind, first_seat = ("general", None) if body["seatType"] == "GA" else ("seated", seats[0])
    # Without a list price it is for sale at what a ticket costs (convention).
    price = inventory.average(body["cost"], len(seats)) if body.get("listPrice") is None else body["listPrice"]
    where = (f"sb-{tx.ids.text(10)}", event, kind, body["section"], body["row"], first_seat)
    split = inventory.split_rule(body["splitType"], body.get("customSplit"))
    return stock.Stock(
        *where, total=len(seats), price=wire.cents(price), currency=purchase["currencyCode"], split=split
    )


def check_free(read: Read, row: stock.Stock, path: str) -> None:
    """Raise Invalid when a seat of a row is on sale already (public: the start of its sentence)."""
    if row.first_seat is None:
        return
    for neighbour in stock.of_event(read, row.event, row.section):
        if neighbour.row == row.row and neighbour.first_seat is not None and neighbour.total:
            first = max(neighbour.first_seat, row.first_seat)
            if first < min(neighbour.first_seat + neighbour.total, row.first_seat + row.total):
                place = f"seat {first} in section {row.section}, row {row.row}"
                sentence = f"A duplicate seat number already exists: {place} is on sale already."
                raise invalid(path, sentence, row.first_seat)
