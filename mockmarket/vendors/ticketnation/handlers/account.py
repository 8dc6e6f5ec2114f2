"""Who am I: the key and its organization."""

from __future__ import annotations

import flask

from mockmarket.clock import iso_ms
from mockmarket.vendor import shown
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.handlers.conventions import Context, data, operation, organization
from mockmarket.vendors.ticketnation.records import Account, Answer, ApiKey


@operation(answer=Answer[Account])
def get_account(context: Context) -> flask.Response:
    """Get the key and its organization; any valid key may."""
    key = context.caller
    used = context.world.key_used.get(key.id, key.last_used_at)
    api_key: ApiKey = {
        "id": wire.uuid_of("key", key.id),
        "name": key.name,
        "scopes": shown(wire.SCOPES, key.scopes),
        "callbackUrl": key.callback_url,
        "createdAt": iso_ms(key.created_at),
        "expiresAt": None if key.expires_at is None else iso_ms(key.expires_at),
        "lastUsedAt": None if used is None else iso_ms(used),
    }
    return data({"apiKey": api_key, "organization": organization(context)})
