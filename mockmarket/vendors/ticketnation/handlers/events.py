"""Events, their ticket types, performers, schedules and brands: listed, read, created, changed, put on sale, deleted; and venues."""

from functools import partial

import flask

from mockmarket import clock, errors
from mockmarket.api.operations import Operation
from mockmarket.records import Create, Update
from mockmarket.rules.search import folded
from mockmarket.store import Read, Tx, endpoints, events as shows, records
from mockmarket.store.records import Condition, Kind, Record
from mockmarket.vendors.ticketnation import records as shapes, wire
from mockmarket.vendors.ticketnation.handlers.conventions import acts, creates, page, reads, updates
from mockmarket.vendors.ticketnation.records import Answer, EventQuery, Page, PageQuery, Removed, VenueQuery
from mockmarket.vendors.ticketnation.rules import events, tickets

TYPES_OF_ARCHIVED = "The ticket types of an archived event"


@reads(query=EventQuery, answer=Page[shapes.Event], scope="events:read")
def list_events(read: Read, organization: Record, query: EventQuery) -> flask.Response:
    """List events, earliest first."""
    where: list[Condition] = [("organization", "=", organization["id"]), *records.matching(EventQuery, query)]
    where += [("name_key", "contains", folded(query["search"]))] if query["search"] else []
    return page(read, wire.EVENT, where, [("starts_at", "asc")], query)


@creates(body=shapes.NewEvent, answer=Answer[shapes.SavedEvent], scope="events:write")
def create_event(tx: Tx, organization: Record, body: Record) -> Record:
    """Create an event as a draft, optionally with ticket types; the answer has them."""  # nobody else knows of it yet (public)
    fields = {"slug": events.unused_slug(tx, body["name"]), "status": "DRAFT"}
    event = events.written(tx, wire.new_record(shapes.Event, tx.ids.uuid(), tx.now, fields), body)
    events.put(tx, event, organization["id"])
    added = [tickets.add(tx, event, ticket, f"tickets.{number}.") for number, ticket in enumerate(body["tickets"])]
    return event | {"tickets": added} | events.follow_callback(tx, event, organization["id"])


@reads(answer=Answer[shapes.Event], scope="events:read")
def get_event(read: Read, organization: Record, event: str) -> Record:
    """Get an event by id or slug."""
    return events.event_of(read, organization, event)


@updates(body=Update(shapes.Event), answer=Answer[shapes.SavedEvent], scope="events:write")
def update_event(tx: Tx, organization: Record, body: Record, event: str) -> Record:
    """Update an event; omitted fields stay unchanged."""  # of a shared one name, venue and times change everywhere (convention)
    before = events.event_of(tx, organization, event)
    _check_open(before)
    changed = events.written(tx, before, body) | {"updatedAt": clock.iso_ms(tx.now)}
    own = records.own(tx, wire.EVENT, before["id"])
    events.put(tx, changed, organization["id"], own["show"], own["withdrawn"])
    show = shows.get(tx, own["show"]) if own["show"] else None
    if show and (revised := events.show_of(tx, changed, show)) != show:
        shows.revise(tx, show, revised)
    return (records.get(tx, wire.EVENT, before["id"]) or {}) | events.follow_callback(tx, changed, organization["id"])


@acts(answer=Answer[Removed], scope="events:write")
def delete_event(tx: Tx, organization: Record, event: str) -> Record:
    """Delete a draft event without sold tickets."""  # public; at vendors that know it, it is called off
    draft = events.event_of(tx, organization, event)
    if draft["status"] != "DRAFT":
        sentence = f"Only a draft can be deleted; this event is {draft['status']}."
        raise errors.IllegalTransition(sentence, hint="Unpublish it first.")
    if any(ticket["sold"] for ticket in records.find(tx, wire.TICKET, ("event", "=", draft["id"]))):
        raise errors.Invalid("An event with sold tickets cannot be deleted.", hint="Archive it.")
    _remove(tx, draft["id"])
    return {"id": draft["id"], "deleted": True}


def _remove(tx: Tx, id: str) -> None:
    show = records.own(tx, wire.EVENT, id)["show"]
    for kind in (wire.TICKET, *events.SHAPES):
        for part in records.find(tx, kind, ("event", "=", id)):
            records.delete(tx, kind, part["id"])
    records.delete(tx, wire.EVENT, id)
    endpoints.delete(tx, events.callback_id(id))
    shared = shows.get(tx, show) if show else None
    if shared and shared.status == "scheduled":
        shows.cancel(tx, shared)


@acts(answer=Answer[shapes.Event], scope="events:write")
def publish_event(tx: Tx, organization: Record, event: str) -> Record:
    """Publish an event: it is on sale, at every vendor."""  # the second time its seats are given back (convention)
    published = _moved(tx, organization, event, "PUBLISHED") | {"publishedAt": clock.iso_ms(tx.now)}
    events.share(tx, organization, published)
    for ticket in records.find(tx, wire.TICKET, ("event", "=", published["id"]), ("published", "=", 1)):
        tickets.offer(tx, ticket["id"])
        tickets.keep_off(tx, ticket)
        tickets.follow(tx, ticket["id"], notify=False)
    tickets.follow_event(tx, published["id"], notify=False)
    return records.get(tx, wire.EVENT, published["id"]) or {}


def _moved(tx: Tx, organization: Record, event: str, status: str) -> Record:
    before = events.event_of(tx, organization, event)
    events.check_move(events.FLOW, before, status)
    return before | {"status": status, "updatedAt": clock.iso_ms(tx.now)}


def withdraw(tx: Tx, organization: Record, event: str, status: str) -> Record:
    """Store an event in a status that is off sale; its free seats are held so that no vendor sells them (convention)."""
    withdrawn = _moved(tx, organization, event, status)
    show = records.own(tx, wire.EVENT, withdrawn["id"])["show"]
    events.put(tx, withdrawn, organization["id"], show, int(show is not None))
    for ticket in records.find(tx, wire.TICKET, ("event", "=", withdrawn["id"])):
        tickets.keep_off(tx, ticket)
        tickets.follow(tx, ticket["id"], notify=False)
    return withdrawn


withdraws = partial(acts, answer=Answer[shapes.Event], scope="events:write")
AGAIN = "Take an event off sale; it becomes a draft again."
unpublish_event = withdraws(about=AGAIN)(partial(withdraw, status="DRAFT"))
archive_event = withdraws(about="Archive an event permanently.")(partial(withdraw, status="ARCHIVED"))


def _page_of_event(read: Read, organization: Record, kind: Kind, query: PageQuery, event: str) -> flask.Response:
    return page(read, kind, [("event", "=", events.event_of(read, organization, event)["id"])], [], query)


@reads(query=PageQuery, answer=Page[shapes.Ticket], scope="tickets:read")
def list_tickets(read: Read, organization: Record, query: PageQuery, event: str) -> flask.Response:
    """List an event's ticket types in order of creation."""
    return _page_of_event(read, organization, wire.TICKET, query, event)


@creates(body=Create(shapes.Ticket), answer=Answer[shapes.Ticket], scope="tickets:write")
def create_ticket(tx: Tx, organization: Record, body: Record, event: str) -> Record:
    """Create a ticket type; a published type of a published event is on sale at once."""
    owner = events.event_of(tx, organization, event)
    _check_open(owner, TYPES_OF_ARCHIVED)
    ticket = tickets.add(tx, owner, body)
    if ticket["published"] and owner["status"] in tickets.LIVE:
        tickets.offer(tx, ticket["id"])
    return tickets.settled(tx, ticket)


def _check_open(event: Record, what: str = "An archived event") -> None:
    if event["status"] == "ARCHIVED":
        raise errors.IllegalTransition(f"{what} cannot be changed.")


@reads(answer=Answer[shapes.Ticket], scope="tickets:read")
def get_ticket(read: Read, organization: Record, ticket: str) -> Record:
    """Get a ticket type."""
    return events.part_of(read, organization, wire.TICKET, ticket)


@updates(body=Update(shapes.Ticket), answer=Answer[shapes.Ticket], scope="tickets:write")
def update_ticket(tx: Tx, organization: Record, body: Record, ticket: str) -> Record:
    """Update a ticket type; omitted fields stay unchanged."""  # price and quantity change at every vendor (convention)
    before, own = _changeable(tx, organization, ticket), records.own(tx, wire.TICKET, ticket)
    if body.get("name", before["name"]) != before["name"]:
        tickets.check_name(tx, before["eventId"], body["name"])
    changed = before | {name: body[name] for name in before if name in body}
    changed["price"] = wire.pesos(wire.centavos(changed["price"]))
    records.update(tx, wire.TICKET, changed, low=int(changed["remaining"] < changed["lowInventoryThreshold"]))
    if own["show"] and changed["price"] != before["price"]:
        tickets.reprice(tx, changed, own)
    if own["show"] and changed["quantity"] != before["quantity"]:
        tickets.resize(tx, changed, changed["quantity"])
    return tickets.settled(tx, changed)


def _changeable(tx: Tx, organization: Record, id: str) -> Record:
    ticket = events.part_of(tx, organization, wire.TICKET, id)
    _check_open(records.get(tx, wire.EVENT, ticket["eventId"]) or {}, TYPES_OF_ARCHIVED)
    return ticket


@acts(answer=Answer[Removed], scope="tickets:write")
def delete_ticket(tx: Tx, organization: Record, ticket: str) -> Record:
    """Delete a ticket type without sold tickets."""  # its seats go off sale at every vendor (convention)
    before = _changeable(tx, organization, ticket)
    if before["sold"]:
        raise errors.Invalid("A ticket type with sold tickets cannot be deleted.", hint="Mark it as sold out.")
    tickets.withhold(tx, tickets.DELETED, ticket)
    records.delete(tx, wire.TICKET, ticket)
    tickets.follow_event(tx, before["eventId"])
    return {"id": ticket, "deleted": True}


@acts(answer=Answer[shapes.Ticket], scope="tickets:write")
def publish_ticket(tx: Tx, organization: Record, ticket: str) -> Record:
    """Publish a ticket type, even if it was marked as sold out."""  # with its event, when that is not published yet
    before, own = _changeable(tx, organization, ticket), records.own(tx, wire.TICKET, ticket)
    if before["published"] and not own["marked"]:
        details = [("status", "is published already")]
        raise errors.IllegalTransition(f"This ticket type is {before['status']} already.", details=details)
    tickets.give_back(tx, tickets.MARKED, ticket)
    records.update(tx, wire.TICKET, before | {"published": True}, marked=0)
    if tickets.is_live(tx, before["eventId"]):
        tickets.offer(tx, ticket)
    tickets.keep_off(tx, before)
    return tickets.settled(tx, before)


@acts(answer=Answer[shapes.Ticket], scope="tickets:write")
def mark_ticket_sold_out(tx: Tx, organization: Record, ticket: str) -> Record:
    """Mark a ticket type as sold out: its remaining tickets go off sale."""  # until it is published again (convention)
    before = _changeable(tx, organization, ticket)
    if before["status"] != "PUBLISHED" or not tickets.is_live(tx, before["eventId"]):
        details = [("status", "is not on sale")]
        raise errors.IllegalTransition("Only a ticket type on sale can be marked as sold out.", details=details)
    records.update(tx, wire.TICKET, before, marked=1)
    tickets.withhold(tx, tickets.MARKED, ticket)
    return tickets.settled(tx, before)


def operations_on(kind: Kind, names: str) -> tuple[Operation, Operation, Operation, Operation]:
    """Return the four operations on one kind of an event's parts: list, create, update, delete."""
    record = events.SHAPES[kind]
    part, parts = Answer[record], Page[record]  # type: ignore[valid-type]  # one of three, known at run time
    each, read_scope, write_scope = f"one of an event's {names}", "events:read", "events:write"

    def owner_of(read: Read, organization: Record, event: str) -> Record:
        owner = events.event_of(read, organization, event)
        _check_open(owner, f"The {names} of an archived event")
        return owner

    @reads(query=PageQuery, answer=parts, scope=read_scope, about=f"List an event's {names} in order of creation.")
    def list_parts(read: Read, organization: Record, query: PageQuery, event: str) -> flask.Response:
        return _page_of_event(read, organization, kind, query, event)

    @creates(body=Create(record), answer=part, scope=write_scope, about=f"Create {each}.")
    def create_part(tx: Tx, organization: Record, body: Record, event: str) -> Record:
        return events.add_part(tx, owner_of(tx, organization, event), kind, tx.ids.uuid(), body, tx.now)

    @updates(
        body=Update(record), answer=part, scope=write_scope, about=f"Update {each}; omitted fields stay unchanged."
    )
    def update_part(tx: Tx, organization: Record, body: Record, event: str, id: str) -> Record:
        owner = owner_of(tx, organization, event)
        before = _part_of_event(tx, owner, kind, id) | {"updatedAt": clock.iso_ms(tx.now)}
        return events.put_part(tx, owner, kind, before, body)

    @acts(answer=Answer[Removed], scope=write_scope, about=f"Delete {each}.")
    def delete_part(tx: Tx, organization: Record, event: str, id: str) -> Record:
        records.delete(tx, kind, _part_of_event(tx, owner_of(tx, organization, event), kind, id)["id"])
        return {"id": id, "deleted": True}

    return list_parts, create_part, update_part, delete_part


def _part_of_event(read: Read, event: Record, kind: Kind, id: str) -> Record:
    part = records.get(read, kind, id)
    if part is None or part["eventId"] != event["id"]:
        raise events.missing(kind, id)
    return part


list_performers, create_performer, update_performer, delete_performer = operations_on(wire.PERFORMER, "performers")
list_schedules, create_schedule, update_schedule, delete_schedule = operations_on(wire.SCHEDULE, "schedules")
list_brands, create_brand, update_brand, delete_brand = operations_on(wire.BRAND, "brands")


@reads(query=VenueQuery, answer=Page[shapes.Venue], scope="events:read", with_caller=False)
def list_venues(read: Read, query: VenueQuery) -> flask.Response:
    """Search the venues of all organizations by name or city."""
    where: list[Condition] = [("name_key", "contains", folded(query["q"]))] if query["q"] else []
    return page(read, wire.VENUE, where, [("name_key", "asc")], query)
