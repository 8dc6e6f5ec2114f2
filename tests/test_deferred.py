"""Deferred updates: whatever is sold, whoever reads when, every record, notice and effect is as if each vendor had reacted at once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from mockmarket import stock
from mockmarket.errors import SoldOut
from mockmarket.store import endpoints, records
from mockmarket.store.contents import Update
from mockmarket.store.endpoints import Endpoint
from mockmarket.vendors.ticketnation import wire
from mockmarket.worlds.world import World
from tests.conftest import Client, Served
from tests.running import FLOOR, PORTAL_KEY

SHARED = str(Path(__file__).parent / "shared_stock.yaml")
FIXTURES = (HealthCheck.function_scoped_fixture,)
SECTIONS = (("1", "101", "A"), ("1", "101", "B"), ("1", "Floor", "GA"), ("2", "Floor", "GA"))
KINDS = (
    "portal/event",
    "portal/listing",
    "ticketnation/ticket",
    "ticketnation/event",
    "tixstock/listing",
    "zatabox/ticket_type",
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from((
            *("order", "order", "order", "cancel", "ticketnation", "zatabox"),
            *("read", "later", "reprice", "add", "subscribe", "threshold", "refused"),
        )),
        st.integers(0, 5),
        st.integers(1, 3),
    ),
    min_size=3,
    max_size=25,
)  # fmt: skip


class Seller:
    """Sells, reads and changes things in one world, by numbers that mean the same in any world of its fixture."""

    def __init__(self, url: str, world: World, at_once: bool) -> None:
        self.client = Client(url, world)
        self.client.key = dict(PORTAL_KEY)
        self.world, self.at_once = world, at_once
        self.orders: list[str] = []

    def act(self, step: str, number: int, quantity: int) -> Any:
        """Do one step; returns what was answered."""
        if self.at_once:
            self.world.store.deferred.margins.clear()
        answer = getattr(self, step)(number, quantity)
        if self.at_once:
            self.world.store.refresh_all(self.world.read())
        return answer

    def order(self, number: int, quantity: int) -> Any:
        """Order from the portal, by section and row or by listing."""
        event, section, row = SECTIONS[number % len(SECTIONS)]
        body = {**FLOOR, "eventId": event, "section": section, "row": row, "quantity": quantity}
        if number > 2:
            listings = self.client.get("/api/v1/inventory", eventId=event).json()["data"]
            body |= {"listingId": listings[0]["listingId"]} if listings else {}
        answer = self.client.post("/api/v1/orders", body).json()
        self.orders += [answer["order"]["orderId"]] if answer["success"] else []
        return answer

    def cancel(self, number: int, _quantity: int) -> Any:
        """Cancel one of the orders."""
        if not self.orders:
            return None
        change = {"orderId": self.orders[number % len(self.orders)], "status": "cancelled"}
        return self.client.patch("/api/v1/orders", change).json()

    def refused(self, number: int, quantity: int) -> None:
        """Sell seats in a transaction that is rolled back."""
        rows = stock.of_event(self.world.read(), SECTIONS[number % len(SECTIONS)][0])
        with suppress(SoldOut), self.world.atomic() as tx:
            for row in rows[:quantity]:
                stock.take(tx, row.id, min(row.free, 1), "core", "never")
            raise SoldOut("Not here.", available=0)

    def ticketnation(self, number: int, quantity: int) -> Any:
        """Buy at Ticketnation."""
        ticket = self._records("ticketnation", "ticket")[number % 3]
        body = {"eventId": ticket["eventId"], "ticketId": ticket["id"], "quantity": quantity}
        return self._run("ticketnation", "buy", body)

    def zatabox(self, number: int, quantity: int) -> Any:
        """Buy at Zatabox."""
        return self._run(
            "zatabox",
            "buy",
            {"ticketTypeId": self._records("zatabox", "ticket_type")[number % 3]["id"], "quantity": quantity},
        )

    def reprice(self, number: int, quantity: int) -> Any:
        """Change the price of a row."""
        event, section, row = SECTIONS[number % len(SECTIONS)]
        return self._run("core", "change_price", {"stock": f"s{event}-{section}-{row}", "price": 10 * quantity})

    def add(self, number: int, quantity: int) -> Any:
        """Put more seats on sale."""
        return self._run(
            "core", "add_stock", {"event": "1", "section": "101", "row": f"N{number}", "seats": quantity, "price": 70}
        )

    def later(self, number: int, quantity: int) -> Any:
        """Move the clock."""
        return self.client.control("POST", "clock/advance", {"seconds": 60 * number + quantity})

    def subscribe(self, number: int, _quantity: int) -> Any:
        """Give a vendor an endpoint that hears of everything and is sent nothing."""
        vendor, owner = (("tixstock", "a"), ("ticketnation", ""), ("zatabox", ""), ("portal", ""))[number % 4]
        with self.world.atomic() as tx:
            endpoints.put(
                tx,
                Endpoint(f"end-{vendor}", vendor, "http://127.0.0.1:9/", "secret", tx.now, tx.now, owner, active=False),
            )

    def threshold(self, number: int, quantity: int) -> Any:
        """Change a threshold as its organizer would."""
        with self.world.atomic() as tx:
            ticket = records.find(tx, wire.TICKET)[number % 3]
            records.update(tx, wire.TICKET, ticket | {"lowInventoryThreshold": 5 * quantity})

    def read(self, number: int, _quantity: int) -> Any:
        """Read the records of a kind."""
        return self._records(*KINDS[number].split("/"))

    def _records(self, vendor: str, kind: str) -> Any:
        return self.client.control("GET", f"records/{vendor}/{kind}")["records"]

    def _run(self, vendor: str, action: str, body: dict[str, Any]) -> Any:
        return self.client.call("POST", f"/_mockmarket/{vendor}/actions/{action}", json=body).json()

    def everything(self) -> dict[str, Any]:
        """Return every row of every table, and the effects of every request."""
        read = self.world.read()
        read.store.refresh_all(read)
        names = [
            name
            for (name,) in read.conn.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            )
        ]
        tables = {
            name: read.conn.execute(f"SELECT rowid, * FROM {name}").fetchall()
            for name in names
            if name not in ("seat", "delivery")
        }
        tables["delivery"] = read.conn.execute(
            "SELECT id, uid, notice, endpoint, body, state, due, at FROM delivery"
        ).fetchall()
        effects = [
            entry.effects for entry in self.world.journal.find({})
        ]  # but what a record was before an update may be older
        return tables | {"effects": [replace(each, contents={}, contents_size=0) for each in effects]}


Pair = Callable[[], tuple[Seller, Seller]]


@pytest.fixture
def pair(served: Served) -> Iterator[Pair]:
    """Return two worlds of the shared stock; in the second every vendor reacts at once."""
    worlds: list[World] = []

    def make() -> tuple[Seller, Seller]:
        worlds.extend(served.fresh_worlds.take(SHARED) for _ in range(2))
        return Seller(served.url, worlds[-2], at_once=False), Seller(served.url, worlds[-1], at_once=True)

    yield make
    for world in worlds:
        served.fresh_worlds.give_back(world)


@pytest.mark.thorough
@given(steps=STEPS)
@settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=FIXTURES)
def test_nobody_sees_that_updates_wait(pair: Pair, steps: list[tuple[str, int, int]]) -> None:
    patient, prompt = pair()

    for step in steps:
        assert patient.act(*step) == prompt.act(*step)

    assert patient.everything() == prompt.everything()
    check_contents(patient.world, prompt.world)


def check_contents(patient: World, prompt: World) -> None:
    """Compare what the records that each request changed were and became: where an update has one cause alone, it is that of the cause."""
    for late, early in zip(patient.journal.find({}), prompt.journal.find({}), strict=True):
        for key, content in late.effects.contents.items():
            if isinstance(content, Update) and content.causes == 1:
                content = content.content or early.effects.contents[key]
            if not isinstance(content, Update):
                assert (key, content) == (key, early.effects.contents[key])


@pytest.fixture
def seller(served: Served, world: World) -> Seller:
    """Sell in one world of the core's fixture."""
    return Seller(served.url, world, at_once=False)


@pytest.mark.parametrize("fixture", [SHARED])
class TestSales:
    """One world in which the floor was sold from once, so that every vendor but the broker's has a margin."""

    @pytest.fixture(autouse=True)
    def _sell_once(self, seller: Seller) -> None:
        seller.order(2, 1)

    def test_second_sale_writes_its_vendor_only(self, seller: Seller) -> None:
        before = stored_at(seller.world, "zatabox_ticket_type")

        seller.order(2, 1)

        assert stored_at(seller.world, "zatabox_ticket_type") == before
        assert set(seller.world.store.deferred.stale) == {"portal", "ticketnation", "tixstock", "zatabox"}

    def test_reader_sees_the_sale(self, seller: Seller) -> None:
        seller.order(2, 2)

        assert seller.read(5, 0)[1]["quantityAvailable"] == 27
        assert "zatabox" not in seller.world.store.deferred.stale

    def test_sale_is_dated_when_it_was_made(self, seller: Seller) -> None:
        seller.client.control("POST", "clock/advance", {"seconds": 60})
        seller.order(2, 1)
        seller.client.control("POST", "clock/advance", {"seconds": 60})

        assert seller.read(5, 0)[1]["updatedAt"] == "2026-03-01T08:01:00Z"

    def test_effects_name_every_record(self, seller: Seller) -> None:
        seller.order(2, 1)

        first, second = [entry.effects.records for entry in seller.world.journal.find({"method": "POST"})]
        assert [record[:2] for record in second] == [record[:2] for record in first]
        assert ("zatabox", "ticket_type") in [record[:2] for record in second]

    def test_copy_has_the_sale(self, seller: Seller, tmp_path: Path) -> None:
        seller.order(2, 1)

        seller.world.save(tmp_path / "copy.db")

        with closing(sqlite3.connect(tmp_path / "copy.db")) as conn:
            rows = conn.execute("SELECT data FROM zatabox_ticket_type").fetchall()
        assert sorted(json.loads(row)["quantitySold"] for (row,) in rows) == [0, 0, 2]

    def test_kept_world_defers_nothing(self, seller: Seller) -> None:
        seller.world.store.synchronous = "NORMAL"

        seller.order(2, 1)

        assert seller.world.store.deferred.stale == {}

    def test_last_sale_is_announced_at_once(self, seller: Seller) -> None:
        types = [seller.order(2, quantity) and newest(seller.world) for quantity in (3, 3, 3, *(5,) * 4)]

        assert (types.index("ticket.inventory_low"), types.index("ticket_type.sold_out")) == (2, 6)

    def test_rolled_back_sale_is_not_seen(self, seller: Seller) -> None:
        before = seller.read(5, 0)

        seller.refused(2, 1)

        assert seller.read(5, 0) == before


@pytest.mark.thorough
@pytest.mark.parametrize("fixture", [SHARED])
def test_readers_see_every_answered_sale(served: Served, world: World) -> None:
    answered: list[int] = []

    def sell(_: int) -> None:
        seller = Seller(served.url, world, at_once=False)
        answered.extend(1 for _ in range(6) if seller.order(2, 1)["success"])

    def read(_: int) -> list[tuple[int, int]]:
        seller = Seller(served.url, world, at_once=False)
        return [(len(answered), seller.read(5, 0)[1]["quantitySold"]) for _ in range(12)]

    with ThreadPoolExecutor(6) as pool:
        sales, reads = pool.map(sell, range(4)), pool.map(read, range(2))
        seen = [pair for pairs in reads for pair in pairs]
        list(sales)

    assert all(before <= sold <= len(answered) for before, sold in seen)
    assert Seller(served.url, world, at_once=False).read(5, 0)[1]["quantitySold"] == len(answered) == 24


def stored_at(world: World, table: str) -> list[str]:
    """Return what stands in a vendor's table, without an update of what waits for one."""
    return [row for (row,) in world.read().conn.execute(f"SELECT data FROM {table} ORDER BY rowid")]


def newest(world: World) -> str:
    """Return the type of the newest notice of a vendor that does not sell the order."""
    sql = "SELECT type FROM notice WHERE vendor != 'portal' ORDER BY id DESC LIMIT 1"
    return str((world.read().conn.execute(sql).fetchone() or [""])[0])
