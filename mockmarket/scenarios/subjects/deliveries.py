"""`deliveries`: what was sent to whom, in which state, after how many attempts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from marshmallow import Schema, fields

from mockmarket.scenarios import fields as expected
from mockmarket.scenarios import matching
from mockmarket.scenarios.base import (
    Given,
    Known,
    Problem,
    Subject,
    a_number,
    a_text,
    a_value,
    some_fields,
    unknown_notice,
    unknown_receiver,
    unknown_vendor,
)  # fmt: skip
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.subjects.counting import AT_LEAST_ONE, miscount, tally, worded
from mockmarket.store import endpoints, history

MOST_LOOKED_AT = 1_000
MOST_TOLD = 3
STATES = ("pending", "sending", "delivered", "failed", "exhausted", "rejected", "dropped")
LOOKED_AT = ("attempts", "last_status", "reason")
"""Fields of a delivery that may be expected of each of those that match."""


class Where(Schema):
    """Which deliveries: each that is given must be equal."""

    vendor = a_text("Whose notices.")
    type = a_text("Which type of notice.")
    kind = a_text("About which kind of record.")
    record = a_text("About which record, by id.")
    endpoint = a_text("To which endpoint, by id.")
    receiver = a_text("To which of the scenario's receivers.")
    state = a_text("In which state: pending, sending, delivered, failed, exhausted, rejected or dropped.")
    why = a_text("Why it was made: event, test or trigger.")
    cause = a_text("By which request: `${request}` is the last call.")


class DeliveriesShape(Schema):
    """Deliveries that match, how many there are, and what is true of each."""

    where = fields.Nested(
        Where, load_default=dict, metadata={"description": "Which; each that is given must be equal."}
    )
    count = a_number("How many there should be; at least one unless given.", load_default=AT_LEAST_ONE)
    attempts = a_number("How many attempts each has had.")
    last_status = a_number("What the last attempt of each was answered.")
    reason = a_value("Why each is in its state, in words.")
    body = some_fields("What is in the body of each, by path.")
    types = fields.List(
        fields.String(), metadata={"description": "The type of each, in the order in which they were made."}
    )


def found(play: Play, where: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the deliveries that match, oldest first."""
    read = play.world.read()
    plain = {name: value for name, value in where.items() if name != "receiver"}
    rows = history.deliveries(read, plain, MOST_LOOKED_AT)[::-1]
    if "receiver" not in where:
        return rows
    url = play.receivers[where["receiver"]].url
    ids = {endpoint.id for endpoint in endpoints.all(read) if endpoint.url.startswith(url)}
    return [row for row in rows if row["endpoint"] in ids]


def differences(play: Play, given: Given) -> Iterator[str]:
    """Yield how deliveries differ from what is expected of them."""
    rows, where = found(play, given["where"]), given["where"]
    yield from miscount(given["count"], len(rows), f"deliveries{worded(where)}", instead(play, where))
    if "types" in given and [row["type"] for row in rows] != given["types"]:
        types = ", ".join(row["type"] for row in rows) or "none"
        yield f"deliveries{worded(where)} should be of {', '.join(given['types'])} in this order; they are of {types}"
    yield from list(each_differs(rows, given))[:MOST_TOLD]


def each_differs(rows: list[dict[str, Any]], given: Given) -> Iterator[str]:
    """Yield how each delivery differs."""
    for row in rows:
        name = f"the delivery of {row['type']} about {row['record']} ({row['state']})"
        for field in LOOKED_AT:
            if field in given and not matching.fits(given[field], row[field]):
                words = f"{field} {matching.wanted(given[field])}"
                yield f"{name} should have {words}; it has {matching.shown(row[field])}"
        if given["body"]:
            differing = expected.differences(given["body"], orjson.loads(row["body"]))
            yield from (f"in {name} {words}" for words in differing)


def instead(play: Play, where: Mapping[str, Any]) -> str:
    """Say which deliveries there are when neither state, record nor request is asked for."""
    wider = {name: value for name, value in where.items() if name not in ("state", "record", "cause", "why")}
    rows = found(play, wider)
    return f". There are {tally(told(row) for row in rows)}"


def told(row: Mapping[str, Any]) -> str:
    """Write a delivery for a tally."""
    after = f" after {row['attempts']} attempts" if row["attempts"] else ""
    answered = f", last answered {row['last_status']}" if row["last_status"] else ""
    return f"{row['vendor']} {row['type']} {row['state']}{after}{answered}"


def where_problems(known: Known, where: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names that choose deliveries."""
    yield from unknown_vendor(known, where.get("vendor"), "vendor")
    yield from unknown_receiver(known, where.get("receiver"), "receiver")
    yield from unknown_notice(known, where.get("vendor"), where.get("type"), "type")
    state = where.get("state", "")
    if state and "${" not in state and state not in STATES:
        yield ("state",), f"There is no state {state!r}; there are {', '.join(STATES)}."


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names in an expectation."""
    yield from ((("where", *where), words) for where, words in where_problems(known, given["where"]))
    for index, type in enumerate(given.get("types", ())):
        yield from unknown_notice(known, given["where"].get("vendor"), type, "types", index)


SUBJECT = Subject("deliveries", "What was sent to whom.", DeliveriesShape(), differences, problems)
