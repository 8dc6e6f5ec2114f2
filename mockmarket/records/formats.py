"""Formats that several vendors send values in: functions from what was sent to the value, which raise ValueError with a sentence."""

from __future__ import annotations

from typing import Annotated

from mockmarket.clock import parse_iso
from mockmarket.records.markers import Reads
from mockmarket.webhooks import targets


def text(value: object) -> str:
    """Return a text; anything else is refused."""
    if not isinstance(value, str):
        raise ValueError("Not a valid string.")
    return value


Time = Annotated[str | None, Reads(text, {"type": "string", "format": "date-time"})]
"""A time in an answer of our own: ISO 8601 in UTC, or null."""


def moment(value: object, sentence: str) -> int:
    """Return an ISO 8601 date-time as epoch ms, in UTC where it has no offset; ValueError with the sentence for what is none."""
    written = text(value)
    try:
        return parse_iso(written)
    except (ValueError, OverflowError):
        raise ValueError(sentence) from None


def url(value: object) -> str:
    """Return an http or https URL that a webhook can be sent to."""
    written = text(value)
    targets.check_url(written)
    return written
