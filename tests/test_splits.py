"""Split rules: the published table, and properties that hold for every number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from mockmarket.rules.splits import Rule, allows, parse, quantities
from tests.effort import tries

QUICK = settings(derandomize=True, database=None, max_examples=tries(200), deadline=None)
COUNTS = st.integers(-2, 60)
RULES = st.one_of(
    st.sampled_from(["any", "never_leave_one", "default", "all_together"]),
    st.integers(1, 9).map("multiples:{}".format),
    st.lists(st.integers(1, 20), min_size=1, max_size=4).map(lambda sizes: "custom:" + ",".join(map(str, sizes))),
)

TABLE: list[tuple[str, int, list[int]]] = [
    ("any", 0, []),
    ("any", 1, [1]),
    ("any", 4, [1, 2, 3, 4]),
    ("never_leave_one", 1, [1]),
    ("never_leave_one", 2, [2]),
    ("never_leave_one", 3, [1, 3]),
    ("never_leave_one", 5, [1, 2, 3, 5]),
    ("default", 1, [1]),
    ("default", 2, [2]),
    ("default", 3, [1, 3]),
    ("default", 4, [2, 4]),
    ("default", 5, [1, 2, 3, 5]),
    ("default", 6, [2, 4, 6]),
    ("default", 7, [1, 2, 3, 4, 5, 7]),
    ("default", 8, [1, 2, 3, 4, 5, 6, 8]),
    ("default", 10, [1, 2, 3, 4, 5, 6, 7, 8, 10]),
    ("all_together", 1, [1]),
    ("all_together", 4, [4]),
    ("multiples:2", 1, []),
    ("multiples:2", 5, [2, 4]),
    ("multiples:3", 9, [3, 6, 9]),
    ("custom:1,2,4", 3, [1, 2]),
    ("custom:4,2,2", 6, [2, 4]),
    ("custom:8", 6, []),
]


@pytest.mark.parametrize(("rule", "available", "buyable"), TABLE)
def test_quantities_follow_the_table(rule: str, available: int, buyable: list[int]) -> None:
    assert quantities(rule, available) == buyable


@pytest.mark.parametrize(
    ("rule", "most", "buyable"),
    [("any", 2, [1, 2]), ("never_leave_one", 9, [1, 2, 3, 5]), ("all_together", 4, []), ("any", 0, [])],
)
def test_most_cuts_the_list(rule: str, most: int, buyable: list[int]) -> None:
    assert quantities(rule, 5, most) == buyable


def test_parse_reads_names_and_sizes() -> None:
    assert parse("any") == Rule("any")
    assert parse("multiples:4") == Rule("multiples", (4,))
    assert parse("custom:4,1,2,2") == Rule("custom", (1, 2, 4))


BAD = [
    *("", "ANY", "pairs", "any:2", "never_leave_one:", "multiples", "multiples:", "multiples:0", "multiples:02"),
    *("multiples:-1", "multiples:1.5", "multiples:1,2", "multiples:٣", "multiples:9999999"),
    *("custom", "custom:", "custom:1,", "custom:,1", "custom:1, 2", "custom:0", "custom:1;2", " any", "any\n"),
]


@pytest.mark.parametrize("rule", BAD)
def test_bad_rules_list_valid_ones(rule: str) -> None:
    valid = "any, never_leave_one, default, all_together, multiples:K, custom:1,2,4"

    with pytest.raises(ValueError, match=f"is no split rule; the valid ones are {valid}$"):
        parse(rule)


def test_bad_rules_never_allow() -> None:
    with pytest.raises(ValueError, match="split rule"):
        allows("pairs", 0, 0)
    with pytest.raises(ValueError, match="split rule"):
        quantities("pairs", 0)


@QUICK
@given(RULES, COUNTS, COUNTS)
def test_allows_and_quantities_agree(rule: str, available: int, quantity: int) -> None:
    assert allows(rule, available, quantity) == (quantity in quantities(rule, available))


@QUICK
@given(RULES, COUNTS, COUNTS)
def test_nothing_beyond_the_seats(rule: str, available: int, most: int) -> None:
    assert all(1 <= quantity <= min(available, most) for quantity in quantities(rule, available, most))


@QUICK
@given(st.integers(1, 500), st.sampled_from(["never_leave_one", "default"]))
def test_never_is_one_seat_left(available: int, rule: str) -> None:
    assert available - 1 not in quantities(rule, available)


@QUICK
@given(st.integers(1, 500), st.sampled_from(["any", "never_leave_one", "default", "all_together"]))
def test_all_seats_may_always_go(available: int, rule: str) -> None:
    assert allows(rule, available, available)
