"""`expect`: checks records, deliveries, notices, seats, endpoints, requests or a receiver, once all due work is done.
`wait` repeats the same checks after each change, until they hold or the time is over."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypedDict, TypeVar

from marshmallow import validate

from mockmarket.clock import monotonic
from mockmarket.delivery import waiting
from mockmarket.matching.paths import Json
from mockmarket.records import Check, Default, Messages
from mockmarket.scenarios.base import Fields, Known, Span
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.subjects import history, state
from mockmarket.scenarios.variables import FailedError
from mockmarket.seed import moments
from mockmarket.seed.problems import Problem
from mockmarket.seed.shapes import Flag

T = TypeVar("T")

NO_LIST = "Must be an expectation, or a list of them."


Expectation = Annotated[T, Messages(null="Invalid input type.")]
Each = Annotated[list[Expectation[T]], Messages(invalid=NO_LIST), Check(validate.Length(1, error=NO_LIST))]


class Expect(TypedDict, total=False):
    """Expectations by subject: one, or a list of them."""

    record: Each[state.Record]
    records: Each[state.Records]
    deliveries: Each[history.Deliveries]
    notices: Each[history.Notices]
    received: Each[history.Received]
    endpoint: Each[state.Endpoint]
    stock: Each[state.Stock]
    requests: Each[history.Requests]


SUBJECTS: Mapping[str, Any] = {
    "record": state.record_differs,
    "records": state.records_differ,
    "deliveries": history.deliveries_differ,
    "notices": history.notices_differ,
    "received": history.webhooks_differ,
    "endpoint": state.endpoint_differs,
    "stock": state.stock_differs,
    "requests": history.requests_differ,
}
"""For each subject the function that yields a sentence for each unmet expectation, in the order of the documentation."""


class Wait(Expect, total=False):
    """The awaited expectations, whether to wait until nothing is due or being sent (`quiet`), and the limit in real time."""

    quiet: Annotated[Flag, Default(False)]
    timeout: Annotated[Span, Default("10s")]


def _expectations_of(step: Fields) -> dict[str, list[Fields]]:
    return {name: expectations for name, expectations in step.items() if name in SUBJECTS}


def as_lists(raw: Json) -> Json:
    """Write a single expectation as a list of one."""
    if not isinstance(raw, Mapping):
        return raw
    return {name: [value] if name in SUBJECTS and isinstance(value, Mapping) else value for name, value in raw.items()}


def perform_expect(play: Play, step: Expect) -> str:
    """Do all due work, then check everything; FailedError describes each unmet expectation."""
    play.settle()
    if wrong := "\n".join(differences(play, step)):
        raise FailedError(wrong)
    return "as expected"


def differences(play: Play, step: Fields) -> Iterator[str]:
    """Yield each unmet expectation, prefixed with its subject."""
    for name, expectations in _expectations_of(step).items():
        for expectation in expectations:
            yield from (f"{name}: {words}" for words in SUBJECTS[name](play, expectation))


def expect_problems(_known: Known, step: Fields) -> Iterator[Problem]:
    """Yield errors of an `expect` as a whole."""
    if not step:
        yield (), f"Expect one or more of {', '.join(SUBJECTS)}."
    for index, expectation in enumerate(step.get("received", ())):
        if not any(expectation.get(name) not in (None, {}) for name in history.SEEN):
            words = f"Give at least one expectation: {', '.join(history.SEEN[:-1])} or {history.SEEN[-1]}."
            yield ("received", index), words


def perform_wait(play: Play, step: Wait) -> str:
    """Wait until all expectations are met; FailedError says at the time limit what was seen instead."""
    began, most = monotonic(), play.left_s(moments.span(step["timeout"]) / 1000)
    if waiting.until(play.world, lambda: look(play, step), most, play.stage.stopping) is None:
        raise FailedError(f"Waited {monotonic() - began:.1f} s.\n" + "\n".join(_waited_for(play, step)))
    return f"after {(monotonic() - began) * 1000:.0f} ms"


def look(play: Play, step: Wait) -> bool | None:
    """Return True when all expectations are met. Within a walk this thread sends due deliveries itself."""
    play.check()
    if play.world.clock.walking:
        play.settle()
    return None if any(_waited_for(play, step)) else True


def _waited_for(play: Play, step: Wait) -> Iterator[str]:
    if step["quiet"] and not (play.world.clock.walking or waiting.is_quiet(play.world)):
        yield "quiet: something is being sent, or due now"
    yield from differences(play, step)


def wait_problems(known: Known, step: Fields) -> Iterator[Problem]:
    """Yield errors of a `wait` as a whole."""
    if expectations := _expectations_of(step):
        yield from expect_problems(known, expectations)
    elif not step["quiet"]:
        yield (), f"Wait for quiet, or for one or more of {', '.join(SUBJECTS)}."
