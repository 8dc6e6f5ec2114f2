"""Events: drafts, publication, synchronisation with the world's events, and the first records."""

from collections import defaultdict
from collections.abc import Callable
from itertools import chain, count
from typing import Annotated, Any, TypedDict

from mockmarket import clock, errors, stock, vendor
from mockmarket.api import arguments, schemas
from mockmarket.records import Create, Default, Shaped
from mockmarket.rules.lifecycle import Flow
from mockmarket.rules.search import folded
from mockmarket.store import Read, Record, Tx, events, records, timers
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME, ORG, Event
from mockmarket.vendors.zatabox.records.logins import FixtureUser
from mockmarket.vendors.zatabox.records.orders import Promo
from mockmarket.vendors.zatabox.rules import inventory, logins, notices, orders

FLOW = Flow("event", {"draft": ("published", "cancelled"), "published": ("draft", "cancelled", "completed")})
"""Document, "Event catalog", and public: unpublish goes back to draft, DELETE cancels."""
DRAFT = {"status": "draft", "publishedAt": None}
ENDS = "event_ends"
OWN = {"seating": False, "organizationId": ORG}  # members of every new event
COURSE = "online-course"
KINDS = {
    "arena": "sports",
    "stadium": "sports",
    "theatre": "theatre",
    "club": "music",
    "church": "music",
    "open-air park": "festival",
}
"""The category of an event for which the fixture has none, by its venue's kind."""
PRODUCTS = {"downloadable-files": "digital", COURSE: "digital", "reservation": "reservation"}
"""The productType of a category, if not event (public: the two digital ones)."""


def _of_world(tx: Tx, show: events.Event, status: str, slug: str) -> Record:
    category = KINDS.get(str(show.venue.data.get("kind")), "other")
    words = {name: str(show.data.get(name, default)) for name, default in (("description", ""), ("category", category))}
    venue = {"timezone": show.venue.zone, "venueName": show.venue.name, "venueCity": show.venue.city}
    words["productType"] = PRODUCTS.get(words["category"], "event")
    own = OWN | {"slug": slug, "title": show.name, "status": status, "capacity": 0, "publishedAt": clock.iso_s(tx.now)}
    return wire.new(tx, Event, wire.event_id(show.id), own | words | venue | dates(show.starts_at, show.ends_at))


def dates(starts_at: int, ends_at: int) -> Record:
    """Return the members of an event's start and end; an open-ended one ends with the calendar."""
    return {"startDate": clock.iso_s(starts_at), "endDate": clock.iso_s(ends_at) if ends_at < clock.LATEST else None}


def span(event: Record) -> tuple[int, int]:
    """Return when an event begins and ends, in epoch ms."""
    ends_at = clock.parse_iso(event["endDate"]) if event["endDate"] else clock.LATEST
    return clock.parse_iso(event["startDate"]), ends_at


def schedule_end(tx: Tx, event: Record) -> None:
    """Set the timer of a published event's end; an open-ended one has none."""
    timers.stop(tx, NAME, ENDS, event["id"])
    if event["status"] == "published" and event["endDate"]:
        timers.set(tx, timers.Timer(NAME, ENDS, event["id"], span(event)[1]))


def free_slug(read: Read, title: str, id: str) -> str:
    """Return a title's slug, numbered if another event has it."""
    first = wire.slug(title, id)
    slugs = chain([first], (f"{first}-{number}" for number in count(2)))
    return next(slug for slug in slugs if not records.first(read, wire.EVENT, ("slug", "=", slug)))


def store(tx: Tx, event: Record, starts_at: int | None = None) -> None:
    """Store an event with its columns: `place` is a unique sort key of start and id."""
    starts_at = clock.parse_iso(event["startDate"]) if starts_at is None else starts_at
    text = folded("\n".join(event[name] for name in ("title", "venueName", "venueCity", "description")))
    place, city = f"{starts_at:015d}-{event['id']}", folded(event["venueCity"])
    records.put(tx, wire.EVENT, event, city_key=city, text_key=text, place=place, starts_at=starts_at)


def revise(tx: Tx, event: Record, **changes: object) -> Record:
    """Store an event's changes, if there are any, and announce them."""
    return event if all(event[name] == value for name, value in changes.items()) else touch(tx, event | changes)


def touch(tx: Tx, event: Record) -> Record:
    """Store a changed event, or one whose parts have changed, and announce it."""
    event = event | {"updatedAt": clock.iso_s(tx.now)}
    records.update(tx, wire.EVENT, event)
    return notices.notify(tx, "event.updated", event)


def call_off(tx: Tx, event: Record) -> Record:
    """Cancel an event, announce it, and cancel its pending orders."""
    event = notices.notify(tx, "event.cancelled", notices.change_status(tx, wire.EVENT, FLOW, event, "cancelled"))
    timers.stop(tx, NAME, ENDS, event["id"])
    for order in records.find(tx, wire.ORDER, ("event", "=", event["id"]), ("status", "=", "pending")):
        orders.finish(tx, order, "cancelled", cancelReason="event_cancelled")
    return event


def end(tx: Tx, id: str) -> None:
    """Complete an event that has ended."""
    if (event := records.get(tx, wire.EVENT, id)) and event["status"] == "published":
        notices.notify(tx, "event.completed", notices.change_status(tx, wire.EVENT, FLOW, event, "completed"))


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Follow an event that was added, moved or cancelled elsewhere; Zatabox's own changes are stored already."""
    show, id = change.event, wire.event_id(change.event.id)
    event, new_dates = records.get(tx, wire.EVENT, id), dates(show.starts_at, show.ends_at)
    if event is None:
        event = _of_world(tx, show, "published", free_slug(tx, show.name, id))
        store(tx, event)
        schedule_end(tx, event)
        notices.notify(tx, "event.created", event | DRAFT)  # document: a draft is created, then it goes live
        notices.notify(tx, "event.published", event)
    elif change.what == "cancelled" and event["status"] in FLOW.moves:
        call_off(tx, event)
    elif change.what == "moved" and not new_dates.items() <= event.items():
        event |= new_dates | {"updatedAt": clock.iso_s(tx.now)}
        store(tx, event)
        schedule_end(tx, event)
        notices.notify(tx, "event.updated", event)


def seed(seeding: vendor.Seeding) -> None:
    """Create an event for each of the world's, a ticket type for each section, and the fixture's promo codes and users."""
    slugs: set[str] = set()
    drafts = _drafts_of(seeding)
    for show in seeding.events:
        rows = seeding.stock.of(show.id)
        slug = first = wire.slug(show.name, show.id)
        while slug in slugs:
            slug = f"{first}-{len(slugs)}"
        slugs.add(slug)
        event = _of_world(seeding.tx, show, _first_status(show, seeding.start), slug)
        event |= DRAFT if show.id in drafts else {}
        event["capacity"] = sum(row.total for row in rows)
        event["seating"] = any(row.first_seat is not None for row in rows)
        store(seeding.tx, event, show.starts_at)
        schedule_end(seeding.tx, event)
        sections = defaultdict[str, list[stock.Stock]](list)
        for row in rows:
            sections[row.section].append(row)
        for section in sections.values():
            inventory.of_rows(seeding.tx, section)
    _seed_members(seeding, "promo_codes", Create(Promo), lambda promo: orders.store_promo(seeding.tx, promo))
    _seed_members(seeding, "users", FixtureUser, lambda user: _seed_user(seeding.tx, user))


class FixtureSection(TypedDict):
    """The fixture's section `vendors: zatabox`: ids of events that begin as drafts, promo codes, and users that may log in."""

    drafts: Annotated[list[str], Default(list)]
    promo_codes: Annotated[list[Record], Shaped(Create(Promo)), Default(list)]
    users: Annotated[list[FixtureUser], Default(list)]


def _first_status(show: events.Event, start: int) -> str:
    if show.status == "cancelled":
        return "cancelled"
    return "completed" if show.ends_at <= start else "published"


def _drafts_of(seeding: vendor.Seeding) -> frozenset[str]:
    """Return the ids of the events that begin as drafts; Invalid for one that is not on sale."""
    drafts = frozenset(map(str, seeding.section.get("drafts", ())))
    live = {show.id for show in seeding.events if _first_status(show, seeding.start) == "published"}
    if unknown := drafts - live:
        words = f"{', '.join(sorted(unknown))}: no event of the fixture that is still to come."
        raise errors.Invalid(words, details=[("vendors.zatabox.drafts", words)])
    return drafts


def _seed_user(tx: Tx, user: Record) -> Record:
    return logins.store_user(tx, user["email"], user["name"], user["password"], user["twoFactor"])


def _seed_members(seeding: vendor.Seeding, name: str, shape: Any, store: Callable[[Record], object]) -> None:
    for number, member in enumerate(seeding.section.get(name, ())):
        try:
            store(arguments.load(schemas.schema_of(shape, "fixture"), member))
        except errors.Invalid as error:
            raise errors.Invalid(str(error), details=[(f"vendors.zatabox.{name}.{number}", str(error))]) from error
