"""The clock: it runs, stands still, moves on, and never goes back but by a reset."""

from __future__ import annotations

import threading
from contextlib import suppress
from itertools import count, pairwise

import pytest

from mockmarket.clock import (
    DAY,
    LATEST,
    SECOND,
    BackwardsError,
    Clock,
    Setting,
    iso_ms,
    iso_s,
    monotonic,
    parse_iso,
    to_local,
    wall_ms,
)

MOMENT = 1_769_087_270_088
A_WHILE = 60_000


def move(clock: Clock, moment: int) -> None:
    """Move a clock as an advance does."""
    clock.check(moment)
    with clock.held():
        clock.hold_at(moment)


def test_fresh_clock_follows_the_wall() -> None:
    before = wall_ms()

    now = Clock().now()

    assert before <= now <= wall_ms()


def test_frozen_clock_stands_still() -> None:
    clock = Clock(Setting(frozen_at=MOMENT))

    assert (clock.now(), clock.now(), clock.frozen) == (MOMENT, MOMENT, True)


def test_freezing_keeps_the_moment() -> None:
    clock = Clock(Setting(offset=DAY))

    clock.freeze()

    assert clock.frozen
    assert abs(clock.now() - wall_ms() - DAY) < A_WHILE


def test_running_goes_on_from_there() -> None:
    clock = Clock(Setting(frozen_at=MOMENT))

    clock.run()

    assert not clock.frozen
    assert MOMENT <= clock.now() < MOMENT + A_WHILE


@pytest.mark.parametrize("setting", [Setting(), Setting(frozen_at=MOMENT)], ids=["running", "frozen"])
def test_moving_keeps_the_pace(setting: Setting) -> None:
    clock = Clock(setting)
    target = clock.now() + DAY

    move(clock, target)

    assert clock.frozen == (setting.frozen_at is not None)
    assert target <= clock.now() < target + A_WHILE


@pytest.mark.parametrize("setting", [Setting(), Setting(frozen_at=MOMENT)], ids=["running", "frozen"])
def test_clock_never_goes_back(setting: Setting) -> None:
    clock = Clock(setting)
    before = clock.now()

    with pytest.raises(BackwardsError, match="cannot go back"):
        move(clock, before - 2_000)

    assert clock.now() >= before


def test_clock_ends_with_year_9999() -> None:
    clock = Clock(Setting(frozen_at=MOMENT))

    move(clock, LATEST)
    with pytest.raises(ValueError, match="year 9999"):
        move(clock, LATEST + 1)

    assert iso_ms(clock.now()) == "9999-12-31T23:59:59.000Z"


def test_reset_may_go_back() -> None:
    clock = Clock(Setting(frozen_at=MOMENT))

    clock.reset(Setting(frozen_at=MOMENT - DAY))

    assert clock.now() == MOMENT - DAY


@pytest.mark.parametrize("setting", [Setting(), Setting(frozen_at=MOMENT)], ids=["running", "frozen"])
def test_held_clock_moves_as_told(setting: Setting) -> None:
    clock = Clock(setting)

    with clock.held():
        began = clock.now()
        clock.hold_at(began + 5)
        moved = clock.now()
        clock.hold_at(began - 5)
        still = clock.now()

    assert (moved, still) == (began + 5, began + 5)
    assert clock.frozen == (setting.frozen_at is not None)
    assert began + 5 <= clock.now() < began + 5 + A_WHILE


def test_failed_walk_keeps_its_progress() -> None:
    clock = Clock(Setting(frozen_at=MOMENT))

    with suppress(BackwardsError), clock.held():
        clock.hold_at(MOMENT + 7)
        raise BackwardsError("on purpose")

    assert clock.now() == MOMENT + 7


def test_onlookers_never_see_time_go_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count(MOMENT)
    over, reading = threading.Event(), threading.Event()

    def tick() -> int:
        """Read a wall clock that nobody sets back; the onlooker reads the clock before the reading is used, where it can."""
        moment = next(ticks)
        if threading.current_thread() is not onlooker:
            reading.clear()
            reading.wait(0.002)
        return moment

    def read() -> None:
        while not over.is_set():
            readings.append(clock.now())
            reading.set()

    monkeypatch.setattr("mockmarket.clock.wall_ms", tick)
    clock = Clock()
    readings: list[int] = []
    onlooker = threading.Thread(target=read)
    onlooker.start()
    for _ in range(4):
        with clock.held():
            clock.hold_at(clock.now() + SECOND)
        clock.run()
        clock.freeze()
        clock.run()
    over.set()
    onlooker.join()

    assert [pair for pair in pairwise(readings) if pair[0] > pair[1]] == []


def test_state_makes_the_same_clock() -> None:
    clock = Clock(Setting(frozen_at=MOMENT))
    move(clock, MOMENT + DAY)

    assert Clock(clock.setting).now() == clock.now()


def test_monotonic_never_goes_back() -> None:
    assert monotonic() <= monotonic()


@pytest.mark.parametrize(
    ("moment", "milliseconds", "seconds"),
    [
        (MOMENT, "2026-01-22T13:07:50.088Z", "2026-01-22T13:07:50Z"),
        (0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z"),
        (LATEST, "9999-12-31T23:59:59.000Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_moments_are_written_as_iso(moment: int, milliseconds: str, seconds: str) -> None:
    assert (iso_ms(moment), iso_s(moment)) == (milliseconds, seconds)


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-01-22T13:07:50.088Z", "Asia/Manila", MOMENT),
        ("2026-01-22T21:07:50.088+08:00", "UTC", MOMENT),
        ("2026-01-22T21:07:50.088", "Asia/Manila", MOMENT),
        ("2026-01-22 13:07:50.088", "UTC", MOMENT),
        ("1970-01-02", "UTC", DAY),
        ("2026-03-08T03:30:00", "America/New_York", 1_772_955_000_000),
    ],
)
def test_iso_is_read_in_its_zone(text: str, zone: str, moment: int) -> None:
    assert parse_iso(text, zone) == moment


@pytest.mark.parametrize("text", ["", "now", "2026-13-01", "2026-01-22T25:00:00Z", "tomorrow"])
def test_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_iso(text)


def test_local_time_has_its_zone() -> None:
    assert to_local(MOMENT, "Asia/Manila").isoformat() == "2026-01-22T21:07:50.088000+08:00"


def test_running_clock_forgives_a_caller_a_moment() -> None:
    clock = Clock(Setting(offset=0))

    move(clock, clock.now() - 500)

    assert abs(clock.now() - wall_ms()) < A_WHILE


def test_frozen_clock_forgives_no_moment() -> None:
    clock = Clock(Setting(frozen_at=MOMENT))

    with pytest.raises(BackwardsError):
        move(clock, MOMENT - 1)
