"""A fixture from recordings: read, made into entries, planted, and cleared of what cannot be planted."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from mockmarket.clock import wall_ms
from mockmarket.config import Config
from mockmarket.errors import Refusal
from mockmarket.recordings.exchange import Exchange
from mockmarket.recordings.finding import Finder
from mockmarket.seed import reading
from mockmarket.seed.finding import text_name
from mockmarket.seed.recorded import Recorded, without
from mockmarket.seed.templates import Templates
from mockmarket.vendor import Vendor

UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)
MOST_NAMED = 5


def recorded_in(exchanges: Iterable[Exchange], vendors: Sequence[Vendor], named: str | None = None) -> Recorded:
    """Return what recorded calls and webhooks show of vendors' records."""
    finder, recorded = Finder(vendors, named), Recorded()
    for exchange in exchanges:
        vendor, body = _vendor_of(finder, exchange), _body_of(exchange)
        if vendor is None or not body:
            continue
        for record in _objects_in(body):
            try:
                for item in vendor.recorded(record):
                    recorded.add(vendor.name, item, exchange.at)
            except UNREADABLE:
                recorded.left_out.append(f"{exchange.place}: an object is left out: it is none of {vendor.title}'s.")
    recorded.newest = recorded.newest or wall_ms()
    return recorded


def _vendor_of(finder: Finder, exchange: Exchange) -> Vendor | None:
    if exchange.kind == "webhook":
        return finder.sender(exchange)
    call = finder.call(exchange)
    return call.vendor if call else None


def _body_of(exchange: Exchange) -> bytes | None:
    if exchange.kind == "webhook":
        return exchange.request.body
    is_success = exchange.status is not None and 200 <= exchange.status < 300
    return exchange.answer.body if exchange.answer and is_success else None


def _objects_in(body: bytes) -> Iterator[dict[str, Any]]:
    """Yield every object of a JSON body, inner ones after those around them; nothing for another body."""
    try:
        values: deque[Any] = deque([json.loads(body)])
    except (ValueError, RecursionError):
        return
    while values:
        value = values.popleft()
        if isinstance(value, dict):
            yield value
            values += value.values()
        elif isinstance(value, list):
            values += value


def fixture_of(
    recorded: Recorded, vendors: Sequence[Vendor], folder: Path, about: str = "Made from recordings."
) -> tuple[str, list[str]]:
    """Return the text of a fixture that loads, and what it does not have, in sentences. Refusal where nothing that could be left out is
    wrong. `folder` is for files meanwhile."""
    content, labels = recorded.content({vendor: _secret_of(vendor) for vendor in recorded.callers}, about)
    left_out = [*recorded.left_out]
    templates = Templates(folder, Config(), vendors)
    while True:
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=140, default_flow_style=None)
        try:
            templates(text_name(text), None, None)
        except Refusal as refusal:
            wrong = [*without(content, labels, refusal.facts.get("problems", ()))]
            if not wrong:
                raise
            left_out += wrong
            continue
        return text, [*left_out, *_lost_ids(recorded)]


def _secret_of(vendor: str) -> str:
    """Return the secret of a vendor's first key in the default fixture."""
    return next(iter(reading.secrets_of("default", vendor)), f"{vendor}_test_recorded_0000000001")


def _lost_ids(recorded: Recorded) -> Iterator[str]:
    """Yield which ids of the recordings the fixture cannot keep."""
    for (vendor, what), ids in recorded.lost_ids.items():
        others = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
        yield f"{vendor}: the id of each {what} is another one than recorded: {', '.join([*ids][:MOST_NAMED])}{others}"
