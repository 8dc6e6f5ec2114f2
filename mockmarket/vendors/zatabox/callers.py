"""Who calls Zatabox: the bearer key, its environment, state and scope, and requests that may be repeated."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import flask

from mockmarket.api import auth, idempotency, web
from mockmarket.clock import DAY, MINUTE
from mockmarket.errors import Forbidden, Unauthenticated
from mockmarket.store import Read, Tx, keys
from mockmarket.store.keys import Key
from mockmarket.vendors.zatabox.wire import NAME
from mockmarket.worlds.ratelimit import Rate
from mockmarket.worlds.world import World

P = ParamSpec("P")
View = Callable[P, flask.Response]

WRITES = ("POST", "PUT", "PATCH", "DELETE")
PREFIXES = {"vt_live_": "live", "vt_test_": "test"}
KEPT_MS = DAY
"""Public: a keyed answer is kept for 24 h."""


def needs(scope: str | None, guests: bool = False) -> Callable[[View[P]], View[P]]:
    """Let a view run only for a key with a scope (`guests`: or for an order's own token), and once for each Idempotency-Key."""

    def guarded(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> flask.Response:
            flask.g.guest_token = flask.request.args.get("token") if guests else None
            owner = f"guest {flask.g.guest_token}" if flask.g.guest_token else admit(scope).id
            key = flask.request.headers.get("Idempotency-Key")
            if key is None or flask.request.method not in WRITES:
                return view(*args, **kwargs)
            asked = idempotency.repeatable(f"{NAME} {keys.digest(owner)}", key, KEPT_MS)
            return idempotency.once(web.world(), asked, lambda: view(*args, **kwargs))

        return checked

    return guarded


def guest_token() -> str | None:
    """Return the order's token that the request was made with instead of a key, or None."""
    token: str | None = flask.g.get("guest_token")
    return token


def admit(scope: str | None) -> Key:
    """Return the caller's key, or raise what keeps it out; counts the call, and notes when the key was last used."""
    here, environ = web.world(), flask.request.environ
    read = here.read()
    key = known(here, read, environ.get("HTTP_AUTHORIZATION", ""))
    flask.g.caller = key
    web.caller_known(key)
    here.key_used[key.id] = read.now
    check_state(read, key)
    auth.check_address(key, auth.peer_address(environ, here.config.trusted_proxies))
    limit = int(here.settings_of(NAME)["rate_limit"])
    if limit:
        here.meter.count(key.id, Rate(limit, MINUTE), read.now)
    auth.check_scope(key.scopes, scope)
    return key


def known(world: World, read: Read, header: str) -> Key:
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
    check_environment(token, world.settings_of(NAME)["environment"])
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


def mint_key(tx: Tx) -> str:
    """Mint a key of the world's environment (public: the prefixes)."""
    environment = tx.store.settings[NAME]["environment"]
    return f"vt_{'live' if environment == 'live' else 'test'}_{tx.ids.secret(40)}"
