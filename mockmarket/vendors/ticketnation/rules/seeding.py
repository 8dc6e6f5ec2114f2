"""The first records: those of the world's fixture, by its section `vendors: ticketnation:`; then its orders."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, TypedDict

from mockmarket import clock, errors, stock, vendor
from mockmarket.api.schemas import schema_of
from mockmarket.records import Create, Default, Length, Pattern, Range, Shaped
from mockmarket.seed.planting import Misplanted
from mockmarket.store import Record, Tx, events as shared, records
from mockmarket.vendors.ticketnation import records as shapes, wire
from mockmarket.vendors.ticketnation.rules import events, orders, tickets

BEFORE = 30 * clock.DAY  # how long before the world's start the fixture's records were created; its orders came later
Problem = tuple[tuple[str | int, ...], str]  # where it is, and the sentence


class OrganizationSection(TypedDict):
    """An organization and, unless it is the first, its own events: by id, and all events of venues."""

    name: Annotated[str, Length(1, 200)]
    slug: Annotated[str, Pattern(r"[a-z0-9]+(-[a-z0-9]+)*\Z", "Must be like my-shows.")]
    events: Annotated[list[str], Default(list)]
    venues: Annotated[list[str], Default(list)]


ThresholdSection = TypedDict("ThresholdSection", {"event": str, "section": str, "at": Annotated[int, Range(0, 10**5)]})
"""The threshold of ticket.inventory_low for one section of an event."""


class PartsSection(TypedDict):
    """An event's parts other than tickets."""

    event: str
    performers: Annotated[list[Record], Shaped(Create(shapes.Performer)), Default(list)]
    schedules: Annotated[list[Record], Shaped(Create(shapes.Schedule)), Default(list)]
    brands: Annotated[list[Record], Shaped(Create(shapes.Brand)), Default(list)]


ALONE: OrganizationSection = {"name": "Mock Presents", "slug": "mock-presents", "events": [], "venues": []}
"""The organization of a fixture that names none."""


class Section(TypedDict):
    """The fixture's section `vendors: ticketnation:`."""

    organizations: Annotated[list[OrganizationSection], Default(lambda: [ALONE]), Length(1)]
    thresholds: Annotated[list[ThresholdSection], Default(list)]
    about_events: Annotated[list[PartsSection], Default(list)]


def _read(seeding: vendor.Seeding) -> Section:
    section: Section = schema_of(Section, "fixture").load(dict(seeding.section))
    for where, words in contradictions(seeding, section):
        raise Misplanted(("vendors", shapes.NAME, *where), words)
    return section


def contradictions(seeding: vendor.Seeding, section: Section) -> Iterator[Problem]:
    """Yield (place, sentence) for references to missing records, and for repeated slugs."""
    organizations, thresholds, about = section["organizations"], section["thresholds"], section["about_events"]
    shows, venues = {show.id for show in seeding.events}, {venue.id for venue in shared.venues(seeding.tx)}
    slugs = [organization["slug"] for organization in organizations]
    yield from _strangers("organizations", "events", [entry["events"] for entry in organizations], shows)
    yield from _strangers("organizations", "venues", [entry["venues"] for entry in organizations], venues)
    for number, slug in enumerate(slugs):
        if slug in slugs[:number]:
            yield ("organizations", number, "slug"), f"Another organization is {slug!r}."
    yield from _strangers("thresholds", "event", [[entry["event"]] for entry in thresholds], shows, "event ")
    yield from _strangers("about_events", "event", [[entry["event"]] for entry in about], shows, "event ")
    for number, entry in enumerate(thresholds):
        if entry["section"] not in {row.section for row in seeding.stock.of(entry["event"])}:
            yield ("thresholds", number), f"Event {entry['event']} has no section {entry['section']!r}."


def _strangers(part: str, field: str, named: list[list[str]], known: set[str], noun: str = "") -> Iterator[Problem]:
    strange = ((number, id) for number, ids in enumerate(named) for id in ids if id not in known)
    return (((part, number, field), f"There is no {noun}{id!r}.") for number, id in strange)


def seed(seeding: vendor.Seeding) -> None:
    """Create this vendor's records of the world's fixture: a ticket type for each section of each event."""
    tx, section, at = seeding.tx, _read(seeding), seeding.start - BEFORE
    for organization in section["organizations"]:
        name, slug = organization["name"], organization["slug"]
        records.put(tx, wire.ORGANIZATION, {"id": wire.uuid_of("organization", slug), "name": name, "slug": slug})
    venues = {venue.id: events.known_venue(tx, venue) for venue in shared.venues(tx)}
    for show in seeding.events:
        event = events.shared_event(show, events.unused_slug(tx, show.name), venues[show.venue.id], at)
        events.put(tx, event, owner_of(show, section["organizations"]), show.id)
    thresholds = {(entry["event"], entry["section"]): entry["at"] for entry in section["thresholds"]}
    for show in seeding.events:
        records.put_many(tx, wire.TICKET, _tickets_of(show.id, seeding.stock.of(show.id), thresholds, at))
    for about in section["about_events"]:
        event = records.get(tx, wire.EVENT, wire.event_uuid(about["event"])) or {}
        parts = {wire.PERFORMER: about["performers"], wire.SCHEDULE: about["schedules"], wire.BRAND: about["brands"]}
        for kind, number, body in [(kind, *row) for kind, bodies in parts.items() for row in enumerate(bodies)]:
            events.add_part(tx, event, kind, wire.uuid_of(f"{kind.name}s", about["event"], str(number)), body, at)


def owner_of(show: shared.Event, organizations: Sequence[OrganizationSection]) -> str:
    """Return the id of an event's organization: the first that names it or its venue, else the first of all."""
    naming = (entry for entry in organizations if show.id in entry["events"] or show.venue.id in entry["venues"])
    return wire.uuid_of("organization", next(naming, organizations[0])["slug"])


def _tickets_of(
    show: str, stock_rows: Sequence[stock.Stock], thresholds: Mapping[tuple[str, str], int], at: int
) -> Iterator[tuple[Record, Record]]:
    event = wire.event_uuid(show)
    sections: dict[str, list[stock.Stock]] = {}
    for row in stock_rows:
        sections.setdefault(row.section, []).append(row)
    for section, rows in sections.items():
        ticket = tickets.of_rows(event, rows, thresholds.get((show, section), shapes.THRESHOLD), at)
        yield ticket, tickets.columns(ticket, show, section)


def place(tx: Tx, seeded: vendor.SeedOrder) -> None:
    """Place an order of the fixture by the usual rules, and bring it to its status."""
    if seeded.status not in shapes.ORDER_STATUSES:
        raise errors.Invalid(f"{seeded.status!r} is no order status; there are {', '.join(shapes.ORDER_STATUSES)}.")
    ticket = tickets.ticket_of(tx, stock.get(tx, seeded.stock))
    if ticket is None:
        raise errors.Invalid(f"No ticket type has the seats of {seeded.stock}.")
    event = events.event_called(tx, ticket["eventId"])
    order = orders.place(tx, event, [(ticket, seeded.quantity)], (seeded.name, seeded.email), seeded.stock)
    if seeded.status == "REFUNDED":
        order = orders.give_back(tx, order)
    orders.settle(tx, order)
