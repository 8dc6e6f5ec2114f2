"""Measures of the dashboard: what a look costs when little or much is kept. Bare Flask's column has the same of a small world."""

from __future__ import annotations

import time
from itertools import count

from bench.load import drive, once, request
from bench.processes import MOCKMARKET, Served, serving
from bench.stage import Measure, Sample, Stage
from bench.starts import FEW, FEW_SHOWS, LISTINGS, SHOWS, ready, timed

UI = "/_mockmarket/ui"
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
        reads = (
            request("GET", f"/api/v1/events?limit={number % 99 + 1}", key=stage.recorded.key) for number in count()
        )
        drive(fresh.address, (next(reads) for _ in range(kept)), 600)
        times, until = [], time.perf_counter() + seconds
        while time.perf_counter() < until:
            once(fresh.address, next(reads))
            began = time.perf_counter()
            once(fresh.address, request("GET", f"{UI}/now/diagram"))
            times.append(time.perf_counter() - began)
    times.sort()
    middle = times[len(times) // 2]
    return Sample(middle, p50_ms=middle * 1000, p99_ms=times[len(times) * 99 // 100] * 1000)


PAGES = (
    Measure("search", "dashboard: search, 200,000 listings; beside it: 2,000", "ms", search, on_demand=True),
    Measure("redraw", "dashboard: redraw, 5,000 requests kept; beside it: 100", "ms", redraw, on_demand=True),
)
