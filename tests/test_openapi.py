"""openapi.yaml is up to date, valid and complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from mockmarket import cli
from mockmarket.vendor import discover
from tests.running import flask_app

FILE = Path(__file__).parent.parent / "openapi.yaml"
METHODS = ("get", "put", "post", "patch", "delete")
PAGES_FOR_PEOPLE = ("docs", "dashboard", "front")
"""The blueprints of the API browser and the dashboard, which the document leaves out."""

OF_ANY_SHAPE = (
    "GET /_mockmarket/records/{vendor}/{kind}/{id}",
    "POST /_mockmarket/{vendor}/actions/{name}",
)
"""Operations that answer a record in a vendor's own fields."""


@pytest.fixture(scope="module")
def document() -> Any:
    """Read the file."""
    return yaml.load(FILE.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def operations(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each operation under its method and path."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def references(node: Any) -> Iterator[str]:
    """Yield every `$ref` below a node."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


def resolves(document: Any, reference: str) -> bool:
    """Return whether a reference leads to something in the document."""
    place = document
    for step in reference.removeprefix("#/").split("/"):
        place = place.get(step) if isinstance(place, dict) else None
    return reference.startswith("#/") and place is not None


@pytest.mark.thorough
def test_file_is_what_is_printed() -> None:
    output = CliRunner().invoke(cli.main, ["openapi"]).output

    assert FILE.read_text() == output, "openapi.yaml is stale: make openapi"


@pytest.mark.thorough
def test_document_is_valid_openapi(document: Any) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    errors = [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]

    assert document["openapi"] == "3.1.0"
    assert errors == []


@pytest.mark.thorough
def test_document_has_every_route(document: Any) -> None:
    app = flask_app(discover())

    served = {
        f"{method} {as_template(rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.partition(".")[0] not in PAGES_FOR_PEOPLE
        and ":other " not in rule.endpoint  # refuses other methods
    }

    assert {name for name, _ in operations(document)} == served


def as_template(rule: str) -> str:
    """Write Flask's `<string:name>` as OpenAPI's `{name}`."""
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule)


def test_operations_have_ids_of_their_own(document: Any) -> None:
    ids = [operation.get("operationId", "") for _, operation in operations(document)]

    assert all(re.fullmatch(r"[a-z]\w+", id) for id in ids)
    assert len(set(ids)) == len(ids) > 300


def test_bodies_and_answers_have_examples(document: Any) -> None:
    contents = [
        (name, content)
        for name, operation in operations(document)
        for part in (operation.get("requestBody", {}), *operation["responses"].values())
        for media, content in part.get("content", {}).items()
        if media == "application/json"
    ]

    assert contents
    assert [name for name, content in contents if example_of(document, content) is None] == []


def example_of(document: Any, content: dict[str, Any]) -> Any:
    """Return the example of a body: its own, or else that of a schema it refers to."""
    names = {reference.rpartition("/")[2] for reference in references_within(document, content["schema"])}
    inner = [example for name in names for example in document["components"]["schemas"][name].get("examples", ())]
    return content.get("example", next(iter(inner), None))


def references_within(document: Any, schema: Any) -> set[str]:
    """Return every reference in a schema, at any depth."""
    closure: set[str] = set()
    queue = [*references(schema)]
    while queue:
        reference = queue.pop()
        if reference not in closure:
            closure.add(reference)
            queue += references(document["components"]["schemas"][reference.rpartition("/")[2]])
    return closure


def test_document_stays_small() -> None:
    assert FILE.stat().st_size < 650_000


def test_extended_schema_lacks_no_member(document: Any) -> None:
    """A schema that extends another by `allOf` redefines none of its members, and bears its own in `allOf` too, where generators look."""
    schemas = document["components"]["schemas"]
    extended = [schema for schema in schemas.values() if "allOf" in schema]

    pairs = [
        (schemas[base["$ref"].rpartition("/")[2]].get("properties", {}), own["properties"])
        for base, own in (schema["allOf"] for schema in extended)
    ]

    assert pairs
    assert [own for base, own in pairs if not own or {*own} & {*base}] == []
    assert [schema for schema in extended if "properties" in schema] == []


def test_generated_names_do_not_collide(document: Any) -> None:
    """Generators write members as snake_case, and name an inline enum or object after its schema and its member."""
    members = {name: members_of(schema) for name, schema in document["components"]["schemas"].items()}
    inline = {
        f"{name}{member}".replace("_", "").lower()
        for name, schemas in members.items()
        for member, schema in schemas.items()
        if "enum" in schema or "properties" in schema
    }

    assert [name for name in members if name.lower() in inline] == []
    assert [name for name, schemas in members.items() if name.lower() in {member.lower() for member in schemas}] == []
    assert [name for name, schemas in members.items() if len({*map(snake_case, schemas)}) < len(schemas)] == []


def members_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema's own members."""
    return {
        name: member
        for part in (schema, *schema.get("allOf", ()))
        for name, member in part.get("properties", {}).items()
    }  # fmt: skip


def snake_case(name: str) -> str:
    """Return the Python name that a generator makes of a name."""
    return "_".join(re.findall(r"[a-z0-9]+", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()))


def test_queries_are_what_urls_carry(document: Any) -> None:
    queries = {
        name: [parameter for parameter in parameters_of(document, operation) if parameter["in"] == "query"]
        for name, operation in operations(document)
    }
    names = {name: [snake_case(parameter["name"]) for parameter in parameters] for name, parameters in queries.items()}
    schemas = [parameter["schema"] for parameters in queries.values() for parameter in parameters]

    assert len(schemas) > 300
    assert [schema for schema in schemas if "null" in schema.get("type", ()) or None in schema.get("enum", ())] == []
    assert [name for name, taken in names.items() if len({*taken}) < len(taken)] == []


def parameters_of(document: Any, operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an operation's own parameters."""
    for parameter in operation.get("parameters", ()):
        yield document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]


def test_list_form_is_mentioned(document: Any) -> None:
    tags = next(
        parameter
        for parameter in parameters_of(document, document["paths"]["/tixstock/v1/events/get"]["get"])
        if parameter["name"] == "tags"
    )

    assert tags["description"] == "Several: `tags[]=…`, once for each."


def test_schemas_are_what_generators_read(document: Any) -> None:
    """No word differs by case alone, each list has items, no default is null, and a free object is a component."""
    schemas = [*schemas_below(document["components"]), *schemas_below(document["paths"])]
    words = [[str(word).upper() for word in schema["enum"]] for schema in schemas if "enum" in schema]

    assert words
    assert [upper for upper in words if len({*upper}) < len(upper)] == []
    assert [schema for schema in schemas if schema.get("type") == "array" and "items" not in schema] == []
    assert [schema for schema in schemas if schema.get("default", "") is None] == []
    assert sum(schema == {"type": "object", "additionalProperties": {}} for schema in schemas) == 1


def schemas_below(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping below a node, schemas among them."""
    if isinstance(node, dict):
        yield node
    for member in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from schemas_below(member)


def test_event_streams_are_text(document: Any) -> None:
    streams = [
        answer["content"]["text/event-stream"]
        for _, operation in operations(document)
        for answer in operation["responses"].values()
        if "text/event-stream" in answer.get("content", {})
    ]

    assert streams
    assert all(stream["schema"] == {"type": "string"} and "$ref" in stream["x-event-data"] for stream in streams)


@pytest.mark.thorough
def test_examples_fit_their_schemas(document: Any) -> None:
    schemas = document["components"]["schemas"]
    from openapi_schema_validator import OAS31Validator

    validator = OAS31Validator({"components": document["components"]})
    examples = [(name, example) for name, schema in schemas.items() for example in schema.get("examples", ())]

    wrong = [
        f"{name}: {error.message}" for name, example in examples
        for error in validator.evolve(schema={"$ref": f"#/components/schemas/{name}"}).iter_errors(example)
    ]  # fmt: skip

    assert len(examples) > 100
    assert wrong == []


def test_operations_say_what_they_do(document: Any) -> None:
    silent = [name for name, operation in operations(document) if not operation.get("summary", "").strip()]

    assert silent == []


def test_operations_say_what_they_answer(document: Any) -> None:
    shared = document["components"]["responses"]
    lacking = [
        name
        for name, operation in operations(document)
        if not is_answered(name, {
            status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
            for status, answer in operation["responses"].items()
        })
    ]  # fmt: skip

    assert lacking == []


def is_answered(name: str, answers: dict[str, Any]) -> bool:
    """Return whether an operation declares a success, and each answer has a description and, if it has a body, a schema.

    An operation that is not built declares 501 alone.
    """
    shapeless = {"204", "200"} if name in OF_ANY_SHAPE else {"204"}
    described = [
        answer["description"] and (status in shapeless or has_shape(answer)) for status, answer in answers.items()
    ]
    return (any(status.startswith("2") for status in answers) or set(answers) == {"501"}) and all(described)


def has_shape(answer: dict[str, Any]) -> bool:
    """Return whether each body of an answer has a schema; true for an answer without a body."""
    return all("schema" in media for media in answer.get("content", {}).values())


def test_references_lead_somewhere(document: Any) -> None:
    broken = [reference for reference in references(document) if not resolves(document, reference)]

    assert broken == []
