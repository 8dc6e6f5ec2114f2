"""JSON Schema of scenarios, made from the shapes of their parts and of each kind of step."""

from mockmarket.scenarios.base import Kind
from mockmarket.scenarios.reading import CommonShape, ScenarioShape
from mockmarket.scenarios.steps import KINDS
from mockmarket.seed.json_schema import JsonSchema, of_file, of_shape

WORDS = {"fault", "advance", "wait"}
"""The kinds of steps that are short when written as a word, such as `advance: 2h`."""
LISTS = {"wait", "expect"}
"""The kinds whose expectations may be written without a list, when there is only one."""


def of_scenario() -> JsonSchema:
    """Return the JSON Schema of a scenario."""
    schema = of_shape(ScenarioShape)
    schema["properties"]["steps"]["items"] = _of_step()
    return of_file("A scenario of mockmarket", schema)


def _of_step() -> JsonSchema:
    common = of_shape(CommonShape)["properties"]
    return {
        "type": "object",
        "properties": common | {kind.name: _of_kind(kind) for kind in KINDS.values()},
        "oneOf": [{"required": [name]} for name in KINDS],
        "additionalProperties": False,
    }


def _of_kind(kind: Kind[object]) -> JsonSchema:
    schema = of_shape(kind.shape)
    if kind.name == "settings":  # its fields are those of the mapping itself
        return dict(schema["properties"]["values"])
    if kind.name in LISTS:
        members = schema["properties"]
        schema["properties"] = {name: _with_single(member) for name, member in members.items()}
    return {"anyOf": [schema, {"type": "string"}]} if kind.name in WORDS else schema


def _with_single(schema: JsonSchema) -> JsonSchema:
    return {"anyOf": [schema, schema["items"]]} if schema.get("type") == "array" else schema
