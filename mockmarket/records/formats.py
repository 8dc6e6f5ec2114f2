"""Value formats that several vendors share: functions from the sent value to the stored value, which raise ValueError with a sentence."""

import re
from contextlib import suppress
from math import isfinite
from typing import Annotated

from mockmarket.clock import parse_iso
from mockmarket.records.markers import Reads

NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
"""A number as text: ASCII digits, at most one point and one exponent."""
WHOLE = re.compile(r"[+-]?[0-9]+\Z")
SPACED_OFFSET = re.compile(r" [0-9]{2}:?[0-9]{2}\Z")
MOST_DIGITS = 400  # digits read of a number in text; a longer number is out of every range
TRUTHS = {"true": True, "false": False}


def text(value: object) -> str:
    """Return a text; ValueError for any other value."""
    if not isinstance(value, str):
        raise ValueError("Not a valid string.")
    return value


Time = Annotated[str | None, Reads(text, {"type": "string", "format": "date-time"})]
"""A time in an answer of our own: ISO 8601 in UTC, or null."""


def number(value: object) -> float:
    """Return a number, sent as a number or as text; ValueError for any other value, and for a number that no double holds."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("Not a valid number.")
    if isinstance(value, str) and not NUMBER.match(value):
        raise ValueError("Not a valid number.")
    with suppress(OverflowError):
        if isfinite(number := float(value)):
            return number
    raise ValueError("Special numeric values (nan or infinity) are not permitted.")


def moment(value: object, sentence: str) -> int:
    """Return an ISO 8601 date-time as epoch ms, in UTC where it has no offset; ValueError with the sentence for any other text."""
    written = text(value)
    try:
        return parse_iso(written)
    except ValueError:
        raise ValueError(f"{sentence}{bare_plus(written)}") from None


def bare_plus(written: str) -> str:
    """Return a further sentence about a date-time whose + was read as a space, as in a query; "" for any other."""
    return " In a query a + is a space; write %2B." if SPACED_OFFSET.search(written) else ""


def url(value: object) -> str:
    """Return an http or https URL that can receive webhooks."""
    from mockmarket.webhooks import targets  # most formats do not need it

    written = text(value)
    targets.check_url(written)
    return written
