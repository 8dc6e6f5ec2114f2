"""The page Timeline in a real browser: it follows what happens, shows the whole chain of a request, and shows anything harmlessly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pytest
import requests

from mockmarket.dashboard import filtering, sequence_diagram, timeline
from mockmarket.dashboard.activity import Chain, Row, activity_of
from mockmarket.dashboard.filtering import Query
from mockmarket.dashboard.lanes import FOLDED, Arrangement
from mockmarket.dashboard.overview import counts_of, overview_of
from mockmarket.dashboard.sequence_diagram import Look
from mockmarket.dashboard.text_width import width_of
from mockmarket.dashboard.timeline import Window
from mockmarket.store import activity as log, outbox
from tests.browser import NARROW, brush, fits
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import FLOOR, buy, deliveries, listen, settled, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


REQUESTS = ".kind-request > .step"


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


def window(client: Client, limit: int = timeline.LIMIT, end: str = "", **filters: Any) -> timeline.Story:
    """Return a window of the story of the test's world."""
    return timeline.story_of(client.world, Query(**filters), Window(end, limit))


def happened(client: Client, **filters: Any) -> list[timeline.Item]:
    """Return the entries of the story of the test's world, without what was done by hand."""
    return [item for item in window(client, **filters).items if item.kind != "hand"]


def drawn(client: Client, width: int = sequence_diagram.DEFAULT_WIDTH, **filters: Any) -> sequence_diagram.Drawing:
    """Return the drawing of the test's world."""
    return sequence_diagram.draw(window(client, **filters), client.world.vendors, Look(width=width))


def arrows(picture: sequence_diagram.Drawing) -> list[tuple[float, float]]:
    """Return the ends of a drawing's arrows, in order."""
    return [(mark.x, mark.x + mark.width) for block in picture.blocks for mark in block.marks if mark.shape == "wire"]


def words(block: sequence_diagram.Block) -> list[str]:
    """Return an entry's texts but for the times."""
    return [mark.text for mark in block.marks if mark.shape == "text"]


def reads(client: Client, count: int) -> None:
    """Make reads that differ, so that each is an entry of its own."""
    for number in range(count):
        client.get("/api/v1/events", limit=number % 99 + 1)


# The story


def test_story_is_in_order(client: Client, receiver: Receiver) -> None:
    bought(client, receiver)

    request, delivery = happened(client)

    assert (request.kind, [effect.kind for effect in request.inside], delivery.kind) == (
        "request", ["change", "notice"], "delivery",
    )  # fmt: skip


def test_request_without_answer_failed(client: Client) -> None:
    client.control("POST", "faults", {"fault": "drop"})
    with pytest.raises(requests.ConnectionError):
        client.get("/api/v1/events")

    text = client.get("/_mockmarket/ui/timeline/chain/r000001").text

    (item,) = happened(client)
    assert (item.result.partition(" · ")[0], item.tone) == ("no answer", "failed")
    assert ">no answer<" in text
    assert "fault: drop" in text


def test_filter_finds_what_is_old(client: Client) -> None:
    client.post("/api/v1/orders", {})
    reads(client, timeline.LIMIT + 30)

    story = window(client, only="trouble")

    assert [item.id for item in story.items] == ["r000001"]
    assert (story.counts.matching, story.counts.kept) == (1, timeline.LIMIT + 31)


def test_counts_are_of_all_that_is_kept(client: Client) -> None:
    client.post("/api/v1/orders", {})
    reads(client, 30)

    story = window(client, limit=10)

    assert (len(story.items), story.counts.older, story.counts.newer, story.counts.trouble) == (10, 21, 0, 1)


def test_window_ends_at_a_row(client: Client) -> None:
    reads(client, 30)

    story = window(client, limit=10, end="r000020")

    assert [item.id for item in story.items] == [f"r{number:06d}" for number in range(11, 21)]
    assert (story.counts.older, story.counts.newer, story.newer_end) == (10, 10, "r000025")


def test_what_is_no_longer_kept_is_left_out(client: Client) -> None:
    reads(client, 3)
    window(client)
    client.control("DELETE", "requests")
    reads(client, 2)

    assert [item.id for item in window(client).items] == ["r000004", "r000005"]


def test_effect_outlives_its_request(client: Client) -> None:
    buy(client)
    before = [item.kind for item in window(client).items]
    client.control("DELETE", "requests")

    assert (before, [item.kind for item in window(client).items]) == (["request"], ["change", "notice"])


def test_index_forgets_old_changes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MOST_CHANGES", 2)
    for _ in range(2):
        buy(client)
    window(client)
    client.control("DELETE", "requests")
    for _ in range(3):
        buy(client)

    window(client)

    chains = activity_of(client.world).chains.values()
    assert (sum(len(chain.changes) for chain in chains), sum(len(chain.notices) for chain in chains)) == (2, 5)


def test_reset_begins_anew(client: Client) -> None:
    buy(client)
    window(client)
    client.control("POST", "reset")

    assert window(client).counts.kept == 0


def test_alike_reads_are_one_entry(client: Client) -> None:
    for _ in range(450):
        client.get("/api/v1/events")

    (item,) = window(client).items

    assert (item.kind, item.count, item.id) == ("reads", 450, "r000001")


def test_retries_are_one_entry(client: Client, receiver: Receiver) -> None:
    failing(receiver)
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    buy(client)
    client.control("POST", "clock/advance", {"until": "quiet"})

    delivery = happened(client)[1]
    row = next(block for block in drawn(client).blocks if block.kind == "delivery")

    assert (delivery.tone, [attempt.tone for attempt in delivery.tries]) == ("failed", ["retry"] * 5 + ["failed"])
    assert words(row) == ["order.confirmed", "#1 … #6", "500"]
    assert [mark.tone for mark in row.marks if mark.shape == "sign"] == ["retry"] * 5 + ["failed"]


def test_muted_endpoint_shows_what_was_dropped(client: Client, receiver: Receiver) -> None:
    endpoint = listen(client, receiver.url)
    client.control("PATCH", f"endpoints/{endpoint['id']}", {"active": False})
    buy(client)

    _, dropped = happened(client)

    assert (dropped.result, dropped.tone) == ("not sent", "dropped")
    assert "disabled" in dropped.detail


def test_what_waits_stands_beneath_now(client: Client, receiver: Receiver) -> None:
    failing(receiver)
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    buy(client)
    refused_once(client)
    client.control("POST", "clock/advance", {"seconds": 0})

    (waiting,) = window(client).waiting

    assert (waiting.title, waiting.result, waiting.tone) == ("order.confirmed #2", "in 1 s", "waiting")


@pytest.mark.parametrize(("late", "count", "flying", "words"), [
    (42_000, 8, 1, "overdue 42 s: 1 on the way, 7 webhooks behind"), (42_000, 1, 1, "overdue 42 s: 1 on the way"),
    (60_000, 2, 0, "overdue 1 min"), (10, 3, 1, "now"),
])  # fmt: skip
def test_late_is_said_with_its_reason(late: int, count: int, flying: int, words: str) -> None:
    assert timeline.lateness(late, count, flying) == words


def test_record_filter_keeps_its_story(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    order, _ = buy(client), buy(client)
    settled(client, 2)

    story = window(client, record=order["orderId"])

    assert [item.kind for item in story.items] == ["request", "delivery"]
    assert {entry.record for item in story.items for entry in item.inside} == {order["orderId"]}


@pytest.mark.parametrize("text", ["ORDER.confirmed", "buyer@example.com", "r000001"])
def test_text_is_found_in_requests(client: Client, text: str) -> None:
    buy(client)
    client.get("/api/v1/events")

    assert [item.id for item in window(client, text=text).items] == ["r000001"]


def test_redraw_searches_what_is_kept_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(client, 3)
    searched, passes = list[str](), filtering.Words.passes

    def note(words: filtering.Words, row: Row, chain: Chain) -> bool:
        searched.append(row.place.id)
        return passes(words, row, chain)

    monkeypatch.setattr(filtering.Words, "passes", note)
    for _ in range(2):
        client.get("/_mockmarket/ui/timeline", text="limit=2", since=0)
        reads(client, 1)

    assert sorted(searched) == ["r000001", "r000002", "r000003", "r000004"]


def test_vendor_filter_leaves_others_out(client: Client) -> None:
    client.get("/api/v1/events")
    client.get("/ticketnation/open-api/v1/events")

    assert [item.vendor for item in window(client, vendor="portal").items] == ["portal"]


def test_trouble_comes_with_its_causes(client: Client, receiver: Receiver) -> None:
    failing(receiver)
    listen(client, receiver.url)
    client.get("/api/v1/events")
    buy(client)
    refused_once(client)

    story = window(client, only="trouble")

    assert [item.kind for item in story.items] == ["request", "delivery"]
    assert story.items[0].title == "POST /api/v1/orders"


def test_refusal_says_with_which_key(client: Client) -> None:
    client.post("/api/v1/orders", {})
    client.call("GET", "/api/v1/events", headers={"X-API-Key": "none"})
    [full] = [
        key
        for key in client.control("GET", "keys")["keys"]
        if (key["vendor"], key["name"]) == ("portal", "Full access")
    ]
    client.control("PATCH", f"keys/{full['id']}", {"expires_at": "2001-01-01T00:00:00Z"})
    client.get("/api/v1/events")

    known, unknown, expired = window(client, kind="request").items

    assert known.detail.startswith("key Full access ")
    assert unknown.detail == "no known key"
    assert expired.detail.startswith("key Full access ")


def test_window_starts_at_a_moment(client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    reads(client, 5)
    client.control("POST", "clock/advance", {"seconds": 600})
    moment = client.world.clock.now()
    reads(client, 5)

    story = timeline.story_of(client.world, Query(kind="request"), Window(limit=3, start=moment))

    assert [item.id for item in story.items] == ["r000006", "r000007", "r000008"]


# The overview


def test_overview_has_everything_in_its_place(client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    reads(client, 4)
    client.control("POST", "clock/advance", {"seconds": 7200})
    client.post("/api/v1/orders", {})
    story = window(client)
    activity = activity_of(client.world)

    picture = overview_of(counts_of(activity, Query(kind="request")), 600, (story.places[-1].at, story.places[-1].at))

    assert picture
    assert [[outcome for outcome, _, _ in bar.heights] for bar in picture.bars] == [["ok"], ["refused"]]
    assert picture.pauses[0][1].startswith("1 h 59 min")
    assert picture.brush[0] == picture.bars[1].x
    assert picture.title.startswith("5 entries, 1 in trouble")


def test_overview_ends_with_what_is_due(client: Client, receiver: Receiver) -> None:
    failing(receiver)
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    buy(client)
    refused_once(client)
    story = window(client)

    picture = overview_of(story.steps, 600, None, story.dues, story.now, story.counts.awaited)

    assert picture
    assert ", 2 due, " in picture.title  # and a timer
    assert picture.dues[0].title.endswith(": 1 webhook due")
    assert picture.present
    assert picture.bars[-1].x <= picture.present <= picture.dues[0].x
    assert window(client, only="failed").dues == {}


@pytest.mark.parametrize("width", [240, 1000])
def test_overview_stays_in_its_width(width: int) -> None:
    counts = {second * (1 + second % 97): {"ok": second % 5 + 1, "failed": second % 2} for second in range(1, 4000)}

    picture = overview_of((1, counts), width, None)

    assert picture
    assert max(bar.x + bar.width for bar in picture.bars) <= width + 1
    assert len(picture.bars) <= width / 2


# The drawing


def test_each_party_has_a_lane(client: Client, receiver: Receiver) -> None:
    bought(client, receiver)

    posts = [(post.kind, post.name) for post in drawn(client).posts]

    assert posts == [("client", "Client"), ("vendor", "Scraper Portal"), ("endpoint", receiver.url.split("/")[2])]


def test_idle_endpoint_has_no_lane(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    client.get("/api/v1/events")

    assert [post.kind for post in drawn(client).posts] == ["client", "vendor"]


def test_arrows_join_the_lanes(client: Client, receiver: Receiver) -> None:
    bought(client, receiver)
    picture = drawn(client)

    caller, vendor, endpoint = (post.x for post in picture.posts)
    edge = sequence_diagram.EDGE
    assert arrows(picture) == [(caller, vendor - edge), (vendor - edge, caller), (vendor + edge, endpoint)]


def test_lanes_are_as_they_were_asked_for(client: Client, receiver: Receiver) -> None:
    five_vendors(client, receiver)
    pinned = frozenset(endpoint["id"] for endpoint in client.control("GET", "endpoints")["endpoints"])
    story = timeline.story_of(client.world, Query(), Window(pinned=pinned))
    endpoint = next(id for id, lane in story.lanes.items() if lane[0] == "zatabox")
    arrangement = Arrangement(("v-zatabox", "v-skybox"), frozenset({"v-portal", f"e-{endpoint}"}))

    picture = sequence_diagram.draw(story, client.world.vendors, Look(zoom=50, lanes=arrangement))

    vendors = [post.id for post in picture.lanes if post.kind == "vendor"]
    assert vendors == ["v-zatabox", "v-skybox", "v-portal", "v-ticketnation", "v-tixstock"]
    assert [post.beside for post in picture.lanes[2:5]] == ["v-zatabox"] * 3
    assert {post.id: post.width for post in picture.posts if post.folded} == dict.fromkeys(
        arrangement.folded, FOLDED - 8
    )
    assert (picture.width, picture.scale) == (2 * sequence_diagram.DEFAULT_WIDTH, 0.5)


def test_silence_is_drawn_as_gap(client: Client, receiver: Receiver) -> None:
    bought(client, receiver)
    client.control("POST", "clock/advance", {"seconds": 7200})

    assert drawn(client).blocks[-1].gap.startswith("2 h later")


def test_many_entries_are_drawn_compact(client: Client) -> None:
    reads(client, sequence_diagram.COMPACT_FROM + 1)

    picture = drawn(client)

    assert picture.compact
    assert len(arrows(picture)) == len(picture.blocks)


def test_seat_moved_without_vendor_has_lane(client: Client) -> None:
    client.control(
        "POST", "core/actions/add_stock", {"event": "1001", "section": "Roof", "row": "A", "seats": 4, "price": 10}
    )

    assert [post.name for post in drawn(client).posts][-1] == "Core"


@pytest.mark.parametrize("width", [280, 640, 1000, 1800])
def test_drawing_is_no_wider_than_its_window(client: Client, receiver: Receiver, width: int) -> None:
    bought(client, receiver)
    client.get("/api/v1/events", name="x" * 300)

    picture = drawn(client, width)

    ends = [mark.x + width_of(mark.text) for block in picture.blocks for mark in block.marks if mark.shape == "text"]
    assert max(ends) <= width
    assert "order.confirmed" in [text for block in picture.blocks for text in words(block)]


# The page


def test_request_appears_without_reload(page: Page, client: Client) -> None:
    page.goto("timeline")
    page.get_by_text("No entries yet").wait_for()

    buy(client)

    page.locator(REQUESTS).wait_for()
    assert page.locator(".pill.notice").count() == 1


def test_one_click_shows_the_whole_chain(page: Page, client: Client, receiver: Receiver) -> None:
    id = bought(client, receiver)
    page.goto("timeline")

    page.locator(REQUESTS).click()

    chain = page.locator("#chain")
    chain.get_by_text("Attempt 1: 200").wait_for()
    assert chain.locator("code").first.inner_text() == id
    assert [heading.inner_text() for heading in chain.locator("h3").all()] == [
        "POST /api/v1/orders",
        "Stock: sold 1",
        "order.confirmed",
    ]
    assert page.locator(".entry:not(.lit, .kind-hand)").count() == 0


def test_panel_has_tabs_and_keeps_its_width(page: Page, client: Client, receiver: Receiver) -> None:
    id = bought(client, receiver)
    panel, grip = page.locator("#chain"), page.locator("#grip")
    page.goto(f"timeline?chain={id}")

    panel.get_by_role("link", name="Request").click()
    panel.get_by_label("Request body").first.wait_for()
    assert page.locator('.tabs a[aria-current="page"]:focus').inner_text() == "Request"
    panel.locator("summary", has_text="customer").first.click()
    assert "buyer@example.com" not in panel.get_by_label("Request body").first.inner_text()
    assert "buyer@example.com" in str(panel.locator("#chain-request").text_content())
    panel.get_by_role("link", name="Before and after").click()
    panel.locator(".changed", has_text="order").first.wait_for()
    panel.get_by_role("link", name="curl").click()
    panel.get_by_text("curl -X POST").first.wait_for()
    grip.press("ArrowLeft")
    wide = grip.get_attribute("aria-valuenow")
    page.reload()

    panel.get_by_text("curl -X POST").first.wait_for()
    assert grip.get_attribute("aria-valuenow") == wide != "400"


def test_chosen_chain_outlives_what_comes(page: Page, client: Client, receiver: Receiver) -> None:
    id = bought(client, receiver)
    page.goto(f"timeline?chain={id}")

    client.get("/api/v1/events")

    page.locator(REQUESTS).nth(1).wait_for()
    assert page.locator(f'.lit > .step[data-chain="{id}"]').count() == page.locator(".lit").count() > 0
    assert page.locator("#chain h3").first.inner_text() == "POST /api/v1/orders"


def test_keys_move_and_open(page: Page, client: Client) -> None:
    client.get("/api/v1/events")
    client.call("GET", "/api/v1/events", headers={"X-API-Key": "none"})
    page.goto("timeline")

    page.keyboard.press("n")
    page.keyboard.press("Enter")

    page.locator("#chain").get_by_text("401").first.wait_for()
    page.keyboard.press("Escape")
    page.locator("#chain").wait_for(state="hidden")
    assert page.locator(".lit").count() == 0


def test_keys_begin_at_what_is_seen(page: Page, client: Client) -> None:
    reads(client, 40)
    page.goto("timeline?density=roomy")
    before = page.evaluate("document.querySelector('.stage').scrollTop")

    page.keyboard.press("j")

    assert page.evaluate("document.activeElement.closest('.entry').classList.contains('kind-request')")
    assert page.evaluate("document.querySelector('.stage').scrollTop") == before > 0


OVERLAPS = """() => {
  const wrong = [], box = document.getElementById("stage").getBoundingClientRect();
  for (const entry of document.querySelectorAll(".entry svg, #posts svg")) {
    const own = entry.getBoundingClientRect();
    const parts = [...entry.querySelectorAll("text, use")].map((part) => [part, part.getBoundingClientRect()]).filter(([, at]) => at.width);
    parts.forEach(([part, at], turn) => {
      if (at.left < own.left - 1 || at.right > own.right + 1 || at.right > box.right) wrong.push(`beyond: ${part.textContent}`);
      for (const [other, place] of parts.slice(turn + 1)) {
        const across = Math.min(at.right, place.right) - Math.max(at.left, place.left);
        const down = Math.min(at.bottom, place.bottom) - Math.max(at.top, place.top);
        if (across > 0.6 && down > 6) wrong.push(`${part.textContent || "sign"} × ${other.textContent || "sign"}`);
      }
    });
  }
  return wrong;
}"""
"""What of the diagram's texts and signs touches another or leaves its drawing."""


BARE = """() => {
  const around = (outer, inner) => outer.left <= inner.left && outer.right >= inner.right
    && outer.top <= inner.top + 4 && outer.bottom >= inner.bottom - 4;
  return [...document.querySelectorAll(".step text:not(.time)")].filter((text) => {
    const boxes = [...text.parentNode.querySelectorAll(".behind, .pill")].map((box) => box.getBoundingClientRect());
    return !boxes.some((box) => around(box, text.getBoundingClientRect()));
  }).map((text) => text.textContent);
}"""
"""Which of the diagram's texts have no ground of their own, so that the line of a lane runs through their letters."""


def five_vendors(client: Client, receiver: Receiver) -> None:
    """Have five vendors act, with three endpoints each, one of which fails; and two requests be refused, one of them in wide letters."""
    receiver.answer = lambda hook: (500 if "bad" in hook.path else 200, b"")
    for vendor, declared in client.world.vendors.items():
        for name in ("hooks", "bad", "staging"):
            client.control("POST", "endpoints", {"vendor": vendor, "url": f"{receiver.url}{name}/{vendor}"})
        type = next(notice.name for notice in declared.webhooks.notices if notice.fires)
        client.call("POST", f"/_mockmarket/{vendor}/trigger/{type}", json={})
    client.post("/api/v1/orders", FLOOR | {"quantity": 0})
    client.call("GET", "/zatabox/api/v1/events", params={"王": "Ærøskøbing" * 20})


@pytest.mark.parametrize(("width", "density"), [(1280, "compact"), (1280, "roomy"), (640, ""), (320, "")])
def test_nothing_overlaps_or_is_cut_off(
    page: Page, client: Client, receiver: Receiver, width: int, density: str
) -> None:
    five_vendors(client, receiver)
    page.set_viewport_size({"width": width, "height": 800})

    page.goto(f"timeline?density={density}")
    page.locator(f'#entries svg:not([width="{sequence_diagram.DEFAULT_WIDTH}"])').first.wait_for()
    page.evaluate("document.fonts.ready")

    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate(BARE) == []
    assert page.locator(".behind").count() > 10
    assert fits(page)
    assert page.evaluate("(stage => stage.scrollWidth - stage.clientWidth)(document.getElementById('stage'))") <= 0


@pytest.mark.parametrize("bold", [False, True])
def test_table_has_the_widths_of_the_font(page: Page, bold: bool) -> None:
    page.goto("timeline")
    letters = "".join(chr(code) for code in (*range(0x20, 0x7F), *range(0xA1, 0x100)) if code != 0xAD)

    measured = page.evaluate(
        """async ([letters, weight]) => {
          await document.fonts.load(`${weight} 12px Inter`, letters);
          const pen = document.createElement("canvas").getContext("2d");
          pen.fontKerning = "none"; pen.textRendering = "geometricPrecision"; pen.font = `${weight} 100px Inter`;
          return [...letters].map((letter) => pen.measureText(letter).width);
        }""",
        [letters, 600 if bold else 400],
    )

    off = [width_of(letter, 100, bold) - width for letter, width in zip(letters, measured, strict=True)]
    assert min(off) > -0.02
    assert max(off) < 0.12


def test_lanes_and_zoom_are_remembered(page: Page, client: Client, receiver: Receiver) -> None:
    lanes = page.locator("#posts [data-lane] .name")
    idle = listen(client, f"{receiver.url}idle")
    client.get("/api/v1/events")
    client.get("/ticketnation/open-api/v1/events")
    page.goto("timeline")
    assert lanes.all_text_contents() == ["Scraper Portal", "Ticketnation"]

    page.get_by_text("Lanes").first.click()
    page.locator("#lanes li", has_text="Ticketnation").get_by_role("link", name="To the left").click()
    page.locator('#posts .client + [data-lane="v-ticketnation"]').wait_for()
    page.locator("#lanes li", has_text="Ticketnation").get_by_role("button", name="Fold").click()
    lanes.get_by_text("TN", exact=True).wait_for()
    page.locator("#lanes li", has_text="hooksidle").get_by_role("button", name="Pin").click()
    page.locator(f'#posts [data-lane="e-{idle["id"]}"]').wait_for()
    page.get_by_label("Smaller").click()
    page.get_by_text("90 %").wait_for()
    page.locator("h1").click()
    page.keyboard.press("+")
    page.get_by_text("100 %").wait_for()
    page.keyboard.press("+")
    page.get_by_text("115 %").wait_for()
    page.goto("timeline")

    page.get_by_text("115 %").wait_for()
    assert lanes.all_text_contents()[:2] == ["TN", "Scraper Portal"]
    assert page.evaluate("(stage => stage.scrollWidth - stage.clientWidth)(document.getElementById('stage'))") <= 0
    box = page.locator('#posts [data-lane="v-ticketnation"]').bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 15)
    page.mouse.down()
    page.mouse.move(box["x"] + 600, box["y"] + 15, steps=4)
    page.mouse.up()
    page.locator('#posts .client + [data-lane="v-portal"]').wait_for()


def test_attempts_open_and_close(page: Page, client: Client, receiver: Receiver) -> None:
    failing(receiver)
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    buy(client)
    client.control("POST", "clock/advance", {"until": "quiet"})
    page.goto("timeline")
    rows = page.locator(".kind-delivery .wire")
    assert rows.count() == 1

    page.get_by_label("Each attempt").click()
    page.locator('.parts[aria-expanded="true"]').wait_for()
    assert rows.count() == 7
    page.get_by_label("Each attempt").click()
    page.locator('.parts[aria-expanded="false"]').wait_for()

    assert rows.count() == 1


def test_panel_takes_and_returns_the_focus(page: Page, client: Client) -> None:
    reads(client, 3)
    page.goto("timeline")
    page.keyboard.press("j")
    opener = page.evaluate("document.activeElement.parentNode.id")

    page.keyboard.press("Enter")
    page.locator("#chain-title:focus").wait_for()
    page.keyboard.press("Escape")

    assert page.evaluate("document.activeElement.parentNode.id") == opener
    assert page.locator('.step[tabindex="0"]').count() == 1


@pytest.mark.parametrize(("chain", "sentence"), [
    ("r000001", "r000001 is not among these entries"), ("r000777", "r000777 is not kept: the journal has r000001 to r000102"),
])  # fmt: skip
def test_chain_out_of_the_picture_is_said(client: Client, chain: str, sentence: str) -> None:
    reads(client, timeline.LIMIT + 2)

    text = client.get("/_mockmarket/ui/timeline", chain=chain).text

    assert sentence in " ".join(text.split())
    assert "data-chosen" not in client.get("/_mockmarket/ui/timeline").text


def test_pause_holds_the_window(page: Page, client: Client) -> None:
    reads(client, 3)
    page.goto("timeline")
    page.keyboard.press("Space")
    page.get_by_text("Paused").wait_for()

    client.get("/api/v1/events")

    page.get_by_text("1 newer").first.wait_for()
    assert page.locator(REQUESTS).count() == 3
    page.keyboard.press("Space")
    page.locator(REQUESTS).nth(3).wait_for()


def test_overview_leads_to_a_time(page: Page, client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    reads(client, 4)
    client.control("POST", "clock/advance", {"seconds": 7200})
    client.post("/api/v1/orders", {})
    page.goto("timeline")

    page.locator(f'#overview svg:not([width="{sequence_diagram.DEFAULT_WIDTH}"])').wait_for()
    page.locator("#overview .bar").first.click()

    page.locator("#s-r000005").wait_for(state="detached")
    assert page.locator(REQUESTS).count() == 4
    assert "since=" in page.url


def test_brush_chooses_a_time(page: Page, client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    for _ in range(3):
        client.post("/api/v1/orders", {})
        client.control("POST", "clock/advance", {"seconds": 600})
    page.goto("timeline")
    page.locator(f'#overview svg:not([width="{sequence_diagram.DEFAULT_WIDTH}"])').wait_for()

    brush(page, 0, 1)

    page.locator("#s-r000003").wait_for(state="detached")
    assert page.locator(REQUESTS).count() == 2
    page.locator("#overview").press("Home")
    page.locator('#overview[aria-valuenow="0"][data-last="1"]').wait_for()
    page.keyboard.press("ArrowRight")
    page.locator("#s-r000003").wait_for()
    page.locator("#s-r000001").wait_for(state="detached")
    page.keyboard.press("Shift+ArrowLeft")
    page.locator("#s-r000003").wait_for(state="detached")
    assert page.locator(REQUESTS).count() == 1
    assert page.locator("#overview:focus").count() == 1


def test_older_entries_are_a_link_away(page: Page, client: Client) -> None:
    reads(client, timeline.LIMIT + 20)
    page.goto("timeline")

    page.get_by_text("20 older").click()

    page.locator("#s-r000001").wait_for()
    assert page.locator(".entry").count() < timeline.LIMIT
    assert "end=" in page.url


def test_choices_say_what_they_would_give(page: Page, client: Client) -> None:
    client.get("/api/v1/events")
    page.goto("timeline")

    client.get("/ticketnation/open-api/v1/events")

    page.locator('option[value="ticketnation"]', has_text="Ticketnation (1)").wait_for(state="attached")
    assert page.locator('option[value="zatabox"]').is_disabled()


def test_unchanged_entries_are_not_sent_again(page: Page, client: Client) -> None:
    reads(client, 30)
    page.goto("timeline")
    page.locator(f'#s-r000007 svg:not([width="{sequence_diagram.DEFAULT_WIDTH}"])').wait_for()
    page.locator("#s-r000007").evaluate("entry => getSelection().selectAllChildren(entry)")

    with page.expect_response("**/timeline/diagram?*have=*") as redraw:
        client.get("/ticketnation/open-api/v1/events")
        page.locator("#s-r000031").wait_for()

    assert redraw.value.text().count("data-same") >= 29
    assert page.evaluate("getSelection().toString()").strip() != ""


def test_focus_outlives_what_comes(page: Page, client: Client) -> None:
    client.get("/api/v1/events")
    page.goto("timeline")
    page.keyboard.press("j")

    client.get("/api/v1/events")

    page.locator(REQUESTS).nth(1).wait_for()
    assert page.evaluate("document.activeElement.parentNode.id") == "s-r000001"


def test_filter_narrows_in_place(page: Page, client: Client) -> None:
    client.get("/api/v1/events")
    client.get("/ticketnation/open-api/v1/events")
    page.goto("timeline")

    page.get_by_label("Vendor").select_option("ticketnation")

    page.locator(".post.vendor", has_text="Scraper Portal").wait_for(state="detached")
    assert page.locator(REQUESTS).count() == 1
    assert "vendor=ticketnation" in page.url


def test_empty_filter_says_so(page: Page, client: Client) -> None:
    client.get("/api/v1/events")
    page.goto("timeline")

    page.get_by_label("Record").fill("no-such-record")

    page.get_by_text("No matching entry").wait_for()


def test_lanes_stay_above_when_scrolled(page: Page, client: Client) -> None:
    reads(client, 70)
    page.goto("timeline")

    names, stage = page.locator("#posts").bounding_box(), page.locator(".stage").bounding_box()

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

    page.goto(f"timeline?chain={id}")

    assert fits(page)


def test_theme_is_remembered(page: Page, client: Client) -> None:
    page.goto("timeline")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.get_by_label("Light or dark").click()
    page.reload()

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_page_reads_without_scripts(browser: Browser, client: Client, receiver: Receiver) -> None:
    id = bought(client, receiver)
    context = browser.new_context(java_script_enabled=False, base_url=f"{client.base}/_mockmarket/ui/")
    bare = context.new_page()

    bare.goto("timeline")
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
    page.goto("timeline")

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

    answer_page = client.get(f"/_mockmarket/ui/timeline/chain/{answer.headers['X-Mockmarket-Request']}")

    assert answer_page.status_code == 200
    assert not {"\u202e", "\x00"} & set(answer_page.text)


def test_large_body_is_cut(client: Client) -> None:
    large = json.dumps(FLOOR | {"note": "x" * 1_000_000})
    answer = client.call("POST", "/api/v1/orders", data=large, headers={"Content-Type": "application/json"})

    answer_page = client.get(f"/_mockmarket/ui/timeline/chain/{answer.headers['X-Mockmarket-Request']}")

    assert answer_page.status_code == 200
    assert "more characters" in answer_page.text
    assert len(answer_page.content) < 100_000


# What is done by hand


def test_action_is_an_entry_and_a_cause(client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    client.control("POST", "portal/actions/buy", FLOOR)
    settled(client)

    _, bought_by_hand, delivery = window(client).items
    text = client.get(f"/_mockmarket/ui/timeline/chain/{bought_by_hand.chain}").text

    assert (bought_by_hand.kind, bought_by_hand.title) == ("hand", "by hand: buy (control route)")
    assert [effect.kind for effect in bought_by_hand.inside] == ["change", "notice"]
    assert delivery.chain == bought_by_hand.chain == "h000002"
    assert "By hand: buy (control route)" in text
    assert "order.confirmed" in text
    assert "Stock: sold" in text


def test_form_of_the_dashboard_is_an_entry(client: Client) -> None:
    order = buy(client)
    origin = client.base.partition("/w/")[0]

    client.call(
        "POST",
        f"/_mockmarket/ui/orders/portal/do/set_status/to/cancelled/{order['orderId']}",
        headers={"Origin": origin},
    )

    assert [item.title for item in window(client, kind="hand").items] == ["by hand: set status cancelled (dashboard)"]


def test_clock_is_an_entry_but_no_cause_of_timers(client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    client.control("POST", "clock/advance", {"seconds": 60})

    assert [item.title for item in window(client, kind="hand").items] == [
        "by hand: clock frozen (control route)",
        "by hand: clock advanced by 1 min (control route)",
    ]


def test_delivery_removed_since_the_last_look_waits_no_longer(client: Client, receiver: Receiver) -> None:
    failing(receiver)
    client.control("PUT", "clock", {"frozen": True})
    listen(client, receiver.url)
    buy(client)
    refused_once(client)
    window(client)
    activity = activity_of(client.world)
    assert [vendor.count for vendor in activity.awaited_by("", "")] == [1]

    client.control("POST", "deliveries/drop", {})
    with client.world.store.atomic() as tx:
        assert outbox.prune(tx, 0) == 1
    items = window(client).items

    assert [vendor.count for vendor in activity.awaited_by("", "")] == [0]
    assert [item for item in items if item.kind == "delivery"] == []


def test_what_changes_nothing_is_no_entry(client: Client) -> None:
    client.control("POST", "requests/count", {"where": {}})
    client.call("POST", "/_mockmarket/faults", json={"fault": "no such fault"})

    assert window(client).counts.kept == 0


def test_secret_of_an_action_is_redacted(client: Client, receiver: Receiver) -> None:
    client.control(
        "POST", "endpoints", {"vendor": "portal", "url": receiver.url, "secret": "s3cret-of-mine-0123456789"}
    )

    entry, _ = client.world.journal.hands.all()[-1]

    assert b"s3cret-of-mine" not in entry.body
    assert entry.answer == b""


def test_notices_of_an_action_have_no_request_as_cause(client: Client) -> None:
    client.control("POST", "portal/actions/buy", FLOOR)

    assert [notice["cause"] for notice in client.control("GET", "notices?vendor=portal")["notices"]] == [None]
