"""`call`: a request to a vendor's path with a key of the fixture, as an integration makes it; `together`: several at once.

Calls of `together` are made at the same moment, each in a thread of its own, like buyers competing for the same seats."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Literal, TypedDict

from marshmallow import fields

from mockmarket.faults.base import NO_ANSWER
from mockmarket.matching import operators
from mockmarket.matching.paths import LONGEST_TEXT
from mockmarket.records import Default, FieldError, Length, Range, Reads, check
from mockmarket.scenarios import base, variables
from mockmarket.scenarios.play import Play, Reply, with_query
from mockmarket.scenarios.variables import FailedError
from mockmarket.seed import reading
from mockmarket.seed.problems import Problem

NO_KEY = "none"
MOST_CALLS, MOST_SHOWN = 64, 3
NOW_S = 10.0
NO_PATH: list[Problem] = [((), "The path must begin with a slash; it is relative to the vendor's base URL.")]


def _unknown_key(known: base.Known, name: str, call: base.Fields) -> Iterator[Problem]:
    vendor = call.get("vendor", "")
    names = known.keys.get(vendor, ())
    if vendor in known.vendors and names and name not in (NO_KEY, *names):
        yield (), f"The fixture has no key of {vendor} called {name!r}; it has {', '.join(names)}."


class Call(TypedDict):
    """A request, its expected answer, and the parts of the answer to save. `key` is the name of one of the fixture's keys, the vendor's
    first without one; `none` sends no key. `answered` is about the answer's headers, by name in lower case."""

    vendor: base.VendorName
    key: Annotated[base.OptionalText, base.Refers(_unknown_key)]
    method: Annotated[Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] | None, Default(None)]
    path: Annotated[base.Text, base.Refers(lambda _known, path, _call: () if path.startswith(("/", "${")) else NO_PATH)]
    query: base.Values
    headers: base.Values
    body: Annotated[object | None, Default(None)]
    status: Annotated[base.Count, Default(None)]
    expect: base.ByPath
    answered: base.ByPath
    save: base.Saves


class Racer(Call):
    """A call and its number of copies; `${n}` counts from 1."""

    times: Annotated[base.WholeNumber, Range(1, MOST_CALLS), Default(1)]


def _check_number(step: base.Fields) -> None:
    number = sum(call["times"] for call in step.get("calls", ()))
    if number > MOST_CALLS:
        raise FieldError(f"{number} calls are too many; at most {MOST_CALLS} are allowed.", "calls")


@check(_check_number)
class Together(TypedDict):
    """Simultaneous calls, the expected number of 2xx answers, and of each status."""

    calls: Annotated[list[Racer], Length(1, MOST_CALLS)]
    succeed: Annotated[base.Count, Default(None)]
    statuses: Annotated[
        dict[int, Any], Reads(fields.Dict(keys=fields.Integer()).deserialize, {"type": "object"}), Default(dict)
    ]


def method_of(call: base.Fields) -> str:
    """Return the method of a call: GET, or POST where it has a body, unless it names another."""
    method: str | None = call["method"]
    return method or ("GET" if call["body"] is None else "POST")


def perform(play: Play, call: Call) -> str:
    """Make the call, check its answer, save variables."""
    reply = make(play, call)
    _check_reply(call, reply, call["status"])
    play.variables |= variables.save(call["save"], reply.json, f"The answer ({reply.status})")
    return f"answered {reply.status}" if reply.status != NO_ANSWER else "not answered"


def make(play: Play, call: Call) -> Reply:
    """Make a call and return its answer, whatever the status; sets the variable `request` to the request's id."""
    vendor = play.world.vendor(call["vendor"])
    headers = {**credential(play, call["vendor"], call["key"]), **call["headers"]}
    reply = play.request(method_of(call), with_query(vendor.base + call["path"], call["query"]), headers, call["body"])
    play.variables["request"] = reply.headers.get("x-mockmarket-request", "")
    return reply


def _check_reply(call: Call, reply: Reply, status: object) -> None:
    if not (reply.good if status is None else operators.fits(status, reply.status)):
        wanted = "a 2xx" if status is None else operators.wanted(status)
        name = f"{call['vendor']}: {method_of(call)} {call['path']}"
        raise FailedError(f"{name} should be answered {wanted}; it was {reply.status}: {_excerpt(reply)}")
    pairs = (call["expect"], reply.json), (call["answered"], reply.headers)
    if wrong := [words for expected, seen in pairs for words in operators.differences(expected, seen)]:
        raise FailedError(f"In the answer ({reply.status}) {'; '.join(wrong)}")


def _excerpt(reply: Reply) -> str:
    text = reply.body.decode("utf-8", "replace")
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def credential(play: Play, vendor: str, name: str | None) -> Mapping[str, str]:
    """Return the headers of a vendor's key by name, the first without a name; FailedError lists the names."""
    if name == NO_KEY:
        return {}
    held = reading.held_keys(play.world.read(), str(play.world.store.meta()["fixture"]), vendor)
    by_name = {key.name: (key, secret) for key, secret in reversed(held)}
    chosen = by_name.get(name) if name is not None else next(iter(held), None)
    if chosen is None:
        raise FailedError(f"The fixture has no key of {vendor} called {name!r}; it has {', '.join(by_name) or 'none'}.")
    return dict(play.world.vendor(vendor).api.credential(*chosen))


def perform_together(play: Play, step: Together) -> str:
    """Make all calls at once and check the answers; `save` saves parts of one successful answer."""
    numbered = [(call, number) for call in step["calls"] for number in range(1, call["times"] + 1)]
    racers: list[Racer] = [variables.fill(call, play.known(n=number)) for call, number in numbered]
    replies = race(play, racers)
    _check_counts(step, replies)
    for racer, reply in zip(racers, replies, strict=True):
        if reply.good:
            _check_reply(racer, reply, None)
            play.variables |= variables.save(racer["save"], reply.json, f"The answer ({reply.status})")
    return f"answered {counted(replies)}"


def race(play: Play, racers: Sequence[Call]) -> list[Reply]:
    """Make calls at the same moment; returns their answers in the same order."""
    line = threading.Barrier(len(racers))

    def run(racer: Call) -> Reply:
        line.wait(NOW_S)
        return make(play, racer)

    with ThreadPoolExecutor(len(racers), "scenario-racer") as pool:
        return list(pool.map(run, racers))


def _check_counts(step: Together, replies: Sequence[Reply]) -> None:
    statuses = Counter(reply.status for reply in replies)
    good = sum(reply.good for reply in replies)
    wrong = []
    if step["succeed"] is not None and not operators.fits(step["succeed"], good):
        wrong.append(f"{operators.wanted(step['succeed'])} of the calls should succeed; {good} did")
    for status, count in step["statuses"].items():
        if not operators.fits(count, statuses[status]):
            wrong.append(f"{operators.wanted(count)} should be answered {status}; {statuses[status]} were")
    if wrong:
        failures = [_excerpt(reply) for reply in replies if reply.status >= 300][:MOST_SHOWN]
        raise FailedError(f"{'; '.join(wrong)}. In all: {counted(replies)}. {' '.join(failures)}".rstrip())


def counted(replies: Sequence[Reply]) -> str:
    """Return how many answers had which status."""
    statuses = Counter(reply.status for reply in replies)
    return ", ".join(f"{status} × {count}" for status, count in sorted(statuses.items()))
