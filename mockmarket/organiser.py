"""Actions of the organiser on shows and seats that all vendors share. Named `core` in control."""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, TypedDict

from mockmarket import stock
from mockmarket.clock import iso_ms, parse_iso
from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.records import Description, Range
from mockmarket.seed.planting import rows_of
from mockmarket.seed.shapes import MOST_MONEY, StockEntry
from mockmarket.stock import Stock
from mockmarket.store import Tx, events
from mockmarket.store.events import Event
from mockmarket.vendor import Action
from mockmarket.worlds.world import World

Described = dict[str, object]
"""An event or a stock row, independent of vendors."""


class EventAction(TypedDict):
    """The event to act on."""

    event: str


class EventMove(EventAction):
    """The event and its new start."""

    to: Annotated[str, Description("ISO 8601; without an offset it is the venue's own time.")]


class PriceChange(TypedDict):
    """A stock row and its new price per seat, in its currency's major unit."""

    stock: str
    price: Annotated[Decimal, Range(0, MOST_MONEY)]


def standing_event(tx: Tx, id: str) -> Event:
    """Return an event; NotFound when it does not exist, Conflict when it was cancelled."""
    event = events.get(tx, id)
    if event is None:
        raise NotFound(f"There is no event {id!r}.")
    if event.status == "cancelled":
        raise Conflict(f"Event {id} has been cancelled.")
    return event


def check_open(tx: Tx, id: str) -> None:
    """Raise NotFound for an event that does not exist, Conflict for one that is cancelled or over."""
    if standing_event(tx, id).ends_at <= tx.now:
        raise Conflict(f"Event {id} is over; nothing of it is for sale.")


def _cancel_event(world: World, body: EventAction) -> Described:
    with world.atomic() as tx:
        return _event_dict(events.cancel(tx, standing_event(tx, body["event"])).event)


def _move_event(world: World, body: EventMove) -> Described:
    with world.atomic() as tx:
        event = standing_event(tx, body["event"])
        try:
            starts_at = parse_iso(body["to"], event.venue.zone)
        except ValueError as error:
            raise Invalid(f"to must be an ISO 8601 date-time: {error}.", details=[("to", str(error))]) from error
        return _event_dict(events.move(tx, event, starts_at).event)


def _event_dict(event: Event) -> Described:
    return {
        "event": event.id,
        "name": event.name,
        "venue": event.venue.name,
        "starts_at": iso_ms(event.starts_at),
        "ends_at": iso_ms(event.ends_at),
        "status": event.status,
    }


def add_stock(world: World, body: StockEntry) -> Described:
    """Put more seats of an event on sale: a stock row for each section and row named."""
    with world.atomic() as tx:
        check_open(tx, body["event"])
        rows = [replace(row, id=f"s-{tx.ids.text(10)}") for row in rows_of(0, body)]
        added = [stock.put_on_sale(tx, row, "core", "add_stock").stock for row in rows]
    return {"stock": [stock_dict(row) for row in added]}


def _change_price(world: World, body: PriceChange) -> Described:
    with world.atomic() as tx:
        row, price = stock.get(tx, body["stock"]), round(body["price"] * 100)
        check_open(tx, row.event)
        if not row.total:
            raise Conflict(f"Stock {row.id} has no seats any more.")
        return stock_dict(stock.alter(tx, row.id, "core", "change_price", price=price).stock)


def stock_dict(row: Stock) -> Described:
    """Return a stock row as a dict; its price is in its currency's major unit."""
    names = ("event", "kind", "section", "row", "first_seat", "total", "held", "sold", "free")
    described: Described = {"stock": row.id} | {name: getattr(row, name) for name in names}
    return described | {"price": row.price / 100, "currency": row.currency, "split": row.split}


CORE = (
    Action("cancel_event", "organiser", "Cancel an event at every vendor.", EventAction, _cancel_event),
    Action("move_event", "organiser", "Move an event to another time at every vendor.", EventMove, _move_event),
    Action("add_stock", "seller", "Put additional seats of an event on sale at every vendor.", StockEntry, add_stock),
    Action("change_price", "seller", "Change the price of a stock row at every vendor.", PriceChange, _change_price),
)
