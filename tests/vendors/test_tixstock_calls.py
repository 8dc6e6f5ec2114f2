"""Tixstock's calls are of the dialects that they declare, and its refusals have the codes of its public reference."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockmarket.api.operations import load
from mockmarket.vendors.tixstock.vendor import VENDOR
from tests.conftest import Client
from tests.vendors.tixstock import Exchange, error, opened

DIALECTS = {"a": "reseller", "p": "partner"}


@pytest.fixture
def exchange(client: Client) -> Exchange:
    return opened(client)


@pytest.mark.thorough
def test_calls_are_of_their_dialects(exchange: Exchange) -> None:
    calls: list[tuple[str, str, Any]] = [
        (row.method, re.sub(r"\{\w+\}", "x", row.template), load(row).scope) for row in VENDOR.api.operations
    ]

    wrong = [
        (method, path, who)
        for method, path, scope in calls
        for who, dialect in DIALECTS.items()
        if (exchange.call(who, method, path, json={}).status_code == 403) == (dialect in scope)
    ]

    assert wrong == []


def test_refusals_have_their_codes(exchange: Exchange) -> None:
    listing = exchange.listing()["id"]
    hold = exchange.hold(1)
    exchange.order(1)

    seen = [
        error(exchange.post("a", f"/tickets/hold/{listing}", {"quantity": 0})),
        error(exchange.post("a", f"/tickets/hold/{listing}", {"quantity": 99})),
        error(exchange.put("a", "/tickets/release", {"hold_id": hold, "release_quantity": 9})),
        error(exchange.call("a", "DELETE", f"/tickets/delete/{listing}")),
        error(exchange.post("a", "/tickets/hold/none", {"quantity": 1})),
        error(exchange.call("a", "PATCH", "/feed")),
        error(exchange.get("a", "/feed")),
        error(
            exchange.call(
                "a", "POST", f"/tickets/hold/{listing}", data=b"{", headers={"Content-Type": "application/json"}
            )
        ),
    ]

    assert seen == [
        (400, "106"),
        (409, "108"),
        (400, "109"),
        (409, "104"),
        (404, "404"),
        (405, "405"),
        (403, "403"),
        (400, "400"),
    ]
