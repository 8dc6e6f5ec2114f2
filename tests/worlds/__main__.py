"""Write the file of a busy world in the present version's schema: orders, failed attempts, waiting retries, keys, settings."""

from __future__ import annotations

import gzip
from pathlib import Path

from mockmarket.clock import parse_iso
from mockmarket.config import Config
from mockmarket.store import schema
from tests.running import buy, serving, talking_to

DEAD = "http://127.0.0.1:9/hook"


def content() -> bytes:
    """Return the file of a world in which every vendor has an endpoint that fails, and things to tell it."""
    with serving(Config(fixture="small", seed=7, now=parse_iso("2027-03-01T12:00:00Z"))) as served:
        client = talking_to(served)
        client.control("PUT", "clock", {"frozen": True})
        for vendor in client.world.vendors:
            client.control("POST", "endpoints", {"vendor": vendor, "url": DEAD})
        for _ in range(3):
            buy(client)
        types = client.control("GET", "records/zatabox/ticket_type")["records"]
        client.control("POST", "zatabox/actions/buy", {"ticketTypeId": types[0]["id"], "quantity": 1})
        client.control("PATCH", "settings", {"core": {"signature_time": "world"}})
        client.control("POST", "clock/advance", {"seconds": 60})
        return client.get("/_mockmarket/state").content


if __name__ == "__main__":
    path = Path(__file__).with_name(f"schema-{schema.version()}.db.gz")
    path.write_bytes(gzip.compress(content(), 9, mtime=0))
    print(f"{path.name}: {path.stat().st_size} bytes")
