"""Retry rules on exact times: timetables, disabling, rejection, the mute ladder."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mockmarket.clock import DAY, HOUR, MINUTE, SECOND
from mockmarket.webhooks.retry import (
    Failure,
    Health,
    Retry,
    Verdict,
    disabling,
    exponential,
    hours,
    minutes,
    muting,
    recovered,
    stopping_on,
    timetable,
)
from tests.effort import tries

START = 1_750_000_000_000
QUICK = settings(derandomize=True, database=None, max_examples=tries(100), deadline=None)

ZATABOX = timetable(minutes(1, 5, 30) + hours(2, 12), then_ms=DAY, attempts=12)
TICKETNATION = disabling(exponential(2, SECOND), after=10)
LADDER = minutes(1, 5, 15) + hours(1, 4, 12, 24)
SKYBOX = muting(5, LADDER)


def fail(
    rule: Retry, attempt: int = 1, at: int = START, status: int | None = 500, health: Health | None = None
) -> Verdict:
    error = "timeout" if status is None else None
    return rule(Failure(attempt, at, status, error, health or Health()))


def run(rule: Retry, health: Health | None = None, at: int = START) -> list[Verdict]:
    """Fail one delivery until it is given up, each attempt at the time of the previous verdict."""
    verdicts = [fail(rule, 1, at, health=health)]
    while (due := verdicts[-1].next_at) is not None:
        verdicts.append(fail(rule, len(verdicts) + 1, due, health=verdicts[-1].health))
    return verdicts


def offsets(rule: Retry) -> list[int]:
    """Return when each attempt of a failing delivery was made, in ms after the first."""
    return [0, *(verdict.next_at - START for verdict in run(rule) if verdict.next_at is not None)]


# --- timetables


def test_zatabox_offsets_are_exact() -> None:
    early = [0, MINUTE, 6 * MINUTE, 36 * MINUTE, 156 * MINUTE, 876 * MINUTE]

    assert offsets(ZATABOX) == [*early, *(876 * MINUTE + day * DAY for day in range(1, 7))]
    assert offsets(ZATABOX)[-1] == 6 * DAY + 14 * HOUR + 36 * MINUTE
    assert run(ZATABOX)[-1].state == "exhausted"


def test_exponential_gaps_double() -> None:
    verdicts = run(exponential(5, SECOND))

    assert offsets(exponential(5, SECOND)) == [0, 1000, 3000, 7000, 15_000, 31_000]
    assert [verdict.state for verdict in verdicts] == ["pending"] * 5 + ["failed"]


def test_exponential_gaps_stop_at_the_cap() -> None:
    assert offsets(exponential(5, SECOND, factor=10, cap_ms=30_000)) == [0, 1000, 11_000, 41_000, 71_000, 101_000]


def test_no_retries_fail_at_once() -> None:
    assert fail(exponential(0, SECOND)).state == "failed"


def test_gaps_count_from_the_failure() -> None:
    late = fail(ZATABOX, attempt=2, at=START + 7 * DAY)

    assert late.next_at == START + 7 * DAY + 5 * MINUTE


def test_reasons_are_told_in_words() -> None:
    rule = exponential(5, SECOND)

    assert fail(rule, 3).reason == "attempt 3 of 6 failed: answered 500; next in 4 s"
    assert fail(rule, 6).reason == "attempt 6 of 6 failed: answered 500; no attempts left"
    assert fail(rule, status=None).reason == "attempt 1 of 6 failed: no answer (timeout); next in 1 s"


def test_spans_take_the_largest_whole_unit() -> None:
    spans = [fail(timetable((), gap, 2)).reason.rpartition(" in ")[2] for gap in (1, 1500, 90_000, 5 * MINUTE, DAY)]

    assert spans == ["1 ms", "1500 ms", "90 s", "5 min", "24 h"]


IMPOSSIBLE: list[tuple[Any, tuple[Any, ...]]] = [
    (exponential, (-1, 1)),
    (exponential, (1, 0)),
    (exponential, (1, 1, 0)),
    (exponential, (1, 10, 2, 9)),
    (timetable, ((), 1, 0)),
    (timetable, ((1, 0), 1, 2)),
    (timetable, ((), 0, 2)),
    (disabling, (ZATABOX, 0)),
    (muting, (0, (1,))),
    (muting, (1, ())),
    (muting, (1, (0,))),
]


@pytest.mark.parametrize(("factory", "arguments"), IMPOSSIBLE)
def test_impossible_tables_are_refused(factory: Any, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"must|needs"):
        factory(*arguments)


@QUICK
@given(st.integers(0, 12), st.integers(1, 10**6), st.integers(1, 5), st.integers(0, 10**7))
def test_exponential_keeps_base_cap_count(retries: int, base: int, factor: int, above: int) -> None:
    times = offsets(exponential(retries, base, factor, base + above))

    gaps = [after - before for before, after in pairwise(times)]
    assert len(gaps) == retries
    assert all(base <= gap <= base + above for gap in gaps)
    assert gaps == sorted(gaps)


@QUICK
@given(st.lists(st.integers(1, 10**9), max_size=8), st.integers(1, 10**9), st.integers(1, 20))
def test_timetable_keeps_gaps_and_count(gaps: list[int], then: int, attempts: int) -> None:
    times = offsets(timetable(tuple(gaps), then, attempts))

    spans = [after - before for before, after in pairwise(times)]
    assert spans == (gaps + [then] * attempts)[: attempts - 1]


@QUICK
@given(st.integers(1, 10**6), st.integers(0, 10**15), st.integers(0, 100))
def test_rules_forget_nothing_between_calls(attempt: int, at: int, failures: int) -> None:
    for rule in (ZATABOX, TICKETNATION, SKYBOX, exponential(3, 7)):
        failure = Failure(attempt, at, 500, None, Health(failures))
        assert rule(failure) == rule(failure)


# --- disabling


def test_ticketnation_disables_at_the_tenth() -> None:
    health, disabled = Health(), []
    for _ in range(10):
        health = run(TICKETNATION, health)[-1].health
        disabled.append((health.failures, health.disabled))

    assert disabled == [(count, False) for count in range(1, 10)] + [(10, True)]


def test_nine_failures_and_success_start_anew() -> None:
    health = Health()
    for _ in range(9):
        health = run(TICKETNATION, health)[-1].health
    health = recovered(health)
    for _ in range(9):
        health = run(TICKETNATION, health)[-1].health

    assert not health.disabled
    assert run(TICKETNATION, health)[-1].health == Health(failures=10, disabled=True)


def test_pending_attempts_count_no_delivery() -> None:
    verdict = fail(TICKETNATION, 1, health=Health(failures=9))

    assert (verdict.state, verdict.health) == ("pending", Health(failures=9))


def test_disabling_is_told_in_words() -> None:
    verdict = fail(TICKETNATION, 3, health=Health(failures=9))

    assert verdict.reason.endswith("no attempts left; endpoint disabled after 10 failed deliveries in a row")


def test_attempts_may_count_instead() -> None:
    rule = disabling(exponential(2, SECOND), after=2, counts="attempts")

    verdicts = run(rule)

    assert [verdict.state for verdict in verdicts] == ["pending", "failed"]
    assert verdicts[-1].health == Health(failures=2, disabled=True)
    assert verdicts[-1].reason.endswith("endpoint disabled after 2 failed attempts in a row")


def test_an_exhausted_end_state_survives_disabling() -> None:
    assert run(disabling(ZATABOX, after=1))[-1].state == "exhausted"


def test_disabled_endpoints_are_disabled_once() -> None:
    verdict = fail(TICKETNATION, 3, health=Health(failures=10, disabled=True))

    assert verdict.health == Health(failures=11, disabled=True)
    assert "endpoint disabled" not in verdict.reason


def test_success_leaves_disabled_endpoints_disabled() -> None:
    assert recovered(Health(11, 3, START, disabled=True)) == Health(disabled=True)


# --- rejection


def test_a_rejecting_status_ends_it() -> None:
    verdict = fail(stopping_on(exponential(2, SECOND), {401}), status=401)

    assert (verdict.state, verdict.next_at, verdict.health.failures) == ("rejected", None, 1)
    assert verdict.reason == "attempt 1 failed: answered 401, which rejects the delivery; no retry"


@pytest.mark.parametrize("status", [400, 403, 500, None])
def test_other_statuses_follow_the_rule(status: int | None) -> None:
    inner = exponential(2, SECOND)

    assert fail(stopping_on(inner, {401}), status=status) == fail(inner, status=status)


def test_a_rejection_counts_as_given_up() -> None:
    rule = disabling(stopping_on(exponential(2, SECOND), {401}), after=1)

    verdict = fail(rule, status=401)

    assert (verdict.state, verdict.health) == ("rejected", Health(failures=1, disabled=True))


# --- the mute ladder


def test_mutes_begin_at_the_fifth_failure() -> None:
    health = Health()
    for _ in range(4):
        health = fail(SKYBOX, health=health).health

    assert health == Health(failures=4)
    assert fail(SKYBOX, health=health).health == Health(5, 1, START + MINUTE)


def test_the_mute_ladder_is_exact() -> None:
    health, at, lengths = Health(failures=4), START, []
    for _ in range(9):
        health = fail(SKYBOX, at=at, health=health).health
        assert health.muted_until is not None
        lengths.append(health.muted_until - at)
        at = health.muted_until

    assert lengths == [*LADDER, 24 * HOUR, 24 * HOUR]
    assert health.mutes == 9


def test_failures_while_muted_climb_nothing() -> None:
    muted = Health(failures=5, mutes=1, muted_until=START + MINUTE)

    verdict = fail(SKYBOX, at=START + MINUTE - 1, health=muted)

    assert verdict.health == replace(muted, failures=6)


def test_attempt_under_way_climbs_nothing() -> None:
    muted = Health(failures=5, mutes=1, muted_until=START + MINUTE)

    verdict = SKYBOX(Failure(1, START + 2 * MINUTE, None, "timeout", muted, began_at=START - SECOND))

    assert verdict.health == replace(muted, failures=6)


def test_mute_counts_from_the_end() -> None:
    verdict = SKYBOX(Failure(1, START + SECOND, None, "timeout", Health(failures=4), began_at=START))

    assert verdict.health.muted_until == START + SECOND + MINUTE


def test_success_resets_the_ladder() -> None:
    assert recovered(Health(failures=9, mutes=4, muted_until=START)) == Health()


def test_a_notification_is_never_repeated() -> None:
    verdict = fail(SKYBOX, health=Health(failures=4))

    assert (verdict.state, verdict.next_at) == ("failed", None)
    assert verdict.reason == (
        "attempt 1 failed: answered 500; a notification is sent once; 5 in a row, muted for 1 min"
    )
