"""Digital delivery: the links of events and ticket types, which only holders of a ticket see (public)."""

from mockmarket.records import defaults
from mockmarket.store import Read, Record, records
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import Links


def of_event(read: Read, event_id: str) -> Record:
    """Return the links of an event, null without any."""
    links = records.get(read, wire.LINKS, event_id) or defaults(Links)
    return {name: links[name] for name in Links.__annotations__ if name != "eventId"}


def of_ticket(read: Read, ticket: Record) -> Record:
    """Return what a ticket delivers: its type's link and note or, without a link there, its event's; null once it is refunded."""
    nothing = {"accessUrl": None, "accessNote": None}
    if ticket["status"] == "refunded":
        return nothing
    access = records.get(read, wire.ACCESS, ticket["ticketTypeId"]) or nothing
    if access["accessUrl"]:
        return {name: access[name] for name in nothing}
    links = of_event(read, ticket["eventId"])
    return {"accessUrl": links["onlineLink"], "accessNote": links["onlineLinkNote"]}
