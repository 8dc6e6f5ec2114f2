"""What a client sees when its request goes wrong: statuses in the vendor's shape, late, dripping, broken and lost answers."""

from __future__ import annotations

import json
import selectors
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from mockmarket.app import create_app
from mockmarket.clock import monotonic
from mockmarket.config import Config
from mockmarket.control.faults import fault_dict
from mockmarket.faults.catalogue import CATALOGUE
from mockmarket.server.serving import Server
from tests.conftest import Client, Served
from tests.running import FLOOR, serving, talking_to, until

EVENTS = "/api/v1/events"


def switch(client: Client, fault: str, parameters: dict[str, Any] | None = None, **options: Any) -> None:
    """Turn one fault on, and every other off."""
    client.control("PUT", "faults", {"faults": [{"fault": fault, "with": parameters or {}, **options}]})


def entry(client: Client) -> dict[str, Any]:
    """Return the newest request of the journal."""
    entry: dict[str, Any] = client.control("GET", "requests")["requests"][-1]
    return entry


def orders(client: Client) -> int:
    """Return how many orders the world has."""
    return int(client.control("GET", "records/portal/order")["total"])


def applied(client: Client) -> list[int]:
    """Return how often each fault that is on was applied."""
    return [fault["applied"] for fault in client.control("GET", "faults")["faults"]]


class Line:
    """A bare connection with one request on it."""

    def __init__(self, client: Client, path: str = EVENTS) -> None:
        url = urlsplit(client.base)
        self.socket = socket.create_connection((url.hostname or "", url.port or 0), timeout=20)
        key = "".join(f"{name}: {value}\r\n" for name, value in client.key.items())
        self.socket.sendall(f"GET {url.path}{path} HTTP/1.1\r\nHost: localhost\r\n{key}\r\n".encode())

    def pieces(self) -> list[bytes]:
        """Return what comes, in the pieces in which it does, until the connection ends or all of the body is there."""
        chunks: list[bytes] = []
        with self.socket:
            while not is_complete(b"".join(chunks)) and (piece := self.socket.recv(65_536)):
                chunks.append(piece)
        return chunks


def is_complete(answer: bytes) -> bool:
    """Return whether an answer is as long as it says."""
    head, end, body = answer.partition(b"\r\n\r\n")
    lengths = [line[16:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: ")]
    return bool(end) and len(body) >= int(lengths[0])


STATUSES = (400, 401, 403, 404, 409, 418, 422, 429, 500, 502, 503)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/v1/events", {"success", "error"}),
        ("/ticketnation/open-api/v1/events", {"error", "requestId"}),
        ("/zatabox/api/v1/events", {"success", "error", "meta"}),
        ("/tixstock/v1/feed", {"data", "meta", "errors"}),
    ],
)
def test_status_has_the_vendors_shape(client: Client, path: str, shape: set[str]) -> None:
    for status in STATUSES:
        switch(client, "status", {"status": status})
        answer = client.get(path)
        assert (answer.status_code, set(answer.json())) == (status, shape)


def test_status_says_its_message(client: Client) -> None:
    switch(client, "status", {"status": 429, "message": "Slow down.", "retry_after_s": 7})

    answer = client.get(EVENTS)

    assert (answer.json()["error"], answer.headers["Retry-After"]) == ("Slow down.", "7")


def test_status_carries_nothing_out(client: Client) -> None:
    before = orders(client)
    switch(client, "status", operation="POST /orders")

    client.post("/api/v1/orders", FLOOR)

    assert orders(client) == before


def test_two_statuses_come_in_order(client: Client) -> None:
    faults = [{"fault": "status", "times": 1, "with": {"status": status}} for status in (503, 500)]
    client.control("PUT", "faults", {"faults": faults})

    statuses = [client.get(EVENTS).status_code for _ in range(3)]

    assert statuses == [503, 500, 200]


@pytest.mark.thorough
def test_slow_answer_comes_late_and_whole(client: Client) -> None:
    switch(client, "slow", {"seconds": 0.3})

    began = monotonic()
    answer = client.get(EVENTS)

    assert monotonic() - began >= 0.3
    assert answer.status_code == 200


@pytest.mark.thorough
def test_client_gives_a_slow_answer_up(client: Client) -> None:
    before = orders(client)
    switch(client, "slow", {"seconds": 30})

    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{client.base}/api/v1/orders", json=FLOOR, headers=client.key, timeout=(30, 0.2))

    until(client.world, lambda: orders(client) == before + 1)


@pytest.mark.thorough
def test_slow_answers_hold_no_thread() -> None:
    with serving(Config(fixture="small", workers=2)) as served:
        client = talking_to(served)
        client.get("/api/v1/inventory", eventId="1001")  # imports what it needs
        switch(client, "slow", {"seconds": 3}, operation="GET /events")
        lines = [Line(client) for _ in range(20)]

        answer = client.get("/api/v1/inventory", eventId="1001")
        with selectors.DefaultSelector() as waiting:
            for line in lines:
                waiting.register(line.socket, selectors.EVENT_READ)
            answered = waiting.select(0)

        assert (answer.status_code, answered) == (200, [])
        assert all(is_complete(b"".join(line.pieces())) for line in lines)


@pytest.mark.thorough
def test_slow_answer_leaves_its_connection_usable(client: Client) -> None:
    switch(client, "slow", {"seconds": 0.1}, times=1)
    client.get(EVENTS)

    began = monotonic()
    answers = [client.get(EVENTS) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert monotonic() - began < 0.1 * 3 + 1


@pytest.mark.thorough
def test_dripping_answer_comes_byte_by_byte(client: Client) -> None:
    switch(client, "drip", {"gap_ms": 5})
    line = Line(client)

    pieces = line.pieces()

    head, body = pieces[0].split(b"\r\n\r\n")[0], b"".join(pieces).partition(b"\r\n\r\n")[2]
    assert head.startswith(b"HTTP/1.1 200")
    assert len(pieces) > len(body) / 2
    assert json.loads(body)["data"]


@pytest.mark.thorough
def test_dripping_takes_its_time(client: Client) -> None:
    switch(client, "drip", {"bytes": 100, "gap_ms": 50})

    began = monotonic()
    answer = client.get(EVENTS)

    assert monotonic() - began >= len(answer.content) // 100 * 0.05


@pytest.mark.thorough
def test_dripping_ends_in_time(client: Client) -> None:
    switch(client, "drip", {"gap_ms": 100, "longest_s": 0.2})

    began = monotonic()
    answer = client.get(EVENTS)

    assert answer.json()["data"]
    assert monotonic() - began < len(answer.content) * 0.1


def test_dropped_connection_is_reset(client: Client) -> None:
    switch(client, "drop")
    line = Line(client)

    with pytest.raises(ConnectionResetError):
        line.pieces()


def test_closed_connection_sends_nothing(client: Client) -> None:
    switch(client, "drop", {"how": "close"})
    line = Line(client)

    assert line.pieces() == []


@pytest.mark.parametrize(("when", "extra"), [("before", 0), ("after", 1)])
def test_drop_is_before_or_after(client: Client, when: str, extra: int) -> None:
    before = orders(client)
    switch(client, "drop", {"when": when})

    with pytest.raises(requests.ConnectionError):
        client.post("/api/v1/orders", FLOOR)

    assert orders(client) == before + extra
    assert (entry(client)["status"], entry(client)["answer"], entry(client)["fault"]) == (0, "", "drop")


@pytest.mark.parametrize("how", ["cut", "html", "empty"])
def test_malformed_body_is_no_json(client: Client, how: str) -> None:
    switch(client, "malformed", {"how": how})

    answer = client.get(EVENTS)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_truncated_body_is_shorter_than_told(client: Client) -> None:
    switch(client, "truncated", {"percent": 25})

    answer = b"".join(Line(client).pieces())

    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    assert (len(body), entry(client)["answer"].encode()) == (length // 4, body)


def test_journal_names_the_fault(client: Client) -> None:
    faults = [{"fault": "status"}, {"fault": "slow", "with": {"seconds": 0}}]
    client.control("PUT", "faults", {"faults": faults})

    client.get(EVENTS)

    assert entry(client)["fault"] == "status, slow"
    assert len(client.control("GET", "requests?fault=status,%20slow")["requests"]) == 1


@pytest.mark.parametrize(
    "choice",
    [
        {"vendor": "portal"},
        {"operation": "GET /events"},
        {"vendor": "portal", "operation": "GET /api/v1/events"},
        {"vendor": "portal", "operation": "get /portal/api/v1/events"},
        {"key": "Full access"},
    ],
)
def test_chosen_requests_go_wrong(client: Client, choice: dict[str, Any]) -> None:
    switch(client, "status", **choice)

    assert client.get(EVENTS).status_code == 503


@pytest.mark.parametrize(
    "choice",
    [{"vendor": "zatabox"}, {"operation": "POST /orders"}, {"vendor": "portal", "operation": "GET /inventory"}],
)
def test_other_requests_go_well(client: Client, choice: dict[str, Any]) -> None:
    switch(client, "status", **choice)

    assert client.get(EVENTS).status_code == 200


def test_path_template_stands_for_any(client: Client) -> None:
    switch(client, "status", vendor="zatabox", operation="GET /events/{whatever}")

    statuses = [client.get(f"/zatabox/api/v1/events{path}").status_code for path in ("/evt_1001", "/evt_9", "")]

    assert statuses == [503, 503, 401]  # the third path is another operation, which wants a key


@pytest.mark.parametrize("fault", ["status", "malformed"])
def test_another_callers_requests_go_well(client: Client, fault: str) -> None:
    key = client.control("POST", "keys", {"vendor": "portal", "name": "Other", "scopes": ["events:read"]})
    switch(client, fault, key=key["id"])

    stranger = client.call("GET", EVENTS, headers={"X-API-Key": key["secret"]})
    mine = client.get(EVENTS)

    assert (stranger.ok and stranger.text.endswith("}"), mine.ok and mine.text.endswith("}")) == (False, True)


@pytest.mark.parametrize("vendor", ["portal", "ticketnation", "tixstock", "zatabox"])
def test_every_vendors_caller_is_known(client: Client, vendor: str) -> None:
    vendors = client.control("GET", "vendors")["vendors"]
    known = next(row for row in vendors if row["name"] == vendor)
    path = {"portal": "/events", "ticketnation": "/events", "tixstock": "/feed", "zatabox": "/events"}[vendor]
    switch(client, "status", vendor=vendor, key=known["credentials"][0]["name"])

    answer = client.call(
        "GET", known["base_url"].partition(client.base)[2] + path, headers=known["credentials"][0]["headers"]
    )

    assert answer.status_code == 503


@pytest.mark.thorough
def test_times_are_exact_under_load(client: Client) -> None:
    switch(client, "status", times=37)

    def ask(_: int) -> int:
        return requests.get(client.base + EVENTS, headers=client.key, timeout=30).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(ask, range(100)))

    assert (statuses.count(503), statuses.count(200)) == (37, 63)
    assert applied(client) == [37]


def test_what_does_not_fit_is_not_counted(client: Client) -> None:
    switch(client, "malformed", times=1)
    client.call("HEAD", EVENTS)

    assert (applied(client), client.get(EVENTS).text.endswith("}"), applied(client)) == ([0], False, [1])


def test_control_routes_never_go_wrong(client: Client) -> None:
    switch(client, "drop")

    assert client.call("GET", "/_mockmarket/health").ok


@pytest.fixture
def stopping() -> Iterator[tuple[Server, Line]]:
    """Serve a mock that is slow to answer the one request that was made of it; the test stops it."""
    app = create_app(Config(fixture="small"))
    server = Server(app.front, "127.0.0.1", 0, 2)
    server.start()
    client = talking_to(Served(app, server))
    switch(client, "slow", {"seconds": 300})
    line = Line(client)
    until(client.world, lambda: client.world.journal.find({"fault": "slow"}))
    yield server, line
    line.socket.close()
    app.close(0)


@pytest.mark.thorough
def test_stop_does_not_wait_for_ever(stopping: tuple[Server, Line]) -> None:
    server, _ = stopping

    began = monotonic()
    server.stop(0.2)

    assert monotonic() - began < 5


@pytest.mark.thorough
def test_stop_does_not_wait_for_who_left(stopping: tuple[Server, Line]) -> None:
    server, line = stopping
    line.socket.close()

    began = monotonic()
    server.stop(20)

    assert monotonic() - began < 10


def test_every_request_fault_is_tested_here() -> None:
    named = {"status", "slow", "drip", "drop", "malformed", "truncated"}

    assert {fault["name"] for fault in map(fault_dict, CATALOGUE.values()) if fault["of"] == "requests"} == named
