"""The default world: what it holds, whatever its start, so that nothing in it goes stale."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import DAY, HOUR, Clock, parse_iso
from mockmarket.config import Config
from mockmarket.seed import finding, reading
from mockmarket.seed.templates import Templates
from mockmarket.store import Store, keys, records
from mockmarket.vendor import discover
from mockmarket.vendors.portal import rules, wire

STARTS = {"winter": parse_iso("2026-01-15T12:00:00Z"), "summer": parse_iso("2031-07-04T00:00:00Z")}

Query = Callable[[str], list[Any]]


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query finds in a database file."""
    conn = sqlite3.connect(path)
    try:
        return conn.execute(sql).fetchall()
    finally:
        conn.close()


@pytest.fixture(scope="module", params=list(STARTS.values()), ids=list(STARTS))
def default(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default world, planted at two starts that are five and a half years apart."""
    templates = Templates(tmp_path_factory.mktemp("templates"), Config(), discover())
    return templates("default", request.param, None)[0]


@pytest.fixture
def ask(default: Path) -> Query:
    """Ask the default world's database."""
    return lambda sql: rows(default, sql)


def started(default: Path) -> int:
    """Return a planted world's start."""
    return int(dict(rows(default, "SELECT name, value FROM meta"))["start"])


@pytest.mark.thorough
def test_search_has_something_to_bite_on(ask: Query) -> None:
    categories = {
        category for (category,) in ask("SELECT DISTINCT category FROM zatabox_event WHERE status = 'published'")
    }
    described = ask("SELECT id FROM zatabox_event WHERE json_extract(data, '$.description') != ''")

    assert (len(categories) >= 4, "online-course" in categories, len(described) >= 3) == (True, True, True)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("table", "least"), [("venue", 12), ("event", 40), ("stock", 2000), ("portal_listing", 2000), ("portal_order", 30)]
)
def test_default_world_is_large(ask: Query, table: str, least: int) -> None:
    [(count,)] = ask(f"SELECT count(*) FROM {table}")

    assert count >= least


@pytest.mark.thorough
def test_forty_default_events_lie_ahead(default: Path, ask: Query) -> None:
    start = started(default)

    [(ahead, furthest)] = ask(f"SELECT count(*), max(starts_at) FROM event WHERE starts_at > {start}")

    assert ahead >= 40
    assert 150 * DAY < furthest - start < 185 * DAY


def test_some_default_events_are_over(default: Path, ask: Query) -> None:
    [(over,)] = ask(f"SELECT count(*) FROM event WHERE ends_at < {started(default)}")

    assert over >= 3


def test_one_default_event_starts_soon(default: Path, ask: Query) -> None:
    [(starts_at,)] = ask("SELECT starts_at FROM event WHERE id = 'starts-soon'")

    assert starts_at - started(default) == 6 * HOUR


def test_no_listed_date_is_before_the_start(default: Path, ask: Query) -> None:
    listed = ask(f"SELECT id, date FROM portal_event WHERE active AND starts_at > {started(default)}")

    assert listed
    assert [id for id, date in listed if parse_iso(date) <= started(default)] == []


def test_one_default_event_is_cancelled(ask: Query) -> None:
    assert ask("SELECT id FROM event WHERE status = 'cancelled'") == [("called-off",)]


def test_last_ten_has_ten_seats(ask: Query) -> None:
    assert ask("SELECT total, held, sold, split FROM stock WHERE event = 'last-ten'") == [(10, 0, 0, "any")]


def test_sold_out_supper_is_sold(ask: Query) -> None:
    [(total, sold)] = ask("SELECT sum(total), sum(sold) FROM stock WHERE event = 'sold-out-supper'")

    assert total == sold > 0


def test_default_events_differ_in_size(ask: Query) -> None:
    sizes = [size for (size,) in ask("SELECT count(*) FROM stock GROUP BY event")]

    assert sum(size >= 200 for size in sizes) >= 3
    assert sum(size <= 3 for size in sizes) >= 3


def test_default_stock_is_varied(ask: Query) -> None:
    splits = {split.partition(":")[0] for (split,) in ask("SELECT DISTINCT split FROM stock")}
    seats = {total for (total,) in ask("SELECT DISTINCT total FROM stock")}
    [(without_cents, with_cents)] = ask("SELECT sum(price % 100 = 0), sum(price % 100 != 0) FROM stock")

    assert splits == {"any", "never_leave_one", "default", "all_together", "multiples", "custom"}
    assert {1, 2, 3, 10, 20, 400} <= seats
    assert min(without_cents, with_cents) > 300
    assert {kind for (kind,) in ask("SELECT DISTINCT kind FROM stock")} == {"seated", "general"}


@pytest.mark.parametrize("sign", ["ñ", "é", "ü", "₱", "✨", '"', "&", "/", "青", "Σ"])
def test_default_names_are_not_plain(ask: Query, sign: str) -> None:
    names = "".join(name for (name,) in ask("SELECT name FROM venue UNION ALL SELECT name FROM event"))

    assert sign in names


def test_default_venues_span_time_zones(ask: Query) -> None:
    zones = {zone for (zone,) in ask("SELECT zone FROM venue")}

    assert len(zones) >= 8
    assert "Asia/Manila" in zones


@pytest.mark.parametrize("status", rules.WAYS)
def test_default_orders_have_every_status(ask: Query, status: str) -> None:
    placed = ask(f"SELECT data ->> '$.customer.email' FROM portal_order WHERE status = '{status}'")

    assert len({email for (email,) in placed}) >= 3


def test_default_orders_are_recent(default: Path, ask: Query) -> None:
    ages = [started(default) - parse_iso(at) for (at,) in ask("SELECT data ->> '$.createdAt' FROM portal_order")]

    assert min(ages) < HOUR
    assert 18 * DAY < max(ages) < 20 * DAY


def test_default_ledger_adds_up(ask: Query) -> None:
    wrong = ask(
        "SELECT s.id FROM stock s WHERE"
        " sold != (SELECT coalesce(sum(quantity), 0) FROM claim WHERE stock = s.id AND state = 'sold')"
        " OR held != (SELECT coalesce(sum(quantity), 0) FROM claim WHERE stock = s.id AND state = 'held')"
        " OR sold != (SELECT coalesce(sum(iif(what = 'sold', quantity, -quantity)), 0) FROM stock_change"
        "   WHERE stock = s.id AND what IN ('sold', 'put_back'))"
    )

    assert wrong == []


def test_default_orders_notify_nobody(ask: Query) -> None:
    assert ask("SELECT (SELECT count(*) FROM notice) + (SELECT count(*) FROM delivery)") == [(0,)]


def test_default_keys_cover_each_case(default: Path) -> None:
    store = Store(default, Clock(), 0, "OFF")
    start = started(default)

    known = {key.name: key for key in keys.all(store.read(), "portal")}
    full = keys.by_secret(store.read(), "portal", "portal_test_full_0000000000000001")
    store.close()

    assert full == known["Full access"]
    assert known["Read only"].scopes == ("events:read", "inventory:read")
    assert known["Expired"].expires_at == start - DAY
    assert known["From 127.0.0.2 only"].ip_allowlist == ("127.0.0.2",)


def test_secrets_are_not_stored(default: Path) -> None:
    secrets = [secret for _, secret in reading.keys_of(finding.find("default"), "portal")]
    raw = default.read_bytes()

    assert len(secrets) == 4
    assert [secret for secret in secrets if secret.encode() in raw] == []


def test_listing_follows_its_stock(default: Path) -> None:
    store = Store(default, Clock(), 0, "OFF")

    listings = records.find(store.read(), wire.LISTING)
    store.close()

    assert {listing["eventId"] for listing in listings} >= {"last-ten", "4546456"}
    assert all(listing["quantity"] >= max(listing["splits"], default=0) for listing in listings)
