"""Stock: one event's seating plan, the owners of its seats, and its history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Literal

import flask

from mockmarket import stock
from mockmarket.api.context import current
from mockmarket.control.records import get_action
from mockmarket.dashboard import actions, formats, forms, links, order_list, shell, zone_switch
from mockmarket.dashboard.links import Link, Named
from mockmarket.errors import NotFound
from mockmarket.stock import Stock
from mockmarket.store import Read, Record, events, seats

STANDING = 300  # most claims on general admission shown
CHANGES = 60  # most lines of the ledger shown
REMEMBERED = 1000  # most lines searched for the order of a seat
MOST_SEATS = 500  # most seats drawn of a row
MOST_ROWS = 150  # most rows drawn of a section
MOST_OPEN = 40  # most open sections
OPEN_BELOW = 600  # an event with no more seats than this is shown with every section open
ONLY = {"": "Every seat", "taken": "Sold or held", "sold": "Sold", "held": "Held"}
LETTERS = {"sold": "S", "held": "H"}
ON_EVENT = {"add_stock": "", "move_event": "", "cancel_event": "danger"}  # the core's actions on it, with their tones
Seat = tuple[str, str, str, str]
"""One seat: its classes, which are its state and its vendor's colour, its text, its description, and the URL of its order or row."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of seats."""

    total: int
    held: int
    sold: int

    @property
    def free(self) -> int:
        """The seats that are for sale."""
        return self.total - self.held - self.sold


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims on seats: held and sold ones, as (state, vendor, record) by (stock id, number); general admission; the
    record for which a seat was first claimed (`came`), an order when the seat is now a ticket's; the links of orders and holds."""

    taken: Mapping[tuple[str, int], tuple[str, str, str]]
    standing: Sequence[tuple[str, str, str, str, int]]
    came: Mapping[tuple[str, int], Named]
    links: Mapping[Named, Link]

    def link(self, *names: Named) -> Link:
        """Return the link of the first of these names in the ledger that has one, else to what the timeline has of it."""
        known = filter(None, map(self.links.get, names))
        return next(known, None) or links.in_timeline(names[0][1])

    def owner(self, id: str, number: int) -> "Owner | None":
        """Return who has a seat; None for a free one."""
        if claim := self.taken.get((id, number)):
            state, vendor, record = claim
            came = self.came.get((id, number), (vendor, record))
            first = came[1] if came[0] == vendor else record
            return Owner(state, vendor, record, first, self.link((vendor, record), came))
        return None


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has a seat: its state, vendor and record, the record for which it was first claimed, such as a ticket's order, and its link."""

    state: str
    vendor: str
    record: str
    first: str
    link: Link


@dataclass(frozen=True, slots=True)
class Part:
    """Seats that one record has: their state, vendor and record, their link, and which or, of general admission, how many they are."""

    state: str
    vendor: str
    record: str
    link: Link
    seats: str


def event(id: str) -> shell.Response:
    """Show one event. In a small venue, and with `only`, every section is open unless the URL says which."""
    read, event, only = current().read(), _get_or_404(id), shell.argument("only", ONLY)
    zone_switch.at_venue(event.venue.zone)
    rows = stock.of_event(read, id)
    names, count = list(dict.fromkeys(row.section for row in rows)), _tally(rows)
    fitting = list(dict.fromkeys(row.section for row in rows if _fits(row, only)))
    chosen = flask.request.args.getlist("open") or (fitting if only or count.total <= OPEN_BELOW else ())
    opened = [name for name in fitting if name in chosen][:MOST_OPEN]
    why = f"Event {id} has been cancelled." if event.status == "cancelled" else None
    buttons = [_form_of(id, name, tone=tone, why=why) for name, tone in ON_EVENT.items()]
    everything = (_address(id, names, only) if len(names) <= MOST_OPEN else "", _address(id, [], only))
    plan = sections(rows, _claims_of(read, id, rows, opened), opened, only)
    others = {name: [section for section in opened if section != name] for name in names}
    toggles = {name: _address(id, rest if name in opened else [*rest, name], only) for name, rest in others.items()}
    ways = {"toggles": toggles, "all_open": everything, "buttons": buttons}
    values = {"asked": only, "only": ONLY, "sellers": seats.sellers(read, id), "changes": changes(read, "event", id)}
    context = {"event": event, "tally": count, "opened": opened, "sections": plan}
    return shell.page("stock_event.html", title=event.name, **context, **ways, **values)


def _get_or_404(id: str) -> events.Event:
    if event := events.get(current().read(), id):
        return event
    raise NotFound(f"There is no event {id!r} in this world.")


def _address(id: str, opened: Sequence[str], only: str) -> str:
    return shell.url("stock.event", id=id, open=list(opened) or [""], only=only or None)


def _claims_of(read: Read, id: str, rows: Iterable[Stock], opened: Sequence[str]) -> Claims:
    ids = {row.id for row in rows if row.section in opened}
    taken = {claim[:2]: claim[2:] for claim in seats.taken(read, id) if claim[0] in ids}
    standing = [claim for claim in seats.standing(read, id, STANDING) if claim[0] in ids]
    came = {
        (change["stock"], number): (change["vendor"], change["record"])
        for change in reversed(seats.ledger(read, "event", id, REMEMBERED))
        if change["what"] in ("sold", "held") and change["stock"] in ids
        for number in change["seats"]
    }
    named = {claim[1:] for claim in taken.values()} | {claim[2:4] for claim in standing} | set(came.values())
    return Claims(taken, standing, came, links.of_ledger(named))


def _tally(rows: Sequence[Stock]) -> Tally:
    return Tally(sum(row.total for row in rows), sum(row.held for row in rows), sum(row.sold for row in rows))


def sections(rows: Iterable[Stock], claims: Claims, opened: Sequence[str], only: str = "") -> list[Record]:
    """Return an event's sections in the order of the fixture, opened ones with their rows; prices are in minor units."""
    grouped: dict[str, list[Stock]] = {}
    for row in rows:
        if row.total:
            grouped.setdefault(row.section, []).append(row)
    fitting = {name: [row for row in rows if _fits(row, only)] for name, rows in grouped.items()}
    return [_section(name, grouped[name], rows, claims, name in opened) for name, rows in fitting.items() if rows]


def _fits(row: Stock, only: str) -> bool:
    return bool({"": row.total, "taken": row.sold + row.held, "sold": row.sold, "held": row.held}[only])


def _section(name: str, every: Sequence[Stock], visible: Sequence[Stock], claims: Claims, opened: bool) -> Record:
    prices = [row.price for row in every]
    rows = [_row_of(row, claims) for row in visible[:MOST_ROWS]] if opened else []
    left_out = len(visible) - len(rows) if opened else 0
    head = {"name": name, "tally": _tally(every), "prices": (min(prices), max(prices)), "currency": every[0].currency}
    return head | {"open": opened, "rows": rows, "left_out": left_out}


def _row_of(stock: Stock, claims: Claims) -> Record:
    if stock.first_seat is None:  # general admission: list the claims
        mine = [claim[1:] for claim in claims.standing if claim[0] == stock.id]
        parts = [
            Part(state, vendor, record, claims.link((vendor, record)), f"{quantity:,}")
            for state, vendor, record, quantity in mine
        ]
        return {"stock": stock, "seats": (), "parts": parts, "left_out": 0}
    drawn = min(stock.total, MOST_SEATS)
    owners = [(number, claims.owner(stock.id, number)) for number in range(stock.first_seat, stock.first_seat + drawn)]
    seats = [seat(stock, number, owner) for number, owner in owners]
    return {"stock": stock, "seats": seats, "parts": _parts_of(owners), "left_out": stock.total - drawn}


def _parts_of(owners: Iterable[tuple[int, Owner | None]]) -> list[Part]:
    """Return the seats of a row that are taken, neighbours that lead to one order or hold together."""
    alike = groupby(owners, lambda seat: seat[1] and (seat[1].state, seat[1].vendor, seat[1].first, seat[1].link))
    groups = ((key, [number for number, _ in group]) for key, group in alike)
    return [
        Part(*key, f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else str(numbers[0]))
        for key, numbers in groups
        if key
    ]


def seat(stock: Stock, number: int, owner: Owner | None) -> Seat:
    """Return one seat: its number while it is free, a letter when it is claimed."""
    place = f"Seat {number}, row {stock.row}, section {stock.section}"
    price = f"{stock.price / 100:,.2f} {stock.currency}"
    if owner is None:
        buy = f"{shell.url('stock.row', id=stock.id, seat=number)}#buy"
        return "free", str(number), formats.visible(f"{place}: free. {price}. Buy it."), buy
    by = f"{owner.record} of {owner.first}" if owner.first != owner.record else owner.record
    who = f" {'to' if owner.state == 'sold' else 'for'} {owner.link.who}" if owner.link.who else ""
    title = f"{place}: {owner.state}{who} through {shell.vendor_title(owner.vendor)}, {by}. {price}"
    classes = f"{owner.state} {shell.tone_of(owner.vendor)}"
    return classes, LETTERS[owner.state], formats.visible(title), owner.link.url


def changes(read: Read, column: Literal["event", "id"], value: str) -> list[Record]:
    """Return lines of the ledger, newest first, each with the link of its order or hold, None for what no vendor did."""
    lines = [(change, (change["vendor"], change["record"])) for change in seats.ledger(read, column, value, CHANGES)]
    known, vendors = links.of_ledger(name for _, name in lines), current().world.vendors
    others = {name: links.in_timeline(name[1]) for _, name in lines if name[0] in vendors and name[1]}
    return [change | {"link": known.get(name) or others.get(name)} for change, name in lines]


def _form_of(id: str, name: str, **options: str | None) -> forms.Form:
    action = get_action(current().world, "core", name if name in ON_EVENT else "")
    to, fixed = shell.url("stock.act", id=id, action=name), {"fixed": {"event": id}, "leave_out": ("data",)}
    return actions.form_of("core", action, to, formats.label(name), help=action.help, **fixed, **options)


def act(id: str, action: str) -> shell.Response:
    """Run an action of the core's on an event."""
    form = _form_of(_get_or_404(id).id, action)
    form.submit(partial(get_action(current().world, "core", action).run, current().world))
    return shell.done(f"{form.label}: done.", shell.url("stock.event", id=id))


def row(id: str) -> shell.Response:
    """Show one stock row: its seats, its price, its history."""
    read = current().read()
    listing = stock.get(read, id)
    event = _get_or_404(listing.event)
    zone_switch.at_venue(event.venue.zone)
    parts = sections([listing], _claims_of(read, listing.event, [listing], [listing.section]), [listing.section])
    values = {"event": event, "changes": changes(read, "id", id), "form": _price_form(listing)}
    row = parts[0]["rows"][0] if parts else None
    markets = [vendor for vendor, _ in order_list.sellers_of("")]
    selling = [vendor for vendor in markets if vendor.records.sells(read, listing)]
    others, seat = [vendor for vendor in markets if vendor not in selling], shell.number("seat", 7)
    values |= {"selling": selling, "others": others, "seat": "" if seat is None else seat}
    return shell.page("stock_row.html", title=f"Row {listing.row}", stock=listing, row=row, **values)


def _price_form(listing: Stock) -> forms.Form:
    action, price = get_action(current().world, "core", "change_price"), {"price": f"{listing.price / 100:.2f}"}
    to = shell.url("stock.reprice", id=listing.id)
    return actions.form_of("core", action, to, "Change the price", values=price, fixed={"stock": listing.id})


def reprice(id: str) -> shell.Response:
    """Change the price of a stock row at every vendor."""
    action = get_action(current().world, "core", "change_price")
    _price_form(stock.get(current().read(), id)).submit(partial(action.run, current().world))
    return shell.done("The price was changed.", shell.url("stock.row", id=id))
