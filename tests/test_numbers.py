"""Whole numbers that SQLite cannot store are refused with a message, in every call that takes a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from mockmarket.vendor import Vendor
from tests.conftest import Client
from tests.test_every_vendor import METHODS, client, every_vendor, key_of, market, world

__all__ = ["client", "market", "world"]

BEYOND = [2**63, -(2**63) - 1, 10**300]
beyond = pytest.mark.parametrize("number", BEYOND)


@beyond
@pytest.mark.parametrize(
    "path",
    ["deliveries?before=", "deliveries?notice=", "notices?before=", "records/portal/order?offset=", "records/portal/order?limit=",
     "requests?limit="],
)  # fmt: skip
def test_control_refuses_numbers_beyond(client: Client, path: str, number: int) -> None:
    answer = client.get(f"/_mockmarket/{path}{number}")

    assert answer.status_code == 400
    assert path.split("?")[1].rstrip("=") in answer.json()["error"]["details"][0]["field"]


@beyond
def test_wait_refuses_numbers_beyond(client: Client, number: int) -> None:
    answer = client.post("/_mockmarket/wait", {"for": "deliveries", "where": {"notice": number}, "timeout_s": 0})

    assert answer.status_code == 400


def calls_with_numbers(client: Client, base: str) -> list[tuple[str, str, str]]:
    """Return the calls below a path as (method, path, query parameter), and as (method, path, "") those with a variable in the path."""
    calls = []
    document = client.control("GET", "openapi.json")
    for path, operations in document["paths"].items():
        for method in METHODS:
            if path.startswith(f"{base}/") and method in operations:
                calls += [
                    (method, path, parameter["name"])
                    for parameter in parameters(document, operations[method])
                    if parameter["in"] == "query"
                ]
                calls += [(method, path, "")] if "{" in path else []
    assert calls, f"nothing below {base} takes a number"
    return calls


def parameters(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, str]]:
    """Return an operation's parameters, with references to shared ones resolved."""
    shared = document["components"]["parameters"]
    return [
        shared[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter
        for parameter in operation.get("parameters", [])
    ]


def failures(client: Client, base: str, number: int) -> dict[tuple[str, str, str], int]:
    """Make every call with a number in each place that takes a value; returns those that failed."""
    failed = {}
    for method, path, name in calls_with_numbers(client, base):
        place = re.sub(r"\{[^}]*\}", "1" if name else str(number), path)
        answer = client.call(
            method.upper(), place, params={name: number} if name else {}, json={} if method != "get" else None
        )
        if answer.status_code >= 500 and answer.status_code != 501:
            failed[method, path, name] = answer.status_code
    return failed


@pytest.mark.thorough
@every_vendor
@beyond
def test_no_number_fails_a_vendors_call(client: Client, vendor: Vendor, number: int) -> None:
    client.key = key_of(client, vendor)

    assert failures(client, vendor.base, number) == {}


@pytest.mark.thorough
@beyond
def test_no_number_fails_a_control_call(client: Client, number: int) -> None:
    assert failures(client, "/_mockmarket", number) == {}


def within(schema: Any, document: dict[str, Any], place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path to each number in the bodies of a schema."""
    schema = resolved(schema, document)
    if {"integer", "number"} & {*([schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", []))}:
        yield place
    for part in [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]:
        yield from within(part, document, place)
    for name, part in schema.get("properties", {}).items() if len(place) < 6 else ():
        yield from within(part, document, (*place, name))
    if "items" in schema and len(place) < 6:
        yield from within(schema["items"], document, (*place, 0))


def resolved(schema: Any, document: dict[str, Any]) -> Any:
    """Return a schema, that of its reference if it is one."""
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def body_with(place: tuple[str | int, ...], number: int) -> Any:
    """Return a body with a number at a path, and nothing else."""
    for step in reversed(place):
        body: Any = {step: number} if isinstance(step, str) else [number]
        number = body
    return number


@pytest.mark.thorough
def test_no_number_fails_a_body(client: Client) -> None:
    document, failed, count = client.control("GET", "openapi.json"), [], 0
    keys = {
        vendor["name"]: vendor["credentials"][0]["headers"] for vendor in client.control("GET", "vendors")["vendors"]
    }
    for path, operations in document["paths"].items():
        for method in [method for method in METHODS if "content" in operations.get(method, {}).get("requestBody", {})]:
            operation = operations[method]
            schema = operation["requestBody"]["content"].get("application/json", {}).get("schema", {})
            for place in {*within(schema, document)}:
                count += 1
                url, headers = re.sub(r"\{[^}]*\}", "1", path), keys.get(operation["tags"][0], {})
                for number in BEYOND:
                    answer = client.call(method.upper(), url, json=body_with(place, number), headers=headers)
                    failed += [(method, path, place, number)] if answer.status_code in (500, 503) else []

    assert failed == []
    assert count > 50
