"""What SkyBox's operations share: who is let in, the words of refusals, bodies that are plain numbers, answers, pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, TypeVar

import flask
import orjson

from mockmarket.api.answers import joined, json_answer
from mockmarket.api.arguments import read_json
from mockmarket.api.context import RequestContext
from mockmarket.api.operations import Answer, Conventions
from mockmarket.records import sort_keys
from mockmarket.store import records
from mockmarket.store.records import Condition, Kind, Order, Record
from mockmarket.vendors.skybox import callers
from mockmarket.vendors.skybox.callers import Caller, Session
from mockmarket.vendors.skybox.records.types import MOST_NUMBER, Error, Paging, Payload, Violation
from mockmarket.vendors.skybox.rules.violations import invalid
from mockmarket.webhooks.encoding import java

R = TypeVar("R", bound=Payload)
Write = Callable[[list[Record]], list[Record]]

Context = RequestContext[Caller]
Query = Any
"""A query that is made of a record: its filters, and the members of Paging."""
Body = Record

REFUSALS = {
    400: "A parameter or a field of the body is wrong, or contradicts the state of things: one entry for each.",
    401: "A header is missing, a token is unknown or has expired, or the account is not the user's.",
    403: "The token may not be used from this address.",
    404: "No such thing on this account.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "More requests in a minute than the setting rate_limit allows.",
}
WRITE = (413, 415)
"""Public: writes answer 400 for whatever is wrong with them, the state of things included; there is no 409."""
operation = Conventions(
    Error,
    REFUSALS,
    callers.admit,
    always=(400, 401, 403, 404, 429),
    error_shapes={400: list[Violation]},
)

IDS = Answer({"type": "array", "items": {"type": "integer"}})
WORDS = Answer({"type": "array", "items": {"type": "string"}})


def session(context: Context) -> Session:
    """Return what a call works in."""
    return Session(context.world, context.caller.account, context.caller.actor)


def whole_number() -> int:
    """Return the request's body as a whole number; Invalid for anything else."""
    value = read_json(flask.request)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_whole(value):
        raise invalid("body", "must be a whole number", value)
    return int(value)


def is_whole(value: float) -> bool:
    """Tell whether a number has no fraction and every reader of JSON has it exactly."""
    return abs(value) <= MOST_NUMBER and value == int(value)


def answer(value: object) -> flask.Response:
    """Answer with a record, or with a plain list, as Java writes it."""
    return json_answer(java(value))


def done() -> flask.Response:
    """Answer without a body."""
    return flask.Response(status=200)


def direction(text: str) -> Literal["asc", "desc"]:
    """Read the direction of a sort."""
    return "desc" if text.lower() == "desc" else "asc"


def sorting(query: Paging, record: type) -> list[Order]:
    """Return by which columns a list of records is sorted."""
    columns = sort_keys(record)
    keys = ((query["sortedBy"], query["sortDir"]), (query["sortedByB"], query["sortDirB"]))
    return [(columns[name], direction(way)) for name, way in keys if name]


def offset(query: Paging) -> int:
    """Return how many rows come before a page; pages count from 1, and 0 is the first too (convention)."""
    return (max(query["pageNumber"], 1) - 1) * query["limit"]


def page_of(context: Context, kind: Kind, where: Sequence[Condition], query: Paging, record: type) -> list[bytes]:
    """Return one page of stored records, each as its bytes."""
    return records.page(context.read(), kind, where, sorting(query, record), query["limit"], offset(query))


def page_answer(
    context: Context, kind: Kind, where: Sequence[Condition], query: Paging, record: type
) -> flask.Response:
    """Answer with one page of stored records as they are (public: real clients' code)."""
    rows, count = page_of(context, kind, where, query, record), records.count(context.read(), kind, where)
    return json_answer(b'{"rows":' + joined(rows) + b',"rowCount":%d}' % count)


def written_page(
    context: Context, kind: Kind, where: Sequence[Condition], query: Paging, record: type, write: Write
) -> flask.Response:
    """Answer with one page of stored records as a function writes them."""
    rows = [orjson.loads(row) for row in page_of(context, kind, where, query, record)]
    return rows_answer(write(rows), records.count(context.read(), kind, where))


def rows_answer(rows: Sequence[object], count: int, **totals: object) -> flask.Response:
    """Answer with one page of rows that were made for it, and what goes beside them."""
    return answer({"rows": list(rows), "rowCount": count, **totals})


def sorted_rows(rows: Sequence[R], query: Paging) -> list[R]:
    """Return rows that are all at hand as a query sorts them; what has no value comes first."""
    ordered = list(rows)
    for name, way in ((query["sortedByB"], query["sortDirB"]), (query["sortedBy"], query["sortDir"])):
        if name:
            ordered.sort(key=partial(rank, name), reverse=direction(way) == "desc")
    return ordered


def rank(name: str, row: Payload) -> tuple[bool, Any]:
    """Return where a row stands in a sort by one of its fields."""
    return row[name] is not None, row[name]


def sorted_page(rows: Sequence[R], query: Paging, **totals: object) -> flask.Response:
    """Answer with one page of rows that are all at hand, and what goes beside it."""
    page = sorted_rows(rows, query)[offset(query) : offset(query) + query["limit"]]
    return rows_answer(page, len(rows), **totals)
