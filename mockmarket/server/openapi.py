"""The OpenAPI document of everything that is served, made when it is asked for: a server that nobody asks starts without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask

from mockmarket import __version__, control
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
    for blueprint in (*control.blueprints(), *(one for vendor in vendors for one in vendor.blueprints())):
        api.register_blueprint(blueprint)
    api.spec.options |= {"info": INFO, "servers": SERVERS}
    document: dict[str, Any] = api.spec.to_dict()
    return document


def schema_name(schema: Any) -> str:
    """Name a schema in the OpenAPI document: its class, behind its vendor's name where it is a vendor's."""
    from apispec.ext.marshmallow.common import resolve_schema_cls

    found: Any = resolve_schema_cls(schema)
    path = found.__module__.split(".")
    vendor = path[path.index("vendors") + 1].title() if "vendors" in path else ""
    return f"{vendor}{found.__name__.removesuffix('Schema')}"


def finish(operation: dict[str, Any], vendor: Vendor | None) -> None:
    """Say who may call an operation, and, of the control plane's, how it answers errors."""
    if vendor:
        operation.setdefault("security", [{name: [] for name in vendor.security}])
        return
    operation["security"] = [{}, {CONTROL_SCHEME: []}]
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    operation["responses"]["default"] = {"description": "What went wrong, and what to change.", "content": shape}
