"""Settings: what a world's vendors and its core do where they leave a choice; only what differs from the default is kept."""

from __future__ import annotations

from typing import Any

import orjson

from mockmarket.store.database import Read, Tx


def load(read: Read) -> dict[tuple[str, str], Any]:
    """Return every setting that was changed, by (vendor, name); the core's own are under `core`."""
    return {(vendor, name): orjson.loads(value) for vendor, name, value in read.conn.execute("SELECT * FROM setting")}


def put(tx: Tx, vendor: str, name: str, value: Any) -> None:
    """Keep a setting's value; None goes back to the default."""
    if value is None:
        tx.conn.execute("DELETE FROM setting WHERE vendor = ? AND name = ?", (vendor, name))
        return
    tx.conn.execute("INSERT OR REPLACE INTO setting VALUES (?, ?, ?)", (vendor, name, orjson.dumps(value).decode()))
