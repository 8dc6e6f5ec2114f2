"""How SkyBox writes money, times and ids, and what a new record begins as."""

from __future__ import annotations

import zlib
from functools import cache
from typing import Any

from mockmarket.clock import iso_ms, to_local
from mockmarket.records import defaults
from mockmarket.store import Read, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox.records.types import Payload


def money(cents: int) -> float:
    """Write minor units as a double, which Java prints with at least one decimal: 70.0 (document, samples)."""
    return cents / 100


def cents(amount: float) -> int:
    """Read an amount as minor units."""
    return round(amount * 100)


def moment(at: int) -> str:
    """Write epoch ms as a date-time in UTC (convention)."""
    return iso_ms(at)


def local_moment(at: int, zone: str) -> str:
    """Write epoch ms as the venue's own time, without its zone (public: clients' date-times have none)."""
    return to_local(at, zone).strftime("%Y-%m-%dT%H:%M:%S")


def local_day(at: int, zone: str) -> str:
    """Write epoch ms as the venue's own date (document, sample: inHandDate)."""
    return to_local(at, zone).strftime("%Y-%m-%d")


def number_of(name: str) -> int:
    """Return the number that stands for an id or a name of the world's, always the same one; digits stand for themselves.

    SkyBox's ids are numbers, the world's of events and venues are not.
    """
    if name.isascii() and name.isdigit() and not name.startswith("0") and len(name) < 10:
        return int(name)
    return 10_000_000 + zlib.crc32(name.encode()) % 89_999_999


def next_number(read: Read, kind: Kind, first: int) -> int:
    """Return the next free id of a kind that has a column `number`, the first when there is none yet."""
    return int(records.latest(read, kind, "number") or first - 1) + 1


@cache
def blank(shape: type) -> Record:
    """Return what a new record has in fields that nobody set."""
    return defaults(shape)


def new_record(shape: type, body: Payload, **own: Any) -> Record:
    """Return a new record: its defaults, in their place what a body says of its fields, and what no body can say."""
    record = {name: list(value) if isinstance(value, list) else value for name, value in blank(shape).items()}
    return record | {name: value for name, value in body.items() if name in record and value is not None} | own


def stamps(by: str, now: int) -> Record:
    """Return when and by whom a new record was made and last changed."""
    return {"createdDate": moment(now), "createdBy": by, "lastUpdate": moment(now), "lastUpdateBy": by}
