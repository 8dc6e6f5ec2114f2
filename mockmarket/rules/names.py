"""Names of worlds, snapshots, scenarios and faults: one segment of a URL, and part of a file's name. Pure."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from mockmarket.errors import Invalid

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
RULE = "use letters, digits, dot, dash and underscore, 64 at most"
ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)
SLASH = "\ufdd0".encode().decode("latin-1")
"""Stands for a slash within a segment of a path: a noncharacter (Unicode, 23.7), written as PEP 3333 writes text."""


def check_name(name: str, kind: str) -> None:
    """Raise Invalid, with the rule, for an invalid name of a world, a snapshot or the like."""
    if not NAME.fullmatch(name):
        raise Invalid(f"{name!r} cannot name a {kind}: {RULE}.")


def read_path(environ: Mapping[str, Any]) -> str:
    """Return a request's path with one slash between its segments and none at its end; a slash within a segment becomes
    SLASH. A server decodes the path before the application sees it (PEP 3333): `a%2Fb` would become two segments."""
    target = str(environ.get("REQUEST_URI", "")).partition("?")[0]
    if not ENCODED_SLASH.search(target):
        return joined(environ["PATH_INFO"])
    if not target.startswith("/"):  # it may be a whole URL (RFC 9112, 3.2.2)
        target = "/" + target.partition("://")[2].partition("/")[2]
    return joined(unquote(ENCODED_SLASH.sub(SLASH, target.removeprefix(environ.get("SCRIPT_NAME", ""))), "latin-1"))


def joined(path: str) -> str:
    """Return a path with one slash between its segments and none at its end."""
    if "//" not in path and path[-1:] not in ("", "/"):
        return path
    return "/" + "/".join(filter(None, path.split("/")))


def check_segments(path: str) -> None:
    """Raise Invalid, with the rule, for a path with a slash within a segment."""
    if SLASH not in path:
        return
    for segment in path.split("/"):
        if SLASH in segment:
            raise Invalid(f"{segment.replace(SLASH, '/')!r} cannot be a name in a path: {RULE}.")
