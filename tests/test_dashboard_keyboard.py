"""The dashboard by keyboard: Tab reaches everything in order, the focus is seen, and what opens closes by Escape and gives it back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import WIDE, simplify_openapi, wait_until_drawn
from tests.conftest import Client
from tests.pages import filled
from tests.receiver import Receiver
from tests.test_dashboard import UI

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MOST_STOPS = 400
FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect(), style = getComputedStyle(element), shut = element.closest("details:not([open])");
  const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 20)];
  const hit = document.elementFromPoint(Math.min(x, innerWidth - 1), Math.min(y, innerHeight - 1));
  const name = `${element.tagName}${element.id && "#" + element.id} ${(element.innerText || element.name || "").trim().slice(0, 24)}`;
  const faults = [];
  if (!(box.width && box.height)) faults.push("has no size");
  else if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) faults.push("is out of sight");
  else if (!hit || !(element.contains(hit) || hit.contains(element))) faults.push(`is under ${hit?.outerHTML.slice(0, 60)}`);
  if (style.outlineStyle === "none" && style.boxShadow === "none" && element.tagName !== "IFRAME") faults.push("has no ring");
  return { name, faults, place: [...document.querySelectorAll("*")].indexOf(element) };
}"""
STOPS = """root => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter((element) =>
  element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true }) && element.type !== "hidden"
  && document.querySelector(root).compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING
  && !element.closest("dialog:not([open]), [popover]:not(:popover-open):not(nav)")).length"""
"""How many elements Tab must reach after another; what a closed section hides is not visible."""


@pytest.fixture
def still(browser: Browser, client: Client) -> Iterator[Page]:
    """Open pages of the test's world in a browser that scrolls at once."""
    context = browser.new_context(base_url=f"{client.base}{UI}/", viewport=WIDE, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    simplify_openapi(context)
    yield context.new_page()
    context.close()


@pytest.fixture
def paths(client: Client, receiver: Receiver) -> list[str]:
    """Have something on every page, at a clock that stands still."""
    client.control("PUT", "clock", {"frozen": True})
    return filled(client, receiver)


def walk(page: Page) -> Iterator[dict[str, Any]]:
    """Press Tab from what has the focus until it leaves the page; yield what has it each time."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if (stop := page.evaluate(FOCUSED)) is None:
            return
        yield stop
    raise AssertionError("Tab never leaves the page")


def faults_of(page: Page, root: str) -> list[str]:
    """Walk by Tab from the beginning of a page, or of its content, to the end; return what is wrong."""
    page.locator(root).focus()
    stops = [*walk(page)]
    places = [stop["place"] for stop in stops]
    faults = [f"{stop['name']} {fault}" for stop in stops for fault in stop["faults"]]
    if places != sorted(places):
        faults.append("the order is another")
    if len({*places}) < (count := page.evaluate(STOPS, root)):
        faults.append(f"{len({*places})} of {count} are reached")
    return faults


def test_tab_reaches_everything_in_its_order(still: Page, paths: list[str]) -> None:
    wrong: dict[str, Any] = {}
    for path in paths:
        still.goto(path)
        wait_until_drawn(still)
        if path != "api" and (faults := faults_of(still, ".skip" if path == paths[0] else "#main")):
            wrong[path] = faults

    assert wrong == {}


OPENERS = 'details.menu > summary, button[popovertarget]:not([popovertargetaction="hide"])'
IS_OPEN = """opener => opener.matches("summary") ? opener.parentNode.open : opener.popoverTargetElement.matches(":popover-open")"""


def test_what_opens_closes_by_escape(still: Page, paths: list[str]) -> None:
    wrong: list[tuple[str, str]] = []
    tried = 0
    for path in paths:
        still.goto(path)
        wait_until_drawn(still)
        place = still.locator("body" if path == paths[0] else "#main")
        for opener in place.locator(OPENERS).all():
            if not opener.is_visible():
                continue
            tried += 1
            opener.focus()
            still.keyboard.press("Enter")
            states = [opener.evaluate(IS_OPEN)]
            still.keyboard.press("Escape")
            states.append(opener.evaluate(IS_OPEN))
            if states != [True, False] or not opener.evaluate("opener => opener === document.activeElement"):
                wrong.append((path, opener.inner_text()))

    assert tried > 10
    assert wrong == []


@pytest.mark.parametrize(("key", "dialog"), [("?", "#shortcuts"), ("/", "#palette"), ("Control+k", "#palette")])
def test_dialog_gives_the_focus_back(still: Page, client: Client, key: str, dialog: str) -> None:
    still.goto("orders")
    link = still.get_by_role("link", name="Stock")
    link.focus()

    still.keyboard.press(key)
    still.locator(f"{dialog}[open]").wait_for()
    inside = set[str]()
    for _ in range(12):
        still.keyboard.press("Tab")
        inside.add(still.evaluate("document.activeElement.closest('dialog')?.id ?? ''"))
    still.keyboard.press("Escape")
    still.locator(f"{dialog}:not([open])").wait_for(state="attached")

    assert inside <= {dialog[1:], ""}  # the browser's own controls are between the last and the first
    assert link.evaluate("link => link === document.activeElement")


def test_details_of_a_row_are_reached_and_left_by_keys(still: Page, paths: list[str]) -> None:
    still.goto("requests")
    wait_until_drawn(still)

    still.keyboard.press("j")
    still.keyboard.press("Enter")
    still.locator("#beside").wait_for()
    still.keyboard.press("Escape")
    still.locator("#beside").wait_for(state="detached")
    still.keyboard.press("j")

    assert still.evaluate("document.activeElement.closest('.log tr')?.id ?? ''").startswith("q-")


def test_escape_closes_one_thing_at_a_time(still: Page, paths: list[str]) -> None:
    still.goto(next(path for path in paths if "chain=" in path))
    wait_until_drawn(still)
    panel, menu = still.locator("#timeline.open"), still.locator("#zones[open]")

    still.locator("#zones > summary").focus()
    still.keyboard.press("Enter")
    menu.wait_for()
    still.keyboard.press("Escape")
    menu.wait_for(state="detached")
    still.keyboard.press("?")
    still.keyboard.press("Escape")
    still.locator("#shortcuts[open]").wait_for(state="detached")

    assert panel.count() == 1
    still.keyboard.press("Escape")
    panel.wait_for(state="detached")


def test_result_of_a_search_shows_the_focus(still: Page, client: Client) -> None:
    still.goto("orders")
    still.keyboard.press("/")
    still.locator("#palette input").fill("freeze")
    still.locator("#palette .hit").first.wait_for()

    still.keyboard.press("ArrowDown")

    assert still.locator("#palette .hit:focus").evaluate("hit => getComputedStyle(hit).outlineStyle") == "solid"


def test_states_stay_boxes_where_colours_are_the_systems(browser: Browser, client: Client, paths: list[str]) -> None:
    context = browser.new_context(base_url=f"{client.base}{UI}/", color_scheme="dark", forced_colors="active")
    page = context.new_page()

    page.goto("webhooks")
    endpoint = page.locator(".badge").first.evaluate("badge => getComputedStyle(badge).outlineStyle")
    page.goto(next(path for path in paths if path.startswith("webhooks/endpoint")))
    failing = page.locator(".complaint").first.evaluate("line => getComputedStyle(line).borderTopWidth")

    context.close()
    assert (endpoint, failing) == ("solid", "1px")


DOCUMENT = {
    "openapi": "3.0.3", "info": {"title": "mockmarket", "version": "0"}, "servers": [{"url": "/"}],
    "tags": [{"name": name} for name in ("portal", "skybox")],
    "paths": {f"/{name}": {"get": {"tags": [name], "responses": {}}} for name in ("portal", "skybox")},
}  # fmt: skip
"""An OpenAPI document that a browser has drawn at once."""


def test_tab_goes_through_the_api_browser_and_out_of_it(still: Page, client: Client) -> None:
    still.route("**/openapi.json", lambda route: route.fulfill(json=DOCUMENT))
    still.goto("api")
    tag = still.frame_locator("iframe.browser").locator("#operations-tag-portal")
    tag.get_by_role("button").focus()
    still.keyboard.press("Enter")
    tag.locator("xpath=..").locator(".opblock").wait_for()
    still.locator(".skip").focus()
    still.keyboard.press("Enter")

    outside, inside = [], []
    for stop in walk(still):
        outside.append(stop["name"].split(" ")[0])
        inside += [still.frames[1].evaluate(FOCUSED)] if outside[-1] == "IFRAME" else []
    still.keyboard.press("Shift+Tab")

    assert outside == ["A", *["IFRAME"] * len(inside)]
    assert [stop["faults"] for stop in inside] == [[]] * still.frames[1].evaluate(STOPS, "body")
    assert [stop["place"] for stop in inside] == sorted(stop["place"] for stop in inside)
    assert still.evaluate("document.activeElement.tagName") == "IFRAME"
