"""Rows of other mock servers, beside bare Flask in the same run: where their commands are on PATH. Nothing is installed."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

from bench.load import Address, WrongAnswer, drive, once, request
from bench.measures import events, loaded, order, sampled
from bench.processes import BARE, HEALTH, PATIENCE_S, Served, cold_start
from bench.recording import Recorded
from bench.stage import Measure, Sample, Stage

POLL_S = 0.005
TEN = 10
STRIPE_KEY = "Authorization: Bearer sk_test_12345\r\n"
S3_KEY = "Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request\r\n"


@dataclass(frozen=True, slots=True)
class Peer:
    """Another mock server: its command, the arguments and files it starts with, what fills it, what is asked again and again."""

    command: str
    arguments: Callable[[Path, int, Recorded], list[str]]
    get: bytes
    post: bytes | None = None
    fill: tuple[bytes, ...] = ()
    status: int = 201
    keeps_alive: bool = True


def json_server(folder: Path, port: int, recorded: Recorded) -> list[str]:
    """Write the recorded events as its database."""
    events = json.loads(body_of(recorded, "GET", "/api/v1/events"))["data"]
    rows = [{"id": str(number), **event} for number, event in enumerate(events)]
    (file := folder / "db.json").write_text(json.dumps({"events": rows, "orders": []}))
    return ["--host", "127.0.0.1", "--port", str(port), str(file)]


def mountebank(folder: Path, port: int, recorded: Recorded) -> list[str]:
    """Write the recorded answers as stubs of one imposter on `port`; its own port is free."""
    stubs = [stub(recorded, "GET", "/api/v1/events", 200), stub(recorded, "POST", "/w/bench/api/v1/orders", 201)]
    imposter = {"port": port, "protocol": "http", "stubs": stubs}
    (file := folder / "imposters.json").write_text(json.dumps({"imposters": [imposter]}))
    options = ["--port", str(free_port()), "--localOnly", "--nologfile", "--loglevel", "error"]
    return ["start", *options, "--configfile", str(file), "--pidfile", str(folder / "mb.pid")]


def stub(recorded: Recorded, method: str, path: str, status: int) -> dict[str, Any]:
    """Return a stub that answers one path with the recorded bytes."""
    headers = {"Content-Type": "application/json", "Connection": "keep-alive"}
    answer = {"is": {"statusCode": status, "headers": headers, "body": body_of(recorded, method, path).decode()}}
    return {"predicates": [{"equals": {"method": method, "path": path}}], "responses": [answer]}


def body_of(recorded: Recorded, method: str, path: str) -> bytes:
    """Return the recorded body of an answer."""
    answers = (answer for answer in recorded.answers if (answer["method"], answer["path"]) == (method, path))
    return base64.b64decode(next(answers)["body"])


def form(path: str, body: str) -> bytes:
    """Write a form as localstripe takes it."""
    kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{STRIPE_KEY}{kind}\r\n{body}".encode()


def with_key(message: bytes, key: str) -> bytes:
    """Add a header line to a request."""
    head, _, rest = message.partition(b"\r\n")
    return head + b"\r\n" + key.encode() + rest


EVENTS = request("GET", "/api/v1/events?limit=10")
ORDER = json.dumps({"eventId": "1", "quantity": 1, "status": "confirmed"}).encode()
PEERS = (
    Peer("json-server", json_server, request("GET", "/events"), request("POST", "/orders", ORDER)),
    Peer("mb", mountebank, request("GET", "/api/v1/events"), request("POST", "/w/bench/api/v1/orders", ORDER)),
    Peer(
        "localstripe",
        lambda folder, port, recorded: ["--port", str(port), "--from-scratch"],
        with_key(request("GET", "/v1/customers?limit=10"), STRIPE_KEY),
        form("/v1/customers", "email=buyer@example.com"),
        fill=(form("/v1/customers", "email=buyer@example.com"),) * TEN,
        status=200,
    ),
    Peer(
        "moto_server",
        lambda folder, port, recorded: ["--host", "127.0.0.1", "--port", str(port)],
        with_key(request("GET", "/bench"), S3_KEY),
        keeps_alive=False,
        fill=tuple(with_key(request("PUT", f"/bench{path}"), S3_KEY) for path in ("", *(f"/{n}" for n in range(TEN)))),
    ),
)


@contextmanager
def peer_serving(peer: Peer, recorded: Recorded) -> Iterator[Served]:
    """Run a peer until it listens, and fill it."""
    with tempfile.TemporaryDirectory() as name:
        port = free_port()
        arguments = (peer.command, *peer.arguments(Path(name), port, recorded))
        process = subprocess.Popen(arguments, cwd=name, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            await_listening(process, ("127.0.0.1", port))
            for message in peer.fill:
                once(("127.0.0.1", port), message)
            yield Served(peer.command, arguments, process, ("127.0.0.1", port))
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def await_listening(process: subprocess.Popen[bytes], address: Address) -> None:
    """Return once something listens; WrongAnswer when the process has ended, or after a minute."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(address, timeout=1):
            return
        time.sleep(POLL_S)
    raise WrongAnswer(f"{process.args!r} does not listen on {address[1]}.")


def free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def start_of(peer: Peer) -> Callable[[Stage, Served, float], Sample]:
    """Return what samples a peer's start until its first answer, and bare Flask's."""

    def sample(stage: Stage, server: Served, _seconds: float) -> Sample:
        if server is stage.bare:
            return Sample(cold_start(BARE, HEALTH))
        began = time.perf_counter()
        with peer_serving(peer, stage.recorded) as fresh:
            once(fresh.address, peer.get)
            return Sample(time.perf_counter() - began)

    return sample


def load_of(
    peer: Peer, message: bytes, status: int, bare: Callable[[Stage, Served, float], Sample]
) -> Callable[[Stage, Served, float], Sample]:
    """Return what loads a peer with one request again and again, and bare Flask with the like of it."""

    def sample(stage: Stage, server: Served, seconds: float) -> Sample:
        if server is stage.bare:
            return bare(stage, server, seconds) if peer.keeps_alive else one_by_one(server, EVENTS, seconds)
        with peer_serving(peer, stage.recorded) as fresh:
            if not peer.keeps_alive:
                return one_by_one(fresh, message, seconds)
            drive(fresh.address, repeat(message, 200), PATIENCE_S, status=status)
            return loaded(fresh, repeat(message), seconds, status=status)

    return sample


def one_by_one(server: Served, message: bytes, seconds: float) -> Sample:
    """Send a request again and again, each on a connection of its own."""
    times, until, cpu = [], time.perf_counter() + seconds, server.cpu()
    while time.perf_counter() < until:
        began = time.perf_counter()
        once(server.address, message)
        times.append(time.perf_counter() - began)
    return sampled(times, sum(times) / len(times), server.cpu() - cpu)


def measures_of(peer: Peer) -> Iterator[Measure]:
    """Yield a peer's rows: its start, its GET, and its POST where it has one."""
    title = "mountebank" if peer.command == "mb" else peer.command
    yield Measure(f"{peer.command}_start", f"{title}: start", "ms", start_of(peer))
    yield Measure(f"{peer.command}_get", f"{title}: GET, ten", "req/s", load_of(peer, peer.get, 200, events))
    if peer.post:
        yield Measure(f"{peer.command}_post", f"{title}: POST", "req/s", load_of(peer, peer.post, peer.status, order))


def installed() -> Iterator[Measure]:
    """Yield the rows of every peer whose command is on PATH; the others are named on standard error."""
    for peer in PEERS:
        if shutil.which(peer.command):
            yield from measures_of(peer)
        else:
            print(f"{peer.command} is not on PATH: its rows are left out", file=sys.stderr, flush=True)
