"""`stock`: how many seats are free, held and sold, at whichever vendor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from mockmarket import stock
from mockmarket.errors import NotFound
from mockmarket.scenarios import matching
from mockmarket.scenarios.base import Given, Subject, a_number, a_text
from mockmarket.scenarios.play import Play
from mockmarket.stock import Stock

COUNTS = ("total", "free", "held", "sold")


class StockShape(Schema):
    """Seats by event, section and row, or one row of stock by its id, and how many of them are what."""

    event = a_text("Of which event.")
    section = a_text("Of which of its sections; all without one.")
    row = a_text("Of which row; all without one.")
    id = a_text("Or one row of stock by its id.")
    total = a_number("How many seats there are.")
    free = a_number("How many can be bought.")
    held = a_number("How many are held.")
    sold = a_number("How many are sold.")

    @validates_schema
    def check_which(self, given: Given, **_: Any) -> None:
        """Refuse none or both, and an expectation of nothing."""
        if ("id" in given) == ("event" in given):
            raise ValidationError("Give event, with or without section and row, or id.", "event")
        if not any(name in given for name in COUNTS):
            raise ValidationError(f"Give what there should be: {', '.join(COUNTS)}.", "free")


def rows_of(play: Play, given: Given) -> list[Stock]:
    """Return the rows of stock that are meant."""
    read = play.world.read()
    try:
        rows = (
            [stock.get(read, given["id"])]
            if "id" in given
            else stock.of_event(read, given["event"], given.get("section"))
        )
    except NotFound:
        return []
    return [row for row in rows if given.get("row") in (None, row.row)]


def differences(play: Play, given: Given) -> Iterator[str]:
    """Yield which counts differ from what is expected."""
    rows = rows_of(play, given)
    place = ", ".join(f"{name} {given[name]}" for name in ("id", "event", "section", "row") if name in given)
    if not rows:
        yield f"there are no seats at {place}"
        return
    seen = {name: sum(getattr(row, name) for row in rows) for name in COUNTS}
    for name in COUNTS:
        if name in given and not matching.fits(given[name], seen[name]):
            counts = ", ".join(f"{seen[count]} {count}" for count in COUNTS)
            yield f"{matching.wanted(given[name])} of the seats at {place} should be {name}; there are {counts}"


SUBJECT = Subject("stock", "How many seats are free, held and sold.", StockShape(), differences)
