"""What the shipped worlds hold of Tixstock, and what a fixture may say of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockmarket.clock import Clock
from mockmarket.config import Config
from mockmarket.errors import Invalid
from mockmarket.seed.templates import Templates
from mockmarket.store import Store, keys, records
from mockmarket.vendor import discover
from mockmarket.vendors.tixstock.records.values import STATUSES
from mockmarket.vendors.tixstock.rules import resellers
from mockmarket.vendors.tixstock.wire import BROKER, LISTING, ORDER, RESELLER
from tests.vendors.tixstock import FIXTURE

START = 1_767_225_600_000
VENDORS = discover()


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Read the default world."""
    path = Templates(tmp_path_factory.mktemp("templates"), Config(), VENDORS)("default", START, None)[0]
    store = Store(path, Clock(), 0, "OFF")
    yield store.read()
    store.close()


@pytest.fixture
def planted(tmp_path: Path) -> Callable[..., Path]:
    """Plant the tests' fixture with a section for this vendor of its own."""

    def plant(section: Any, **extra: Any) -> Path:
        fixture = yaml.safe_load(Path(FIXTURE).read_text(encoding="utf-8")) | extra
        fixture["vendors"] = {"tixstock": section}
        (tmp_path / "own.yaml").write_text(yaml.safe_dump(fixture), encoding="utf-8")
        return Templates(tmp_path / "templates", Config(), VENDORS)(str(tmp_path / "own.yaml"), None, None)[0]

    return plant


@pytest.mark.thorough
def test_default_has_three_resellers_and_a_partner(default: Any) -> None:
    assert [reseller["dialect"] for reseller in records.find(default, RESELLER)] == ["reseller"] * 3 + ["partner"]


@pytest.mark.thorough
def test_default_tokens_are_the_resellers(default: Any) -> None:
    tokens = {
        letter: f"tixstock_test_{letter}_0000000000000001"
        for letter in ("reseller_a", "reseller_b", "reseller_c", "partner")
    }

    of = {letter: keys.by_secret(default, "tixstock", token) for letter, token in tokens.items()}

    assert {letter: resellers.of_key(default, key).id for letter, key in of.items() if key} == {
        "reseller_a": "northgate", "reseller_b": "southbank", "reseller_c": "farpoint", "partner": "metro-feed",
    }  # fmt: skip


def test_default_orders_have_every_status(default: Any) -> None:
    orders = records.find(default, ORDER)

    assert {order["status"] for order in orders} == set(STATUSES)
    assert {order["reseller"] for order in orders} == {"northgate", "southbank", "farpoint", "metro-feed"}
    assert any(order["shipping_tracking_id"] for order in orders)


def test_default_leaves_an_event_unassigned(default: Any) -> None:
    ids = {
        name: resellers.event_id(default, resellers.reseller(default, name), "last-ten")
        for name in ("northgate", "southbank")
    }

    assert ids == {"northgate": "last-ten", "southbank": None}


def test_default_has_every_ticket_type(default: Any) -> None:
    types = {listing["ticket"]["type"] for listing in records.find(default, LISTING)}

    assert types == {"Paper", "eTicket", "Mobile", "Members / Season Card"}


def test_default_has_a_closed_broker(default: Any) -> None:
    assert {broker["open"] for broker in records.find(default, BROKER)} == {True, False}


def test_every_stock_row_is_listed(default: Any) -> None:
    (rows,) = default.conn.execute("SELECT count(*) FROM stock").fetchone()

    assert records.count(default, LISTING, []) == rows > 2000


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"resellers": [{"name": "x"}]}, "vendors.tixstock.resellers[0].id"),
        ({"resellers": [{"id": "a", "dialect": "klingon"}]}, "vendors.tixstock.resellers[0].dialect"),
        ({"brokers": [{"id": "a b", "name": "x"}]}, "vendors.tixstock.brokers[0].id"),
        ({"sellers": []}, "vendors.tixstock.sellers"),
        (
            {"resellers": [{"id": "a", "unassigned": ["nowhere"]}]},
            "vendors.tixstock.resellers[0].unassigned: There is no nowhere",
        ),
        ({"resellers": [{"id": "a", "brokers": {"77": "x"}}]}, "vendors.tixstock.resellers[0].brokers"),
    ],
)
def test_wrong_section_is_named(planted: Callable[..., Path], section: Any, words: str) -> None:
    with pytest.raises(Invalid, match=re.escape(words)):
        planted(section)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"status": "Shipped"}, "no order status"),
        ({"status": "Approved", "quantity": 11}, "Only 10"),
        ({"status": "Approved", "section": "Circle", "row": "C", "quantity": 3}, "Sell In Multiples"),
        ({"status": "Approved", "data": {"reseller": "nobody"}}, "nobody"),
    ],
)
def test_wrong_order_is_named(planted: Callable[..., Path], order: Any, words: str) -> None:
    entry = {"vendor": "tixstock", "event": "9001", "section": "Stalls", "row": "A", "quantity": 1} | order

    with pytest.raises(Invalid, match=rf"own.yaml:\d+: orders\[0\].*{words}"):
        planted({}, orders=[entry])


def test_broker_is_there_without_a_section(planted: Callable[..., Path]) -> None:
    store = Store(planted({}), Clock(), 0, "OFF")
    brokers = records.find(store.read(), BROKER)
    store.close()

    assert [broker["open"] for broker in brokers] == [True]
