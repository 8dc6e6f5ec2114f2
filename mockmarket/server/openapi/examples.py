"""Examples in the OpenAPI document: of each body, made from its schema."""

import re
from collections.abc import Mapping
from typing import Any

from mockmarket.server.openapi.reading import Part, Spec, contents, resolved

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
    "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl",
)  # fmt: skip
"""Example texts for patterns: the first one that a pattern matches is its example."""


def add_examples(spec: Spec) -> None:
    """Add an example to the bodies of each operation: to the record inside the body where there is one, else to the body itself."""
    for content in contents(spec):
        home = record_of(spec, content.get("schema", {}))
        if home is None:
            content.setdefault("example", example(spec, content.get("schema", {})))
        else:
            home.setdefault("examples", [example(spec, home)])


def body_example(spec: Part, content: Part) -> Any:
    """Return the example of a body in a finished document: its own, its schema's, or a new one."""
    schema = resolved(spec, content["schema"])
    own = [content["example"]] if "example" in content else schema.get("examples", ())
    return next(iter(own), None) or example(spec, schema)


def record_of(spec: Part, schema: Part) -> dict[str, Any] | None:
    """Return the innermost component that a body is or contains first; None for a body without components."""
    component = resolved(spec, schema) if "$ref" in schema else None
    parts = [schema.get("items", {})] if component is None else component.get("properties", {}).values()
    parts = [part.get("items", part) for part in parts]
    inner = (record_of(spec, part) for part in parts if "$ref" in part and resolved(spec, part) is not component)
    return next(inner, None) or component  # type: ignore[return-value]  # a component is a dict


def example(spec: Part, schema: Part, depth: int = 0) -> Any:
    """Return a value that a schema accepts; below the first level, optional members of an object are left out."""
    schema = resolved(spec, schema)
    for key in ("example", "default", "const"):
        if schema.get(key) is not None:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    if "allOf" in schema:
        return {key: member for part in schema["allOf"] for key, member in example(spec, part, depth).items()}
    for key in ("oneOf", "anyOf"):
        if schema.get(key):
            return example(spec, schema[key][0], depth)
    return MAKERS.get(type_of(schema), lambda *_: "example")(spec, schema, depth)


def type_of(schema: Part) -> str:
    """Return a schema's first type other than null."""
    types = schema.get("type", "object" if "properties" in schema else "string")
    return types if isinstance(types, str) else next(name for name in types if name != "null")


def an_object(spec: Part, schema: Part, depth: int) -> Any:
    """Return an object with its required members."""
    members = schema.get("properties", {}) if depth < DEEPEST else {}
    needed = ((name, member) for name, member in members.items() if name in schema.get("required", []))
    return {
        name: example(spec, member, depth + 1)
        for name, member in needed
        if "pattern" not in resolved(spec, member) or text(spec, member) is not None  # a pattern that a sample fits
    }


def text(spec: Part, schema: Part, _depth: int = 0) -> str | None:
    """Return a text of the schema's format, or one that its pattern matches."""
    schema = resolved(spec, schema)
    if "pattern" in schema:
        pattern = schema["pattern"]
        samples = (*SAMPLES, pattern.lstrip("^").replace(".+", "example"))
        return next((sample for sample in samples if re.match(pattern, sample)), None)
    return FORMATS.get(schema.get("format", ""), "example")[: schema.get("maxLength", 100)]


MAKERS: Mapping[str, Any] = {
    "object": an_object,
    "array": lambda spec, schema, depth: (
        [example(spec, schema.get("items", {}), depth + 1)] if depth < DEEPEST - 1 else []
    ),
    "string": text,
    "number": lambda _spec, schema, _depth: float(schema.get("minimum", 12.5)) or 12.5,
    "integer": lambda _spec, schema, _depth: int(max(schema.get("minimum", 1), min(1, schema.get("maximum", 1)))),
    "boolean": lambda *_: True,
}
