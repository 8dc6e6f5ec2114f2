"""The Stock pages in a real browser: events with their seats counted, one event's plan, who has which seat, and the ledger."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from markupsafe import escape

from mockmarket import stock
from mockmarket.dashboard import stock as stock_page
from mockmarket.store import events
from tests.browser import NARROW, fits
from tests.conftest import Client
from tests.running import FLOOR, buy
from tests.test_dashboard import UI, send

if TYPE_CHECKING:
    from playwright.sync_api import Page


SCRIPT = "<script>alert(1)</script>"
SEATED = {**FLOOR, "section": "101", "row": "A", "quantity": 2}


@pytest.fixture
def sold(client: Client) -> dict[str, Any]:
    """Sell two seats of row A through the portal; returns the order."""
    answer = client.post("/api/v1/orders", SEATED)
    assert answer.status_code == 201, answer.text
    return answer.json()["order"]


def hold(client: Client, id: str, quantity: int, record: str = "r-1", vendor: str = "tixstock") -> Any:
    """Hold seats of a row, as a vendor's rules do."""
    with client.world.atomic() as tx:
        return stock.hold(tx, id, quantity, vendor, record)


def row_of(client: Client, section: str = "101", row: str = "A") -> Any:
    """Return a stock row of the first event as it is now."""
    rows = stock.of_event(client.world.read(), "1001", section)
    return next(entry for entry in rows if entry.row == row)


def core(client: Client, action: str, **arguments: Any) -> Any:
    """Carry out an action of the core's."""
    return client.control("POST", f"core/actions/{action}", arguments)


def add_rows(client: Client, **arguments: Any) -> Any:
    """Put more seats of the first event on sale."""
    return core(client, "add_stock", **{"event": "1001", "price": 10} | arguments)


# Events


def test_list_counts_what_is_sold(client: Client, sold: dict[str, Any]) -> None:
    text = client.get("/_mockmarket/ui/stock").text

    assert 'aria-label="70 free, 0 held, 4 sold"' in text


def test_list_follows_a_sale_live(page: Page, client: Client) -> None:
    page.goto("stock")
    line = page.locator("tr", has_text="Lanterns at Low Tide")
    line.wait_for()

    buy(client)

    line.locator("td.right").nth(2).get_by_text("3", exact=True).wait_for()


def test_list_is_searched_by_venue(page: Page, client: Client) -> None:
    page.goto("stock")

    page.get_by_role("searchbox", name="Search", exact=True).fill("HARBOR")
    page.get_by_text("2 events").wait_for()
    page.get_by_role("searchbox", name="Search", exact=True).fill("nowhere")

    page.get_by_text("No matching event").wait_for()


def test_list_is_sorted_counted_and_exported(client: Client, sold: dict[str, Any]) -> None:
    past, sorted_by = client.get(f"{UI}/stock", which="past").text, client.get(f"{UI}/stock", sort="-sold").text
    rows = client.get(f"{UI}/stock/export/json", sort="-sold").json()
    lines = client.get(f"{UI}/stock/export/csv", words="lanterns", since="2026-01-01").text.splitlines()
    none = client.get(f"{UI}/stock", until="2001-01-01").text

    assert '<option value="past" selected>Past (1)</option>' in past
    assert "sold_out" not in past
    assert 'aria-sort="descending"><a href' in sorted_by
    assert [(row["id"], row["free"], row["held"], row["sold"]) for row in rows] == [
        ("1002", 3, 0, 5),
        ("1001", 70, 0, 4),
    ]
    assert [line.split(",")[:2] for line in lines[1:]] == [["1001", "Lanterns at Low Tide"]]
    assert "No matching event" in none


def test_past_events_stand_apart(client: Client) -> None:
    texts = {which: client.get("/_mockmarket/ui/stock", which=which).text for which in ("past", "coming")}

    assert ["Lanterns at Low Tide" in text for text in texts.values()] == [False, True]
    assert ["Yesterday&#39;s Recital" in text for text in texts.values()] == [True, False]


# The plan


def test_sold_seat_tells_by_whom(page: Page, client: Client, sold: dict[str, Any]) -> None:
    page.goto("stock/event/1001")

    seat = page.get_by_role("group", name="Row A").locator(".seat").first

    assert seat.inner_text() == "S"
    assert "sold" in (seat.get_attribute("class") or "")
    assert seat.get_attribute("title") == (
        f"Seat 1, row A, section 101: sold to buyer@example.com through Scraper Portal, {sold['orderId']}. 85.50 USD"
    )
    seat.click()
    page.get_by_role("heading", name=sold["orderNumber"]).wait_for()


def test_each_state_has_its_own_mark(page: Page, client: Client, sold: dict[str, Any]) -> None:
    hold(client, row_of(client).id, 1)
    page.goto("stock/event/1001")

    marks = [seat.inner_text() for seat in page.get_by_role("group", name="Row A").locator(".seat").all()]

    assert marks == ["S", "S", "H", "4", "5", "6", "7", "8"]


def test_sale_shows_without_reload(page: Page, client: Client) -> None:
    page.goto("stock/event/1001")
    row = page.get_by_role("group", name="Row A")
    row.wait_for()

    assert client.post("/api/v1/orders", SEATED).ok

    row.locator(".sold").nth(1).wait_for()
    page.locator("#totals").get_by_text("portal 4 sold").wait_for()


def test_seat_of_a_ticket_leads_to_its_order(page: Page, client: Client) -> None:
    kind = next(
        record
        for record in client.control("GET", "records/zatabox/ticket_type?limit=100")["records"]
        if record["name"] == "101" and "1001" in record["eventId"]
    )
    order = client.control(
        "POST", "zatabox/actions/buy", {"ticketTypeId": kind["id"], "guestName": "Guest", "quantity": 1}
    )
    page.goto("stock/event/1001?only=sold")

    seat = page.locator(f'.seat[title*="{order["id"]}"]')

    assert "sold to Guest through Zatabox, tic_" in (seat.get_attribute("title") or "")
    seat.click()
    page.get_by_role("heading", level=1).get_by_text(order["id"][:20]).wait_for()


def test_general_admission_names_who_has_it(page: Page, client: Client) -> None:
    order = buy(client)
    page.goto("stock/event/1001")

    floor = page.get_by_role("region", name="Section Floor")

    floor.get_by_text("General admission: 49 free, 0 held, 1 sold of 50").wait_for()
    assert "1 sold to buyer@example.com through Scraper Portal" in floor.locator(".whose").inner_text()
    floor.get_by_role("link", name=order["orderId"]).wait_for()


@pytest.mark.parametrize(
    ("vendor", "seats"),
    [("portal", "1–2"), ("ticketnation", "1–2"), ("tixstock", "1–2"), ("zatabox", "5–6")],  # whose buyers choose
)
def test_seats_bought_in_the_plan_name_their_buyer(client: Client, vendor: str, seats: str) -> None:
    id = row_of(client, row="B").id
    plan = client.get(f"{UI}/stock/event/1001").text

    bought = send(client, f"orders/{vendor}/row/{id}", {"quantity": "2", "seat": "5"})
    order = client.get(f"{UI}/orders/export/json", vendor=vendor).json()[0]
    pages = [client.get(f"{UI}/stock/{path}").text for path in ("event/1001", "event/1001?only=sold", f"row/{id}")]

    assert f"stock/row/{id}?seat=5#buy" in plan
    assert bought.status_code == 303, bought.text
    assert all(f"sold to {escape(order['buyer'] or order['email'])} through" in page for page in pages)
    assert all(f"orders/{vendor}/id/{order['id']}" in page for page in pages)
    assert f"{seats} sold" in pages[-1]


def test_only_held_leaves_the_rest_out(page: Page, client: Client, sold: dict[str, Any]) -> None:
    hold(client, row_of(client, row="B").id, 2)
    page.goto("stock/event/1001")

    page.get_by_role("link", name="Held", exact=True).click()

    page.get_by_role("group", name="Row A").wait_for(state="detached")
    assert page.locator("[data-seats]").count() == 1
    assert page.get_by_role("region", name="Section Floor").count() == 0


def test_nothing_held_says_what_to_do(page: Page, client: Client) -> None:
    page.goto("stock/event/1001?only=held")

    page.get_by_text("No seat is held.").wait_for()
    page.get_by_role("link", name="Show every seat.").click()

    page.get_by_role("group", name="Row A").wait_for()


def test_arrow_keys_go_through_seats(page: Page, client: Client, sold: dict[str, Any]) -> None:
    page.goto("stock/event/1001")
    page.get_by_role("group", name="Row A").locator(".seat").first.focus()

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")

    assert page.locator("#pointed").inner_text() == "Seat 3, row B, section 101: free. 80.50 USD. Buy it."
    assert page.evaluate("document.activeElement.title").startswith("Seat 3, row B")
    page.keyboard.press("End")
    assert page.locator("#pointed").inner_text().startswith("Seat 8, row B")


def test_keyboard_keeps_its_seat_in_a_refresh(page: Page, client: Client) -> None:
    page.goto("stock/event/1001")
    page.get_by_role("group", name="Row B").locator(".seat").first.focus()
    page.keyboard.press("ArrowRight")

    assert client.post("/api/v1/orders", SEATED).ok
    page.get_by_role("group", name="Row A").locator(".sold").nth(1).wait_for()

    page.wait_for_function("() => document.activeElement.title.startsWith('Seat 2, row B')")


# Big houses


def test_big_house_begins_with_sections_closed(page: Page, client: Client) -> None:
    add_rows(client, section="201-210", row="A-J", seats=10)
    page.goto("stock/event/1001")
    assert page.locator("[data-seats]").count() == 0

    page.locator(".toggle", has_text="203").click()

    page.get_by_role("region", name="Section 203").get_by_role("group", name="Row J").wait_for()
    assert page.locator("[data-seats]").count() == 10
    assert "open=203" in page.url


def test_open_section_stays_open_in_a_refresh(page: Page, client: Client) -> None:
    add_rows(client, section="201-210", row="A-J", seats=10)
    page.goto("stock/event/1001?open=101")
    row = page.get_by_role("region", name="Section 101").get_by_role("group", name="Row A")
    row.wait_for()

    assert client.post("/api/v1/orders", SEATED).ok

    row.locator(".sold").nth(1).wait_for()
    assert page.locator("[data-seats]").count() == 3


def test_section_is_closed_again(page: Page, client: Client) -> None:
    page.goto("stock/event/1001")

    page.locator(".toggle", has_text="101").click()

    page.locator("[data-seats]").first.wait_for(state="detached")
    assert page.locator(".toggle", has_text="101").get_attribute("aria-expanded") == "false"


def test_very_long_row_is_cut(client: Client) -> None:
    add_rows(client, section="Meadow", row="1", seats=stock_page.MOST_SEATS + 7)

    text = client.get("/_mockmarket/ui/stock/event/1001", open="Meadow").text

    assert text.count('<a class="seat free"') == stock_page.MOST_SEATS
    assert "7</span> more seats" in text


@pytest.mark.thorough
def test_many_rows_are_counted_not_drawn(client: Client) -> None:
    add_rows(client, section="Cliff", row=f"1-{stock_page.MOST_ROWS + 5}", seats=1)

    text = client.get("/_mockmarket/ui/stock/event/1001", open="Cliff").text

    assert re.search(r"And <span[^>]*>5</span> more rows", text)


# What can be done, and what became of them


def test_ledger_tells_every_change(page: Page, client: Client, sold: dict[str, Any]) -> None:
    client.patch("/api/v1/orders", {"orderId": sold["orderId"], "status": "cancelled"})
    page.goto("stock/event/1001")

    lines = page.get_by_role("region", name="Ledger").locator("tbody tr")

    assert [line.locator("td").nth(1).inner_text() for line in lines.all()][:2] == ["put back", "sold"]
    assert lines.first.locator("td").nth(4).inner_text() == "1, 2"
    lines.first.get_by_role("link", name=sold["orderId"]).wait_for()


def test_price_is_changed_on_the_rows_page(page: Page, client: Client) -> None:
    page.goto("stock/event/1001")
    page.get_by_role("link", name="B", exact=True).click()

    page.get_by_role("spinbutton", name="Price").fill("99.25")
    page.get_by_role("button", name="Change the price").click()

    page.get_by_text("The price was changed.").wait_for()
    assert row_of(client, row="B").price == 9925
    page.get_by_role("region", name="Ledger").get_by_text("changed").wait_for()


def test_stock_is_added_by_form(page: Page, client: Client) -> None:
    page.goto("stock/event/1001")
    page.locator("summary", has_text="Add stock").click()
    for label, value in (("Section", "Balcony"), ("Row", "A-C"), ("Seats", "4"), ("Price", "12.50")):
        page.get_by_role("textbox", name=label, exact=False).or_(page.get_by_role("spinbutton", name=label)).first.fill(
            value
        )

    page.get_by_role("button", name="Add stock").click()

    page.get_by_role("region", name="Section Balcony").get_by_role("group", name="Row C").wait_for()
    assert [row.total for row in stock.of_event(client.world.read(), "1001", "Balcony")] == [4, 4, 4]


def test_wrong_time_is_told_in_place(page: Page, client: Client) -> None:
    page.goto("stock/event/1001")
    page.locator("summary", has_text="Move event").click()

    page.get_by_label("To", exact=False).last.fill("tomorrow")
    page.get_by_role("button", name="Move event").click()

    page.locator(".field.wrong", has_text="ISO 8601").wait_for()


def test_event_is_cancelled_after_asking(page: Page, client: Client) -> None:
    page.goto("stock/event/1001")
    page.locator("summary", has_text="Cancel event").click()

    page.get_by_role("button", name="Cancel event").click()

    page.locator(".head .badge", has_text="cancelled").wait_for()
    assert [event.status for event in events.all(client.world.read()) if event.id == "1001"] == ["cancelled"]
    off = page.get_by_role("button", name="Move event")
    assert off.get_attribute("aria-disabled") == "true"


def test_unknown_action_is_refused(client: Client) -> None:
    own = {"Origin": "/".join(client.base.split("/")[:3]), "Sec-Fetch-Site": "same-origin"}

    answer = client.call("POST", "/_mockmarket/ui/stock/do/change_price/1001", headers=own)

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["event/nope", "row/nope"])
def test_missing_stock_is_said(client: Client, path: str) -> None:
    assert client.get(f"/_mockmarket/ui/stock/{path}").status_code == 404


# Looks and hostile data


def test_script_in_names_is_text(page: Page, client: Client) -> None:
    add_rows(client, section=SCRIPT, row=f"A{SCRIPT}", seats=3)
    [row] = stock.of_event(client.world.read(), "1001", SCRIPT)
    hold(client, row.id, 1, record=SCRIPT)
    page.goto("stock/event/1001")

    page.get_by_text(SCRIPT).first.wait_for()
    page.locator(".line", has_text="A<scr").locator(".seat.held").hover()

    page.locator("#pointed").get_by_text(f"held through Tixstock, {SCRIPT}").wait_for()
    assert page.locator("main script").count() == 0


def test_narrow_window_fits_every_page(page: Page, client: Client, sold: dict[str, Any]) -> None:
    page.set_viewport_size(NARROW)
    paths = ["stock", "stock/event/1001", f"stock/row/{row_of(client).id}"]

    wide = [path for path in paths if page.goto(path) and not fits(page)]

    assert wide == []
