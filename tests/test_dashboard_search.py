"""The search over everything: what it finds in every kind, folded, at once; by keys, without scripts, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockmarket.dashboard import search, search_index
from mockmarket.store import recent
from tests.browser import fits
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import FLOOR, buy, listen, settled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

UI = "/_mockmarket/ui/search"
BUYER = {
    "email": "soren@example.com",
    "firstName": "Søren",
    "lastName": "Ærøskøbing",
    "phone": {"number": "5551234567", "countryCode": "+1"},
}


NEEDLE = "needle@example"


def bought(client: Client) -> dict[str, Any]:
    """Place an order of a buyer whom no fixture has."""
    answer = client.post("/api/v1/orders", FLOOR | {"customer": BUYER | {"email": "needle@example.com"}})
    order: dict[str, Any] = answer.json()["order"]
    return order


def found_by(client: Client, text: str) -> dict[str, Any]:
    """Return what a search finds, over HTTP: each group's hits by its title."""
    answer = client.call("GET", UI, params={"q": text}, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    return {group["title"]: group["hits"] for group in answer.json()["groups"]}


@pytest.mark.parametrize(("text", "group"), [
    ("events", "Requests"), ("Full acc", "Keys"), ("order.confirmed", "Notices"), ("settings", "Pages"), ("freeze", "Actions"),
    ("new endpoint zatabox", "Actions"), ("fault slow", "Actions"), ("r000001", "Requests"),
])  # fmt: skip
def test_each_kind_is_found(client: Client, text: str, group: str) -> None:
    client.get("/api/v1/events")

    hits = found_by(client, text)

    assert group in hits
    assert client.call("GET", hits[group][0]["url"].partition(client.world.name)[2]).status_code == 200


@pytest.mark.parametrize("text", ["SOREN", "sØren", "soren@example.com", "soren example"])
def test_buyer_is_found_folded(client: Client, text: str) -> None:
    order = client.post("/api/v1/orders", FLOOR | {"customer": BUYER}).json()["order"]

    (hit,) = found_by(client, text)["Orders"]

    assert hit["title"] == order["orderNumber"]
    assert hit["url"].endswith(order["orderId"])


def test_order_is_found_by_number_and_id_newest_first(client: Client) -> None:
    orders = [bought(client) for _ in range(3)]

    assert [hit["title"] for hit in found_by(client, NEEDLE)["Orders"]] == [
        order["orderNumber"] for order in orders[::-1]
    ]
    assert found_by(client, orders[1]["orderNumber"].lower())["Orders"][0]["title"] == orders[1]["orderNumber"]


def test_search_follows_changes(client: Client) -> None:
    assert "Orders" not in found_by(client, f"cancelled {NEEDLE}")
    order = bought(client)
    assert "Orders" not in found_by(client, f"cancelled {NEEDLE}")

    client.call("PATCH", "/api/v1/orders", json={"orderId": order["orderId"], "status": "cancelled"})

    assert len(found_by(client, f"cancelled {NEEDLE}")["Orders"]) == 1
    client.control("POST", "reset")
    assert "Orders" not in found_by(client, NEEDLE)


def test_index_that_fell_behind_begins_anew(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    found_by(client, NEEDLE)
    monkeypatch.setattr(client.world.store, "recent", recent.RecentChanges())
    client.world.store.recent.number = recent.MOST * 3

    bought(client)

    assert len(found_by(client, NEEDLE)["Orders"]) == 1


def test_delivery_and_endpoint_are_found(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    buy(client)
    (delivery,) = settled(client)

    assert found_by(client, delivery["id"][:12])["Deliveries"][0]["title"] == delivery["id"]
    assert found_by(client, receiver.url.split("/")[2])["Endpoints"][0]["title"] == receiver.url


def test_deliveries_are_counted_beyond_those_listed(
    client: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "ON_PAGE", 2)
    client.control("POST", "endpoints", {"vendor": "zatabox", "url": receiver.url})
    client.control("POST", "zatabox/trigger/event.published", {"count": 3})

    groups = client.call("GET", UI, params={"q": "whd_"}, headers={"Accept": "application/json"}).json()["groups"]

    assert [(len(group["hits"]), group["total"]) for group in groups] == [(2, 3)]


def test_event_and_stock_are_found(client: Client) -> None:
    event = client.get("/api/v1/events").json()["data"][0]
    row = client.world.read().conn.execute("SELECT id FROM stock LIMIT 1").fetchone()[0]

    assert found_by(client, event["name"].upper())["Events"][0]["title"] == event["name"]
    assert found_by(client, row)["Stock"][0]["title"] == row


def test_words_leave_the_members_out() -> None:
    words = search_index.words_of({"buyerName": "Zoë Łuk", "lines": [{"id": 4711}]})

    assert "zoe luk" in words
    assert "4711" in words
    assert "buyername" not in words


def test_markup_in_a_search_is_text(client: Client) -> None:
    text = client.get(UI, q="<script>alert(1)</script>").text

    assert "<script>alert" not in text
    assert "Nothing has" in text


# In the browser


def test_slash_opens_and_enter_goes(page: Page, client: Client) -> None:
    bought(client)
    page.goto("clock")

    page.keyboard.press("/")
    page.keyboard.type(NEEDLE)
    page.locator("#palette .hit").first.wait_for()
    page.keyboard.press("Enter")

    page.wait_for_url("**/orders/portal/id/*")
    page.keyboard.press("/")
    page.get_by_role("region", name="Opened last").locator(".hit").wait_for()
    assert page.locator("#palette .hit").count() == 1


def test_arrows_move_and_escape_closes(page: Page, client: Client) -> None:
    page.goto("clock")

    page.keyboard.press("Control+k")
    page.keyboard.type("settings")
    page.locator("#palette .hit").first.wait_for()
    page.keyboard.press("ArrowDown")

    assert page.evaluate("document.activeElement.className") == "hit"
    page.keyboard.press("Escape")
    page.locator("#palette").wait_for(state="hidden")


def test_search_is_a_page_without_scripts(browser: Browser, client: Client) -> None:
    bought(client)
    context = browser.new_context(
        java_script_enabled=False, base_url=f"{client.base}/_mockmarket/ui/", viewport={"width": 320, "height": 700}
    )
    bare = context.new_page()

    bare.goto("clock")
    bare.get_by_label("Find anything").first.fill(NEEDLE)
    bare.keyboard.press("Enter")

    bare.wait_for_url("**/search?*")
    assert bare.locator(".hit").count() == 1
    assert fits(bare)
    context.close()


def test_search_is_no_page_of_the_navigation(client: Client) -> None:
    text = client.get("/_mockmarket/ui/search", q="orders").text

    assert 'aria-current="page"' not in text
