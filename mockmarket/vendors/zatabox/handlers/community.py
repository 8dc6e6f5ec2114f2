"""Community and growth: waitlists, followers, reviews; tickets from a CSV, broadcasts; the page of an event."""

import csv
import io

from mockmarket.api import arguments, schemas
from mockmarket.clock import iso_s
from mockmarket.errors import Conflict, Forbidden, NotFound, Refusal
from mockmarket.records import Create, Update, defaults
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Kind, Record, get_or_404
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.accounts import check_organization, gift_type, give_to
from mockmarket.vendors.zatabox.handlers.conventions import OPEN, reads, writes
from mockmarket.vendors.zatabox.handlers.orders import with_code
from mockmarket.vendors.zatabox.records import community as shapes
from mockmarket.vendors.zatabox.records.common import Items, Person
from mockmarket.vendors.zatabox.rules import inventory
from mockmarket.vendors.zatabox.rules.notices import invalid, open_event
from mockmarket.vendors.zatabox.wire import EVENT, TICKET, TICKET_TYPE

COLUMNS = ("name", "email", "quantity")


def _once(tx: Tx, kind: Kind, record: Record, *columns: str) -> Record:
    """Store a record unless one has the same values in some columns; returns the stored one."""
    names = {"email": "email", "event": "eventId", "ticket": "ticketId"}
    same = records.first(tx, kind, *((column, "=", record[names[column]]) for column in columns))
    if same is None:
        records.put(tx, kind, record)
    return same or record


@writes(body=Create(shapes.WaitlistEntry), answer=shapes.WaitlistEntry, status=201, refuses=OPEN, public=True)
def join_waitlist(tx: Tx, body: Record, eventId: str) -> Record:
    """Join an event's waitlist, once for each address. Needs no key."""
    event = open_event(tx, eventId)
    if event["status"] == "draft":
        raise NotFound(f"There is no event {eventId}.")
    if body["ticketTypeId"] and get_or_404(tx, TICKET_TYPE, body["ticketTypeId"])["eventId"] != eventId:
        raise invalid("ticketTypeId", f"must be of event {eventId}")
    entry = wire.new(tx, shapes.WaitlistEntry, wire.new_id(tx, "wtl"), body, eventId=eventId)
    return _once(tx, wire.WAITLIST, entry, "event", "email")


@writes(body=Create(shapes.Follower), answer=shapes.Follower, status=201, refuses=OPEN, public=True)
def follow_organizer(tx: Tx, body: Record, orgId: str) -> Record:
    """Follow the organizer, once for each address. Needs no key."""
    check_organization(orgId)
    follower = wire.new(tx, shapes.Follower, wire.new_id(tx, "flw"), body, followedAt=iso_s(tx.now))
    return _once(tx, wire.FOLLOWER, follower, "email")


@reads(answer=Items[shapes.Follower], scope="attendees:read")
def list_followers(read: Read, orgId: str) -> Items[Record]:
    """List the organizer's followers, oldest first."""
    check_organization(orgId)
    return {"items": records.find(read, wire.FOLLOWER)}


@writes(answer=shapes.Follower, scope="attendees:write")
def remove_follower(tx: Tx, orgId: str, followerId: str) -> Record:
    """Remove a follower; answers the removed one."""
    check_organization(orgId)
    follower = get_or_404(tx, wire.FOLLOWER, followerId)
    records.delete(tx, wire.FOLLOWER, followerId)
    return follower


NEW_REVIEW = Create(shapes.Review, (shapes.Attendance,))


@writes(body=NEW_REVIEW, answer=shapes.Review, status=201, refuses=(*OPEN, 403), public=True)
def submit_review(tx: Tx, body: Record) -> Record:
    """Review an event with the code of a ticket that was checked in, and its holder's address. Needs no key."""
    ticket = with_code(tx, body["ticketCode"])
    if not ticket or (ticket["eventId"], ticket["holder"]["email"]) != (body["eventId"], body["email"]):
        raise NotFound("No ticket of this event has this code and this address.")
    if ticket["status"] != "checked_in":
        raise Forbidden(f"Ticket {ticket['id']} was not checked in.")
    content = {name: body[name] for name in ("eventId", "rating", "comment")} | {"ticketId": ticket["id"]}
    review = wire.new(tx, shapes.Review, wire.new_id(tx, "rev"), content, author=ticket["holder"]["name"])
    if _once(tx, wire.REVIEW, review, "ticket") is not review:
        raise Conflict(f"Ticket {ticket['id']} has a review already.")
    return review


@writes(body=shapes.CsvRequest, answer=shapes.Imported, status=201, scope="tickets:write")
def import_gifts(tx: Tx, body: shapes.CsvRequest, eventId: str) -> Record:
    """Issue complimentary tickets to the rows of a CSV, `name,email[,quantity]`; bad rows are listed, the others are done."""
    ticket_type = gift_type(tx, eventId, body["ticketTypeId"])
    minted: list[Record] = []
    wrong: list[shapes.CsvError] = []
    for number, row in enumerate(_rows_of(body["csv"]), 1):
        try:
            person = arguments.load(schemas.schema_of(shapes.CsvRow, "query"), row)
            minted += give_to(tx, ticket_type, Person(name=person["name"], email=person["email"]), person["quantity"])
        except Refusal as error:
            wrong.append({"row": number, "message": error.message})
    inventory.notify_last_sales(tx, [ticket["ticketTypeId"] for ticket in minted])
    return {"tickets": minted, "errors": wrong}


def _rows_of(text: str) -> list[dict[str, str]]:
    try:
        header, *lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    except (csv.Error, ValueError) as error:
        raise invalid("csv", f"is no CSV: {error}") from error
    names = [name.strip().lower() for name in header]
    if not {"name", "email"} <= {*names} <= {*COLUMNS}:
        raise invalid("csv", "must have the header name,email or name,email,quantity")
    cells = ({name: cell.strip() for name, cell in zip(names, line, strict=False)} for line in lines if line)
    return [{name: cell for name, cell in row.items() if cell} for row in cells]


@writes(body=Create(shapes.Broadcast), answer=shapes.BroadcastResult, scope="attendees:write")
def broadcast_event(tx: Tx, body: Record, eventId: str) -> shapes.BroadcastResult:
    """Write to an event's attendees, all or those with one of some tags; no mail is sent, the records have it."""
    get_or_404(tx, EVENT, eventId)
    tickets = records.find(tx, TICKET, ("event", "=", eventId), ("status", "in", ["valid", "checked_in"]))
    emails = [*dict.fromkeys(ticket["holder"]["email"] for ticket in tickets)]
    if body["tags"]:
        tagged = records.find(tx, wire.ATTENDEE, ("email", "in", emails))
        emails = [attendee["email"] for attendee in tagged if {*body["tags"]} & {*attendee["tags"]}]
    fields = body | {"eventId": eventId, "recipients": emails}
    records.put(tx, wire.BROADCAST, wire.new(tx, shapes.Broadcast, wire.new_id(tx, "brd"), fields))
    return {"recipients": len(emails)}


def _page_of(read: Read, event_id: str) -> Record:
    get_or_404(read, EVENT, event_id)
    return records.get(read, wire.EVENT_PAGE, event_id) or defaults(shapes.Customization) | {"eventId": event_id}


@reads(answer=shapes.Customization, scope="events:read")
def get_event_page(read: Read, id: str) -> Record:
    """Get how an event's page looks: theme, layout, FAQ and SEO."""
    return _page_of(read, id)


@writes(body=Update(shapes.Customization), answer=shapes.Customization, scope="events:write")
def update_event_page(tx: Tx, body: Record, id: str) -> Record:
    """Change how an event's page looks; what is not named stays."""
    open_event(tx, id)
    before = _page_of(tx, id)
    page = before | body
    if page != before:
        page["updatedAt"] = iso_s(tx.now)
        records.put(tx, wire.EVENT_PAGE, page)
    return page
