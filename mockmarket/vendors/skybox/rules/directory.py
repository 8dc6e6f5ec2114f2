"""How SkyBox's events, venues, performers and categories follow the world's shared shows; the same for every account."""

from __future__ import annotations

from mockmarket.clock import to_local
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.events import Event
from mockmarket.store.records import Record
from mockmarket.vendors.skybox.records import directory as shapes
from mockmarket.vendors.skybox.records.types import ENUMERATIONS
from mockmarket.vendors.skybox.wire import CATEGORY, EVENT, PERFORMER, VENUE, number_of

TYPE_OF_VENUE = {"theatre": "THEATER", "stadium": "SPORT"}
CATEGORY_OF_TYPE = {"CONCERT": "Concerts", "THEATER": "Theater", "SPORT": "Sports", "OTHER": "Other"}
PARKING = "parking"
"""Convention: a show is SPORT when two sides meet in it, else by its venue's kind; parking has that word in its name's beginning."""


def put_venue(tx: Tx, place: events.Venue) -> None:
    """Store a venue."""
    record = venue(place)
    records.put(tx, VENUE, record, name_key=record["name"].casefold(), city_key=record["city"].casefold())


def put_event(tx: Tx, show: Event) -> None:
    """Store an event as it is now, with its performers and category."""
    playing = performers(show)
    record = event(show, playing)
    records.put(tx, EVENT, record, **columns(show, record, playing))
    records.put(tx, CATEGORY, playing[0]["category"])
    for performer in playing:
        records.put(tx, PERFORMER, performer, name_key=performer["name"].casefold())


def event_of(read: Read, id: int) -> Event | None:
    """Return the world's show that one of SkyBox's event ids is for, or None."""
    own = records.own(read, EVENT, str(id))
    return events.get(read, own["show"]) if own else None


def venue(place: events.Venue) -> shapes.Venue:
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


def event_type(show: Event) -> str:
    """Return an event's type: the fixture's `event_type`, else by who meets or where."""
    named = str(show.data.get("event_type", "")).upper()
    if named in ENUMERATIONS["eventType"]:
        return named
    return "SPORT" if sides(show.name) else TYPE_OF_VENUE.get(str(show.venue.data.get("kind")), "CONCERT")


def performers(show: Event) -> list[shapes.Performer]:
    """Write who performs, the one that the event goes by first: the fixture's `performers`, else by the event's name.

    Their category is the fixture's `category`, else their type's.
    """
    names = show.data.get("performers") or sides(show.name) or [show.name]
    type = event_type(show)
    about = str(show.data.get("category") or CATEGORY_OF_TYPE[type])
    category: shapes.Category = {"id": number_of(f"category {about}"), "name": about, "eventType": type}
    return [
        {"id": number_of(f"performer {name}"), "name": str(name), "eventType": type, "category": category}
        for name in names
    ]


def event(show: Event, playing: list[shapes.Performer]) -> shapes.Event:
    """Write an event; its date is the venue's own time, without a zone (public: clients' date-times have none)."""
    data, others = show.data, [performer["name"] for performer in playing[1:]]
    return {
        "id": number_of(show.id),
        "name": show.name,
        "date": to_local(show.starts_at, show.venue.zone).strftime("%Y-%m-%dT%H:%M:%S"),
        "venue": venue(show.venue),
        "performerId": playing[0]["id"],
        "performer": playing[0],
        "keywords": " ".join(map(str, data.get("keywords", others))),
        "chartUrl": data.get("chart_url"),
        "stubhubEventId": data.get("stubhub_event_id"),
        "tags": "",
        "notes": None,
        "disabled": show.status == "cancelled",
    }


def columns(show: Event, record: shapes.Event, playing: list[shapes.Performer]) -> Record:
    """Return the values of ours beside an event; `performers` has each one's id between bars."""
    names = [performer["name"] for performer in playing]
    words = (show.name, show.venue.name, show.venue.city, record["keywords"], *names)
    return {
        "show": show.id,
        "starts_at": show.starts_at,
        "parking": int(bool(show.data.get("parking", show.name.casefold().startswith(PARKING)))),
        "name_key": "|".join((show.name, *names)).casefold(),
        "venue_key": show.venue.name.casefold(),
        "city_key": record["venue"]["city"].casefold(),
        "category_key": playing[0]["category"]["name"].casefold(),
        "text_key": "|".join(words).casefold(),
        "performers": "".join(f"|{performer['id']}|" for performer in playing),
    }
