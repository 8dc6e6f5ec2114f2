"""Check-in: gates scan; what offline gates need; doors are watched."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import flask
import orjson

from mockmarket.api import operations as api
from mockmarket.api import sse
from mockmarket.api.context import current
from mockmarket.clock import MINUTE, iso_s, parse_iso
from mockmarket.errors import NotFound
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.zatabox.handlers.conventions import reads, writes
from mockmarket.vendors.zatabox.records import orders as shapes
from mockmarket.vendors.zatabox.records.common import NAME
from mockmarket.vendors.zatabox.rules import tickets
from mockmarket.vendors.zatabox.rules.notices import get_or_404
from mockmarket.vendors.zatabox.wire import CHECKIN, EVENT, TICKET

RATE_MS = 10 * MINUTE
"""Over how long the entry rate is taken (convention)."""

STREAM = api.Answer(shapes.Stats, 200, "`stats` events, one snapshot each.", "text/event-stream")


@writes(body=shapes.ScanRequest, answer=shapes.Scan, scope="checkin:write")
def scan_ticket(tx: Tx, body: shapes.ScanRequest) -> Record:
    """Scan a QR text, or a door code: admitted, or denied with the reason."""
    return _scan(tx, body)


@writes(body=shapes.CodeRequest, answer=shapes.Scan, scope="checkin:write")
def check_in_by_code(tx: Tx, body: shapes.CodeRequest, id: str) -> Record:
    """Check in a ticket of this event by a code that somebody typed."""
    get_or_404(tx, EVENT, id)
    return _scan(tx, {**body, "eventId": id})


def _scan(tx: Tx, body: shapes.ScanRequest) -> Record:
    code = tickets.code_of(body)
    ticket = _with_code(tx, code)
    if ticket is None:
        raise NotFound("No ticket has this code.", about={"code": code})
    return tickets.judge(tx, ticket, body)


def _with_code(read: Read, code: str) -> Record | None:
    columns = (("qr", code), ("code", code.upper()), ("id", code))
    return next(filter(None, (records.first(read, TICKET, (name, "=", text)) for name, text in columns)), None)


@writes(body=shapes.BatchRequest, answer=shapes.Batch, scope="checkin:write")
def check_in_batch(tx: Tx, body: shapes.BatchRequest) -> Record:
    """Take up to 500 scans that were made offline, in their order."""
    results = [scan_offline(tx, line) for line in body["scans"]]
    admitted = sum(result["status"] == "admitted" for result in results)
    return {"results": results, "admitted": admitted, "denied": len(results) - admitted}


def scan_offline(tx: Tx, body: shapes.OfflineScan) -> Record:
    """Take one scan of a batch; one that is no ticket's is denied as not_found."""
    ticket = _with_code(tx, tickets.code_of(body))
    if ticket is None:
        return tickets.result(body, "not_found", None, iso_s(tx.now))
    return tickets.judge(tx, ticket, body, body["scannedAt"])


@reads(query=shapes.ManifestQuery, answer=shapes.Manifest, scope="checkin:write")
def get_manifest(read: Read, query: shapes.ManifestQuery, id: str) -> shapes.Manifest:
    """Get an event's tickets hashed, all or those changed since a moment."""
    since = query["since"]
    get_or_404(read, EVENT, id)
    sold = records.find(read, TICKET, ("event", "=", id))
    lines = [line_of(ticket) for ticket in sold if since is None or parse_iso(ticket["updatedAt"]) >= since]
    return {"eventId": id, "generatedAt": iso_s(read.now), "algorithm": "sha256", "tickets": lines}


def line_of(ticket: Record) -> shapes.ManifestTicket:
    """Write one ticket of a manifest, its codes as SHA-256 in hex."""
    qr, code = (hashlib.sha256(ticket[name].encode()).hexdigest() for name in ("qr", "code"))
    name, status, updated_at = ticket["ticketTypeName"], ticket["status"], ticket["updatedAt"]
    return {"qrHash": qr, "codeHash": code, "ticketTypeName": name, "status": status, "updatedAt": updated_at}


@reads(answer=shapes.Stats, scope="analytics:read")
def get_checkin_stats(read: Read, id: str) -> Record:
    """Get an event's check-in totals, share, entry rate, and each gate's part."""
    return stats(read, id)


def stats(read: Read, event_id: str) -> Record:
    """Return how an event's door fares: totals, share of those expected, entries a minute, and each gate."""
    event = get_or_404(read, EVENT, event_id)
    of_event: Condition = ("event", "=", event_id)
    inside = records.count(read, TICKET, [of_event, ("status", "=", "checked_in")])
    expected = inside + records.count(read, TICKET, [of_event, ("status", "=", "valid")])
    scans = records.find(read, CHECKIN, of_event)
    recent = records.count(read, CHECKIN, [of_event, ("result", "=", "admitted"), ("at", ">", read.now - RATE_MS)])
    seats = {"capacity": event["capacity"], "expected": expected, "checkedIn": inside}
    percent, rate = round(100 * inside / expected, 1) if expected else 0, round(recent * MINUTE / RATE_MS, 2)
    denied = sum(scan["status"] == "denied" for scan in scans)
    pace = {"denied": denied, "percent": percent, "entryRate": rate, "gates": gates(scans), "at": iso_s(read.now)}
    return {"eventId": event_id, **seats, **pace}


def gates(scans: Iterable[Record]) -> list[shapes.Gate]:
    """Return each gate's part of a door's log, in the order of their first scans."""
    by_name: dict[str, shapes.Gate] = {}
    for scan in scans:
        name = scan["gate"] or "default"
        gate = by_name.setdefault(name, {"gate": name, "admitted": 0, "denied": 0, "lastScanAt": scan["at"]})
        gate["denied" if scan["status"] == "denied" else "admitted"] += 1
        gate["lastScanAt"] = scan["at"]
    return list(by_name.values())


@reads(answer=shapes.GateStats, scope="analytics:read")
def get_gate_stats(read: Read, id: str, gate: str) -> shapes.GateStats:
    """Get one gate's part of an event's door."""
    get_or_404(read, EVENT, id)
    for part in gates(records.find(read, CHECKIN, ("event", "=", id))):
        if part["gate"] == gate:
            return {"eventId": id, **part}
    raise NotFound(f"Gate {gate} of event {id} has not scanned.")


@reads(answer=STREAM, scope="analytics:read")
def watch_checkin(read: Read, id: str) -> flask.Response:
    """Watch an event's door as server-sent events: a snapshot of its stats at once, then every two seconds."""
    world = current().world
    get_or_404(read, EVENT, id)

    def snapshot() -> bytes:
        view = world.read()
        return orjson.dumps(stats(view, id)) if records.get(view, EVENT, id) else b"null"

    return sse.stream(world, "stats", snapshot, float(read.store.settings[NAME]["live_interval_s"]))
