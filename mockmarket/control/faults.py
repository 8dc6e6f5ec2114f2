"""Faults: which there are, and which are on in the world."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView
from marshmallow import INCLUDE, Schema, fields

from mockmarket.api import web
from mockmarket.control import fault_answers
from mockmarket.control.speech import blueprint
from mockmarket.faults.active.reading import CHOSEN_BY
from mockmarket.faults.base import Fault, Parameter, catalogue

blp = blueprint("faults", "Faults")

Row = dict[str, Any]


def about(words: str, **more: Any) -> Any:
    """Return a field whose value is looked at where faults are read, so that what is wrong is told once for every way in."""
    return fields.Raw(metadata={"description": words, **more}, allow_none=True)


class OneFault(Schema):
    """A fault to be turned on. It applies to whatever all that is given fits, every time unless `times` says how often."""

    class Meta:
        """What is not known here is refused with the names that are."""

        unknown = INCLUDE

    id = about("How to call it; it gets an id without one.", type="string")
    fault = fields.Raw(
        required=True, metadata={"description": "Which: GET faults/catalogue lists them.", "type": "string"}
    )
    vendor = about("For requests to this vendor, or its deliveries.", type="string")
    operation = about(
        "For this operation: method and path template under the base URL, GET /orders/{id}.", type="string"
    )
    key = about("For requests made with this key: its id or name.", type="string")
    endpoint = about("For deliveries to this endpoint, by its id.", type="string")
    notice = about("For deliveries of this type of notice.", type="string")
    times = about('How often it applies: a whole number, or "always".')
    probability = about(
        "How likely it applies each time: above 0, at most 1; the same seed draws the same.", type="number"
    )
    given = fields.Raw(
        data_key="with", allow_none=True, metadata={"description": "The fault's parameters, by name.", "type": "object"}
    )


class FaultList(Schema):
    """The faults that are to be on."""

    faults = fields.List(fields.Nested(OneFault), required=True)


def asked(one: Row) -> Row:
    """Return a fault as it was sent."""
    return {"with" if name == "given" else name: value for name, value in one.items()}


def fault_dict(fault: Fault) -> Row:
    """Describe a fault there is."""
    return {
        "name": fault.name,
        "of": fault.of,
        "moments": list(fault.moments),
        "does": fault.help,
        "chosen_by": list(CHOSEN_BY[fault.of]),
        "parameters": [parameter_dict(name, one) for name, one in fault.parameters.items()],
    }


def parameter_dict(name: str, parameter: Parameter) -> Row:
    """Describe a parameter of a fault."""
    return {
        "name": name,
        "default": parameter.default,
        "help": parameter.help,
        "choices": None if parameter.choices is None else list(parameter.choices),
        "least": parameter.least,
        "most": parameter.most,
    }


@blp.route("/faults")
class Faults(MethodView):
    """The faults that are on."""

    @blp.response(200, fault_answers.Faults)
    def get(self) -> flask.Response:
        """List the faults that are on, in the order in which they are looked at, and how often each was `applied`."""
        return web.answer({"faults": web.world().faults.all()})

    @blp.arguments(FaultList())
    @blp.response(200, fault_answers.Faults)
    def put(self, given: Row) -> flask.Response:
        """Have these faults on and no others, counted from 0. A name that names nothing is refused with those that there are.

        At each moment of a request or a delivery the first fault that applies does: to answer 503 and then 500, put two.
        """
        return web.answer({"faults": web.world().faults.put(asked(one) for one in given["faults"])})

    @blp.arguments(OneFault())
    @blp.response(201, fault_answers.SwitchedFault)
    def post(self, given: Row) -> flask.Response:
        """Turn one more fault on, behind those that are."""
        board = web.world().faults
        return web.answer(board.get(board.add(asked(given))).state(), 201)

    @blp.response(204)
    def delete(self) -> flask.Response:
        """Turn every fault off. What a delivery's fault has put off stays so until its time."""
        web.world().faults.put([])
        return flask.Response(status=204)


@blp.route("/faults/<string:id>")
class SwitchedFault(MethodView):
    """One fault that is on."""

    @blp.response(200, fault_answers.SwitchedFault)
    def get(self, id: str) -> flask.Response:
        """Say how often a fault was applied."""
        return web.answer(web.world().faults.get(id).state())

    @blp.response(204)
    def delete(self, id: str) -> flask.Response:
        """Turn a fault off."""
        web.world().faults.remove(id)
        return flask.Response(status=204)


@blp.route("/faults/catalogue")
class Catalogue(MethodView):
    """The faults that there are."""

    @blp.response(200, fault_answers.Catalogue)
    def get(self) -> flask.Response:
        """List every fault: what it does, at which moment, what it is chosen by, and its parameters."""
        return web.answer({"faults": [fault_dict(fault) for fault in catalogue().values()]})
