"""`trigger`: a notice about a record that exists, which changes nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from marshmallow import Schema, fields, validate

from mockmarket.scenarios.base import (
    Given,
    Kind,
    Known,
    Problem,
    a_mapping,
    a_text,
    unknown_notice,
    unknown_vendor,
)  # fmt: skip
from mockmarket.scenarios.play import Play


class TriggerShape(Schema):
    """Which notice, about which record, how often, with what changed."""

    vendor = a_text("Whose notice.", required=True)
    type = a_text("Which type of notice.", required=True)
    record = a_text("About which record, by id; the newest without one.", load_default=None)
    override = a_mapping("Values to change in the body, by dotted path.")
    count = fields.Integer(
        load_default=1, strict=True, validate=validate.Range(1, 1000), metadata={"description": "How often."}
    )
    endpoint = a_text("To which endpoint alone, by id; to all that listen without one.", load_default=None)


def title(given: Given) -> str:
    """Say what is triggered."""
    return f"{given['vendor']}: trigger {given['type']}"


def perform(play: Play, given: Given) -> str:
    """Make the notices."""
    body = {name: given[name] for name in ("record", "override", "count", "endpoint")}
    path = f"{quote(given['vendor'], safe='')}/trigger/{quote(given['type'], safe='')}"
    made: dict[str, Any] = play.control("POST", path, body)
    return f"{made['notices']} notices, {made['deliveries']} deliveries"


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names in a trigger."""
    yield from unknown_vendor(known, given["vendor"], "vendor")
    yield from unknown_notice(known, given["vendor"], given["type"], "type")


KIND = Kind("trigger", "Make a notice about a record that exists.", TriggerShape(), perform, title, problems=problems)
