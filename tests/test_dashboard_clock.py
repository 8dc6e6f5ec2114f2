"""The page Clock in a real browser: frozen, let run, moved on, and what is due next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from mockmarket.clock import parse_iso
from mockmarket.dashboard import clock
from mockmarket.dashboard.overview import axis_of
from tests.browser import NARROW, fits
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import buy, deliveries, listen, until

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def frozen(client: Client) -> int:
    """Freeze the world's clock; returns its moment in epoch ms."""
    return client.control("PUT", "clock", {"frozen": True})["now_ms"]


@pytest.fixture
def failing(client: Client, receiver: Receiver, frozen: int) -> Receiver:
    """Have a delivery wait for its second attempt."""
    receiver.answer = lambda hook: (500, b"no")
    listen(client, receiver.url)
    buy(client)
    until(client.world, lambda: [delivery for delivery in deliveries(client, state="pending") if delivery["attempts"]])
    return receiver


def now_ms(client: Client) -> Any:
    """Return the world's time."""
    return client.control("GET", "clock")["now_ms"]


def test_clock_freezes_and_runs_again(page: Page, client: Client) -> None:
    page.goto("clock")

    page.locator("#clock-hold").click()
    page.get_by_role("button", name="Let it run").wait_for()
    assert client.control("GET", "clock")["frozen"] is True
    assert "Frozen at" in page.locator("#clock").inner_text()
    page.get_by_role("button", name="Let it run").click()

    page.get_by_role("button", name="Let it run").wait_for(state="detached")
    assert client.control("GET", "clock")["frozen"] is False


def test_step_moves_the_clock_on(page: Page, client: Client, frozen: int) -> None:
    page.goto("clock")

    page.get_by_role("button", name="+ 1 h").click()

    page.get_by_text("Advanced by 1 h: no attempts made, no timers fired.").wait_for()
    assert now_ms(client) == frozen + 3_600_000


def test_header_shows_the_new_time(page: Page, client: Client) -> None:
    client.control("PUT", "clock", {"frozen": True})
    client.control("POST", "clock/advance", {"to": "2099-01-01T10:00:00Z"})
    page.goto("clock")

    page.get_by_role("button", name="+ 1 day").click()

    page.locator("#clock", has_text="2 Jan 2099 10:00:00").wait_for()


def test_running_clock_shows_its_seconds(page: Page, client: Client) -> None:
    page.goto("clock")
    before = page.locator(".big time").inner_text()

    page.wait_for_function("before => document.querySelector('.big time').textContent !== before", arg=before)

    assert re.fullmatch(r"\d+ \w{3} \d{4} \d\d:\d\d:\d\d", page.locator(".big time").inner_text())


def test_clock_advances_by_seconds(page: Page, client: Client, frozen: int) -> None:
    page.goto("clock")

    page.get_by_label("By seconds").fill("90")
    page.keyboard.press("Enter")

    page.get_by_text("Advanced by 1 min 30 s").wait_for()
    assert now_ms(client) == frozen + 90_000


def test_clock_advances_by_half_a_second(page: Page, client: Client, frozen: int) -> None:
    page.goto("clock")

    page.get_by_label("By seconds").fill("0.5")
    page.keyboard.press("Enter")

    page.get_by_text("Advanced by").first.wait_for()
    assert now_ms(client) == frozen + 500


def test_clock_advances_to_a_moment(page: Page, client: Client, frozen: int) -> None:
    page.goto("clock")

    page.get_by_label("To a moment").fill("2099-05-01")
    page.get_by_role("button", name="Advance to").click()

    page.get_by_text("Advanced by").first.wait_for()
    assert client.control("GET", "clock")["now"] == "2099-05-01T00:00:00.000Z"


def test_wrong_moment_is_told_in_place(page: Page, client: Client, frozen: int) -> None:
    page.goto("clock")

    page.get_by_label("To a moment").fill("tomorrow")
    page.get_by_role("button", name="Advance to").click()

    page.locator(".field.wrong", has_text="Must be an ISO 8601 date-time").wait_for()
    assert page.get_by_label("To a moment").input_value() == "tomorrow"
    assert now_ms(client) == frozen


def test_past_moment_is_refused_in_place(page: Page, client: Client, frozen: int) -> None:
    page.goto("clock")

    page.get_by_label("To a moment").fill("2001-01-01")
    page.get_by_role("button", name="Advance to").click()

    page.locator(".complaint", has_text="Only a reset goes back.").wait_for()
    assert now_ms(client) == frozen


def test_retry_stands_in_the_strip(page: Page, client: Client, failing: Receiver) -> None:
    page.goto("clock")

    first = page.locator(".dues li").first

    first.get_by_text("attempt 2 of order.confirmed").wait_for()
    assert re.match(r"in 1 s", first.inner_text())
    page.locator(".axis circle").first.click()
    page.locator(".dues li:target").get_by_text("attempt 2 of order.confirmed").wait_for()


def test_what_is_due_leads_to_its_order(page: Page, client: Client, failing: Receiver) -> None:
    page.goto("clock")

    page.locator(".dues li").first.locator("a.mono").click()

    page.wait_for_url("**/orders/portal/id/**")


def test_axis_shortens_pauses_and_stays_in_its_width() -> None:
    now, hour = 1_800_000_000_000, 3_600_000

    axis = axis_of({now: 4, now + hour: 16, now + 900 * hour: 1}, now, 400)

    places = [dot.x for dot in axis.dots]
    assert axis.present == places[0] < places[1] < places[2] < 400
    assert [words for _, words in axis.pauses] == ["59 min 59 s", "37 d 10 h"]
    assert [dot.radius for dot in axis.dots] == [6.5, 9.0, 5.2]


def test_going_there_makes_the_attempt(page: Page, client: Client, failing: Receiver) -> None:
    page.goto("clock")

    page.get_by_role("button", name="Go there").first.click()

    page.get_by_text("1 attempt made").wait_for()
    assert len(failing.wait(2)) == 2
    page.get_by_text("attempt 3 of order.confirmed").wait_for()


def test_strip_follows_without_reload(page: Page, client: Client, receiver: Receiver, frozen: int) -> None:
    receiver.answer = lambda hook: (500, b"no")
    listen(client, receiver.url)
    page.goto("clock")

    buy(client)

    page.get_by_text("attempt 2 of order.confirmed").wait_for()


def test_until_quiet_ends_all_retries(page: Page, client: Client, failing: Receiver) -> None:
    page.goto("clock")

    page.get_by_role("button", name="Until quiet").click()

    page.get_by_text("5 attempts made").wait_for()
    assert client.control("GET", "clock")["next_delivery"] is None


def test_narrow_window_fits_the_clock(page: Page, client: Client, failing: Receiver) -> None:
    page.set_viewport_size(NARROW)

    page.goto("clock")

    page.locator(".dues li").first.wait_for()
    assert fits(page)


def test_answer_is_told_though_all_is_drawn_anew(page: Page, client: Client, frozen: int) -> None:
    page.goto("clock")
    page.evaluate("""() => {
        const send = XMLHttpRequest.prototype.send;
        XMLHttpRequest.prototype.send = function (...given) {
            XMLHttpRequest.prototype.send = send;
            htmx.trigger("#clock-now", "sse:changed");
            setTimeout(() => send.apply(this, given), 500);
        };
    }""")

    page.locator("#step-60000").click()

    page.locator("#toast", has_text="Advanced by 1 min").wait_for()


def test_next_is_what_an_advance_comes_to_first(client: Client, frozen: int) -> None:
    due = parse_iso(client.control("GET", "clock")["next_due"])

    page = client.get("/_mockmarket/ui/clock").text

    assert f"/{due}" in page[page.index("to next") - 400 : page.index("to next")]
    assert page.count(f"/{due}") >= 2  # and in the list of what is due


def test_first_due_is_shown_however_many_wait(
    client: Client, failing: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = deliveries(client)
    client.control("POST", "clock/advance", {"seconds": 0.5})
    buy(client)
    until(client.world, lambda: [late for late in deliveries(client, state="pending") if late["attempts"]][1:])
    monkeypatch.setattr(clock, "MOST_WAITING", 1)

    (_, group), *_ = clock.coming(client.world.read())

    assert [records for _, records in group] == [[first["record"]]]
