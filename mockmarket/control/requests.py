"""The request journal: what integrators sent to the world's vendors."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from mockmarket import web
from mockmarket.control import answers
from mockmarket.control.speech import blueprint, moment, text
from mockmarket.journal import Entry

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
