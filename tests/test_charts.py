"""The figures of charts: what is stacked, how time is cut, percentiles, axes."""

from __future__ import annotations

import pytest

from mockmarket.clock import DAY, HOUR, SECOND
from mockmarket.dashboard import charts
from mockmarket.dashboard.health import Health
from mockmarket.store.history import SentAttempt

NOON = 1_796_126_400_000


def test_values_of_a_bucket_are_stacked() -> None:
    chart = charts.stacked([(NOON, "a", 1), (NOON + 1, "a", 2), (NOON, "b", 3)], ("a", "b"))

    below, above = chart.bars
    assert chart.rows == ((NOON, (3, 3)),)
    assert above.y + above.height == pytest.approx(below.y, abs=0.2)
    assert below.y + below.height == pytest.approx(charts.HEIGHT - charts.FOOT, abs=0.2)
    assert below.title.endswith("3 a")


@pytest.mark.parametrize("span", [0, SECOND, HOUR, 5 * DAY, 4000 * DAY])
def test_any_span_of_time_fits_the_chart(span: int) -> None:
    chart = charts.stacked([(NOON, "a", 1), (NOON + span, "a", 1)], ("a",))

    assert all(bar.x >= charts.LEFT and bar.x + bar.width <= charts.WIDTH + 2 for bar in chart.bars)
    assert sum(sum(values) for _, values in chart.rows) == 2
    assert len(chart.across) <= 8


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(value) for value in range(1, 101)]

    assert [charts.percentile(values, share) for share in (0.5, 0.95, 1.0)] == [50, 95, 100]
    assert charts.percentile([], 0.5) == 0


def test_chart_of_nothing_has_no_figures() -> None:
    assert charts.stacked([], ("a",)).rows == ()
    assert charts.percentiles([], {"p50": 0.5}).rows == ()


def test_health_is_what_happened() -> None:
    attempts = [SentAttempt("e", at, 10.0, status, verdict) for at, status, verdict in (
        (1, 200, "delivered"), (2, 401, "failed"), (3, None, "pending"))]  # fmt: skip
    health = Health(attempts)

    assert [attempt.at for attempt in health.run] == [2, 3]
    assert (health.rate, health.everything) == (33, False)
    assert Health(attempts[1:]).everything
    assert Health().rate is None
