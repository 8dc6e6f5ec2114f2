"""Examples for the OpenAPI document, made of its schemas: a value for each body that is sent and each answer that has a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Spec = Mapping[str, Any]

DEEPEST = 4
FORMATS = {
    "date-time": "2026-08-22T20:00:00Z",
    "date": "2026-08-22",
    "email": "buyer@example.com",
    "uri": "https://example.com/webhooks",
    "url": "https://example.com/webhooks",
    "uuid": "3f2b8c1e-7a54-4d0b-9c3e-5d6f7a8b9c0d",
    "binary": "",
}
SAMPLES = (
    "example", "EXAMPLE", "12", "12.50", "5551234567", "+1", "PHP", "2026-08-22", "2026-08-22T20:00:00Z",
    "2026-08-22T20:00:00+0000", "2026-08-22T20:00:00.000Z", "7:00 PM", "20:00", "my-shows", "req_000001", "TN-20260822-A1B2C3", "A1B2C3",
    "req_01J8ZC3V9K2M4N6P8Q0R1S2T3V", "vt_test_example", f"whsec_{'0' * 48}",
)  # fmt: skip
"""Texts of which the first that a pattern takes is its example."""


def add(spec: dict[str, Any]) -> None:
    """Give what each operation sends and answers an example: the record within it, where it has one, else the body itself."""
    for content in contents(spec):
        home = record_of(spec, content.get("schema", {}))
        if home is None:
            content.setdefault("example", example(spec, content.get("schema", {})))
        else:
            home.setdefault("examples", [example(spec, home)])


def contents(spec: Spec) -> Iterator[dict[str, Any]]:
    """Yield the bodies of every operation's request and of its good answers."""
    for operations in spec["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict):
                yield from operation.get("requestBody", {}).get("content", {}).values()
                for answer in operation["responses"].values():
                    yield from answer.get("content", {}).values()


def record_of(spec: Spec, schema: Spec) -> dict[str, Any] | None:
    """Return the component that a body is or holds first, at the greatest depth; None for a body without components."""
    component = resolved(spec, schema) if "$ref" in schema else None
    parts = [schema.get("items", {})] if component is None else component.get("properties", {}).values()
    parts = [part.get("items", part) for part in parts]
    inner = (record_of(spec, part) for part in parts if "$ref" in part and resolved(spec, part) is not component)
    return next(inner, None) or component  # type: ignore[return-value]  # a component is a dict


def example(spec: Spec, schema: Spec, depth: int = 0) -> Any:
    """Return a value that a schema takes; members of an object that need not be there are left out below the first level."""
    schema = resolved(spec, schema)
    for key in ("example", "default", "const"):
        if schema.get(key) is not None:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("oneOf", "anyOf", "allOf"):
        if schema.get(key):
            return example(spec, schema[key][0], depth)
    return MAKERS.get(type_of(schema), lambda *_: "example")(spec, schema, depth)


def resolved(spec: Spec, schema: Spec) -> Spec:
    """Return a schema, or the component that a reference names."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return spec["components"]["schemas"][name] if name else schema


def type_of(schema: Spec) -> str:
    """Return a schema's type, the first that is not null."""
    types = schema.get("type", "object" if "properties" in schema else "string")
    return types if isinstance(types, str) else next(name for name in types if name != "null")


def an_object(spec: Spec, schema: Spec, depth: int) -> Any:
    """Return an object with the members that are needed."""
    members = schema.get("properties", {}) if depth < DEEPEST else {}
    required = schema.get("required", [])
    return {
        name: example(spec, member, depth + 1)
        for name, member in members.items()
        if name in required and takes_sample(spec, member)
    }


def takes_sample(spec: Spec, schema: Spec) -> bool:
    """Tell whether there is an example of a member: not for a pattern that no sample fits."""
    return "pattern" not in resolved(spec, schema) or text(spec, schema, 0) is not None


def a_list(spec: Spec, schema: Spec, depth: int) -> list[Any]:
    """Return a list of one member."""
    return [example(spec, schema.get("items", {}), depth + 1)] if depth < DEEPEST - 1 else []


def text(spec: Spec, schema: Spec, depth: int) -> str | None:
    """Return a text of the schema's format, or that its pattern takes."""
    schema = resolved(spec, schema)
    if "pattern" in schema:
        pattern = schema["pattern"]
        samples = (*SAMPLES, pattern.lstrip("^").replace(".+", "example"))
        return next((sample for sample in samples if re.match(pattern, sample)), None)
    return FORMATS.get(schema.get("format", ""), "example")[: schema.get("maxLength", 100)]


def a_number(spec: Spec, schema: Spec, depth: int) -> float:
    """Return a number within the schema's range."""
    return float(schema.get("minimum", 12.5)) or 12.5


def a_whole_number(spec: Spec, schema: Spec, depth: int) -> int:
    """Return a whole number within the schema's range."""
    return int(max(schema.get("minimum", 1), min(1, schema.get("maximum", 1))))


MAKERS: Mapping[str, Any] = {
    "object": an_object,
    "array": a_list,
    "string": text,
    "number": a_number,
    "integer": a_whole_number,
    "boolean": lambda *_: True,
}
