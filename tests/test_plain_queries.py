"""Queries that are read without a schema: as the schema reads them, in every operation, or not at all."""

from __future__ import annotations

import random
from typing import Any, get_args
from urllib.parse import urlencode

import pytest

from mockmarket.api.arguments import load_query
from mockmarket.api.operations import Operation, load
from mockmarket.api.plain import parameters_of, read_query
from mockmarket.api.schemas import schema_of
from mockmarket.control import OPERATIONS as CONTROL
from mockmarket.errors import Invalid
from mockmarket.records import Member, OneOf, members
from tests.effort import tries
from tests.sixth.serving import VENDORS

TABLES = {**{vendor.name: vendor.api.operations for vendor in VENDORS}, "control": CONTROL}
OPERATIONS = [
    pytest.param(operation, id=f"{owner}-{row.id}")
    for owner, rows in TABLES.items()
    for row in rows
    if row.built and (operation := load(row)).query is not None
]
TEXTS = (
    "", "0", "1", "2", "-1", "7", "100", "101", "1000", "1.5", "1e3", "1e999", "01", "+5", " 1", "abc", "ABC", "true", "False",
    "asc", "desc", "2026-05-01", "2026-05-01T19:30:00Z", "a@b.example", "http://x.example", "9" * 500, "é", "x" * 300, "null",
)  # fmt: skip
ROUNDS = tries(150)


def texts_for(member: Member) -> list[str]:
    """Return what may be sent for a parameter: what it takes, as far as that is known, and anything."""
    choices = [str(value) for value in get_args(member.item.type) if not isinstance(value, type)]
    marker = member.item.marker(OneOf)
    return [*TEXTS, *choices, *(map(str, marker.values) if marker else ())]


def random_query(rng: random.Random, shape: Any) -> str:
    """Return a query string with some parameters of a shape, now and then twice or unknown."""
    pairs = [
        (member.name, rng.choice(texts_for(member)))
        for member in members(shape)
        if member.required or rng.random() < 0.3
        for _ in range(1 + (rng.random() < 0.1))
    ]
    return urlencode(pairs + [("strange", "1")] * (rng.random() < 0.05))


def by_schema(operation: Operation, query: str) -> tuple[dict[str, Any], tuple[str, ...]] | None:
    """Return what the schema reads and what it leaves unread, or None when it refuses the query."""
    try:
        loaded = load_query(schema_of(operation.query, "query"), query, operation.conventions.unknown)
    except Invalid:
        return None
    return loaded.value, loaded.unread


@pytest.mark.parametrize("operation", OPERATIONS)
def test_plain_query_is_as_its_schema_reads_it(operation: Operation) -> None:
    rng = random.Random(str(operation.query))

    for query in ["", *(random_query(rng, operation.query) for _ in range(ROUNDS))]:
        plain = read_query(operation.query, query)
        if plain is not None:
            schema = by_schema(operation, query)
            assert schema is not None, query
            assert (list(plain.items()), ()) == (list(schema[0].items()), schema[1]), query
            assert [type(value) for value in plain.values()] == [type(value) for value in schema[0].values()], query


@pytest.mark.parametrize("operation", OPERATIONS)
def test_empty_parameter_is_as_not_sent(operation: Operation) -> None:
    required = [member for member in members(operation.query) if member.required]
    rest = urlencode([(member.name, "1") for member in required])
    bare = by_schema(operation, rest)

    for member in members(operation.query):
        query = urlencode([(member.name, "")]) + f"&{rest}"
        if member.required:
            assert by_schema(operation, urlencode([(member.name, "")])) is None, member.name
        else:
            assert by_schema(operation, query) == bare, member.name
            assert read_query(operation.query, query) == read_query(operation.query, rest), member.name


def test_unknown_empty_parameter_is_unread() -> None:
    operation = next(param.values[0] for param in OPERATIONS if param.id == "portal-list_events")
    assert isinstance(operation, Operation)

    assert by_schema(operation, "limt=&limit=5") == ({**(read_query(operation.query, "limit=5") or {})}, ("limt",))


def test_most_queries_are_plain() -> None:
    plain = [param for param in OPERATIONS if parameters_of(param.values[0].query) is not None]  # type: ignore[union-attr]

    assert len(plain) > len(OPERATIONS) * 0.8


@pytest.mark.parametrize("operation", OPERATIONS)
def test_right_query_needs_no_schema(operation: Operation) -> None:
    shape = operation.query
    if parameters_of(shape) is None or any(member.required for member in members(shape)):
        pytest.skip("has more than plain parameters, or required ones")

    assert read_query(shape, "") is not None


def test_reading_again_gives_a_value_of_its_own() -> None:
    shape = next(param.values[0].query for param in OPERATIONS if param.id == "portal-list_events")  # type: ignore[union-attr]
    first = read_query(shape, "limit=5")
    assert first is not None
    first["limit"] = 6

    assert read_query(shape, "limit=5") != first
