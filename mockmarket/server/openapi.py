"""The OpenAPI document of every route, built on the first request for it, so that a start does not pay for it."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, get_args, get_origin

import flask

from mockmarket import __version__, control
from mockmarket.api.operations import Answer, Conventions, Plain, Several, load, many_schema
from mockmarket.api.schemas import schema_class
from mockmarket.records import Row
from mockmarket.vendor import Vendor

Spec = dict[str, Any]
"""An OpenAPI document, or a part of it."""
Part = Mapping[str, Any]
"""A read-only part of a document."""
CONTROL_SCHEME = "control"
METHODS = ("get", "put", "post", "patch", "delete")
INFO = {
    "description": "A stateful mock of ticketing marketplaces' APIs. Any path also works under /w/{world}.",
    "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
}
JSON = "application/json"
UNSUPPORTED = (
    "Something published that the mock does not honour was sent, and the core setting `unsupported` refuses it."
)
FLOW = 600
"""A mapping or sequence of at most this many characters is written in flow style."""
WORTH_SHARING = 200
"""A schema whose members are at least this many characters long is shared by reference."""
SUCCESSES = ("200", "201", "202", "204")
SERVERS = [{"url": "/", "description": "the world main, or the one that X-Mockmarket-World names"}]
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


def describe(vendors: tuple[Vendor, ...]) -> Spec:
    """Return the OpenAPI document of these vendors and the control plane."""
    spec = collected(vendors)
    schemes: dict[str, Mapping[str, object]] = {
        CONTROL_SCHEME: {"type": "http", "scheme": "bearer", "description": "Only when --control-token is set."}
    }
    schemes |= {name: scheme for vendor in vendors for name, scheme in vendor.api.security.items()}
    spec["components"]["securitySchemes"] = schemes
    for path, method, operation in operations_of(spec):
        finish(
            operation, method, path, next((vendor for vendor in vendors if path.startswith(f"{vendor.base}/")), None)
        )
    anchor_patterns(spec)
    share(spec, vendors)
    add_examples(spec)
    open_objects(spec)
    extend_schemas(spec["components"]["schemas"])
    return spec


def operations_of(spec: Part) -> Iterator[tuple[str, str, Spec]]:
    """Yield every operation of a document, with its path and method."""
    for path, operations in spec["paths"].items():
        yield from ((path, method, operations[method]) for method in METHODS if method in operations)


def as_yaml(spec: Mapping[str, object]) -> str:
    """Write a document as YAML; short mappings and sequences stand on one line or two."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
            return super().represent_mapping(tag, mapping, len(str(mapping)) < FLOW)

        def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
            plain = not any(isinstance(member, (dict, list)) for member in sequence)
            return super().represent_sequence(tag, sequence, plain or len(str(sequence)) < FLOW)

        def ignore_aliases(self, data: Any) -> bool:
            return True

    return str(yaml.dump(spec, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=160))


def collected(vendors: tuple[Vendor, ...]) -> Spec:
    """Return what flask-smorest collects from every blueprint, registered with an application that serves no requests."""
    from apispec.ext.marshmallow import MarshmallowPlugin  # heavy to import, and needed only here
    from flask_smorest import Api

    app = flask.Flask("mockmarket", static_folder=None)
    app.config.update(API_TITLE="mockmarket", API_VERSION=__version__, OPENAPI_VERSION="3.1.0")
    api = type(
        "MarketApi", (Api,), {"ERROR_SCHEMA": schema_class(control.Error, "body"), "DEFAULT_ERROR_RESPONSE_NAME": None}
    )(app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=schema_name)})
    for vendor in vendors:
        if vendor.api.operations:
            api.register_blueprint(documented(vendor.name, vendor.title, vendor.base, vendor.api.operations))
    for name, rows in itertools.groupby(
        control.OPERATIONS, lambda row: row.handler.partition(":")[0].rpartition(".")[2]
    ):
        api.register_blueprint(documented(name, control.SECTIONS[name], control.BASE, tuple(rows)))
    api.spec.options |= {"info": INFO, "servers": SERVERS}
    document: Spec = api.spec.to_dict()
    return document


def documented(name: str, title: str, base: str, rows: Sequence[Row]) -> Any:
    """Return a blueprint of operations for flask-smorest to document; it serves no requests."""
    from flask_smorest import Blueprint

    blueprint = Blueprint(name, __name__, url_prefix=base, description=title)
    conventions = next(load(row).conventions for row in rows if row.built)
    for row in rows:
        view = described(blueprint, row) if row.built else refusing(blueprint, row, conventions)
        blueprint.route(row.rule, methods=[row.method], endpoint=row.id)(view)
    return blueprint


def described(blueprint: Any, row: Row) -> Any:
    """Return a placeholder view that carries the documentation of an operation."""

    def view(*_: Any, **__: Any) -> None:
        return None

    operation = load(row)
    view.__doc__ = operation.function.__doc__
    for place, shape in (("query", operation.query), ("json", operation.body)):
        view = taking(blueprint, place, shape)(view) if shape is not None else view
    first, *also = operation.answers
    view = blueprint.response(first.status, answer_schema(first.shape), **answer_options(first))(view)
    for other in also:
        view = blueprint.alt_response(other.status, schema=answer_schema(other.shape), **answer_options(other))(view)
    conventions = operation.conventions
    for status in operation.refuses:
        shape = answer_schema(conventions.error_shapes.get(status, conventions.error))
        words = conventions.refusals.get(status) or UNSUPPORTED
        view = blueprint.alt_response(status, schema=shape, description=words)(view)
    security: Spec = {"security": []} if operation.public else {}
    return blueprint.doc(operationId=row.id, **security)(view)


def refusing(blueprint: Any, row: Row, conventions: Conventions[Any]) -> Any:
    """Return a placeholder view that documents an unbuilt call: 501, in the shape of the vendor's other refusals."""

    def view(*_: Any, **__: Any) -> None:
        return None

    view.__doc__ = "Not built: answers 501."
    shape, words = answer_schema(conventions.error), conventions.refusals.get(501, HTTPStatus(501).phrase)
    return blueprint.doc(operationId=row.id, security=[])(blueprint.response(501, shape, description=words)(view))


def taking(blueprint: Any, place: str, shape: Any) -> Any:
    """Return the decorator that documents a query or a body."""
    if isinstance(shape, (Plain, Several)):
        media, schema = (shape.media, shape.schema) if isinstance(shape, Plain) else ((JSON,), many_schema(shape.shape))
        content = {name: {"schema": schema} for name in media}
        return blueprint.doc(requestBody={"required": True, "description": shape.description, "content": content})
    return blueprint.arguments(schema_class(shape, "query" if place == "query" else "body"), location=place)


def answer_schema(shape: Any) -> Any:
    """Return the schema of an answer; for a list of a shape, a schema with `many`."""
    if shape is None or isinstance(shape, dict):
        return shape
    return many_schema(get_args(shape)[0]) if get_origin(shape) is list else schema_class(shape, "body")


def answer_options(answer: Answer) -> Spec:
    """Return an answer's description and content type."""
    return {"description": answer.description or HTTPStatus(answer.status).phrase, "content_type": answer.content_type}


def share(spec: Spec, vendors: tuple[Vendor, ...]) -> None:
    """Move responses and parameters that operations have in common into the components."""
    shared: dict[str, Spec] = {"responses": {}, "parameters": {}}
    for path, operations in spec["paths"].items():
        owner = next((vendor.name for vendor in vendors if path.startswith(f"{vendor.base}/")), "control").title()
        for part in [operations, *(operations[method] for method in METHODS if method in operations)]:
            part_parameters = part.get("parameters", [])
            part_parameters[:] = [
                shared_part(shared, "parameters", f"{owner}{capital(parameter['name'])}", parameter)
                for parameter in part_parameters
            ]
            for status, answer in part.get("responses", {}).items():
                if status not in SUCCESSES:
                    part["responses"][status] = shared_part(shared, "responses", f"{owner}{capital(status)}", answer)
    spec["components"] |= shared


def shared_part(shared: dict[str, Spec], kind: str, name: str, part: Spec) -> Spec:
    """Return a reference to a component equal to `part`, added when missing; a different component of the same name gets a number."""
    names = (name if number == 1 else f"{name}{number}" for number in itertools.count(1))
    free = next(name for name in names if shared[kind].setdefault(name, part) == part)
    return {"$ref": f"#/components/{kind}/{free}"}


def anchor_patterns(node: Any) -> None:
    r"""Rewrite each pattern as JSON Schema reads it (ECMA-262, unanchored): ours match from the start and end with `\Z`."""
    for member in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        anchor_patterns(member)
    if isinstance(node, dict) and isinstance(node.get("pattern"), str):
        pattern = node["pattern"].removeprefix("^")
        node["pattern"] = f"^{pattern[:-2]}$" if pattern.endswith(r"\Z") else f"^{pattern}"


def open_objects(spec: Spec) -> None:
    """Remove `additionalProperties: false`, which apispec sets on every object: it holds for the control plane's bodies alone."""
    own = (operation for path, _, operation in operations_of(spec) if path.startswith(control.BASE))
    bodies = (content for operation in own for content in operation.get("requestBody", {}).get("content", {}).values())
    closed = {content.get("schema", {}).get("$ref", "").rpartition("/")[2] for content in bodies}
    for name, schema in spec["components"]["schemas"].items():
        if name not in closed and schema.get("additionalProperties") is False:
            del schema["additionalProperties"]


def extend_schemas(schemas: Spec) -> None:
    """Write a schema that contains every member of another as `allOf` of the other and the members that it adds."""
    copies = {name: dict(schema) for name, schema in schemas.items() if "additionalProperties" not in schema}
    for name, schema in copies.items():
        base = max((other for other in copies.items() if extends(schema, other[1])), key=members_size, default=None)
        if base is not None and members_size(base) > WORTH_SHARING:
            inherited = base[1]["properties"]
            added = {key: member for key, member in schema["properties"].items() if key not in inherited}
            required = [key for key in schema.get("required", ()) if key not in base[1].get("required", ())]
            schemas[name] = {
                "allOf": [{"$ref": f"#/components/schemas/{base[0]}"}],
                **schema, "properties": added, **({"required": required} if "required" in schema else {}),
            }  # fmt: skip


def extends(schema: Spec, other: Spec) -> bool:
    """Return whether a schema has all members of another with the same definitions and at least its required ones, and more members."""
    mine, others = schema.get("properties", {}), other.get("properties", {})
    larger = len(others) < len(mine) and others.items() <= mine.items()
    return larger and {*other.get("required", ())} <= {*schema.get("required", ())}


def members_size(component: tuple[str, Mapping[str, object]]) -> int:
    """Return the length of a component's members as text."""
    return len(str(component[1].get("properties", "")))


def capital(name: str) -> str:
    """Return a name in CamelCase, letters and digits only, for a component's name."""
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", name))


def schema_name(schema: Any) -> str:
    """Return a schema's name in the OpenAPI document: its class, prefixed with its vendor's name where it is a vendor's."""
    from apispec.ext.marshmallow.common import resolve_schema_cls

    schema_class: Any = resolve_schema_cls(schema)
    path = schema_class.__module__.split(".")
    vendor = path[path.index("vendors") + 1].title() if "vendors" in path else ""
    return f"{vendor}{schema_class.__name__.removesuffix('Schema')}"


def finish(operation: Spec, method: str, path: str, vendor: Vendor | None) -> None:
    """Set an operation's id and security and, for the control plane, its error responses. An operation's id is prefixed
    with the vendor's name or `control`, so that it is unique in the document."""
    own = operation.get("operationId") or "_".join([method, *re.findall(r"\w+", path.removeprefix(control.BASE))])
    operation["operationId"] = f"{vendor.name if vendor else 'control'}_{own}"
    operation["responses"].pop("422", None)  # flask-smorest's own; refusals of arguments are the owner's
    if vendor:
        operation.setdefault("security", [{name: [] for name in vendor.api.security}])
        return
    operation["security"] = [{}, {CONTROL_SCHEME: []}]
    shape = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
    operation["responses"]["default"] = {"description": "What went wrong, and what to change.", "content": shape}


def add_examples(spec: Spec) -> None:
    """Add an example to the bodies of each operation: to the record inside the body where there is one, else to the body itself."""
    for content in contents(spec):
        home = record_of(spec, content.get("schema", {}))
        if home is None:
            content.setdefault("example", example(spec, content.get("schema", {})))
        else:
            home.setdefault("examples", [example(spec, home)])


def contents(spec: Part) -> Iterator[dict[str, Any]]:
    """Yield the body of every operation's request and of its successful answers."""
    for *_, operation in operations_of(spec):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            yield from part.get("content", {}).values()


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
    for key in ("oneOf", "anyOf", "allOf"):
        if schema.get(key):
            return example(spec, schema[key][0], depth)
    return MAKERS.get(type_of(schema), lambda *_: "example")(spec, schema, depth)


def resolved(spec: Part, schema: Part) -> Part:
    """Return the component that a schema refers to, or the schema itself."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return spec["components"]["schemas"][name] if name else schema


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
