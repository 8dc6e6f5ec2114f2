"""Expectations of a world's history.

`deliveries`: their receivers, states and attempts; `notices`: what vendors announced, with or without subscribers;
`requests`: calls of vendors' paths, by the scenario itself or by the program under test; `received`: webhooks that
reached one of the scenario's own receivers, with duplicates and order."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated, Required, TypedDict

import orjson
from marshmallow import fields

from mockmarket.matching.operators import differences, fits, miscount, same, tally, wanted, worded
from mockmarket.matching.paths import AbsentError, Json, find, json_text
from mockmarket.records import Default, Reads
from mockmarket.scenarios import base
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.receiver import Arrived
from mockmarket.seed.problems import Problem, below
from mockmarket.store import history
from mockmarket.store.records import Record
from mockmarket.worlds import journal_query

MOST_LOOKED_AT = 1_000
MOST_TOLD = 3
LOOKED_AT = ("attempts", "last_status", "reason")
"""Fields of a delivery that may be expected of each matching one."""
NARROW = ("state", "record", "cause", "why")
"""Conditions on deliveries that are dropped to list the alternatives in an error."""
NOT_THERE = "(not there)"
SEEN = ("count", "distinct", "answered", "each", "last", "headers", "sequence")
"""The fields of which an expectation of received webhooks needs at least one."""


def _wrong_conditions(known: base.Known, where: base.Fields, _: base.Fields) -> Iterator[Problem]:
    if where.get("vendor") is not None:
        yield from below(("vendor",), base.absent("vendor", where["vendor"], known.vendors))
    for name, value in where.items():
        if name not in journal_query.CONDITIONS:
            yield (name,), f"Requests cannot be filtered by {name!r}, only by {', '.join(journal_query.CONDITIONS)}."
        elif words := journal_query.CONDITIONS[name].wrong(value):
            yield (name,), words


class DeliveryFilter(TypedDict, total=False):
    """Conditions on deliveries: each given field must be equal. `why` is event, test or trigger; `cause` the request's id."""

    vendor: base.VendorName
    type: base.NoticeName
    kind: base.Text
    record: base.Text
    endpoint: base.Text
    receiver: base.ReceiverName
    state: Annotated[
        base.Text,
        base.Refers(lambda known, state, _: () if "${" in state else base.absent("state", state, history.STATES)),
    ]
    why: base.Text
    cause: base.Text


class NoticeFilter(TypedDict, total=False):
    """Conditions on notices: each given field must be equal; `cause` is the request's id."""

    vendor: base.VendorName
    type: base.NoticeName
    kind: base.Text
    record: base.Text
    cause: base.Text


class Deliveries(TypedDict, total=False):
    """Matching deliveries: their number, the fields of each, and their types in order of creation."""

    where: Annotated[DeliveryFilter, Default(dict)]
    count: base.AtLeastOne
    attempts: base.Count
    last_status: base.Count
    reason: base.Expected
    body: base.ByPath
    types: list[base.Notice]


NoticeWhere = Annotated[NoticeFilter, Default(dict)]
Notices = TypedDict("Notices", {"where": NoticeWhere, "count": base.AtLeastOne, "body": base.ByPath})
RequestWhere = Annotated[base.Values, base.Refers(_wrong_conditions)]  # as in `POST requests/find`
Requests = TypedDict("Requests", {"where": RequestWhere, "count": base.AtLeastOne})
Status = Annotated[int | None, Reads(fields.Integer().deserialize, {"type": ["integer", "null"]})]


class Received(TypedDict, total=False):
    """Webhooks that reached a receiver: their number, the number of distinct ones, their contents and order. `where` selects those whose
    JSON has these values, `count` includes repeats and `distinct` counts those with the same body once. `answered` is the status of each,
    null for a closed connection; `headers` are those of each, by name in lower case; `sequence` has by path the value in each."""

    receiver: Required[base.ReceiverName]
    where: base.ByPath
    count: base.Count
    distinct: base.Count
    answered: list[Status]
    each: base.ByPath
    last: base.ByPath
    headers: base.ByPath
    sequence: Annotated[dict[str, list[object | None]], Default(dict)]


def find_deliveries(play: Play, where: base.Fields) -> list[Record]:
    """Return the matching deliveries, oldest first."""
    plain = {name: value for name, value in where.items() if name != "receiver"}
    rows = history.deliveries(play.world.read(), plain, MOST_LOOKED_AT)[::-1]
    if "receiver" not in where:
        return rows
    ids = {endpoint.id for endpoint in play.endpoints_at(where["receiver"])}
    return [row for row in rows if row["endpoint"] in ids]


def deliveries_differ(play: Play, expected: Deliveries) -> Iterator[str]:
    """Yield how deliveries differ from the expectation."""
    where = expected["where"]
    rows = find_deliveries(play, where)
    alternatives = find_deliveries(play, {name: value for name, value in where.items() if name not in NARROW})
    instead = f". There are {tally(map(_outcome, alternatives))}"
    yield from miscount(expected["count"], len(rows), f"deliveries{worded(where)}", instead)
    types = [row["type"] for row in rows]
    if expected.get("types", types) != types:
        wanted_types, seen = ", ".join(expected["types"]), ", ".join(types) or "none"
        yield f"deliveries{worded(where)} should be of {wanted_types} in this order; they are of {seen}"
    yield from islice((words for row in rows for words in _delivery_differs(row, expected)), MOST_TOLD)


def _delivery_differs(row: Record, expected: Deliveries) -> Iterator[str]:
    name = f"the delivery of {row['type']} about {row['record']} ({row['state']})"
    for field, value in expected.items():
        if field in LOOKED_AT and not fits(value, row[field]):
            yield f"{name} should have {field} {wanted(value)}; it has {json_text(row[field])}"
    yield from _body_differs(name, row, expected["body"])


def _body_differs(name: str, row: Record, expected: base.Fields) -> Iterator[str]:
    if expected:
        yield from (f"in {name} {words}" for words in differences(expected, orjson.loads(row["body"])))


def _outcome(row: Record) -> str:
    after = f" after {row['attempts']} attempts" if row["attempts"] else ""
    answered = f", last answered {row['last_status']}" if row["last_status"] else ""
    return f"{row['vendor']} {row['type']} {row['state']}{after}{answered}"


def notices_differ(play: Play, expected: Notices) -> Iterator[str]:
    """Yield how notices differ from the expectation."""
    read, where = play.world.read(), expected["where"]
    rows = history.notices(read, where, MOST_LOOKED_AT)[::-1]
    wider = {name: value for name, value in where.items() if name == "vendor"}
    alternatives = tally(f"{row['vendor']} {row['type']}" for row in history.notices(read, wider, MOST_LOOKED_AT))
    yield from miscount(expected["count"], len(rows), f"notices{worded(where)}", f". There are {alternatives}")
    bodies = (_body_differs(f"{row['type']} about {row['record']}", row, expected["body"]) for row in rows)
    yield from islice((words for body in bodies for words in body), MOST_TOLD)


def requests_differ(play: Play, expected: Requests) -> Iterator[str]:
    """Yield how the number of requests differs from the expectation."""
    entries, where = play.world.journal.find({}), expected["where"]
    alternatives = tally(f"{entry.vendor} {entry.method} {entry.path} → {entry.status}" for entry in entries)
    count = len(journal_query.matching(entries, where))
    yield from miscount(expected["count"], count, f"requests{worded(where)}", f". There are {alternatives}")


def webhooks_differ(play: Play, expected: Received) -> Iterator[str]:
    """Yield how the received webhooks differ from the expectation."""
    receiver = play.receivers[expected["receiver"]]
    came = [hook for hook in receiver.arrivals() if not any(differences(expected["where"], hook.json))]
    instead = "".join(f"\n    {hook.body[:160].decode('utf-8', 'replace')}" for hook in came[:3])
    if "count" in expected:
        count = len(came) if expected["where"] else receiver.count
        yield from miscount(expected["count"], count, f"webhooks at {receiver.name}", instead)
    if "distinct" in expected:
        bodies = len({hook.body for hook in came})
        yield from miscount(expected["distinct"], bodies, f"different webhooks at {receiver.name}", instead)
    statuses = [hook.answered for hook in came]
    if expected.get("answered", statuses) != statuses:
        words = f"webhooks at {receiver.name} should have been answered {json_text(expected['answered'])}"
        yield f"{words}; they were answered {json_text(statuses)}"
    yield from _contents_differ(came, expected)
    for path, values in expected["sequence"].items():
        seen = [_value_at(hook, path) for hook in came]
        if not same(values, seen):
            yield f"{path} should be {json_text(values)} in this order; it is {json_text(seen)}"


def _contents_differ(came: Sequence[Arrived], expected: Received) -> Iterator[str]:
    for number, hook in enumerate(came, 1):
        headers = {name.lower(): value for name, value in hook.headers.items()}
        wrong = [*differences(expected["each"], hook.json), *differences(expected["headers"], headers)]
        yield from (f"in webhook {number} of {len(came)} {words}" for words in wrong)
    if expected["last"]:
        wrong = list(differences(expected["last"], came[-1].json)) if came else ["nothing came"]
        yield from (f"in the last webhook {words}" for words in wrong)


def _value_at(hook: Arrived, path: str) -> Json:
    try:
        return find(hook.json, path)
    except AbsentError:
        return NOT_THERE
