"""What SkyBox's operations share: admission, error answers, and calls built from a rule or a kind of record."""

from collections.abc import Callable
from functools import partial
from types import GenericAlias
from typing import Any

import flask
import orjson

from mockmarket.api.bodies import body_of, joined, json_answer, read_json
from mockmarket.api.context import RequestContext
from mockmarket.api.operations import Answer, Conventions, Operation, Plain
from mockmarket.current import current_request
from mockmarket.records import Query, sort_keys
from mockmarket.store import Read, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.skybox import callers, wire
from mockmarket.vendors.skybox.records.types import MOST_NUMBER, Error, Page, Payload, Violation
from mockmarket.vendors.skybox.rules import filtering, summaries
from mockmarket.webhooks.encoding import java

Rule = Callable[..., object]
Context = RequestContext[callers.Caller]
Names = tuple[str, ...]

REFUSALS = {
    400: "A parameter or a field of the body is wrong, or contradicts the state of things: one entry for each.",
    401: "A header is missing, a token is unknown or has expired, or the account is not the user's.",
    403: "The token may not be used from this address.",
    404: "No such thing on this account.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "More requests in a minute than the setting rate_limit allows.",
}
WRITE = (413, 415)  # public: writes answer 400 for whatever is wrong with them, the state of things included; no 409
NOTHING: Payload = {}
ALWAYS = (400, 401, 403, 404, 429)
SHAPES = {400: list[Violation]}
operation = Conventions(
    Error, REFUSALS, callers.admit, ALWAYS, write=lambda _, data, status: json_answer(java(data)), error_shapes=SHAPES
)

MOST_IDS = 1000  # as in lists of ids elsewhere
IDS = Answer({"type": "array", "items": {"type": "integer"}})
WORDS = Answer({"type": "array", "items": {"type": "string"}})
WRITTEN: dict[Kind, Callable[[Read, Record, Payload], Record]] = {
    wire.PURCHASE: partial(summaries.order, "PURCHASE"),
    wire.INVOICE: partial(summaries.order, "INVOICE"),
    wire.HOLD: lambda read, row, _: summaries.hold(read, row),
}
"""The form of a kind's records in search answers, where it differs from the stored one (public: the …Summary models)."""
ORDER = {wire.EVENT: "date", wire.VENUE: "name"}


def reads(rule: Rule, answer: object, about: str | None = None, **options: Any) -> Operation:
    """Return the call that answers with a rule's result for an account, documented by the rule's docstring or `about`.

    The rule takes a view of the world, the account, the path's parameters, and the query."""

    def function(context: Context, *sent: object, **parts: object) -> object:
        return rule(context.read(), context.caller.account, *parts.values(), *sent)

    return operation(answer=answer, about=about or rule.__doc__, **options)(function)


def writes(rule: Rule, body: object, answer: object, about: str | None = None, **options: Any) -> Operation:
    """Return the call that answers with the result of a rule's transaction; without `answer`, without a body.

    The rule takes the session, the path's parameters, the query, and the body: an object, an integer or a list of them."""

    def function(context: Context, *sent: object, **parts: object) -> object:
        if body is not None and not body_of(current_request()):  # convention: what changes nothing says so, as {}
            raise wire.invalid("body", "may not be empty; send JSON")
        loaded = [_plain(body)] if isinstance(body, Plain) else sent
        with context.world.atomic() as tx:
            result = rule(callers.Session(tx, context.caller.account, context.caller.by), *parts.values(), *loaded)
        return result if answer else flask.Response(status=200)

    return operation(body=body, answer=answer, refuses=WRITE, about=about or rule.__doc__, **options)(function)


def gets(kind: Kind, shape: type, about: str) -> Operation:
    """Return the call that answers with a record by its id."""
    return reads(lambda read, account, id: wire.get_or_refuse(read, kind, account, id), shape, about)


def lists(kind: Kind, shape: type, about: str, query: object = None, unsupported: Names = ()) -> Operation:
    """Return the call that answers with stored records in a plain list without pages (convention)."""
    by = "name" if kind in wire.SHARED else "number"

    def function(context: Context, sent: Payload = NOTHING) -> flask.Response:
        read = context.read()
        where = filtering.conditions(read, kind, context.caller.account, sent, query)
        return json_answer(joined(records.page(read, kind, where, [(by, "asc")], -1, 0)))

    return operation(query=query, answer=GenericAlias(list, (shape,)), unsupported=unsupported, about=about)(function)


def searches(kind: Kind, query: Query, about: str, unsupported: Names = (), shape: type | None = None) -> Operation:
    """Return the call that answers with a page of stored records, in the query's shape unless they are written in another."""

    def function(context: Context, sent: Record) -> flask.Response | Record:
        read = context.read()
        where = filtering.conditions(read, kind, context.caller.account, sent, query)
        sent["sortedBy"] = sent["sortedBy"] or ORDER.get(kind)
        keys = sort_keys(query.record)
        order = [(filtering.sort_column(kind, keys[name]), way) for name, way in summaries.sorting(sent)]
        rows = records.page(read, kind, where, order, *summaries.window(sent, context.settings()))
        count = records.count(read, kind, where)
        if kind is wire.INVENTORY:
            loaded = [orjson.loads(row) for row in rows]
            return {"rows": summaries.inventory(read, loaded, sent["includeTickets"]), "rowCount": count}
        if kind in WRITTEN:
            return {"rows": [WRITTEN[kind](read, orjson.loads(row), sent) for row in rows], "rowCount": count}
        return json_answer(b'{"rows":' + joined(rows) + b',"rowCount":%d}' % count)

    answer = GenericAlias(Page, (shape or query.record,))
    return operation(query=query, answer=answer, unsupported=unsupported, about=about)(function)


def _plain(body: Plain) -> int | list[int]:
    # A bare value may come without a Content-Type (public: clients send none).
    value = read_json(current_request(), any_content_type=not current_request().content_type)
    if body.schema["type"] == "integer":
        return _whole_number(value, "body")
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_IDS:
        raise wire.invalid("body", f"must be a list of 1 to {MOST_IDS} ids", value)
    return [_whole_number(part, str(place)) for place, part in enumerate(value)]


def _whole_number(value: Any, path: str) -> int:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or abs(value) > MOST_NUMBER or value != int(value):
        raise wire.invalid(path, "must be a whole number", value)
    return int(value)
