"""Menu of who is let in: a known key from an allowed address that holds the scope, not too often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask

from mockmarket.api import auth
from mockmarket.api.context import Context
from mockmarket.store.keys import Key
from mockmarket.worlds.ratelimit import RateOf

Granted = Callable[[Key], tuple[str, ...]]


def by_key(
    header: str, find: auth.Find, granted: Granted = lambda key: key.scopes, rate: RateOf = lambda settings: None
) -> Callable[[Context, Any], Key]:
    """Return the rule that lets a known key with the operation's scope in; `header` is named in messages. `rate` makes the
    vendor's settings into how often one key may call; no limit unless it says so."""

    def admit(context: Context, scope: Any) -> Key:
        read, vendor = context.read(), context.vendor.name if context.vendor else ""
        key = auth.known(read, vendor, find(flask.request.environ), header)
        note_key(context, key)
        check_address(context, key)
        allowed = rate(context.settings())
        if allowed:
            context.world.meter.count(key.id, allowed, read.now)
        auth.check_scope(granted(key), scope)
        return key

    return admit


def check_address(context: Context, key: Key) -> None:
    """Raise AddressNotAllowed unless the key may be used from the caller's address."""
    auth.check_address(key, auth.peer_address(flask.request.environ, context.world.config.trusted_proxies))


def note_key(context: Context, key: Key) -> None:
    """Note whose key a request was made with and when, and raise what a fault that is for this key gives instead of an answer."""
    context.world.use_key(key.id)
    context.log.key = key.id
    if context.faults:
        context.faults.on_caller(key.id)
