"""What recorded answers and webhooks of the portal show, for a fixture."""

from collections.abc import Iterator

from mockmarket.clock import parse_iso
from mockmarket.rules import splits
from mockmarket.seed.recorded import UNKNOWN_ROW, AnyRecorded, RecordedEvent, RecordedListing, RecordedOrder, has
from mockmarket.store import Record
from mockmarket.vendors.portal.records import MOST_SEATS

RULES = ("any", "never_leave_one", "default", "all_together", "multiples:2")
ENDED = ("cancelled", "refunded")


def recorded(record: Record) -> Iterator[AnyRecorded]:
    """Yield the event, the listing or the order that an object is."""
    if has(record, "orderId", "eventId", "section", "row", "quantity", "status", "createdAt", "totalAmount"):
        yield _order(record)
    elif has(record, "listingId", "eventId", "section", "row", "quantity", "price"):
        yield RecordedListing(
            record["listingId"],
            record["eventId"],
            record["section"],
            record["row"],
            record["quantity"],
            record["price"],
            "USD",
            split_of(record.get("splits"), record["quantity"]),
            is_general=record["row"] == UNKNOWN_ROW,
        )
    elif has(record, "eventId", "name", "isoDate", "location"):
        id, starts = record["eventId"], record["isoDate"].rstrip("Z")  # local time, whatever its ending says
        yield RecordedEvent(id, record["name"], starts, record["location"])


def split_of(sizes: list[int] | None, free: int) -> str:
    """Return the first rule that gives the quantities that a listing shows."""
    if sizes is None:
        return "any"
    rules = (rule for rule in RULES if splits.quantities(rule, free, MOST_SEATS) == sorted(sizes))
    return next(rules, f"custom:{','.join(map(str, sizes))}" if sizes else "any")


def _order(record: Record) -> RecordedOrder:
    customer = record.get("customer") or {}
    phone = customer.get("phone") or {}
    buyer = {"email": customer.get("email"), "phone": phone.get("number"), "country_code": phone.get("countryCode")}
    return RecordedOrder(
        record["orderId"],
        record.get("listingId"),
        record["eventId"],
        record["section"],
        record["row"],
        record["quantity"],
        record["status"],
        record["createdAt"],
        {name: value for name, value in buyer.items() if value},
        record["status"] not in ENDED,
        round(record["totalAmount"] / record["quantity"], 2),
        keeps_id=record["orderId"] == f"order_{parse_iso(record['createdAt'])}",
    )
