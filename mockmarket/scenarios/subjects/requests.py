"""`requests`: what vendors' paths were asked, by the scenario itself or by whoever is being tested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import Schema

from mockmarket.scenarios.base import Given, Known, Problem, Subject, a_mapping, a_number, unknown_vendor
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.subjects.counting import AT_LEAST_ONE, miscount, tally, worded
from mockmarket.worlds import journal_query
from mockmarket.worlds.journal import Entry


class RequestsShape(Schema):
    """Requests that match, and how many there are."""

    where = a_mapping("Which, in the words of `POST requests/find`.")
    count = a_number("How many there should be; at least one unless given.", load_default=AT_LEAST_ONE)


def differences(play: Play, given: Given) -> Iterator[str]:
    """Yield how the number of requests differs from what is expected."""
    journal = play.world.journal
    there = tally(told(entry) for entry in journal.find({}))
    entries = journal_query.matching(journal.find({}), given["where"])
    yield from miscount(given["count"], len(entries), f"requests{worded(given['where'])}", f". There are {there}")


def told(entry: Entry) -> str:
    """Write a request for a tally."""
    return f"{entry.vendor} {entry.method} {entry.path} → {entry.status}"


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names that choose requests."""
    where: dict[str, Any] = given["where"]
    yield from unknown_vendor(known, where.get("vendor"), "where", "vendor")
    for name, wanted in where.items():
        if name not in journal_query.TESTS:
            yield ("where", name), f"Requests are not chosen by {name!r}, but by {', '.join(journal_query.TESTS)}."
        elif words := journal_query.CHECKS[name](wanted) if name in journal_query.CHECKS else None:
            yield ("where", name), words


SUBJECT = Subject("requests", "What vendors' paths were asked.", RequestsShape(), differences, problems)
