"""A vendor's operations by method and path template, for faults that are for some of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mockmarket.faults.active.rule import Operation
from mockmarket.vendor import Vendor

PART = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
BRACES = r"{\1}"
PLACE = re.compile(r"\{[^}]*\}")


@lru_cache(maxsize=64)
def operations(vendor: Vendor) -> Mapping[str, Operation]:
    """Return a vendor's operations as they are routed, by name: the method and the path under the base URL, `GET /orders/{id}`."""
    routes = ((row.method, f"{vendor.base}{row.rule}") for row in vendor.api.operations)
    return {name_of(vendor, *route): route for route in sorted(routes, key=lambda route: route[::-1])}


def name_of(vendor: Vendor, method: str, rule: str) -> str:
    """Return how an operation is called."""
    return f"{method} {PART.sub(BRACES, rule.removeprefix(vendor.base)) or '/'}"


def named(vendor: Vendor, name: str) -> Operation | None:
    """Return the operation of this name, or None; the base URL may stand before the path, and `{…}` may be called otherwise."""
    wanted = plain(vendor, name)
    return next((operation for known, operation in operations(vendor).items() if plain(vendor, known) == wanted), None)


def plain(vendor: Vendor, name: str) -> tuple[str, str]:
    """Return an operation's name with what is only a matter of writing taken out."""
    method, _, path = name.strip().partition(" ")
    path = path.strip()
    base = next((base for base in vendor.bases if path == base or path.startswith(f"{base}/")), "")
    return method.upper(), PLACE.sub("{}", path.removeprefix(base)) or "/"
