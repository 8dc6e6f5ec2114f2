"""Choosing among what a mock offers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockmarket.client.calls import Record
from mockmarket.client.failures import MockmarketError


def credential(vendor: Mapping[str, Any], name: str | None = None) -> Record:
    """Choose one of a vendor's credentials: by name, else the first that any address may use and that does not expire."""
    credentials: list[Record] = vendor["credentials"]
    if name is None:
        credentials = [
            credential
            for credential in credentials
            if not credential["ip_allowlist"] and credential["expires_at"] is None
        ] or credentials
    found = next((credential for credential in credentials if name in (None, credential["name"])), None)
    if found is None:
        names = ", ".join(credential["name"] for credential in credentials) or "none"
        wanted = f"called {name!r}" if name else "of its own"
        raise MockmarketError(f"{vendor['name']} has no key {wanted} in this world's fixture.", f"It has {names}.")
    return found
