"""An account of SkyBox's and its users, as its calls show them; a user is who holds an API token."""

from __future__ import annotations

from mockmarket.store.records import Record
from mockmarket.vendors.skybox.records.lookups import Contact, User
from mockmarket.vendors.skybox.records.types import Payload
from mockmarket.vendors.skybox.wire.formats import moment


def account(id: int, known: Payload, start: int) -> Record:
    """Write an account with what is `known` of it, as old as the world unless it says more."""
    stamp = moment(start)
    return {
        "id": id,
        **{name: str(known.get(name) or "") for name in Contact.__annotations__},
        "company": str(known.get("company") or known.get("name") or ""),
        "externalMerchantId": None,
        "creationDate": str(known.get("creationDate") or stamp),
        "lastUpdate": str(known.get("lastUpdate") or stamp),
        "logo": None,
        "deleteCancelledTickets": False,
        "accountSettings": [],
    }


def user(id: int, account: int, name: str, owner: Payload, created_at: int) -> User:
    """Write a user: the name of the API token's key, and what the key's owner says besides."""
    first, _, last = str(owner.get("name") or name).partition(" ")
    stamp = moment(created_at)
    return {
        "id": id,
        "accountId": account,
        "email": str(owner.get("email") or f"user{id}@example.com"),
        "firstName": first,
        "lastName": last,
        "phone": str(owner.get("phone") or ""),
        "creationDate": stamp,
        "lastUpdate": stamp,
        "agreedToTerms": True,
        "roles": [],
        "deleted": False,
        "originalAccount": account,
    }
