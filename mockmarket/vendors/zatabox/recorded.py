"""What recorded answers and webhooks of Zatabox show, for a fixture: a ticket type is a section of an event."""

from collections.abc import Iterator

from mockmarket.seed.recorded import AnyRecorded, RecordedEvent, RecordedListing, RecordedOrder, has
from mockmarket.store import Record
from mockmarket.vendors.zatabox.wire import core_id, event_id


def recorded(record: Record) -> Iterator[AnyRecorded]:
    """Yield the event, the ticket type or the order that an object is; an order of several ticket types is none that a fixture has."""
    if has(record, "id", "title", "startDate"):
        yield _event(record)
    elif has(record, "id", "eventId", "name", "price", "currency", "quantityAvailable"):
        place = record["id"], core_id(record["eventId"]), record["name"], None
        price, is_general = float(record["price"]), record.get("type") == "general"
        yield RecordedListing(
            *place, max(0, record["quantityAvailable"]), price, record["currency"], is_general=is_general
        )
    elif has(record, "id", "eventId", "items", "status", "createdAt") and len(record["items"]) == 1:
        yield _order(record, record["items"][0])


def _event(record: Record) -> RecordedEvent:
    venue = record.get("venueName") or "Online"
    about = record["title"], record["startDate"], venue, record.get("venueCity") or "", record.get("timezone") or "UTC"
    id, is_cancelled = core_id(record["id"]), record.get("status") == "cancelled"
    return RecordedEvent(id, *about, is_cancelled=is_cancelled, keeps_id=event_id(id) == record["id"])


def _order(record: Record, item: Record) -> RecordedOrder:
    person = record.get("buyer") or {}
    buyer = {"name": person.get("name"), "email": person.get("email")}
    return RecordedOrder(
        record["id"],
        item.get("ticketTypeId"),
        core_id(record["eventId"]),
        item.get("name"),
        None,
        item["quantity"],
        record["status"],
        record["createdAt"],
        {name: value for name, value in buyer.items() if value},
        record["status"] in ("pending", "completed"),
    )
