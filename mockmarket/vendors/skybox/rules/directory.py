"""How SkyBox's events, venues, performers and categories follow the world's shared shows."""

from __future__ import annotations

from mockmarket.errors import NotFound
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.events import Event
from mockmarket.store.records import Kind, Record
from mockmarket.vendor import Seeding
from mockmarket.vendors.skybox.rules import parties
from mockmarket.vendors.skybox.wire import directory
from mockmarket.vendors.skybox.wire.kinds import CATEGORY, EVENT, PERFORMER, VENUE


def seed(seeding: Seeding) -> None:
    """Make what every account finds of the world's fixture, and for each account there is by now its first vendors and customers."""
    tx = seeding.tx
    for place in events.venues(tx):
        put_venue(tx, place)
    for show in seeding.events:
        put_event(tx, show)
    parties.seed(tx)


def put_venue(tx: Tx, place: events.Venue) -> None:
    """Store a venue."""
    record = directory.venue(place)
    records.put(tx, VENUE, record, **directory.venue_columns(record))


def put_event(tx: Tx, show: Event) -> None:
    """Store an event as it is now, with its performers and category."""
    record = directory.event(show)
    records.put(tx, EVENT, record, **directory.event_columns(show, record))
    records.put(tx, CATEGORY, record["performer"]["category"])
    for performer in directory.performers(show):
        records.put(tx, PERFORMER, performer, name_key=performer["name"].casefold())


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Bring an event and its venue into line with a show that was added, moved, cancelled or otherwise changed."""
    put_venue(tx, change.event.venue)
    put_event(tx, change.event)


def event_of(read: Read, id: int) -> Event | None:
    """Return the world's show that one of SkyBox's event ids is for, or None."""
    own = records.own(read, EVENT, str(id))
    return events.get(read, own["show"]) if own else None


def get_or_404(read: Read, kind: Kind, id: int) -> Record:
    """Return a record that every account may see; NotFound when there is none."""
    record = records.get(read, kind, str(id))
    if record is None:
        raise NotFound(f"There is no {kind.name} {id}.")
    return record
