"""The default credential of a vendor, which clients, tests and the command line share."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any


def choose(credentials: Iterable[Mapping[str, Any]], name: str | None = None) -> Mapping[str, Any] | None:
    """Return the credential of a name, else the first without allowlist and expiry, else the first; or None."""
    keys = list(credentials)
    if name is not None:
        return next((key for key in keys if key["name"] == name), None)
    unlimited = (key for key in keys if not key["ip_allowlist"] and key["expires_at"] is None)
    return next(itertools.chain(unlimited, keys), None)
