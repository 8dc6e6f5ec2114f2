"""Kiosk's four calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask

from mockmarket.api.answers import joined, json_answer
from mockmarket.api.callers import by_key
from mockmarket.api.context import RequestContext
from mockmarket.api.operations import Conventions
from mockmarket.records import Create
from mockmarket.store import records
from mockmarket.store.keys import Key
from tests.sixth.kiosk import rules, wire
from tests.sixth.kiosk.records import OfferAnswer, Pass, PassAnswer, Problem
from tests.sixth.kiosk.wire import OFFER, PASS

Context = RequestContext[Key]


def spoken_word(environ: Mapping[str, Any]) -> str | None:
    """Take the credential from `Authorization: Kiosk …`."""
    scheme, _, word = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
    return word if scheme == "Kiosk" else None


operation = Conventions(
    Problem, {401: "No word, or an unknown one."}, by_key("Authorization: Kiosk", spoken_word), always=(401,)
)


@operation(answer=OfferAnswer, scope="offers")
def list_offers(context: Context) -> flask.Response:
    """List what is left, in the order of the fixture."""
    return json_answer(
        b'{"ok":1,"offers":' + joined(records.page(context.read(), OFFER, [("left", ">", 0)], [], -1, 0)) + b"}"
    )


@operation(body=Create(Pass), answer=PassAnswer, status=201, scope="passes")
def hold_pass(context: Context, body: dict[str, Any]) -> flask.Response:
    """Hold a pass."""
    return json_answer(wire.one_pass(rules.hold_pass(context.world, body)), 201)


@operation(answer=PassAnswer, scope="passes")
def get_pass(context: Context, id: str) -> flask.Response:
    """Show a pass."""
    return json_answer(wire.one_pass(rules.get_or_404(context.read(), PASS, id)))


@operation(answer=PassAnswer, scope="passes")
def pay_pass(context: Context, id: str) -> flask.Response:
    """Pay a pass that is held."""
    return json_answer(wire.one_pass(rules.pay_pass(context.world, id)))
