"""Generated content: a plan of events and listings becomes a fixture's content, the same for the same seed.

The content equals that of a YAML fixture; its stock is generated one entry at a time, so that a million entries are
never in memory. Writes no file and knows no vendor."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, count
from typing import Any, NamedTuple

from mockmarket.errors import Invalid
from mockmarket.ids import Rng, shares
from mockmarket.seed.generate import names, venues
from mockmarket.seed.generate.venues import House, Slot
from mockmarket.seed.shapes import Content, EventEntry, StockEntry, VenueEntry, row_id
from mockmarket.stock import Stock

CURRENCY = re.compile(r"[A-Z]{3}")
MOST_EVENTS = 100_000
MOST_LISTINGS = 5_000_000
EVENTS_A_VENUE = 12
DAYS = 180
"""Days until the last events."""
FIRST_EVENT = 7_000_001
MIX = (("club", 30), ("theatre", 35), ("open-air park", 10), ("arena", 20), ("stadium", 5))
"""The weight of each kind of venue, before listings need larger ones."""
NOTHING = Decimal(0)
BASE_PRICE = {"club": 3_000, "theatre": 6_500, "open-air park": 7_500, "arena": 11_000, "stadium": 12_500}
"""Cents of the best seat of an average show."""
SPLITS = {
    "single": shares(("any", 1)),
    "pair": shares(("all_together", 35), ("never_leave_one", 35), ("default", 15), ("any", 15)),
    "even": shares(
        *(("never_leave_one", 35), ("default", 20), ("multiples:2", 20)),
        *(("any", 15), ("custom:2,4", 5), ("all_together", 5)),
    ),
    "odd": shares(("never_leave_one", 45), ("default", 20), ("any", 20), ("all_together", 15)),
}
"""The weights of split rules, by number of seats."""
EXTRAS: Sequence[dict[str, Any]] = shares(
    ({}, 58), ({"ticket_type": "Mobile"}, 22), ({"instant_download": True}, 8), ({"ticket_type": "Paper"}, 8),
    ({"restrictions": ["Limited view"]}, 4),
)  # fmt: skip
"""Further members of a listing, with their weights."""
PLACES = ("section", "row")
"""Members that refer to parts of a venue, which a generated venue may lack."""
LISTS = ("events", "venues")
LOST = object()
NewIds = Mapping[str, str | None]
"""The new id for each id of the other fixture; None when it has no counterpart."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to generate: the number of events, and of listings over all of them; every price is in `currency`."""

    events: int
    listings: int
    seed: int = 0
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Show:
    """One event of a plan: its venue, its demand (1.0 is average), and its number of listings."""

    id: str
    house: House
    demand: float
    listings: int
    stretch: int


class Offer(NamedTuple):
    """A listing: its place, its price in cents, its split rule, its further members."""

    slot: Slot
    cents: int
    split: str
    extras: dict[str, Any]


class Listings:
    """A fixture's section `stock` whose entries are generated on each iteration, always the same."""

    def __init__(self, plan: Plan, shows: Sequence[Show]) -> None:
        self.plan = plan
        self.shows = shows

    def __len__(self) -> int:
        return self.plan.listings

    def __iter__(self) -> Iterator[StockEntry]:
        for show in self.shows:
            for offer in offers_of(show, self.plan):
                yield entry_of(show.id, offer, self.plan.currency)

    def rows(self) -> Iterator[Stock]:
        """Yield the stock row of each entry, as planting the entries gives it, without the entries."""
        numbers = count(1)
        for show in self.shows:
            for (section, row, first, seats, _), cents, split, extras in offers_of(show, self.plan):
                kind = "general" if first is None else "seated"
                id = f"s{next(numbers)}-{row_id(section, row)}"
                yield Stock(
                    id, show.id, kind, section, row, first, seats, cents, self.plan.currency, split, data=extras
                )


def check(plan: Plan) -> None:
    """Raise Invalid, saying what to change, for numbers or a currency that make no fixture."""
    events, listings, least = plan.events, plan.listings, -(-plan.listings // venues.MOST)
    too_many = f"{listings:,} listings do not fit into {events:,} events of {venues.MOST:,} at most"
    checks = (
        (
            not CURRENCY.fullmatch(plan.currency),
            f"{plan.currency!r} is not a currency; give three capital letters such as USD.",
        ),
        (not 1 <= events <= MOST_EVENTS, f"events must be from 1 to {MOST_EVENTS:,}."),
        (listings < events, f"Each event needs a listing: for {events:,} events give at least as many listings."),
        (listings > MOST_LISTINGS, f"listings must be {MOST_LISTINGS:,} at most."),
        (listings > events * venues.MOST, f"{too_many}: give at least {least:,} events."),
    )
    if problem := next((words for wrong, words in checks if wrong), None):
        raise Invalid(problem)


def content(plan: Plan, like: Content) -> dict[str, Any]:
    """Return a fixture's content as `planting.plant` takes it; keys and vendor sections are those of the fixture
    `like`, with its events and stock replaced by generated ones. Raises Invalid for a bad plan."""
    check(plan)
    built = build(plan)
    generated: dict[str, Any] = {
        "about": f"Generated: {plan.events:,} events, {plan.listings:,} listings, seed {plan.seed}. Every name is made up.",
        "start": None,
        "frozen": False,
        "venues": venue_entries(plan, built),
        "events": events(plan, built),
        "stock": Listings(plan, shows(plan, built)),
        "keys": [{**key, "description": ""} for key in like["keys"]],
        "endpoints": [],
        "orders": [],
        "settings": {},
    }
    return generated | {"vendors": sections_for(like, generated)}


def build(plan: Plan) -> list[House]:
    """Return the venues: mixed kinds, with the smallest replaced by the largest kind until the listings fit."""
    count = max(1, min(plan.events, plan.events // EVENTS_A_VENUE + 2))
    kinds = [Rng(plan.seed, number).weigh(MIX) for number in range(count)]
    built = [venues.build(Rng(plan.seed, number), kind) for number, kind in enumerate(kinds)]
    room = sum(built[number % count].slots for number in range(plan.events))
    for number in sorted(range(count), key=lambda place: built[place].slots):
        if room >= plan.listings:
            break
        larger = venues.build(Rng(plan.seed, number), venues.LARGEST)
        room += (larger.slots - built[number].slots) * len(range(number, plan.events, count))
        built[number] = larger
    return built


def venue_entries(plan: Plan, built: Sequence[House]) -> list[VenueEntry]:
    """Return the section `venues`: each venue's name, city, zone, kind and capacity."""
    taken: set[str] = set()
    entries: list[VenueEntry] = []
    for number, house in enumerate(built):
        rng = Rng(plan.seed, MOST_EVENTS + number)
        city, zone = rng.pick(names.words()["cities"])
        name = names.venue(rng, house.kind, taken)
        data = {"kind": house.kind, "capacity": house.seats}
        entries.append({"id": f"venue-{number + 1}", "name": name, "city": city, "zone": zone, "data": data})
    return entries


def events(plan: Plan, built: Sequence[House]) -> list[EventEntry]:
    """Return the section `events`: each venue's shows, spread over the coming months."""
    entries: list[EventEntry] = []
    for number in range(plan.events):
        place = number % len(built)
        rng = Rng(plan.seed, (2 + number) * MOST_EVENTS)  # its listings have another stretch
        bill = rng.weigh(names.BILLS[built[place].kind])(rng)
        day = 1 + (number // len(built) * DAYS // (plan.events // len(built) + 1) + rng.below(7)) % DAYS
        entries.append({
            "id": str(FIRST_EVENT + number), "name": bill.name, "venue": f"venue-{place + 1}",
            "starts": f"+{day}d {rng.pick(bill.begins)}", "lasts": bill.lasts, "status": "scheduled",
            "data": {"performers": list(bill.performers)} if bill.performers else {},
        })  # fmt: skip
    return entries


def shows(plan: Plan, built: Sequence[House]) -> list[Show]:
    """Return every event with its number of listings: at least one, more for larger venues and higher demand."""
    demands = [0.6 + 1.6 * Rng(plan.seed, (2 + number) * MOST_EVENTS + 2).share() ** 2 for number in range(plan.events)]
    hosts = [built[number % len(built)] for number in range(plan.events)]
    room = [house.slots for house in hosts]
    shares = apportion(plan.listings, [slots * demand for slots, demand in zip(room, demands, strict=True)], room)
    return [
        Show(str(FIRST_EVENT + number), hosts[number], demands[number], shares[number], (2 + number) * MOST_EVENTS + 1)
        for number in range(plan.events)
    ]


def apportion(total: int, weights: Sequence[float], most: Sequence[int]) -> list[int]:
    """Distribute a total by weights: at least one and at most `most` each, with no remainder. The sum of `most` must suffice."""
    of_all = sum(weights)
    shares = [min(limit, max(1, int(total * weight / of_all))) for weight, limit in zip(weights, most, strict=True)]
    left = total - sum(shares)
    while left:
        open_places = [place for place, share in enumerate(shares) if (share < most[place] if left > 0 else share > 1)]
        each = max(1, abs(left) // len(open_places))
        for place in open_places:
            part = min(each, abs(left), most[place] - shares[place] if left > 0 else shares[place] - 1)
            shares[place] += part if left > 0 else -part
            left += -part if left > 0 else part
    return shares


def offers_of(show: Show, plan: Plan) -> Iterator[Offer]:
    """Yield an event's listings in the order of the venue's seats."""
    rng = Rng(plan.seed, show.stretch)
    best = BASE_PRICE[show.house.kind] * show.demand
    for slot in show.house.places(rng.some(show.listings, show.house.slots)):
        yield Offer(slot, price(rng, best * slot.price), rng.pick(SPLITS[sort_of(slot.seats)]), rng.pick(EXTRAS))


def entry_of(event: str, offer: Offer, currency: str) -> StockEntry:
    """Return a listing as an entry of a fixture's section `stock`."""
    section, row, first, seats, _ = offer.slot
    return {
        "event": event, "section": section, "row": row,
        "seats": seats if first is None else f"{first}-{first + seats - 1}",
        "kind": "general" if first is None else "seated", "price": Decimal(offer.cents).scaleb(-2), "per_row": NOTHING,
        "currency": currency, "split": offer.split, "data": dict(offer.extras),
    }  # fmt: skip


def price(rng: Rng, fair: float) -> int:
    """Return a seller's price in cents: near `fair` (cents), sometimes far above, in quarters of the major unit."""
    price = fair * (0.88 + 0.3 * rng.share() + (1.5 if rng.below(40) == 0 else 0.0))
    return max(4, round(price / 25)) * 25


def sort_of(seats: int) -> str:
    """Return which split rules are suitable for a number of seats."""
    return "single" if seats == 1 else "pair" if seats == 2 else "odd" if seats % 2 else "even"


def sections_for(like: Mapping[str, Any], generated: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section `vendors` of the fixture `like`, rewritten for a generated content. Its first event becomes the first generated
    one, and so on. Entries that name a missing counterpart, or a section of a venue, are left out."""
    sections = like["vendors"]
    ids: dict[str, str | None] = {}
    for name in LISTS:
        known = {row["id"] for row in like[name]}
        named = dict.fromkeys(id for text in texts(sections) if (id := id_in(text, known)))
        ids |= dict.fromkeys(known) | dict(zip(named, (row["id"] for row in generated[name]), strict=False))
    return {vendor: rewritten(section, ids) for vendor, section in sections.items()}


def texts(value: object) -> Iterator[str]:
    """Yield every text within a value, keys of mappings included."""
    if isinstance(value, str):
        yield value
    for part in chain(*value.items()) if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from texts(part)


def id_in(text: object, ids: Container[str]) -> str | None:
    """Return the id that a text consists of, with or without a prefix; None for other texts and values."""
    bare = text.partition("_")[2] if isinstance(text, str) else ""
    return next((id for id in (text, bare) if isinstance(id, str) and id in ids), None)


def rewritten(value: Any, ids: NewIds) -> Any:
    """Return part of a section with each id replaced, without the entries whose id has no counterpart. A member that
    becomes empty is left out too, so that it has its default."""
    if isinstance(value, Mapping):
        pairs = ((rewritten(key, ids), rewritten(member, ids), member) for key, member in value.items())
        return {key: left for key, left, member in pairs if LOST not in (key, left) and (left or not member)}
    if isinstance(value, list):
        return [rewritten(entry, ids) for entry in value if not names_lost(entry, ids)]
    id = id_in(value, ids)
    new = None if id is None else ids[id]
    return value if id is None else LOST if new is None else value.removesuffix(id) + new


def names_lost(entry: object, ids: NewIds) -> bool:
    """Return whether an entry of a list is such an id, has one as a member, or refers to a place in a venue."""
    values = list(entry.values()) if isinstance(entry, Mapping) else [entry]
    about_place = isinstance(entry, Mapping) and any(name in entry for name in PLACES)
    return any(rewritten(value, ids) is LOST or (about_place and id_in(value, ids)) for value in values)
