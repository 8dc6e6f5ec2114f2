"""Measures of a fleet behind nginx. Bare Flask's column has the same of one server, or of one without nginx."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path

from bench.load import Address, Load, drive, request
from bench.nginx import Nginx, nginx_before
from bench.processes import MOCKMARKET, Served, serving
from bench.recording import KEY, WORLD, new_order
from bench.stage import Measure, Sample, Stage

NAMES = [f"fleet{number}" for number in range(48)]
"""The worlds, over which the orders are spread: of few worlds the hash often gives a server far more than its share."""
MAKING_S = 60


def two_servers(stage: Stage, server: Served, seconds: float) -> Sample:
    """Place orders in worlds of two servers behind nginx; in bare Flask's column of one."""
    with behind_nginx(2 if server is stage.ours else 1) as (servers, nginx):
        return ordered(stage, servers, nginx, nginx.address, seconds)


def alone(stage: Stage, server: Served, seconds: float) -> Sample:
    """Place orders in worlds of a server behind nginx; in bare Flask's column of one without nginx."""
    with behind_nginx(1) as (servers, nginx):
        address = nginx.address if server is stage.ours else servers[0].address
        return ordered(stage, servers, nginx, address, seconds)


@contextmanager
def behind_nginx(count: int) -> Iterator[tuple[Sequence[Served], Nginx]]:
    """Run so many servers, and nginx in front of them."""
    with ExitStack() as opened:
        servers = [opened.enter_context(serving("fleet", *MOCKMARKET)) for _ in range(count)]
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="mockmarket-bench-")))
        yield (
            servers,
            opened.enter_context(nginx_before(folder, ["{}:{}".format(*server.address) for server in servers])),
        )


def ordered(stage: Stage, servers: Sequence[Served], nginx: Nginx, address: Address, seconds: float) -> Sample:
    """Place orders over 16 connections, a world after the other, and say what one cost, and the servers' CPU."""
    make = json.dumps({"fixture": str(WORLD)}).encode()
    puts = [request("PUT", f"/_mockmarket/worlds/{name}", make) for name in NAMES]
    drive(address, iter(puts), MAKING_S, status=201, lines=1)
    body = new_order(stage.ours.address)
    orders = [request("POST", f"/w/{name}/api/v1/orders", body, KEY) for name in NAMES]
    drive(address, iter(orders), MAKING_S, status=201)  # a world's first order compiles statements
    before = sum(server.cpu() for server in servers), nginx.cpu()
    load = drive(address, cycle(orders), seconds, status=201)
    of_servers, of_nginx = sum(server.cpu() for server in servers) - before[0], nginx.cpu() - before[1]
    print_bound(len(servers), load, of_servers, of_nginx)
    times = sorted(load.times)
    return Sample(
        load.elapsed / len(times),
        p50_ms=times[len(times) // 2] * 1000,
        p99_ms=times[len(times) * 99 // 100] * 1000,
        cpu_us=of_servers / len(times) * 1e6,
    )


def print_bound(servers: int, load: Load, of_servers: float, of_nginx: float) -> None:
    """Say what an order cost each party, and how many a second this machine carries at most if no core is ever idle."""
    parties = [seconds / len(load.times) * 1e6 for seconds in (of_servers, of_nginx, load.own_cpu)]
    cores = len(os.sched_getaffinity(0))
    most = min(cores / sum(parties), servers / parties[0]) * 1e6
    costs = "servers {:.0f}, nginx {:.0f}, load {:.0f}".format(*parties)
    print(
        f"  CPU µs an order: {costs}; {cores} cores and {servers} servers carry {most:,.0f} a second", file=sys.stderr
    )


FLEET = (
    Measure("fleet", "POST order, two servers behind nginx; beside it: one", "req/s", two_servers, on_demand=True),
    Measure("fleet_alone", "… one behind nginx; beside it: without nginx", "req/s", alone, on_demand=True),
)
