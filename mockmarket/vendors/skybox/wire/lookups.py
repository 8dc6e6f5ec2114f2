"""An account of SkyBox's and its users, as its calls show them; a user is who holds an API token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockmarket.vendors.skybox.wire.formats import moment

Record = dict[str, Any]

TEXTS = (
    "company", "email", "firstName", "lastName", "phone", "address1", "address2", "city", "state", "postalCode", "country",
)  # fmt: skip
"""Public: what an account says of its company and whom to contact there."""


def account(id: int, said: Mapping[str, Any], start: int) -> Record:
    """Write an account with what is `said` of it, as old as the world unless it says more."""
    stamp = moment(start)
    return {
        "id": id,
        **{name: str(said.get(name) or "") for name in TEXTS},
        "company": str(said.get("company") or said.get("name") or ""),
        "externalMerchantId": None,
        "creationDate": str(said.get("creationDate") or stamp),
        "lastUpdate": str(said.get("lastUpdate") or stamp),
        "logo": None,
        "deleteCancelledTickets": False,
        "accountSettings": [],
    }


def user(id: int, account: int, name: str, owner: Mapping[str, Any], created_at: int) -> Record:
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
