"""API keys: stored hashed, found by their hash, shown once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from typing import Any

import orjson

from mockmarket.store.database import Read, Tx


@dataclass(frozen=True, slots=True)
class Key:
    """One credential as it is stored: never its text, only a hash and a hint of prefix and last four characters.

    `kind` tells a vendor's credentials apart where it has several (a token of an application, one of a user); `owner` is
    the vendor's own account, organisation or reseller data; times are epoch ms.
    """

    id: str
    vendor: str
    name: str
    hash: str
    hint: str
    created_at: int
    kind: str = "key"
    description: str = ""
    scopes: tuple[str, ...] = ()
    ip_allowlist: tuple[str, ...] = ()
    callback_url: str | None = None
    expires_at: int | None = None
    last_used_at: int | None = None
    owner: dict[str, Any] = field(default_factory=dict, hash=False)


NAMES = tuple(column.name for column in fields(Key))
JSON_COLUMNS = frozenset({"scopes", "ip_allowlist", "owner"})
SELECT = f"SELECT {', '.join(NAMES)} FROM key"
INSERT = f"INSERT OR REPLACE INTO key ({', '.join(NAMES)}) VALUES ({', '.join('?' * len(NAMES))})"


def digest(secret: str) -> str:
    """Return what is stored of a key. SHA-256 is enough for a random secret, and quick enough for each request."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def hint(secret: str) -> str:
    """Return what may be shown of a key later: what tells keys apart, never enough to use one."""
    return f"{secret[:4]}…{secret[-4:]}" if len(secret) > 16 else "…"


def put(tx: Tx, key: Key) -> None:
    """Store a key, new or changed."""
    forget(tx)
    values = [getattr(key, name) for name in NAMES]
    tx.conn.execute(
        INSERT,
        [
            orjson.dumps(value).decode() if name in JSON_COLUMNS else value
            for name, value in zip(NAMES, values, strict=True)
        ],
    )


def by_secret(read: Read, vendor: str, secret: str) -> Key | None:
    """Return the vendor's key with this text, or None; one that was found is remembered until any key changes."""
    store, wanted = read.store, (vendor, digest(secret))
    version, key = store.keys_known.get(wanted, (-1, None))
    if version != store.keys_version:
        version = store.keys_version  # before the look-up: a change during it makes what is found stale
        row = read.conn.execute(f"{SELECT} WHERE vendor = ? AND hash = ?", wanted).fetchone()
        key = from_row(row) if row else None
        if key:
            store.keys_known[wanted] = (version, key)
    found: Key | None = key
    return found


def forget(tx: Tx) -> None:
    """Have every remembered key looked up again: from now on in this transaction, and once more when it is committed."""
    tx.store.forget_keys()
    tx.after_commit.append(tx.store.forget_keys)


def get(read: Read, id: str) -> Key | None:
    """Return the key with this id, or None."""
    row = read.conn.execute(f"{SELECT} WHERE id = ?", (id,)).fetchone()
    return from_row(row) if row else None


def all(read: Read, vendor: str | None = None) -> list[Key]:
    """Return every key, or every one of a vendor, oldest first."""
    rows = read.conn.execute(f"{SELECT} WHERE ? IS NULL OR vendor = ? ORDER BY created_at, rowid", (vendor, vendor))
    return [from_row(row) for row in rows]


def delete(tx: Tx, id: str) -> bool:
    """Remove a key; tells whether there was one."""
    forget(tx)
    return tx.conn.execute("DELETE FROM key WHERE id = ?", (id,)).rowcount == 1


def used(tx: Tx, at: dict[str, int]) -> None:
    """Note when keys were last used, by id, in epoch ms."""
    tx.conn.executemany("UPDATE key SET last_used_at = ? WHERE id = ?", [(moment, id) for id, moment in at.items()])


def from_row(row: tuple[Any, ...]) -> Key:
    """Make a Key of a row in the order of NAMES."""
    given = {
        name: orjson.loads(value) if name in JSON_COLUMNS else value for name, value in zip(NAMES, row, strict=True)
    }
    return Key(**given | {"scopes": tuple(given["scopes"]), "ip_allowlist": tuple(given["ip_allowlist"])})
