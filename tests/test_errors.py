"""Errors: one way out, in the words of whoever owns the path; a bug of ours is a 500 in that shape, and logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import flask
import pytest
from marshmallow import Schema, ValidationError, fields

from mockmarket import errors
from mockmarket.api.context import RequestContext
from mockmarket.api.operations import Conventions
from mockmarket.config import Config
from mockmarket.errors import Refusal
from mockmarket.records import get, table
from mockmarket.vendor import Hooks, Records
from tests.conftest import Client, Served
from tests.sixth.kiosk.records import Problem
from tests.sixth.kiosk.vendor import VENDOR as KIOSK
from tests.sixth.serving import VENDORS, serving

operation = Conventions(Problem, {}, lambda context, scope: None)
Context = RequestContext[Any]


@operation()
def bug(context: Context) -> flask.Response:
    """Fail in a way that nobody foresaw."""
    raise ZeroDivisionError("the secret of the bug")


@operation()
def abort(context: Context, status: int) -> flask.Response:
    """Fail as a library does."""
    flask.abort(status)


@operation()
def refuse(context: Context, name: str) -> flask.Response:
    """Refuse a call."""
    raise getattr(errors, name)("Said so.", details=[("field", "wrong")])


@operation()
def limit(context: Context) -> flask.Response:
    """Refuse a call with a header."""
    refusal = errors.RateLimited("Slowly.")
    refusal.headers["Retry-After"] = "7"
    raise refusal


OPERATIONS = table("tests", (
    get("/bug", "test_errors:bug"),
    get("/abort/{status:int}", "test_errors:abort"),
    get("/refusal/{name}", "test_errors:refuse"),
    get("/with-header", "test_errors:limit"),
))  # fmt: skip
BROKEN = replace(
    KIOSK, name="broken", base="/broken/v0", aliases=(), hosts=(), settings={}, api=replace(KIOSK.api, operations=OPERATIONS),
    webhooks=replace(KIOSK.webhooks, notices=()), records=Records(seed=lambda seeding: None), world=Hooks(),
)  # fmt: skip
REFUSALS = [var for var in vars(errors).values() if isinstance(var, type) and issubclass(var, Refusal)]


@pytest.fixture(scope="module")
def market() -> Iterator[Served]:
    """Serve a vendor whose views fail."""
    with serving(Config(fixture="small"), (*VENDORS, BROKEN)) as served:
        yield served


@pytest.fixture
def client(market: Served) -> Client:
    """Talk to it."""
    return Client(market.url, market.app.worlds.get("main"))


def test_bug_answers_in_vendors_shape(client: Client) -> None:
    answer = client.get("/broken/v0/bug")

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["problem"]["word"] == "internal"


def test_bug_keeps_its_details_in(client: Client) -> None:
    answer = client.get("/broken/v0/bug")

    assert "ZeroDivisionError" in answer.text
    assert "the secret of the bug" not in answer.text
    assert "Traceback" not in answer.text


def test_bug_is_logged_with_traceback(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "mockmarket"):
        client.get("/broken/v0/bug")

    (record,) = [entry for entry in caplog.records if entry.name == "mockmarket"]
    assert record.getMessage() == "GET /broken/v0/bug failed"
    assert record.exc_info
    assert record.exc_info[0] is ZeroDivisionError


def test_bug_is_in_the_journal(client: Client) -> None:
    client.get("/broken/v0/bug")

    last = client.control("GET", "requests?vendor=broken")["requests"][-1]

    assert (last["status"], last["refused"]) == (500, "internal")


def test_server_goes_on_after_bug(client: Client) -> None:
    client.get("/broken/v0/bug")

    assert client.get("/_mockmarket/health").status_code == 200


@pytest.mark.parametrize("refusal", REFUSALS, ids=[refusal.__name__ for refusal in REFUSALS])
def test_refusal_leaves_with_its_status(client: Client, refusal: type[Refusal]) -> None:
    answer = client.get(f"/broken/v0/refusal/{refusal.__name__}")

    assert answer.status_code == refusal.status
    assert answer.json() == {"ok": 0, "problem": {"word": refusal.word, "say": "Said so.", "in": ["field"]}}


def test_every_refusal_has_its_word() -> None:
    words = [refusal.word for refusal in REFUSALS]

    assert len(set(words)) == len(words)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 415, 429])
def test_library_errors_speak_vendor_too(client: Client, status: int) -> None:
    answer = client.get(f"/broken/v0/abort/{status}")

    assert answer.status_code == status
    assert list(answer.json()) == ["ok", "problem"]


def test_refusal_brings_its_headers(client: Client) -> None:
    answer = client.get("/broken/v0/with-header")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_wrong_method_tells_the_right(client: Client) -> None:
    answer = client.post("/broken/v0/bug", {})

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert "it takes GET, HEAD, OPTIONS." in answer.text


@pytest.mark.parametrize("path", ["/nobody", "/_mockmarket/nothing", "/broken/v01/bug"])
def test_nobodys_path_speaks_control(client: Client, path: str) -> None:
    answer = client.get(path)
    error = answer.json()["error"]

    assert answer.status_code == 404
    assert (error["code"], error["message"]) == ("not_found", f"There is no GET {path}.")
    assert "api.zatabox.com" in error["hint"]


def test_control_errors_name_the_field(client: Client) -> None:
    answer = client.post("/_mockmarket/clock/advance", {"seconds": -1})

    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == ["seconds"]


class Inner(Schema):
    """Something within."""

    number = fields.Integer(required=True)


class Outer(Schema):
    """Something with something within."""

    inner = fields.List(fields.Nested(Inner))


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({"inner": [{"number": 1}, {}]}, [("inner.1.number", "Missing data for required field.")]),
        ({"inner": 5}, [("inner", "Not a valid list.")]),
        ([], [("body", "Invalid input type.")]),
    ],
)
def test_nested_errors_have_dotted_fields(body: Any, details: list[tuple[str, str]]) -> None:
    with pytest.raises(ValidationError) as wrong:
        Outer().load(body)

    assert errors.details_of(wrong.value) == details
