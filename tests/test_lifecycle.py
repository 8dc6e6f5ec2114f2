"""Flows: what may follow what, and the words of a refusal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from mockmarket.rules.lifecycle import Flow, allowed, problem
from tests.effort import tries

ORDER = Flow(
    "order",
    {
        "confirmed": ("accepted", "cancelled"),
        "accepted": ("fulfilled", "cancelled"),
        "fulfilled": ("cancelled",),
        "cancelled": (),
    },
)
QUICK = settings(derandomize=True, database=None, max_examples=tries(100), deadline=None)
STATUSES = st.sampled_from("abcdef")
FLOWS = st.dictionaries(STATUSES, st.lists(STATUSES, unique=True).map(tuple)).map(lambda moves: Flow("order", moves))


def test_allowed_moves_pass() -> None:
    assert problem(ORDER, "confirmed", "accepted") is None
    assert problem(ORDER, "fulfilled", "cancelled") is None


def test_allowed_keeps_the_flows_order() -> None:
    assert allowed(ORDER, "accepted") == ("fulfilled", "cancelled")


@pytest.mark.parametrize("status", ["cancelled", "unheard-of"])
def test_nothing_follows_a_final_status(status: str) -> None:
    assert allowed(ORDER, status) == ()


def test_a_problem_says_what_is_allowed() -> None:
    words = problem(ORDER, "confirmed", "fulfilled")

    assert words == "An order that is confirmed cannot become fulfilled; allowed from here: accepted, cancelled."


def test_a_dead_end_allows_nothing() -> None:
    words = problem(Flow("ticket", {"open": ("sold",)}), "sold", "open")

    assert words == "A ticket that is sold cannot become open; allowed from here: nothing."


def test_staying_is_a_move_too() -> None:
    assert problem(ORDER, "accepted", "accepted") is not None


@pytest.mark.thorough
@QUICK
@given(FLOWS, STATUSES, STATUSES)
def test_problem_and_allowed_always_agree(flow: Flow, current: str, wanted: str) -> None:
    assert (problem(flow, current, wanted) is None) == (wanted in allowed(flow, current))
