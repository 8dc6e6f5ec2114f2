"""What recorded answers and webhooks of SkyBox show, for a fixture: inventory, events, and invoices of single listings."""

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
from mockmarket.vendors.skybox.rules.inventory import split_rule

APPLICATION = "skybox_test_application_a_0000000001"
"""The default fixture's first application."""


def recorded(record: Record) -> Iterator[AnyRecorded]:
    """Yield the event, the listing with its account, or the invoice that an object is."""
    if has(record, "id", "name", "date", "venue"):
        yield _event(record)
    elif has(record, "id", "accountId", "eventId", "section", "row", "quantity", "listPrice"):
        yield _account(record["accountId"])
        yield _listing(record)
    elif has(record, "id", "customerId", "lines", "paymentStatus", "createdDate"):
        yield from _orders(record)


def _event(record: Record) -> RecordedEvent:
    venue, id = record["venue"], str(record["id"])
    city = ", ".join(filter(None, (venue.get("city"), venue.get("state"))))
    zone = (venue.get("timeZone") or {}).get("id") or "UTC"
    return RecordedEvent(id, record["name"], record["date"], venue["name"], city, zone)


def _account(id: int) -> RecordedCaller:
    section: dict[str, list[Record]] = {
        "accounts": [{"id": id, "name": f"Account {id}"}],
        "applications": [{"token": APPLICATION, "name": "Recorded application"}],
    }
    return RecordedCaller({"account": id, "application": APPLICATION}, section)


def _listing(record: Record) -> RecordedListing:
    return RecordedListing(
        str(record["id"]),
        str(record["eventId"]),
        record["section"],
        record["row"],
        record["quantity"],
        record["listPrice"],
        (record.get("currencies") or ["USD"])[0],
        split_rule(record.get("splitType") or "ANY", record.get("customSplit")),
        keeps_id=False,
        data={"skybox_account": record["accountId"]},
    )


def _orders(record: Record) -> Iterator[RecordedOrder]:
    lines = [line for line in record["lines"] if len(line.get("inventoryIds") or ()) == 1]
    if len(record["lines"]) != 1 or not lines:
        return
    line, name, reference = lines[0], record.get("displayName"), record.get("externalRef")
    yield RecordedOrder(
        str(record["id"]),
        str(line["inventoryIds"][0]),
        None,
        None,
        None,
        line["quantity"],
        _status(record, line),
        record["createdDate"],
        {"name": name} if name else {},
        not line.get("cancelled"),
        same_as=reference,
        data={"external_ref": reference} if reference else {},
    )


def _status(record: Record, line: Record) -> str:
    if line.get("cancelled"):
        return "CANCELLED"
    if record["paymentStatus"] != "PAID":
        return "UNPAID"
    return "COMPLETE" if record.get("fulfillmentStatus") == "COMPLETE" else "PAID"
