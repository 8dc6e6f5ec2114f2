"""Expectations of a world's state. `record` and `records`: a vendor's records, in its own fields; `endpoint`: an
endpoint's state and health; `stock`: free, held and sold seats, across all vendors."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, TypedDict

from mockmarket import stock
from mockmarket.errors import NotFound
from mockmarket.matching.operators import differences, fits, miscount, wanted, worded
from mockmarket.matching.paths import json_text
from mockmarket.records import Default, FieldError, check, exactly_one
from mockmarket.records.views import moment
from mockmarket.scenarios import base
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.subjects.history import MOST_LOOKED_AT, MOST_TOLD
from mockmarket.scenarios.variables import FailedError
from mockmarket.seed.problems import Problem
from mockmarket.seed.shapes import Flag
from mockmarket.stock import Stock as StockRow
from mockmarket.store import endpoints, records
from mockmarket.store.records import Condition, Kind

COUNTS = ("total", "free", "held", "sold")
ENDPOINT_FIELDS = ("state", "failures", "mutes", "muted_until", "disabled_reason", "url", "types", "owner", "vendor")


def _unknown_kind(known: base.Known, name: str, expected: base.Fields) -> Iterator[Problem]:
    if vendor := known.vendors.get(expected.get("vendor", "")):
        yield from base.lacking(vendor.name, "records", name, (kind.name for kind in vendor.records.kinds))


def _unknown_columns(known: base.Known, where: base.Fields, expected: base.Fields) -> Iterator[Problem]:
    vendor = known.vendors.get(expected.get("vendor", ""))
    if kind := vendor and vendor.records.kind(expected.get("kind", "")):
        for name in where:
            try:
                kind.check([name])
            except ValueError as error:
                yield (name,), str(error)


class Record(TypedDict):
    """One record by its id, and its expected content; `exists` is false when there should be none."""

    vendor: base.VendorName
    kind: Annotated[base.Text, base.Refers(_unknown_kind)]
    id: object
    fields: base.ByPath
    exists: Annotated[Flag, Default(True)]


class Records(TypedDict):
    """Records selected by columns, as in `GET records/{vendor}/{kind}?column=value`, their number, and the content of each."""

    vendor: base.VendorName
    kind: Annotated[base.Text, base.Refers(_unknown_kind)]
    where: Annotated[base.Values, base.Refers(_unknown_columns)]
    count: base.AtLeastOne
    fields: base.ByPath


Endpoint = TypedDict("Endpoint", {"id": base.Text, "receiver": base.ReceiverName, "fields": base.ByPath}, total=False)
check(exactly_one("id", "receiver", words="Give id, or receiver.", at="id"))(Endpoint)


def _check_stock(expected: base.Fields) -> None:
    if ("id" in expected) == ("event" in expected):
        raise FieldError("Give event, with or without section and row, or id.", "event")
    if not any(name in expected for name in COUNTS):
        raise FieldError(f"Give at least one expected number: {', '.join(COUNTS)}.", "free")


@check(_check_stock)
class Stock(TypedDict, total=False):
    """Seats by event, section and row, or one stock row by its id, and their expected counts; `free` can be bought."""

    event: base.Text
    section: base.Text
    row: base.Text
    id: base.Text
    total: base.Count
    free: base.Count
    held: base.Count
    sold: base.Count


def _kind_of(play: Play, vendor: str, name: str) -> Kind:
    if (kind := play.world.vendor(vendor).records.kind(name)) is None:
        raise FailedError(f"{vendor} has no records {name!r}.")
    return kind


def record_differs(play: Play, expected: Record) -> Iterator[str]:
    """Yield how one record differs from the expectation."""
    vendor, kind, id = expected["vendor"], expected["kind"], str(expected["id"])
    name, record = f"{vendor} {kind} {id}", records.get(play.world.read(), _kind_of(play, vendor, kind), id)
    if record is None and expected["exists"]:
        yield f"{name} should exist; there is no such record"
    elif record is not None and not expected["exists"]:
        yield f"{name} should not exist; it is {json_text(record)}"
    elif record is not None:
        yield from (f"{name}: {words}" for words in differences(expected["fields"], record))


def records_differ(play: Play, expected: Records) -> Iterator[str]:
    """Yield how records differ from the expectation."""
    name = f"{expected['vendor']} {expected['kind']}"
    kind, read = _kind_of(play, expected["vendor"], expected["kind"]), play.world.read()
    where: list[Condition] = [(column, "=", value) for column, value in expected["where"].items()]
    in_all = f", of {records.count(read, kind, [])} {expected['kind']} records in all"
    count = records.count(read, kind, where)
    yield from miscount(expected["count"], count, f"{name} records{worded(expected['where'])}", in_all)
    rows = records.find(read, kind, *where, limit=MOST_LOOKED_AT) if expected["fields"] else ()
    wrong = (f"{name} {row[kind.id]}: {words}" for row in rows for words in differences(expected["fields"], row))
    yield from islice(wrong, MOST_TOLD)


def endpoint_differs(play: Play, expected: Endpoint) -> Iterator[str]:
    """Yield how an endpoint differs from the expectation."""
    read = play.world.read()
    if "receiver" in expected:
        named, listening = f"at {play.receivers[expected['receiver']].url}", play.endpoints_at(expected["receiver"])
    else:
        named = expected["id"]
        listening = [endpoint for endpoint in endpoints.all(read) if endpoint.id == named]
    if not listening:
        yield f"there is no endpoint {named}"
    for endpoint in listening:
        types = None if endpoint.types is None else list(endpoint.types)
        own = {"state": endpoint.state(read.now), "muted_until": moment(endpoint.muted_until), "types": types}
        fields = {name: own[name] if name in own else getattr(endpoint, name) for name in ENDPOINT_FIELDS}
        yield from (f"{endpoint.id} {words}" for words in differences(expected["fields"], fields))


def rows_of(play: Play, expected: base.Fields) -> list[StockRow]:
    """Return the selected stock rows."""
    read = play.world.read()
    try:
        one_row = [stock.get(read, expected["id"])] if "id" in expected else None
    except NotFound:
        return []
    rows = one_row or stock.of_event(read, expected["event"], expected.get("section"))
    return [row for row in rows if expected.get("row") in (None, row.row)]


def stock_differs(play: Play, expected: base.Fields) -> Iterator[str]:
    """Yield which counts differ from the expectation."""
    rows = rows_of(play, expected)
    place = ", ".join(f"{name} {expected[name]}" for name in ("id", "event", "section", "row") if name in expected)
    if not rows:
        yield f"there are no seats at {place}"
        return
    seen = {name: sum(getattr(row, name) for row in rows) for name in COUNTS}
    instead = ", ".join(f"{seen[name]} {name}" for name in COUNTS)
    for name in COUNTS:
        if name in expected and not fits(expected[name], seen[name]):
            yield f"{wanted(expected[name])} of the seats at {place} should be {name}; there are {instead}"
