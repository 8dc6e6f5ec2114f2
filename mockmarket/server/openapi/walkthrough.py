"""A scenario's calls as requests of a Postman collection: in a world of their own, each saving what later ones need.

Expectations of a scenario, other than a call's status, are not written: its requests show what to send."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockmarket import control
from mockmarket.clock import SECOND, iso_s
from mockmarket.matching import paths
from mockmarket.matching.paths import Json
from mockmarket.scenarios import variables
from mockmarket.scenarios.reading import Scenario, Step
from mockmarket.scenarios.steps.control import ROUTES
from mockmarket.seed import moments
from mockmarket.server.openapi import CONTROL_SCHEME
from mockmarket.server.openapi.reading import Spec

RECEIVER = "receiver_url"
"""The collection's variable of the URL that webhooks are sent to."""
TOKEN = {"key": "Authorization", "value": f"Bearer {{{{{CONTROL_SCHEME}}}}}", "disabled": True}
"""The header of control requests, to be enabled for a server with a control token."""
Callers = Mapping[str, tuple[str, Mapping[str | None, Mapping[str, str]]]]
"""By vendor: the path of its base URL, and the headers of a call by the name of the key; None is the first key."""
ROUTED = {"action": "action", "endpoint": "new endpoint", "settings": "settings", "trigger": "trigger"}
"""The steps that are one call of a control route, with the route's name."""
FIND = r"""const find = (value, path) => [...path.replace(/^\$\.?/, '').matchAll(/([^.[\]=]+)|\[(\d+)\]|\[([^\]=]+)=([^\]]*)\]/g)]
  .reduce((at, [, key, index, field, text]) => (field ? at.find((row) => String(find(row, field)) === text) : at[index ?? key]), value);
const save = (name, path) => {
  const value = find(pm.response.json(), path);
  pm.collectionVariables.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  pm.collectionVariables.set(`${name}_json`, JSON.stringify(value));
};"""
"""What a script needs to save a part of an answer: as text, and as JSON for a body."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a walk: its path below the server's root, and paths into its answer to save, by variable."""

    title: str
    method: str
    path: str
    body: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    saves: Mapping[str, str] = field(default_factory=dict)


def items_of(scenario: Scenario, callers: Callers) -> list[Spec]:
    """Return a scenario's requests as items of a collection; the first makes its world, or makes it anew."""
    start = scenario.start
    now = {} if start["now"] is None else {"now": iso_s(start["now"])}
    opening = [
        Request(
            "Make a world for this walk",
            "PUT",
            f"{control.BASE}/worlds/{world_of(scenario)}",
            {"fixture": start["fixture"], **now},
        ),
        Request("Freeze or run its clock", "PUT", f"{control_base(scenario)}/clock", {"frozen": start["frozen"]}),
    ]
    steps = [request for step in scenario.steps for request in requests_of(step, scenario, callers)]
    return [*map(Writer(scenario).item, [*opening, *steps])]


def world_of(scenario: Scenario) -> str:
    """Return the name of a walk's world."""
    return f"walk-{scenario.name}"


def control_base(scenario: Scenario) -> str:
    """Return the path of the control routes of a walk's world."""
    return f"/w/{world_of(scenario)}{control.BASE}"


def requests_of(step: Step, scenario: Scenario, callers: Callers) -> Iterator[Request]:
    """Yield the requests of a step, if it is a call or changes something through a control route."""
    fields = step.fields
    if step.at is not None:
        yield advance({"to": step.at}, scenario, f"Advance the clock to {step.at}")
    if step.kind.name == "call":
        base, keys = callers[fields["vendor"]]
        query = "&".join(f"{name}={value}" for name, value in fields["query"].items())
        method = fields["method"] or ("GET" if fields["body"] is None else "POST")
        path = f"/w/{world_of(scenario)}{base}{fields['path']}{'?' * bool(query)}{query}"
        yield Request(
            step.title,
            method,
            path,
            fields["body"],
            {**keys.get(fields["key"], {}), **fields["headers"]},
            fields["status"],
            fields["save"],
        )
    elif step.kind.name == "advance":
        yield advance(fields, scenario, step.title)
    elif step.kind.name in ROUTED:
        route = ROUTES[ROUTED[step.kind.name]]
        address = {"url": f"{{{{{RECEIVER}}}}}"} if "receiver" in fields else {}
        path = f"{control_base(scenario)}/{route.path.format_map(fields)}"
        yield Request(step.title, route.method, path, {**route.body(fields), **address}, saves=fields.get("save", {}))


def advance(fields: Mapping[str, Any], scenario: Scenario, title: str) -> Request:
    """Return the request that advances the clock as a step says: by a span, to a moment, or until nothing is due."""
    body: dict[str, object]
    if "by" in fields:
        body = {"seconds": moments.span(fields["by"]) / SECOND}
    elif "to" in fields:
        body = {"to": iso_s(moments.moment(fields["to"], scenario.start["now"] or 0))}
    else:
        body = {"until": fields["until"]}
    return Request(title, "POST", f"{control_base(scenario)}/clock/advance", body)


class Writer:
    """Writes a walk's requests as items. What they save becomes variables of the collection, named after the vendor as well."""

    def __init__(self, scenario: Scenario) -> None:
        self.prefix = scenario.name.partition("-")[0]
        receivers = {name: {"url": f"{{{{{RECEIVER}}}}}"} for name in scenario.receivers}
        self.known = {**scenario.variables, "receivers": receivers}
        self.references = sorted({text for step in scenario.steps for _, text in variables.named_in(step.fields)})

    def item(self, request: Request) -> Spec:
        """Return a request as an item of the collection, with the test of its status and the script that saves."""
        expected = f"to.equal({request.status})" if request.status else "to.be.within(200, 299)"
        saves = [*self.saves(request.saves)]
        script = [f"pm.test('status', () => pm.expect(pm.response.code).{expected});"]
        script += [*FIND.splitlines(), *saves] if saves else []
        text = self.written(json.dumps(self.filled(request.body), indent=2))
        headers: list[Spec] = [{"key": name, "value": value} for name, value in request.headers.items()]
        return {
            "name": variables.REFERENCE.sub(r"{\2}", request.title),
            "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": script}}],
            "request": {
                "method": request.method,
                "header": [*headers, *[TOKEN] * (control.BASE in request.path)],
                "url": self.written(f"{{{{server}}}}{request.path}"),
                **({} if request.body is None else {"body": json_body(text)}),
            },
        }

    def saves(self, saves: Mapping[str, str]) -> Iterator[str]:
        """Yield the statements that save what later requests refer to: a variable, or a part of it."""
        for reference in self.references:
            name = variables.name_of(reference)
            if name in saves:
                path = f"{saves[name]}{reference[len(name) :]}"
                yield f"save({json.dumps(self.variable(reference))}, {json.dumps(path)});"

    def variable(self, reference: str) -> str:
        """Return the collection's variable for a reference: for `tickets[6]` one that ends in `_tickets_6`."""
        return "_".join([self.prefix, *re.findall(r"\w+", reference)])

    def filled(self, value: Json) -> Json:
        """Return a body with the scenario's own variables filled in; references to saved ones stay."""
        if isinstance(value, dict):
            return {key: self.filled(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self.filled(member) for member in value]
        reference = variables.REFERENCE.fullmatch(value) if isinstance(value, str) else None
        name = variables.name_of(reference[2]) if reference else ""
        return paths.find(self.known[name], reference[2][len(name) :]) if reference and name in self.known else value

    def written(self, text: str) -> str:
        """Return a text, or a body's JSON, with references as the collection's variables: a quoted one as its JSON."""
        quoted = re.compile(f'"{variables.REFERENCE.pattern}"')
        text = quoted.sub(lambda match: f"{{{{{self.variable(match[2])}_json}}}}", text)
        return variables.REFERENCE.sub(lambda match: f"{{{{{self.variable(match[2])}}}}}", text)


def json_body(text: str) -> Spec:
    """Return the body of a request from its JSON."""
    return {"mode": "raw", "raw": text, "options": {"raw": {"language": "json"}}}
