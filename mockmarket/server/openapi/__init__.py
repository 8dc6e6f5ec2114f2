"""The OpenAPI document of every route, built on the first request for it, so that a start does not pay for it."""

import itertools
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, get_args, get_origin

import flask

from mockmarket import __version__, control
from mockmarket.api.operations import Answer, Conventions, Plain, Several, load, many_schema
from mockmarket.api.schemas import schema_class
from mockmarket.records import Row
from mockmarket.server.openapi import shaping
from mockmarket.server.openapi.examples import add_examples
from mockmarket.server.openapi.reading import Spec, operations_of
from mockmarket.vendor import Vendor

CONTROL_SCHEME = "control"
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
SERVERS = [{"url": "/", "description": "the world main, or the one that X-Mockmarket-World names"}]


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
    shaping.tidy_schemas(spec["components"]["schemas"])
    shaping.tidy_schemas(spec["paths"])
    shaping.simplify_queries(spec)
    shaping.share(spec, vendors)
    add_examples(spec)
    shaping.open_objects(spec)
    shaping.describe_streams(spec)
    shaping.name_free_objects(spec["components"]["schemas"])
    shaping.extend_schemas(spec["components"]["schemas"])
    return spec


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


def schema_name(schema: Any) -> str:
    """Return a schema's name in the OpenAPI document: its class, prefixed with its vendor's name where it is a vendor's.

    `Answer` is added to a name that is also that of a member (`Faults` with `faults`): generated Python has one variable for both."""
    from apispec.ext.marshmallow.common import resolve_schema_cls

    schema_class: Any = resolve_schema_cls(schema)
    path = schema_class.__module__.split(".")
    vendor = path[path.index("vendors") + 1].title() if "vendors" in path else ""
    name = f"{vendor}{schema_class.__name__.removesuffix('Schema')}"
    members = {member.replace("_", "") for member in schema_class().fields}
    return f"{name}Answer" if name.lower() in members else name


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
    shape = {JSON: {"schema": {"$ref": f"#/components/schemas/{schema_name(schema_class(control.Error, 'body'))}"}}}
    operation["responses"]["default"] = {"description": "What went wrong, and what to change.", "content": shape}
