"""Stock: every event with what is free, held and sold of it; one event's plan of seats, who has them, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flask
from marshmallow import Schema, fields

from mockmarket import stock
from mockmarket.api.context import current
from mockmarket.api.schemas import schema_of
from mockmarket.clock import to_local
from mockmarket.control.records import get_action
from mockmarket.dashboard import forms, plan, shell
from mockmarket.dashboard.forms import Button
from mockmarket.dashboard.links import order_links
from mockmarket.dashboard.plan import Tally
from mockmarket.dashboard.shell import Page, Route
from mockmarket.errors import NotFound
from mockmarket.store import Read, events, seats
from mockmarket.store.events import Event
from mockmarket.worlds.world import World

PAGE_OF = 50
STANDING = 300
"""How many of those that have general admission are named."""
CHANGES = 60
"""How many lines of the ledger are shown."""
REMEMBERED = 1000
"""How many of them are looked at for the order that a seat came with."""
LISTS = {"": "Every event", "coming": "Still to come", "past": "Past", "cancelled": "Cancelled", "sold_out": "Sold out"}
ON_EVENT = (("add_stock", ""), ("move_event", ""), ("cancel_event", "danger"))
"""What can be done to an event by an action of the core's, each with the tone of its button."""
HELP = {
    "section": "A name, or several such as 101-112 or A-F.",
    "row": "A name, or several such as A-F. General admission has GA.",
    "seats": "How many in each row, or their numbers such as 11-18.",
}


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

    opened: tuple[str, ...]
    only: str


def table() -> flask.Response:
    """Show every event, in the order of their beginnings, as the filters ask."""
    read, given = current().world.read(), flask.request.args
    words, which = given.get("words", "").strip()[:200], given.get("which", "")
    page = int(given["page"]) if given.get("page", "").isdecimal() and len(given["page"]) < 5 else 1
    found = [line for line in lines(read) if has(line.event, words.casefold()) and among(line, which)]
    first = PAGE_OF * (max(1, page) - 1)
    return shell.page("stock.html", title="Stock", rows=found[first : first + PAGE_OF], total=len(found), words=words, which=which,
                      lists=LISTS, at=max(1, page), more=len(found) > first + PAGE_OF)  # fmt: skip


def lines(read: Read) -> list[Line]:
    """Return every event with its seats counted, those to come first, then those that are past, the latest first."""
    totals = seats.totals(read)
    found = [line_of(event, totals.get(event.id, (0, 0, 0)), read.now) for event in events.all(read)]
    return sorted(found, key=lambda one: (one.past, -one.event.starts_at if one.past else one.event.starts_at))


def line_of(event: Event, counts: tuple[int, int, int], now: int) -> Line:
    """Return one event with its seats counted."""
    local = to_local(event.starts_at, event.venue.zone)
    return Line(event, Tally(*counts), f"{local:%a} {local.day} {local:%b %Y %H:%M}", event.ends_at < now)


def has(event: Event, words: str) -> bool:
    """Tell whether an event has these words in its id, name, venue or city."""
    return any(words in text.casefold() for text in (event.id, event.name, event.venue.name, event.venue.city or ""))


def among(line: Line, which: str) -> bool:
    """Tell whether an event belongs to one of LISTS; to one that is not known, every event does."""
    cancelled = line.event.status == "cancelled"
    return {
        "coming": not line.past and not cancelled, "past": line.past, "cancelled": cancelled,
        "sold_out": line.tally.total > 0 and line.tally.free == 0,
    }.get(which, True)  # fmt: skip


def event(id: str) -> flask.Response:
    """Show one event: its seats, who has them, what became of them, and what can be done."""
    world = current().world
    return shell.page("stock_event.html", **event_values(world, event_found(world.read(), id)))


def event_found(read: Read, id: str) -> Event:
    """Return an event; NotFound when there is none."""
    event = events.get(read, id)
    if event is None:
        raise NotFound(f"There is no event {id!r} in this world.")
    return event


def event_values(world: World, one: Event) -> dict[str, Any]:
    """Return what an event's page shows."""
    read = world.read()
    rows = stock.of_event(read, one.id)
    count = plan.tally(rows)
    view = view_of(flask.request.args.get("only", ""), rows)
    return {
        "title": one.name, "line": line_of(one, (count.total, count.held, count.sold), read.now), "view": view, "only": plan.ONLY,
        "sections": sections(world, one.id, rows, view), "toggles": toggles(one.id, rows, view), "all_open": all_open(one.id, rows, view),
        "sellers": seats.sellers(read, one.id), "changes": changes(world, "event", one.id), "buttons": buttons(one),
    }  # fmt: skip


def view_of(only: str, rows: Sequence[stock.Stock]) -> View:
    """Read how the plan is to be looked at.

    Of a small house, and where only some seats are asked for, every section is open unless the address says which.
    """
    only = only if only in plan.ONLY else ""
    there = dict.fromkeys(row.section for row in rows if plan.fits(row, only))
    given = flask.request.args.getlist("open")
    small = bool(only) or plan.tally(rows).total <= plan.OPEN_BELOW
    chosen = given or (there if small else ())
    return View(tuple(name for name in there if name in chosen)[: plan.MOST_OPEN], only)


def sections(world: World, id: str, rows: Sequence[stock.Stock], view: View) -> list[plan.Section]:
    """Return the sections of an event's plan."""
    read = world.read()
    opened = {row.id for row in rows if row.section in view.opened}
    taken = [claim for claim in seats.taken(read, id) if claim[0] in opened]
    standing = [claim for claim in seats.standing(read, id, STANDING) if claim[0] in opened]
    came = {
        (change["stock"], number): (change["vendor"], change["record"])
        for change in reversed(seats.ledger(read, "event", id, REMEMBERED))
        if change["what"] in ("sold", "held") and change["stock"] in opened
        for number in change["seats"]
    }
    named = {claim[3:5] for claim in taken} | {claim[2:4] for claim in standing} | set(came.values())
    titles = {name: vendor.title for name, vendor in world.vendors.items()}
    whose = plan.claims(taken, standing, came, order_links(world, named), titles)
    return plan.sections(rows, whose, view.opened, view.only)


def toggles(id: str, rows: Iterable[stock.Stock], view: View) -> dict[str, str]:
    """Return for each section the address of the page on which it is open if it is closed, and closed if it is open."""
    made = {}
    for name in dict.fromkeys(row.section for row in rows):
        left = [section for section in view.opened if section != name]
        made[name] = address(id, left if name in view.opened else [*left, name], view.only)
    return made


def all_open(id: str, rows: Iterable[stock.Stock], view: View) -> tuple[str, str]:
    """Return the addresses of the page with every section open, empty where they are too many, and with none."""
    names = list(dict.fromkeys(row.section for row in rows))
    return address(id, names, view.only) if len(names) <= plan.MOST_OPEN else "", address(id, [], view.only)


def address(id: str, opened: Sequence[str], only: str) -> str:
    """Return the address of an event's page with some sections open."""
    return shell.url("stock.event", id=id, open=list(opened) or [""], only=only or None)


def changes(world: World, column: Any, value: str) -> list[Mapping[str, Any]]:
    """Return lines of the ledger, newest first, each with the page of its order if it is an order's."""
    changes = seats.ledger(world.read(), column, value, CHANGES)
    links = order_links(world, {(change["vendor"], change["record"]) for change in changes})
    return [change | {"link": links.get((change["vendor"], change["record"]), "")} for change in changes]


def buttons(one: Event) -> list[Button]:
    """Return what can be done to an event; nothing to one that was called off."""
    why = f"Event {one.id} has been cancelled." if one.status == "cancelled" else None
    made = []
    for name, tone in ON_EVENT:
        action = get_action(current().world, "core", name)
        form = forms.of(asked_by(name), fixed={"event": one.id}, leave_out=("data",))
        made.append(
            Button(forms.label_of(name), action.help, shell.url("stock.act", id=one.id, action=name), form, why, tone)
        )
    return made


def asked_by(name: str) -> Schema:
    """Return what an action of the core's asks, as a form can ask it: what may be a text or a list is typed as a text."""
    schema = schema_of(get_action(current().world, "core", name).body, "body")
    typed: dict[str, fields.Field[Any]] = {
        field: fields.String(
            required=shape.required, load_default=shape.load_default, validate=shape.validators,
            metadata={"description": HELP.get(field, "")},
        )
        for field, shape in schema.fields.items()
        if type(shape) is fields.Raw
    }  # fmt: skip
    return type(schema).from_dict(typed)() if typed else schema


def act(id: str, action: str) -> flask.Response:
    """Carry out an action of the core's on an event; what is wrong stays at its form."""
    world = current().world
    there = event_found(world.read(), id)
    found = get_action(current().world, "core", action if action in dict(ON_EVENT) else "")
    schema, fixed, left_out = asked_by(found.name), {"event": there.id}, ("data",)
    try:
        given = forms.read(schema, fixed=fixed, leave_out=left_out)
        typed = forms.filled(forms.of(schema, fixed=fixed, leave_out=left_out), flask.request.form)
        forms.trying(typed, lambda: found.run(world, given))
    except forms.Wrong as wrong:
        to = shell.url("stock.act", id=id, action=action)
        return shell.answer("stock_form.html", 422, form=wrong.form, to=to, label=forms.label_of(action))
    return shell.done(f"{forms.label_of(action)}: done.", shell.url("stock.event", id=id))


def row(id: str) -> flask.Response:
    """Show one row of stock: its seats, its price, what became of it."""
    world = current().world
    read = world.read()
    listing = stock.get(read, id)
    parts = sections(world, listing.event, [listing], View((listing.section,), ""))
    return shell.page(
        "stock_row.html", title=f"Row {listing.row}", stock=listing,
        line=line_of(event_found(read, listing.event), (0, 0, 0), read.now), row=parts[0].rows[0] if parts else None,
        changes=changes(world, "id", id), form=price_form(listing),
    )  # fmt: skip


def price_form(found: stock.Stock) -> forms.Form:
    """Return the form that changes a row's price."""
    values = {"price": f"{found.price / 100:.2f}"}
    return forms.of(
        schema_of(get_action(current().world, "core", "change_price").body, "body"),
        values=values,
        fixed={"stock": found.id},
    )


def reprice(id: str) -> flask.Response:
    """Change the price of a row at every vendor."""
    world = current().world
    found, action = stock.get(world.read(), id), get_action(current().world, "core", "change_price")
    try:
        given = forms.read(schema_of(action.body, "body"), fixed={"stock": found.id})
        forms.trying(forms.filled(price_form(found), flask.request.form), lambda: action.run(world, given))
    except forms.Wrong as wrong:
        return shell.answer(
            "stock_form.html", 422, form=wrong.form, to=shell.url("stock.reprice", id=id), label="Change the price"
        )
    return shell.done("The price was changed.", shell.url("stock.row", id=id))


PAGE = Page("stock", "Stock", "t", (
    Route("stock", table), Route("stock/event/<path:id>", event),
    Route("stock/row/<path:id>", row), Route("stock/row/<path:id>", reprice, "POST"),
    Route("stock/do/<string:action>/<path:id>", act, "POST"),
))  # fmt: skip
