"""The board of orders in a real browser: cards are moved by mouse, finger and keys to what their vendor allows, and not elsewhere."""

from __future__ import annotations

import re
from contextlib import suppress
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from mockmarket.api.schemas import schema_of
from mockmarket.dashboard import order_list
from mockmarket.errors import Refusal
from mockmarket.store import records, seats
from mockmarket.vendor import Action, OrderView, SeedOrder, Vendor, discover
from mockmarket.worlds.world import World
from tests.browser import NARROW
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import buy, listen
from tests.test_dashboard import UI, send

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

SELLERS = [vendor for vendor in discover() if vendor.records.orders]
every_seller = pytest.mark.parametrize("vendor", SELLERS, ids=[vendor.name for vendor in SELLERS])


@pytest.fixture
def order(client: Client) -> dict[str, Any]:
    """Buy one ticket of the portal's; returns the order."""
    return buy(client)


def status_of(client: Client, order: dict[str, Any]) -> str:
    """Return the status of an order of the portal's."""
    status: str = client.control("GET", f"records/portal/order/{order['orderId']}")["status"]
    return status


def column(page: Page, title: str) -> Locator:
    """Return a column of the board."""
    return page.locator(".board").get_by_role("region", name=title, exact=True)


def card_in(page: Page, title: str, order: dict[str, Any]) -> Locator:
    """Return the card of an order in a column."""
    return column(page, title).locator(f"[id='card-portal-{order['orderId']}']")


def middle_of(place: Locator) -> tuple[float, float]:
    """Return the centre of the part of an element that is in sight, from its upper edge on."""
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 60)


def take(page: Page, card: Locator) -> None:
    """Take a card in hand with the mouse, and wait until the columns say what they allow."""
    page.mouse.move(*middle_of(card))
    page.mouse.down()
    page.mouse.move(*(at + 12 for at in middle_of(card)))
    page.locator(".board .may, .board .may-not").first.wait_for()


def carry(page: Page, card: Locator, target: Locator) -> None:
    """Drag a card to a column with the mouse."""
    take(page, card)
    page.mouse.move(*middle_of(target), steps=4)
    page.mouse.up()


# By mouse


def test_card_is_dragged_to_the_next_status(
    page: Page, client: Client, order: dict[str, Any], receiver: Receiver
) -> None:
    listen(client, receiver.url)
    page.goto("orders/board?vendor=portal")

    carry(page, card_in(page, "confirmed", order), column(page, "accepted"))

    page.locator("#toast", has_text="Accepted. 1 notice is on its way.").wait_for()
    card_in(page, "accepted", order).wait_for()
    assert status_of(client, order) == "accepted"


def test_column_says_why_it_takes_no_card(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders/board?vendor=portal")

    take(page, card_in(page, "confirmed", order))
    why = column(page, "fulfilled").locator(".why").inner_text()
    page.mouse.move(*middle_of(column(page, "fulfilled")), steps=4)
    page.mouse.up()

    page.locator("#toast", has_text="cannot go to fulfilled").wait_for()
    assert "confirmed cannot become fulfilled" in why
    assert card_in(page, "confirmed", order).count() == 1
    assert page.locator(".board .why").count() == 0
    assert status_of(client, order) == "confirmed"


def test_change_of_the_world_breaks_no_drag(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders/board?vendor=portal")
    page.locator("#link", has_text="live").wait_for()

    take(page, card_in(page, "confirmed", order))
    with page.expect_response(re.compile("orders/board")):
        other = buy(client)
    page.mouse.move(*middle_of(column(page, "accepted")), steps=4)
    in_hand = page.locator(".ghost").count(), page.locator(".board .held").count()
    page.mouse.up()

    card_in(page, "accepted", order).wait_for()
    card_in(page, "confirmed", other).wait_for()
    assert in_hand == (1, 1)


def test_move_that_needs_values_opens_its_form(page: Page, client: Client, order: dict[str, Any]) -> None:
    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "accepted"})
    page.goto("orders/board?vendor=portal")

    carry(page, card_in(page, "accepted", order), column(page, "fulfilled"))
    page.get_by_label("Transfer method").select_option("email")
    page.get_by_role("dialog").get_by_role("button", name="→ fulfilled").click()

    card_in(page, "fulfilled", order).wait_for()
    page.locator("#moving").wait_for(state="hidden")
    assert status_of(client, order) == "fulfilled"


def test_move_with_a_choice_asks_which(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders/board")

    carry(page, card_in(page, "New", order), column(page, "Cancelled"))
    buttons = page.get_by_role("dialog").locator("section button").all_inner_texts()
    page.get_by_role("dialog").get_by_role("button", name="Refund").click()

    card_in(page, "Cancelled", order).wait_for()
    assert sorted(buttons) == ["Refund", "→ cancelled"]
    assert status_of(client, order) == "refunded"


def test_refused_move_puts_the_card_back(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders/board?vendor=portal")

    take(page, card_in(page, "confirmed", order))
    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "cancelled"})
    page.mouse.move(*middle_of(column(page, "accepted")), steps=4)
    page.mouse.up()

    page.locator("#notice", has_text="cancelled cannot become accepted").wait_for()
    card_in(page, "cancelled", order).wait_for()
    assert card_in(page, "accepted", order).count() == 0


def test_drag_is_no_click(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders/board?vendor=portal")
    card = card_in(page, "confirmed", order)

    carry(page, card, column(page, "confirmed").locator("h2"))
    stayed = page.url
    card.get_by_role("link", name=order["orderNumber"]).first.click()

    page.get_by_role("heading", name=order["orderNumber"]).wait_for()
    assert stayed.endswith("orders/board?vendor=portal")


# By finger


def test_card_is_dragged_by_a_finger(browser: Browser, client: Client, order: dict[str, Any]) -> None:
    context = browser.new_context(viewport=NARROW, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{client.base}/_mockmarket/ui/orders/board?vendor=portal")
    fingers = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    x, y = middle_of(card_in(page, "confirmed", order).locator(".grip"))
    touch("touchStart", (x, y))
    touch("touchMove", (x + 20, y + 5))
    page.locator(".board .may").first.wait_for()
    target = column(page, "accepted").bounding_box()
    assert target
    touch("touchMove", (target["x"] + 30, y + 5))
    touch("touchEnd")

    page.locator("#toast", has_text="Accepted.").wait_for()
    card_in(page, "accepted", order).wait_for()
    context.close()
    assert status_of(client, order) == "accepted"


# By keys


def test_card_is_moved_by_keys(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders/board?vendor=portal")
    card_in(page, "confirmed", order).locator(".open").focus()

    page.keyboard.press("Space")
    page.locator("#move-said", has_text="in hand").wait_for()
    page.keyboard.press("ArrowRight")
    page.locator("#move-said", has_text="accepted: allowed.").wait_for()
    page.keyboard.press("ArrowRight")
    page.locator("#move-said", has_text="fulfilled: not allowed.").wait_for()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")

    card_in(page, "accepted", order).wait_for()
    page.locator("#toast", has_text="Accepted.").wait_for()
    assert page.evaluate("document.activeElement.id") == f"c-portal-{order['orderId']}"


def test_escape_puts_the_card_back(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders/board?vendor=portal")
    card_in(page, "confirmed", order).locator(".open").focus()

    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.locator("#move-said", has_text="accepted: allowed.").wait_for()
    page.keyboard.press("Escape")

    page.locator("#move-said", has_text="stays where it is").wait_for()
    assert page.locator(".board :is(.held, .may, .may-not, .over)").count() == 0
    assert status_of(client, order) == "confirmed"


def test_grip_shows_every_move(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders/board?vendor=portal")
    card_in(page, "confirmed", order).locator(".grip").focus()

    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="→ accepted").click()

    card_in(page, "accepted", order).wait_for()
    assert page.locator("#moving").is_hidden()


# Without JavaScript, and at every vendor


def test_card_is_moved_without_scripts(client: Client, order: dict[str, Any]) -> None:
    board = client.get(f"{UI}/orders/board", vendor="portal").text
    [link] = re.findall(rf'href="([^"]*/moves/{order["orderId"]}[^"]*)"', board)
    page = client.call("GET", unescape(link).removeprefix(client.base.partition(client.base.split("/")[2])[2])).text
    form = re.search(rf'action="[^"]*ui/([^"]*/do/set_status/to/accepted/{order["orderId"]})"', page)

    assert form
    assert send(client, form[1]).status_code == 303
    assert status_of(client, order) == "accepted"


@every_seller
def test_every_column_leads_there_or_says_why_not(client: Client, vendor: Vendor) -> None:
    view = vendor.records.orders
    assert view
    send(client, f"orders/{vendor.name}/test")
    for record in records.find(client.world.read(), view.kind, limit=3):
        for by, columns in (("phase", order_list.PHASES), ("status", view.statuses)):
            text = client.get(f"{UI}/orders/{vendor.name}/moves/{record[view.kind.id]}", by=by).text
            sections = re.findall(r'<section data-column="([^"]+)".*?</section>', text, re.DOTALL)
            empty = re.findall(
                r'<section data-column="[^"]+"[^>]*>\s*<h3>.*?</h3>\s*<p class="said"></p>', text, re.DOTALL
            )

            assert len(set(columns) - set(map(unescape, sections))) <= 1
            assert empty == []


def test_status_of_the_same_phase_is_offered(client: Client, order: dict[str, Any]) -> None:
    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "cancelled"})

    text = client.get(f"{UI}/orders/portal/moves/{order['orderId']}", by="phase").text

    assert re.search(r'data-column="ended".*?/do/refund/', text, re.DOTALL)


LEADING = [(vendor, action) for vendor in SELLERS for action in vendor.world.actions if action.leads_to]


@pytest.mark.parametrize(("vendor", "action"), LEADING, ids=lambda part: part.name)
def test_action_leads_to_its_status(client: Client, vendor: Vendor, action: Action) -> None:
    view, world = vendor.records.orders, client.world
    assert view
    for status in (*view.statuses, view.bought):
        id = placed(world, vendor, view, status)
        fields = {view.named_by: int(id) if id.isdecimal() else id}
        if id and action.barred and action.barred(world, fields) is None:
            action.run(world, schema_of(action.body, "body").load(fields))
            record = records.get(world.read(), view.kind, id)
            assert record
            assert view.line(world.read(), record).status == action.leads_to
            return
    pytest.fail("no order lets it be done")


def placed(world: World, vendor: Vendor, view: OrderView, status: str) -> str:
    """Place an order in a status, as a fixture does; returns its id, "" where the vendor takes none in that status."""
    for row in seats.cheapest(world.read(), 200):
        with suppress(Refusal), world.atomic() as tx:
            vendor.records.place(tx, SeedOrder(row, 1, status, "Ann", "ann@example.com", "5551234567", "+1", {}))
            return str(records.find(tx, view.kind, order=[("rowid", "desc")], limit=1)[0][view.kind.id])
    return ""
