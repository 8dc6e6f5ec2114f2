"""Flows: what may follow what, and the words of a refusal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from mockmarket.rules.lifecycle import Flow, IllegalMove, allowed, check, problem
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
    check(ORDER, "confirmed", "accepted")
    check(ORDER, "fulfilled", "cancelled")


def test_allowed_keeps_the_flows_order() -> None:
    assert allowed(ORDER, "accepted") == ("fulfilled", "cancelled")


@pytest.mark.parametrize("status", ["cancelled", "unheard-of"])
def test_nothing_follows_a_final_status(status: str) -> None:
    assert allowed(ORDER, status) == ()


def test_a_refusal_says_what_is_allowed() -> None:
    with pytest.raises(IllegalMove) as refusal:
        check(ORDER, "fulfilled", "accepted")

    assert str(refusal.value) == "An order that is fulfilled cannot become accepted; allowed from here: cancelled."


def test_a_refusal_carries_its_facts() -> None:
    with pytest.raises(IllegalMove) as refusal:
        check(ORDER, "confirmed", "fulfilled")

    facts = (refusal.value.noun, refusal.value.current, refusal.value.wanted, refusal.value.allowed)
    assert facts == ("order", "confirmed", "fulfilled", ("accepted", "cancelled"))


def test_a_dead_end_allows_nothing() -> None:
    with pytest.raises(IllegalMove, match=r"^A ticket that is sold cannot become open; allowed from here: nothing\.$"):
        check(Flow("ticket", {"open": ("sold",)}), "sold", "open")


def test_staying_is_a_move_too() -> None:
    with pytest.raises(IllegalMove):
        check(ORDER, "accepted", "accepted")


@QUICK
@given(FLOWS, STATUSES, STATUSES)
def test_check_and_allowed_always_agree(flow: Flow, current: str, wanted: str) -> None:
    if wanted in allowed(flow, current):
        check(flow, current, wanted)
    else:
        with pytest.raises(IllegalMove):
            check(flow, current, wanted)


def test_problem_is_the_refusals_sentence() -> None:
    with pytest.raises(IllegalMove) as refused:
        check(ORDER, "cancelled", "accepted")

    assert problem(ORDER, "cancelled", "accepted") == str(refused.value)
    assert problem(ORDER, "confirmed", "accepted") is None
