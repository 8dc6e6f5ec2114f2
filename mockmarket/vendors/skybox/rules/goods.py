"""What an inventory line of a purchase brings: for which event, which seats, at which price."""

from __future__ import annotations

from collections.abc import Sequence

from mockmarket import stock
from mockmarket.clock import to_local
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events
from mockmarket.store.events import Event
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.records.types import MOST_PRICE, Payload
from mockmarket.vendors.skybox.rules import directory
from mockmarket.vendors.skybox.rules.inventory import MOST_TICKETS
from mockmarket.vendors.skybox.rules.violations import invalid
from mockmarket.vendors.skybox.wire.formats import cents, money
from mockmarket.vendors.skybox.wire.inventory import split_rule

STEPS = {"ALTERNATING": 2}


def priced(line: Payload, seats: int, path: str) -> Record:
    """Return the listing of a line with what one ticket of it costs, by the line's amount unless it says so itself."""
    listed, amount = dict(line["inventory"]), line.get("amount")
    if listed.get("cost") is None:
        if amount is None:
            raise invalid(f"{path}.cost", "may not be null")
        listed["cost"] = cost_of(amount, seats, f"{path}.cost")
    return listed


def cost_of(amount: float, seats: int, path: str) -> float:
    """Return what one ticket of a line costs; Invalid when that is no price."""
    each = money(round(cents(amount) / seats))
    if not 0 <= each <= MOST_PRICE:
        raise invalid(path, f"One ticket would cost {each} by the line's amount; it must be from 0 to {MOST_PRICE}.")
    return each


def event_of(read: Read, body: Payload, path: str) -> Event:
    """Return the show that a new listing is for, by its id or by name, venue and date (public: eventMapping)."""
    id, mapping = body.get("eventId"), body.get("eventMapping")
    if id is not None:
        show = directory.event_of(read, id)
        if show is None:
            raise invalid(f"{path}.eventId", f"There is no event {id}.", id)
        return show
    if mapping is None:
        raise invalid(f"{path}.eventId", "may not be null, unless there is an eventMapping")
    show = next((show for show in events.all(read) if mapped(show, mapping)), None)
    if show is None:
        raise invalid(f"{path}.eventMapping", "No event has this name at this venue on this date.", mapping)
    return show


def mapped(show: Event, mapping: Payload) -> bool:
    """Tell whether a mapping means a show: name and venue whatever the case, and the venue's own date."""
    named = (mapping["eventName"].casefold(), mapping["venueName"].casefold())
    day = to_local(show.starts_at, show.venue.zone).strftime("%Y-%m-%d")
    return named == (show.name.casefold(), show.venue.name.casefold()) and mapping["eventDate"].startswith(day)


def seats_of(body: Payload, line: Payload, path: str) -> list[int]:
    """Return the seat numbers of a new listing: from lowSeat to highSeat; Invalid when the quantity is another."""
    quantity, low, high = body.get("quantity") or line.get("quantity"), body.get("lowSeat"), body.get("highSeat")
    if low is None and body["seatType"] != "GA":
        raise invalid(f"{path}.lowSeat", "may not be null")
    low = 1 if low is None else low
    step = STEPS.get(body["seatType"], 1)
    high = low + step * ((quantity or 1) - 1) if high is None else high
    seats = list(range(low, min(high, low + step * MOST_TICKETS) + 1, step))
    if not 1 <= len(seats) <= MOST_TICKETS:
        raise invalid(f"{path}.highSeat", f"must give from 1 to {MOST_TICKETS} seats, from lowSeat {low}", high)
    if quantity not in (None, len(seats)):
        raise invalid(f"{path}.quantity", f"is not the number of seats from {low} to {high}", quantity)
    return seats


def row_of(tx: Tx, purchase: Payload, show: Event, body: Payload, seats: Sequence[int]) -> Stock:
    """Return the stock row that a new listing is; without a list price it is for sale at its cost (convention)."""
    general = body["seatType"] == "GA"
    price = body["cost"] if body.get("listPrice") is None else body["listPrice"]
    return Stock(
        id=f"sb-{tx.ids.text(10)}",
        event=show.id,
        kind="general" if general else "seated",
        section=body["section"],
        row=body["row"],
        first_seat=None if general else seats[0],
        total=len(seats),
        price=cents(price),
        currency=purchase["currencyCode"],
        split=split_rule(body["splitType"], body.get("customSplit")),
    )


def check_free(read: Read, row: Stock, path: str) -> None:
    """Raise Invalid when a seat of a new listing is another listing's, whoever sells that."""
    if row.first_seat is None:
        return
    for other in stock.of_event(read, row.event, row.section):
        if other.row == row.row and other.first_seat is not None and other.total:
            first = max(other.first_seat, row.first_seat)
            if first < min(other.first_seat + other.total, row.first_seat + row.total):
                sentence = f"Seat {first} in section {row.section}, row {row.row} is on sale already."
                raise invalid(f"{path}.lowSeat", sentence, row.first_seat)
