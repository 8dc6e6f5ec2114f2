"""Seat maps and holds, which need no key."""

from __future__ import annotations

import flask

from mockmarket.vendors.zatabox.handlers.conventions import Context, answer, operation
from mockmarket.vendors.zatabox.records.common import Answer
from mockmarket.vendors.zatabox.records.events import (
    HeldSeats,
    HoldRequest,
    ReleasedSeats,
    ReleaseRequest,
    SeatMap,
    TakenSeats,
)
from mockmarket.vendors.zatabox.rules import seating


@operation(answer=Answer[SeatMap], refuses=(404,), public=True)
def get_seat_map(context: Context, eventId: str) -> flask.Response:
    """Get an event's sections, with ticket type and price, and their seats with coordinates; needs no key."""
    return answer(context, seating.seat_map(context.read(), eventId))


@operation(answer=Answer[TakenSeats], refuses=(404,), public=True)
def list_taken_seats(context: Context, eventId: str) -> flask.Response:
    """Get the seats that are sold, blocked or held; one that is not named is free. Needs no key."""
    return answer(context, seating.snapshot(context.read(), eventId))


@operation(body=HoldRequest, answer=Answer[HeldSeats], refuses=(400, 404, 413), public=True)
def hold_seats(context: Context, body: HoldRequest, eventId: str) -> flask.Response:
    """Hold seats for a holder token, in place of those it held before; without a token one is made. Needs no key."""
    return answer(context, seating.hold(context.world, eventId, body))


@operation(body=ReleaseRequest, answer=Answer[ReleasedSeats], refuses=(400, 404, 413), public=True)
def release_seats(context: Context, body: ReleaseRequest, eventId: str) -> flask.Response:
    """Release a holder's seats: those named, or all. Needs no key."""
    return answer(context, seating.release(context.world, eventId, body))
