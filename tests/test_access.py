"""The control token's sessions and wrong tokens: opened, ended, counted by address, and bounded."""

from __future__ import annotations

import pytest

from mockmarket.errors import RateLimited, Refusal, Unauthenticated
from mockmarket.worlds import access
from mockmarket.worlds.access import FREE_TRIES, MOST_ADDRESSES, MOST_SESSIONS, SESSION_MS, WAIT_MS, Access

TOKEN = "the-control-token-of-a-test"
NOW = 1_900_000_000_000


def guess(door: Access, token: str = "wrong", address: str = "203.0.113.9", now: int = NOW) -> type[Refusal] | None:
    """Return how a token is refused, or None."""
    try:
        door.check(token, TOKEN, address, now)
    except Refusal as refusal:
        return type(refusal)
    return None


@pytest.fixture
def locked() -> Access:
    """Return what has had as many wrong tokens from one address as are free."""
    door = Access()
    assert [guess(door) for _ in range(FREE_TRIES)] == [Unauthenticated] * FREE_TRIES
    return door


def test_right_token_waits_after_many_wrong_ones(locked: Access) -> None:
    assert guess(locked, TOKEN) is RateLimited
    assert guess(locked, TOKEN, now=NOW + WAIT_MS - 1) is RateLimited
    assert guess(locked, TOKEN, now=NOW + WAIT_MS) is None


def test_each_further_guess_waits_again(locked: Access) -> None:
    assert guess(locked, now=NOW + WAIT_MS) is Unauthenticated
    assert guess(locked, now=NOW + WAIT_MS + 1) is RateLimited


def test_wait_is_told_in_seconds(locked: Access) -> None:
    with pytest.raises(RateLimited) as refused:
        locked.check(TOKEN, TOKEN, "203.0.113.9", NOW + 1_500)

    assert refused.value.headers == {"Retry-After": "9"}


def test_right_token_counts_from_the_first_again() -> None:
    door = Access()

    for _ in range(5):
        assert [guess(door) for _ in range(FREE_TRIES - 1)] == [Unauthenticated] * (FREE_TRIES - 1)
        assert guess(door, TOKEN) is None


def test_absent_token_is_no_guess() -> None:
    door = Access()

    assert {guess(door, "") for _ in range(2 * FREE_TRIES)} == {Unauthenticated}
    assert guess(door, TOKEN) is None


def test_addresses_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "MOST_ADDRESSES", 3)
    door = Access()
    for number in range(4):
        for _ in range(FREE_TRIES):
            guess(door, address=f"203.0.113.{number}")

    refused = [guess(door, TOKEN, f"203.0.113.{number}") for number in range(4)]

    assert refused == [None, RateLimited, RateLimited, RateLimited]
    assert MOST_ADDRESSES <= 100_000


def test_session_is_open_until_it_runs_out() -> None:
    door = Access()

    session = door.open_session(NOW)

    assert len(session) >= 64
    assert door.has_session(session, NOW + SESSION_MS - 1)
    assert not door.has_session(session, NOW + SESSION_MS)
    assert not Access().has_session(session, NOW)


def test_ended_session_is_over() -> None:
    door = Access()
    session, other = door.open_session(NOW), door.open_session(NOW)

    door.end_session(session)

    assert (door.has_session(session, NOW), door.has_session(other, NOW)) == (False, True)


def test_oldest_session_ends_when_there_are_many() -> None:
    door = Access()

    sessions = [door.open_session(NOW) for _ in range(MOST_SESSIONS + 1)]

    assert [door.has_session(session, NOW) for session in sessions] == [False] + [True] * MOST_SESSIONS
