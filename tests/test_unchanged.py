"""Updates that change nothing: they are answered, and notify nobody, at every vendor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mockmarket import stock
from mockmarket.clock import iso_ms
from mockmarket.store import events
from mockmarket.worlds.world import World
from tests.conftest import Client, Served
from tests.sixth.serving import VENDORS, market
from tests.test_gone import use_key

__all__ = ["market"]


@pytest.fixture
def world(market: Served) -> Iterator[World]:
    """Give the test a world of its own, its clock frozen."""
    world = market.fresh_worlds.take()
    yield world
    market.fresh_worlds.give_back(world)


@pytest.fixture
def client(market: Served, world: World) -> Client:
    """Talk to the test's world, in which every vendor has an endpoint that hears everything."""
    client = Client(market.url, world)
    for vendor in VENDORS:
        client.control("POST", "endpoints", {"vendor": vendor.name, "url": "http://127.0.0.1:9/"})
    return client


def same_price(client: Client) -> None:
    """Set a stock row's price to its own."""
    row = next(iter(stock.every(client.world.read())))
    client.control("POST", "core/actions/change_price", {"stock": row.id, "price": row.price / 100})


def same_time(client: Client) -> None:
    """Move an event to its own start."""
    event = events.all(client.world.read())[0]
    client.control("POST", "core/actions/move_event", {"event": event.id, "to": iso_ms(event.starts_at)})


def same_ticketnation_event(client: Client) -> None:
    """Patch an event with what it is."""
    use_key(client, "ticketnation")
    path = "/ticketnation/open-api/v1/events"
    event = client.get(path).json()["data"][0]
    body = {name: event[name] for name in ("name", "dateTime", "endDateTime", "venueId", "timezone")}
    assert client.patch(f"{path}/{event['id']}", body).ok


def same_ticketnation_ticket(client: Client) -> None:
    """Patch a ticket type with what it is."""
    use_key(client, "ticketnation")
    ticket = client.control("GET", "records/ticketnation/ticket")["records"][0]
    body = {name: ticket[name] for name in ("name", "price", "quantity", "lowInventoryThreshold")}
    assert client.patch(f"/ticketnation/open-api/v1/tickets/{ticket['id']}", body).ok


def same_zatabox_event(client: Client) -> None:
    """Put an event with what it is."""
    use_key(client, "zatabox")
    event = client.control("GET", "records/zatabox/event?status=published")["records"][0]
    body = {name: event[name] for name in ("title", "startDate", "endDate", "timezone", "capacity")}
    assert client.put(f"/zatabox/api/v1/organizer/events/{event['id']}", body).ok


def same_tixstock_listing(client: Client) -> None:
    """Change a listing to what it is, as its broker."""
    listing = client.control("GET", "records/tixstock/listing")["records"][0]
    body = {
        "listing": listing["id"],
        "price": float(listing["proceed_price"]["amount"]),
        "type": listing["ticket"]["type"],
    }
    client.control("POST", "tixstock/actions/update_listing", body)


def same_skybox_inventory(client: Client) -> None:
    """Put an inventory with what it is."""
    use_key(client, "skybox")
    row = client.get("/skybox/services/inventory").json()["rows"][0]
    path = f"/skybox/services/inventory/{row['id']}"
    assert client.put(path, client.get(path).json()).ok


UPDATES: tuple[Callable[[Client], Any], ...] = (
    same_price, same_time, same_ticketnation_event, same_ticketnation_ticket, same_zatabox_event, same_tixstock_listing,
    same_skybox_inventory,
)  # fmt: skip


@pytest.mark.parametrize("update", UPDATES, ids=lambda update: update.__name__)
def test_update_of_nothing_notifies_nobody(client: Client, update: Callable[[Client], Any]) -> None:
    update(client)

    assert [notice["type"] for notice in client.control("GET", "notices")["notices"]] == []
