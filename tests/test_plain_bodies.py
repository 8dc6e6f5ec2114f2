"""Bodies that are read without a schema: as the schema reads them, in every operation, or not at all."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, get_args

import pytest

from mockmarket.api.arguments import load_body
from mockmarket.api.operations import Operation, Plain, Several, load
from mockmarket.api.plain import Read, reader_of
from mockmarket.api.plain_bodies import is_object, plan_of, read_body, value_reader
from mockmarket.api.schemas import schema_of
from mockmarket.control import OPERATIONS as CONTROL
from mockmarket.errors import Invalid
from mockmarket.records import Item, OneOf, Range, Shape, Shaped, item_of, members, origin_of
from tests.effort import tries
from tests.sixth.serving import VENDORS

TABLES = {**{vendor.name: vendor.api.operations for vendor in VENDORS}, "control": CONTROL}
OPERATIONS = [
    pytest.param(operation, id=f"{owner}-{row.id}")
    for owner, rows in TABLES.items()
    for row in rows
    if row.built and (operation := load(row)).body is not None and not isinstance(operation.body, (Plain, Several))
]
ANYTHING: tuple[object, ...] = (
    None, "", "1", "abc", "x" * 300, "é", "a@b.example", "a..b@c.example", "a@b", "http://x.example", "2026-05-01",
    "2026-05-01T19:30:00Z", "+1", "5551234567", "9" * 12, "0.5", 0, 1, 2, -1, 20, 1000, 2.0, 1.5, -0.0, 2**53, 1e300, 10**400, True, False,
    [], [1], ["a", None], {}, {"a": None}, [[]], [{}],
)  # fmt: skip
TEXTS = [value for value in ANYTHING if isinstance(value, str)]
NUMBERS = [value for value in ANYTHING if isinstance(value, (int, float)) and not isinstance(value, bool)]
ROUNDS = tries(100)


def random_value(rng: random.Random, item: Item, depth: int) -> object:
    """Return what may be sent for a value: mostly what its type takes, as far as that is known, else anything."""
    if rng.random() < 0.04:
        return rng.choice(ANYTHING)
    shaped, choices, limits = item.marker(Shaped), item.marker(OneOf), item.marker(Range)
    if origin_of(item.type) is list:
        inner = Item(shaped.shape, False, ()) if shaped else item_of(get_args(item.type)[0])
        return [random_value(rng, inner, depth + 1) for _ in range(rng.choice((0, 1, 1, 2)))]
    shape = shaped.shape if shaped else item.type
    if is_object(shape):
        return random_body(rng, shape, depth + 1)
    if origin_of(item.type) is Literal or choices:
        return rng.choice([*get_args(item.type), *(choices.values if choices else ())])
    if limits and rng.random() < 0.8:
        return rng.choice([value for value in (limits.least, limits.most, 1, 2.0) if value is not None])
    of_type: dict[object, Sequence[object]] = {str: TEXTS, int: NUMBERS, float: NUMBERS, bool: (True, False)}
    return rng.choice(of_type.get(item.type, ANYTHING))


def random_body(rng: random.Random, shape: Shape, depth: int = 0) -> dict[str, object]:
    """Return an object with some members of a shape, in any order, now and then one that it does not name."""
    chosen = [member for member in members(shape) if (member.required and rng.random() < 0.99) or rng.random() < 0.3]
    rng.shuffle(chosen)
    body = {member.name: fitting_value(rng, member.item, depth) for member in chosen if member.required or depth < 4}
    return body | ({"strange": 1} if rng.random() < 0.03 else {})


def fitting_value(rng: random.Random, item: Item, depth: int) -> object:
    """Return one of some random values, the first that can be read, now and then the first of all."""
    read = reader_of(item, partial(value_reader, True))
    values = [random_value(rng, item, depth) for _ in range(1 if depth > 2 or rng.random() < 0.05 else 12)]
    return next((value for value in values if read and reads(read, value)), values[0])


def reads(read: Read, value: object) -> bool:
    """Tell whether a value can be read."""
    try:
        read(value)
    except (ValueError, TypeError, OverflowError):
        return False
    return True


def by_schema(operation: Operation, body: object) -> tuple[Any, tuple[str, ...]] | None:
    """Return what the schema reads and what it leaves unread, or None when it refuses the body."""
    schema, unknown = schema_of(operation.body, "body"), operation.conventions.unknown
    try:
        loaded = load_body(schema, body, unknown, null_is_absent=operation.null_is_absent)
    except Invalid:
        return None
    return loaded.value, loaded.unread


@pytest.mark.thorough
@pytest.mark.parametrize("operation", OPERATIONS)
def test_plain_body_is_as_its_schema_reads_it(operation: Operation) -> None:
    rng = random.Random(str(operation.body))

    bodies: list[object] = [{}, [], None, "text", *(random_body(rng, operation.body) for _ in range(ROUNDS))]
    for body in bodies:
        plain = read_body(operation.body, body, operation.null_is_absent)
        if plain is not None:
            assert (repr(plain), ()) == repr_of(by_schema(operation, body)), body


def repr_of(read: tuple[Any, tuple[str, ...]] | None) -> tuple[str, tuple[str, ...]] | None:
    """Write what was read with its order and types; `True` is not 1 there, nor 1.0."""
    return None if read is None else (repr(read[0]), read[1])


def test_most_bodies_are_plain() -> None:
    operations = operations_of(OPERATIONS)

    assert sum(plan_of(each.body, each.null_is_absent) is not None for each in operations) > len(operations) * 0.8


@pytest.mark.thorough
@pytest.mark.parametrize("id", ["portal-create_order", "portal-update_order"])
def test_right_body_needs_no_schema(id: str) -> None:
    operation = next(operation for param in OPERATIONS if param.id == id for operation in operations_of([param]))
    rng = random.Random(1)

    bodies = [random_body(rng, operation.body) for _ in range(ROUNDS)]

    assert sum(read_body(operation.body, body, operation.null_is_absent) is not None for body in bodies) > ROUNDS / 10


def operations_of(params: Sequence[Any]) -> list[Operation]:
    """Return the operations that a test takes."""
    return [param.values[0] for param in params]
