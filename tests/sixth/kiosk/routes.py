"""Kiosk's four calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from mockmarket.api import web
from mockmarket.store import records
from tests.sixth.kiosk import rules, wire
from tests.sixth.kiosk.wire import NAME, OFFER, PASS

BASE = "/kiosk/v0"


class ProblemSchema(Schema):
    """Every error answer."""

    ok = fields.Integer(required=True)
    problem = fields.Dict(required=True)


class PassAnswer(Schema):
    """A pass."""

    ok = fields.Integer(required=True)
    record = fields.Dict(required=True, data_key="pass")


class NewPass(Schema):
    """`POST /passes`."""

    offer_no = fields.String(required=True)
    places = fields.Integer(required=True, strict=True, validate=validate.Range(1, 6))
    bearer = fields.String(load_default="whoever holds it")


def spoken_word(environ: Mapping[str, Any]) -> str | None:
    """Take the credential from `Authorization: Kiosk …`."""
    scheme, _, word = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return word if scheme == "Kiosk" else None


blp = web.Blueprint(NAME, __name__, url_prefix=BASE, description="Kiosk")
needs = web.guard(NAME, "Authorization: Kiosk", spoken_word, lambda key: key.scopes)


@blp.route("/offers")
class Offers(MethodView):
    """What can be had."""

    @needs("offers")
    @blp.response(200)
    @blp.alt_response(401, schema=ProblemSchema)
    def get(self) -> flask.Response:
        """List what is left, in the order of the fixture."""
        rows = records.page(web.world().read(), OFFER, [("left", ">", 0)], [], -1, 0)
        return web.json_answer(b'{"ok":1,"offers":' + web.joined(rows) + b"}")


@blp.route("/passes")
class Passes(MethodView):
    """Passes."""

    @needs("passes")
    @blp.arguments(NewPass())
    @blp.response(201, PassAnswer)
    @blp.alt_response(401, schema=ProblemSchema)
    def post(self, asked: dict[str, Any]) -> flask.Response:
        """Hold a pass."""
        return web.json_answer(wire.one_pass(rules.hold_pass(web.world(), asked)), 201)


@blp.route("/passes/<string:id>")
class OnePass(MethodView):
    """A pass."""

    @needs("passes")
    @blp.response(200, PassAnswer)
    @blp.alt_response(401, schema=ProblemSchema)
    def get(self, id: str) -> flask.Response:
        """Show a pass."""
        return web.json_answer(wire.one_pass(rules.found(web.world().read(), PASS, id)))


@blp.route("/passes/<string:id>/pay")
class Payment(MethodView):
    """Money for a pass."""

    @needs("passes")
    @blp.response(200, PassAnswer)
    @blp.alt_response(401, schema=ProblemSchema)
    def post(self, id: str) -> flask.Response:
        """Pay a pass that is held."""
        return web.json_answer(wire.one_pass(rules.pay_pass(web.world(), id)))
