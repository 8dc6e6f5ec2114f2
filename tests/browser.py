"""A real browser for the dashboard's tests: one Chromium per process, driven by Playwright, with a fresh profile and page for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page, ViewportSize

    from tests.conftest import Client

REQUIRED = "MOCKMARKET_BROWSER_TESTS"
"""Set to `required` where a missing browser is an error instead of a reason to skip."""
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Commands that are looked for, in this order; the first takes a third of the others' time."""
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--no-proxy-server",
)  # fmt: skip
PATIENCE_MS = 30_000
WIDE: ViewportSize = {"width": 1280, "height": 860}
NARROW: ViewportSize = {"width": 390, "height": 780}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run the browser for the session; skip without one, unless it is required."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None and os.environ.get(REQUIRED) != "required":
        pytest.skip("no Chromium on this machine: install it (Debian: chromium) to test the dashboard")
    assert path, "Chromium is required here and not installed"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, client: Client) -> Iterator[Page]:
    """Open the dashboard's paths (`page.goto("timeline")`) of the test's world; a script error or a breach of the policy fails the test."""
    context = browser.new_context(base_url=f"{client.base}/_mockmarket/ui/", viewport=WIDE, color_scheme="light")
    context.set_default_timeout(PATIENCE_MS)
    page, wrong = context.new_page(), []

    def refuse(dialog: Dialog) -> None:
        wrong.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", refuse)
    page.on("console", lambda message: wrong.append(message.text) if breaches(message) else None)
    yield page
    context.close()
    assert wrong == []


def breaches(message: Any) -> bool:
    """Return whether a line of the console is about the content security policy or about htmx being misused."""
    return any(
        words in message.text
        for words in ("Content Security Policy", "htmx:syntax", "htmx:targetError", "htmx:swapError")
    )


def fits(page: Page) -> bool:
    """Return whether a page is no wider than its window."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return wide


def wait_until_drawn(page: Page) -> None:
    """Wait until a page follows the world and shows all that it has asked for."""
    page.locator("#link", has_text="live").wait_for()
    page.wait_for_function("() => !document.querySelector('.htmx-request')")


def simplify_openapi(place: Page | BrowserContext) -> None:
    """Show an OpenAPI document without paths: the true one takes seconds to build, and as long again to show."""
    document = {"openapi": "3.1.0", "info": {"title": "A mock", "version": "1"}, "paths": {}}
    place.route("**/openapi.json", lambda route: route.fulfill(json=document))


def brush(page: Page, first: int, last: int) -> None:
    """Drag over the bars of an overview, from one to another."""
    boxes = [page.locator("#overview .bar").nth(turn).bounding_box() for turn in (first, last)]
    (start, end) = [(box["x"] + 1, box["y"] + 20) for box in boxes if box]
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()
