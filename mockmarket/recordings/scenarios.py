"""A scenario from recorded calls: those that changed something, and those that gave the ids which they use, with what came back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, islice
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import yaml

from mockmarket.clock import HOUR, MINUTE, SECOND, iso_ms
from mockmarket.frozen import dataclass
from mockmarket.matching.paths import Json
from mockmarket.recordings.answers import json_or_none
from mockmarket.recordings.exchange import Exchange
from mockmarket.recordings.finding import Finder
from mockmarket.recordings.formats import ID_NAME, TIME_NAME, format_of, is_redacted

READING = ("GET", "HEAD", "OPTIONS")
KEPT_HEADERS = ("idempotency-key", "if-match")
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
ID_LIKE = re.compile(r"(?=[^0-9]*[0-9])(?!\d{4}-\d\d-\d\d)(?!\d+\.\d+\Z)[A-Za-z0-9_.-]{6,100}")
"""A text that can be an id, whatever the name of its member: six signs with a digit, no date and no amount."""
OWN_URL = re.compile(r"(callback|webhook)?_?url", re.IGNORECASE)
RECEIVER = "recorded"
RECEIVER_URL = f"${{receivers.{RECEIVER}.url}}"
MOST_EXPECTED = 12
WRAPPERS = ("data", "items", "results", "rows")
"""Members around records, which say nothing of what those are."""
OF_A_MOMENT = ("an ISO", "a date", "epoch", "a URL")
"""How the names of formats begin whose values differ from run to run."""
RESERVED = ("receivers", "start", "now", "world", "request", "n")


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call and its answer. `path` is below the vendor's base URL, with the query; `at` in epoch ms; `key` the name of a fixture's key."""

    vendor: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: Json
    status: int
    answer: Json
    at: int | None
    key: str | None

    @property
    def changes(self) -> bool:
        """True for a call that may have changed something: none that reads, or that was refused."""
        return self.method not in READING and 200 <= self.status < 300


class Leaf(NamedTuple):
    """A plain value in a JSON value: its path, the name of the member that has it, itself or in a list, and the name above that."""

    path: str
    name: str
    above: str
    value: Json


class Start(NamedTuple):
    """Where a scenario begins: the fixture, and the moment of its world's clock, None for the fixture's own."""

    fixture: str
    now: int | None
    seed: int = 0


def call_of(finder: Finder, exchange: Exchange, at: int | None, key: str | None) -> RecordedCall | None:
    """Return an exchange as a recorded call; None for a webhook, and for one of no vendor, without an answer or with a body in base64."""
    call = finder.call(exchange) if exchange.kind == "call" else None
    if call is None or exchange.status is None:
        return None
    try:
        text = (exchange.request.body or b"").decode()
    except UnicodeDecodeError:
        return None
    body = json_or_none(text.encode()) if text else None
    names = (*KEPT_HEADERS, *(("content-type",) if text and body is None else ()))
    headers = {name: value for name in names if (value := exchange.request.header(name)) and not is_redacted(value)}
    answer = json_or_none(exchange.answer.body) if exchange.answer and exchange.answer.body else None
    sent = text if body is None and text else body
    return RecordedCall(call.vendor.name, exchange.method, call.path, headers, sent, exchange.status, answer, at, key)


def leaves(value: Json, path: str = "", name: str = "", above: str = "") -> Iterator[Leaf]:
    """Yield the plain values in a JSON value whose path can be written."""
    if isinstance(value, dict):
        for member, inner in value.items():
            if PLAIN_NAME.fullmatch(member):
                yield from leaves(inner, f"{path}.{member}".lstrip("."), member, name or above)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path or '$'}[{number}]", name, above)
    elif path:
        yield Leaf(path, name, above, value)


def is_id(leaf: Leaf) -> bool:
    """Return whether a value can be the id of a record."""
    if isinstance(leaf.value, bool) or not isinstance(leaf.value, (str, int)) or is_redacted(leaf.value):
        return False
    by_look = isinstance(leaf.value, str) and ID_LIKE.fullmatch(leaf.value) is not None
    return bool(leaf.value) and (ID_NAME.search(leaf.name) is not None or by_look)


Play = Callable[[str], tuple[Sequence[Json], Mapping[str, Json]]]
"""Runs a scenario in a fresh world; returns the answers of its calls, and its variables. It raises what ends the command when it fails."""


class Builder:
    """Chooses the calls of a scenario, and names the values that later ones take from earlier answers."""

    def __init__(self, calls: Sequence[RecordedCall], start: Start) -> None:
        self._calls, self._start = calls, start
        self._sources: dict[str, tuple[int, Leaf]] = {}
        self._chosen: set[int] = set()
        self._saves: dict[int, dict[str, str]] = {}
        self._names: dict[str, str] = {}
        for number, call in enumerate(calls):
            if call.changes:
                self._choose(number)
            for leaf in leaves(call.answer) if call.status < 300 else ():
                if is_id(leaf):
                    self._sources.setdefault(str(leaf.value), (number, leaf))

    def _choose(self, number: int) -> None:
        """Choose a call, and those before it whose answers have the values that it uses."""
        waiting = [number]
        while waiting:
            number = waiting.pop()
            if number in self._chosen:
                continue
            self._chosen.add(number)
            for value in values_of(self._calls[number]):
                source = self._sources.get(value)
                if source and source[0] < number:
                    self._save(value, *source)
                    waiting.append(source[0])

    def _save(self, value: str, number: int, leaf: Leaf) -> None:
        if value in self._names:
            return
        stem = stem_of(leaf, self._calls[number])
        taken = {*self._names.values(), *RESERVED}
        name = next(each for number in count(1) if (each := stem if number == 1 else f"{stem}{number}") not in taken)
        self._names[value] = name
        self._saves.setdefault(number, {})[name] = leaf.path

    @property
    def calls(self) -> list[RecordedCall]:
        """The chosen calls."""
        return [self._calls[number] for number in sorted(self._chosen)]

    def passing(self, play: Play) -> str:
        """Return the text of the scenario, which has passed."""
        text = self.scenario(self.expectations(*play(self.scenario())))
        play(text)
        return text

    def scenario(self, expected: Sequence[Mapping[str, Json]] | None = None) -> str:
        """Return the scenario's text, with these expected values of each call, by path."""
        steps, seen = [], (self._calls[0].at if self._calls and self._start.now is None else self._start.now)
        base = seen
        for place, number in enumerate(sorted(self._chosen)):
            call = self._calls[number]
            step: dict[str, Any] = {"call": self._step(number, expected[place] if expected else {})}
            if call.at is not None and base is not None and call.at - (seen or base) >= MINUTE:
                seen = call.at
                step = {"at": f"+{span(call.at - base)}", **step}
            steps.append(step)
        now = {} if self._start.now is None else {"now": iso_ms(self._start.now)}
        start = {"fixture": self._start.fixture, **now, "seed": self._start.seed}
        receivers = {"receivers": {RECEIVER: {"answer": 200}}} if RECEIVER_URL in str(steps) else {}
        content = {"about": "Made from recorded calls.", "start": start, **receivers, "steps": steps}
        return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=140, default_flow_style=None)

    def _step(self, number: int, expect: Mapping[str, Json]) -> dict[str, Any]:
        call = self._calls[number]
        known = {value: name for value, name in self._names.items() if self._sources[value][0] < number}
        step: dict[str, Any] = {"vendor": call.vendor} | ({"key": call.key} if call.key else {})
        step |= {"method": call.method, "path": filled_path(call.path, known)}
        optional = {"headers": dict(call.headers), "body": filled_body(call.body, known, self._sources)}
        step |= {name: value for name, value in optional.items() if value not in (None, {})}
        step["status"] = call.status
        saves = self._saves.get(number)
        return step | ({"expect": dict(expect)} if expect else {}) | ({"save": saves} if saves else {})

    def expectations(self, fresh: Sequence[Json], variables: Mapping[str, Json]) -> list[dict[str, Json]]:
        """Return what is to be expected of each chosen call: the recorded values that the answers of a fresh world have too, ids as
        variables; no times. `variables` are the fresh world's."""
        return [
            dict(islice(self._expected(number, answer, variables), MOST_EXPECTED))
            for number, answer in zip(sorted(self._chosen), fresh, strict=True)
        ]

    def _expected(self, number: int, fresh: Json, variables: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
        """Yield what is to be expected of a call that changed something: first what it has set, then other values, null last."""
        call, fresh_values = self._calls[number], {leaf.path: leaf.value for leaf in leaves(fresh)}
        names = {leaf.name for leaf in leaves(call.body)}
        ordered = sorted(leaves(call.answer), key=lambda leaf: (leaf.name not in names, leaf.value is None))
        for leaf in ordered if call.changes else ():
            name, value = self._names.get(str(leaf.value)), fresh_values.get(leaf.path, ...)
            is_saved = name is not None and self._sources[str(leaf.value)][0] < number
            if name is not None and is_saved and variables.get(name, ...) == value:
                yield leaf.path, f"${{{name}}}"
            elif value == leaf.value and type(value) is type(leaf.value) and is_steady(leaf):
                yield leaf.path, leaf.value


def stem_of(leaf: Leaf, call: RecordedCall) -> str:
    """Return the name of a variable for an id: its member's or, for a plain `id`, with the noun of the object or of the path."""
    name = leaf.name
    if name.lower() in ("id", "ids"):
        nouns = [segment for segment in urlsplit(call.path).path.split("/") if segment.isalpha()]
        noun = leaf.above if leaf.above and leaf.above not in WRAPPERS else (nouns or ["record"])[-1]
        name = f"{noun.removesuffix('s')}_id"
    return name.replace("-", "_")


def is_steady(leaf: Leaf) -> bool:
    """Return whether a value is the same whenever the calls are made: no id, no time, no secret."""
    if isinstance(leaf.value, str) and ("${" in leaf.value or is_redacted(leaf.value)):
        return False
    look = format_of(leaf.name, leaf.value) or ""
    is_time = TIME_NAME.search(leaf.name) is not None or look.startswith(OF_A_MOMENT)
    return not is_time and not is_id(leaf)


def values_of(call: RecordedCall) -> Iterator[str]:
    """Yield the values of a request that may be ids from earlier answers."""
    url = urlsplit(call.path)
    yield from (unquote(segment) for segment in url.path.split("/") if segment)
    yield from (value for _, value in parse_qsl(url.query))
    yield from (str(leaf.value) for leaf in leaves(call.body) if is_id(leaf))


def filled_path(path: str, names: Mapping[str, str]) -> str:
    """Return a path and its query with references in the place of known values."""
    url = urlsplit(path)
    segments = [_reference(unquote(segment), names) or segment for segment in url.path.split("/")]
    pairs = [
        f"{quote(name)}={_reference(value, names) or quote(value)}"
        for name, value in parse_qsl(url.query, keep_blank_values=True)
    ]
    return "/".join(segments) + (f"?{'&'.join(pairs)}" if pairs else "")


def _reference(value: str, names: Mapping[str, str]) -> str | None:
    return f"${{{names[value]}}}" if value in names else None


def filled_body(body: Json, names: Mapping[str, str], sources: Mapping[str, tuple[int, Leaf]], name: str = "") -> Json:
    """Return a body with references in the place of known values of the same type, and of URLs that webhooks are sent to."""
    if isinstance(body, dict):
        return {member: filled_body(value, names, sources, member) for member, value in body.items()}
    if isinstance(body, list):
        return [filled_body(value, names, sources, name) for value in body]
    if isinstance(body, str) and OWN_URL.fullmatch(name) and body.startswith(("http://", "https://")):
        return RECEIVER_URL
    if isinstance(body, str) and "${" in body:
        return body.replace("${", "$${")
    key = str(body)
    if isinstance(body, bool) or key not in names or type(sources[key][1].value) is not type(body):
        return body
    return f"${{{names[key]}}}" if is_id(Leaf("", name, "", body)) else body


def span(ms: int) -> str:
    """Return a span of time as scenarios write it, in whole seconds."""
    parts = ((ms // HOUR, "h"), (ms % HOUR // MINUTE, "m"), (ms % MINUTE // SECOND, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"
