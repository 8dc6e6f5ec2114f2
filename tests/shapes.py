"""Checks that an answer equals the schema that its call declares: the same members, in the schema's order."""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from typing import Any, get_args, get_origin

import requests
from marshmallow import RAISE, Schema, fields

from mockmarket.api.operations import Operation, Plain, load
from mockmarket.api.schemas import schema_of
from mockmarket.records import Row, members
from mockmarket.store import history
from mockmarket.vendor import Vendor
from mockmarket.worlds.world import World


@lru_cache(maxsize=2000)
def operation_of(vendor: Vendor, method: str, path: str) -> Operation:
    """Return the vendor's operation that answers a path below its base URL."""
    return load(operation_row(vendor, method, path))


@lru_cache(maxsize=2000)
def operation_row(vendor: Vendor, method: str, path: str) -> Row:
    """Return the row of the operation that answers a path below the vendor's base URL."""
    target = path.partition("?")[0]
    rows = [
        row for row in vendor.api.operations if row.built and row.method == method and matches(row.template, target)
    ]
    return min(rows, key=lambda row: row.template.count("{"))


def statuses(operation: Operation) -> set[int]:
    """Return the statuses that an operation declares."""
    return {*(answer.status for answer in operation.answers), *operation.refuses}


def argument_names(operation: Operation) -> list[str]:
    """Return the names of an operation's query parameters and body members."""
    shapes = [
        shape for shape in (operation.query, operation.body) if shape is not None and not isinstance(shape, Plain)
    ]
    return [member.name for shape in shapes for member in members(getattr(shape, "shape", shape))]


def matches(template: str, path: str) -> bool:
    """Return whether a path matches a template."""
    return pattern(template).fullmatch(path) is not None


@cache
def pattern(template: str) -> re.Pattern[str]:
    """Return the pattern of a template's paths."""
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))


def hold_to_operation(answer: requests.Response, vendor: Vendor, method: str, path: str) -> None:
    """Fail unless an operation declares an answer's status, and the body has the shape of that status."""
    operation = operation_of(vendor, method, path)
    errors = dict.fromkeys(operation.refuses, operation.conventions.error) | dict(operation.conventions.error_shapes)
    shapes = {declared.status: declared.shape for declared in operation.answers} | errors
    assert answer.status_code in {*shapes, 405, 413, 415, 500}, f"{method} {path} does not declare {answer.status_code}"
    hold(answer, shapes.get(answer.status_code, operation.conventions.error))


def hold(answer: requests.Response, schema: Any) -> None:
    """Fail unless an answer is JSON that its shape or schema loads unchanged, with keys in the declared order."""
    assert answer.headers["Content-Type"] == "application/json"
    hold_body(answer.content, answer_schema(schema))


@lru_cache(maxsize=2000)
def hold_body(content: bytes, shape: Schema) -> None:
    """Fail unless a body is taken whole and unchanged; many answers have the same, which is looked at once."""
    body = json.loads(content)
    loaded = shape.load(body, unknown=RAISE)
    assert body == loaded or body == shape.dump(loaded)
    for part in body if shape.many else [body]:
        assert out_of_order(part, shape) == []


NEWEST = 100  # deliveries of a test's world that are looked at


def hold_notices(world: World) -> None:
    """Fail unless every newest delivery of a world has the body that its vendor's shape of its type declares."""
    for row in history.deliveries(world.read(), {"why": ["event", "test"]}, NEWEST):
        if shape := world.vendors[row["vendor"]].webhooks.payload(row["type"]):
            hold_body(row["body"], answer_schema(shape))


@cache
def answer_schema(shape: Any) -> Schema:
    """Return the schema of a shape, cached: building a schema takes longer than using it."""
    if get_origin(shape) is list:
        return type(schema_of(get_args(shape)[0], "answer"))(many=True)
    return schema_of(shape, "answer")


def out_of_order(body: Any, schema: Schema) -> list[str]:
    """Return the objects in a body, at any depth, whose keys are not in the order of their schema's fields."""
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    problems = [] if list(body) == [name for name in known if name in body] else [f"{schema}: {list(body)}"]
    for name, value in body.items():
        inner = nested(known[name])
        if inner is not None and value is not None:
            parts = value if isinstance(value, list) else [value]
            problems += [line for part in parts for line in out_of_order(part, inner)]
    return problems


def nested(field: Any) -> Schema | None:
    """Return the schema of a nested field or of a list's entries; None for a plain field."""
    inner = field.inner if isinstance(field, fields.List) else field
    return inner.schema if isinstance(inner, fields.Nested) else None
