"""Check-in: gates scan; doors are watched."""

from __future__ import annotations

import flask
import orjson

from mockmarket.api import operations as api
from mockmarket.api import sse
from mockmarket.store import records
from mockmarket.vendors.zatabox.handlers.conventions import READ, WRITE, Context, answer, operation
from mockmarket.vendors.zatabox.records.common import Answer
from mockmarket.vendors.zatabox.records.orders import (
    Batch,
    BatchRequest,
    CodeRequest,
    GateStats,
    Manifest,
    ManifestQuery,
    Scan,
    ScanRequest,
    Stats,
)
from mockmarket.vendors.zatabox.rules import checkin
from mockmarket.vendors.zatabox.rules.notices import get_or_404
from mockmarket.vendors.zatabox.wire import EVENT

STREAM = api.Answer(Stats, 200, "`stats` events, one snapshot each.", "text/event-stream")


@operation(body=ScanRequest, answer=Answer[Scan], scope="checkin:write", refuses=WRITE)
def scan_ticket(context: Context, body: ScanRequest) -> flask.Response:
    """Scan a QR text, or a door code: admitted, or denied with the reason."""
    return answer(context, checkin.scan(context.world, body))


@operation(body=CodeRequest, answer=Answer[Scan], scope="checkin:write", refuses=WRITE)
def check_in_by_code(context: Context, body: CodeRequest, id: str) -> flask.Response:
    """Check in a ticket of this event by a code that somebody typed."""
    get_or_404(context.read(), EVENT, id)
    return answer(context, checkin.scan(context.world, {**body, "eventId": id}))


@operation(body=BatchRequest, answer=Answer[Batch], scope="checkin:write", refuses=WRITE)
def check_in_batch(context: Context, body: BatchRequest) -> flask.Response:
    """Take up to 500 scans that were made offline, in their order."""
    return answer(context, checkin.batch(context.world, body))


@operation(query=ManifestQuery, answer=Answer[Manifest], scope="checkin:write", refuses=READ)
def get_manifest(context: Context, query: ManifestQuery, id: str) -> flask.Response:
    """Get an event's tickets hashed, all or those changed since a moment."""
    return answer(context, checkin.manifest(context.read(), id, query["since"]))


@operation(answer=Answer[Stats], scope="analytics:read", refuses=READ)
def get_checkin_stats(context: Context, id: str) -> flask.Response:
    """Get an event's check-in totals, share, entry rate, and each gate's part."""
    return answer(context, checkin.stats(context.read(), id))


@operation(answer=Answer[GateStats], scope="analytics:read", refuses=READ)
def get_gate_stats(context: Context, id: str, gate: str) -> flask.Response:
    """Get one gate's part of an event's door."""
    return answer(context, checkin.gate_stats(context.read(), id, gate))


@operation(answer=STREAM, scope="analytics:read", refuses=READ)
def watch_checkin(context: Context, id: str) -> flask.Response:
    """Watch an event's door as server-sent events: a snapshot of its stats at once, then every two seconds."""
    world = context.world
    get_or_404(world.read(), EVENT, id)

    def snapshot() -> bytes:
        read = world.read()
        return orjson.dumps(checkin.stats(read, id)) if records.get(read, EVENT, id) else b"null"

    return sse.stream(world, "stats", snapshot, float(context.settings()["live_interval_s"]))
