"""Stock: every event with what is free, held and sold of it; one event's plan of seats, who has them, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import flask
from werkzeug import Response

from mockmarket import stock
from mockmarket.api.context import current
from mockmarket.clock import to_local
from mockmarket.control.records import get_action
from mockmarket.dashboard import actions, forms, plan, shell
from mockmarket.dashboard.forms import Form
from mockmarket.dashboard.plan import Tally
from mockmarket.errors import NotFound
from mockmarket.store import Read, events, seats
from mockmarket.store.events import Event
from mockmarket.store.records import Record
from mockmarket.worlds.world import World

PAGE_OF = 50
STANDING = 300
"""How many of those that have general admission are named."""
CHANGES = 60
"""How many lines of the ledger are shown."""
REMEMBERED = 1000
"""How many of them are looked at for the order that a seat came with."""
LISTS = {"": "Every event", "coming": "Still to come", "past": "Past", "cancelled": "Cancelled", "sold_out": "Sold out"}
ON_EVENT = {"add_stock": "", "move_event": "", "cancel_event": "danger"}
"""What can be done to an event by an action of the core's, each with the tone of its button."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event in the list, with its seats counted; `local` is its beginning by the venue's own clock."""

    event: Event
    tally: Tally
    local: str
    past: bool


@dataclass(frozen=True, slots=True)
class View:
    """How an event's plan is looked at: which sections are open, and which seats are asked for."""

    opened: Sequence[str]
    only: str


def table() -> flask.Response:
    """Show every event, in the order of their beginnings, as the filters ask."""
    words, which, page = shell.argument("words"), flask.request.args.get("which", ""), shell.page_number()
    shown = [line for line in lines(current().world.read()) if has(line.event, words.casefold()) and among(line, which)]
    return shell.page(
        "stock.html",
        total=len(shown),
        words=words,
        which=which,
        lists=LISTS,
        at=page,
        **shell.paged(shown, page, PAGE_OF),
    )


def lines(read: Read) -> list[Line]:
    """Return every event with its seats counted, those to come first, then those that are past, the latest first."""
    totals = seats.totals(read)
    every = [line_of(event, Tally(*totals.get(event.id, (0, 0, 0))), read.now) for event in events.all(read)]
    return sorted(every, key=lambda line: (line.past, line.event.starts_at * (-1 if line.past else 1)))


def line_of(event: Event, tally: Tally, now: int) -> Line:
    """Return one event with its seats counted."""
    local = to_local(event.starts_at, event.venue.zone)
    return Line(event, tally, f"{local:%a} {local.day} {local:%b %Y %H:%M}", event.ends_at < now)


def has(event: Event, words: str) -> bool:
    """Tell whether an event has these words in its id, name, venue or city."""
    return any(words in text.casefold() for text in (event.id, event.name, event.venue.name, event.venue.city or ""))


def among(line: Line, which: str) -> bool:
    """Tell whether an event belongs to one of LISTS; to one that is not known, every event does."""
    cancelled = line.event.status == "cancelled"
    lists = {
        "coming": not line.past and not cancelled,
        "past": line.past,
        "cancelled": cancelled,
        "sold_out": line.tally.total > 0 and line.tally.free == 0,
    }
    return lists.get(which, True)


def event(id: str) -> flask.Response:
    """Show one event: its seats, who has them, what became of them, and what can be done."""
    world = current().world
    read, event = world.read(), get_or_404(id)
    rows = stock.of_event(read, id)
    view = view_of(shell.argument("only", plan.ONLY), rows)
    why = f"Event {id} has been cancelled." if event.status == "cancelled" else None
    return shell.page(
        "stock_event.html",
        title=event.name,
        line=line_of(event, plan.tally(rows), read.now),
        view=view,
        only=plan.ONLY,
        sections=sections(world, id, rows, view),
        toggles=toggles(id, rows, view),
        all_open=all_open(id, rows, view),
        sellers=seats.sellers(read, id),
        changes=changes(world, "event", id),
        buttons=[form_of(id, name, tone=tone, why=why) for name, tone in ON_EVENT.items()],
    )


def get_or_404(id: str) -> Event:
    """Return an event; NotFound when there is none."""
    event = events.get(current().world.read(), id)
    if event is None:
        raise NotFound(f"There is no event {id!r} in this world.")
    return event


def view_of(only: str, rows: Sequence[stock.Stock]) -> View:
    """Read how the plan is to be looked at.

    Of a small house, and where only some seats are asked for, every section is open unless the address says which.
    """
    fitting = names_of(row for row in rows if plan.fits(row, only))
    small = only or plan.tally(rows).total <= plan.OPEN_BELOW
    chosen = flask.request.args.getlist("open") or (fitting if small else ())
    return View([name for name in fitting if name in chosen][: plan.MOST_OPEN], only)


def names_of(rows: Iterable[stock.Stock]) -> list[str]:
    """Return the names of rows' sections, each once."""
    return list(dict.fromkeys(row.section for row in rows))


def sections(world: World, id: str, rows: Sequence[stock.Stock], view: View) -> list[plan.Section]:
    """Return the sections of an event's plan."""
    read = world.read()
    opened = {row.id for row in rows if row.section in view.opened}
    taken = {claim[:2]: claim[2:] for claim in seats.taken(read, id) if claim[0] in opened}
    standing = [claim for claim in seats.standing(read, id, STANDING) if claim[0] in opened]
    came = {
        (change["stock"], number): (change["vendor"], change["record"])
        for change in reversed(seats.ledger(read, "event", id, REMEMBERED))
        if change["what"] in ("sold", "held") and change["stock"] in opened
        for number in change["seats"]
    }
    named = {claim[1:] for claim in taken.values()} | {claim[2:4] for claim in standing} | set(came.values())
    titles = {name: vendor.title for name, vendor in world.vendors.items()}
    claims = plan.Claims(taken, standing, came, shell.order_links(world, named), titles)
    return plan.sections(rows, claims, view.opened, view.only)


def toggles(id: str, rows: Iterable[stock.Stock], view: View) -> dict[str, str]:
    """Return for each section the address of the page on which it is open if it is closed, and closed if it is open."""
    others = {name: [section for section in view.opened if section != name] for name in names_of(rows)}
    return {
        name: address(id, left if name in view.opened else [*left, name], view.only) for name, left in others.items()
    }


def all_open(id: str, rows: Iterable[stock.Stock], view: View) -> tuple[str, str]:
    """Return the addresses of the page with every section open, empty where they are too many, and with none."""
    names = names_of(rows)
    return address(id, names, view.only) if len(names) <= plan.MOST_OPEN else "", address(id, [], view.only)


def address(id: str, opened: Sequence[str], only: str) -> str:
    """Return the address of an event's page with some sections open."""
    return shell.url("stock.event", id=id, open=list(opened) or [""], only=only or None)


def changes(world: World, column: Literal["event", "id"], value: str) -> list[Record]:
    """Return lines of the ledger, newest first, each with the page of its order if it is an order's."""
    changes = seats.ledger(world.read(), column, value, CHANGES)
    links = shell.order_links(world, {(change["vendor"], change["record"]) for change in changes})
    return [change | {"link": links.get((change["vendor"], change["record"]), "")} for change in changes]


def form_of(id: str, name: str, **options: str | None) -> Form:
    """Return the form of an action on an event."""
    action = get_action(current().world, "core", name if name in ON_EVENT else "")
    return actions.form_of(
        "core",
        action,
        fixed={"event": id},
        leave_out=("data",),
        to=shell.url("stock.act", id=id, action=name),
        label=forms.label_of(name),
        help=action.help,
        **options,
    )


def act(id: str, action: str) -> Response:
    """Carry out an action of the core's on an event."""
    world = current().world
    form = form_of(get_or_404(id).id, action)
    form.submit(partial(get_action(world, "core", action).run, world))
    return shell.done(f"{form.label}: done.", shell.url("stock.event", id=id))


def row(id: str) -> flask.Response:
    """Show one row of stock: its seats, its price, what became of it."""
    world = current().world
    read = world.read()
    listing = stock.get(read, id)
    parts = sections(world, listing.event, [listing], View((listing.section,), ""))
    return shell.page(
        "stock_row.html",
        title=f"Row {listing.row}",
        stock=listing,
        line=line_of(get_or_404(listing.event), Tally(0, 0, 0), read.now),
        row=parts[0].rows[0] if parts else None,
        changes=changes(world, "id", id),
        form=price_form(listing),
    )


def price_form(listing: stock.Stock) -> Form:
    """Return the form that changes a row's price."""
    action = get_action(current().world, "core", "change_price")
    return actions.form_of(
        "core",
        action,
        values={"price": f"{listing.price / 100:.2f}"},
        fixed={"stock": listing.id},
        to=shell.url("stock.reprice", id=listing.id),
        label="Change the price",
    )


def reprice(id: str) -> Response:
    """Change the price of a row at every vendor."""
    world = current().world
    price_form(stock.get(world.read(), id)).submit(partial(get_action(world, "core", "change_price").run, world))
    return shell.done("The price was changed.", shell.url("stock.row", id=id))
