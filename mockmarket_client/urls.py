"""URLs of a server: their parts, and quoting of names in their paths. Pure."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from urllib.parse import SplitResult, quote, unquote, urlsplit

from mockmarket_client.failures import MockmarketError

__tracebackhide__ = True  # a failure shows the test's own lines

RULE = "Use letters, digits, dot, dash and underscore, 64 at most."  # the server's rule for names that a caller chooses
WORLD = re.compile(r"/w/([^/]+)")
NO_SEGMENTS = ("", ".", "..")  # not path segments: empty or relative (RFC 3986, 5.2.4)


def segment(name: str) -> str:
    """Quote a name as one path segment; MockmarketError, with the rule for names, for an impossible one."""
    if not isinstance(name, str):
        raise MockmarketError(f"{name!r} is not a name.", "Give it as text.", "invalid")
    with suppress(UnicodeEncodeError):
        if name not in NO_SEGMENTS and "/" not in name:
            return quote(name, safe="")
    raise MockmarketError(f"{name!r} cannot be a name.", RULE, "invalid")


def _parts_of(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def split_url(url: str) -> tuple[str, str | None]:
    """Split a server's URL into its root and the world that it ends with, or None: `http://host/w/ci` names `ci`."""
    root = url.rstrip("/")
    match = WORLD.fullmatch(_parts_of(root).path)
    if match is None or not root.endswith(match[0]):
        return root, None
    return root.removesuffix(match[0]), unquote(match[1])


def root_of(url: str) -> str | None:
    """Return the root URL, with its world, before a further path such as a vendor's; None without such a path."""
    parts = _parts_of(url)
    world = WORLD.match(parts.path)
    prefix = world[0] if world else ""
    beyond = parts.path.removeprefix(prefix).strip("/") or parts.query or parts.fragment
    return f"{parts.scheme}://{parts.netloc}{prefix}" if beyond else None


def plain_of(url: str) -> str | None:
    """Return an https URL with http instead; None for any other."""
    scheme, separator, rest = url.partition("://")
    return f"http://{rest}" if separator and scheme.lower() == "https" else None


def is_loopback(url: str) -> bool:
    """Return whether a URL's host is this machine's loopback."""
    host = _parts_of(url).hostname or ""
    with suppress(ValueError):
        return host == "localhost" or host.endswith(".localhost") or ipaddress.ip_address(host).is_loopback
    return False


def port_of(url: str) -> int:
    """Return the port that a URL names or implies."""
    try:
        parts = urlsplit(url)
        return parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return 8000
