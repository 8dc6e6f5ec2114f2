"""Recording: makes the requests of the bench, has mockmarket answer each once, and keeps the bytes for bare Flask to answer with."""

from __future__ import annotations

import base64
import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import Address, body_of, connect, once, receive, request

WORLD = Path(__file__).with_name("world.yaml")
LARGE = Path(__file__).with_name("large.yaml")
LARGE_RESET = "/w/large/_mockmarket/reset"
LARGE_RESTORE = "/w/large/_mockmarket/snapshots/bench/restore"
MADE = "/_mockmarket/worlds/made"
KEY = "portal_bench_0000000000000001"
ORDERS = "/w/bench/api/v1/orders"
ENDPOINTS = "/w/bench/_mockmarket/endpoints"
MOVES = ("accepted", "fulfilled", "cancelled")
CUSTOMER = {"email": "buyer@example.com", "phone": {"number": "5550100", "countryCode": "+1"}}


@dataclass(frozen=True, slots=True)
class Recorded:
    """The requests to load with, and what bare Flask needs to answer them with the same bytes."""

    key: str
    event: str
    order: bytes
    answers: list[dict[str, Any]]

    def write(self, file: Path) -> None:
        """Write the answers for `bench.baseline`."""
        file.write_text(json.dumps(self.answers))


def record(address: Address, hooks: str) -> Recorded:
    """Ask mockmarket everything once; `hooks` is the URL to which bare Flask is to post the webhook."""
    key = first_key(address)
    event = biggest_event(address, key)
    renew_world(address)
    order = new_order(address)
    answers = [
        recorded(address, "GET", "/api/v1/events?limit=10", key=key),
        recorded(address, "GET", f"/api/v1/inventory?eventId={event}", key=key),
        recorded(address, "POST", "/_mockmarket/reset"),
        *recorded_large(address),
        recorded(address, "POST", ORDERS, order, KEY),
        recorded_move(address, hooks),
    ]
    return Recorded(key, event, request("POST", ORDERS, order, KEY), answers)


def recorded(address: Address, method: str, path: str, body: bytes = b"", key: str = "") -> dict[str, Any]:
    """Make a request and keep its answer."""
    answer = once(address, request(method, path, body, key))
    content = base64.b64encode(body_of(answer)).decode()
    status = int(answer[9:12])
    return {"method": method, "path": path.partition("?")[0], "status": status, "body": content, "webhook": None}


def recorded_large(address: Address) -> list[dict[str, Any]]:
    """Make the large world and a snapshot of it; do once what is done to a world as a whole."""
    large = json.dumps({"fixture": str(LARGE)}).encode()
    once(address, request("PUT", "/_mockmarket/worlds/large", large))
    once(address, request("POST", LARGE_RESTORE.removesuffix("/restore")))
    return [
        recorded(address, "POST", LARGE_RESET),
        recorded(address, "POST", LARGE_RESTORE),
        recorded(address, "PUT", MADE, large),
        recorded(address, "DELETE", MADE),
    ]


def recorded_move(address: Address, hooks: str) -> dict[str, Any]:
    """Move an order along, and keep the answer and the webhook that followed; the endpoint stays until the world is renewed."""
    order = ask(address, "POST", ORDERS, new_order(address))["order"]["orderId"]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listen(address, f"http://127.0.0.1:{listening.getsockname()[1]}/hooks")
        answer = recorded(address, "PATCH", ORDERS, move(order, "accepted"), KEY)
        webhook = taken(listening)
    return answer | {"webhook": webhook | {"url": hooks}}


def taken(listening: socket.socket) -> dict[str, Any]:
    """Take one webhook in, answer it, and return its headers and body."""
    sock, _ = listening.accept()
    with sock:
        message = receive(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    head, _, body = message.partition(b"\r\n\r\n")
    lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
    headers = {name: value for name, _, value in lines if name.lower() not in ("host", "content-length")}
    return {"headers": headers, "body": base64.b64encode(body).decode()}


def ask(address: Address, method: str, path: str, body: bytes = b"", key: str = KEY) -> Any:
    """Make a request on a connection of its own; returns its answer's JSON."""
    return json.loads(body_of(once(address, request(method, path, body, key))))


def first_key(address: Address) -> str:
    """Return the default fixture's first key of the portal, which has every scope."""
    vendors = ask(address, "GET", "/_mockmarket/vendors")["vendors"]
    portal = next(vendor for vendor in vendors if vendor["name"] == "portal")
    secret: str = portal["credentials"][0]["secret"]
    return secret


def biggest_event(address: Address, key: str) -> str:
    """Return the default fixture's event with the most listings."""
    shows = ask(address, "GET", "/api/v1/events?limit=100", key=key)["data"]
    ids: list[str] = [show["eventId"] for show in shows]
    return max(ids, key=lambda id: ask(address, "GET", f"/api/v1/inventory?eventId={id}", key=key)["meta"]["total"])


def renew_world(address: Address) -> None:
    """Make the bench's world, or put it back to its beginning."""
    once(address, request("PUT", "/_mockmarket/worlds/bench", json.dumps({"fixture": str(WORLD)}).encode()))


def new_order(address: Address) -> bytes:
    """Return the body of an order of the listing that does not run out."""
    listings = ask(address, "GET", "/w/bench/api/v1/inventory?eventId=1")["data"]
    listing = max(listings, key=lambda row: row["quantity"])["listingId"]
    return json.dumps({"eventId": "1", "listingId": listing, "quantity": 1, "customer": CUSTOMER}).encode()


def move(order: str, status: str) -> bytes:
    """Return the body that moves an order to a status."""
    return json.dumps({"orderId": order, "status": status}).encode()


def listen(address: Address, url: str, types: tuple[str, ...] = MOVES) -> str:
    """Make an endpoint that hears of moved orders, or of others; returns its id."""
    body = {"vendor": "portal", "url": url, "types": [f"order.{status}" for status in types]}
    id: str = ask(address, "POST", ENDPOINTS, json.dumps(body).encode())["id"]
    return id


def burden(address: Address, url: str, endpoints: int, orders: int) -> None:
    """Make endpoints that hear of some orders, and then of nothing that a measure does: at `url` nobody answers them."""
    ids = [listen(address, url, ("confirmed",)) for _ in range(endpoints)]
    body = new_order(address)
    for _ in range(orders):
        ask(address, "POST", ORDERS, body)
    deaf = json.dumps({"types": ["order.refunded"]}).encode()
    for id in ids:
        ask(address, "PATCH", f"{ENDPOINTS}/{id}", deaf)


def hold(address: Address, url: str) -> list[socket.socket]:
    """Begin requests that wait for somebody who never answers: 20 advances, each in a world of its own, 20 orders that are sent within
    their request, 5 exams and 50 waits. Returns their connections."""
    fixture, order = json.dumps({"fixture": str(WORLD)}).encode(), new_order(address)
    advances = [f"/w/held{number}" for number in range(20)]
    for world in advances:
        once(address, request("PUT", f"/_mockmarket/worlds/{world[3:]}", fixture))
        ask(address, "PUT", f"{world}/_mockmarket/clock", b'{"frozen":true}')
        endpoint = json.dumps({"vendor": "portal", "url": url}).encode()
        ask(address, "POST", f"{world}/_mockmarket/endpoints", endpoint)
        ask(address, "POST", f"{world}/api/v1/orders", order)
    ask(address, "PATCH", "/w/bench/_mockmarket/settings", b'{"portal":{"deliver_inline":true}}')
    for _ in range(3):
        listen(address, url, ("confirmed",))
    exam = json.dumps({"vendor": "portal", "url": url, "secret": "s" * 24}).encode()
    wait = json.dumps({"for": "deliveries", "where": {"type": "none"}, "timeout_s": 300}).encode()
    requests = [request("POST", f"{world}/_mockmarket/clock/advance", b'{"seconds":1}') for world in advances]
    requests += [request("POST", ORDERS, order, KEY)] * 20
    requests += [request("POST", "/w/bench/_mockmarket/exam", exam)] * 5
    requests += [request("POST", "/w/bench/_mockmarket/wait", wait)] * 50
    connections = [connect(address) for _ in requests]
    for connection, message in zip(connections, requests, strict=True):
        connection.sendall(message)
    return connections
