"""Settings of a world's vendors and its core; only values that differ from the default are stored."""

from typing import Any

import orjson

from mockmarket.store.database import Read, Tx


def load(read: Read) -> dict[tuple[str, str], Any]:
    """Return every changed setting by (vendor, name); the core's are under `core`."""
    return {(vendor, name): orjson.loads(value) for vendor, name, value in read.conn.execute("SELECT * FROM setting")}


def put(tx: Tx, vendor: str, name: str, value: Any) -> None:
    """Store a setting's value; None restores the default."""
    if value is None:
        tx.conn.execute("DELETE FROM setting WHERE vendor = ? AND name = ?", (vendor, name))
        return
    tx.conn.execute("INSERT OR REPLACE INTO setting VALUES (?, ?, ?)", (vendor, name, orjson.dumps(value).decode()))
