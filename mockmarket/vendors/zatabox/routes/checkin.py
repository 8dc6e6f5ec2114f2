"""Check-in: gates scan; doors are watched."""

from __future__ import annotations

import flask
import orjson
from flask.views import MethodView

from mockmarket.api import sse, web
from mockmarket.store import records
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.callers import needs
from mockmarket.vendors.zatabox.envelope import answer
from mockmarket.vendors.zatabox.routes.common import READ, WRITE, Row, blueprint, refuses
from mockmarket.vendors.zatabox.rules import checkin
from mockmarket.vendors.zatabox.rules.notices import found
from mockmarket.vendors.zatabox.schemas import checkin as schemas

blp = blueprint("check-in", "gates and doors")


@blp.route("/checkin/scan")
class Scan(MethodView):
    """One scan."""

    @needs("checkin:write")
    @blp.arguments(schemas.ScanBody())
    @blp.response(200, schemas.Scan)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Scan a QR text, or a door code: admitted, or denied with the reason."""
        return answer(checkin.scan(web.world(), given))


@blp.route("/checkin/event/<string:id>/manual")
class Manual(MethodView):
    """One ticket typed in."""

    @needs("checkin:write")
    @blp.arguments(schemas.CodeBody())
    @blp.response(200, schemas.Scan)
    @refuses(blp, *WRITE)
    def post(self, given: Row, id: str) -> flask.Response:
        """Check in a ticket of this event by a code that somebody typed."""
        found(web.world().read(), wire.EVENT, id)
        return answer(checkin.scan(web.world(), given | {"eventId": id}))


@blp.route("/checkin/batch")
class Batch(MethodView):
    """Scans made offline."""

    @needs("checkin:write")
    @blp.arguments(schemas.BatchBody())
    @blp.response(200, schemas.Batch)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Take up to 500 scans that were made offline, in their order."""
        return answer(checkin.batch(web.world(), given))


@blp.route("/checkin/event/<string:id>/manifest")
class Manifest(MethodView):
    """What offline gates need."""

    @needs("checkin:write")
    @blp.arguments(schemas.ManifestQuery(), location="query")
    @blp.response(200, schemas.Manifest)
    @refuses(blp, *READ)
    def get(self, query: Row, id: str) -> flask.Response:
        """Get an event's tickets hashed, all or those changed since a moment."""
        return answer(checkin.manifest(web.world().read(), id, query["since"]))


@blp.route("/checkin/event/<string:id>/stats")
class Stats(MethodView):
    """How a door fares."""

    @needs("analytics:read")
    @blp.response(200, schemas.Stats)
    @refuses(blp, *READ)
    def get(self, id: str) -> flask.Response:
        """Get an event's check-in totals, share, entry rate, and each gate's part."""
        return answer(checkin.stats(web.world().read(), id))


@blp.route("/checkin/event/<string:id>/gate/<string:gate>")
class Gate(MethodView):
    """How one gate fares."""

    @needs("analytics:read")
    @blp.response(200, schemas.GateStats)
    @refuses(blp, *READ)
    def get(self, id: str, gate: str) -> flask.Response:
        """Get one gate's part of an event's door."""
        return answer(checkin.gate_stats(web.world().read(), id, gate))


@blp.route("/checkin/event/<string:id>/live")
class Live(MethodView):
    """A door watched."""

    @needs("analytics:read")
    @blp.response(
        200, schemas.StatsSchema, content_type="text/event-stream", description="`stats` events, one snapshot each."
    )
    @refuses(blp, *READ)
    def get(self, id: str) -> flask.Response:
        """Watch an event's door as server-sent events: a snapshot of its stats at once, then every two seconds."""
        here = web.world()
        found(here.read(), wire.EVENT, id)
        interval = float(here.settings_of(wire.NAME)["live_interval_s"])

        def snapshot() -> bytes:
            read = here.read()
            there = records.get(read, wire.EVENT, id)
            return orjson.dumps(checkin.stats(read, id)) if there else b"null"

        return sse.stream(here, "stats", snapshot, interval)
