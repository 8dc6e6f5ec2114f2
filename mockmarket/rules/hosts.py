"""Host names as options, fixtures and files of worlds name them. Pure."""

import re

LONGEST_NAME = 253
"""Most characters of a host's name (RFC 1035, 2.3.4)."""
HOST_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""A host's name in lower case (RFC 1123, 2.1), in which underscores are taken."""
PEER = re.compile(r"https?://[^\s/?#@]+|[^\s/?#@:]+:\d{1,5}")
SEPARATORS = re.compile(r"[\s,;]+")


def parse_hosts(text: str) -> tuple[tuple[str, str], ...]:
    """Return (vendor, host name) pairs written as `VENDOR=HOST`, with separators as for networks; ValueError names an invalid pair."""
    pairs = [(name, host.lower()) for name, _, host in (part.partition("=") for part in SEPARATORS.split(text) if part)]
    for name, host in pairs:
        if not (name and is_host_name(host)):
            raise ValueError(f"{name}={host} is not VENDOR=HOST: a name of a vendor and a host name, without a port")
    return tuple(pairs)


def parse_host(text: str) -> str:
    """Return a host's name in lower case; ValueError for any other text."""
    host = text.lower()
    if not is_host_name(host):
        raise ValueError(f"{text!r} is no host name; write api.example.com, without a scheme, a port or a path")
    return host


def parse_peers(text: str) -> tuple[str, ...]:
    """Return servers written as `http://HOST:PORT`, or as `NAME:PORT` for every address that DNS has for a name, with separators as for
    networks; ValueError names the invalid one."""
    peers = tuple(part.rstrip("/") for part in SEPARATORS.split(text) if part)
    for peer in peers:
        if not PEER.fullmatch(peer):
            raise ValueError(f"{peer} is neither http://HOST:PORT nor NAME:PORT")
    return peers


def is_host_name(text: str) -> bool:
    """Return whether a text is a host's name in lower case, without a port."""
    return len(text) <= LONGEST_NAME and HOST_NAME.fullmatch(text) is not None
