"""Shaping an OpenAPI document: what JSON Schema and code generators read, and what parts have in common said once."""

import itertools
import re
from collections.abc import Mapping
from typing import Any

from mockmarket import control
from mockmarket.server.openapi.reading import METHODS, Spec, contents, operations_of
from mockmarket.vendor import Vendor

WORTH_SHARING = 200
"""A schema whose members are at least this many characters long is shared by reference."""
SUCCESSES = ("200", "201", "202", "204")
STREAM = "text/event-stream"
FREE = "FreeObject"
"""The component of an object whose members are not documented."""


def simplify_queries(spec: Spec) -> None:
    """Write query parameters as a URL carries them, and so that generators can make an argument of each: see `queried`."""
    for *_, operation in operations_of(spec):
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        operation["parameters"] = [
            queried(parameter, names)
            for parameter in operation.get("parameters", ())
            if parameter["name"].removesuffix("[]") not in names - {parameter["name"]}
        ]
        if not operation["parameters"]:
            del operation["parameters"]


def queried(parameter: Spec, names: set[str]) -> Spec:
    """Return a parameter without null, each of its words in one case, and with a mention of its list form.

    A generator makes one identifier of `tags` and `tags[]`, and of `ASC` and `asc`, and then refuses both."""
    schema = dict(parameter["schema"])
    if isinstance(schema.get("type"), list):
        types = [name for name in schema["type"] if name != "null"]
        schema["type"] = types[0] if len(types) == 1 else types
    if "enum" in schema:
        words = {str(word).upper(): word for word in reversed(schema["enum"]) if word is not None}
        schema["enum"] = [*reversed(words.values())]
    listed = f"{parameter['name']}[]"
    mention = {"description": f"Several: `{listed}=…`, once for each."} if listed in names else {}
    return {**parameter, **mention, "schema": schema}


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


def tidy_schemas(node: Any) -> None:
    """Write each schema below a node as JSON Schema has it: patterns, see `anchored`; no `default: null`, which says no more than
    that the member may be left out, and for which generators demand it; no `x-minimum` beside the `minimum` itself."""
    for member in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        tidy_schemas(member)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("pattern"), str):
        node["pattern"] = anchored(node["pattern"])
    if node.get("default", "") is None:
        del node["default"]
    for name in ("minimum", "maximum"):
        if name in node:
            node.pop(f"x-{name}", None)


def anchored(pattern: str) -> str:
    r"""Return a pattern of ours, which matches from the start and ends with `\Z`, as ECMA-262 has it, where it matches anywhere."""
    body = pattern.removeprefix("^")
    return f"^{body[:-2]}$" if body.endswith(r"\Z") else f"^{body}"


def open_objects(spec: Spec) -> None:
    """Remove `additionalProperties: false`, which apispec sets on every object: it holds for the control plane's bodies alone."""
    own = (operation for path, _, operation in operations_of(spec) if path.startswith(control.BASE))
    bodies = (content for operation in own for content in operation.get("requestBody", {}).get("content", {}).values())
    closed = {content.get("schema", {}).get("$ref", "").rpartition("/")[2] for content in bodies}
    for name, schema in spec["components"]["schemas"].items():
        if name not in closed and schema.get("additionalProperties") is False:
            del schema["additionalProperties"]


def describe_streams(spec: Spec) -> None:
    """Write an event stream's body as the text that it is; `x-event-data` is the schema of each event's data."""
    for content in contents(spec, STREAM):
        schema = content.pop("schema")
        content.update({"schema": {"type": "string"}, "x-event-data": schema})


def name_free_objects(schemas: Spec) -> None:
    """Refer to one component for every object in a schema whose members are not documented: generators would make a class of each,
    and of an inherited object two of the same name."""
    for schema in schemas.values():
        for key in ("properties", "items"):
            if key in schema:
                schema[key] = without_free(schema[key])
    schemas[FREE] = {"type": "object", "additionalProperties": {}}


def without_free(node: Any) -> Any:
    """Return a part of a schema with each free object replaced by a reference."""
    if isinstance(node, list):
        return [without_free(member) for member in node]
    if not isinstance(node, dict):
        return node
    types = [node["type"]] if isinstance(node.get("type"), str) else node.get("type", [])
    if "object" in types and "properties" not in node and not node.get("additionalProperties"):
        reference = {"$ref": f"#/components/schemas/{FREE}"}
        extra = {key: member for key, member in node.items() if key not in ("type", "additionalProperties")}
        return extra | (reference if types == ["object"] else {"anyOf": [reference, {"type": "null"}]})
    return {
        key: member if key in ("example", "examples", "default") else without_free(member)
        for key, member in node.items()
    }


def extend_schemas(schemas: Spec) -> None:
    """Write a schema that contains every member of another as `allOf` of the other and the members that it adds.

    Both stand in `allOf`: some generators read a schema with a single `allOf` as another name of it."""
    copies = {name: dict(schema) for name, schema in schemas.items() if "additionalProperties" not in schema}
    for name, schema in copies.items():
        base = max((other for other in copies.items() if extends(schema, other[1])), key=members_size, default=None)
        if base is not None and members_size(base) > WORTH_SHARING:
            inherited = base[1]["properties"]
            added = {key: member for key, member in schema["properties"].items() if key not in inherited}
            required = [key for key in schema.get("required", ()) if key not in base[1].get("required", ())]
            extension = {"type": "object", "properties": added} | ({"required": required} if required else {})
            rest = {key: member for key, member in schema.items() if key not in ("type", "properties", "required")}
            schemas[name] = {"allOf": [{"$ref": f"#/components/schemas/{base[0]}"}, extension], **rest}


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
