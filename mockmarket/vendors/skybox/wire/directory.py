"""What every account finds at SkyBox: events, venues, performers and categories, made of the world's shared shows."""

from __future__ import annotations

from typing import Any

from mockmarket.records import Column
from mockmarket.store.events import Event, Venue
from mockmarket.store.records import Kind
from mockmarket.vendors.skybox.wire import parties
from mockmarket.vendors.skybox.wire.enumerations import EVENT_TYPES
from mockmarket.vendors.skybox.wire.formats import NAME, local_moment, number_of
from mockmarket.vendors.skybox.wire.kinds import NUMBER
from mockmarket.webhooks.encoding import java

Record = dict[str, Any]

EVENT = Kind(NAME, "event", "id", (
    NUMBER, Column("name", path="$.name"), Column("local", path="$.date"), Column("venue", "INTEGER", "$.venue.id"),
    Column("venue_name", path="$.venue.name", index=False), Column("city", path="$.venue.city", index=False),
    Column("state", path="$.venue.state", index=False), Column("country", path="$.venue.country", index=False),
    Column("performer", "INTEGER", "$.performerId"), Column("type", path="$.performer.eventType", index=False),
    Column("category", "INTEGER", "$.performer.category.id"), Column("performer_name", path="$.performer.name", index=False),
    Column("show"), Column("starts_at", "INTEGER"), Column("parking", "INTEGER", index=False),
    Column("name_key", index=False), Column("venue_key", index=False), Column("city_key", index=False),
    Column("category_key", index=False), Column("text_key", index=False), Column("performers", index=False),
), java)  # fmt: skip
VENUE = Kind(NAME, "venue", "id", (
    NUMBER, Column("name", path="$.name"), Column("city", path="$.city", index=False), Column("state", path="$.state", index=False),
    Column("name_key", index=False), Column("city_key", index=False),
), java)  # fmt: skip
PERFORMER = Kind(
    NAME, "performer", "id", (NUMBER, Column("name", path="$.name"), Column("name_key", index=False)), java
)
CATEGORY = Kind(NAME, "category", "id", (NUMBER, Column("name", path="$.name")), java)

KINDS = (EVENT, VENUE, PERFORMER, CATEGORY, *parties.KINDS)

TYPE_OF_VENUE = {"theatre": "THEATER", "stadium": "SPORT"}
CATEGORY_OF_TYPE = {"CONCERT": "Concerts", "THEATER": "Theater", "SPORT": "Sports", "OTHER": "Other"}
PARKING = "parking"
"""Convention: a show is SPORT when two sides meet in it, else by its venue's kind; parking has that word in its name's beginning."""


def venue(place: Venue) -> Record:
    """Write a venue; city and state from `Boston, MA`, the rest from the fixture's `data`."""
    city, _, state = place.city.partition(", ")
    said = place.data
    return {
        "id": number_of(place.id),
        "name": place.name,
        "address": str(said.get("address", said.get("address_line_1", ""))),
        "city": city,
        "state": str(said.get("state", state)),
        "country": str(said.get("country", said.get("country_code", ""))),
        "postalCode": str(said.get("postal_code", said.get("postcode", ""))),
        "phone": str(said.get("phone", "")),
        "timeZone": {"id": place.zone},
    }


def sides(name: str) -> list[str]:
    """Return who meets at a show by its name, both sides of a match, else nobody."""
    there = [side.strip() for side in name.replace(" vs ", " vs. ").split(" vs. ")]
    return there if len(there) > 1 and all(there) else []


def event_type(show: Event) -> str:
    """Return an event's type: the fixture's `event_type`, else by who meets or where."""
    said = str(show.data.get("event_type", "")).upper()
    if said in EVENT_TYPES:
        return said
    return "SPORT" if sides(show.name) else TYPE_OF_VENUE.get(str(show.venue.data.get("kind")), "CONCERT")


def category(show: Event) -> Record:
    """Write an event's category: the fixture's `category`, else its type's."""
    type = event_type(show)
    name = str(show.data.get("category") or CATEGORY_OF_TYPE[type])
    return {"id": number_of(f"category {name}"), "name": name, "eventType": type}


def performers(show: Event) -> list[Record]:
    """Write who performs, the one that the event goes by first: the fixture's `performers`, else by the event's name."""
    names = show.data.get("performers") or sides(show.name) or [show.name]
    of = category(show)
    return [
        {"id": number_of(f"performer {name}"), "name": str(name), "eventType": of["eventType"], "category": of}
        for name in names
    ]


def event(show: Event) -> Record:
    """Write an event; its date is the venue's own time, without a zone (public)."""
    first, *others = performers(show)
    said = show.data
    return {
        "id": number_of(show.id),
        "name": show.name,
        "date": local_moment(show.starts_at, show.venue.zone),
        "venue": venue(show.venue),
        "performerId": first["id"],
        "performer": first,
        "keywords": " ".join(map(str, said.get("keywords", [one["name"] for one in others]))),
        "chartUrl": said.get("chart_url"),
        "stubhubEventId": said.get("stubhub_event_id"),
        "tags": "",
        "notes": None,
        "disabled": show.status == "cancelled",
    }


def is_parking(show: Event) -> bool:
    """Tell whether an event sells places to park."""
    return bool(show.data.get("parking", show.name.casefold().startswith(PARKING)))


def event_columns(show: Event, record: Record) -> dict[str, Any]:
    """Return the values of ours beside an event; `performers` has each one's id between bars."""
    there = performers(show)
    words = (show.name, show.venue.name, show.venue.city, record["keywords"], *(one["name"] for one in there))
    return {
        "show": show.id,
        "starts_at": show.starts_at,
        "parking": int(is_parking(show)),
        "name_key": "|".join((show.name, *(one["name"] for one in there))).casefold(),
        "venue_key": show.venue.name.casefold(),
        "city_key": record["venue"]["city"].casefold(),
        "category_key": record["performer"]["category"]["name"].casefold(),
        "text_key": "|".join(words).casefold(),
        "performers": "".join(f"|{one['id']}|" for one in there),
    }


def venue_columns(record: Record) -> dict[str, Any]:
    """Return the values of ours beside a venue."""
    return {"name_key": record["name"].casefold(), "city_key": record["city"].casefold()}
