"""What counts as delivered, and the reason in words when it does not."""

from __future__ import annotations

import json

import pytest

from mockmarket.webhooks.acceptance import Acceptance, Answer, any_2xx, only_200, says_success

RULES = [only_200, any_2xx, says_success]
NOT_2XX = [100, 199, 300, 301, 304, 400, 401, 404, 410, 429, 500, 503]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("status", NOT_2XX)
def test_nothing_but_2xx_delivers(rule: Acceptance, status: int) -> None:
    reason = rule(Answer(status, body=b'{"success":true}'))

    assert str(reason).startswith(f"answered {status}, only ")


def test_only_200_is_literal() -> None:
    assert only_200(Answer(200)) is None
    assert only_200(Answer(204)) == "answered 204, only 200 counts as delivered"
    assert only_200(Answer(201)) == "answered 201, only 200 counts as delivered"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_takes_them_all(status: int) -> None:
    assert any_2xx(Answer(status, body=b'{"success":false}')) is None


@pytest.mark.parametrize("rule", RULES)
def test_silence_is_explained(rule: Acceptance) -> None:
    answer = Answer(None, error="timeout", detail="nothing came within 30 s")

    assert rule(answer) == "no answer: nothing came within 30 s"


@pytest.mark.parametrize("rule", RULES)
def test_silence_without_detail_is_named(rule: Acceptance) -> None:
    assert rule(Answer(None, error="refused")) == "no answer: refused"


YES = [b'{"success":true}', b'{"success":"true","errors":[]}', b' {"listing_id":1,"success":true}\n']


@pytest.mark.parametrize("body", YES)
def test_said_success_delivers(body: bytes) -> None:
    assert says_success(Answer(201, body=body)) is None


NO = [b'{"success":%b}' % each for each in (b"false", b'"false"', b"null", b"1", b'"True"', b'"yes"', b"[true]", b"{}")]


@pytest.mark.parametrize("body", NO)
def test_any_other_success_fails(body: bytes) -> None:
    value = json.dumps(json.loads(body)["success"])

    reason = f'answered 200, but its JSON\'s success is {value}; only true and "true" count'
    assert says_success(Answer(200, body=body)) == reason


SILENT = [
    b"",
    b"OK",
    b'{"received":true}',
    b'["success"]',
    b'"success"',
    b'{"success":true',
    b"\xff\xfe",
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", SILENT, ids=range(len(SILENT)))
def test_silent_2xx_delivers(body: bytes) -> None:
    assert says_success(Answer(200, body=body)) is None
