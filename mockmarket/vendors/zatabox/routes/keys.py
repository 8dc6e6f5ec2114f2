"""The organization's API keys; only a key with every scope manages them."""

from __future__ import annotations

from dataclasses import replace

import flask
from flask.views import MethodView

from mockmarket.api import idempotency, web
from mockmarket.errors import NotFound
from mockmarket.store import Read, keys
from mockmarket.store.keys import Key
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.callers import mint_key, needs
from mockmarket.vendors.zatabox.envelope import answer
from mockmarket.vendors.zatabox.routes.common import READ, WRITE, Row, blueprint, refuses
from mockmarket.vendors.zatabox.schemas import users as schemas

blp = blueprint("api-keys", "the organization's API keys")
HINT = "…"


def shown(key: Key) -> Row:
    """Write a key, its text only by what may be shown of it."""
    used = web.world().key_used.get(key.id, key.last_used_at)
    return {
        "id": key.id, "name": key.name, "prefix": key.hint, "scopes": list(key.scopes), "active": key.owner.get("active", True),
        "expiresAt": wire.iso(key.expires_at), "lastUsedAt": wire.iso(used), "createdAt": wire.iso(key.created_at),
    }  # fmt: skip


def once(key: Key, secret: str, status: int) -> flask.Response:
    """Answer a key with its text; a repeated request gets the answer with a hint in its place, as only a hash may be kept."""
    idempotency.show_once(answer(shown(key) | {"secret": f"{secret[:8]}{HINT}"}, status).get_data())
    return answer(shown(key) | {"secret": secret}, status)


def key_of(read: Read, org: str, id: str) -> Key:
    """Return one of the organization's keys; NotFound for another organization, or a key that there is not."""
    check_org(org)
    key = keys.get(read, id)
    if key is None or key.vendor != wire.NAME:
        raise NotFound(f"There is no API key {id}.")
    return key


def check_org(org: str) -> None:
    """Raise NotFound for an organization that is not the world's."""
    if org != wire.ORG:
        raise NotFound(f"There is no organization {org}; the one here is {wire.ORG}.")


@blp.route("/organizer/integrations/org/<string:orgId>/api-keys")
class Keys(MethodView):
    """All keys."""

    @needs("*")
    @blp.response(200, schemas.Keys)
    @refuses(blp, *READ)
    def get(self, orgId: str) -> flask.Response:
        """List API keys, oldest first, without their texts."""
        check_org(orgId)
        return answer({"items": [shown(key) for key in keys.all(web.world().read(), wire.NAME)]})

    @needs("*")
    @blp.arguments(schemas.NewKey())
    @blp.response(201, schemas.KeyOnce)
    @refuses(blp, *WRITE)
    def post(self, given: Row, orgId: str) -> flask.Response:
        """Create an API key; its text is in this answer only."""
        check_org(orgId)
        with web.world().atomic() as tx:
            secret = mint_key(tx)
            made = Key(
                id=wire.new_id(tx, "key"), vendor=wire.NAME, name=given["name"], created_at=tx.now, hash=keys.digest(secret),
                hint=keys.hint(secret), scopes=tuple(given["scopes"]), owner={"active": given["active"]},
            )  # fmt: skip
            keys.put(tx, made)
        return once(made, secret, 201)


@blp.route("/organizer/integrations/org/<string:orgId>/api-keys/<string:keyId>")
class OneKey(MethodView):
    """One key."""

    @needs("*")
    @blp.arguments(schemas.KeyChange())
    @blp.response(200, schemas.Key)
    @refuses(blp, *WRITE)
    def put(self, given: Row, orgId: str, keyId: str) -> flask.Response:
        """Rename, pause or re-scope an API key; what is not named stays."""
        with web.world().atomic() as tx:
            key = key_of(tx, orgId, keyId)
            owner = key.owner | ({"active": given["active"]} if "active" in given else {})
            changed = replace(
                key, name=given.get("name", key.name), scopes=tuple(given.get("scopes", key.scopes)), owner=owner
            )
            keys.put(tx, changed)
        return answer(shown(changed))

    @needs("*")
    @blp.response(200, schemas.Key)
    @refuses(blp, *WRITE)
    def delete(self, orgId: str, keyId: str) -> flask.Response:
        """Revoke an API key; answers it as it was."""
        with web.world().atomic() as tx:
            key = key_of(tx, orgId, keyId)
            keys.delete(tx, keyId)
        return answer(shown(key))


@blp.route("/organizer/integrations/org/<string:orgId>/api-keys/<string:keyId>/rotate")
class Rotation(MethodView):
    """A new text for a key."""

    @needs("*")
    @blp.response(200, schemas.KeyOnce)
    @refuses(blp, *WRITE)
    def post(self, orgId: str, keyId: str) -> flask.Response:
        """Give an API key a new text, shown in this answer only; the old one is unknown from now on."""
        with web.world().atomic() as tx:
            secret = mint_key(tx)
            changed = replace(key_of(tx, orgId, keyId), hash=keys.digest(secret), hint=keys.hint(secret))
            keys.put(tx, changed)
        return once(changed, secret, 200)
