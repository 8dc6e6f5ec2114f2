"""The receiver exam over HTTP."""

from __future__ import annotations

import threading
from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from mockmarket.api import web
from mockmarket.control.speech import blueprint
from mockmarket.errors import Conflict
from mockmarket.exam import report, running
from mockmarket.exam.base import Report
from mockmarket.exam.cases import CASES
from mockmarket.exam.holding import ExamOptions, hold
from mockmarket.webhooks.targets import MAX_URL

blp = blueprint("exam", "The receiver exam")

NAMES = [case.name for case in CASES]
TAKEN = threading.Semaphore(1)
"""One exam at a time: each keeps one of the server's threads for as long as its receiver takes to answer."""


class ExamBody(Schema):
    """Which receiver to examine, and how."""

    vendor = fields.String(required=True, metadata={"description": "Whose webhooks it receives."})
    url = fields.String(required=True, validate=validate.Length(1, MAX_URL))
    secret = fields.String(
        required=True, validate=validate.Length(1, 1000), metadata={"description": "What it verifies with."}
    )
    notice = fields.String(
        load_default=None, allow_none=True, metadata={"description": "The type of notice that is sent most."}
    )
    state_url = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(1, MAX_URL),
        metadata={"description": "Where the receiver's state can be read with GET; {record} stands for a record's id."},
    )  # fmt: skip
    headers = fields.String(
        load_default="", metadata={"description": "Headers of the subscription's own: Name: value,Name: value."}
    )
    only_cases = fields.List(fields.String(), load_default=list, data_key="only", attribute="only")
    skip = fields.List(fields.String(), load_default=list)
    settle_s = fields.Float(load_default=running.SETTLE_S, validate=validate.Range(0, 10))


def exam_form(vendors: tuple[str, ...]) -> Schema:
    """Return what an exam asks for as a form shows it, with the vendors to choose from and the cases to tick."""
    cases = fields.List(fields.String(validate=validate.OneOf(NAMES)), load_default=list)
    form = ExamBody.from_dict({"vendor": fields.String(required=True, validate=validate.OneOf(vendors)), "skip": cases})
    return form(exclude=("only_cases",))


class ExamRequest(Schema):
    """What was sent: the body cut, its length in bytes."""

    headers = fields.List(fields.List(fields.String()), required=True)
    body = fields.String(required=True)
    bytes = fields.Integer(required=True)


class ExamAnswer(Schema):
    """What came back."""

    status = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    body = fields.String(required=True)


class ExamExchange(Schema):
    """One request and its answer."""

    request = fields.Nested(ExamRequest, required=True)
    answer = fields.Nested(ExamAnswer, required=True)


class ExamCase(Schema):
    """The verdict on one case."""

    case = fields.String(required=True, validate=validate.OneOf(NAMES))
    title = fields.String(required=True)
    verdict = fields.String(required=True, validate=validate.OneOf(("pass", "fail", "skipped")))
    seen = fields.String(required=True)
    rule = fields.String(required=True)
    likely_bug = fields.String(required=True, allow_none=True)
    elapsed_ms = fields.Float(required=True)
    exchanges = fields.List(fields.Nested(ExamExchange), required=True)


class ExamCounts(Schema):
    """How many cases ended how."""

    passed = fields.Integer(required=True, data_key="pass")
    fail = fields.Integer(required=True)
    skipped = fields.Integer(required=True)


class ExamReport(Schema):
    """The whole exam."""

    vendor = fields.String(required=True)
    url = fields.String(required=True)
    passed = fields.Boolean(required=True)
    counts = fields.Nested(ExamCounts, required=True)
    signature = fields.String(required=True)
    cases = fields.List(fields.Nested(ExamCase), required=True)


@blp.route("/exam")
class Exam(MethodView):
    """The exam of one receiver."""

    @blp.arguments(ExamBody())
    @blp.response(200, ExamReport)
    def post(self, given: dict[str, Any]) -> flask.Response:
        """Examine a receiver: good, spoiled, stale, repeated and reordered webhooks, a verdict on each with rule and likely bug.

        The notices are written of the world's records, and nothing of it is stored. One exam at a time; 409 while another runs.
        """
        return web.answer(report.as_dict(held(given)))


def held(given: dict[str, Any]) -> Report:
    """Hold an exam; Conflict while another one is held."""
    options = ExamOptions(**given | {"only": tuple(given.get("only", ())), "skip": tuple(given["skip"])})
    if not TAKEN.acquire(blocking=False):
        raise Conflict("Another exam is being held; try again when it is over.")
    try:
        return hold(web.world(), options)
    finally:
        TAKEN.release()
