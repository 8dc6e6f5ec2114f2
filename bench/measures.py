"""The measures: each says how to load a server for a while, and what one request cost. The same code loads both servers."""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from collections.abc import Iterator
from itertools import count, repeat

from bench.fleet import FLEET
from bench.load import Load, WrongAnswer, body_of, connect, drive, once, receive, request
from bench.pages import PAGES
from bench.processes import Served, serving
from bench.recording import (
    KEY,
    LARGE,
    LARGE_RESET,
    LARGE_RESTORE,
    MADE,
    MOVES,
    ORDERS,
    burden,
    hold,
    listen,
    move,
    new_order,
    renew_world,
)
from bench.stage import USUAL_S, Measure, Sample, Stage
from bench.starts import SMALL_KEY, STARTS

ORDERS_A_SECOND = 1_000
"""How many orders are made ready for a second of moving them, three times each; a faster server ends its turn early."""

GENERATOR_LIMIT = 0.85
READS, PURCHASES = 10_000, 2_000
"""How many requests for events, and how many orders, a process answers in a turn of the usual length before its memory is measured."""
WORLDS, PATIENCE_S = 1_000, 600
"""How many worlds one process gets; how many seconds a fixed number of requests may take."""
SILENT, SILENT_BACKLOG = 40, 20
"""How many endpoints never answer, and how many webhooks wait for each."""


def events(stage: Stage, server: Served, seconds: float) -> Sample:
    """Ask for the first ten events."""
    return loaded(server, repeat(request("GET", "/api/v1/events?limit=10", key=stage.recorded.key)), seconds)


def events_varied(stage: Stage, server: Served, seconds: float) -> Sample:
    """Ask for the first ten events by a query that was never asked before: of a parameter that comes twice the first counts."""
    path = "/api/v1/events?limit=10&limit="
    requests = (request("GET", f"{path}{time.monotonic_ns()}", key=stage.recorded.key) for _ in count())
    return loaded(server, requests, seconds)


def inventory(stage: Stage, server: Served, seconds: float) -> Sample:
    """Ask for every listing of the event that has the most."""
    path = f"/api/v1/inventory?eventId={stage.recorded.event}"
    return loaded(server, repeat(request("GET", path, key=stage.recorded.key)), seconds)


def varied(stage: Stage, server: Served, seconds: float) -> Sample:
    """Ask for the same listings, but by a query that was never asked before, so that nothing remembered helps."""
    path = f"/api/v1/inventory?eventId={stage.recorded.event}&minPrice=0."
    calls = (request("GET", f"{path}{time.monotonic_ns()}", key=stage.recorded.key) for _ in count())
    return loaded(server, calls, seconds)


def order(stage: Stage, server: Served, seconds: float) -> Sample:
    """Place an order, with no endpoint to tell."""
    return loaded(server, repeat(stage.recorded.order), seconds, status=201)


def webhook(stage: Stage, server: Served, seconds: float) -> Sample:
    """Move one order at a time; from sending the request until the receiver has the webhook."""
    moves, times, until = made_moves(stage, server, seconds), [], time.perf_counter() + seconds
    cpu = server.cpu()
    with connect(server.address) as sock:
        for message in moves:
            began = time.monotonic_ns()
            sock.sendall(message)
            if receive(sock)[9:12] != b"200":
                raise WrongAnswer("A move was refused.")
            times.append((stage.receiver.moments(1)[0] - began) / 1e9)
            if time.perf_counter() > until:
                break
    return sampled(times, statistics.median(times), server.cpu() - cpu)


def webhooks(stage: Stage, server: Served, seconds: float) -> Sample:
    """Move orders over 16 connections, until the receiver has the last webhook."""
    moves, cpu, began = made_moves(stage, server, seconds), server.cpu(), time.monotonic_ns()
    load = drive(server.address, moves, seconds)
    last = max(stage.receiver.moments(len(load.times)))
    return sampled(load.times, (last - began) / 1e9 / len(load.times), server.cpu() - cpu)


def reset(_stage: Stage, server: Served, seconds: float) -> Sample:
    """Put the default world back to its beginning, one request after the other."""
    return loaded(server, repeat(request("POST", "/_mockmarket/reset")), seconds, lines=1)


def large_reset(_stage: Stage, server: Served, seconds: float) -> Sample:
    """Put a world of 10,000 records back to its fixture, one request after the other."""
    return loaded(server, repeat(request("POST", LARGE_RESET)), seconds, lines=1)


def large_restore(_stage: Stage, server: Served, seconds: float) -> Sample:
    """Put a world of 10,000 records back to a snapshot, one request after the other."""
    return loaded(server, repeat(request("POST", LARGE_RESTORE)), seconds, lines=1)


def large_create(_stage: Stage, server: Served, seconds: float) -> Sample:
    """Make a world of 10,000 records from its fixture; each is dropped again, which is not measured."""
    make = request("PUT", MADE, json.dumps({"fixture": str(LARGE)}).encode())
    drop, times, until, cpu = request("DELETE", MADE), [], time.perf_counter() + seconds, server.cpu()
    while time.perf_counter() < until:
        with connect(server.address) as sock:
            began = time.perf_counter()
            sock.sendall(make)
            if receive(sock)[9:12] != b"201":
                raise WrongAnswer("A world was not made.")
            times.append(time.perf_counter() - began)
        once(server.address, drop)
    return sampled(times, statistics.median(times), server.cpu() - cpu)


def held(stage: Stage, server: Served, seconds: float) -> Sample:
    """Ask for ten events of another world, one request after the other, by a query that was never asked before."""
    path = "/api/v1/events?limit=10&limit="
    requests = (request("GET", f"{path}{time.monotonic_ns()}", key=stage.recorded.key) for _ in count())
    return loaded(server, requests, seconds, lines=1)


def memory(stage: Stage, server: Served, seconds: float) -> Sample:
    """Memory in use of a new process after so many requests for events, and so many orders: fixed by the length of a turn, which alone
    would have more on a faster machine."""
    share = seconds / USUAL_S
    with serving(server.name, *server.arguments) as fresh:
        events_request = request("GET", "/api/v1/events?limit=10", key=stage.recorded.key)
        loaded(fresh, repeat(events_request, math.ceil(READS * share)), PATIENCE_S)
        message = stage.recorded.order
        if server is stage.ours:
            renew_world(fresh.address)
            message = request("POST", ORDERS, new_order(fresh.address), KEY)
        loaded(fresh, repeat(message, math.ceil(PURCHASES * share)), PATIENCE_S, status=201)
        return Sample(fresh.megabytes())


def thousand_worlds(stage: Stage, server: Served, seconds: float) -> Sample:
    """Memory in use of a new process with a thousand worlds, each made and asked once; bare Flask has none, and is loaded with `events`."""
    with serving(server.name, *server.arguments) as fresh:
        if server is not stage.ours:
            events(stage, fresh, seconds)
        else:
            names = [f"w{number}" for number in range(WORLDS)]
            body = json.dumps({"fixture": "small"}).encode()
            puts = [request("PUT", f"/_mockmarket/worlds/{name}", body) for name in names]
            drive(fresh.address, iter(puts), PATIENCE_S, status=201, lines=1)
            gets = [request("GET", f"/w/{name}/api/v1/events?limit=10", key=SMALL_KEY) for name in names]
            drive(fresh.address, iter(gets), PATIENCE_S, lines=8)
        return Sample(fresh.megabytes())


def made_moves(stage: Stage, server: Served, seconds: float) -> Iterator[bytes]:
    """Place orders, then return the requests that move each of them along its three moves, all by one move first."""
    ids: list[str] = []
    source = repeat(stage.recorded.order, int(seconds * ORDERS_A_SECOND) + 20)
    drive(server.address, source, 600, status=201, take=lambda answer: ids.append(order_id(answer)))
    return iter([request("PATCH", ORDERS, move(id, status), KEY) for status in MOVES for id in ids])


def order_id(answer: bytes) -> str:
    """Return the id of a placed order, without reading all of the answer as JSON."""
    return body_of(answer).partition(b'"orderId":"')[2].partition(b'"')[0].decode()


def loaded(server: Served, source: Iterator[bytes], seconds: float, status: int = 200, lines: int = 16) -> Sample:
    """Load a server and say what a request cost."""
    cpu = server.cpu()
    load = drive(server.address, source, seconds, status=status, lines=lines)
    check_generator(load)
    return sampled(load.times, load.elapsed / len(load.times), server.cpu() - cpu)


def sampled(times: list[float], cost: float, cpu: float) -> Sample:
    """Sum up a turn: `times` of its requests in seconds, `cost` what one is said to cost, `cpu` what all of them used."""
    ordered = sorted(times)
    return Sample(
        cost,
        p50_ms=ordered[len(ordered) // 2] * 1000,
        p99_ms=ordered[len(ordered) * 99 // 100] * 1000,
        cpu_us=cpu / len(ordered) * 1e6,
    )


def check_generator(load: Load) -> None:
    """Say so when the generator was so busy that the server may have waited for it."""
    if load.own_cpu > GENERATOR_LIMIT * load.elapsed:
        share = load.own_cpu / load.elapsed
        print(f"  the load generator was {share:.0%} busy: the server may be faster than this says", file=sys.stderr)


def new_world(stage: Stage) -> None:
    """Begin with an empty order book and no endpoint."""
    renew_world(stage.ours.address)


def new_listened_world(stage: Stage) -> None:
    """Begin with an empty order book and the receiver's endpoint."""
    renew_world(stage.ours.address)
    listen(stage.ours.address, stage.receiver.url)


def new_burdened_world(stage: Stage) -> None:
    """Begin with as many webhooks in the air as may be, to endpoints that never answer, and the receiver's endpoint beside them."""
    renew_world(stage.ours.address)
    burden(stage.ours.address, stage.silent_url, SILENT, SILENT_BACKLOG)
    listen(stage.ours.address, stage.receiver.url)


def new_world_beside_dead(stage: Stage) -> None:
    """Begin with the receiver's endpoint, and one that never answers and hears of the same."""
    renew_world(stage.ours.address)
    listen(stage.ours.address, stage.silent_url)
    listen(stage.ours.address, stage.receiver.url)


def new_held_worlds(stage: Stage) -> None:
    """Begin with 95 requests that wait for somebody who never answers."""
    renew_world(stage.ours.address)
    stage.held.extend(hold(stage.ours.address, stage.silent_url))


MEASURES = (
    *STARTS,
    *PAGES,
    *FLEET,
    Measure("events", "GET events, 10", "req/s", events),
    Measure("events_varied", "… no query asked twice", "req/s", events_varied),
    Measure("inventory", "GET inventory, biggest event", "req/s", inventory),
    Measure("varied", "… no query asked twice", "req/s", varied),
    Measure("order", "POST order", "req/s", order, new_world),
    Measure("webhook", "PATCH to webhook received", "ms", webhook, new_listened_world),
    Measure("webhooks", "… 16 at once", "req/s", webhooks, new_listened_world),
    Measure("dead", "… beside one dead endpoint", "ms", webhook, new_world_beside_dead),
    Measure("beside", "… beside 40 silent endpoints", "ms", webhook, new_burdened_world),
    Measure("held", "GET events while 95 requests wait", "ms", held, new_held_worlds),
    Measure("reset", "reset", "ms", reset),
    Measure("large_reset", "reset, 10,000 records", "ms", large_reset),
    Measure("large_restore", "restore, 10,000 records", "ms", large_restore),
    Measure("large_create", "create, 10,000 records", "ms", large_create),
    Measure("memory", "memory after load", "MB", memory),
    Measure("thousand", "memory with 1,000 worlds", "MB", thousand_worlds, on_demand=True),
)
