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
SLASH = "\ufdd0".encode().decode("latin-1")
"""What stands for a slash within a segment of a path: a noncharacter (Unicode, 23.7), written as PEP 3333 writes text."""


def check_name(name: str, kind: str) -> None:
    """Raise Invalid, with the rule, for what cannot name a world, a snapshot or the like."""
    if not NAME.fullmatch(name):
        raise Invalid(f"{name!r} cannot name a {kind}: {RULE}.")


def read_path(environ: Mapping[str, Any]) -> str:
    """Return a request's path with one slash between its segments and none at its end; one within a segment is SLASH.
    A server decodes the path before it is looked at (PEP 3333): `a%2Fb` would be taken for two segments."""
    target = str(environ.get("REQUEST_URI", "")).partition("?")[0]
    if not ENCODED_SLASH.search(target):
        return joined(environ["PATH_INFO"])
    path = below_host(target).removeprefix(environ.get("SCRIPT_NAME", ""))
    return joined(unquote(ENCODED_SLASH.sub(SLASH, path), "latin-1"))


def joined(path: str) -> str:
    """Return a path with one slash between its segments and none at its end."""
    if "//" not in path and path[-1:] not in ("", "/"):
        return path
    return "/" + "/".join(filter(None, path.split("/")))


def check_segments(path: str) -> None:
    """Raise Invalid, with the rule, for a slash within a segment of a path."""
    if SLASH not in path:
        return
    for segment in path.split("/"):
        if SLASH in segment:
            raise Invalid(f"{segment.replace(SLASH, '/')!r} cannot be a name in a path: {RULE}.")


def below_host(target: str) -> str:
    """Return the path of a request's target, which may be a whole URL (RFC 9112, 3.2.2)."""
    return target if target.startswith("/") else "/" + target.partition("://")[2].partition("/")[2]
