"""What recorded answers and webhooks of Tixstock show, for a fixture."""

from collections.abc import Iterator

from mockmarket.seed.recorded import (
    AnyRecorded,
    RecordedCaller,
    RecordedEvent,
    RecordedListing,
    RecordedOrder,
    has,
)
from mockmarket.store import Record
from mockmarket.vendors.tixstock.rules.orders import ENDED
from mockmarket.vendors.tixstock.wire import split_rule

CALLER = RecordedCaller({"reseller": "recorded"})
"""A reseller that no section declares sells every event, under the exchange's ids."""


def recorded(record: Record) -> Iterator[AnyRecorded]:
    """Yield the event with its listings, the listing or the order that an object is."""
    if has(record, "id", "name", "datetime", "venue"):
        yield CALLER
        yield _event(record)
        yield from (_listing(listing, record["id"]) for listing in record.get("listings") or ())
    elif has(record, "seat_details", "number_of_tickets_for_sale", "proceed_price", "event"):
        yield _listing(record, record["event"]["id"])
    elif has(record, "id", "date", "items", "status", "quantity") and record["items"]:
        yield _order(record, record["items"][0])


def _event(record: Record) -> RecordedEvent:
    venue = record["venue"]
    city = ", ".join(filter(None, (venue.get("city"), venue.get("state"))))
    about = record["name"], record["datetime"], venue["name"], city
    return RecordedEvent(record["id"], *about, is_cancelled=record.get("status") == "Cancelled")


def _listing(record: Record, event: str) -> RecordedListing:
    seats, ticket, price = record["seat_details"], record["ticket"], record["proceed_price"]
    numbers = record["number_of_tickets_for_sale"]
    data = {"ticket_type": ticket["type"]} if ticket.get("type") else {}
    return RecordedListing(
        record.get("id"),
        event,
        seats["section"],
        seats["row"],
        numbers["quantity_available"],
        float(price["amount"]),
        price["currency"],
        split_rule(ticket.get("split_type", "No Preferences"), numbers.get("split_quantity") or 1),
        ticket.get("general_admission") == "true",
        data=data,
    )


def _order(record: Record, item: Record) -> RecordedOrder:
    customer = record.get("customer") or {}
    name = " ".join(filter(None, (customer.get("first_name"), customer.get("last_name"))))
    buyer = {"name": name, "email": customer.get("email_address")}
    return RecordedOrder(
        record["id"],
        item["listing_id"],
        None,
        item["section"],
        item["row"],
        record["quantity"],
        record["status"],
        record["date"],
        {name: value for name, value in buyer.items() if value},
        record["status"] not in ENDED,
        keeps_id=True,
        data={"order_id": record["id"]},
    )
