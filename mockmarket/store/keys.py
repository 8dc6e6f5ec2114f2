"""API keys: stored as hashes and looked up by hash. The callback URL of a key is an endpoint, which is deleted with the key."""

import hashlib
from collections.abc import Callable
from dataclasses import field, replace
from typing import Any

import orjson

from mockmarket.clock import changes_at
from mockmarket.frozen import dataclass
from mockmarket.store import endpoints
from mockmarket.store.database import Read, Store, Tx
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.rows import Table, json_tuple
from mockmarket_client.scheme import Headers


@dataclass(frozen=True, slots=True)
class Key:
    """One credential as stored: never its text, only a hash and a hint of its prefix and last four characters. `kind`
    distinguishes a vendor's kinds of credentials (an application's token, a user's token); `owner` is the vendor's own
    account, organisation or reseller data; times are epoch ms."""

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


Hashes = frozenset[tuple[str, str]]
KEY = Table("key", Key, scopes=json_tuple, ip_allowlist=json_tuple, owner=orjson.loads)


def has_expired(read: Read, key: Key) -> bool:
    """Return whether a key has expired by the world's clock."""
    if key.expires_at is None:
        return False
    changes_at(key.expires_at)
    return key.expires_at <= read.store.clock.peek()


def digest(secret: str) -> str:
    """Return the stored hash of a key. SHA-256 suffices for a random secret and is fast enough for each request."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def hint(secret: str) -> str:
    """Return the characters of a key that may be shown later: enough to tell keys apart, never enough to use a key."""
    return f"{secret[: 12 if len(secret) > 28 else 4]}…{secret[-4:]}" if len(secret) > 16 else "…"


def put(tx: Tx, key: Key) -> None:
    """Store a key, new or changed."""
    tx.rewrite("key")
    KEY.put(tx, key)


def by_secret(read: Read, vendor: str, secret: str) -> Key | None:
    """Return the vendor's key with this text, or None; a key is cached until any key changes."""
    wanted = vendor, digest(secret)
    return read.store.cached(read, "key", wanted, lambda: KEY.first(read, "WHERE vendor = ? AND hash = ?", *wanted))


def hashes(store: Store) -> Hashes:
    """Return (vendor, hash) of every key of a world, kept in memory until a key changes."""
    return store.rows.get("key", "hashes", lambda: frozenset(store.read().conn.execute("SELECT vendor, hash FROM key")))


def hashes_in_memory(store: Store) -> Hashes | None:
    """Return what `hashes` keeps, or None when it would read the file."""
    return store.rows.get("key", "hashes", lambda: None)


def get(read: Read, id: str) -> Key | None:
    """Return the key with this id, or None."""
    return KEY.first(read, "WHERE id = ?", id)


def all(read: Read, vendor: str | None = None) -> list[Key]:
    """Return every key, or every key of a vendor, oldest first."""
    return list(KEY.all(read, "WHERE ?1 IS NULL OR vendor = ?1 ORDER BY created_at, rowid", vendor))


def delete(tx: Tx, id: str) -> bool:
    """Remove a key and the endpoint of its callback URL; returns whether the key existed."""
    tx.rewrite("key")
    endpoints.delete(tx, f"end_{id}")
    return tx.conn.execute("DELETE FROM key WHERE id = ?", (id,)).rowcount == 1


def used(tx: Tx, at: dict[str, int]) -> None:
    """Store when keys were last used, by id, in epoch ms."""
    tx.conn.executemany("UPDATE key SET last_used_at = ? WHERE id = ?", [(moment, id) for id, moment in at.items()])


def follow_callback(tx: Tx, key: Key, secret: str | None = None) -> str | None:
    """Create, update or delete the endpoint of a key's callback URL; returns the secret, given or generated, of a new endpoint."""
    id = callback_endpoint(key)
    endpoint = endpoints.get(tx, id)
    if key.callback_url is None:
        endpoints.delete(tx, id)
        return None
    if endpoint is not None:
        endpoints.put(tx, replace(endpoint, url=key.callback_url, secret=secret or endpoint.secret, updated_at=tx.now))
        return None
    secret = secret or tx.ids.secret(48)
    endpoints.put(tx, Endpoint(id, key.vendor, key.callback_url, secret, tx.now, tx.now, owner=key.id))
    return secret


def callback_endpoint(key: Key) -> str:
    """Return the id of the endpoint of a key's callback URL."""
    return f"end_{key.id}"


def in_header(name: str, scheme: str = "") -> Callable[[Key, str], Headers]:
    """Return a function that builds the header of a key: its text, after `scheme` if that is not empty."""
    return lambda key, secret: ((name, f"{scheme} {secret}".lstrip()),)
