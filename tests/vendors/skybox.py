"""What SkyBox's tests share: a broker's desk to call from, and a look at every answer that it gets.

Each answer is held to the schema that the call declares for its status: nothing more, nothing less, keys in that order.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import requests

from mockmarket.api.operations import Plain
from mockmarket.api.schemas import schema_of
from mockmarket.vendors.skybox.vendor import VENDOR
from tests.conftest import Client
from tests.shapes import hold_to_operation, operation_of, operation_row
from tests.vendors.skybox_public import Call, calls, faults, unnamed

FIXTURE = str(Path(__file__).parent / "skybox.yaml")
BASE = "/skybox/services"
ONE, TWO = 1234, 5678
APP_ONE, APP_TWO = "skybox_test_app_one_00000001", "skybox_test_app_two_00000001"
BEA, SOL = "skybox_test_bea_0000000000000001", "skybox_test_sol_0000000000000001"


def names_of(shape: Any, source: Any) -> list[str]:
    """Return the names of the members of a query or a body; none of one that is a plain value."""
    shape = getattr(shape, "shape", shape)
    if shape is None or isinstance(shape, Plain):
        return []
    return [field.data_key or name for name, field in schema_of(shape, source).fields.items()]


def look_at(answer: requests.Response, method: str, path: str) -> None:
    """Hold an answer to what its call declares for its status: a shape, a list of plain values, or no body."""
    operation = operation_of(VENDOR, method, path)
    success = operation.answers[0]
    if answer.status_code != success.status or not (success.shape is None or isinstance(success.shape, dict)):
        hold_to_operation(answer, VENDOR, method, path)
    elif success.shape is None:
        assert answer.content == b""
    else:
        assert answer.headers["Content-Type"].partition(";")[0] == success.content_type
        value = answer.json() if success.content_type == "application/json" else answer.text
        kind = success.shape.get("items", success.shape)["type"]
        assert all(
            isinstance(item, {"integer": int, "string": str}[kind])
            for item in (value if isinstance(value, list) else [value])
        )
    is_json = answer.headers.get("Content-Type") == "application/json"
    if answer.ok and answer.content and is_json and (public := public_call(method, path)):
        problems = list(faults(answer.json(), public.answer))
        assert not problems, f"{method} {path}: {'; '.join(problems[:5])}"


def public_call(method: str, path: str) -> Call | None:
    """Return the public operation of a path below the base URL; None for one that real clients alone show."""
    template = operation_row(VENDOR, method, path).path
    return calls().get((method, unnamed(template)))


class Desk:
    """SkyBox as an integrator calls it, in the world of `skybox.yaml`; every answer is held to its schema."""

    def __init__(self, client: Client, account: int = ONE, application: str = APP_ONE, token: str = BEA) -> None:
        self.client = client
        self.account = account
        self.headers = {"X-Application-Token": application, "X-Api-Token": token, "X-Account": str(account)}

    def call(self, method: str, path: str, body: Any = None, headers: Any = None, **query: Any) -> requests.Response:
        """Make a call of the API and look at the answer."""
        content = {} if body is None else {"data": json.dumps(body)}
        all_headers = self.headers | ({"Content-Type": "application/json"} if content else {}) | (headers or {})
        answer = self.client.call(method, BASE + path, params=query, headers=all_headers, **content)
        look_at(answer, method, path)
        return answer

    def get(self, path: str, **query: Any) -> Any:
        """GET what must be there."""
        return done(self.call("GET", path, **query))

    def post(self, path: str, body: Any) -> Any:
        """POST what must be taken."""
        return done(self.call("POST", path, body))

    def put(self, path: str, body: Any = None) -> Any:
        """PUT what must be taken."""
        return done(self.call("PUT", path, body))

    def on(self, account: int, application: str = APP_ONE, token: str = BEA) -> Desk:
        """Return a desk in the same world for another account, application or user."""
        return Desk(self.client, account, application, token)


def opened(client: Client) -> Desk:
    """Put the client's world to SkyBox's fixture and return the first account's desk in it."""
    client.begin_as(FIXTURE)
    client.key = {}
    return Desk(client)


def done(answer: requests.Response) -> Any:
    """Return the body of an answer that must be a success."""
    assert answer.ok, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def wrong(answer: requests.Response) -> list[str]:
    """Return the fields that a refusal of 400 names."""
    assert answer.status_code == 400, answer.text
    return [error["path"] for error in answer.json()]
