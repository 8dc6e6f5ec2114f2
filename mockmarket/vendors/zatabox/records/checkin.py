"""Check-in: scans, manifests, how a door fares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

from mockmarket.records import Column, Default, FieldError, Length, OneOf, check
from mockmarket.vendors.zatabox.records.common import MOST_SCANS, Date, Moment, OptionalId
from mockmarket.vendors.zatabox.records.orders import Ticket

GateName = Annotated[str | None, Length(1, 100), Default(None)]


def check_code(body: Mapping[str, Any]) -> None:
    """Refuse a scan of nothing."""
    if not body.get("qrData") and not body.get("code"):
        raise FieldError("Send qrData, or code.", "qrData")


@check(check_code)
class CodeRequest(TypedDict):
    """A ticket by its QR text, or by what somebody typed: its door code or id (public)."""

    qrData: OptionalId
    code: OptionalId
    gateName: GateName
    deviceId: GateName


@check(check_code)
class ScanRequest(CodeRequest):
    """`POST /checkin/scan`; with eventId a ticket of another event is denied (convention)."""

    eventId: OptionalId


@check(check_code)
class OfflineScan(ScanRequest):
    """One scan of a batch, with the moment at which it was made."""

    scannedAt: Annotated[Moment | None, Default(None)]


class BatchRequest(TypedDict):
    """`POST /checkin/batch` (public: 500 at most)."""

    scans: Annotated[list[OfflineScan], Length(1, MOST_SCANS)]


class ManifestQuery(TypedDict):
    """`GET …/manifest`: all tickets, or those changed since (public)."""

    since: Annotated[Moment | None, Default(None)]


class CheckIn(TypedDict):
    """One line of a door's log."""

    id: str
    eventId: Annotated[str, Column("event")]
    ticketId: str
    gate: Annotated[str | None, Column()]
    deviceId: str | None
    status: Annotated[str, Column("result")]
    reason: str | None
    at: str


class Scan(TypedDict):
    """What a gate is told (public: status and reason)."""

    status: Annotated[str, OneOf(("admitted", "denied"))]
    reason: Annotated[str | None, OneOf((None, "duplicate", "wrong_event", "cancelled", "expired", "not_found"))]
    code: str
    gateName: str | None
    at: Date
    ticket: Ticket | None


class Batch(TypedDict):
    """What became of a batch's scans, in their order."""

    results: list[Scan]
    admitted: int
    denied: int


class ManifestTicket(TypedDict):
    """One ticket of a manifest, hashed."""

    qrHash: str
    codeHash: str
    ticketTypeName: str
    status: str
    updatedAt: Date


class Manifest(TypedDict):
    """An event's tickets for gates without a network."""

    eventId: str
    generatedAt: Date
    algorithm: str
    tickets: list[ManifestTicket]


class Gate(TypedDict):
    """How one gate fares."""

    gate: str
    admitted: int
    denied: int
    lastScanAt: Date


class Stats(TypedDict):
    """How a door fares (public: totals, capacity, entry rate, gates)."""

    eventId: str
    capacity: int
    expected: int
    checkedIn: int
    denied: int
    percent: float
    entryRate: float
    gates: list[Gate]
    at: Date


class GateStats(TypedDict):
    """How one gate of an event fares."""

    eventId: str
    gate: str
    admitted: int
    denied: int
    lastScanAt: Date
