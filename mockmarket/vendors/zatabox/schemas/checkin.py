"""Check-in: scans, manifests, how a door fares."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.schemas.common import (
    ID,
    Ordered,
    a_count,
    a_date,
    a_list,
    a_moment,
    a_text,
    answer,
)  # fmt: skip
from mockmarket.vendors.zatabox.schemas.orders import TicketSchema

GATE = validate.Length(1, 100)


class CodeBody(Ordered):
    """A ticket by its QR text, or by what somebody typed: its door code or id (public)."""

    qrData = fields.String(load_default=None, allow_none=True, validate=ID)
    code = fields.String(load_default=None, allow_none=True, validate=ID)
    gateName = fields.String(load_default=None, allow_none=True, validate=GATE)
    deviceId = fields.String(load_default=None, allow_none=True, validate=GATE)

    @validates_schema
    def check_code(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a scan of nothing."""
        if not data.get("qrData") and not data.get("code"):
            raise ValidationError("Send qrData, or code.", "qrData")

    @post_load
    def one_code(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Read either field as the code."""
        return data | {"code": data["qrData"] or data["code"]}


class ScanBody(CodeBody):
    """`POST /checkin/scan`; with eventId a ticket of another event is denied (convention)."""

    eventId = fields.String(load_default=None, allow_none=True, validate=ID)


class OfflineScan(ScanBody):
    """One scan of a batch, with the moment at which it was made."""

    scannedAt = a_moment(load_default=None, allow_none=True)


class BatchBody(Ordered):
    """`POST /checkin/batch` (public: 500 at most)."""

    scans = fields.List(fields.Nested(OfflineScan), required=True, validate=validate.Length(1, wire.MOST_SCANS))


class ManifestQuery(Ordered):
    """`GET …/manifest`: all tickets, or those changed since (public)."""

    since = a_moment(load_default=None)


class ScanSchema(Ordered):
    """What a gate is told (public: status and reason)."""

    status = a_text(validate=validate.OneOf(("admitted", "denied")))
    reason = a_text(
        allow_none=True,
        validate=validate.OneOf((None, "duplicate", "wrong_event", "cancelled", "expired", "not_found")),
    )
    code = a_text()
    gateName = a_text(allow_none=True)
    at = a_date()
    ticket = fields.Nested(TicketSchema, required=True, allow_none=True)


class BatchSchema(Ordered):
    """What became of a batch's scans, in their order."""

    results = a_list(ScanSchema)
    admitted = a_count()
    denied = a_count()


class ManifestTicket(Ordered):
    """One ticket of a manifest, hashed."""

    qrHash = a_text()
    codeHash = a_text()
    ticketTypeName = a_text()
    status = a_text()
    updatedAt = a_date()


class ManifestSchema(Ordered):
    """An event's tickets for gates without a network."""

    eventId = a_text()
    generatedAt = a_date()
    algorithm = a_text()
    tickets = a_list(ManifestTicket)


class GateSchema(Ordered):
    """How one gate fares."""

    gate = a_text()
    admitted = a_count()
    denied = a_count()
    lastScanAt = a_date()


class StatsSchema(Ordered):
    """How a door fares (public: totals, capacity, entry rate, gates)."""

    eventId = a_text()
    capacity = a_count()
    expected = a_count()
    checkedIn = a_count()
    denied = a_count()
    percent = fields.Float(required=True)
    entryRate = fields.Float(required=True)
    gates = a_list(GateSchema)
    at = a_date()


class GateStatsSchema(Ordered):
    """How one gate of an event fares."""

    eventId = a_text()
    gate = a_text()
    admitted = a_count()
    denied = a_count()
    lastScanAt = a_date()


Scan = answer("Scan", ScanSchema)
Batch = answer("Batch", BatchSchema)
Manifest = answer("Manifest", ManifestSchema)
Stats = answer("Stats", StatsSchema)
GateStats = answer("GateStats", GateStatsSchema)
