"""`notices`: what vendors had to tell, whether anybody listened or not."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from marshmallow import Schema, fields

from mockmarket.scenarios import fields as expected
from mockmarket.scenarios.base import (
    Given,
    Known,
    Problem,
    Subject,
    a_number,
    a_text,
    some_fields,
    unknown_notice,
    unknown_vendor,
)  # fmt: skip
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.subjects.counting import AT_LEAST_ONE, miscount, tally, worded
from mockmarket.store import history

MOST_LOOKED_AT = 1_000
MOST_TOLD = 3


class Where(Schema):
    """Which notices: each that is given must be equal."""

    vendor = a_text("Whose.")
    type = a_text("Of which type.")
    kind = a_text("About which kind of record.")
    record = a_text("About which record, by id.")
    cause = a_text("By which request: `${request}` is the last call.")


class NoticesShape(Schema):
    """Notices that match, how many there are, and what is in each."""

    where = fields.Nested(
        Where, load_default=dict, metadata={"description": "Which; each that is given must be equal."}
    )
    count = a_number("How many there should be; at least one unless given.", load_default=AT_LEAST_ONE)
    body = some_fields("What is in the body of each, by path.")


def differences(play: Play, given: Given) -> Iterator[str]:
    """Yield how notices differ from what is expected of them."""
    read, where = play.world.read(), given["where"]
    rows = history.notices(read, where, MOST_LOOKED_AT)[::-1]
    wider = {name: value for name, value in where.items() if name == "vendor"}
    there = tally(f"{row['vendor']} {row['type']}" for row in history.notices(read, wider, MOST_LOOKED_AT))
    yield from miscount(given["count"], len(rows), f"notices{worded(where)}", f". There are {there}")
    told = [
        f"in {row['type']} about {row['record']} {words}"
        for row in rows
        if given["body"]
        for words in expected.differences(given["body"], orjson.loads(row["body"]))
    ]
    yield from told[:MOST_TOLD]


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names in an expectation."""
    where = given["where"]
    yield from unknown_vendor(known, where.get("vendor"), "where", "vendor")
    yield from unknown_notice(known, where.get("vendor"), where.get("type"), "where", "type")


SUBJECT = Subject("notices", "What vendors had to tell.", NoticesShape(), differences, problems)
