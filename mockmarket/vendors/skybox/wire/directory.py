"""What every account finds at SkyBox: events, venues, performers and categories, made of the world's shared shows."""

from __future__ import annotations

from mockmarket.store import events
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.records.directory import Category, Event, Performer, Venue
from mockmarket.vendors.skybox.records.enumerations import EVENT_TYPES
from mockmarket.vendors.skybox.wire.formats import local_moment, number_of

TYPE_OF_VENUE = {"theatre": "THEATER", "stadium": "SPORT"}
CATEGORY_OF_TYPE = {"CONCERT": "Concerts", "THEATER": "Theater", "SPORT": "Sports", "OTHER": "Other"}
PARKING = "parking"
"""Convention: a show is SPORT when two sides meet in it, else by its venue's kind; parking has that word in its name's beginning."""


def venue(place: events.Venue) -> Venue:
    """Write a venue; city and state from `Boston, MA`, the rest from the fixture's `data`."""
    city, _, state = place.city.partition(", ")
    data = place.data
    return {
        "id": number_of(place.id),
        "name": place.name,
        "address": str(data.get("address", data.get("address_line_1", ""))),
        "city": city,
        "state": str(data.get("state", state)),
        "country": str(data.get("country", data.get("country_code", ""))),
        "postalCode": str(data.get("postal_code", data.get("postcode", ""))),
        "phone": str(data.get("phone", "")),
        "timeZone": {"id": place.zone},
    }


def sides(name: str) -> list[str]:
    """Return who meets at a show by its name, both sides of a match, else nobody."""
    names = [side.strip() for side in name.replace(" vs ", " vs. ").split(" vs. ")]
    return names if len(names) > 1 and all(names) else []


def event_type(show: events.Event) -> str:
    """Return an event's type: the fixture's `event_type`, else by who meets or where."""
    named = str(show.data.get("event_type", "")).upper()
    if named in EVENT_TYPES:
        return named
    return "SPORT" if sides(show.name) else TYPE_OF_VENUE.get(str(show.venue.data.get("kind")), "CONCERT")


def category(show: events.Event) -> Category:
    """Write an event's category: the fixture's `category`, else its type's."""
    type = event_type(show)
    name = str(show.data.get("category") or CATEGORY_OF_TYPE[type])
    return {"id": number_of(f"category {name}"), "name": name, "eventType": type}


def performers(show: events.Event) -> list[Performer]:
    """Write who performs, the one that the event goes by first: the fixture's `performers`, else by the event's name."""
    names = show.data.get("performers") or sides(show.name) or [show.name]
    kind = category(show)
    return [
        {"id": number_of(f"performer {name}"), "name": str(name), "eventType": kind["eventType"], "category": kind}
        for name in names
    ]


def event(show: events.Event) -> Event:
    """Write an event; its date is the venue's own time, without a zone (public)."""
    first, *others = performers(show)
    data = show.data
    return {
        "id": number_of(show.id),
        "name": show.name,
        "date": local_moment(show.starts_at, show.venue.zone),
        "venue": venue(show.venue),
        "performerId": first["id"],
        "performer": first,
        "keywords": " ".join(map(str, data.get("keywords", [other["name"] for other in others]))),
        "chartUrl": data.get("chart_url"),
        "stubhubEventId": data.get("stubhub_event_id"),
        "tags": "",
        "notes": None,
        "disabled": show.status == "cancelled",
    }


def is_parking(show: events.Event) -> bool:
    """Tell whether an event sells places to park."""
    return bool(show.data.get("parking", show.name.casefold().startswith(PARKING)))


def event_columns(show: events.Event, record: Event) -> Record:
    """Return the values of ours beside an event; `performers` has each one's id between bars."""
    playing = performers(show)
    names = [performer["name"] for performer in playing]
    words = (show.name, show.venue.name, show.venue.city, record["keywords"], *names)
    return {
        "show": show.id,
        "starts_at": show.starts_at,
        "parking": int(is_parking(show)),
        "name_key": "|".join((show.name, *names)).casefold(),
        "venue_key": show.venue.name.casefold(),
        "city_key": record["venue"]["city"].casefold(),
        "category_key": record["performer"]["category"]["name"].casefold(),
        "text_key": "|".join(words).casefold(),
        "performers": "".join(f"|{performer['id']}|" for performer in playing),
    }


def venue_columns(record: Venue) -> Record:
    """Return the values of ours beside a venue."""
    return {"name_key": record["name"].casefold(), "city_key": record["city"].casefold()}
