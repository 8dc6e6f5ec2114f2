"""What SkyBox's tests share: a broker's desk to call from, and a look at every answer that it gets.

Each answer is held to the schema that the call declares for its status: nothing more, nothing less, keys in that order.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from marshmallow import RAISE, Schema, fields

from mockmarket.app import flask_app
from mockmarket.config import Config
from mockmarket.vendors.skybox.vendor import VENDOR
from tests.conftest import Client

FIXTURE = str(Path(__file__).parent / "skybox.yaml")
BASE = "/skybox/services"
ONE, TWO = 1234, 5678
APP_ONE, APP_TWO = "skybox_test_app_one_00000001", "skybox_test_app_two_00000001"
BEA, SOL = "skybox_test_bea_0000000000000001", "skybox_test_sol_0000000000000001"


@cache
def calls() -> Any:
    """Return SkyBox's routes, to find what each call declares."""
    return flask_app(Config(), (VENDOR,))


def declared(method: str, path: str, status: int) -> Any:
    """Return the schema that a call declares for a status; fails the test when it declares none."""
    endpoint, _ = calls().url_map.bind("x").match(path, method)
    view = getattr(calls().view_functions[endpoint].view_class, method.lower())
    answers = view._apidoc["response"]["responses"]
    assert status in answers, f"{method} {path} declares no {status}"
    return answers[status][0].get("schema")


class Desk:
    """SkyBox as an integrator calls it, in the world of `skybox.yaml`; every answer is held to its schema."""

    def __init__(self, client: Client, account: int = ONE, application: str = APP_ONE, token: str = BEA) -> None:
        self.client = client
        self.account = account
        self.headers = {"X-Application-Token": application, "X-Api-Token": token, "X-Account": str(account)}

    def call(self, method: str, path: str, body: Any = None, headers: Any = None, **query: Any) -> requests.Response:
        """Make a call of the API and look at the answer."""
        more = {} if body is None else {"data": json.dumps(body)}
        given = self.headers | ({"Content-Type": "application/json"} if more else {}) | (headers or {})
        answer = self.client.call(method, BASE + path, params=query, headers=given, **more)
        hold(answer, declared(method, BASE + urlsplit(path).path, answer.status_code))
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
    client.control("PUT", f"worlds/{client.world.name}", {"fixture": FIXTURE})
    client.key = {}
    return Desk(client)


def done(answer: requests.Response) -> Any:
    """Return the body of an answer that must be a success."""
    assert answer.ok, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def wrong(answer: requests.Response) -> list[str]:
    """Return the fields that a refusal of 400 names."""
    assert answer.status_code == 400, answer.text
    return [one["path"] for one in answer.json()]


def hold(answer: requests.Response, schema: Any) -> None:
    """Fail unless an answer is JSON that its schema takes whole and unchanged, keys in the order declared."""
    if schema is None:
        return
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    if isinstance(schema, dict):
        assert all(isinstance(one, int if schema["items"]["type"] == "integer" else str) for one in body)
        return
    shape = schema() if isinstance(schema, type) else schema
    assert shape.dump(shape.load(body, unknown=RAISE)) == body
    for one in body if shape.many else [body]:
        assert out_of_order(one, shape) == []


def out_of_order(body: Any, schema: Schema) -> list[str]:
    """Return what is out of order in a body, at any depth, against the order of its schema's fields."""
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    found = [] if list(body) == [name for name in known if name in body] else [f"{schema}: {list(body)}"]
    for name, value in body.items():
        inner = nested(known[name])
        if inner is not None and value is not None:
            parts = value if isinstance(value, list) else [value]
            found += [line for part in parts for line in out_of_order(part, inner)]
    return found


def nested(field: Any) -> Schema | None:
    """Return the schema within a field, in a list too; None for a plain one."""
    inner = field.inner if isinstance(field, fields.List) else field
    return inner.schema if isinstance(inner, fields.Nested) else None
