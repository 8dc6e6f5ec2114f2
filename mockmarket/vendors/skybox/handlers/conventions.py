"""What SkyBox's operations share: who is let in, the words of refusals, calls that are made of a rule or of a kind of record."""

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
from mockmarket.records import Query, sort_keys
from mockmarket.store import Read, records
from mockmarket.store.records import Condition, Kind, Record
from mockmarket.vendors.skybox import callers
from mockmarket.vendors.skybox.callers import Caller, Session
from mockmarket.vendors.skybox.records.types import MOST_NUMBER, Error, Paging, Payload, Violation
from mockmarket.vendors.skybox.rules import searching
from mockmarket.vendors.skybox.rules.violations import get_or_404, invalid
from mockmarket.vendors.skybox.wire import CATEGORY, EVENT, PERFORMER, VENUE
from mockmarket.webhooks.encoding import java

Rule = Callable[..., object]
Where = Callable[[Read, Payload], Sequence[Condition]]
Write = Callable[[list[Record]], list[Record]]
Context = RequestContext[Caller]

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
SHARED = (EVENT, VENUE, PERFORMER, CATEGORY)
"""Kinds of record that are every account's."""


def reads(rule: Rule, answer: object, about: str | None = None, query: object = None, **options: Any) -> Operation:
    """Return the call that answers with what a rule reads of an account, described as the rule is unless `about` does it.

    The rule takes a view of the world, the account, what varies in the path, and the query.
    """

    def function(context: Context, *sent: object, **parts: object) -> flask.Response:
        return reply(rule(context.read(), context.caller.account, *parts.values(), *sent))

    function.__doc__ = about or rule.__doc__
    return operation(query=query, answer=answer, **options)(function)


def writes(rule: Rule, body: object, answer: object, about: str | None = None, **options: Any) -> Operation:
    """Return the call that answers with what a rule changes in one transaction; without `answer`, without a body.

    The rule takes the session, what varies in the path, the query where there is one, and the body; one that is no object is
    a whole number.
    """

    def function(context: Context, *sent: object, **parts: object) -> flask.Response:
        loaded = [whole_number()] if isinstance(body, Plain) else sent
        with context.world.atomic() as tx:
            result = rule(Session(tx, context.caller.account, context.caller.by), *parts.values(), *loaded)
        return reply(result) if answer else flask.Response(status=200)

    function.__doc__ = about or rule.__doc__
    return operation(body=body, answer=answer, refuses=WRITE, **options)(function)


def gets(kind: Kind, shape: type, about: str) -> Operation:
    """Return the call that answers with a record by its id."""
    return reads(
        lambda read, account, id: get_or_404(read, kind, None if kind in SHARED else account, id), shape, about
    )


def lists(kind: Kind, answer: object, by: str, about: str, query: object = None, **options: Any) -> Operation:
    """Return the call that answers with stored records in a plain list, as calls without pages do (convention)."""

    def function(context: Context, *sent: Payload) -> flask.Response:
        where = found_by(context, kind, query, *sent)
        return json_answer(joined(records.page(context.read(), kind, where, [(by, "asc")], -1, 0)))

    function.__doc__ = about
    return operation(query=query, answer=answer, **options)(function)


def searches(
    kind: Kind, query: Query, answer: object, about: str, where: Where | None = None, sort: str = "", **options: Any
) -> Operation:
    """Return the call that answers with a page of stored records.

    `where` gives conditions besides those of the query's filters; `sort` is the name to sort by unless the query has one.
    """

    def function(context: Context, sent: Any) -> flask.Response:
        also = where(context.read(), sent) if where else ()
        sent["sortedBy"] = sent["sortedBy"] or sort
        return page_answer(context, kind, [*found_by(context, kind, query, sent), *also], sent, query.record)

    function.__doc__ = about
    return operation(query=query, answer=answer, **options)(function)


def found_by(context: Context, kind: Kind, query: object, sent: Payload | None = None) -> list[Condition]:
    """Return what a query's filters ask of a kind of record, of the account's unless they are everybody's."""
    own: list[Condition] = [] if kind in SHARED else [("account", "=", context.caller.account)]
    return [*own, *searching.filtered(sent, query)] if sent else own


def page_answer(
    context: Context, kind: Kind, where: Sequence[Condition], query: Paging, record: type, write: Write | None = None
) -> flask.Response:
    """Answer with a page of stored records as they are (public: real clients' code), or as a function writes them."""
    order = [(sort_keys(record)[name], way) for name, way in sorting(query)]
    rows = records.page(context.read(), kind, where, order, query["limit"], offset(query))
    count = records.count(context.read(), kind, where)
    if write:
        return reply({"rows": write([orjson.loads(row) for row in rows]), "rowCount": count})
    return json_answer(b'{"rows":' + joined(rows) + b',"rowCount":%d}' % count)


def whole_number() -> int:
    """Return the request's body as a whole number that every reader of JSON has exactly; Invalid for anything else."""
    value = read_json(flask.request)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or abs(value) > MOST_NUMBER or value != int(value):
        raise invalid("body", "must be a whole number", value)
    return int(value)


def reply(value: object) -> flask.Response:
    """Answer with a record, or with a plain list, as Java writes it."""
    return json_answer(java(value))


def sorting(query: Paging) -> list[tuple[str, Literal["asc", "desc"]]]:
    """Return by which names a list is sorted, and in which direction."""
    keys = ((query["sortedBy"], query["sortDir"]), (query["sortedByB"], query["sortDirB"]))
    return [(name, "desc" if way.lower() == "desc" else "asc") for name, way in keys if name]


def offset(query: Paging) -> int:
    """Return how many rows come before a page; pages count from 1, and 0 is the first too (convention)."""
    return (max(query["pageNumber"], 1) - 1) * query["limit"]


def rank(name: str, row: Payload) -> tuple[bool, object]:
    """Return where a row stands in a sort by one of its fields; what has no value comes first."""
    return row[name] is not None, row[name]


def sorted_page(rows: Sequence[Payload], query: Paging, **totals: object) -> flask.Response:
    """Answer with one page of rows that are all at hand, sorted as the query asks, and what goes beside it."""
    ordered = list(rows)
    for name, way in reversed(sorting(query)):
        ordered.sort(key=partial(rank, name), reverse=way == "desc")
    return reply({"rows": ordered[offset(query) : offset(query) + query["limit"]], "rowCount": len(rows), **totals})
