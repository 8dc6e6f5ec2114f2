"""A Postman collection (v2.1) made from the OpenAPI document: a folder for each vendor and one for the control plane.

Base URLs and keys are variables. A vendor's folder begins with a walk-through, see `walkthrough`."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mockmarket import clock, control
from mockmarket.scenarios import reading as scenarios
from mockmarket.scenarios.reading import Scenario
from mockmarket.seed import finding, making, reading as fixtures
from mockmarket.server.openapi import CONTROL_SCHEME, JSON, describe
from mockmarket.server.openapi.examples import body_example, example
from mockmarket.server.openapi.reading import Part, Spec, operations_of, resolved
from mockmarket.server.openapi.walkthrough import RECEIVER, TOKEN, items_of, json_body
from mockmarket.vendor import Vendor
from mockmarket_client.defaults import DEFAULT_URL

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
FIXTURE = "default"
"""The fixture of the keys in the collection's variables: what `serve` starts with."""


def collection(vendors: tuple[Vendor, ...]) -> Spec:
    """Return the collection of these vendors and the control plane."""
    spec = describe(vendors)
    folders = [vendor_folder(spec, vendor, vendors) for vendor in vendors if vendor.api.operations]
    own = operation_items(Place(spec, control.BASE, "control_base_url", [TOKEN]))
    return {
        "info": {"name": spec["info"]["title"], "description": spec["info"]["description"], "schema": SCHEMA},
        "item": [*folders, {"name": "Control plane", "item": by_first_segment(own)}],
        "variable": [{"key": key, "value": value} for key, value in variables(vendors)],
    }


def keys_of(fixture: str, vendors: Sequence[Vendor]) -> Mapping[str, Sequence[Part]]:
    """Return a fixture's keys by vendor: name and headers."""
    return making.credentials_of(fixtures.load(finding.find(fixture), vendors), vendors, clock.wall_ms())


def variables(vendors: Sequence[Vendor]) -> Iterator[tuple[str, str]]:
    """Yield the collection's variables: the server, base URLs, and each vendor's first key, named as its security schemes are."""
    keys = keys_of(FIXTURE, vendors)
    yield "server", DEFAULT_URL
    yield RECEIVER, "http://127.0.0.1:3000/webhooks"
    yield CONTROL_SCHEME, ""
    yield "control_base_url", f"{{{{server}}}}{control.BASE}"
    for vendor in vendors:
        yield f"{vendor.name}_base_url", f"{{{{server}}}}{vendor.base}"
        for name, scheme in vendor.api.security.items():
            value = keys[vendor.name][0]["headers"][header_of(scheme)] if keys[vendor.name] else ""
            yield name, value.removeprefix("Bearer ")


def header_of(scheme: Part) -> str:
    """Return the name of the header that a security scheme uses."""
    return str(scheme.get("name", "Authorization"))


def key_headers(vendor: Vendor) -> list[Spec]:
    """Return the headers of a vendor's calls, with the collection's variables as values."""
    return [
        {"key": header_of(scheme), "value": f"{'Bearer ' * (scheme['type'] == 'http')}{{{{{name}}}}}"}
        for name, scheme in vendor.api.security.items()
    ]


def vendor_folder(spec: Part, vendor: Vendor, vendors: tuple[Vendor, ...]) -> Spec:
    """Return the folder of a vendor: its walk-through, if a scenario is shipped for it, and its calls."""
    name = f"{vendor.name}-happy-path"
    walks = [walk_folder(vendor.title, scenarios.shipped(name, vendors), vendors)] if name in scenarios.names() else []
    calls = operation_items(Place(spec, vendor.base, f"{vendor.name}_base_url", key_headers(vendor)))
    return {"name": vendor.title, "item": [*walks, *by_first_segment(calls)]}


def walk_folder(title: str, scenario: Scenario, vendors: Sequence[Vendor]) -> Spec:
    """Return the folder of a walk-through, with the keys of its own fixture."""
    keys = keys_of(scenario.start["fixture"] or FIXTURE, vendors)
    named = {name: {key["name"]: key["headers"] for key in rows} for name, rows in keys.items()}
    first = {name: {None: rows[0]["headers"]} for name, rows in keys.items() if rows}
    callers = {vendor.name: (vendor.base, named[vendor.name] | first.get(vendor.name, {})) for vendor in vendors}
    return {"name": f"Walk-through: {title}", "description": scenario.about, "item": items_of(scenario, callers)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a folder's operations are: the document, the path and the variable of their base URL, and the headers of each call."""

    spec: Part
    base: str
    variable: str
    headers: Sequence[Part]


def operation_items(place: Place) -> Iterator[Spec]:
    """Yield a request for each operation below a base URL, without the ones that are not built."""
    for path, method, operation in operations_of(place.spec):
        if path.startswith(f"{place.base}/") and set(operation["responses"]) != {"501"}:
            parameters = [*place.spec["paths"][path].get("parameters", ()), *operation.get("parameters", ())]
            request = {
                "method": method.upper(),
                "header": [*place.headers],
                "url": url_of(place, path, [resolved(place.spec, parameter) for parameter in parameters]),
                "description": f"`{operation['operationId']}`",
            }
            yield {"name": operation["summary"], "request": request | body_of(place.spec, operation)}


def url_of(place: Place, path: str, parameters: Sequence[Part]) -> Spec:
    """Return a request's URL, with `:id` for each parameter of the path, and with the query's parameters, disabled unless required."""
    steps = path.removeprefix(f"{place.base}/").replace("{", ":").replace("}", "").split("/")
    query = [
        {"key": each["name"], "value": str(example(place.spec, each["schema"])), "disabled": not each.get("required")}
        for each in parameters
        if each["in"] == "query"
    ]
    names = [step[1:] for step in steps if step.startswith(":")]
    return {
        "raw": "/".join([f"{{{{{place.variable}}}}}", *steps]),
        "host": [f"{{{{{place.variable}}}}}"],
        "path": steps,
        **({"query": query} if query else {}),
        **({"variable": [{"key": name, "value": ""} for name in names]} if names else {}),
    }


def body_of(spec: Part, operation: Part) -> Spec:
    """Return the body of an operation's request, made of the schema's example; nothing for an operation without a JSON body."""
    content = operation.get("requestBody", {}).get("content", {}).get(JSON)
    return {"body": json_body(json.dumps(body_example(spec, content), indent=2))} if content else {}


def by_first_segment(items: Iterable[Spec]) -> list[Spec]:
    """Return requests in folders by the first segment of their paths."""
    folders: defaultdict[str, list[Spec]] = defaultdict(list)
    for item in items:
        folders[item["request"]["url"]["path"][0]].append(item)
    return [{"name": name, "item": requests} for name, requests in folders.items()]
