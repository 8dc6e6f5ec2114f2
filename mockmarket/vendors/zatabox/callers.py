"""Who calls Zatabox: the bearer key, its environment, state and scope, or a guest; and requests that may be repeated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flask

from mockmarket.api import auth, idempotency
from mockmarket.api.callers import check_address, note_key
from mockmarket.api.context import RequestContext
from mockmarket.clock import DAY, MINUTE
from mockmarket.errors import Forbidden, Unauthenticated
from mockmarket.store import Read, Tx, keys
from mockmarket.store.keys import Key
from mockmarket.vendors.zatabox.records.common import NAME
from mockmarket.worlds.ratelimit import Rate

WRITES = ("POST", "PUT", "PATCH", "DELETE")
PREFIXES = {"vt_live_": "live", "vt_test_": "test"}
KEPT_MS = DAY
"""Public: a keyed answer is kept for 24 h."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Who has no key but the token of one order."""

    token: str


@dataclass(frozen=True, slots=True)
class KeyOrToken:
    """What lets a caller in: a key with the scope, or an order's own token (`?token=`), which the call then checks."""

    scope: str


def admit(context: RequestContext[Any], scope: str | KeyOrToken | None) -> Key | Guest:
    """Return the caller: a guest who sends a token where one will do, else the holder of a key that has the scope."""
    if isinstance(scope, KeyOrToken):
        token = flask.request.args.get("token")
        return Guest(token) if token else admit_key(context, scope.scope)
    return admit_key(context, scope)


def admit_key(context: RequestContext[Any], scope: str | None) -> Key:
    """Return the caller's key, or raise what keeps it out; counts the call, and notes when the key was last used."""
    read, settings = context.read(), context.settings()
    key = known(read, settings["environment"], flask.request.environ.get("HTTP_AUTHORIZATION", ""))
    note_key(context, key, read)
    check_state(read, key)
    check_address(context, key)
    limit = int(settings["rate_limit"])
    if limit:
        context.world.meter.count(key.id, Rate(limit, MINUTE), read.now)
    auth.check_scope(key.scopes, scope)
    return key


def known(read: Read, environment: str, header: str) -> Key:
    """Return the key that an Authorization header carries. Public: the codes, and that a key must begin with vt_."""
    token = auth.bearer({"HTTP_AUTHORIZATION": header})
    if header and token is None:
        raise Unauthenticated("Authorization must be Bearer and an API key.", code="UNAUTHORIZED")
    if token is not None and token.startswith("eyJ"):
        raise Unauthenticated("This session token is not known here; use an API key.", code="INVALID_TOKEN")
    if token is None or not token.startswith("vt_"):
        raise Unauthenticated(
            "Send an API key (vt_live_… or vt_test_…) as Authorization: Bearer.", code="API_KEY_REQUIRED"
        )
    check_environment(token, environment)
    key = keys.by_secret(read, NAME, token)
    if key is None:
        raise Unauthenticated("This API key is not known here.", code="API_KEY_INVALID")
    return key


def check_environment(token: str, environment: str) -> None:
    """Raise WRONG_ENV for a key of the environment that this world is not (public)."""
    own = next((name for prefix, name in PREFIXES.items() if token.startswith(prefix)), None)
    if own and environment not in (own, "any"):
        raise Forbidden(f"This is a {own} key, and the environment here is {environment}.", code="WRONG_ENV")


def check_state(read: Read, key: Key) -> None:
    """Raise what keeps a paused or an expired key out (public: both are 403)."""
    if not key.owner.get("active", True):
        raise Forbidden("This API key is paused.", code="API_KEY_INACTIVE")
    if key.expires_at is not None and key.expires_at <= read.now:
        raise Forbidden("This API key has expired.", code="API_KEY_EXPIRED")


def once_per_key(context: RequestContext[Key | Guest | None], run: Callable[[], flask.Response]) -> flask.Response:
    """Answer a write that a known caller sends again under its Idempotency-Key with the answer that it had (public)."""
    key, caller = flask.request.headers.get("Idempotency-Key"), context.caller
    if caller is None or key is None or flask.request.method not in WRITES:
        return run()
    owner = caller.id if isinstance(caller, Key) else f"guest {caller.token}"
    request = idempotency.repeatable(f"{NAME} {keys.digest(owner)}", key, KEPT_MS)
    return idempotency.once(context.world, request, run)


def mint_key(tx: Tx) -> str:
    """Mint a key of the world's environment (public: the prefixes)."""
    environment = tx.store.settings[NAME]["environment"]
    return f"vt_{'live' if environment == 'live' else 'test'}_{tx.ids.secret(40)}"
