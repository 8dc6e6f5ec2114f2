"""The page Actions: every vendor's actions by forms of their own schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mockmarket.organiser import CORE
from mockmarket.vendor import discover
from tests.browser import NARROW, fits
from tests.conftest import Client
from tests.running import buy
from tests.test_dashboard import UI, send

if TYPE_CHECKING:
    from playwright.sync_api import Page


EVERY = [
    *((vendor.name, action.name) for vendor in discover() for action in vendor.world.actions),
    *(("core", action.name) for action in CORE),
]


def test_every_action_is_listed(client: Client) -> None:
    text = client.get(f"{UI}/actions").text

    assert [pair for pair in EVERY if f'/actions/{pair[0]}/{pair[1]}"' not in text] == []


@pytest.mark.thorough
def test_every_action_has_its_form(client: Client) -> None:
    for vendor, action in EVERY:
        text = client.get(f"{UI}/actions/{vendor}/{action}").text

        assert f'hx-post="/w/{client.world.name}{UI}/actions/{vendor}/{action}"' in text, (vendor, action)


def test_unknown_action_names_those_there(client: Client) -> None:
    answer = client.get(f"{UI}/actions/zatabox/no_such")

    assert answer.status_code == 404
    assert "transfer_ticket" in answer.text


@pytest.mark.parametrize(
    ("chosen", "expected"), [({}, True), ({"broadcast": "false"}, False)], ids=["left open", "chosen"]
)
def test_truth_left_open_stays_what_it_was(client: Client, chosen: dict[str, Any], expected: bool) -> None:
    before = client.control("GET", "records/skybox/inventory")["records"][0]
    assert before["broadcast"] is True

    form = {"inventory": before["id"], "publicNotes": "Aisle", **chosen}
    answer = send(client, "actions/skybox/edit_listing", form)

    after = client.control("GET", f"records/skybox/inventory/{before['id']}")
    assert answer.status_code == 200
    assert (after["publicNotes"], after["broadcast"]) == ("Aisle", expected)


def test_action_is_done_by_form(page: Page, client: Client) -> None:
    order = buy(client)
    page.goto("actions/portal/refund")
    page.get_by_label("Order id").fill(order["orderId"])

    page.get_by_role("button", name="Refund").click()

    page.get_by_role("link", name="To the order").click()
    page.locator("#order-status").get_by_text("refunded").wait_for()


def test_core_action_is_done_by_form(page: Page, client: Client) -> None:
    page.goto("actions/core/cancel_event")
    page.get_by_label("Event").fill("1001")

    page.get_by_role("button", name="Cancel event").click()

    page.get_by_role("heading", name="Cancel event: done.").wait_for()
    page.goto("stock/event/1001")
    page.locator(".badge", has_text="cancelled").wait_for()


def test_refusal_stays_at_the_form(page: Page, client: Client) -> None:
    page.goto("actions/portal/refund")
    page.get_by_label("Order id").fill("<b>none</b>")

    page.get_by_role("button", name="Refund").click()

    page.locator(".complaint, .field.wrong").first.wait_for()
    assert page.get_by_label("Order id").input_value() == "<b>none</b>"
    assert page.locator("main b").count() == 0


def test_letter_leads_to_the_actions(page: Page, client: Client) -> None:
    page.goto("timeline")

    page.keyboard.press("g")
    page.keyboard.press("a")

    page.get_by_role("heading", name="Actions").wait_for()


@pytest.mark.parametrize("path", ["actions", "actions/tixstock/add_listing"])
def test_narrow_window_fits(page: Page, client: Client, path: str) -> None:
    page.set_viewport_size(NARROW)

    page.goto(path)

    assert fits(page)
