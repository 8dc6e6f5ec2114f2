"""Faults: which there are, and which are on in the world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Required, TypedDict

from mockmarket.control.base import Context, operation
from mockmarket.faults import base
from mockmarket.faults.active.rules import CHOSEN_BY, SwitchedFault
from mockmarket.faults.catalogue import CATALOGUE
from mockmarket.records import Reads, Rows, open_ended
from mockmarket.records.views import From, view
from mockmarket.store.records import Record


def unread(type: str | None = None) -> Reads:
    """Return the format of a value that is looked at where faults are read, so that what is wrong is told once for every way in."""
    return Reads(lambda value: value, {"type": type} if type else {})


TEXT = unread("string")
NewFault = TypedDict("NewFault", {
    "id": Annotated[str | None, TEXT, "How to call it; it gets an id without one."],
    "fault": Required[Annotated[str, TEXT, "Which: GET faults/catalogue lists them."]],
    "vendor": Annotated[str | None, TEXT, "For requests to this vendor, or its deliveries."],
    "operation": Annotated[
        str | None, TEXT,
        "For this operation: method and path template under the base URL, GET /orders/{id}.",
    ],
    "key": Annotated[str | None, TEXT, "For requests made with this key: its id or name."],
    "endpoint": Annotated[str | None, TEXT, "For deliveries to this endpoint, by its id."],
    "notice": Annotated[str | None, TEXT, "For deliveries of this type of notice."],
    "times": Annotated[Any | None, unread(), 'How often it applies: a whole number, or "always".'],
    "probability": Annotated[
        float | None, unread("number"),
        "How likely it applies each time: above 0, at most 1; the same seed draws the same.",
    ],
    "with": Annotated[Record | None, unread("object"), "The fault's parameters, by name."],
}, total=False)  # fmt: skip
"""A fault to be turned on. It applies to whatever all its conditions fit, every time unless `times` says how often.

What is not known here is refused, with the names that are, where faults are read.
"""
open_ended(NewFault)


class Parameter(TypedDict):
    """One parameter of a fault."""

    name: str
    default: Any | None
    help: str
    choices: list[Any | None] | None
    least: float | None
    most: float | None


class Fault(TypedDict):
    """One fault there is."""

    name: str
    of: str
    moments: list[str]
    does: Annotated[str, From("help")]
    chosen_by: Annotated[list[str], From("of", CHOSEN_BY.__getitem__)]
    parameters: list[Parameter]


Faults = Rows("Faults", SwitchedFault)


def fault_dict(fault: base.Fault) -> Fault:
    """Describe a fault there is."""
    parameters = [view(Parameter, parameter, name=name) for name, parameter in fault.parameters.items()]
    return view(Fault, fault, parameters=parameters)


@operation(answer=Faults)
def list_faults(context: Context) -> dict[str, list[SwitchedFault]]:
    """List the faults that are on, in the order in which they are looked at, and how often each was `applied`."""
    return {"faults": context.world.faults.all()}


@operation(body=Rows("FaultList", NewFault, "faults"), answer=Faults)
def replace_faults(context: Context, body: Mapping[str, list[NewFault]]) -> dict[str, list[SwitchedFault]]:
    """Have these faults on and no others, counted from 0. A name that names nothing is refused with those that there are.

    At each moment of a request or a delivery the first fault that applies does: to answer 503 and then 500, put two."""
    return {"faults": context.world.faults.put(body["faults"])}


@operation(body=NewFault, answer=SwitchedFault, status=201)
def add_fault(context: Context, body: NewFault) -> SwitchedFault:
    """Turn one more fault on, behind those that are."""
    faults = context.world.faults
    return faults.get(faults.add(body)).state()


@operation(status=204)
def delete_faults(context: Context) -> None:
    """Turn every fault off. What a delivery's fault has put off stays so until its time."""
    context.world.faults.put([])


@operation(answer=SwitchedFault)
def get_fault(context: Context, id: str) -> SwitchedFault:
    """Say how often a fault was applied."""
    return context.world.faults.get(id).state()


@operation(status=204)
def delete_fault(context: Context, id: str) -> None:
    """Turn a fault off."""
    context.world.faults.remove(id)


@operation(answer=Rows("Catalogue", Fault, "faults"))
def list_catalogue(_context: Context) -> dict[str, list[Fault]]:
    """List every fault: what it does, at which moment, what it is chosen by, and its parameters."""
    return {"faults": [fault_dict(fault) for fault in CATALOGUE.values()]}
