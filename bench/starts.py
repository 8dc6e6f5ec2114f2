"""Measures of beginning: a process of its own each time, until its first answer or its end, beside bare Flask's start."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from bench.load import request
from bench.processes import BARE, HEALTH, MOCKMARKET, Served, cold_start
from bench.stage import Measure, Sample, Stage

SMALL_KEY = "portal_test_full_00000000"
EVENTS = "/api/v1/events?limit=10"
SESSION = Path(__file__).with_name("market_session.py")
LISTINGS, SHOWS = 200_000, 400
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
    return elapsed(*COMMAND, "fixture", "generate", *PLAN, "--force", "--out", str(generated()))


def generated_call(stage: Stage) -> float:
    """Return the seconds until a vendor's first answer from that fixture."""
    file = generated()
    if not file.exists():
        generate(stage)
    return cold_start((*MOCKMARKET, "--fixture", str(file)), request("GET", EVENTS, key=stage.recorded.key))


PLAN = ("--events", str(SHOWS), "--listings", str(LISTINGS))


@cache
def generated() -> Path:
    """Return where the generated fixture is, for as long as this process lives."""
    folder = tempfile.TemporaryDirectory(prefix="mockmarket-bench-")
    atexit.register(folder.cleanup)
    return Path(folder.name) / "generated.db"


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
)
