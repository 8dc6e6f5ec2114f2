"""The page Scenarios in a real browser: run to the end, by steps, along the clock, and one of somebody's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from mockmarket.scenarios import reading
from tests.browser import NARROW, fits
from tests.conftest import Client, Served
from tests.running import talking_to

if TYPE_CHECKING:
    from playwright.sync_api import Page


OWN = """
start: {fixture: small}
steps:
  - about: <script>alert(1)</script>
    call: {vendor: portal, path: /events, status: 418}
"""


@pytest.fixture
def new_world(served: Served) -> Iterator[Callable[[Page], Client]]:
    """Give what tells the world that a page is in; worlds that runs have made are dropped at the end."""
    before = set(served.app.worlds.names())
    yield lambda page: talking_to(served, page.url.partition("/w/")[2].partition("/")[0])
    for name in set(served.app.worlds.names()) - before:
        if name.startswith(("portal-happy", "late-fulfilment", "own-")):
            served.app.worlds.drop(name)


def choose_this_world(page: Page) -> None:
    """Choose to run in the world that is open."""
    page.locator("form.where select").select_option("here")


def latest(client: Client, name: str) -> Any:
    """Return a scenario's newest run."""
    return client.control("GET", f"scenarios/{name}/runs")["runs"][0]


def test_every_shipped_scenario_is_listed(client: Client) -> None:
    text = client.get("/_mockmarket/ui/scenarios").text

    assert all(f">{name}</a>" in text for name in reading.names())


def test_order_in_a_step_is_a_link(client: Client) -> None:
    run = client.control("POST", "scenarios/portal-happy-path/run", {"world": "here"})

    page = client.get("/_mockmarket/ui/scenarios/portal-happy-path").text

    order = run["variables"]["order"]
    link = rf'<a href="[^"]*/ui/orders/portal/id/{order}">{order}</a>'
    assert re.search(f"PATCHes /orders at Scraper Portal: orderId {link}, status fulfilled", page)


def test_run_in_new_world_passes(page: Page, client: Client, new_world: Callable[[Page], Client]) -> None:
    page.goto("scenarios/portal-happy-path")

    page.get_by_role("button", name="Run to the end").click()

    page.wait_for_url("**/w/portal-happy-path-*/**")
    page.locator(".head .badge.ok", has_text="passed").wait_for()
    assert latest(new_world(page), "portal-happy-path")["state"] == "passed"
    first = page.locator(".progress .when a").first.get_attribute("href")
    assert first
    assert re.search(r"/timeline\?since=\d+&until=\d+$", first)
    assert client.control("GET", "scenarios/portal-happy-path/runs")["runs"] == []


def test_scenario_is_stepped_through(page: Page, client: Client) -> None:
    page.goto("scenarios/late-fulfilment")
    choose_this_world(page)

    page.get_by_role("button", name="Run step by step").click()
    page.get_by_text("1 of 8 steps").wait_for()
    page.get_by_role("button", name="Next step").click()

    page.get_by_text("2 of 8 steps").wait_for()
    assert latest(client, "late-fulfilment")["done"] == 2


def test_failed_expectation_is_shown(page: Page, client: Client) -> None:
    page.goto("scenarios/late-fulfilment")
    choose_this_world(page)
    page.get_by_role("button", name="Run step by step").click()
    page.get_by_text("1 of 8 steps").wait_for()
    page.get_by_role("button", name="Next step").click()
    page.get_by_text("2 of 8 steps").wait_for()
    order = client.control("GET", "records/portal/order")["records"][-1]["orderId"]
    client.patch("/api/v1/orders", {"orderId": order, "status": "cancelled"})

    page.get_by_role("button", name="Next step").click()

    page.locator(".complaint", has_text="Step 3 failed").wait_for()
    assert page.locator(".progress li.failed .badge.bad").count() == 1


def test_run_follows_the_clock_page(page: Page, client: Client) -> None:
    page.goto("scenarios/late-fulfilment")
    choose_this_world(page)
    page.get_by_role("button", name="Start along the clock").click()
    page.get_by_text("2 of 8 steps").wait_for()

    page.get_by_role("link", name="To the clock").click()
    page.get_by_label("By seconds").fill("600")
    page.get_by_role("button", name="Advance by").click()
    page.get_by_text("Advanced by 10 min").wait_for()
    page.goto("scenarios/late-fulfilment")

    page.get_by_text("3 of 8 steps").wait_for()


def test_run_is_stopped_by_hand(page: Page, client: Client) -> None:
    page.goto("scenarios/late-fulfilment")
    choose_this_world(page)
    page.get_by_role("button", name="Run step by step").click()

    page.get_by_role("button", name="Stop").click()

    page.get_by_text("It was stopped by hand.").wait_for()
    assert latest(client, "late-fulfilment")["state"] == "stopped"


def test_own_scenario_shows_its_failure(page: Page, client: Client) -> None:
    page.goto("scenarios")
    own = page.get_by_role("region", name="Your own scenario")
    own.get_by_label("Name").fill("own-check")
    own.get_by_label("Scenario").fill(OWN)
    own.get_by_label("In").select_option("here")

    own.get_by_role("button", name="Run it").click()

    page.locator(".complaint", has_text="Step 1 failed").wait_for()
    page.get_by_text("<script>alert(1)</script>").first.wait_for()
    assert page.locator("main script").count() == 0


def test_broken_scenario_is_told_in_place(page: Page, client: Client) -> None:
    page.goto("scenarios")
    own = page.get_by_role("region", name="Your own scenario")
    own.get_by_label("Name").fill("own-broken")
    own.get_by_label("Scenario").fill("steps: [{dance: 1}]")

    own.get_by_role("button", name="Run it").click()

    own.locator(".complaint, .field.wrong").get_by_text("dance").first.wait_for()
    assert own.get_by_label("Scenario").input_value() == "steps: [{dance: 1}]"


def test_keyboard_alone_runs_a_scenario(page: Page, client: Client, new_world: Callable[[Page], Client]) -> None:
    page.goto("scenarios/portal-happy-path")

    page.get_by_role("button", name="Run to the end").focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/w/portal-happy-path-*/**")


def test_narrow_window_fits_scenarios(page: Page, client: Client) -> None:
    page.set_viewport_size(NARROW)

    for path in ("scenarios", "scenarios/receiver-down-for-two-days"):
        page.goto(path)
        assert fits(page), path
