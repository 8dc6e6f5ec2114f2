"""Rate limits and numbered pages: pure functions, with the time as an argument."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mockmarket.api.paging import Numbered
from mockmarket.errors import RateLimited
from mockmarket.worlds.ratelimit import Meter, Rate

RATE = Rate(2, 60_000)


def retry_after(meter: Meter, caller: str, now: int, rate: Rate = RATE) -> str | None:
    """Count a call; returns None when it may be made, else its Retry-After."""
    try:
        meter.count(caller, rate, now)
    except RateLimited as refusal:
        return refusal.headers["Retry-After"]
    return None


def test_calls_beyond_the_rate_wait() -> None:
    meter = Meter()

    waits = [retry_after(meter, "a", now) for now in (1_000, 2_000, 3_000, 60_999, 61_000)]

    assert waits == [None, None, "58", "1", None]


def test_window_begins_with_a_call() -> None:
    meter = Meter()

    waits = [retry_after(meter, "a", now) for now in (59_999, 60_001, 60_002, 119_998, 119_999)]

    assert waits == [None, None, "60", "1", None]


def test_callers_have_their_own_windows() -> None:
    meter = Meter()

    waits = [retry_after(meter, caller, 0) for caller in "aabb"]

    assert waits == [None] * 4


def test_refused_calls_take_nothing() -> None:
    meter = Meter()
    for _ in range(50):
        retry_after(meter, "a", 0)

    assert [retry_after(meter, "a", 60_000) for _ in range(3)] == [None, None, "60"]


def test_cleared_meter_forgets() -> None:
    meter = Meter()
    waits = [retry_after(meter, "a", 0) for _ in range(3)]
    meter.clear()

    assert (waits[-1], retry_after(meter, "a", 0)) == ("60", None)


def test_clock_put_back_begins_anew() -> None:
    meter = Meter()
    for _ in range(3):
        retry_after(meter, "a", 500_000)

    assert retry_after(meter, "a", 1_000) is None


def test_parallel_calls_all_count() -> None:
    meter, rate = Meter(), Rate(100, 60_000)

    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: retry_after(meter, "a", 0, rate), range(500)))

    assert waits.count(None) == 100


@pytest.mark.parametrize(
    ("total", "page", "take", "offset", "pages"),
    [(42, 1, 10, 0, 5), (42, 5, 10, 40, 5), (40, 4, 10, 30, 4), (0, 1, 10, 0, 0), (1, 9, 1, 8, 1)],
)
def test_numbered_page_knows_its_place(total: int, page: int, take: int, offset: int, pages: int) -> None:
    place = Numbered(total, page, take)

    assert (place.offset, place.pages) == (offset, pages)
