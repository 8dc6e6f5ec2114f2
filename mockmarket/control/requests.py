"""The request journal: what integrators sent to the world's vendors, and what it led to."""

from __future__ import annotations

from collections import Counter
from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate

from mockmarket.api import web
from mockmarket.control import answers, request_answers
from mockmarket.control.chain import effects_of
from mockmarket.control.speech import blueprint, moment, text
from mockmarket.errors import NotFound
from mockmarket.worlds import journal_query
from mockmarket.worlds.journal import Entry

blp = blueprint("requests", "The request journal")


class RequestQuery(Schema):
    """Which requests to list."""

    limit = fields.Integer(load_default=100, validate=validate.Range(1, 5000))
    id = fields.String()
    vendor = fields.String()
    method = fields.String()
    path = fields.String()
    status = fields.Integer()
    refused = fields.String(metadata={"description": "The refusal's word, such as scope_missing."})
    fault = fields.String(metadata={"description": "The fault that was applied, such as slow."})


class Either(fields.Raw):
    """A value of one of some types, where JSON lets a question be asked in two ways."""

    def __init__(self, *types: type, words: str, **more: Any) -> None:
        super().__init__(metadata={"description": f"{words[0].upper()}{words[1:]}."}, **more)
        self.types = types
        self.words = words

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if type(value) not in self.types:
            raise ValidationError(f"Must be {self.words}.")
        return value


def check_status(value: int | str) -> None:
    """Refuse what is neither a status nor a class of them."""
    if isinstance(value, str) and not journal_query.CLASS.fullmatch(value):
        raise ValidationError('Must be a status such as 404, or a class such as "4xx".')


def check_headers(value: dict[str, Any]) -> None:
    """Refuse what cannot be asked of a header."""
    for name, wanted in value.items():
        if not (isinstance(wanted, str) or wanted is True):
            raise ValidationError(f"{name} must be a text that its value is or fits, or true for any.")


class RequestWhere(Schema):
    """Which requests are meant: those that meet every condition."""

    id = fields.String()
    vendor = fields.String()
    method = fields.String()
    path = fields.String(metadata={"description": "Equal; with * (any characters) or ? (one) it has to fit."})
    path_prefix = fields.String()
    status = Either(int, str, words='a status such as 404, or a class such as "4xx"', validate=check_status)
    refused = Either(bool, str, words="true for any refusal, false for none, or a refusal's word")
    key = fields.String()
    fault = Either(bool, str, words="true for any fault that was applied, false for none, or a fault's name")
    unread = Either(bool, str, words="true for any field that nothing read, false for none, or such a field's name")
    body_contains = fields.String()
    query_contains = fields.String()
    header = fields.Dict(
        keys=fields.String(),
        validate=check_headers,
        metadata={"description": "By name: a text that the value is or fits (*, ?), or true for any."},
    )
    after = fields.String(
        validate=validate.Regexp(r"r\d+\Z", error="Must be a request's id, such as r000017."),
        metadata={"description": "The id of the request after which it came."},
    )


class Question(Schema):
    """Which requests to look at."""

    where = fields.Nested(RequestWhere, load_default=dict)


class FindBody(Question):
    """Which requests to find, and how many of them to answer with."""

    limit = fields.Integer(load_default=100, strict=True, validate=validate.Range(1, 1000))


def entry_dict(entry: Entry) -> dict[str, Any]:
    """Describe a request and its answer."""
    return {
        "id": entry.id,
        "vendor": entry.vendor,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "headers": [list(pair) for pair in entry.headers],
        "body": text(entry.body),
        "key": entry.key,
        "status": entry.status,
        "answer": text(entry.answer),
        "refused": entry.refused,
        "message": entry.message,
        "unread": list(entry.unread),
        "unsupported": list(entry.unsupported),
        "fault": entry.fault,
        "at": moment(entry.at),
        "wall_at": moment(entry.wall_at),
        "elapsed_ms": round(entry.elapsed_ms, 3),
    }


@blp.route("/requests")
class Requests(MethodView):
    """The journal."""

    @blp.arguments(RequestQuery(), location="query")
    @blp.response(200, answers.Requests)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """List the newest requests, oldest first, with answers; secrets are redacted. `dropped` counts those no longer kept."""
        journal = web.world().journal
        entries = journal.find({name: value for name, value in query.items() if name != "limit"})[-query["limit"] :]
        return web.answer({"requests": [entry_dict(entry) for entry in entries], "dropped": journal.dropped})

    @blp.response(204)
    def delete(self) -> flask.Response:
        """Forget the requests."""
        web.world().journal.clear()
        return flask.Response(status=204)


@blp.route("/requests/find")
class Finding(MethodView):
    """Requests by what they had."""

    @blp.arguments(FindBody())
    @blp.response(200, request_answers.Found)
    def post(self, given: dict[str, Any]) -> flask.Response:
        """Find requests by what they had and what became of them: how many match, and the newest of them, oldest first."""
        journal = web.world().journal
        found = journal_query.matching(journal.find({}), given["where"])
        shown = [entry_dict(entry) for entry in found[-given["limit"] :]]
        return web.answer({"count": len(found), "requests": shown, "dropped": journal.dropped})


@blp.route("/requests/count")
class Counting(MethodView):
    """How many requests."""

    @blp.arguments(Question())
    @blp.response(200, request_answers.Counted)
    def post(self, given: dict[str, Any]) -> flask.Response:
        """Count requests by what they had: in all, by status, and by the word with which some were refused."""
        journal = web.world().journal
        found = journal_query.matching(journal.find({}), given["where"])
        by_status = Counter(str(entry.status) for entry in found)
        refused = Counter(entry.refused for entry in found if entry.refused)
        return web.answer({"count": len(found), "by_status": by_status, "refused": refused, "dropped": journal.dropped})


@blp.route("/requests/unread")
class Unread(MethodView):
    """Fields that nothing read."""

    @blp.response(200, request_answers.Unread)
    def get(self) -> flask.Response:
        """List the fields that were sent and that nothing read, typing errors among them, the most frequent first."""
        journal = web.world().journal
        return web.answer({"unread": journal_query.unread_groups(journal.find({})), "dropped": journal.dropped})


@blp.route("/requests/<string:id>")
class OneRequest(MethodView):
    """One request."""

    @blp.response(200, request_answers.RequestWithEffects)
    def get(self, id: str) -> flask.Response:
        """Describe a request with everything that it caused: records, stock, notices, deliveries, attempts, receivers' answers."""
        world = web.world()
        entry = next(iter(world.journal.find({"id": id})), None)
        if entry is None:
            raise NotFound(
                f"There is no request {id!r}, or it is no longer kept ({world.journal.dropped} are not).",
                hint=f"What it caused may still be in notices?cause={id} and deliveries?cause={id}.",
            )
        return web.answer(entry_dict(entry) | effects_of(world, entry))
