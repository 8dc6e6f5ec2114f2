"""What the exam tells of: notices about a world's records, written as triggers are, none stored; the older bears the older time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import orjson

from mockmarket.clock import SECOND, parse_iso
from mockmarket.errors import NotFound, Refusal
from mockmarket.exam.base import Subject
from mockmarket.store import Tx, records
from mockmarket.store.outbox import Notice
from mockmarket.vendor import Vendor
from mockmarket.worlds.world import World

APART_MS = 5 * SECOND
"""How much later the newer of two notices is: more than the second that some vendors round to."""
MOST_RECORDS = 50
Place = tuple[str | int, ...]
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")


def write_subjects(world: World, vendor: Vendor, type: str | None = None) -> list[Subject]:
    """Write notices about records that the world has, each about a record of its own. `type` is the notice that is sent most.

    None is stored: nobody is told. NotFound when the world has no record to tell of.
    """
    with world.atomic() as tx:
        types = types_of(tx, vendor, type)
        kind = vendor.records.kind(vendor.webhooks.sample(tx, types[0], None).kind)
        rows = records.find(tx, kind, order=[("rowid", "desc")], limit=MOST_RECORDS) if kind else []
        ids = [None, *(str(row[kind.id]) for row in rows[1:] if kind)]
        return list(subjects_about(tx, vendor, types, ids))


def subjects_about(tx: Tx, vendor: Vendor, types: tuple[str, str, str], ids: Sequence[str | None]) -> Iterator[Subject]:
    """Yield the notices about each record, the newer as it would be made a little later; those that the types do not fit are left out."""
    wanted, first, last = types
    for id in ids:
        try:
            older = vendor.webhooks.sample(tx, first, id)
            newer = vendor.webhooks.sample(replace(tx, now=tx.now + APART_MS), last, id)
        except Refusal:
            if id is None:
                raise
        else:
            yield Subject(older if wanted == first else newer, older, newer)


def types_of(tx: Tx, vendor: Vendor, type: str | None) -> tuple[str, str, str]:
    """Return the types that are sent: the one asked for, and an older and a newer one, of which one is the same.

    Vendors list what begins a record's life first. So the first can come before any other, and of two others nothing is known. A type
    that tells of no record stands alone.
    """
    if type is not None and vendor.webhooks.notice(type) is None:
        known = ", ".join(notice.name for notice in vendor.webhooks.notices)
        raise NotFound(f"{vendor.name} has no notice {type!r}; it has {known}.")
    fired = {notice.name: kind_of(tx, vendor, notice.name) for notice in vendor.webhooks.notices if notice.fires}
    kinds = {name: kind for name, kind in fired.items() if kind}
    if not kinds:
        raise NotFound(
            f"The world has no record that {vendor.name} could tell of; begin with a fixture that has orders."
        )
    if type is not None and type not in kinds:
        return type, type, type
    kind = kinds[type] if type else Counter(kinds.values()).most_common(1)[0][0]
    names = [name for name in kinds if kinds[name] == kind]
    return (names[0], names[0], names[-1]) if type in (None, names[0]) else (type, names[0], type)


def kind_of(tx: Tx, vendor: Vendor, type: str) -> str | None:
    """Return the kind of record that a type tells of, or None when the world has none of it."""
    try:
        return vendor.webhooks.sample(tx, type, None).kind or None
    except Refusal:
        return None


def tells_order(older: Notice, newer: Notice) -> bool:
    """Tell whether two notices about a record show by a time which is the newer: a moment in it is later, and none is earlier."""
    before, after = moments(orjson.loads(older.body)), moments(orjson.loads(newer.body))
    pairs = [(before[place], after[place]) for place in before.keys() & after.keys()]
    return any(earlier < later for earlier, later in pairs) and all(earlier <= later for earlier, later in pairs)


def moments(value: object, place: Place = ()) -> dict[Place, int]:
    """Return every moment in a JSON value, in epoch ms, by the place where it stands."""
    if isinstance(value, str):
        moment = moment_of(value)
        return {} if moment is None else {place: moment}
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {at: moment for name, part in parts for at, moment in moments(part, (*place, name)).items()}


def moment_of(text: str) -> int | None:
    """Read a text as a moment in ISO 8601; None for any other text, a bare date too."""
    try:
        return parse_iso(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        return None
