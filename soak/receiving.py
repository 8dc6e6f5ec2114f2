"""The healthy receiver: answers 200, verifies every signature by itself with `hmac`, and records what came."""

from __future__ import annotations

import hmac
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from soak.facts import Hook

SECRETS = {
    vendor: f"soak_secret_of_{vendor}_0000000000000001"
    for vendor in ("portal", "ticketnation", "zatabox", "tixstock", "skybox")
}


def mac(vendor: str, *parts: bytes, algorithm: str = "sha256") -> str:
    """Return the hexadecimal HMAC of bytes under a vendor's secret."""
    return hmac.new(SECRETS[vendor].encode(), b".".join(parts), algorithm).hexdigest()


def portal(headers: Message, body: bytes) -> bool:
    """Verify as the portal's document says: the stamp, a dot and the body."""
    stamp = headers.get("X-Webhook-Timestamp", "").encode()
    return hmac.compare_digest(headers.get("X-Webhook-Signature", ""), "sha256=" + mac("portal", stamp, body))


def zatabox(headers: Message, body: bytes) -> bool:
    """Verify as Zatabox's document says: stamp and signature stand in one header."""
    signed = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers.get("X-Zatabox-Signature", ""))
    return signed is not None and hmac.compare_digest(signed[2], mac("zatabox", signed[1].encode(), body))


def ticketnation(headers: Message, body: bytes) -> bool:
    """Verify the body's bare signature."""
    return hmac.compare_digest(headers.get("x-tn-signature", ""), mac("ticketnation", body))


def tixstock(headers: Message, body: bytes) -> bool:
    """Verify the body's bare signature."""
    return hmac.compare_digest(headers.get("X-TIXSTOCK-SIGNATURE", ""), mac("tixstock", body))


def skybox(headers: Message, body: bytes) -> bool:
    """Verify the body's bare signature, which is a SHA-1."""
    return hmac.compare_digest(headers.get("Webhooks-Signature", ""), mac("skybox", body, algorithm="sha1"))


VERIFIERS: Mapping[str, Callable[[Message, bytes], bool]] = {
    "portal": portal, "ticketnation": ticketnation, "zatabox": zatabox, "tixstock": tixstock, "skybox": skybox,
}  # fmt: skip


def order_of(vendor: str, body: bytes) -> str:
    """Return the id of the order that a webhook is about, or ""."""
    content = json.loads(body)
    match vendor:
        case "portal":
            return str(content["orderId"])
        case "zatabox":
            return str(content["data"].get("order", {}).get("id", ""))
        case "ticketnation":
            return str(content["data"].get("orderId", ""))
    return ""


def delivery_of(vendor: str, headers: Message, body: bytes) -> str:
    """Return what identifies a delivery, where the vendor sends such a thing."""
    if vendor == "portal":
        return headers.get("X-Webhook-Delivery", "")
    return str(json.loads(body)["id"]) if vendor == "zatabox" else ""


class Receiver:
    """Where webhooks arrive: `url(world, vendor)` is an endpoint's address, `named` the orders that came, `copied` the
    worlds whose copies send their deliveries too."""

    def __init__(self, hooks: list[Hook], port: int) -> None:
        self.hooks, self.port = hooks, port
        self.named: set[tuple[str, str]] = set()
        self.copied: set[str] = set()

    def url(self, world: str, vendor: str) -> str:
        """Return the address of a vendor's endpoint in a world."""
        return f"http://127.0.0.1:{self.port}/{world}/{vendor}"

    def take(self, path: str, headers: Message, body: bytes) -> None:
        """Verify and record a webhook."""
        arrived_at = time.monotonic()
        _, world, vendor = path.split("/")
        is_signed, order = VERIFIERS[vendor](headers, body), order_of(vendor, body)
        delivery = "" if world in self.copied else delivery_of(vendor, headers, body)
        self.hooks.append(Hook(world, vendor, order, delivery, is_signed, arrived_at))
        self.named.add((world, order))


class Listener(ThreadingHTTPServer):
    """Accepts many connections at once, and prints nothing about a sender that was killed."""

    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Leave a broken connection be."""


@contextmanager
def receiving(hooks: list[Hook]) -> Iterator[Receiver]:
    """Run a receiver that records into a list."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 65536

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.take(self.path, self.headers, body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    listener = Listener(("127.0.0.1", 0), Handler)
    receiver = Receiver(hooks, listener.server_port)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
