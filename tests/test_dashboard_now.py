"""The page Now in a real browser: it follows what happens, shows the whole chain of a request, and shows anything harmlessly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pytest
import requests

from mockmarket.dashboard import sequence_diagram, timeline
from tests.browser import NARROW, fits
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import FLOOR, buy, deliveries, listen, settled, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


REQUESTS = "a.step.request:not([tabindex])"


def failing(receiver: Receiver) -> None:
    """Have a receiver answer 500."""
    receiver.answer = lambda hook: (500, b'{"error":"<img src=x onerror=alert(1)>"}')


def refused_once(client: Client) -> None:
    """Wait until a delivery has been tried and waits for its second attempt: before the first it is pending too."""
    until(client.world, lambda: [delivery for delivery in deliveries(client, state="pending") if delivery["attempts"]])


def bought(client: Client, receiver: Receiver) -> Any:
    """Freeze the clock, listen, buy, and wait until the notice is delivered; returns the id of the request."""
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    answer = client.post("/api/v1/orders", FLOOR)
    settled(client)
    return answer.headers["X-Mockmarket-Request"]


def drawn(client: Client, **filters: Any) -> Any:
    """Return the drawing of the test's world."""
    story = timeline.story_of(client.world, **filters)
    return sequence_diagram.draw(story, client.world.vendors)


def shape(part: Any) -> Any:
    """Return a row of a drawing in short: `request>`, `<request`, `notice`, `gap`."""
    kind = part.item.kind if part.item else part.shape
    return kind if part.shape != "arrow" else f"{kind}>" if part.to > part.x else f"<{kind}"


# The diagram


def test_story_is_drawn_in_order(client: Client, receiver: Receiver) -> None:
    bought(client, receiver)

    rows = [shape(row) for row in drawn(client).rows]

    assert rows == ["request>", "change", "notice", "<request", "attempt>", "<attempt", "line"]


def test_request_without_answer_failed(client: Client) -> None:
    client.control("POST", "faults", {"fault": "drop"})
    with pytest.raises(requests.ConnectionError):
        client.get("/api/v1/events")

    text = client.get("/_mockmarket/ui/now/chain/r000001").text

    (row,) = [row for row in drawn(client).rows if row.label.startswith("no answer")]
    assert row.tone == "failed"
    assert ">no answer<" in text
    assert "fault: drop" in text


def test_chain_out_of_the_picture_is_said(client: Client) -> None:
    for _ in range(60):
        client.get("/api/v1/events")

    page = client.get("/_mockmarket/ui/now", chain="r000001", limit=50).text
    wide = client.get("/_mockmarket/ui/now", chain="r000001", limit=100).text

    assert "The open chain is not among these entries" in page
    assert "data-chosen" not in page
    assert "is not among these" not in wide


def test_each_party_has_a_lane(client: Client, receiver: Receiver) -> None:
    bought(client, receiver)

    posts = [(post.kind, post.name) for post in drawn(client).posts]

    assert posts == [("client", "Client"), ("vendor", "Scraper Portal"), ("endpoint", receiver.url.split("/")[2])]


def test_arrows_join_the_lanes(client: Client, receiver: Receiver) -> None:
    bought(client, receiver)
    picture = drawn(client)

    ends = [(row.x, row.to) for row in picture.rows if row.shape == "arrow"]

    caller, vendor, endpoint = (post.x for post in picture.posts)
    edge = sequence_diagram.EDGE
    assert ends == [
        (caller, vendor - edge),
        (vendor - edge, caller),
        (vendor + edge, endpoint),
        (endpoint, vendor + edge),
    ]


def test_rows_never_overlap(client: Client, receiver: Receiver) -> None:
    bought(client, receiver)
    client.control("POST", "clock/advance", {"seconds": 86400})
    rows = drawn(client).rows

    assert [row.y + row.height for row in rows[:-1]] == [row.y for row in rows[1:]]


def test_silence_is_drawn_as_gap(client: Client, receiver: Receiver) -> None:
    bought(client, receiver)
    client.control("POST", "clock/advance", {"seconds": 7200})

    gaps = [row.label for row in drawn(client).rows if row.shape == "gap"]

    assert gaps[0].startswith("2 h later")


def test_retries_show_number_and_outcome(client: Client, receiver: Receiver) -> None:
    failing(receiver)
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    buy(client)
    client.control("POST", "clock/advance", {"until": "quiet"})

    tries = [
        (row.item.title, row.item.tone)
        for row in drawn(client).rows
        if row.item and row.item.kind == "attempt" and row.solid
    ]

    names = ["order.confirmed", *(f"order.confirmed #{number}" for number in range(2, 7))]
    assert tries == list(zip(names, ["retry"] * 5 + ["failed"], strict=True))


def test_muted_endpoint_shows_what_was_dropped(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)
    client.control("PATCH", f"endpoints/{endpoint['id']}", {"active": False})
    buy(client)

    dropped = next(row for row in drawn(client).rows if row.item and row.item.kind == "dropped")

    assert (dropped.result, dropped.tone) == ("not sent", "dropped")
    assert "disabled" in dropped.title


def test_what_waits_stands_beneath_now(client: Client, receiver: Receiver) -> None:
    failing(receiver)
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    buy(client)
    refused_once(client)
    client.control("POST", "clock/advance", {"seconds": 0})

    last, waiting = drawn(client).rows[-2:]

    assert (last.shape, waiting.item.kind, waiting.result) == ("line", "waiting", "in 1 s")


def test_many_entries_are_drawn_compact(client: Client) -> None:
    for _ in range(sequence_diagram.COMPACT_FROM + 1):
        client.get("/api/v1/events")

    picture = drawn(client)

    assert picture.compact
    assert [row.part for row in picture.rows if row.part] == []


def test_newest_entries_are_shown(client: Client) -> None:
    for _ in range(8):
        client.get("/api/v1/events")

    story = timeline.story_of(client.world, limit=5)

    assert [item.id for item in story.items] == [f"r{number:06d}" for number in range(4, 9)]
    assert story.left_out == 3


def test_record_filter_keeps_its_story(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    order, _ = buy(client), buy(client)
    settled(client, 2)

    story = timeline.story_of(client.world, record=order["orderId"])

    assert [item.kind for item in story.items] == ["request", "attempt"]
    assert {entry.record for item in story.items for entry in item.inside} == {order["orderId"]}


def test_vendor_filter_leaves_others_out(client: Client) -> None:
    client.get("/api/v1/events")
    client.get("/ticketnation/open-api/v1/events")

    story = timeline.story_of(client.world, vendor="portal")

    assert [item.vendor for item in story.items] == ["portal"]


def test_trouble_comes_with_its_causes(client: Client, receiver: Receiver) -> None:
    failing(receiver)
    listen(client, receiver.url)
    client.get("/api/v1/events")
    buy(client)
    refused_once(client)

    story = timeline.story_of(client.world, only="trouble")

    assert [item.kind for item in story.items][:2] == ["request", "attempt"]
    assert story.items[0].title == "POST /api/v1/orders"


def test_action_stands_without_a_request(client: Client) -> None:
    client.control("POST", "portal/actions/buy", FLOOR)

    kinds = [shape(row) for row in drawn(client).rows]

    assert kinds == ["change", "notice", "line"]


def test_seat_moved_without_vendor_has_lane(client: Client) -> None:
    client.control(
        "POST", "core/actions/add_stock", {"event": "1001", "section": "Roof", "row": "A", "seats": 4, "price": 10}
    )

    assert [post.name for post in drawn(client).posts][-1] == "Core"


# The page


def test_request_appears_without_reload(page: Page, client: Client) -> None:
    page.goto("now")
    page.get_by_text("No entries yet").wait_for()

    buy(client)

    page.locator(REQUESTS).wait_for()
    assert page.locator(".step.notice").count() == 1


def test_one_click_shows_the_whole_chain(page: Page, client: Client, receiver: Receiver) -> None:
    id = bought(client, receiver)
    page.goto("now")

    page.locator(REQUESTS).click()

    chain = page.locator("#chain")
    chain.get_by_text("Attempt 1: 200").wait_for()
    assert chain.locator("code").first.inner_text() == id
    assert [heading.inner_text() for heading in chain.locator("h3").all()] == [
        "POST /api/v1/orders",
        "Stock: sold 1",
        "order.confirmed",
    ]
    assert page.locator(".step:not(.lit)").count() == 0


def test_chosen_chain_outlives_what_comes(page: Page, client: Client, receiver: Receiver) -> None:
    id = bought(client, receiver)
    page.goto(f"now?chain={id}")

    client.get("/api/v1/events")

    page.locator(REQUESTS).nth(1).wait_for()
    assert (
        page.locator(f'.step.lit[data-chain="{id}"]').count() == page.locator(f'.step[data-chain="{id}"]').count() > 0
    )
    assert page.locator("#chain h3").first.inner_text() == "POST /api/v1/orders"


def test_keys_move_and_open(page: Page, client: Client) -> None:
    client.get("/api/v1/events")
    client.call("GET", "/api/v1/events", headers={"X-API-Key": "none"})
    page.goto("now")

    page.keyboard.press("n")
    page.keyboard.press("Enter")

    page.locator("#chain").get_by_text("401").first.wait_for()
    page.keyboard.press("Escape")
    page.locator("#chain").wait_for(state="hidden")
    assert page.locator(".lit").count() == 0


def test_keys_begin_at_what_is_seen(page: Page, client: Client) -> None:
    for _ in range(40):
        client.get("/api/v1/events")
    page.goto("now?density=roomy")
    before = page.evaluate("document.querySelector('.stage').scrollTop")

    page.keyboard.press("j")

    assert page.evaluate("document.activeElement.classList.contains('request')")
    assert page.evaluate("document.querySelector('.stage').scrollTop") == before > 0


def test_sliver_of_an_entry_is_said(page: Page, client: Client, receiver: Receiver) -> None:
    bought(client, receiver)
    page.set_viewport_size({"width": 390, "height": 780})

    page.goto("now")

    label = page.locator(".step.notice.away .beyond")
    assert (label.text_content() or "").startswith("→ Scraper Portal: order.confirmed")
    assert page.locator(".step.notice.away .pill").is_hidden()


def test_focus_outlives_what_comes(page: Page, client: Client) -> None:
    client.get("/api/v1/events")
    page.goto("now")
    page.keyboard.press("j")

    client.get("/api/v1/events")

    page.locator(REQUESTS).nth(1).wait_for()
    assert page.evaluate("document.activeElement.id") == "s-r000001"


def test_filter_narrows_in_place(page: Page, client: Client) -> None:
    client.get("/api/v1/events")
    client.get("/ticketnation/open-api/v1/events")
    page.goto("now")

    page.get_by_label("Vendor").select_option("Ticketnation")

    page.locator(".post.vendor", has_text="Scraper Portal").wait_for(state="detached")
    assert page.locator(REQUESTS).count() == 1
    assert "vendor=ticketnation" in page.url


def test_empty_filter_says_so(page: Page, client: Client) -> None:
    client.get("/api/v1/events")
    page.goto("now")

    page.get_by_label("Order or other record").fill("no-such-record")

    page.get_by_text("No matching entry").wait_for()


def test_lanes_stay_above_when_scrolled(page: Page, client: Client) -> None:
    for _ in range(70):
        client.get("/api/v1/events")
    page.goto("now?limit=500")

    names, stage = page.locator(".names").bounding_box(), page.locator(".stage").bounding_box()

    assert page.locator(".stage").evaluate("stage => stage.scrollTop > 200")
    assert names
    assert stage
    assert names["y"] == pytest.approx(stage["y"], abs=2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_window_is_wide_enough(
    page: Page, client: Client, receiver: Receiver, scheme: Literal["light", "dark"]
) -> None:
    id = bought(client, receiver)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(NARROW)

    page.goto(f"now?chain={id}")

    assert fits(page)


def test_theme_is_remembered(page: Page, client: Client) -> None:
    page.goto("now")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.get_by_label("Light or dark").click()
    page.reload()

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_page_reads_without_scripts(browser: Browser, client: Client, receiver: Receiver) -> None:
    id = bought(client, receiver)
    context = browser.new_context(java_script_enabled=False, base_url=f"{client.base}/_mockmarket/ui/")
    bare = context.new_page()

    bare.goto("now")
    bare.locator(REQUESTS).click()

    assert bare.locator("#chain code").first.inner_text() == id
    context.close()


# Hostile data


SCRIPT = "<script>alert(1)</script><svg onload=alert(2)>"


def test_script_in_names_is_text(page: Page, client: Client, receiver: Receiver) -> None:
    failing(receiver)
    listen(client, receiver.url)
    client.post("/api/v1/orders", FLOOR | {"section": SCRIPT, SCRIPT: "x"})
    client.call("GET", f"/api/v1/{SCRIPT}")
    buy(client)
    refused_once(client)
    page.goto("now")

    for number in range(page.locator(REQUESTS).count()):
        page.locator(REQUESTS).nth(number).click()
        page.locator("#chain details summary").first.wait_for()

    assert page.locator("main script, svg svg").count() == 0


@pytest.mark.parametrize("body", [
    b"{not json", b'{"eventId": "\\ud800 lone", "quantity": 1}', b"\xff\xfe\x00\x01", "\u202eright to left\u0000".encode(),
    b"[" * 5000, b'{"a": ' + b"9" * 400 + b"}",
], ids=["broken", "surrogate", "bytes", "controls", "deep", "number"])  # fmt: skip
def test_strange_body_is_shown_harmlessly(client: Client, body: Any) -> None:
    answer = client.call("POST", "/api/v1/orders", data=body, headers={"Content-Type": "application/json"})

    answer_page = client.get(f"/_mockmarket/ui/now/chain/{answer.headers['X-Mockmarket-Request']}")

    assert answer_page.status_code == 200
    assert not {"\u202e", "\x00"} & set(answer_page.text)


def test_large_body_is_cut(client: Client) -> None:
    large = json.dumps(FLOOR | {"note": "x" * 1_000_000})
    answer = client.call("POST", "/api/v1/orders", data=large, headers={"Content-Type": "application/json"})

    answer_page = client.get(f"/_mockmarket/ui/now/chain/{answer.headers['X-Mockmarket-Request']}")

    assert answer_page.status_code == 200
    assert "more characters" in answer_page.text
    assert len(answer_page.content) < 100_000
