"""Attendees: their messages to the organizer and their reports, and the tags that the organizer gives them."""

from collections.abc import Mapping

from mockmarket import clock
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Record, Tx, records
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records import accounts as shapes
from mockmarket.vendors.zatabox.records.common import ORG
from mockmarket.vendors.zatabox.rules import notices

REPORT_FLOW = Flow("report", {"submitted": ("resolved",)})


def file_report(tx: Tx, reporter: Mapping[str, str | None], body: Record) -> Record:
    """Store a report against an event or the organizer, and announce it."""
    own = {"status": "submitted", "organizationId": ORG, "reporter": reporter}
    report = wire.new(tx, shapes.Report, wire.new_id(tx, "rep"), body, **own)
    records.put(tx, wire.REPORT, report)
    return notices.notify(tx, "report.submitted", report)


def resolve_report(tx: Tx, report: Record, resolution: str) -> Record:
    """Close a report, and announce it."""
    changed = notices.change_status(tx, wire.REPORT, REPORT_FLOW, report, "resolved", resolution=resolution)
    return notices.notify(tx, "report.resolved", changed)


def send_message(tx: Tx, ticket: Record, text: str) -> Record:
    """Store a message of a ticket's holder to the organizer, and announce it."""
    about = {"ticketId": ticket["id"], "eventId": ticket["eventId"], "from": ticket["holder"]}
    thread = {"id": wire.new_id(tx, "msg"), "threadId": f"thr_{ticket['id'].removeprefix('tic_')}"}
    message = thread | about | {"message": text, "createdAt": clock.iso_s(tx.now)}
    records.put(tx, wire.MESSAGE, message)
    return notices.notify(tx, "message.received", message)


def with_emails(read: Read, emails: list[str]) -> dict[str, Record | None]:
    """Return the attendee of each address, None for an unknown one."""
    return {email: records.first(read, wire.ATTENDEE, ("email", "=", email)) for email in dict.fromkeys(emails)}


def tag(tx: Tx, emails: list[str], tags: list[str]) -> tuple[list[Record], list[str]]:
    """Add tags to attendees, and announce each one that is new; returns the attendees and the unknown addresses."""
    by_email = with_emails(tx, emails)
    attendees = list(filter(None, by_email.values()))
    for attendee in attendees:
        for name in dict.fromkeys(tags):
            if name not in attendee["tags"]:
                attendee["tags"].append(name)
                records.update(tx, wire.ATTENDEE, attendee)
                notices.notify(tx, "attendee.tagged", attendee, tag=name)
    return attendees, [email for email in by_email if by_email[email] is None]
