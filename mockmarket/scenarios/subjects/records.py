"""`record` and `records`: what a vendor has stored, in its own fields."""

from __future__ import annotations

from collections.abc import Iterator

from marshmallow import Schema, fields

from mockmarket.scenarios import fields as expected
from mockmarket.scenarios import matching
from mockmarket.scenarios.base import (
    Given,
    Known,
    Problem,
    Subject,
    a_mapping,
    a_number,
    a_text,
    some_fields,
    unknown_vendor,
)
from mockmarket.scenarios.errors import FailedError
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.subjects.counting import AT_LEAST_ONE, miscount, worded
from mockmarket.store import records
from mockmarket.store.records import Condition, Kind

MOST_LOOKED_AT = 1_000
MOST_TOLD = 3


class OneShape(Schema):
    """One record by its id, and what is in it."""

    vendor = a_text("Whose record.", required=True)
    kind = a_text("Which kind, such as `order`.", required=True)
    id = fields.Raw(required=True, metadata={"description": "Its id."})
    fields_ = some_fields("What is in it, by path.", data_key="fields", attribute="fields")
    exists = fields.Boolean(load_default=True, metadata={"description": "false when there should be none of this id."})


class ManyShape(Schema):
    """Records by their columns, how many there are, and what is in each."""

    vendor = a_text("Whose records.", required=True)
    kind = a_text("Which kind, such as `order`.", required=True)
    where = a_mapping("Columns of the kind and their values, as in `GET records/{vendor}/{kind}?column=value`.")
    count = a_number("How many there should be; at least one unless given.", load_default=AT_LEAST_ONE)
    fields_ = some_fields("What is in each of them, by path.", data_key="fields", attribute="fields")


def kind_of(play: Play, given: Given) -> Kind:
    """Return a kind of record; FailedError when the vendor has none of this name."""
    kind = play.world.vendor(given["vendor"]).records.kind(given["kind"])
    if kind is None:
        raise FailedError(f"{given['vendor']} has no records {given['kind']!r}.")
    return kind


def one_differs(play: Play, given: Given) -> Iterator[str]:
    """Yield how one record differs from what is expected of it."""
    name = f"{given['vendor']} {given['kind']} {given['id']}"
    record = records.get(play.world.read(), kind_of(play, given), str(given["id"]))
    if record is None and given["exists"]:
        yield f"{name} should be there; there is no such record"
    elif record is not None and not given["exists"]:
        yield f"{name} should not be there; it is {matching.shown(record)}"
    elif record is not None:
        yield from (f"{name}: {words}" for words in expected.differences(given["fields"], record))


def many_differ(play: Play, given: Given) -> Iterator[str]:
    """Yield how records differ from what is expected of them."""
    kind, read = kind_of(play, given), play.world.read()
    where: list[Condition] = [(name, "=", value) for name, value in given["where"].items()]
    what = f"{given['vendor']} {given['kind']} records{worded(given['where'])}"
    in_all = f", of {records.count(read, kind, [])} {given['kind']} records in all"
    yield from miscount(given["count"], records.count(read, kind, where), what, in_all)
    told = 0
    for record in records.find(read, kind, *where, limit=MOST_LOOKED_AT) if given["fields"] else ():
        for words in expected.differences(given["fields"], record):
            told += 1
            if told <= MOST_TOLD:
                yield f"{given['vendor']} {given['kind']} {record[kind.id]}: {words}"


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with a vendor's, a kind's or a column's name."""
    yield from unknown_vendor(known, given["vendor"], "vendor")
    vendor = known.vendors.get(given["vendor"])
    if vendor is None:
        return
    kind = vendor.records.kind(given["kind"])
    if kind is None:
        names = ", ".join(kind.name for kind in vendor.records.kinds)
        yield ("kind",), f"{vendor.name} has no records {given['kind']!r}; it has {names}."
        return
    for name in given.get("where", {}):
        try:
            kind.check([name])
        except ValueError as error:
            yield ("where", name), str(error)


RECORD = Subject("record", "One record by its id.", OneShape(), one_differs, problems)
RECORDS = Subject("records", "Records by their columns.", ManyShape(), many_differ, problems)
