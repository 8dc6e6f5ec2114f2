"""Ticket types: added to an event, changed, put on sale, marked as sold out, deleted; and those that the shared stock brings."""

from __future__ import annotations

from typing import Any

from mockmarket import stock
from mockmarket.clock import iso_ms
from mockmarket.errors import IllegalTransition, Invalid
from mockmarket.stock import Change, Stock
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Record
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import CURRENCY, NAME, THRESHOLD
from mockmarket.vendors.ticketnation.rules import inventory
from mockmarket.vendors.ticketnation.rules.organizations import event_of, part_of
from mockmarket.vendors.ticketnation.wire import EVENT, TICKET
from mockmarket.worlds.world import World


def create(world: World, organization: Record, ref: str, body: dict[str, Any]) -> Record:
    """Add a ticket type to an event; published on a published event it is on sale at once, at every vendor."""
    with world.atomic() as tx:
        event = event_of(tx, organization, ref)
        check_open(event)
        ticket = add(tx, event, body)
        if ticket["published"] and event["status"] in inventory.LIVE:
            inventory.offer(tx, ticket["id"])
        return settled(tx, ticket)


def check_open(event: Record) -> None:
    """Raise IllegalTransition for an archived event, whose ticket types stay as they are."""
    if event["status"] == "ARCHIVED":
        raise IllegalTransition("The ticket types of an archived event cannot be changed.")


def add(tx: Tx, event: Record, body: dict[str, Any], place: str = "") -> Record:
    """Store a new ticket type that has no seats yet; `place` is where the request has it, for a refusal."""
    check_name(tx, event["id"], body["name"], place)
    now = iso_ms(tx.now)
    published, quantity = body["published"], body["quantity"]
    ticket = {
        "id": tx.ids.uuid(), "eventId": event["id"], "name": body["name"], "description": body["description"],
        "price": wire.pesos(round(body["price"] * 100)), "currency": event["currency"], "quantity": quantity, "sold": 0,
        "remaining": quantity, "lowInventoryThreshold": body["lowInventoryThreshold"], "published": published,
        "status": "PUBLISHED" if published else "DRAFT", "createdAt": now, "updatedAt": now,
    }  # fmt: skip
    records.put(tx, TICKET, ticket, **columns(ticket, None, body["name"]))
    return ticket


def columns(ticket: Record, show: str | None, section: str) -> dict[str, Any]:
    """Return the values of ours beside a new ticket type; one that begins below its threshold has not dropped there."""
    low = int(ticket["remaining"] < ticket["lowInventoryThreshold"])
    return {"show": show, "section": section, "marked": 0, "low": low, "unsold": ticket["quantity"] - ticket["sold"]}


def check_name(read: Read, event: str, name: str, place: str = "") -> None:
    """Raise Invalid for a name that another ticket type of the event has (convention: buyers tell them apart by it)."""
    if any(ticket["name"] == name for ticket in records.find(read, TICKET, ("event", "=", event))):
        raise Invalid(
            f"This event has a ticket type {name!r} already.",
            details=[(f"{place}name", "must be unique within the event")],
        )


def settled(tx: Tx, ticket: Record) -> Record:
    """Bring a ticket type and its event into line; returns the ticket type."""
    changed = inventory.follow(tx, ticket["id"])
    inventory.follow_event(tx, ticket["eventId"])
    return changed


def update(world: World, organization: Record, id: str, body: dict[str, Any]) -> Record:
    """Change a ticket type; price and quantity of one on sale change at every vendor (convention)."""
    with world.atomic() as tx:
        ticket, own = changeable_ticket(tx, organization, id)
        if body.get("name", ticket["name"]) != ticket["name"]:
            check_name(tx, ticket["eventId"], body["name"])
        changed = ticket | {name: body[name] for name in ticket if name in body}
        changed["price"] = wire.pesos(round(changed["price"] * 100))
        records.put(
            tx, TICKET, changed, **(own | {"low": int(changed["remaining"] < changed["lowInventoryThreshold"])})
        )
        if own["show"]:
            reprice(tx, changed, own, ticket["price"])
            if changed["quantity"] != ticket["quantity"]:
                inventory.resize(tx, changed, changed["quantity"])
        return settled(tx, changed)


def reprice(tx: Tx, ticket: Record, own: Record, before: float) -> None:
    """Give every seat of a ticket type its new price."""
    if ticket["price"] == before:
        return
    for row in inventory.seats(tx, own):
        stock.alter(tx, row.id, NAME, ticket["id"], price=round(ticket["price"] * 100))


def changeable_ticket(tx: Tx, organization: Record, id: str) -> tuple[Record, Record]:
    """Return an organization's ticket type that may be changed, and the values beside it."""
    ticket = part_of(tx, organization, TICKET, "Ticket", id)
    check_open(records.get(tx, EVENT, ticket["eventId"]) or {})
    return ticket, records.own(tx, TICKET, id)


def publish(world: World, organization: Record, id: str) -> Record:
    """Put a ticket type on sale, also one that was marked as sold out; with its event, when that is not published yet."""
    with world.atomic() as tx:
        ticket, own = changeable_ticket(tx, organization, id)
        if ticket["published"] and not own["marked"]:
            raise IllegalTransition(
                f"This ticket type is {ticket['status']} already.", details=[("status", "is published already")]
            )
        inventory.give_back(tx, inventory.MARKED, id)
        records.put(tx, TICKET, ticket | {"published": True}, **(own | {"marked": 0}))
        if inventory.is_live(tx, ticket["eventId"]):
            inventory.offer(tx, id)
        inventory.keep_off(tx, ticket)
        return settled(tx, ticket)


def mark_sold_out(world: World, organization: Record, id: str) -> Record:
    """Take what is left of a ticket type off sale at every vendor (convention); publishing it brings that back."""
    with world.atomic() as tx:
        ticket, own = changeable_ticket(tx, organization, id)
        if ticket["status"] != "PUBLISHED" or not inventory.is_live(tx, ticket["eventId"]):
            raise IllegalTransition(
                "Only a ticket type on sale can be marked as sold out.", details=[("status", "is not on sale")]
            )
        records.put(tx, TICKET, ticket, **(own | {"marked": 1}))
        inventory.withhold(tx, inventory.MARKED, id)
        return settled(tx, ticket)


def delete(world: World, organization: Record, id: str) -> str:
    """Delete a ticket type of which nothing is sold; its seats go off sale at every vendor (convention). Returns its id."""
    with world.atomic() as tx:
        ticket, _ = changeable_ticket(tx, organization, id)
        if ticket["sold"]:
            raise Invalid("A ticket type with sold tickets cannot be deleted.", hint="Mark it as sold out.")
        inventory.withhold(tx, inventory.DELETED, id)
        records.delete(tx, TICKET, id)
        inventory.follow_event(tx, ticket["eventId"])
        return id


def stock_changed(tx: Tx, change: Change) -> None:
    """Follow what another vendor sold, held, gave back or put on sale of a ticket type's seats. Our own rules do so at their end."""
    if change.vendor == NAME:
        return
    ticket = inventory.ticket_of(tx, change.stock) or (
        ticket_of_section(tx, change.stock) if change.what == "added" else None
    )
    if ticket is None:
        return
    settled(tx, ticket)
    if change.what in inventory.RETURNED:
        inventory.returned(tx, ticket)


def ticket_of_section(tx: Tx, row: Stock) -> Record | None:
    """Make a ticket type of a section that has come on sale elsewhere; None for an event that is not here."""
    event = next(iter(records.find(tx, EVENT, ("show", "=", row.event), limit=1)), None)
    if event is None:
        return None
    ticket = of_rows(event["id"], [row], THRESHOLD, tx.now)
    records.put(tx, TICKET, ticket, **columns(ticket, row.event, row.section))
    return ticket


def of_rows(event: str, rows: list[Stock], threshold: int, now: int) -> Record:
    """Write a ticket type of a section's rows, all of them free: its price is the first row's, read as pesos (convention)."""
    at, first = iso_ms(now), rows[0]
    quantity = sum(row.total for row in rows)
    return {
        "id": wire.uuid_of("ticket", first.event, first.section), "eventId": event, "name": first.section, "description": None,
        "price": wire.pesos(first.price), "currency": CURRENCY, "quantity": quantity, "sold": 0, "remaining": quantity,
        "lowInventoryThreshold": threshold, "published": True, "status": "PUBLISHED", "createdAt": at, "updatedAt": at,
    }  # fmt: skip
