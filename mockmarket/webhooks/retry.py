"""Retry rules: a Failure goes in, a Verdict comes out. Pure; all times are the world's, in ms.

Every delay and every mute counts from the end of the failed attempt, `Failure.at`, so that a receiver that let it time out gets the whole
gap. A rule is made by a factory and rules wrap rules: `disabling(exponential(2, SECOND), after=10)`."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Literal

from mockmarket.clock import HOUR, LATEST, MINUTE, SECOND, later
from mockmarket.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """An endpoint's failures and mutes since its last success, and until when it is muted."""

    failures: int = 0
    mutes: int = 0
    muted_until: int | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt. `attempt` counts the automatic attempts made so far, this one included. `at` is when it ended
    and `began_at` when it began, unless that was the same moment."""

    attempt: int
    at: int
    status: int | None
    error: str | None
    health: Health
    began_at: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The consequence of a failure: the delivery's state, the next attempt's time (None: no retry), the health, and the reason."""

    state: Literal["pending", "delivered", "failed", "exhausted", "rejected", "dropped"]
    next_at: int | None
    health: Health
    reason: str


Retry = Callable[[Failure], Verdict]
_UNITS = ((HOUR, "h"), (MINUTE, "min"), (SECOND, "s"), (1, "ms"))


def minutes(*counts: int) -> tuple[int, ...]:
    """Return a timetable's gaps, given in minutes, in ms."""
    return tuple(count * MINUTE for count in counts)


def hours(*counts: int) -> tuple[int, ...]:
    """Return a timetable's gaps, given in hours, in ms."""
    return tuple(count * HOUR for count in counts)


def recovered(health: Health) -> Health:
    """Return the health after a success: no failures and mutes. A disabled endpoint stays disabled until it is enabled."""
    return Health(disabled=health.disabled)


def exponential(retries: int, base_ms: int, factor: int = 2, cap_ms: int | None = None) -> Retry:
    """Retry at growing gaps: the nth is `base_ms * factor ** (n - 1)`, at most `cap_ms` and the length of the calendar.
    `retries` counts the sends after the first. The end state is "failed". Raises ValueError for an impossible table."""
    _refuse(retries < 0, "retries must be 0 or more")
    _refuse(base_ms < 1 or factor < 1, "base_ms and factor must be 1 or more")
    _refuse(cap_ms is not None and cap_ms < base_ms, "cap_ms must not be below base_ms")

    def gap_after(attempt: int) -> int:
        return min(int(base_ms * factor ** (attempt - 1)), LATEST if cap_ms is None else cap_ms)

    return _stepping(gap_after, retries + 1, "failed")


def timetable(
    gaps_ms: tuple[int, ...], then_ms: int, attempts: int, final: Literal["failed", "exhausted"] = "exhausted"
) -> Retry:
    """Retry after each gap in turn and then every `then_ms`, until `attempts` sends, the first included, were made. The end
    state is `final`. Raises ValueError for an impossible table."""
    _refuse(attempts < 1, "attempts must be 1 or more")
    _refuse(min((then_ms, *gaps_ms)) < 1, "every gap must be 1 ms or more")

    def gap_after(attempt: int) -> int:
        return gaps_ms[attempt - 1] if attempt <= len(gaps_ms) else then_ms

    return _stepping(gap_after, attempts, final)


def stopping_on(rule: Retry, statuses: Collection[int]) -> Retry:
    """Follow `rule`, but end at once as "rejected" when the receiver answers one of `statuses`."""

    def judge(failure: Failure) -> Verdict:
        verdict = rule(failure)
        if failure.status not in statuses:
            return verdict
        reason = f"attempt {failure.attempt} failed: {_symptom(failure)}, which rejects the delivery; no retry"
        return replace(verdict, state="rejected", next_at=None, reason=reason)

    return judge


def disabling(rule: Retry, after: int, counts: Literal["deliveries", "attempts"] = "deliveries") -> Retry:
    """Follow `rule` and disable the endpoint at its `after`th failure in a row. "deliveries" counts a delivery once,
    when it is given up; "attempts" counts every failed send. A delivery whose own attempt disables its endpoint is not
    retried: nothing is sent to a disabled endpoint."""
    _refuse(after < 1, "after must be 1 or more")

    def judge(failure: Failure) -> Verdict:
        verdict = rule(failure)
        counted = counts == "attempts" or verdict.next_at is None
        failures = failure.health.failures + counted
        verdict = replace(verdict, health=replace(verdict.health, failures=failures))
        disables = counted and failures >= after and not failure.health.disabled
        return _disabled(verdict, failures, counts) if disables else verdict

    return judge


def muting(after: int, steps_ms: tuple[int, ...]) -> Retry:
    """Never retry; at the `after`th failure in a row mute the endpoint for the next of `steps_ms`. Only a success ends the run of failures,
    so the first failure after a mute starts the next, longer mute at once; the last step is the maximum. A failure of an attempt that began
    before the mute's end counts and starts no further mute. `Health.mutes` counts every mute, those at the maximum included. The end state
    is "failed". Source: the vendor document that mutes gives this order in words and no figures, so those are the caller's."""
    _refuse(after < 1, "after must be 1 or more")
    _refuse(not steps_ms or min(steps_ms) < 1, "the ladder needs rungs of 1 ms or more")

    def judge(failure: Failure) -> Verdict:
        health = replace(failure.health, failures=failure.health.failures + 1)
        reason = f"attempt {failure.attempt} failed: {_symptom(failure)}; a notification is sent once"
        began_at = failure.at if failure.began_at is None else failure.began_at
        if health.failures < after or (health.muted_until is not None and began_at < health.muted_until):
            return Verdict("failed", None, health, reason)
        step = steps_ms[min(health.mutes, len(steps_ms) - 1)]
        muted = replace(health, mutes=health.mutes + 1, muted_until=later(failure.at, step))
        return Verdict("failed", None, muted, f"{reason}; {health.failures} in a row, muted for {_span(step)}")

    return judge


def _stepping(gap_after: Callable[[int], int], attempts: int, final: Literal["failed", "exhausted"]) -> Retry:

    def judge(failure: Failure) -> Verdict:
        health = replace(failure.health, failures=failure.health.failures + 1)
        failed = f"attempt {failure.attempt} of {attempts} failed: {_symptom(failure)}"
        if failure.attempt >= attempts:
            return Verdict(final, None, health, f"{failed}; no attempts left")
        gap = gap_after(failure.attempt)
        return Verdict("pending", later(failure.at, gap), health, f"{failed}; next in {_span(gap)}")

    return judge


def _disabled(verdict: Verdict, failures: int, counts: Literal["deliveries", "attempts"]) -> Verdict:
    noun = {"deliveries": "delivery", "attempts": "attempt"}[counts] if failures == 1 else counts
    state = "failed" if verdict.state == "pending" else verdict.state
    reason = f"{verdict.reason}; endpoint disabled after {failures} failed {noun} in a row"
    return Verdict(state, None, replace(verdict.health, disabled=True), reason)


def _symptom(failure: Failure) -> str:
    return f"answered {failure.status}" if failure.status is not None else f"no answer ({failure.error or 'unknown'})"


def _span(ms: int) -> str:
    """Return a duration in its largest whole unit: 90 s, 5 min, 24 h."""
    size, unit = next((size, unit) for size, unit in _UNITS if ms % size == 0)
    return f"{ms // size} {unit}"


def _refuse(wrong: bool, sentence: str) -> None:
    if wrong:
        raise ValueError(sentence)
