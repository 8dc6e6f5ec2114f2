"""What may name a world, a snapshot, a scenario or a fault: it is one segment of a URL, and part of a file's name. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from mockmarket.errors import Invalid

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
RULE = "use letters, digits, dot, dash and underscore, 64 at most"
ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)


def check_name(name: str, what: str) -> None:
    """Raise Invalid, with the rule, for what cannot name a world, a snapshot or the like."""
    if not NAME.fullmatch(name):
        raise Invalid(f"{name!r} cannot name a {what}: {RULE}.")


def check_segments(environ: Mapping[str, Any], most: int | None = None) -> None:
    """Raise Invalid, with the rule, for a slash within one of the first segments of a request's path, or within any.

    A server decodes the path before it is looked at (PEP 3333): `a%2Fb` would be taken for the path to another route.
    """
    path = str(environ.get("REQUEST_URI", "")).partition("?")[0]
    if not ENCODED_SLASH.search(path):
        return
    for segment in map(unquote, below_host(path).split("/")[:most]):
        if "/" in segment:
            raise Invalid(f"{segment!r} cannot be a name in a path: {RULE}.")


def below_host(target: str) -> str:
    """Return the path of a request's target, which may be a whole URL (RFC 9112, 3.2.2)."""
    return target if target.startswith("/") else "/" + target.partition("://")[2].partition("/")[2]
