"""Attendees: the tags on them."""

from __future__ import annotations

from mockmarket.store import Read, records
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox.records.users import TagRequest, TagsRequest
from mockmarket.vendors.zatabox.rules.notices import notify
from mockmarket.vendors.zatabox.wire import ATTENDEE
from mockmarket.worlds.world import World


def with_email(read: Read, email: str) -> Record | None:
    """Return the attendee with an address, or None."""
    return next(iter(records.find(read, ATTENDEE, ("email", "=", email), limit=1)), None)


def tag(world: World, body: TagsRequest) -> Record:
    """Add tags to attendees, and announce each that is new to its attendee; who holds no ticket is named as unknown."""
    attendees: list[Record] = []
    unknown: list[str] = []
    with world.atomic() as tx:
        for email in dict.fromkeys(body["emails"]):
            attendee = with_email(tx, email)
            if attendee is None:
                unknown.append(email)
                continue
            for word in dict.fromkeys(body["tags"]):
                if word not in attendee["tags"]:
                    attendee |= {"tags": [*attendee["tags"], word]}
                    records.update(tx, ATTENDEE, attendee)
                    notify(tx, "attendee.tagged", ATTENDEE, attendee["id"], {"attendee": attendee, "tag": word})
            attendees.append(attendee)
    return {"attendees": attendees, "unknownEmails": unknown}


def untag(world: World, body: TagRequest) -> Record:
    """Take a tag off attendees; nobody is told, as there is no notice for it (document)."""
    changed: list[Record] = []
    with world.atomic() as tx:
        for email in dict.fromkeys(body["emails"]):
            attendee = with_email(tx, email)
            if attendee is not None and body["tag"] in attendee["tags"]:
                attendee |= {"tags": [word for word in attendee["tags"] if word != body["tag"]]}
                records.update(tx, ATTENDEE, attendee)
                changed.append(attendee)
    return {"attendees": changed}
