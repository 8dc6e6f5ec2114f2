"""What SkyBox's operations share: who is let in, the words of refusals, calls that answer with what a rule returns, pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import flask
import orjson

from mockmarket.api.answers import joined, json_answer
from mockmarket.api.arguments import read_json
from mockmarket.api.context import RequestContext
from mockmarket.api.operations import Answer, Conventions, Operation, Plain
from mockmarket.records import sort_keys
from mockmarket.store import records
from mockmarket.store.records import Condition, Kind, Order, Record
from mockmarket.vendors.skybox import callers
from mockmarket.vendors.skybox.callers import Caller, Session
from mockmarket.vendors.skybox.records.types import MOST_NUMBER, Error, Paging, Payload, Violation
from mockmarket.vendors.skybox.rules.violations import get_or_404, invalid
from mockmarket.webhooks.encoding import java

Rule = Callable[..., object]
Write = Callable[[list[Record]], list[Record]]
Context = RequestContext[Caller]
Query = Any
"""A query that is made of a record: its filters, and the members of Paging."""

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


def reads(rule: Rule, answer: object, about: str | None = None, query: object = None, **options: Any) -> Operation:
    """Return the call that answers with what a rule reads of an account, described as the rule is unless `about` does it.

    The rule takes a view of the world, the account, the ids in the path, and the query.
    """

    def function(context: Context, *sent: object, **ids: object) -> flask.Response:
        return reply(rule(context.read(), context.caller.account, *ids.values(), *sent))

    function.__doc__ = about or rule.__doc__
    return operation(query=query, answer=answer, **options)(function)


def gets(kind: Kind, shape: type, about: str, shared: bool = False) -> Operation:
    """Return the call that answers with a record by its id: one of the account's, or `shared` by all of them."""
    return reads(lambda read, account, id: get_or_404(read, kind, None if shared else account, id), shape, about)


def writes(rule: Rule, body: object, answer: object, about: str | None = None, **options: Any) -> Operation:
    """Return the call that answers with what a rule changes in one transaction; without `answer`, without a body.

    The rule takes the session, the ids in the path, the query where there is one, and the body; one that is no object is a
    whole number.
    """

    def function(context: Context, *sent: object, **ids: object) -> flask.Response:
        read = [whole_number()] if isinstance(body, Plain) else sent
        with context.world.atomic() as tx:
            result = rule(Session(tx, context.caller.account, context.caller.actor), *ids.values(), *read)
        return reply(result) if answer else flask.Response(status=200)

    function.__doc__ = about or rule.__doc__
    return operation(body=body, answer=answer, refuses=WRITE, **options)(function)


def whole_number() -> int:
    """Return the request's body as a whole number that every reader of JSON has exactly; Invalid for anything else."""
    value = read_json(flask.request)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_whole(value):
        raise invalid("body", "must be a whole number", value)
    return int(value)


def is_whole(value: float) -> bool:
    """Tell whether a number has no fraction and every reader of JSON has it exactly."""
    return abs(value) <= MOST_NUMBER and value == int(value)


def reply(value: object) -> flask.Response:
    """Answer with a record, or with a plain list, as Java writes it."""
    return json_answer(java(value))


def direction(text: str) -> Literal["asc", "desc"]:
    """Read the direction of a sort."""
    return "desc" if text.lower() == "desc" else "asc"


def sorting(query: Paging) -> list[tuple[str, Literal["asc", "desc"]]]:
    """Return by which names a list is sorted, and in which direction."""
    keys = ((query["sortedBy"], query["sortDir"]), (query["sortedByB"], query["sortDirB"]))
    return [(name, direction(way)) for name, way in keys if name]


def offset(query: Paging) -> int:
    """Return how many rows come before a page; pages count from 1, and 0 is the first too (convention)."""
    return (max(query["pageNumber"], 1) - 1) * query["limit"]


def page_answer(
    context: Context, kind: Kind, where: Sequence[Condition], query: Paging, record: type, write: Write | None = None
) -> flask.Response:
    """Answer with one page of stored records as they are (public: real clients' code), or as a function writes them."""
    columns = sort_keys(record)
    order: list[Order] = [(columns[name], way) for name, way in sorting(query)]
    rows = records.page(context.read(), kind, where, order, query["limit"], offset(query))
    count = records.count(context.read(), kind, where)
    if write:
        return rows_answer(write([orjson.loads(row) for row in rows]), count)
    return json_answer(b'{"rows":' + joined(rows) + b',"rowCount":%d}' % count)


def list_answer(context: Context, kind: Kind, where: Sequence[Condition], by: str) -> flask.Response:
    """Answer with a plain list of stored records, as calls without pages do (convention)."""
    return json_answer(joined(records.page(context.read(), kind, where, [(by, "asc")], -1, 0)))


def rows_answer(rows: Sequence[object], count: int, **totals: object) -> flask.Response:
    """Answer with one page of rows that were made for it, and what goes beside them."""
    return reply({"rows": list(rows), "rowCount": count, **totals})


def rank(name: str, row: Payload) -> tuple[bool, object]:
    """Return where a row stands in a sort by one of its fields; what has no value comes first."""
    return row[name] is not None, row[name]


def sorted_page(rows: Sequence[Payload], query: Paging, **totals: object) -> flask.Response:
    """Answer with one page of rows that are all at hand, sorted as the query asks, and what goes beside it."""
    ordered = list(rows)
    for name, way in reversed(sorting(query)):
        ordered.sort(key=partial(rank, name), reverse=way == "desc")
    return rows_answer(ordered[offset(query) : offset(query) + query["limit"]], len(rows), **totals)
