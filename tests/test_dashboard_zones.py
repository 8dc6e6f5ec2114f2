"""The switch of the time zone: moments are written, typed and filtered in UTC, the venue's zone or the reader's; addresses have UTC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import repeat
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from mockmarket.clock import DAY, HOUR, MINUTE, iso_s, parse_iso, to_local
from mockmarket.dashboard import charts, formats, moments, zones
from mockmarket.dashboard.site import PAGES
from tests.browser import WIDE, fits, simplify_openapi
from tests.conftest import Client
from tests.pages import filled
from tests.receiver import Receiver
from tests.running import buy
from tests.test_dashboard import UI, send

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NEW_YORK, KATHMANDU, KOLKATA, HOWE = "America/New_York", "Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe"
MINE = "Asia/Tehran"
"""The reader's zone: half an hour off, and called the same by every browser."""
SETTINGS = ("UTC", "venue", "mine")
TIME = re.compile(r"(?<![\d:.+-])\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?![\d:])")
ISO = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")
ZONE = re.compile(r"\s?(?:UTC|[A-Z]{3,5}\b|Z|[+-]\d\d:\d\d)")
BLOCKS = {"br", "p", "td", "th", "dt", "dd", "li", "div", "title", "text"}
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    """Leave the zone of this thread as it was."""
    yield
    zones.set_current(zones.UTC)


@pytest.fixture
def stopped(client: Client) -> str:
    """Stop the world's clock on the day on which the clocks of New York are put back."""
    client.control("PUT", f"worlds/{client.world.name}", {"fixture": "small", "now": "2099-11-02T02:29:00Z"})
    client.control("PUT", "clock", {"frozen": True})
    client.control("POST", "clock/advance", {"to": "2099-11-02T02:30:00Z"})
    return "2099-11-02T02:30:00Z"


def choose(client: Client, choice: str, mine: str = MINE) -> None:
    """Choose a zone as the switch does, in a browser whose zone is `mine`."""
    name = f"mockmarket_{client.base.split('/')[2].split(':')[1]}"
    client.session.cookies.set(f"{name}_mine", mine, path="/")
    client.session.cookies.set(f"{name}_zone", choice, path="/")


# What is typed


@pytest.mark.parametrize(("text", "zone", "now", "at"), [
    ("10:42", KATHMANDU, "2026-06-15T12:00:00Z", "2026-06-15T04:57:00Z"),
    ("10:42:05", KOLKATA, "2026-06-15T04:00:00Z", "2026-06-14T05:12:05Z"),
    ("22:00", NEW_YORK, "2026-06-15T01:00:00Z", "2026-06-14T02:00:00Z"),
    ("01:30", NEW_YORK, "2026-11-01T12:00:00Z", "2026-11-01T06:30:00Z"),
    ("01:30", NEW_YORK, "2026-11-01T06:00:00Z", "2026-11-01T05:30:00Z"),
    ("02:30", NEW_YORK, "2026-03-08T12:00:00Z", "2026-03-07T07:30:00Z"),
    ("10:42", "UTC", "1970-01-01T12:00:00Z", "1970-01-01T10:42:00Z"), ("23:00", "UTC", "1970-01-01T12:00:00Z", "1969-12-31T23:00:00Z"),
    ("1970-01-01T00:00:09Z", "UTC", "1970-01-01T12:00:00Z", "1970-01-01T00:00:09Z"),
    ("2026-11-21 10:42", KOLKATA, "2026-01-01T00:00:00Z", "2026-11-21T05:12:00Z"),
    ("2026-11-21", KATHMANDU, "2026-01-01T00:00:00Z", "2026-11-20T18:15:00Z"),
    ("2026-03-29", "Asia/Beirut", "2026-01-01T00:00:00Z", "2026-03-28T22:00:00Z"),
    ("2026-11-01T01:30-05:00", KATHMANDU, "2026-01-01T00:00:00Z", "2026-11-01T06:30:00Z"),
    ("2026-03-29T00:30Z", "Europe/London", "2026-01-01T00:00:00Z", "2026-03-29T00:30:00Z"),
])  # fmt: skip
def test_typed_time_is_read_in_its_zone(text: str, zone: str, now: str, at: str) -> None:
    read = moments.read(text, parse_iso(now), zone)

    assert read is not None
    assert iso_s(read) == at


@pytest.mark.parametrize(("text", "zone", "words"), [
    ("2026-11-01 01:30", NEW_YORK, r"occurs twice in New York.* -04:00 \(EDT\) or -05:00 \(EST\)"),
    ("2026-10-25 01:30", "Europe/London", r"occurs twice in London.* \+01:00 \(BST\) or \+00:00 \(GMT\)"),
    ("2026-04-05 01:45", HOWE, r"occurs twice in Lord Howe.* \+11:00 \(UTC\+11\) or \+10:30 \(UTC\+10:30\)"),
    ("2026-03-08T02:30:00", NEW_YORK, "does not exist in New York.* It would be 03:30:00 EDT"),
    ("2026-03-29 01:30", "Europe/London", "does not exist in London"),
    ("soon", NEW_YORK, "'soon' is no moment"), ("25:00", "UTC", "is no moment"), ("99999-01-01", "UTC", "is no moment"),
])  # fmt: skip
def test_time_that_cannot_be_read_says_why(text: str, zone: str, words: str) -> None:
    with pytest.raises(moments.UnreadableError, match=words):
        moments.read(text, 0, zone)


@pytest.mark.parametrize(
    "zone", ["UTC", NEW_YORK, KATHMANDU, HOWE, "Africa/Casablanca", "Pacific/Apia", "America/Havana"]
)
def test_input_says_what_was_read(zone: str) -> None:
    now = parse_iso("2026-11-08T12:00:00Z")
    changes = [
        parse_iso(day) for day in ("2026-11-08", "2026-11-01T05:30:00Z", "2026-04-04T15:10:00Z", "2026-03-08T07:00:00Z")
    ]

    texts = {
        at: moments.typed(at, now, zone)
        for day in changes
        for at in range(day - 3 * HOUR, day + 3 * HOUR, 13 * MINUTE + 7)
    }

    assert {at: moments.read(text, now, zone) for at, text in texts.items()} == {at: at for at in texts}


@pytest.mark.parametrize(("text", "names"), [
    ("europe/berlin", ["Europe/Berlin"]), ("new york", [NEW_YORK]), ("Kathmandu", [KATHMANDU]),
    ("Europe/Berlim", ["Europe/Berlin"]), ("", []),
])  # fmt: skip
def test_zone_is_known_by_its_city(text: str, names: list[str]) -> None:
    assert zones.similar(text)[:1] == names


# What is written


@pytest.mark.parametrize(("zone", "words", "title"), [
    ("UTC", "21 Nov 2026 02:47:03", "2026-11-21T02:47:03.120Z"),
    (NEW_YORK, "20 Nov 2026 21:47:03 EST", "2026-11-20T21:47:03.120-05:00 (2026-11-21T02:47:03.120Z)"),
    (KATHMANDU, "21 Nov 2026 08:32:03 UTC+05:45", "2026-11-21T08:32:03.120+05:45 (2026-11-21T02:47:03.120Z)"),
])  # fmt: skip
def test_moment_says_its_zone(zone: str, words: str, title: str) -> None:
    zones.set_current(zone)

    text = formats.moment("2026-11-21T02:47:03.120Z")

    assert text == f'<time datetime="2026-11-21T02:47:03.120Z" title="{title}">{words}</time>'


@pytest.mark.parametrize(("zone", "venue", "words"), [
    ("UTC", NEW_YORK, "Sat 21 Nov 2026 22:00 EST (Sun 03:00 UTC)"), (NEW_YORK, NEW_YORK, "Sat 21 Nov 2026 22:00 EST (Sun 03:00 UTC)"),
    ("Europe/Paris", NEW_YORK, "Sat 21 Nov 2026 22:00 EST (Sun 04:00 CET)"), ("UTC", "Europe/London", "Sun 22 Nov 2026 03:00 UTC"),
    (KATHMANDU, "Europe/London", "Sun 22 Nov 2026 03:00 GMT (08:45 UTC+05:45)"), ("UTC", "UTC", "Sun 22 Nov 2026 03:00 UTC"),
    ("Europe/Berlin", "Europe/Paris", "Sun 22 Nov 2026 04:00 CET"),
])  # fmt: skip
def test_time_of_an_event_has_both_zones(zone: str, venue: str, words: str) -> None:
    zones.set_current(zone)

    assert formats.local(parse_iso("2026-11-22T03:00:00Z"), venue) == words


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-03-09", 24), ("2026-11-01", 25)])
def test_bar_of_a_day_is_the_day_of_its_zone(day: str, hours: int) -> None:
    zones.set_current(NEW_YORK)

    start = charts.start_of(parse_iso(f"{day}T12:00:00-05:00"), DAY)

    assert start == parse_iso(day, NEW_YORK)
    assert charts.end_of(start, DAY) - start == hours * HOUR


def test_bar_of_an_hour_begins_with_an_hour_of_its_clocks() -> None:
    zones.set_current(KATHMANDU)

    start = charts.start_of(parse_iso("2026-11-21T02:47:03Z"), HOUR)

    assert charts.label_of(start, HOUR) == "21 Nov 08:00"


# The switch


def test_choice_holds_on_every_page_and_in_every_world(client: Client, stopped: str) -> None:
    answer = send(client, "zone", {"zone": "venue"}, Referer=f"{client.base}{UI}/orders?vendor=portal")

    texts = [client.get(f"{UI}/{page.name}").text for page in PAGES]

    assert answer.headers["Location"].endswith("/ui/orders?vendor=portal")
    assert "path=/;" in f"{answer.headers['Set-Cookie']};".lower()
    assert [text for text in texts if "1 Nov 2099 21:30:00 EST" not in text] == []


@pytest.mark.parametrize(
    "value", ["Mars/Base", "../../etc/passwd", "America", "right/UTC", "UTC ", "x" * 3000, "\u00e9", "<b>"]
)
def test_bad_cookie_is_utc(client: Client, stopped: str, value: str) -> None:
    for choice, mine in ((value, ""), ("mine", value)):
        choose(client, choice.encode().decode("latin-1"), mine.encode().decode("latin-1"))

        answer = client.get(f"{UI}/clock")

        assert answer.status_code == 200
        assert "2 Nov 2099 02:30:00" in answer.text
        assert f'data-zone="{zones.UTC}"' in answer.text


@pytest.mark.parametrize(("form", "words"), [
    ({"zone": "mine"}, "The browser has not said its time zone."), ({"name": "Berlin"}, "Is it Europe/Berlin?"),
    ({"name": "<b>"}, "There is no time zone &#39;&lt;b&gt;&#39;."), ({}, "There is no time zone"),
])  # fmt: skip
def test_zone_that_is_not_known_is_refused(client: Client, form: dict[str, str], words: str) -> None:
    answer = send(client, "zone", form, **{"HX-Request": "true"})

    assert answer.status_code == 400
    assert words in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.thorough
def test_world_with_several_zones_is_shown_in_utc(client: Client, stopped: str) -> None:
    client.begin_as("default")
    choose(client, "venue")

    text = client.get(f"{UI}/stock").text

    assert f'data-zone="{zones.UTC}"' in text
    assert re.search(r"UTC: the events are in several zones", text)


def test_page_of_an_event_has_its_venues_zone(client: Client) -> None:
    client.begin_as("default")
    choose(client, "venue")
    id, zone = next(
        (event["id"], event["venue"]["zone"]) for event in events_of(client) if event["venue"]["zone"] == "Asia/Manila"
    )

    text = client.get(f"{UI}/stock/event/{id}").text

    assert f'data-zone="{zone}"' in text


def events_of(client: Client) -> Any:
    """Return the events of the client's world as dicts."""
    from mockmarket.store import events

    return [{"id": event.id, "venue": {"zone": event.venue.zone}} for event in events.all(client.world.read())]


def test_open_page_keeps_the_zone_that_it_was_drawn_in(client: Client, stopped: str) -> None:
    choose(client, "mine")

    answer = client.call("GET", f"{UI}/strip", headers={"Mockmarket-Zone": NEW_YORK, "HX-Request": "true"})

    assert "1 Nov 2099 21:30:00 EST" in answer.text
    assert {"Cookie", "Mockmarket-Zone"} <= {*answer.headers["Vary"].split(", ")}


# Filters and addresses


@pytest.mark.parametrize(
    ("path", "name"), [("requests", "since"), ("webhooks/deliveries", "until"), ("timeline", "jump")]
)
def test_address_has_what_was_typed_in_utc(client: Client, stopped: str, path: str, name: str) -> None:
    choose(client, "mine")
    client.get("/api/v1/events")

    answer = client.get(f"{UI}/{path}", **{name: "23:00", "vendor": "portal", "in_zone": MINE})
    colleague = client.call("GET", answer.url.removeprefix(client.base), headers={"Mockmarket-Zone": NEW_YORK})

    assert dict(parse_qsl(urlsplit(answer.url).query)) == {"vendor": "portal", name: "2099-11-01T19:30:00.000Z"}
    assert f'name="{name}" value="23:00"' in answer.text
    assert f'name="{name}" value="14:30"' in colleague.text


def test_days_of_an_address_are_those_of_its_zone(client: Client, stopped: str) -> None:
    buy(client)
    answers = {zone: client.get(f"{UI}/orders", since="2099-11-02", in_zone=zone) for zone in ("UTC", NEW_YORK, MINE)}

    assert [zone for zone, answer in answers.items() if "No matching order" in answer.text] == [NEW_YORK]
    assert answers["UTC"].url.endswith("?since=2099-11-02")
    assert "From (Tehran)" in answers[MINE].text
    assert f"in_zone={MINE}" in re.findall(r'href="([^"]*export/csv[^"]*)"', answers[MINE].text)[0]


def test_address_without_a_zone_is_utc_for_everybody(client: Client, stopped: str) -> None:
    buy(client)
    choose(client, "venue")

    both = [client.get(f"{UI}/orders", since=day).text for day in ("2099-11-02", "2099-11-03")]

    assert ["No matching order" in text for text in both] == [False, True]
    assert "From (UTC)" in both[0]


def test_days_of_events_may_be_each_venues(client: Client) -> None:
    client.begin_as("default")
    zone_of = {event["id"]: event["venue"]["zone"] for event in events_of(client)}

    lines = client.get(f"{UI}/stock/export/csv", since="2000-01-01", in_zone="venue").text.splitlines()

    assert len(lines) == len(zone_of) + 1


@pytest.mark.parametrize("path", ["requests", "webhooks/deliveries", "timeline"])
def test_list_says_which_time_it_cannot_read(client: Client, path: str) -> None:
    name = "jump" if path == "timeline" else "since"

    text = client.get(f"{UI}/{path}", **{name: "2026-03-08 02:30"}, in_zone=NEW_YORK).text

    assert "2026-03-08 02:30:00 does not exist in New York" in text


def test_clock_is_set_in_the_zone_of_the_page(client: Client, stopped: str) -> None:
    choose(client, "mine")

    answer = send(client, "clock/advance", {"to": "2099-12-24 18:00", "in_zone": NEW_YORK})

    assert answer.status_code == 303
    assert client.control("GET", "clock")["now"] == "2099-12-24T23:00:00.000Z"


@pytest.mark.parametrize(("to", "words"), [
    ("2100-03-14 02:30", "does not exist in New York"), ("2100-11-07 01:30", "occurs twice in New York"),
    ("soon", "Must be an ISO 8601 date-time"),
])  # fmt: skip
def test_form_says_which_time_it_cannot_read(client: Client, stopped: str, to: str, words: str) -> None:
    answer = send(client, "clock/advance", {"to": to, "in_zone": NEW_YORK}, **{"HX-Request": "true"})

    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{to}"' in answer.text


def test_exports_are_in_utc(client: Client, stopped: str) -> None:
    buy(client)
    choose(client, "mine")

    texts = [client.get(f"{UI}/{path}/csv").text for path in ("orders/export", "stock/export")]

    assert "2099-11-02T02:30:00Z" in texts[0]
    assert not any(re.search(r"\d\d:\d\d:\d\d(?!Z)", text) for text in texts)


# Every page


class Texts(HTMLParser):
    """Collects a page's texts, hover texts and labels, but those that say no time: payloads, the drawings' columns below their zone's name,
    and inputs' examples."""

    SKIPPED = ("pre", "code", "option", "script")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.texts: list[str] = [""]
        self.hovers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.hovers += [values[name] for name in ("title", "aria-label", "aria-valuetext") if name in values]
        if tag not in VOID:
            self.open.append((tag, values.get("class", "")))
        if tag in BLOCKS:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside = {tag for tag, _ in self.open}
        drawn = (
            self.open[-1:]
            and self.open[-1][0] == "text"
            and (self.open[-1][1].startswith("time") or "figure" in inside)
        )
        if not inside & {*self.SKIPPED} and not drawn:
            self.texts[-1] += data


def unlabelled(text: str) -> list[str]:
    """Return the times on a page that name no zone."""
    page = Texts()
    page.feed(text)
    return [
        " ".join(words.split())
        for words in map(ISO.sub, repeat(""), (*page.texts, *page.hovers))
        for time in TIME.finditer(words)
        if not ZONE.match(words, time.end()) and "such as" not in words[: time.start()]
    ]


@pytest.fixture
def busy(client: Client, receiver: Receiver, stopped: str) -> list[str]:
    """Have something on every page; returns the addresses of them all, and of those about one thing."""
    return filled(client, receiver)


@pytest.mark.thorough
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_moment_says_its_zone(client: Client, busy: list[str], setting: str) -> None:
    choose(client, setting)

    texts = {path: client.get(f"{UI}/{path}").text for path in busy}
    wrong = {path: times for path, text in texts.items() if (times := unlabelled(text))}

    if setting == "UTC":
        assert [path for path, text in texts.items() if ">UTC</abbr>" not in text] == []
        assert [path for path, text in texts.items() if re.search(r"\d UTC\+", text)] == []
    else:
        assert wrong == {}
        assert sum(text.count(" EST" if setting == "venue" else " UTC+03:30") for text in texts.values()) > 2 * len(
            busy
        )


# In the browser


@pytest.fixture
def far(browser: Browser, client: Client) -> Iterator[BrowserContext]:
    """Open pages of the test's world in a browser whose zone is that of Tehran."""
    context = browser.new_context(base_url=f"{client.base}{UI}/", viewport=WIDE, timezone_id=MINE)
    context.set_default_timeout(30_000)
    simplify_openapi(context)
    yield context
    context.close()


def switch_to(page: Page, name: str) -> None:
    """Open the switch and choose; returns when the page is loaded anew."""
    page.locator("#zones > summary").click()
    with page.expect_navigation():
        page.locator("#zones").get_by_role("button", name=name).click()


def test_switch_changes_every_page_and_lasts(far: BrowserContext, client: Client, stopped: str) -> None:
    page = far.new_page()
    page.goto("clock")

    switch_to(page, "Mine")
    page.locator("#clock", has_text="2 Nov 2099 06:00:00 UTC+03:30").wait_for()
    page.goto("orders")
    page.locator("#clock", has_text="06:00:00 UTC+03:30").wait_for()
    page.reload()
    page.locator("#clock", has_text="06:00:00 UTC+03:30").wait_for()
    switch_to(page, "Venue")

    page.locator("#clock", has_text="1 Nov 2099 21:30:00 EST").wait_for()
    assert page.url.endswith("/orders")


def test_clock_that_runs_keeps_its_zone(far: BrowserContext, client: Client) -> None:
    page = far.new_page()
    page.goto("clock")
    switch_to(page, "Mine")
    page.locator("#clock", has_text="UTC+03:30").wait_for()
    before = page.locator(".big time").inner_text()

    page.wait_for_function("before => document.querySelector('.big time').textContent !== before", arg=before)

    now = to_local(parse_iso(client.control("GET", "clock")["now"]), MINE)
    assert page.locator(".big time").inner_text()[:-12].startswith(f"{now.day} {now:%b %Y %H:}")
    assert page.locator(".big time").inner_text().endswith(" UTC+03:30")


def test_page_is_drawn_anew_in_its_own_zone(far: BrowserContext, client: Client, stopped: str) -> None:
    first, second = far.new_page(), far.new_page()
    first.goto("clock")
    first.locator("#link", has_text="live").wait_for()
    second.goto("clock")
    switch_to(second, "Mine")
    second.locator("#clock", has_text="UTC+03:30").wait_for()

    client.control("POST", "clock/advance", {"seconds": 60})

    first.locator("#clock", has_text="2 Nov 2099 02:31:00 UTC").wait_for()
    second.locator("#clock", has_text="2 Nov 2099 06:01:00 UTC+03:30").wait_for()


def test_link_means_the_same_to_a_colleague(far: BrowserContext, client: Client, page: Page, stopped: str) -> None:
    client.get("/api/v1/events")
    mine = far.new_page()
    mine.goto("requests")
    switch_to(mine, "Mine")
    mine.locator("#clock", has_text="UTC+03:30").wait_for()

    mine.get_by_label("From (Tehran)").fill("05:59")
    mine.wait_for_url("**/requests?since=2099-11-02T02:29:00.000Z")
    mine.get_by_label("From (Tehran)").fill("06:01")
    mine.wait_for_url("**/requests?since=2099-11-01T02:31:00.000Z")
    mine.get_by_label("Path").click()
    page.goto(mine.url)

    assert mine.get_by_label("From (Tehran)").input_value() == "06:01"
    assert page.get_by_label("From (UTC)").input_value() == "02:31"
    assert page.locator("[id^=q-]").count() == 1


def test_jump_stands_in_the_address_in_utc(far: BrowserContext, client: Client, stopped: str) -> None:
    client.get("/api/v1/events")
    page = far.new_page()
    page.goto("timeline")
    switch_to(page, "Mine")
    page.locator("#clock", has_text="UTC+03:30").wait_for()

    page.get_by_label("Jump to (Tehran)").fill("05:45")
    page.wait_for_url("**/timeline?jump=2099-11-02T02%3A15%3A00.000Z")
    page.get_by_label("Jump to (Tehran)").fill("05:4")
    page.locator("#messages", has_text="'05:4' is no moment").wait_for()
    page.get_by_label("Jump to (Tehran)").fill("")

    page.wait_for_url("**/timeline")
    page.locator("#messages .complaint").wait_for(state="detached")


def test_zone_is_named_without_scripts(browser: Browser, client: Client, stopped: str) -> None:
    context = browser.new_context(base_url=f"{client.base}{UI}/", java_script_enabled=False)
    page = context.new_page()
    page.goto("requests")

    page.locator("#zones > summary").click()
    page.get_by_label("Another").fill("Tehran")
    page.get_by_role("button", name="Use it").click()
    page.get_by_text("Is it Asia/Tehran?").wait_for()
    page.goto("requests")
    page.locator("#zones > summary").click()
    page.get_by_label("Another").fill(MINE)
    page.get_by_role("button", name="Use it").click()
    page.get_by_label("From (Tehran)").fill("05:59")
    page.get_by_role("button", name="Show").click()

    assert "06:00:00 UTC+03:30" in page.locator("#clock").inner_text()
    assert page.url.endswith("/requests?since=2099-11-02T02:29:00.000Z")
    context.close()


@pytest.mark.parametrize("width", [320, 1024])
def test_longest_zone_fits_every_page(far: BrowserContext, client: Client, busy: list[str], width: int) -> None:
    page = far.new_page()
    page.set_viewport_size({"width": width, "height": 780})
    page.goto("orders")
    switch_to(page, "Mine")
    page.locator("#clock", has_text="UTC+03:30").wait_for()

    def is_narrow(path: str) -> bool:
        page.goto(path)
        return fits(page)

    assert [path for path in busy if not is_narrow(path)] == []


def test_switch_sends_no_form_again(far: BrowserContext, client: Client) -> None:
    client.get("/api/v1/events")
    id = client.control("GET", "requests")["requests"][0]["id"]
    page = far.new_page()
    page.goto(f"requests/id/{id}")
    page.get_by_role("button", name="Replay").click()
    page.get_by_text("This time").wait_for()

    switch_to(page, "Mine")

    page.locator("#clock", has_text="UTC+03:30").wait_for()
    assert page.url.endswith(f"/requests/id/{id}")
    assert len(client.control("GET", "requests")["requests"]) == 2
