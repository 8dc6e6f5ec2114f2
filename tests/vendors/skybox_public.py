"""SkyBox's public OpenAPI description as its generated client has it: operations with their parameters and answers, and models.

`skybox_operations.tsv` and `skybox_models.tsv` hold the names and types: `*` is required, `[X]` and `List[X]` are lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from mockmarket.vendors.skybox.records.types import ENUMERATIONS

HERE = Path(__file__).parent
ENUMERATED = {
    **{name: ENUMERATIONS[name] for name in ("stockType", "splitType", "seatType", "paymentMethod", "deliveryMethod")},
    **{name: ENUMERATIONS[name] for name in ("purchaseTerm", "salesTerm", "paymentStatus", "fulfillmentStatus")},
    "lineType": ENUMERATIONS["lineType"],
    "lineItemType": ENUMERATIONS["lineItemType"],
    "currencyCode": ENUMERATIONS["currency"],
    "vsrOption": ("ALL", "EVENT_INVENTORY", "OTHER", "NONE"),
    "action": ("INSERT", "UPDATE", "DELETE", "PARTIAL_UPDATE", "CANCEL"),
}
"""The published values of a member, by its name."""
DEPLETED = "DEPLETED"
"""The status of inventory without tickets, whose quantity is 0 where it is read by its id (convention)."""
PLAIN: dict[str, Any] = {"int": int, "number": (int, float), "bool": bool, "str": str}


class Field(NamedTuple):
    """One member of a model, or one parameter."""

    type: str
    required: bool
    least: int | None = None
    lengths: tuple[int, int] | None = None


class Call(NamedTuple):
    """One public operation."""

    parameters: dict[str, Field]
    body: str
    answer: str


def _rows(name: str) -> Iterator[list[str]]:
    lines = (HERE / name).read_text().splitlines()[1:]
    return ([*line.split("\t"), "", "", ""][:4] for line in lines)


@cache
def calls() -> dict[tuple[str, str], Call]:
    """Return the public operations by method and path, whose parts have no names."""
    table = {}
    for operation, query, body, answer in _rows("skybox_operations.tsv"):
        method, path = operation.split(" ")
        parts = (part.strip().split(":") for part in query.split(",") if part.strip())
        parameters = {name.strip("* "): Field(type.strip("* "), "*" in name + type) for name, type in parts}
        table[method, unnamed(path)] = Call(parameters, body, answer)
    return table


@cache
def models() -> dict[str, dict[str, Field]]:
    """Return the fields of each model, those that it takes over from another among them."""
    table: dict[str, dict[str, Field]] = {}
    for title, text, *_ in _rows("skybox_models.tsv"):
        name, _, base = title.partition(": ")
        own = dict(table[base.removesuffix(" and")]) if base else {}
        for part in re.split(r", (?![^(]*\))", text):
            field, type = re.sub(r"\(.*?\)", "", part).strip().split(" ")
            bound = re.search(r"\(≥(\d+)\)", part)
            lengths = re.search(r"\((\d+)–(\d+)\)", part)
            ends = (int(lengths[1]), int(lengths[2])) if lengths else None
            own[field.strip("*")] = Field(type, "*" in field, int(bound[1]) if bound else None, ends)
        table[name.partition(" ")[0]] = own
    return table


def unnamed(path: str) -> str:
    """Return a path whose parts have no names."""
    return re.sub(r"{[^}]+}", "{}", path)


def faults(value: Any, type: str, at: str = "answer") -> Iterator[str]:
    """Yield what is wrong with a value by its public type."""
    inner = re.fullmatch(r"(?:List)?\[(\w+)]", type)
    if isinstance(value, dict) and "rowCount" in value:
        value = value["rows"]  # public: clients read pages, where the description has lists
    if inner or (type in models() and isinstance(value, list)):
        for place, item in enumerate(value if isinstance(value, list) else [value]):
            yield from faults(item, inner[1] if inner else type, f"{at}[{place}]")
    elif type in models():
        yield from _model_faults(value, type, at)
    elif type in ("date", "datetime"):
        yield from _date_faults(value, type, at)
    elif type in PLAIN and (not isinstance(value, PLAIN[type]) or (isinstance(value, bool) and type != "bool")):
        yield f"{at} is {value!r}, not {type}"


def _date_faults(value: Any, type: str, at: str) -> Iterator[str]:
    try:
        (date if type == "date" else datetime).fromisoformat(value)
    except ValueError:
        yield f"{at} is {value!r}, not a {type}"


def _model_faults(value: Any, type: str, at: str) -> Iterator[str]:
    fields = models()[type]
    for name, field in fields.items():
        item = value.get(name)
        if item is None:
            if field.required:
                yield f"{at}.{name} is missing or null"
        elif name in ENUMERATED and any(
            text not in ENUMERATED[name] for text in ([item], item)[isinstance(item, list)]
        ):
            yield f"{at}.{name} is {item!r}, no published value"
        else:
            yield from faults(item, field.type, f"{at}.{name}")
        if item is not None and field.least is not None and item < field.least and value.get("status") != DEPLETED:
            yield f"{at}.{name} is {item}, less than {field.least}"
        if item is not None and field.lengths and not field.lengths[0] <= len(item) <= field.lengths[1]:
            yield f"{at}.{name} is {item!r}, whose length is not from {field.lengths[0]} to {field.lengths[1]}"
    if type.endswith("Summary"):
        yield from (f"{at}.{name} is missing" for name in fields if name not in value and name != "tickets")
