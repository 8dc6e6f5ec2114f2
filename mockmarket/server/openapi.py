"""The OpenAPI document of everything that is served, made when it is asked for: a server that nobody asks starts without it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, get_args, get_origin

import flask

from mockmarket import __version__, control
from mockmarket.api.operations import Answer, Plain, Several, load, many_schema
from mockmarket.api.schemas import schema_class
from mockmarket.records import Row
from mockmarket.vendor import Vendor

CONTROL_SCHEME = "control"
METHODS = ("get", "put", "post", "patch", "delete")
INFO = {
    "description": "A stateful mock of ticketing marketplaces' APIs. Any path also works under /w/{world}.",
    "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
}
SERVERS = [{"url": "/", "description": "the world main, or the one that X-Mockmarket-World names"}]


def describe(vendors: tuple[Vendor, ...]) -> dict[str, Any]:
    """Return the OpenAPI document of these vendors and the control plane."""
    spec = collected(vendors)
    schemes: dict[str, Mapping[str, Any]] = {
        CONTROL_SCHEME: {"type": "http", "scheme": "bearer", "description": "Only when --control-token is set."}
    }
    schemes |= {name: scheme for vendor in vendors for name, scheme in vendor.security.items()}
    spec["components"]["securitySchemes"] = schemes
    for path, operations in spec["paths"].items():
        vendor = next((one for one in vendors if path.startswith(f"{one.base}/")), None)
        for operation in (operations[method] for method in METHODS if method in operations):
            finish(operation, vendor)
    return spec


def collected(vendors: tuple[Vendor, ...]) -> dict[str, Any]:
    """Return what flask-smorest collects from every blueprint, registered with an application that serves nothing."""
    from apispec.ext.marshmallow import MarshmallowPlugin  # heavy to import, and needed only here
    from flask_smorest import Api

    app = flask.Flask("mockmarket", static_folder=None)
    app.config.update(API_TITLE="mockmarket", API_VERSION=__version__, OPENAPI_VERSION="3.0.3")
    api = type("MarketApi", (Api,), {"ERROR_SCHEMA": control.ErrorSchema, "DEFAULT_ERROR_RESPONSE_NAME": None})(
        app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=schema_name)}
    )
    for vendor in vendors:
        if vendor.operations:
            api.register_blueprint(documented(vendor))
    for blueprint in (*control.blueprints(), *(one for vendor in vendors for one in vendor.blueprints())):
        api.register_blueprint(blueprint)
    api.spec.options |= {"info": INFO, "servers": SERVERS}
    document: dict[str, Any] = api.spec.to_dict()
    return document


def documented(vendor: Vendor) -> Any:
    """Return a blueprint of a vendor's operations that serves nothing, for flask-smorest to document."""
    from flask_smorest import Blueprint

    blueprint = Blueprint(vendor.name, __name__, url_prefix=vendor.base, description=vendor.title)
    for row in vendor.operations:
        view = described(blueprint, row) if row.built else refused(blueprint, row, error_shape(vendor))
        blueprint.route(row.rule, methods=[row.method], endpoint=row.id)(view)
    return blueprint


def described(blueprint: Any, row: Row) -> Any:
    """Return a view that is documented as an operation is."""

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
    for status in operation.refuses:
        conventions = operation.conventions
        shape = answer_schema(conventions.error_shapes.get(status, conventions.error))
        view = blueprint.alt_response(status, schema=shape, description=conventions.refusals[status])(view)
    more: dict[str, Any] = {"security": []} if operation.public else {}
    return blueprint.doc(operationId=row.id, **more)(view)


def refused(blueprint: Any, row: Row, error: Any) -> Any:
    """Return a view that is documented as a call which answers 501."""

    def view(*_: Any, **__: Any) -> None:
        return None

    view.__doc__ = f"Not built: answers 501 to {row.method} {row.path}."
    answering = blueprint.alt_response(501, schema=error, description="The vendor has this call and the mock has not.")
    return blueprint.doc(operationId=row.id, security=[])(answering(view))


def error_shape(vendor: Vendor) -> Any:
    """Return the schema of a vendor's error answers, as what is built declares it."""
    conventions = (load(row).conventions for row in vendor.operations if row.built)
    return next((answer_schema(each.error_shapes.get(501, each.error)) for each in conventions), None)


def taking(blueprint: Any, place: str, shape: Any) -> Any:
    """Return the decorator that documents a query or a body."""
    if isinstance(shape, Plain):
        content = {media: {"schema": shape.schema} for media in shape.media}
        return blueprint.doc(requestBody={"required": True, "description": shape.description, "content": content})
    if isinstance(shape, Several):
        schema = many_schema(shape.shape)
        content = {"application/json": {"schema": schema}}
        return blueprint.doc(requestBody={"required": True, "description": shape.description, "content": content})
    return blueprint.arguments(schema_class(shape, "query" if place == "query" else "body"), location=place)


def answer_schema(shape: Any) -> Any:
    """Return the schema of an answer; of a list of a shape, a schema of many."""
    if shape is None or isinstance(shape, dict):
        return shape
    if get_origin(shape) is list:
        return many_schema(get_args(shape)[0])
    return schema_class(shape, "body")


def answer_options(answer: Answer) -> dict[str, Any]:
    """Return what else is documented of an answer."""
    return {"description": answer.description or HTTPStatus(answer.status).phrase, "content_type": answer.content_type}


def schema_name(schema: Any) -> str:
    """Name a schema in the OpenAPI document: its class, behind its vendor's name where it is a vendor's."""
    from apispec.ext.marshmallow.common import resolve_schema_cls

    found: Any = resolve_schema_cls(schema)
    path = found.__module__.split(".")
    vendor = path[path.index("vendors") + 1].title() if "vendors" in path else ""
    return f"{vendor}{found.__name__.removesuffix('Schema')}"


def finish(operation: dict[str, Any], vendor: Vendor | None) -> None:
    """Say who may call an operation, and, of the control plane's, how it answers errors."""
    operation["responses"].pop("422", None)  # flask-smorest's own; refusals of arguments are the owner's
    if vendor:
        operation.setdefault("security", [{name: [] for name in vendor.security}])
        return
    operation["security"] = [{}, {CONTROL_SCHEME: []}]
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    operation["responses"]["default"] = {"description": "What went wrong, and what to change.", "content": shape}
