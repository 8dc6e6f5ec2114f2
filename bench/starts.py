"""Measures of beginning: a process of its own each time, until its first answer or its end, beside bare Flask's start."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count, repeat
from pathlib import Path

from bench.load import drive, request
from bench.processes import BARE, HEALTH, MOCKMARKET, Served, cold_start, serving
from bench.stage import Measure, Sample, Stage

SMALL_KEY = "portal_test_full_00000000"
EVENTS = "/api/v1/events?limit=10"
SESSION = Path(__file__).with_name("market_session.py")
LISTINGS, SHOWS = 200_000, 400
MANY, MANY_SHOWS = 1_000_000, 2_000
FEW, FEW_SHOWS = 2_000, 4
PAGE = "/api/v1/inventory?eventId=7000001"
COMMAND = ("-m", "mockmarket")


def beside_bare(ours: Callable[[Stage], float]) -> Callable[[Stage, Served, float], Sample]:
    """Return what samples a start of ours, and bare Flask's until its first 200."""

    def sample(stage: Stage, server: Served, _seconds: float) -> Sample:
        return Sample(ours(stage) if server is stage.ours else cold_start(BARE, HEALTH))

    return sample


def vendor_call(stage: Stage) -> float:
    """Return the seconds until a vendor's first answer, the default fixture planted by an earlier start."""
    return cold_start(MOCKMARKET, request("GET", EVENTS, key=stage.recorded.key))


def vendor_call_anew(stage: Stage) -> float:
    """Return the seconds until a vendor's first answer, the default fixture planted anew."""
    return cold_start((*MOCKMARKET, "--no-cache"), request("GET", EVENTS, key=stage.recorded.key))


def vendor_call_small(_stage: Stage) -> float:
    """Return the seconds until a vendor's first answer, the fixture `small` planted by an earlier start."""
    return cold_start((*MOCKMARKET, "--fixture", "small"), request("GET", EVENTS, key=SMALL_KEY))


def exec_true(_stage: Stage) -> float:
    """Return the seconds that `exec -- true` takes."""
    return elapsed(*COMMAND, "exec", "--", "true")


def version(_stage: Stage) -> float:
    """Return the seconds that `--version` takes."""
    return elapsed(*COMMAND, "--version")


def first_market(_stage: Stage) -> float:
    """Return the seconds until a pytest session's first `market` is there, pytest's own start left out."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "seconds"
        environ = os.environ | {"BENCH_SECONDS": str(file)}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            folder,
            str(SESSION),
        ]
        subprocess.run(command, env=environ, cwd=folder, stdout=subprocess.DEVNULL, check=True)
        return float(file.read_text())


def generate(_stage: Stage) -> float:
    """Return the seconds in which a fixture of 200,000 listings is generated."""
    return elapsed(*COMMAND, "fixture", "generate", *plan(), "--force", "--out", str(generated()))


def generated_call(stage: Stage) -> float:
    """Return the seconds until a vendor's first answer from that fixture."""
    return cold_start((*MOCKMARKET, "--fixture", str(ready())), request("GET", EVENTS, key=stage.recorded.key))


def million(_stage: Stage) -> float:
    """Return the seconds in which a fixture of a million listings is generated."""
    options = (*plan(MANY, MANY_SHOWS), "--force", "--out", str(generated(MANY)))
    return elapsed(*COMMAND, "fixture", "generate", *options)


def million_call(stage: Stage) -> float:
    """Return the seconds until a vendor's first answer from that fixture."""
    file = ready(MANY, MANY_SHOWS)
    return cold_start((*MOCKMARKET, "--fixture", str(file)), request("GET", EVENTS, key=stage.recorded.key))


def generated_reset(stage: Stage, server: Served, seconds: float) -> Sample:
    """Put a world of 200,000 listings back to its fixture, one request after the other; bare Flask answers a constant."""
    if server is stage.ours:
        with serving(server.name, *MOCKMARKET, "--fixture", str(ready())) as fresh:
            return timed(fresh, repeat(request("POST", "/_mockmarket/reset")), seconds)
    return timed(server, repeat(request("POST", "/_mockmarket/reset")), seconds)


def generated_page(stage: Stage, server: Served, seconds: float) -> Sample:
    """Ask for an event's listings above a price that none has, in a world of 200,000; in bare Flask's column in one of 2,000."""
    listings, shows = (LISTINGS, SHOWS) if server is stage.ours else (FEW, FEW_SHOWS)
    with serving("generated", *MOCKMARKET, "--fixture", str(ready(listings, shows))) as fresh:
        calls = (
            request("GET", f"{PAGE}&minPrice=99999.{time.monotonic_ns()}", key=stage.recorded.key) for _ in count()
        )
        return timed(fresh, calls, seconds)


def timed(server: Served, source: Iterator[bytes], seconds: float) -> Sample:
    """Load a server with one request after the other; the median is what one costs."""
    times = sorted(drive(server.address, source, seconds, lines=1).times)
    middle = times[len(times) // 2]
    return Sample(middle, p50_ms=middle * 1000, p99_ms=times[len(times) * 99 // 100] * 1000)


def ready(listings: int = LISTINGS, shows: int = SHOWS) -> Path:
    """Return the file of a generated fixture, made unless it exists."""
    if not (file := generated(listings)).exists():
        elapsed(*COMMAND, "fixture", "generate", *plan(listings, shows), "--out", str(file))
    return file


def plan(listings: int = LISTINGS, shows: int = SHOWS) -> tuple[str, ...]:
    """Return the options of a generated fixture."""
    return ("--events", str(shows), "--listings", str(listings))


@cache
def generated(listings: int = LISTINGS) -> Path:
    """Return where a generated fixture is, for as long as this process lives."""
    folder = tempfile.TemporaryDirectory(prefix="mockmarket-bench-")
    atexit.register(folder.cleanup)
    return Path(folder.name) / f"generated-{listings}.db"


def elapsed(*arguments: str) -> float:
    """Return the seconds that a run of Python with these arguments takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


STARTS = (
    Measure("start", "cold start to a vendor's answer", "ms", beside_bare(vendor_call)),
    Measure("start_small", "… fixture small", "ms", beside_bare(vendor_call_small)),
    Measure("start_anew", "… nothing kept from before", "ms", beside_bare(vendor_call_anew)),
    Measure("exec", "exec -- true", "ms", beside_bare(exec_true)),
    Measure("market", "first market of a pytest session", "ms", beside_bare(first_market)),
    Measure("version", "--version", "ms", beside_bare(version)),
    Measure("generate", "generate 200,000 listings", "ms", beside_bare(generate), on_demand=True),
    Measure("generated", "… served, a vendor's answer", "ms", beside_bare(generated_call), on_demand=True),
    Measure("generated_reset", "… its reset", "ms", generated_reset, on_demand=True),
    Measure("generated_page", "… filtered by price; beside it: of 2,000", "ms", generated_page, on_demand=True),
    Measure("million", "generate 1,000,000 listings", "ms", beside_bare(million), on_demand=True),
    Measure("million_call", "… served, a vendor's answer", "ms", beside_bare(million_call), on_demand=True),
)
