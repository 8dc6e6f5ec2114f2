"""Zatabox's calls are those of its public manifest, and each needs the scope that it declares; its timetable is the document's."""

from __future__ import annotations

import re

import pytest

from mockmarket.api.operations import load
from mockmarket.vendors.zatabox.vendor import VENDOR
from mockmarket.webhooks.retry import Failure, Health
from tests.conftest import Client
from tests.vendors.zatabox import BUYER, HERE, Box, opened, refused

BUILT = [
    (row.method, re.sub(r"\{\w+\}", lambda part: "0" if part[0] == "{index}" else "x", row.template), load(row))
    for row in VENDOR.api.operations
    if row.built
]


@pytest.mark.parametrize("scope", sorted({str(call.scope) for _, _, call in BUILT if call.scope}))
def test_call_needs_its_scope(client: Client, scope: str) -> None:
    box = opened(client)
    other_scopes = [each.name for each in VENDOR.api.scopes if each.name not in (scope, "*")]
    lacking, enough = (
        client.control("POST", "keys", {"vendor": "zatabox", "name": "x", "scopes": scopes})["secret"]
        for scopes in (other_scopes, [scope])
    )

    for method, path in [(method, path) for method, path, call in BUILT if call.scope == scope]:
        assert refused(Box(client, lacking).call(method, path)) == (403, "INSUFFICIENT_SCOPE"), path
        assert Box(box.client, enough).call(method, path).status_code != 403, path


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, call in BUILT if call.public])
def test_open_call_needs_no_key(client: Client, method: str, path: str) -> None:
    assert opened(client, None).call(method, path).status_code != 401


def test_open_calls_are_eighteen() -> None:
    assert len([call for _, _, call in BUILT if call.public]) == 18


def test_buyers_are_no_organizers(client: Client) -> None:
    buyer = Box(opened(client).client, BUYER)
    own = re.compile(r"/(organizer|webhooks|checkin)|/issue$|/followers")
    calls = [(method, path) for method, path, call in BUILT if own.search(path) and not call.public]
    assert len(calls) > 40

    answers = [buyer.call(method, path, {} if method in ("POST", "PUT") else None) for method, path in calls]

    assert {refused(answer) for answer in answers} == {(403, "FORBIDDEN")}
    assert [buyer.call("GET", path).status_code for path in ("/users/me", "/users/me/tickets", "/events")] == [200] * 3


def test_every_public_call_is_built(client: Client) -> None:
    box, stranger = opened(client), Box(client, None)
    lines = [line.split() for line in (HERE / "zatabox_calls.txt").read_text().splitlines()]
    calls = [(method, re.sub(r":\w+", "0", path)) for *methods, path in lines for method in methods]
    assert len(calls) == 98  # public: the SDK's list

    answers = [(stranger if "live" in path else box).call(method, path) for method, path in calls]

    absent = re.compile(r"There is no [A-Z]+ /|is not built")
    assert [answer.url for answer in answers if answer.status_code == 405 or absent.search(answer.text)] == []


def test_timetable_is_the_documents() -> None:
    rule = VENDOR.webhooks.retry({name: setting.default for name, setting in VENDOR.settings.items()})
    seconds = [0]

    while (verdict := rule(Failure(len(seconds), seconds[-1] * 1000, 500, None, Health()))).next_at is not None:
        seconds.append(verdict.next_at // 1000)

    days = [52_560 + day * 86_400 for day in range(1, 7)]
    assert (seconds, verdict.state) == ([0, 60, 360, 2160, 9360, 52_560, *days], "exhausted")
