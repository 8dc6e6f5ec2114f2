"""Measures of the dashboard: what a look costs when little or much is kept. Bare Flask's column has the same of a small world."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count, islice, repeat

from bench.load import drive, once, request
from bench.processes import MOCKMARKET, Served, serving
from bench.recording import KEY, ORDERS, listen, new_order, renew_world
from bench.stage import Measure, Sample, Stage
from bench.starts import FEW, FEW_SHOWS, LISTINGS, SHOWS, ready, timed

UI, WORLD = "/_mockmarket/ui", "/w/bench"
NOBODY = "http://127.0.0.1:9/hooks"
MUCH, LITTLE = 5_000, 100
"""How many requests the journal has before the redraws that are measured."""


def search(stage: Stage, server: Served, seconds: float) -> Sample:
    """Search a world of 200,000 listings for a text that nothing has, never searched before; in bare Flask's column one of 2,000."""
    listings, shows = (LISTINGS, SHOWS) if server is stage.ours else (FEW, FEW_SHOWS)
    with serving("generated", *MOCKMARKET, "--fixture", str(ready(listings, shows))) as fresh:
        calls = (request("GET", f"{UI}/search?q=buyer%20{time.monotonic_ns()}") for _ in count())
        return timed(fresh, calls, seconds)


def redraw(stage: Stage, server: Served, seconds: float) -> Sample:
    """Draw the page Timeline anew after one more request, with 5,000 requests kept; in bare Flask's column with 100."""
    kept = MUCH if server is stage.ours else LITTLE
    with serving("pages", *MOCKMARKET) as fresh:
        reads = reads_of("", stage.recorded.key)
        drive(fresh.address, islice(reads, kept), 600)
        return drawn(fresh, "", reads, seconds)


def awaited(stage: Stage, server: Served, seconds: float) -> Sample:
    """Draw the page Timeline anew after one more request, with 5,000 webhooks that failed and wait for another attempt; in bare Flask's
    column with 100."""
    kept = MUCH if server is stage.ours else LITTLE
    with serving("pages", *MOCKMARKET) as fresh:
        renew_world(fresh.address)
        once(fresh.address, request("PUT", f"{WORLD}/_mockmarket/clock", b'{"frozen":true}'))
        listen(fresh.address, NOBODY, ("confirmed",))
        order = request("POST", ORDERS, new_order(fresh.address), KEY)
        drive(fresh.address, repeat(order, kept), 600, status=201)
        return drawn(fresh, WORLD, reads_of(WORLD, KEY), seconds)


def reads_of(world: str, key: str) -> Iterator[bytes]:
    """Yield reads of a world's events, each unlike the last."""
    return (request("GET", f"{world}/api/v1/events?limit={number % 99 + 1}", key=key) for number in count())


def drawn(server: Served, world: str, reads: Iterator[bytes], seconds: float) -> Sample:
    """Draw the page Timeline of a world after each of some reads."""
    look = request("GET", f"{world}{UI}/timeline/diagram")
    once(server.address, look)  # the first look reads everything that is kept
    times, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        once(server.address, next(reads))
        began = time.perf_counter()
        once(server.address, look)
        times.append(time.perf_counter() - began)
    times.sort()
    middle = times[len(times) // 2]
    return Sample(middle, p50_ms=middle * 1000, p99_ms=times[len(times) * 99 // 100] * 1000)


PAGES = (
    Measure("search", "dashboard: search, 200,000 listings; beside it: 2,000", "ms", search, on_demand=True),
    Measure("redraw", "dashboard: redraw, 5,000 requests kept; beside it: 100", "ms", redraw, on_demand=True),
    Measure("awaited", "dashboard: redraw, 5,000 webhooks wait; beside it: 100", "ms", awaited, on_demand=True),
)
