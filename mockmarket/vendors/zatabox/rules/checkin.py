"""Check-in: a gate scans a ticket and admits or denies it; what offline gates need; how a door fares."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from mockmarket.clock import MINUTE, iso_s, parse_iso
from mockmarket.errors import NotFound
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.rules import tickets
from mockmarket.vendors.zatabox.rules.notices import found, tell_ticket
from mockmarket.vendors.zatabox.wire import CHECKIN, EVENT, TICKET
from mockmarket.worlds.world import World

RATE_MS = 10 * MINUTE
"""Over how long the entry rate is taken (convention)."""


def scan(world: World, given: dict[str, Any]) -> Record:
    """Scan one ticket; NotFound for a code that is no ticket's."""
    with world.atomic() as tx:
        ticket = with_code(tx, given["code"])
        if ticket is None:
            raise NotFound("No ticket has this code.", about={"code": given["code"]})
        return judge(tx, ticket, given)


def batch(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Take scans that were made offline, in their order; one that is no ticket's is denied as not_found."""
    with world.atomic() as tx:
        results = [scanned(tx, one) for one in given["scans"]]
    admitted = sum(one["status"] == "admitted" for one in results)
    return {"results": results, "admitted": admitted, "denied": len(results) - admitted}


def scanned(tx: Tx, given: dict[str, Any]) -> Record:
    """Take one scan of a batch."""
    ticket = with_code(tx, given["code"])
    if ticket is None:
        return result(given, "denied", "not_found", None, iso_s(tx.now))
    return judge(tx, ticket, given)


def with_code(read: Read, code: str) -> Record | None:
    """Return the ticket with this QR text, door code or id, or None."""
    for column, text in (("qr", code), ("code", code.upper()), ("id", code)):
        there = records.find(read, TICKET, (column, "=", text), limit=1)
        if there:
            return there[0]
    return None


def judge(tx: Tx, ticket: Record, given: dict[str, Any]) -> Record:
    """Admit or deny a ticket, write it into the door's log, and tell it."""
    reason = denial(tx, ticket, given.get("eventId"))
    at = iso_s(min(given.get("scannedAt") or tx.now, tx.now))
    if reason is None:
        ticket = tickets.change(tx, ticket, status="checked_in", checkedInAt=at, gate=given["gateName"])
    judged = result(given, "denied" if reason else "admitted", reason, ticket, at)
    log(tx, ticket, judged, given)
    if reason:
        tell_ticket(tx, "checkin_denied", ticket, reason=reason)
    else:
        tell_ticket(tx, "checked_in", ticket)
    return judged


def denial(read: Read, ticket: Record, event_id: str | None) -> str | None:
    """Say why a ticket is not admitted, or None (document: the four reasons; convention: which goes before which)."""
    event = found(read, EVENT, ticket["eventId"])
    if event_id not in (None, ticket["eventId"]):
        return "wrong_event"
    if event["status"] == "cancelled" or ticket["status"] in ("refunded", "cancelled"):
        return "cancelled"
    if parse_iso(event["endDate"]) <= read.now:
        return "expired"
    return "duplicate" if ticket["status"] == "checked_in" else None


def result(given: dict[str, Any], status: str, reason: str | None, ticket: Record | None, at: str) -> Record:
    """Write what a gate is answered (public: `status` admitted, else `reason`)."""
    return {
        "status": status,
        "reason": reason,
        "code": given["code"],
        "gateName": given["gateName"],
        "at": at,
        "ticket": ticket,
    }


def log(tx: Tx, ticket: Record, judged: Record, given: dict[str, Any]) -> None:
    """Write a scan into the door's log."""
    line = {
        "id": wire.new_id(tx, "chk"), "eventId": given.get("eventId") or ticket["eventId"], "ticketId": ticket["id"],
        "gate": given["gateName"], "deviceId": given.get("deviceId"), "status": judged["status"], "reason": judged["reason"],
        "at": judged["at"],
    }  # fmt: skip
    records.put(tx, CHECKIN, line, at=tx.now)


def manifest(read: Read, event_id: str, since: int | None) -> dict[str, Any]:
    """Return an event's tickets as gates without a network need them, hashed; with `since` those changed from then on."""
    found(read, EVENT, event_id)
    made = records.find(read, TICKET, ("event", "=", event_id))
    fresh = [one for one in made if since is None or parse_iso(one["updatedAt"]) >= since]
    return {"eventId": event_id, "generatedAt": iso_s(read.now), "algorithm": "sha256",
            "tickets": [line_of(one) for one in fresh]}  # fmt: skip


def line_of(ticket: Record) -> dict[str, Any]:
    """Write one ticket of a manifest."""
    return {
        "qrHash": hashed(ticket["qr"]), "codeHash": hashed(ticket["code"]), "ticketTypeName": ticket["ticketTypeName"],
        "status": ticket["status"], "updatedAt": ticket["updatedAt"],
    }  # fmt: skip


def hashed(text: str) -> str:
    """Return the SHA-256 of a text in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def stats(read: Read, event_id: str) -> dict[str, Any]:
    """Return how an event's door fares: totals, share of those expected, entries a minute, and each gate."""
    event = found(read, EVENT, event_id)
    inside = count(read, event_id, ("status", "=", "checked_in"))
    expected = inside + count(read, event_id, ("status", "=", "valid"))
    scans = records.find(read, CHECKIN, ("event", "=", event_id))
    recent = records.count(
        read, CHECKIN, [("event", "=", event_id), ("result", "=", "admitted"), ("at", ">", read.now - RATE_MS)]
    )
    return {
        "eventId": event_id, "capacity": event["capacity"], "expected": expected, "checkedIn": inside,
        "denied": sum(one["status"] == "denied" for one in scans),
        "percent": round(100 * inside / expected, 1) if expected else 0, "entryRate": round(recent * MINUTE / RATE_MS, 2),
        "gates": gates(scans), "at": iso_s(read.now),
    }  # fmt: skip


def count(read: Read, event_id: str, *where: Condition) -> int:
    """Count an event's tickets that meet every condition."""
    return records.count(read, TICKET, [("event", "=", event_id), *where])


def gates(scans: Iterable[Record]) -> list[dict[str, Any]]:
    """Return each gate's part of a door's log, in the order of their first scans."""
    there: dict[str, dict[str, Any]] = {}
    for one in scans:
        name = one["gate"] or "default"
        gate = there.setdefault(name, {"gate": name, "admitted": 0, "denied": 0, "lastScanAt": one["at"]})
        gate[one["status"]] += 1
        gate["lastScanAt"] = one["at"]
    return list(there.values())


def gate_stats(read: Read, event_id: str, name: str) -> dict[str, Any]:
    """Return one gate's part of an event's door; NotFound for a gate that has not scanned."""
    found(read, EVENT, event_id)
    there = gates(records.find(read, CHECKIN, ("event", "=", event_id)))
    gate = next((one for one in there if one["gate"] == name), None)
    if gate is None:
        raise NotFound(f"Gate {name} of event {event_id} has not scanned.")
    return {"eventId": event_id} | gate
