"""Holding an answer to the schema that its call declares: nothing more, nothing less, keys in the schema's order."""

from __future__ import annotations

from functools import cache
from typing import Any

import requests
from marshmallow import RAISE, Schema, fields


def hold(answer: requests.Response, schema: type[Schema] | Schema) -> None:
    """Fail unless an answer is JSON that its schema takes whole and unchanged, keys in the order declared."""
    assert answer.headers["Content-Type"] == "application/json"
    shape, body = made(schema) if isinstance(schema, type) else schema, answer.json()
    loaded = shape.load(body, unknown=RAISE)
    assert body in (loaded, shape.dump(loaded))
    for one in body if shape.many else [body]:
        assert out_of_order(one, shape) == []


@cache
def made(schema: type[Schema]) -> Schema:
    """Return the one instance of a schema that is used here; making one takes longer than what it is made for."""
    return schema()


def out_of_order(body: Any, schema: Schema) -> list[str]:
    """Return what is out of order in a body, at any depth, against the order of its schema's fields."""
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    found = [] if list(body) == [name for name in known if name in body] else [f"{schema}: {list(body)}"]
    for name, value in body.items():
        inner = nested(known[name])
        if inner is not None and value is not None:
            parts = value if isinstance(value, list) else [value]
            found += [line for part in parts for line in out_of_order(part, inner)]
    return found


def nested(field: Any) -> Schema | None:
    """Return the schema within a field, in a list too; None for a plain one."""
    inner = field.inner if isinstance(field, fields.List) else field
    return inner.schema if isinstance(inner, fields.Nested) else None
