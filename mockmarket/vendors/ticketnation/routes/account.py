"""Who am I: the key and its organization."""

from __future__ import annotations

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.clock import iso_ms
from mockmarket.vendor import shown
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.routes.common import chapter, data, needs, organization, refuses
from mockmarket.vendors.ticketnation.schemas.account import AccountAnswer

blp = chapter("account", "the key that asks.")


@blp.route("/me")
class Me(MethodView):
    """The key and its organization."""

    @needs(None)
    @blp.response(200, AccountAnswer)
    @refuses(blp, (401, 403, 429))
    def get(self) -> flask.Response:
        """Get the key and its organization; any valid key may."""
        key = web.caller()
        used = web.world().key_used.get(key.id, key.last_used_at)
        return data({
            "apiKey": {
                "id": wire.uuid_of("key", key.id), "name": key.name, "scopes": shown(wire.SCOPES, key.scopes),
                "callbackUrl": key.callback_url, "createdAt": iso_ms(key.created_at),
                "expiresAt": None if key.expires_at is None else iso_ms(key.expires_at),
                "lastUsedAt": None if used is None else iso_ms(used),
            },
            "organization": organization(),
        })  # fmt: skip
