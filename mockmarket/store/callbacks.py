"""Callback URLs: a key that has one is an endpoint too, made, moved and removed with it."""

from __future__ import annotations

from dataclasses import replace

from mockmarket.store import Tx, endpoints
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.keys import Key


def follow(tx: Tx, key: Key, secret: str | None = None) -> str | None:
    """Bring the endpoint of a key's callback URL into line with the key.

    Returns the secret that signs what is sent there when the endpoint is new (the one given, or a minted one), else None.
    """
    endpoint = endpoints.get(tx, endpoint_id(key))
    if key.callback_url is None:
        endpoints.delete(tx, endpoint_id(key))
        return None
    if endpoint is not None:
        endpoints.put(tx, replace(endpoint, url=key.callback_url, secret=secret or endpoint.secret, updated_at=tx.now))
        return None
    secret = secret or tx.ids.secret(48)
    made = Endpoint(endpoint_id(key), key.vendor, key.callback_url, secret, tx.now, tx.now, owner=key.id)
    endpoints.put(tx, made)
    return secret


def endpoint_id(key: Key) -> str:
    """Return the id of the endpoint that a key's callback URL is."""
    return f"end_{key.id}"


def forget(tx: Tx, id: str) -> None:
    """Remove the endpoint of a key that is gone, by the key's id."""
    endpoints.delete(tx, f"end_{id}")
