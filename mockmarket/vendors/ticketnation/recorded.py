"""What recorded answers and webhooks of Ticketnation show, for a fixture: a ticket type is a section of an event."""

from collections.abc import Iterator

from mockmarket.seed.recorded import AnyRecorded, RecordedEvent, RecordedListing, RecordedOrder, has
from mockmarket.store import Record
from mockmarket.vendors.ticketnation.wire import event_uuid


def recorded(record: Record) -> Iterator[AnyRecorded]:
    """Yield the event, the ticket type or the order that an object is; an order of several ticket types is none that a fixture has."""
    if has(record, "id", "name", "dateTime", "venue"):
        yield _event(record)
    elif has(record, "id", "eventId", "name", "price", "currency", "remaining"):
        place = record["id"], record["eventId"], record["name"], None
        yield RecordedListing(*place, record["remaining"], record["price"], record["currency"], is_general=True)
    elif has(record, "orderId", "eventId", "items", "status", "createdAt") and len(record["items"]) == 1:
        yield _order(record, record["items"][0])


def _event(record: Record) -> RecordedEvent:
    venue = record["venue"]
    about = record["name"], record["dateTime"], venue["name"], venue.get("city") or "", record.get("timezone") or "UTC"
    is_cancelled, id = record.get("status") == "CANCELLED", record["id"]
    return RecordedEvent(id, *about, is_cancelled=is_cancelled, keeps_id=event_uuid(id) == id)


def _order(record: Record, item: Record) -> RecordedOrder:
    buyer = {"name": record.get("buyerName"), "email": record.get("buyerEmail")}
    return RecordedOrder(
        record["orderId"],
        item.get("ticketId"),
        record["eventId"],
        item.get("ticketName"),
        None,
        item["quantity"],
        record["status"],
        record["createdAt"],
        {name: value for name, value in buyer.items() if value},
        record["status"] != "REFUNDED",
        item.get("unitPrice"),
        record.get("currency") or "PHP",
    )
