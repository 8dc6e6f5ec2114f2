"""What only the organizer has: the organization and its wallets, schedules and sections of events."""

from types import GenericAlias

from mockmarket.api.operations import Operation
from mockmarket.clock import iso_s
from mockmarket.errors import NotFound
from mockmarket.records import Create, Update
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Kind, Record, get_or_404
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.accounts import check_organization
from mockmarket.vendors.zatabox.handlers.conventions import reads, writes
from mockmarket.vendors.zatabox.records import common, organizer as shapes
from mockmarket.vendors.zatabox.rules import events, orders
from mockmarket.vendors.zatabox.rules.notices import invalid, open_event


@reads(answer=shapes.Organization, scope="payouts:read")
def get_organization(read: Read, id: str) -> Record:
    """Get the organization with its balance in each currency that it has sold in."""
    check_organization(id)
    return {**common.ORGANIZER, "createdAt": wire.iso(read.store.meta()["start"]), "wallets": orders.wallets(read)}


def _parts(
    kind: Kind, shape: type, prefix: str, noun: str, by: str
) -> tuple[Operation, Operation, Operation, Operation]:
    """Return the four operations on a kind of an event's parts, listed by a column: list, create, update, delete."""

    def store(tx: Tx, event_id: str, part: Record, body: Record) -> Record:
        event = open_event(tx, event_id)
        changed = part | body | common.dates_of(body, event["timezone"])
        if changed.get("endTime") and changed["endTime"] < changed["startTime"]:
            raise invalid("endTime", "must not be before startTime")
        if changed != part:
            changed["updatedAt"] = iso_s(tx.now)
            records.put(tx, kind, changed)
            events.touch(tx, event)
        return changed

    def part_of(read: Read, event_id: str, ids: dict[str, str]) -> Record:
        (id,) = ids.values()
        part = get_or_404(read, kind, id)
        if part["eventId"] != event_id:
            raise NotFound(f"There is no {noun} {id} of event {event_id}.")
        return part

    def list_all(read: Read, id: str) -> common.Items[Record]:
        get_or_404(read, wire.EVENT, id)
        return {"items": records.find(read, kind, ("event", "=", id), order=[(by, "asc")])}

    def create(tx: Tx, body: Record, id: str) -> Record:
        return store(tx, id, wire.new(tx, shape, wire.new_id(tx, prefix), {}, eventId=id), body)

    def update(tx: Tx, body: Record, id: str, **ids: str) -> Record:
        return store(tx, id, part_of(tx, id, ids), body)

    def delete(tx: Tx, id: str, **ids: str) -> Record:
        event, part = open_event(tx, id), part_of(tx, id, ids)
        records.delete(tx, kind, part["id"])
        events.touch(tx, event)
        return part

    about, scope = f"an event's {noun}", {"answer": shape, "scope": "events:write"}
    return (
        reads(answer=GenericAlias(common.Items, shape), scope="events:read", about=f"List {about}s.")(list_all),
        writes(body=Create(shape), status=201, about=f"Add {about}.", **scope)(create),
        writes(body=Update(shape), about=f"Change {about}; what is not named stays.", **scope)(update),
        writes(about=f"Delete {about}; answers what was deleted.", **scope)(delete),
    )


SESSIONS = _parts(wire.SESSION, common.Session, "ses", "schedule session", "start_time")
list_sessions, create_session, update_session, delete_session = SESSIONS
SECTIONS = _parts(wire.SECTION, common.Section, "sec", "section", "rowid")
list_sections, create_section, update_section, delete_section = SECTIONS
