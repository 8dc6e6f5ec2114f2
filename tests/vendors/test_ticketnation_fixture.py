"""What a fixture makes of Ticketnation: the default world's events are its own too; its section, and what is wrong in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import Clock
from mockmarket.config import Config
from mockmarket.errors import Invalid
from mockmarket.seed.templates import Templates
from mockmarket.stock import of_event
from mockmarket.store import Read, Store, events, keys, records
from mockmarket.vendor import discover
from mockmarket.vendors.ticketnation import wire

VENDORS = discover()
SMALL = """
start: "2026-03-01T08:00:00Z"
venues: [{id: hall, name: Hall, city: Town}]
events: [{id: show, name: Show, venue: hall, starts: +9d}]
stock: [{event: show, section: GA, seats: 9, kind: general, price: 10}]
"""


def planted(folder: Path, fixture: str) -> Store:
    """Plant a fixture and open what it made."""
    path, _, clock = Templates(folder / "templates", Config(), VENDORS)(fixture, None, None)
    return Store(path, Clock(clock), 0, "OFF")


def written(folder: Path, section: str = "") -> str:
    """Write a small fixture with more in it to a file; returns its path."""
    path = folder / "own.yaml"
    path.write_text(SMALL + section, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    """The default world, planted."""
    store = planted(tmp_path_factory.mktemp("default"), "default")
    yield store.read()
    store.close()


def all_of(read: Read, kind: Any) -> list[dict[str, Any]]:
    """Return every record of a kind."""
    return records.find(read, kind)


@pytest.mark.thorough
def test_every_default_event_is_here(default: Read) -> None:
    by_id = {event["id"]: event for event in all_of(default, wire.EVENT)}

    assert set(by_id) == {wire.uuid_of("event", show.id) for show in events.all(default)}
    assert len({event["slug"] for event in by_id.values()}) == len(by_id)


def test_every_default_section_is_sold(default: Read) -> None:
    sections = {(show.id, row.section) for show in events.all(default) for row in of_event(default, show.id)}

    assert {ticket["id"] for ticket in all_of(default, wire.TICKET)} == {
        wire.uuid_of("ticket", *section) for section in sections
    }


def test_default_counts_are_the_stocks(default: Read) -> None:
    tickets = all_of(default, wire.TICKET)

    assert tickets
    for ticket in tickets:
        own = records.own(default, wire.TICKET, ticket["id"])
        rows = of_event(default, own["show"], own["section"])
        assert (ticket["quantity"], ticket["sold"]) == (sum(row.total for row in rows), sum(row.sold for row in rows))
        assert ticket["remaining"] == sum(row.free for row in rows)


@pytest.mark.parametrize("status", ["COMPLETED", "REFUNDED"])
def test_default_has_orders_of_each_status(default: Read, status: str) -> None:
    orders = records.find(default, wire.ORDER, ("status", "=", status))

    assert len(orders) >= 3
    assert len({records.own(default, wire.ORDER, order["orderId"])["organization"] for order in orders}) == 2


def test_default_has_events_of_most_statuses(default: Read) -> None:
    statuses = {wire.uuid_of("event", "called-off"): "ARCHIVED", wire.uuid_of("event", "sold-out-supper"): "SOLD_OUT"}

    assert {id: (records.get(default, wire.EVENT, id) or {})["status"] for id in statuses} == statuses


def test_default_has_two_organizations(default: Read) -> None:
    owner = {
        event["id"]: records.own(default, wire.EVENT, event["id"])["organization"]
        for event in all_of(default, wire.EVENT)
    }

    theirs = [
        id for id, organization in owner.items() if organization == wire.uuid_of("organization", "teatro-luntian-guild")
    ]

    assert [organization["slug"] for organization in all_of(default, wire.ORGANIZATION)] == [
        "tala-bay-presents",
        "teatro-luntian-guild",
    ]
    assert sorted(theirs) == sorted(
        wire.uuid_of("event", id) for id in ("nina-matinee", "nina-evening-1", "nina-evening-2")
    )


def test_default_has_thresholds(default: Read) -> None:
    patio = records.get(default, wire.TICKET, wire.uuid_of("ticket", "4546457", "Patio")) or {}

    assert patio["lowInventoryThreshold"] == 50


@pytest.mark.thorough
@pytest.mark.parametrize("fixture", ["default", "small"])
def test_shipped_keys_cover_each_case(tmp_path: Path, fixture: str) -> None:
    store = planted(tmp_path, fixture)
    shipped = {
        word: key
        for word in ("full", "read", "expired", "allowlist", "other")
        if (key := keys.by_secret(store.read(), "ticketnation", f"tn_live_test_{word}_0000000000000001"))
    }
    start = int(store.meta()["start"])
    store.close()

    assert len(shipped) == 5
    assert shipped["read"].scopes == ("events:read", "tickets:read")
    assert 0 < (shipped["expired"].expires_at or 0) < start
    assert shipped["allowlist"].ip_allowlist == ("127.0.0.2",)
    assert shipped["other"].owner["organization"] != "tala-bay-presents"


def identified(read: Read) -> list[str]:
    """Return the ids of events, ticket types and venues."""
    return [record["id"] for kind in (wire.EVENT, wire.TICKET, wire.VENUE) for record in all_of(read, kind)]


@pytest.mark.thorough
def test_ids_stay_the_same(tmp_path: Path) -> None:
    stores = [planted(tmp_path / name, written(tmp_path)) for name in ("first", "second")]

    first, second = (identified(store.read()) for store in stores)
    for store in stores:
        store.close()

    assert (
        first
        == second
        == [wire.uuid_of("event", "show"), wire.uuid_of("ticket", "show", "GA"), wire.uuid_of("venue", "hall")]
    )


def test_section_may_be_left_out(tmp_path: Path) -> None:
    store = planted(tmp_path, written(tmp_path))

    owners = [organization["slug"] for organization in all_of(store.read(), wire.ORGANIZATION)]
    store.close()

    assert owners == ["mock-presents"]


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("organizations: []", "vendors.ticketnation.organizations: Shorter than minimum length 1."),
        ("organizations: [{name: A, slug: No Slug}]", "vendors.ticketnation.organizations[0].slug: Must be like my-shows."),
        ("thresholds: [{event: show, section: GA, at: -1}]", "vendors.ticketnation.thresholds[0].at: Must be greater than"),
        ("tresholds: []", "vendors.ticketnation.tresholds: Unknown field."),
        ("thresholds: [{event: show, section: VIP, at: 3}]", "vendors.ticketnation.thresholds[0]: Event show has no section 'VIP'."),
        ("about_events: [{event: gone}]", "vendors.ticketnation.about_events[0].event: There is no event 'gone'."),
        ("organizations: [{name: A, slug: a}, {name: B, slug: a}]", "vendors.ticketnation.organizations[1].slug: Another organization"),
        ("organizations: [{name: A, slug: a, venues: [gone]}]", "vendors.ticketnation.organizations[0].venues: There is no 'gone'."),
    ],
)  # fmt: skip
def test_wrong_section_is_named(tmp_path: Path, section: str, line: str) -> None:
    fixture = written(tmp_path, f"vendors: {{ticketnation: {{{section}}}}}\n")

    with pytest.raises(Invalid) as refused:
        planted(tmp_path, fixture)

    assert line in refused.value.message


@pytest.mark.parametrize(("status", "words"), [("PAID", "'PAID' is no order status; there are COMPLETED, REFUNDED.")])
def test_wrong_order_is_named(tmp_path: Path, status: str, words: str) -> None:
    order = f"orders: [{{vendor: ticketnation, event: show, section: GA, quantity: 1, status: {status}}}]\n"

    with pytest.raises(Invalid) as refused:
        planted(tmp_path, written(tmp_path, order))

    assert words in refused.value.message
