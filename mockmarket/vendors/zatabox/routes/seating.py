"""Seat maps and holds, which need no key."""

from __future__ import annotations

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.vendors.zatabox.envelope import answer
from mockmarket.vendors.zatabox.routes.common import Row, blueprint, open_to_all, refuses
from mockmarket.vendors.zatabox.rules import seating
from mockmarket.vendors.zatabox.schemas import events as schemas

blp = blueprint("seating", "seat maps and holds")


@blp.route("/public/events/<string:eventId>/seatmap")
class SeatMap(MethodView):
    """One event's map."""

    @open_to_all(blp)
    @blp.response(200, schemas.SeatMap)
    @refuses(blp, 404)
    def get(self, eventId: str) -> flask.Response:
        """Get an event's sections, with ticket type and price, and their seats with coordinates; needs no key."""
        return answer(seating.seat_map(web.world().read(), eventId))


@blp.route("/public/events/<string:eventId>/seats")
class Seats(MethodView):
    """What is taken."""

    @open_to_all(blp)
    @blp.response(200, schemas.Seats)
    @refuses(blp, 404)
    def get(self, eventId: str) -> flask.Response:
        """Get the seats that are sold, blocked or held; one that is not named is free. Needs no key."""
        return answer(seating.snapshot(web.world().read(), eventId))


@blp.route("/public/events/<string:eventId>/seats/hold")
class Hold(MethodView):
    """Seats held for a holder."""

    @open_to_all(blp)
    @blp.arguments(schemas.HoldBody())
    @blp.response(200, schemas.Hold)
    @refuses(blp, 400, 404, 413)
    def post(self, given: Row, eventId: str) -> flask.Response:
        """Hold seats for a holder token, in place of those it held before; without a token one is made. Needs no key."""
        return answer(seating.hold(web.world(), eventId, given))

    @open_to_all(blp)
    @blp.arguments(schemas.ReleaseBody())
    @blp.response(200, schemas.Release)
    @refuses(blp, 400, 404, 413)
    def delete(self, given: Row, eventId: str) -> flask.Response:
        """Release a holder's seats: those named, or all. Needs no key."""
        return answer(seating.release(web.world(), eventId, given))
