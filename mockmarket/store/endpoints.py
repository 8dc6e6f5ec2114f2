"""Endpoints: the URLs that receive notices, with their secrets and health, and whether a notice can be sent to them at all."""

from dataclasses import field, replace
from typing import Any

import orjson

from mockmarket.clock import later
from mockmarket.errors import Conflict
from mockmarket.frozen import dataclass
from mockmarket.rules.uuids import spellings
from mockmarket.store.database import Read, Tx
from mockmarket.store.row_cache import WHOLE
from mockmarket.store.rows import Table, by_id, json_tuple
from mockmarket.webhooks.own_headers import with_basic
from mockmarket.webhooks.retry import Health


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One URL that receives a vendor's notices. `types` are the subscribed types (None: all); `owner` is the vendor's account, key or
    reseller; `headers` are additional headers, one text as configured, and `basic_auth` is `user:password`; `client_cert`
    is a certificate with its private key (PEM), shown to the receiver; `data` is the vendor's own.
    `old_secrets` are the previous secrets, oldest first, each with the moment until which it may sign. Times are epoch ms."""

    id: str
    vendor: str
    url: str
    secret: str
    created_at: int
    updated_at: int
    owner: str = ""
    types: tuple[str, ...] | None = None
    headers: str = ""
    basic_auth: str = ""
    client_cert: str = ""
    active: bool = True
    disabled_reason: str | None = None
    failures: int = 0
    mutes: int = 0
    muted_until: int | None = None
    old_secrets: tuple[tuple[str, int], ...] = ()
    data: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def health(self) -> Health:
        """The endpoint's failures and mutes, as the retry rules take them."""
        return Health(self.failures, self.mutes, self.muted_until, not self.active)

    @property
    def own_headers(self) -> str:
        """The additional headers as one text, with that of basic authentication."""
        return with_basic(self.headers, self.basic_auth)

    def secrets_at(self, moment: int) -> tuple[str, ...]:
        """Return the secrets that may sign at a moment: the current secret, then previous secrets within their grace, newest first."""
        return (self.secret, *(secret for secret, until in reversed(self.old_secrets) if moment < until))

    def rotated(self, secret: str, moment: int, grace_ms: int) -> "Endpoint":
        """Return the endpoint with a new secret; the current secret may sign for `grace_ms` more, earlier secrets until their own ends."""
        running = tuple(secret for secret in self.old_secrets if moment < secret[1])
        old_secrets = (*running, (self.secret, later(moment, grace_ms)))
        return replace(self, secret=secret, old_secrets=old_secrets, updated_at=moment)

    def state(self, moment: int) -> str:
        """Return the endpoint's state: active, muted or disabled."""
        if not self.active:
            return "disabled"
        return "muted" if self.muted_until and moment < self.muted_until else "active"

    def wants(self, type: str) -> bool:
        """Return whether the endpoint subscribes to a type of notice."""
        return self.types is None or type in self.types


ENDPOINT = Table(
    *("endpoint", Endpoint), types=json_tuple, data=orjson.loads, active=bool,
    old_secrets=lambda text: tuple(map(tuple, orjson.loads(text))),
)  # fmt: skip


def put(tx: Tx, endpoint: Endpoint) -> None:
    """Store an endpoint, new or changed; vendors may have to notify it of the next change of seats."""
    tx.store.deferred.margins.clear()
    tx.rewrite("endpoint")
    ENDPOINT.put(tx, endpoint)


def get(read: Read, id: str) -> Endpoint | None:
    """Return the endpoint with this id, or None; a UUID matches in any case. It is cached until it changes."""
    return read.store.cached(read, "endpoint", spellings(id)[-1], lambda: _get(read, id))


def _get(read: Read, id: str) -> Endpoint | None:
    row = by_id(read, f"SELECT {ENDPOINT.columns} FROM endpoint WHERE id = ?", id)
    return None if row is None else ENDPOINT.load(row)


def all(read: Read, vendor: str | None = None, owner: str | None = None) -> list[Endpoint]:
    """Return endpoints, oldest first: all, those of a vendor, or those of one of its owners. They are cached until an endpoint changes."""
    known = read.store.cached(read, "endpoint", WHOLE, lambda: [*ENDPOINT.all(read, "ORDER BY rowid")])
    return [row for row in known if vendor in (None, row.vendor) and owner in (None, row.owner)]


def delete(tx: Tx, id: str) -> bool:
    """Remove an endpoint; returns whether it existed. Deliveries that wait for it are dropped when they are due."""
    tx.rewrite("endpoint")
    return by_id(tx, "DELETE FROM endpoint WHERE id = ? RETURNING id", id) is not None


def update_health(tx: Tx, id: str, health: Health, reason: str) -> None:
    """Store an endpoint's health after an attempt, with the reason if the attempt disabled it."""
    reasons = "CASE WHEN ?4 THEN NULL WHEN active THEN ?5 ELSE disabled_reason END WHERE id = ?6"
    tx.rewrite("endpoint", spellings(id)[-1])
    sql = f"UPDATE endpoint SET failures = ?, mutes = ?, muted_until = ?, active = ?, disabled_reason = {reasons}"
    tx.conn.execute(sql, (health.failures, health.mutes, health.muted_until, not health.disabled, reason, id))


def unreachable(read: Read, vendor: str, endpoint: Endpoint | None) -> str | None:
    """Return why no notice can be sent to a vendor's endpoint, whatever its state, or None."""
    if endpoint is None:
        return "was removed"
    if read.store.settings[vendor].get("require_https") and not endpoint.url.startswith("https:"):
        return "had an http URL in spite of require_https"
    return None


def check_reachable(read: Read, vendor: str, endpoint: Endpoint | None) -> None:
    """Raise Conflict, with the reason, when no notice can be sent to a vendor's endpoint."""
    if reason := unreachable(read, vendor, endpoint):
        raise Conflict(f"Nothing was sent: the endpoint {reason}.")
