"""Check-in: a gate scans a ticket and admits or denies it; what offline gates need; how a door fares."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import cast

from mockmarket.clock import MINUTE, iso_s, parse_iso
from mockmarket.errors import NotFound
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.orders import (
    Batch,
    BatchRequest,
    CheckIn,
    CodeRequest,
    Gate,
    GateStats,
    Manifest,
    ManifestTicket,
    OfflineScan,
    Scan,
    ScanRequest,
    Stats,
    Ticket,
)
from mockmarket.vendors.zatabox.rules import tickets
from mockmarket.vendors.zatabox.rules.notices import get_or_404, notify
from mockmarket.vendors.zatabox.wire import CHECKIN, EVENT, TICKET
from mockmarket.worlds.world import World

RATE_MS = 10 * MINUTE
"""Over how long the entry rate is taken (convention)."""


def request(code: str, gate: str) -> ScanRequest:
    """Return a scan as a gate would send it."""
    return {"qrData": code, "code": None, "gateName": gate, "deviceId": None, "eventId": None}


def scan(world: World, body: ScanRequest) -> Scan:
    """Scan one ticket; NotFound for a code that is no ticket's."""
    with world.atomic() as tx:
        ticket = with_code(tx, code_of(body))
        if ticket is None:
            raise NotFound("No ticket has this code.", about={"code": code_of(body)})
        return judge(tx, ticket, body)


def code_of(body: CodeRequest) -> str:
    """Return the code of a scan, in whichever of its two fields it stands."""
    return body["qrData"] or body["code"] or ""


def batch(world: World, body: BatchRequest) -> Batch:
    """Take scans that were made offline, in their order; one that is no ticket's is denied as not_found."""
    with world.atomic() as tx:
        results = [scan_offline(tx, line) for line in body["scans"]]
    admitted = sum(result["status"] == "admitted" for result in results)
    return {"results": results, "admitted": admitted, "denied": len(results) - admitted}


def scan_offline(tx: Tx, body: OfflineScan) -> Scan:
    """Take one scan of a batch."""
    ticket = with_code(tx, code_of(body))
    if ticket is None:
        return result(body, "not_found", None, iso_s(tx.now))
    return judge(tx, ticket, body, body["scannedAt"])


def with_code(read: Read, code: str) -> Record | None:
    """Return the ticket with this QR text, door code or id, or None."""
    for column, text in (("qr", code), ("code", code.upper()), ("id", code)):
        for ticket in records.find(read, TICKET, (column, "=", text), limit=1):
            return ticket
    return None


def judge(tx: Tx, ticket: Record, body: ScanRequest, scanned_at: int | None = None) -> Scan:
    """Admit or deny a ticket, write it into the door's log, and announce it."""
    reason = denial(tx, ticket, body["eventId"])
    at = iso_s(min(scanned_at or tx.now, tx.now))
    if reason is None:
        ticket = tickets.change(tx, ticket, status="checked_in", checkedInAt=at, gate=body["gateName"])
    scan = result(body, reason, ticket, at)
    log(tx, ticket, scan, body)
    if reason:
        notify(tx, "ticket.checkin_denied", TICKET, ticket, reason=reason)
    else:
        notify(tx, "ticket.checked_in", TICKET, ticket)
    return scan


def denial(read: Read, ticket: Record, event_id: str | None) -> str | None:
    """Say why a ticket is not admitted, or None (document: the four reasons; convention: which goes before which)."""
    event = get_or_404(read, EVENT, ticket["eventId"])
    if event_id not in (None, ticket["eventId"]):
        return "wrong_event"
    if event["status"] == "cancelled" or ticket["status"] in ("refunded", "cancelled"):
        return "cancelled"
    if parse_iso(event["endDate"]) <= read.now:
        return "expired"
    return "duplicate" if ticket["status"] == "checked_in" else None


def result(body: CodeRequest, reason: str | None, ticket: Record | None, at: str) -> Scan:
    """Write what a gate is answered (public: `status` admitted, else `reason`)."""
    status, shown = "denied" if reason else "admitted", cast(Ticket | None, ticket)
    return {
        "status": status, "reason": reason, "code": code_of(body), "gateName": body["gateName"], "at": at, "ticket": shown,
    }  # fmt: skip


def log(tx: Tx, ticket: Record, scan: Scan, body: ScanRequest) -> None:
    """Write a scan into the door's log."""
    line: CheckIn = {
        "id": wire.new_id(tx, "chk"), "eventId": body["eventId"] or ticket["eventId"], "ticketId": ticket["id"],
        "gate": body["gateName"], "deviceId": body["deviceId"], "status": scan["status"], "reason": scan["reason"],
        "at": scan["at"],
    }  # fmt: skip
    records.put(tx, CHECKIN, line, at=tx.now)


def manifest(read: Read, event_id: str, since: int | None) -> Manifest:
    """Return an event's tickets as gates without a network need them, hashed; with `since` those changed from then on."""
    get_or_404(read, EVENT, event_id)
    sold = records.find(read, TICKET, ("event", "=", event_id))
    lines = [line_of(ticket) for ticket in sold if since is None or parse_iso(ticket["updatedAt"]) >= since]
    return {"eventId": event_id, "generatedAt": iso_s(read.now), "algorithm": "sha256", "tickets": lines}


def line_of(ticket: Record) -> ManifestTicket:
    """Write one ticket of a manifest."""
    return {
        "qrHash": hashed(ticket["qr"]), "codeHash": hashed(ticket["code"]), "ticketTypeName": ticket["ticketTypeName"],
        "status": ticket["status"], "updatedAt": ticket["updatedAt"],
    }  # fmt: skip


def hashed(text: str) -> str:
    """Return the SHA-256 of a text in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def stats(read: Read, event_id: str) -> Stats:
    """Return how an event's door fares: totals, share of those expected, entries a minute, and each gate."""
    event = get_or_404(read, EVENT, event_id)
    inside = count(read, event_id, ("status", "=", "checked_in"))
    expected = inside + count(read, event_id, ("status", "=", "valid"))
    scans = records.find(read, CHECKIN, ("event", "=", event_id))
    recent = records.count(
        read, CHECKIN, [("event", "=", event_id), ("result", "=", "admitted"), ("at", ">", read.now - RATE_MS)]
    )
    return {
        "eventId": event_id, "capacity": event["capacity"], "expected": expected, "checkedIn": inside,
        "denied": sum(scan["status"] == "denied" for scan in scans),
        "percent": round(100 * inside / expected, 1) if expected else 0, "entryRate": round(recent * MINUTE / RATE_MS, 2),
        "gates": gates(scans), "at": iso_s(read.now),
    }  # fmt: skip


def count(read: Read, event_id: str, *where: Condition) -> int:
    """Count an event's tickets that meet every condition."""
    return records.count(read, TICKET, [("event", "=", event_id), *where])


def gates(scans: Iterable[Record]) -> list[Gate]:
    """Return each gate's part of a door's log, in the order of their first scans."""
    by_name: dict[str, Gate] = {}
    for scan in scans:
        name = scan["gate"] or "default"
        gate = by_name.setdefault(name, {"gate": name, "admitted": 0, "denied": 0, "lastScanAt": scan["at"]})
        gate["denied" if scan["status"] == "denied" else "admitted"] += 1
        gate["lastScanAt"] = scan["at"]
    return list(by_name.values())


def gate_stats(read: Read, event_id: str, name: str) -> GateStats:
    """Return one gate's part of an event's door; NotFound for a gate that has not scanned."""
    get_or_404(read, EVENT, event_id)
    for gate in gates(records.find(read, CHECKIN, ("event", "=", event_id))):
        if gate["gate"] == name:
            return {"eventId": event_id, **gate}
    raise NotFound(f"Gate {name} of event {event_id} has not scanned.")
