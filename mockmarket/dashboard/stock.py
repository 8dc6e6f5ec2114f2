"""Stock: every event with its free, held and sold seats; one event's seating plan, the owners of its seats, and its history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import flask

from mockmarket import stock
from mockmarket.api.context import current
from mockmarket.control.records import get_action
from mockmarket.dashboard import actions, formats, forms, order_list, shell
from mockmarket.errors import NotFound
from mockmarket.rules.search import folded
from mockmarket.stock import Stock
from mockmarket.store import Read, Record, events, seats

PAGE_OF = 50
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
"""One seat: its state, its text, its description, and the URL of its order, if any."""


@dataclass(frozen=True, slots=True)
class _Tally:
    total: int
    held: int
    sold: int

    @property
    def free(self) -> int:
        return self.total - self.held - self.sold


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims on seats: held and sold ones, as (state, vendor, record) by (stock id, number); general admission; the
    record for which a seat was first claimed (`came`), an order when the seat is now a ticket's; the URLs of orders."""

    taken: Mapping[tuple[str, int], tuple[str, str, str]]
    standing: Sequence[tuple[str, str, str, str, int]]
    came: Mapping[tuple[str, int], shell.Named]
    links: Mapping[shell.Named, str]


def table() -> shell.Response:
    """Show events as filtered, coming ones first, then past ones, the latest first."""
    words, which, page = shell.argument("words"), flask.request.args.get("which", ""), shell.page_number()
    read = current().read()
    totals = seats.totals(read)
    every = ((event, _Tally(*totals.get(event.id, (0, 0, 0)))) for event in events.all(read))
    matches = [(event, tally) for event, tally in every if wanted(event, tally, which, read.now) and _has(event, words)]
    matches.sort(key=lambda line: (1, -line[0].starts_at) if line[0].ends_at < read.now else (0, line[0].starts_at))
    rows = shell.paged(matches, page, PAGE_OF)
    return shell.page("stock.html", total=len(matches), words=words, which=which, at=page, **rows)


def _has(event: events.Event, words: str) -> bool:
    texts = (event.id, event.name, event.venue.name, event.venue.city or "")
    return any(folded(words) in folded(text) for text in texts)


def wanted(event: events.Event, tally: _Tally, which: str, now: int) -> bool:
    """Return whether an event belongs to a list; to an unknown list, every event does."""
    past, cancelled = event.ends_at < now, event.status == "cancelled"
    lists = {"coming": not past and not cancelled, "past": past, "cancelled": cancelled}
    return (lists | {"sold_out": tally.total > 0 and tally.free == 0}).get(which, True)


def event(id: str) -> shell.Response:
    """Show one event. In a small venue, and with `only`, every section is open unless the URL says which."""
    read, event, only = current().read(), _get_or_404(id), shell.argument("only", ONLY)
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
    links = {"toggles": toggles, "all_open": everything, "buttons": buttons}
    values = {"asked": only, "only": ONLY, "sellers": seats.sellers(read, id), "changes": changes(read, "event", id)}
    context = {"event": event, "tally": count, "opened": opened, "sections": plan}
    return shell.page("stock_event.html", title=event.name, **context, **links, **values)


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
    return Claims(taken, standing, came, shell.order_links(named))


def _tally(rows: Sequence[Stock]) -> _Tally:
    return _Tally(sum(row.total for row in rows), sum(row.held for row in rows), sum(row.sold for row in rows))


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
        parts = [(*claim[1:], claims.links.get(claim[2:4], "")) for claim in claims.standing if claim[0] == stock.id]
        return {"stock": stock, "seats": (), "parts": parts, "left_out": 0}
    drawn = min(stock.total, MOST_SEATS)
    seats = [seat(stock, number, claims) for number in range(stock.first_seat, stock.first_seat + drawn)]
    return {"stock": stock, "seats": seats, "left_out": stock.total - drawn}


def seat(stock: Stock, number: int, claims: Claims) -> Seat:
    """Return one seat: its number while it is free, a letter when it is claimed."""
    state, vendor, record = claims.taken.get((stock.id, number), ("free", "", ""))
    place = f"Seat {number}, row {stock.row}, section {stock.section}: {state}"
    price = f"{stock.price / 100:,.2f} {stock.currency}"
    if not vendor:
        return (
            state,
            str(number),
            formats.visible(f"{place}. {price}. Buy it."),
            f"{shell.url('stock.row', id=stock.id)}#buy",
        )
    came = claims.came.get((stock.id, number), (vendor, record))
    by = f"{record} of {came[1]}" if came[0] == vendor and came[1] != record else record
    title = formats.visible(f"{place} through {shell.vendor_title(vendor)}, {by}. {price}")
    return state, LETTERS[state], title, claims.links.get((vendor, record)) or claims.links.get(came, "")


def changes(read: Read, column: Literal["event", "id"], value: str) -> list[Record]:
    """Return lines of the ledger, newest first, each with the URL of its order, if any."""
    changes = seats.ledger(read, column, value, CHANGES)
    links = shell.order_links((change["vendor"], change["record"]) for change in changes)
    return [change | {"link": links.get((change["vendor"], change["record"]), "")} for change in changes]


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
    parts = sections([listing], _claims_of(read, listing.event, [listing], [listing.section]), [listing.section])
    values = {"event": _get_or_404(listing.event), "changes": changes(read, "id", id), "form": _price_form(listing)}
    row = parts[0]["rows"][0] if parts else None
    selling = [vendor for vendor, _ in order_list.sellers_of("")]
    return shell.page("stock_row.html", title=f"Row {listing.row}", stock=listing, row=row, selling=selling, **values)


def _price_form(listing: Stock) -> forms.Form:
    action, price = get_action(current().world, "core", "change_price"), {"price": f"{listing.price / 100:.2f}"}
    to = shell.url("stock.reprice", id=listing.id)
    return actions.form_of("core", action, to, "Change the price", values=price, fixed={"stock": listing.id})


def reprice(id: str) -> shell.Response:
    """Change the price of a stock row at every vendor."""
    action = get_action(current().world, "core", "change_price")
    _price_form(stock.get(current().read(), id)).submit(partial(action.run, current().world))
    return shell.done("The price was changed.", shell.url("stock.row", id=id))
