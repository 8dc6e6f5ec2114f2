"""The dashboard's frame in a real browser: the strip, the connection, the navigation, and how open pages are drawn anew."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

from mockmarket.dashboard import formats
from mockmarket.dashboard.site import PAGES
from mockmarket.store import history, keys, records
from mockmarket.vendors.portal.wire import ORDER
from tests.browser import NARROW, fits, simplify_openapi, wait_until_drawn
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.running import FIXTURE, buy, listen, talking_to, until
from tests.test_dashboard import HTML, UI, send

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

WIDTHS = (320, 640, 1024, 1920)
CUT = """() => [...document.querySelectorAll("#strip *")].filter((part) => part.checkVisibility() && part.firstChild?.nodeType === 3
    && !part.closest(".list, .jumps") && getComputedStyle(part).clipPath === "none").filter((part) => {
  const text = document.createRange();
  text.selectNodeContents(part);
  const drawn = text.getBoundingClientRect(), boxes = [];
  for (let box = part; box.id !== "strip"; box = box.parentElement)
    if (getComputedStyle(box).overflowX !== "visible") boxes.push(box.getBoundingClientRect());
  return [...boxes, document.body.getBoundingClientRect()].some((box) => drawn.left < box.left - 1 || drawn.right > box.right + 1);
}).map((part) => part.textContent)"""
"""What of the strip's texts is cut off, but for those that only screen readers have."""


def cut_off(page: Page, url: str) -> None:
    """Let no request of a page arrive, and let its machine's clock run on by the time after which it notices."""
    page.route(url, lambda route: route.abort())
    page.evaluate("dispatchEvent(new Event('pagehide'))")  # ends the stream, as a server that ends does
    page.clock.run_for(9_000)


def follow(page: Page, path: str) -> None:
    """Open a page whose machine's clock is the test's, and wait until it follows the world."""
    page.clock.install()
    page.goto(path)
    page.locator("#link", has_text="live").wait_for()


# The connection


def test_each_vendor_has_initials_of_its_own(client: Client, served: Served) -> None:
    titles = [vendor.title for vendor in served.app.worlds.vendors]

    marks = {formats.initials(title) for title in titles}
    badges = re.findall(
        r'<span class="letter [^"]*" aria-hidden="true">(\w+)</span>', client.get(f"{UI}/orders", headers=HTML).text
    )

    assert len(marks) == len(titles)
    assert set(badges) == marks


def test_page_says_that_it_is_cut_off_and_recovers(page: Page, client: Client) -> None:
    follow(page, "keys")

    cut_off(page, "**/strip")
    page.get_by_text("What is below is old. Trying again.").wait_for()
    lost = page.evaluate("document.documentElement.dataset.link")
    page.unroute("**/strip")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    page.locator("#link", has_text="live").wait_for()
    assert lost == "lost"


def test_page_says_that_its_world_is_gone(page: Page, client: Client) -> None:
    follow(page, "orders")

    page.route("**/strip", lambda route: route.fulfill(status=404))
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    page.clock.run_for(9_000)

    page.get_by_text("This world no longer exists.").wait_for()


@pytest.mark.parametrize("reached", [False, True], ids=["nobody answers", "the answer is late"])
def test_filter_that_reaches_nobody_says_so(page: Page, client: Client, reached: bool) -> None:
    follow(page, "orders")
    waiting: list[Route] = []
    page.route("**/ui/orders?*", lambda route: waiting.append(route) if reached else route.abort())

    page.get_by_label("Vendor").select_option("portal")
    page.clock.run_for(2_000)

    words = "has not answered yet" if reached else "did not answer"
    page.locator("#notice", has_text=f"The server {words}").wait_for()
    for route in waiting:
        route.continue_()


# The strip


def test_strip_has_the_clock_and_its_steps_on_every_page(page: Page, client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    now = client.control("GET", "clock")["now_ms"]
    page.goto("keys")

    page.get_by_role("button", name="+1 day").click()

    page.locator("#toast", has_text="Advanced by 1 d").wait_for()
    assert client.control("GET", "clock")["now_ms"] == now + 86_400_000
    assert page.url.endswith("/keys")
    assert "Frozen at" in page.locator("#clock").inner_text()


@pytest.mark.parametrize("width", [320, 390])
def test_strip_of_a_phone_never_scrolls_away(page: Page, served: Served, width: int) -> None:
    name = "receiver-down-for-two-days"
    served.app.worlds.put(name, FIXTURE)
    client = talking_to(served, name)
    client.control("PUT", "clock", {"frozen": True})
    client.control("POST", "faults", {"fault": "status", "vendor": "portal", "with": {"status": 503}})
    client.control("POST", "faults", {"fault": "drop"})
    client.get("/api/v1/events")
    page.set_viewport_size({"width": width, "height": 780})
    page.goto(f"/w/{name}{UI}/settings")
    page.locator("#link", has_text="live").wait_for()

    for wider in (1300, 1160, 1024, 768, width):
        page.set_viewport_size({"width": wider, "height": 780})
        assert (wider, page.evaluate(CUT), fits(page)) == (wider, [], True)

    page.evaluate("window.scrollTo(0, 2000)")
    page.wait_for_function("() => window.scrollY > 1000")

    strip = page.locator("#strip").bounding_box()
    names = ("#worlds .chip", "#clock", ".steps", ".status .on", ".failures", "#link")
    parts = [page.locator(name).bounding_box() for name in names]
    assert strip
    assert 0 <= strip["y"] < 2
    assert strip["height"] <= 92
    assert all(part and part["width"] > 20 and part["x"] >= 0 and part["x"] + part["width"] <= width for part in parts)
    assert all(
        part and part["y"] >= 0 and part["y"] + part["height"] <= strip["y"] + strip["height"] + 1 for part in parts
    )
    page.get_by_role("button", name="Steps of the clock").click()
    page.get_by_role("button", name="Faults off").click()
    page.locator("#toast", has_text="All faults were removed").wait_for()
    assert client.control("GET", "faults")["faults"] == []
    page.locator("#status .on").wait_for(state="detached")
    page.goto(f"/w/{name}{UI}/timeline")
    page.get_by_text("every fault turned off").first.wait_for()
    served.app.worlds.drop(name)


def test_fault_that_is_on_is_in_sight_until_it_is_used_up(client: Client) -> None:
    client.control("POST", "faults", {"fault": "status", "vendor": "portal", "times": 1, "with": {"status": 503}})

    on = client.get(f"{UI}/keys").text
    client.get("/api/v1/events")
    used_up = client.get(f"{UI}/keys").text

    assert "1</span> fault on" in on
    assert "fault on" not in used_up


def test_failures_are_counted_until_they_are_looked_at(client: Client) -> None:
    client.post("/api/v1/orders", {})
    client.post("/api/v1/orders", {})

    before = client.get(f"{UI}/keys").text
    client.get(f"{UI}/timeline")
    after = client.get(f"{UI}/keys").text

    assert '2</span> <span class="noun">failures</span>' in before
    assert 'class="failures"' not in after


def test_failures_are_in_the_title_of_a_hidden_tab(page: Page, client: Client) -> None:
    page.goto("timeline")
    page.locator("#link", has_text="live").wait_for()
    title = page.title()

    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    client.post("/api/v1/orders", {})
    page.wait_for_function("title => document.title === `(1) ${title}`", arg=title)
    unseen = client.call("GET", f"{UI}/keys", headers={"Cookie": cookies_of(page)}).text
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")

    page.wait_for_function("title => document.title === title", arg=title)
    assert "<title>(1) Keys" in unseen
    until(
        client.world,
        lambda: "<title>Keys" in client.call("GET", f"{UI}/keys", headers={"Cookie": cookies_of(page)}).text,
    )


def cookies_of(page: Page) -> str:
    """Return the header with all cookies of a page's browser."""
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())


def test_step_without_scripts_stays_on_its_page(client: Client) -> None:
    page = f"{client.base}{UI}/keys?vendor=portal"

    answer = send(client, "clock/step/3600000", {"stay": "1"}, Referer=page)
    foreign = send(client, "clock/step/3600000", {"stay": "1"}, Referer="https://evil.example/_mockmarket/ui/keys")
    shown_by_form = send(
        client, "clock/step/3600000", {"stay": "1"}, Referer=f"{client.base}{UI}/requests/id/r1/replay"
    )

    assert answer.headers["Location"].endswith(f"{UI}/keys?vendor=portal")
    assert shown_by_form.headers["Location"].endswith(f"{UI}/requests/id/r1")
    assert foreign.headers["Location"].endswith(f"{UI}/clock")


def test_world_with_a_long_name_keeps_both_its_ends() -> None:
    first, second = (formats.middle(f"receiver-down-for-two-days-{number}", 22) for number in (1, 2))

    assert first != second
    assert "receiver-d…-two-days-1</span>" in first
    assert 'title="receiver-down-for-two-days-1"' in first


def test_header_value_breaks_after_its_punctuation() -> None:
    assert formats.breaking("text/html;q=1, <b>&") == "text/<wbr>html;<wbr>q=1,<wbr> &lt;b&gt;&amp;"
    assert 'title="a/' in formats.breaking("a/" * 200)


# Navigation


def test_navigation_has_groups_with_their_pages(client: Client) -> None:
    text = client.get(f"{UI}/keys").text

    assert [text.index(f'<h2 id="g-{name}">') for name in ("Observe", "Operate", "Configure")] == sorted(
        text.index(f'<h2 id="g-{name}">') for name in ("Observe", "Operate", "Configure")
    )


def test_phone_has_the_pages_in_a_drawer(page: Page, client: Client) -> None:
    page.set_viewport_size(NARROW)
    page.goto("keys")

    page.get_by_role("button", name="Pages").click()
    page.get_by_role("link", name="Faults").click()

    page.get_by_role("heading", name="Faults", exact=True).wait_for()
    assert fits(page)


@pytest.mark.parametrize("path", ["keys", "webhooks", "worlds", "clock"])
def test_frame_fits_every_width(page: Page, client: Client, path: str) -> None:
    client.control("POST", "faults", {"fault": "status", "vendor": "portal", "with": {"status": 503}})
    client.control("PUT", "clock", {"frozen": True})
    client.control("POST", f"snapshots/{'receiver-down-for-two-days-in-europe' * 2}"[:70])
    page.goto(path)

    wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wide += [] if fits(page) else [width]

    assert wide == []


TOUCHED = """() => {
    const often = "button, .button, .tabs a, select, header .brand, nav a, .step, .parts, .ends > a, .back a, .pager > a, .card > h3 > a,"
        + " .board .open, main details:not(.part) > summary, input:not([type=checkbox], [type=radio]), textarea";
    const first = (place) => place.closest("tbody tr")?.querySelector("a[href]") === place;
    return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
        .filter((place) => place.checkVisibility() && !place.closest("svg, .unseen, .skip, [popover]:not(nav)"))
        .map((place) => [place, place.getBoundingClientRect()])
        .filter(([place, box]) => box.width && (Math.min(box.width, box.height) < 24
            || ((place.matches(often) || first(place)) && Math.round(box.height) < 44)
            || (place.matches("input, select, textarea") && parseFloat(getComputedStyle(place).fontSize) < 16)))
        .map(([place]) => place.outerHTML.slice(0, 90));
}"""
"""What is too small for a finger, or makes a phone zoom in: 44 px high is what is pressed often, and 24 px all."""
DRAWN = """() => [...document.querySelectorAll("main .chart :is(rect, text), main .bar rect, main .dots i, main a.seat")].map((part) => {
    const style = getComputedStyle(part);
    if (part.matches(".seat")) return ["text", style.color, style.backgroundColor];
    const colour = part.matches(".free") ? style.stroke : part.matches("i") ? style.backgroundColor : style.fill;
    return [part.localName, colour, getComputedStyle(part.closest(".card")).backgroundColor];
})"""
"""The parts of drawings, each with its colour and the colour behind it."""


@pytest.fixture
def failing(client: Client, receiver: Receiver) -> str:
    """Let the deliveries to an endpoint fail, and sell seats; returns the endpoint's id."""
    receiver.answer = lambda hook: (500, b"")
    id: str = listen(client, receiver.url)["id"]
    buy(client)
    until(client.world, lambda: history.sent_attempts(client.world.read(), 1))
    return id


def paths_of(client: Client, endpoint: str) -> list[str]:
    """Return the paths of all pages, and of one of each kind of thing that has a page of its own."""
    order, entry = records.find(client.world.read(), ORDER, limit=1)[0], client.world.journal.find({})[-1]
    delivery, key = history.deliveries(client.world.read(), {}, 1)[0], keys.all(client.world.read())[0]
    row = client.world.read().conn.execute("SELECT id FROM stock LIMIT 1").fetchone()[0]
    lists = [route.path for page in PAGES for route in page.routes if route.method == "GET" and "<" not in route.path]
    kinds = [
        "webhooks/new/portal",
        "orders/portal/new",
        "actions/portal/buy",
        "faults/new/status",
        "keys/new/portal",
        "search?q=order",
    ]
    kinds += [
        f"webhooks/endpoint/{endpoint}",
        f"webhooks/delivery/{delivery['uid']}",
        "webhooks/notices/portal/order.confirmed",
    ]
    kinds += [
        f"orders/portal/id/{order['orderId']}",
        f"orders/portal/moves/{order['orderId']}",
        f"requests/id/{entry.id}",
    ]
    kinds += [
        f"timeline?chain={entry.id}",
        f"requests?open={entry.id}",
        f"keys/id/{key.id}",
        "stock/event/1001",
        f"stock/row/{row}",
    ]
    return [path for path in lists if path not in NO_PAGES] + kinds


NO_PAGES = ("timeline/stream", "timeline/diagram", "worlds/compare", "worlds/state")
HELD = {
    "phone": {"viewport": {"width": 320, "height": 780}, "has_touch": True, "is_mobile": True},
    "tablet": {"viewport": {"width": 1024, "height": 780}, "has_touch": True, "is_mobile": True},
    "narrow window": {"viewport": {"width": 600, "height": 780}},
}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_what_a_finger_presses_is_large_enough(browser: Browser, client: Client, failing: str, held: Any) -> None:
    context = browser.new_context(base_url=f"{client.base}{UI}/", **held)
    simplify_openapi(context)
    page, wrong = context.new_page(), {}

    for path in paths_of(client, failing):
        page.goto(path)
        if (small := page.evaluate(TOUCHED)) or not fits(page):
            wrong[path] = small

    context.close()
    assert wrong == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawings_can_be_seen(page: Page, client: Client, failing: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)

    faint, count = [], 0
    for path in ("sales", "stock", "stock/event/1001?only=sold", "webhooks", f"webhooks/endpoint/{failing}"):
        page.goto(path)
        for part, colour, behind in page.evaluate(DRAWN):
            count += 1
            faint += [(path, part, colour)] if contrast(colour, behind) < (4.5 if part == "text" else 3) else []

    assert faint == []
    assert count > 20


def test_every_id_is_once_on_its_page(client: Client, failing: str) -> None:
    wrong = {}
    for path in paths_of(client, failing):
        ids = re.findall(r'<[^>]*\sid="([^"]+)"', client.get(f"{UI}/{path}").text)
        wrong[path] = [id for id in set(ids) if ids.count(id) > 1]

    assert {path: ids for path, ids in wrong.items() if ids} == {}


def test_every_page_says_whether_it_is_live(client: Client) -> None:
    for page in PAGES:
        text = client.get(f"{UI}/{page.routes[0].path}").text

        assert re.search(r'id="strip"[^>]* data-stream="[^"]+" data-asks="[^"]+"', text), page.name
        assert 'id="link">not live<' in text  # until its script has heard of the server
        assert "static/live.js" in text


def test_disabled_button_can_be_read(page: Page, client: Client) -> None:
    order = buy(client)
    page.goto(f"orders/portal/id/{order['orderId']}")

    seen: Any = page.evaluate("""() => {
        const style = getComputedStyle(document.querySelector('[aria-disabled="true"]'));
        return [style.color, style.backgroundColor, style.opacity];
    }""")

    assert seen[2] == "1"
    assert contrast(seen[0], seen[1]) >= 4.5


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours that a browser computed, as WCAG 2 defines it."""
    lights = sorted(luminance(colour) for colour in (first, second))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of `rgb(1, 2, 3)`."""
    parts = [int(part) / 255 for part in colour.strip("rgb()").split(", ")]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_api_browser_stays_within_the_frame(page: Page, client: Client) -> None:
    simplify_openapi(page)
    page.emulate_media(color_scheme="dark")
    page.goto("api")

    page.frame_locator("iframe").get_by_text("A mock").wait_for()

    assert page.frames[1].evaluate("document.documentElement.classList.contains('dark-mode')")
    assert page.get_by_role("navigation", name="Pages").is_visible()


# Drawing anew


def test_redraw_keeps_what_is_selected(page: Page, client: Client) -> None:
    order = buy(client)
    page.goto(f"orders/portal/id/{order['orderId']}")
    page.locator("#link", has_text="live").wait_for()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('dd.mono'))")

    with page.expect_response("**/orders/portal/id/**"):
        client.get("/api/v1/events")
    wait_until_drawn(page)

    assert page.evaluate("getSelection().toString()") == order["orderId"]


# What goes wrong


def test_unknown_page_keeps_the_frame(client: Client) -> None:
    answer = client.get(f"{UI}/reqests/all")

    assert answer.status_code == 404
    assert '<nav aria-label="Pages"' in answer.text
    assert ">To Requests</a>" in answer.text


def test_unknown_world_can_be_made(served: Served, client: Client) -> None:
    name = f"{client.world.name}-x"

    answer = requests.get(f"{served.url}/w/{name}{UI}/timeline", headers=HTML, timeout=10)

    assert f'href="{UI}/worlds?name={name}">Make world {name}</a>' in answer.text
    assert f'<a href="/w/{client.world.name}{UI}/timeline">{client.world.name}</a>' in answer.text
    assert f'value="{name}"' in requests.get(f"{served.url}{UI}/worlds?name={name}", timeout=10).text
