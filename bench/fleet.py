"""Measures of a fleet behind nginx. Bare Flask's column has the same of one server, or of one without nginx."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path

from bench.load import Address, drive, request
from bench.nginx import nginx_before
from bench.processes import MOCKMARKET, Served, serving
from bench.recording import KEY, WORLD, new_order
from bench.stage import Measure, Sample, Stage

NAMES = [f"fleet{number}" for number in range(16)]
"""The worlds, over which the orders are spread."""
MAKING_S = 60


def two_servers(stage: Stage, server: Served, seconds: float) -> Sample:
    """Place orders in worlds of two servers behind nginx; in bare Flask's column of one."""
    with behind_nginx(2 if server is stage.ours else 1) as (servers, address):
        return ordered(stage, servers, address, seconds)


def alone(stage: Stage, server: Served, seconds: float) -> Sample:
    """Place orders in worlds of a server behind nginx; in bare Flask's column of one without nginx."""
    with behind_nginx(1) as (servers, address):
        return ordered(stage, servers, address if server is stage.ours else servers[0].address, seconds)


@contextmanager
def behind_nginx(count: int) -> Iterator[tuple[Sequence[Served], Address]]:
    """Run so many servers, and nginx in front of them; gives the servers, and nginx's address."""
    with ExitStack() as opened:
        servers = [opened.enter_context(serving("fleet", *MOCKMARKET)) for _ in range(count)]
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="mockmarket-bench-")))
        nginx = opened.enter_context(nginx_before(folder, ["{}:{}".format(*server.address) for server in servers]))
        yield servers, nginx.address


def ordered(stage: Stage, servers: Sequence[Served], address: Address, seconds: float) -> Sample:
    """Place orders over 16 connections, a world after the other, and say what one cost, and the servers' CPU."""
    make = json.dumps({"fixture": str(WORLD)}).encode()
    puts = [request("PUT", f"/_mockmarket/worlds/{name}", make) for name in NAMES]
    drive(address, iter(puts), MAKING_S, status=201, lines=1)
    body = new_order(stage.ours.address)
    orders = [request("POST", f"/w/{name}/api/v1/orders", body, KEY) for name in NAMES]
    cpu = sum(server.cpu() for server in servers)
    load = drive(address, cycle(orders), seconds, status=201)
    times, cpu = sorted(load.times), sum(server.cpu() for server in servers) - cpu
    return Sample(
        load.elapsed / len(times),
        p50_ms=times[len(times) // 2] * 1000,
        p99_ms=times[len(times) * 99 // 100] * 1000,
        cpu_us=cpu / len(times) * 1e6,
    )


FLEET = (
    Measure("fleet", "POST order, two servers behind nginx; beside it: one", "req/s", two_servers, on_demand=True),
    Measure("fleet_alone", "… one behind nginx; beside it: without nginx", "req/s", alone, on_demand=True),
)
