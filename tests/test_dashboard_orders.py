"""The Orders pages in a real browser: the list, the board, one order with what its vendor lets be done, and buying."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from markupsafe import escape

from mockmarket.api.schemas import schema_of
from mockmarket.dashboard import formats, lists, order_list
from mockmarket.rules.search import unaccented
from mockmarket.store import records
from tests.browser import NARROW, fits
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import buy, listen, settled
from tests.test_dashboard import send

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route


SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def order(client: Client) -> dict[str, Any]:
    """Buy one ticket of the portal's; returns the order."""
    return buy(client)


def record_of(client: Client, order: dict[str, Any]) -> Any:
    """Return an order of the portal's as it is now."""
    return client.control("GET", f"records/portal/order/{order['orderId']}")


def go_to(page: Page, order: dict[str, Any]) -> None:
    """Open an order's page."""
    page.goto(f"orders/portal/id/{order['orderId']}")


# List and board


def test_list_has_every_vendors_orders(client: Client) -> None:
    world = client.world
    count = sum(
        records.count(world.read(), vendor.records.orders.kind, [])
        for vendor in world.vendors.values()
        if vendor.records.orders
    )

    text = client.get("/_mockmarket/ui/orders").text

    assert f'title="{count}"' in text
    assert count > 0


def test_every_vendor_shows_its_orders(client: Client) -> None:
    for vendor in client.world.vendors.values():
        if vendor.records.orders:
            rows = records.find(client.world.read(), vendor.records.orders.kind)
            lines = [vendor.records.orders.line(client.world.read(), row) for row in rows]

            assert {line.status for line in lines} <= set(vendor.records.orders.statuses)
            assert all(line.quantity > 0 and line.event and line.number for line in lines)


def test_every_vendor_names_orders_in_actions(client: Client) -> None:
    for vendor in client.world.vendors.values():
        if vendor.records.orders:
            fields = {name for action in vendor.world.actions for name in schema_of(action.body, "body").fields}
            moved = {name for some in vendor.records.orders.only_with.values() for name in some}

            assert vendor.records.orders.named_by in fields
            assert moved <= fields
            assert set(vendor.records.orders.statuses.values()) <= set(order_list.PHASES)


def test_new_order_appears_without_reload(page: Page, client: Client) -> None:
    page.goto("orders")
    page.locator("#results").wait_for()

    order = buy(client)

    page.get_by_role("link", name=order["orderNumber"]).wait_for()


def test_list_is_searched_in_place(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders")

    page.get_by_role("searchbox", name="Search", exact=True).fill("nobody@nowhere.example")

    page.get_by_text("No matching order").wait_for()
    page.get_by_role("searchbox", name="Search", exact=True).fill(order["orderNumber"].lower())
    page.get_by_role("link", name=order["orderNumber"]).wait_for()
    assert "words=" in page.url


def test_list_is_filtered_by_status(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders")

    others = [option.get_attribute("value") for option in page.locator("#f-status option").all()]
    page.get_by_label("Status").select_option(next(status for status in others if status not in ("", "confirmed")))

    page.get_by_role("link", name=order["orderNumber"]).wait_for(state="detached")


def test_old_order_is_found_by_id(client: Client, order: dict[str, Any]) -> None:
    text = client.get("/_mockmarket/ui/orders", words=order["orderId"]).text

    assert order["orderNumber"] in text


def test_board_has_a_column_for_each_phase(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders/board")

    assert [section.get_attribute("aria-label") for section in page.locator(".board section").all()] == list(
        order_list.PHASES.values()
    )
    assert page.locator("section.new").get_by_text(order["orderNumber"]).count() == 1


def test_order_searched_by_id_is_on_the_board_once(client: Client, order: dict[str, Any]) -> None:
    text = client.get("/_mockmarket/ui/orders/board", words=order["orderId"]).text

    assert text.count(f'orders/portal/id/{order["orderId"]}"') == 1


def test_search_by_id_heeds_the_status(client: Client, order: dict[str, Any]) -> None:
    text = client.get("/_mockmarket/ui/orders", words=order["orderId"], status="cancelled").text

    assert "No matching order" in text


def test_board_of_one_vendor_has_its_statuses(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders/board")

    page.get_by_label("Vendor").select_option("portal")

    page.get_by_role("region", name="purchase_issues").wait_for()
    assert page.get_by_role("region", name="confirmed").get_by_text(order["orderNumber"]).count() == 1


def ordered(client: Client, vendor: str, times: int = 1) -> Any:
    """Place test orders at a vendor; returns the newest as the list has it."""
    answer = send(client, f"orders/{vendor}/test", {"times": str(times)})
    assert answer.status_code == 303, answer.text
    view = client.world.vendors[vendor].records.orders
    assert view
    newest = records.find(client.world.read(), view.kind, order=[("rowid", "desc")], limit=1)[0]
    return order_list.row_of(client.world.read(), (client.world.vendors[vendor], view), newest)


@pytest.mark.parametrize("vendor", ["portal", "skybox", "ticketnation", "tixstock", "zatabox"])
def test_test_order_is_found_by_its_buyer_without_accents(client: Client, vendor: str) -> None:
    placed = ordered(client, vendor)

    words = typed_plainly(placed.line.buyer or placed.line.email)
    text = client.get("/_mockmarket/ui/orders", words=words, vendor=vendor).text
    page = client.get(f"/_mockmarket/ui/orders/{vendor}/id/{placed.id}").text

    assert placed.line.email
    assert all(placed.line.email in seen for seen in (text, page))
    assert all(str(escape(placed.line.buyer)) in seen for seen in (text, page))


def typed_plainly(text: str) -> str:
    """Return a name as somebody types it who has no accents."""
    return unaccented(text).upper()


@pytest.mark.parametrize(("typed", "name"), [
    ("soren", "Søren Ærøskøbing"), ("aeroskobing", "Søren Ærøskøbing"), ("zolkiewska", "Ewa Żółkiewska"),
    ("小明", "王小明"), ("каренина", "Анна КАРЕНИНА"), ("NGUYEN THI", "Nguyễn Thị Hoa"),
])  # fmt: skip
def test_name_is_found_as_it_is_typed(typed: str, name: str) -> None:
    assert unaccented(typed) in unaccented(name)


@pytest.mark.parametrize(("vendor", "type"), [("portal", "order.confirmed"), ("ticketnation", "order.completed")])
def test_test_order_is_announced(client: Client, vendor: str, type: str) -> None:
    placed = ordered(client, vendor)

    [notice] = client.control("GET", f"notices?vendor={vendor}&record={placed.id}")["notices"]
    assert notice["type"] == type


def test_many_test_orders_are_one_click(client: Client) -> None:
    before = client.get("/_mockmarket/ui/orders/export/json", vendor="portal").json()

    ordered(client, "portal", times=3)

    assert len(client.get("/_mockmarket/ui/orders/export/json", vendor="portal").json()) == len(before) + 3


@pytest.mark.parametrize("times", ["0", "21", "many", ""])
def test_number_of_test_orders_is_bounded(client: Client, times: str) -> None:
    answer = send(client, "orders/portal/test", {"times": times})

    assert answer.status_code == 400
    assert "1 to 20 test orders" in answer.text


def test_record_of_an_order_leads_to_it(client: Client) -> None:
    invoice, order = ordered(client, "skybox"), ordered(client, "zatabox")
    lines, tickets = (
        client.get(f"/_mockmarket/records/{kind}", limit=1000).json()["records"]
        for kind in ("skybox/line", "zatabox/ticket")
    )
    line = next(line["id"] for line in lines if line["targetId"] == int(invoice.id))
    ticket = next(ticket["id"] for ticket in tickets if ticket["orderId"] == order.id)

    pages = [
        client.get("/_mockmarket/ui/orders", words=words, since="2000-01-01").text for words in (f"line:{line}", ticket)
    ]

    assert f"orders/skybox/id/{invoice.id}" in pages[0]
    assert f"orders/zatabox/id/{order.id}" in pages[1]


def test_statuses_follow_the_vendor_and_have_counts(page: Page, client: Client, order: dict[str, Any]) -> None:
    ordered(client, "zatabox")
    page.goto("orders?status=confirmed")

    page.get_by_label("Vendor").select_option("zatabox")

    page.get_by_text("The status confirmed was taken off: Zatabox has no such orders.").wait_for()
    offered = page.locator("#f-status option").all_inner_texts()
    known = client.world.vendors["zatabox"].records.orders
    assert known
    assert {text.partition(" (")[0] for text in offered} <= {"Any", *known.statuses}
    assert "status=" not in page.url


def test_filters_survive_an_order_and_the_navigation(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.goto("orders?vendor=portal&sort=total")
    page.get_by_role("link", name=order["orderNumber"]).click()

    page.get_by_role("link", name="← Orders").click()
    back = page.url
    page.get_by_role("link", name="Keys", exact=True).click()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Orders").click()

    assert back.endswith("orders?vendor=portal&sort=total")
    assert page.url == back


def test_back_link_has_the_filters_without_scripts(client: Client, order: dict[str, Any]) -> None:
    came = f"{client.base}/_mockmarket/ui/orders?vendor=portal"

    text = client.call("GET", f"/_mockmarket/ui/orders/portal/id/{order['orderId']}", headers={"Referer": came}).text

    assert '/_mockmarket/ui/orders?vendor=portal">← Orders</a>' in text


def test_list_is_sorted_and_summed(client: Client) -> None:
    for vendor in ("portal", "zatabox", "portal"):
        ordered(client, vendor)

    rows = client.get("/_mockmarket/ui/orders/export/json", sort="-total").json()
    text = client.get("/_mockmarket/ui/orders", vendor="portal").text

    assert [row["total"] for row in rows] == sorted((row["total"] for row in rows), reverse=True)
    expected = sum(row["total"] for row in rows if row["vendor"] == "portal")
    assert str(formats.money(expected, "USD")).partition(">")[2] in text.partition("<tfoot>")[2]


def test_list_is_cut_by_days(client: Client, order: dict[str, Any]) -> None:
    today = client.control("GET", "clock")["now"][:10]

    on, after = (
        client.get("/_mockmarket/ui/orders/export/json", **days).json()
        for days in ({"since": today}, {"since": "2199-01-01"})
    )

    assert order["orderNumber"] in {row["number"] for row in on}
    assert after == []


def test_newest_order_is_the_one_that_came_last(client: Client) -> None:
    placed = ordered(client, "tixstock")
    record = client.control("GET", f"records/tixstock/order/{placed.id}")

    assert abs(placed.line.at - client.world.clock.now()) < 60_000
    assert record["tixstock_id"] == placed.id


def test_export_runs_no_formula(client: Client) -> None:
    written = lists.as_csv(["total", "buyer"], [["=1+1", "+1"]]).decode()

    assert written.splitlines()[1].split(",") == ["'=1+1", "'+1"]


# One order


def test_button_changes_the_order_in_place(page: Page, client: Client, order: dict[str, Any]) -> None:
    go_to(page, order)

    page.get_by_role("button", name="→ accepted").click()

    page.locator("#order-status").get_by_text("accepted").wait_for()
    page.get_by_text("Accepted.").wait_for()
    assert record_of(client, order)["status"] == "accepted"


def test_fulfilling_asks_for_the_transfer(page: Page, client: Client, order: dict[str, Any]) -> None:
    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "accepted"})
    go_to(page, order)

    page.locator("summary", has_text="→ fulfilled").click()
    page.get_by_label("Transfer method").select_option("email")
    page.get_by_role("button", name="→ fulfilled").click()

    page.locator("#order-status").get_by_text("fulfilled").wait_for()
    assert record_of(client, order)["transferMethod"] == "email"


def test_button_that_is_off_says_why(page: Page, client: Client, order: dict[str, Any]) -> None:
    go_to(page, order)

    off = page.get_by_role("button", name="→ fulfilled")

    assert off.get_attribute("aria-disabled") == "true"
    why = page.locator(f"#{off.get_attribute('aria-describedby')}")
    assert (
        why.inner_text()
        == "An order that is confirmed cannot become fulfilled; allowed from here: accepted, cancelled."
    )


def test_refusal_of_the_rules_stays_in_place(page: Page, client: Client, order: dict[str, Any]) -> None:
    go_to(page, order)
    page.route("**/orders/portal/id/**", lambda route: route.abort())  # the page cannot follow
    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "cancelled"})

    page.get_by_role("button", name="→ accepted").click()

    page.get_by_text("cannot become accepted").first.wait_for()
    assert record_of(client, order)["status"] == "cancelled"


def test_page_follows_the_order(page: Page, client: Client, order: dict[str, Any]) -> None:
    go_to(page, order)
    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "accepted"})

    page.locator("#order-status").get_by_text("accepted").wait_for()

    assert page.get_by_role("button", name="→ accepted").get_attribute("aria-disabled") == "true"
    assert page.get_by_role("button", name="→ cancelled").get_attribute("aria-disabled") is None


def test_open_form_stays_and_says_that_it_is_late(page: Page, client: Client, order: dict[str, Any]) -> None:
    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "accepted"})
    go_to(page, order)
    page.locator("summary", has_text="→ fulfilled").click()
    page.get_by_label("Transfer method").select_option("email")
    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "cancelled"})

    page.locator(
        ".complaint", has_text="No longer possible: An order that is cancelled cannot become fulfilled"
    ).wait_for()

    assert page.get_by_label("Transfer method").input_value() == "email"


def test_history_tells_what_happened(page: Page, client: Client, order: dict[str, Any]) -> None:
    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "fulfilled"})
    client.patch("/api/v1/orders", {"orderId": order["orderId"], "status": "accepted"})
    go_to(page, order)

    lines = [line.inner_text() for line in page.locator(".past .what").all()]

    assert [line.split(" ")[0] for line in lines] == [
        "Placed:",
        "POST",
        "1",
        "order.confirmed",
        "PATCH",
        "PATCH",
        "order.accepted",
    ]
    assert "400: An order that is confirmed cannot become fulfilled" in lines[4]


def test_history_leads_to_the_chain(page: Page, client: Client, order: dict[str, Any]) -> None:
    go_to(page, order)

    page.locator(".past").get_by_role("link", name="POST /api/v1/orders").click()

    page.locator("#chain").get_by_text("Stock: sold 1").wait_for()


def test_webhooks_stand_beside_the_order(page: Page, client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    order = buy(client)
    settled(client)
    go_to(page, order)

    page.locator(".hook > summary").click()

    hook = page.locator(".hook")
    assert hook.locator(".badge").inner_text() == "delivered"
    hook.get_by_text(f'"orderId": "{order["orderId"]}"').wait_for()
    assert re.search(r"Attempt 1: 200 · [\d.]+ ms", hook.inner_text())
    assert receiver.url.partition("://")[2] in hook.locator("> summary").inner_text()


def test_webhook_leads_to_its_signature(page: Page, client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    order = buy(client)
    settled(client)
    go_to(page, order)
    page.locator(".hook > summary").click()

    page.get_by_role("link", name="Headers, answers and signature").click()

    page.get_by_text("Signature, step by step").wait_for()


# Buying


def test_order_is_bought_by_form(page: Page, client: Client) -> None:
    page.goto("orders/portal/new")
    for label, value in (("Event id", "1001"), ("Section", "Floor"), ("Row", "GA"), ("Quantity", "2"),
                         ("Customer email", "qa@example.com"), ("Customer phone number", "5551234567"),
                         ("Customer phone country code", "+1")):  # fmt: skip
        page.get_by_label(label).fill(value)

    page.get_by_role("button", name="Buy").click()

    page.locator("#order-status").get_by_text("confirmed").wait_for()
    assert page.get_by_text("qa@example.com").count() > 0


def test_bought_order_looks_as_it_does_later(page: Page, client: Client) -> None:
    page.goto("orders/portal/new")
    for label, value in (("Event id", "1001"), ("Section", "Floor"), ("Row", "GA"), ("Quantity", "2"),
                         ("Customer email", "qa@example.com"), ("Customer phone number", "5551234567"),
                         ("Customer phone country code", "+1")):  # fmt: skip
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Buy").click()
    page.locator(".past li.notice").first.wait_for()
    look = "getComputedStyle(document.querySelector('.past li.notice')).backgroundColor"

    at_once = page.evaluate(look)
    page.reload()

    assert at_once == page.evaluate(look)


def test_wrong_field_gets_the_focus(page: Page, client: Client) -> None:
    page.goto("orders/portal/new")
    for label, value in (("Event id", "1001"), ("Quantity", "1"), ("Customer email", "qa@example.com"),
                         ("Customer phone number", "call me"), ("Customer phone country code", "+1")):  # fmt: skip
        page.get_by_label(label).fill(value)

    page.get_by_role("button", name="Buy").click()

    page.locator(".field.wrong input:focus").wait_for()
    assert page.evaluate("document.activeElement.name") == "customer.phone.number"


def test_focus_stays_in_the_page(page: Page, client: Client, order: dict[str, Any]) -> None:
    go_to(page, order)
    page.locator(".moves button", has_text="accepted").focus()

    page.keyboard.press("Enter")

    page.locator("#order-status").get_by_text("accepted").wait_for()
    page.locator("#main:focus").wait_for()


def test_focus_stays_where_other_parts_are_drawn_before_the_page(
    page: Page, client: Client, order: dict[str, Any]
) -> None:
    go_to(page, order)
    page.locator("#link", has_text="live").wait_for()
    redraws: list[Route] = []
    page.route("**/orders/portal/id/*", lambda route: redraws.append(route))
    page.locator(".moves button", has_text="accepted").focus()

    with page.expect_response("**/strip"):
        page.keyboard.press("Enter")
    page.wait_for_function("() => !document.querySelector('#status.htmx-request')")
    for redraw in redraws:
        redraw.continue_()
    page.unroute("**/orders/portal/id/*")

    page.locator("#order-status").get_by_text("accepted").wait_for()
    page.locator("#main:focus").wait_for()


def test_wrong_field_is_told_at_its_place(page: Page, client: Client) -> None:
    page.goto("orders/portal/new")
    for label, value in (("Event id", "1001"), ("Quantity", "1"), ("Customer email", "qa@example.com"),
                         ("Customer phone number", "call me"), ("Customer phone country code", "+1")):  # fmt: skip
        page.get_by_label(label).fill(value)

    page.get_by_role("button", name="Buy").click()

    field = page.locator(".field.wrong", has_text="Customer phone number")
    field.get_by_text("Must have at least 3 digits").wait_for()
    assert page.get_by_label("Customer phone number").input_value() == "call me"
    assert page.get_by_label("Customer phone number").get_attribute("aria-invalid") == "true"


def test_sold_out_is_told_above_the_form(page: Page, client: Client) -> None:
    client.control("POST", "core/actions/cancel_event", {"event": "1001"})
    page.goto("orders/portal/new")
    for label, value in (("Event id", "1001"), ("Section", "Floor"), ("Row", "GA"), ("Quantity", "1"),
                         ("Customer email", "qa@example.com"), ("Customer phone number", "5551234567"),
                         ("Customer phone country code", "+1")):  # fmt: skip
        page.get_by_label(label).fill(value)

    page.get_by_role("button", name="Buy").click()

    page.locator(".complaint", has_text="Event 1001 has been cancelled").wait_for()


# Looks


@pytest.mark.parametrize("path", ["orders", "orders/board", "orders/portal/new"])
def test_narrow_window_fits_every_page(page: Page, client: Client, order: dict[str, Any], path: str) -> None:
    page.set_viewport_size(NARROW)

    page.goto(path)

    assert fits(page)


def test_narrow_window_fits_an_order(page: Page, client: Client, order: dict[str, Any]) -> None:
    page.set_viewport_size(NARROW)

    go_to(page, order)

    assert fits(page)


def test_letters_lead_to_other_pages(page: Page, client: Client) -> None:
    page.goto("orders")

    page.keyboard.press("g")
    page.keyboard.press("n")

    page.get_by_role("heading", name="Timeline").wait_for()


def test_script_in_an_order_is_text(page: Page, client: Client) -> None:
    kind = client.control("GET", "records/zatabox/ticket_type?limit=1")["records"][0]
    order = client.control(
        "POST", "zatabox/actions/buy", {"ticketTypeId": kind["id"], "guestName": SCRIPT, "quantity": 1}
    )

    page.goto(f"orders/zatabox/id/{order['id']}")
    page.get_by_text("The record as Zatabox has it").click()

    page.get_by_text(SCRIPT).first.wait_for()
    assert page.locator("main script").count() == 0


def test_sales_are_charted_by_vendor(client: Client) -> None:
    for vendor in ("portal", "zatabox"):
        ordered(client, vendor)

    text = client.get("/_mockmarket/ui/sales").text

    assert text.count("<rect") >= 2
    assert "Scraper Portal</span></span></a></td>" in text
    assert "As a table" in text


def test_seats_are_bought_where_they_stand(page: Page, client: Client) -> None:
    page.goto("stock")
    page.locator(".events .name a").first.click()
    row = page.locator(".rowname").first
    row.click()

    page.get_by_label("Tickets").fill("2")
    page.get_by_role("button", name="Buy at Scraper Portal").click()

    page.locator("#toast", has_text="bought at Scraper Portal").wait_for()


def test_sales_are_exported_as_filtered(client: Client) -> None:
    buy(client)
    path = "/_mockmarket/ui/sales"

    rows = client.get(f"{path}/export/json", vendor="portal").json()
    lines = client.get(f"{path}/export/csv", vendor="portal", until="2001-01-01").text.splitlines()

    orders = client.get("/_mockmarket/ui/orders/export/json", vendor="portal").json()
    sold = [order for order in orders if order["status"] not in ("cancelled", "refunded")]
    assert sum(row["orders"] for row in rows) == len(sold) > 0
    assert sum(row["amount"] for row in rows) == pytest.approx(sum(order["total"] for order in sold))
    assert {row["vendor"] for row in rows} == {"portal"}
    assert lines == ["vendor,event,currency,orders,seats,amount"]
    assert "sales/export/csv?vendor=portal" in client.get(path, vendor="portal").text
