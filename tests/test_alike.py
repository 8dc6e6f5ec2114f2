"""Records written by templates: the bytes are those of the dialect, whatever the values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import pytest

from mockmarket.seed.generate import fixture
from mockmarket.seed.generate.fixture import Plan
from mockmarket.stock import Stock
from mockmarket.store import alike
from mockmarket.store.alike import AlikeRecords
from mockmarket.store.records import Kind
from mockmarket.vendors.portal import wire as portal
from mockmarket.vendors.tixstock import wire as tixstock
from mockmarket.webhooks.encoding import Dialect, java, javascript, php

TEXTS = ("", "a1", 'say "so"', "100 %s", "a/b", "Größe", "place 0", "\x00", "\\u002f")
NUMBERS = (0, 1, 25.0, 25.75, 1e25, -0.0, 10**15, True)

every_dialect = pytest.mark.parametrize("dialect", [javascript, php, java])


def record(values: Sequence[object]) -> dict[str, Any]:
    """Return a record with these values in several places."""
    id, text, number = values
    return {
        "id": id,
        "part": {"text": text, "rate": "5 %", "note": "place 1"},
        "price": number,
        "empty": [],
        "none": None,
    }


@every_dialect
def test_bytes_are_the_dialects(dialect: Dialect) -> None:
    writer = AlikeRecords(Kind("v", "k", "id", dialect=dialect))
    values = list(product(TEXTS, TEXTS, NUMBERS))

    rows = [writer.row("same", each, record) for each in values]

    assert rows == [(each[0], dialect(record(each)).decode()) for each in values]


def test_forgotten_templates_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike, "MOST_TEMPLATES", 2)
    writer = AlikeRecords(Kind("v", "k", "id"))
    values = [(f"r{number}", f"text {number}", number) for number in range(24)]

    rows = [writer.row(each[2] % 3, each, record) for each in values]

    assert [json for _, json in rows] == [javascript(record(each)).decode() for each in values]


def offered() -> list[Stock]:
    """Return generated stock, and rows with members that vendors read."""
    plan = Plan(4, 400, seed=3)
    rows = [*fixture.Listings(plan, fixture.shows(plan, fixture.build(plan))).rows()]
    data: tuple[dict[str, Any], ...] = (
        {"category": "A/C", "notes": "50 %"},
        {"face_value": 12.5, "last_minute": False},
        {"restrictions": ["x"]},
    )
    return rows + [
        Stock(f"x{n}", "e1", "seated", "Ä 1", "A", n, 4, 1005, "GBP", data=extra) for n, extra in enumerate(data * 3)
    ]


def test_portals_listings_are_alike() -> None:
    writer = AlikeRecords(portal.LISTING)

    for row in offered():
        written = writer.row((row.split, row.free), portal.varying(row.id, row), partial(portal.varied, row))

        assert written[1] == javascript(portal.listing(row.id, row)).decode()


def test_tixstocks_listings_are_alike() -> None:
    writer = AlikeRecords(tixstock.LISTING)

    for row in offered():
        values = tixstock.varying(row.id, row, "7")
        written = writer.row(tixstock.alike(row), values, partial(tixstock.varied, row))

        assert written[1] == php(tixstock.listing(row.id, row, "7")).decode()
