"""Authentication rules: where the credential is sent, whether it is valid, from which addresses, with which scopes."""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from mockmarket.api.context import Context
from mockmarket.config import Network, parse_networks
from mockmarket.current import current_request
from mockmarket.errors import AddressNotAllowed, ScopeMissing, Unauthenticated
from mockmarket.store import keys
from mockmarket.store.keys import Key
from mockmarket.vendor import Vendor
from mockmarket.worlds.ratelimit import RateOf

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Environ = Mapping[str, Any]  # a WSGI environ (PEP 3333)
Find = Callable[[Environ], str | None]  # returns a WSGI environ's credential, or None
Granted = Callable[[Key], tuple[str, ...]]

# a hop may have a port behind it, as some gateways write, and an IPv6 address brackets around it (RFC 7239, 6)
WITH_PORT = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+(?:%[^\]]*)?)\]|(?P<four>[0-9.]+))(?::[0-9]{1,5})?")
LONGEST_SHOWN = 100


def header(name: str) -> Find:
    """Read the credential from a header of its own, such as `X-API-Key`."""
    variable = f"HTTP_{name.upper().replace('-', '_')}"
    return lambda environ: environ.get(variable)


def authorization(scheme: str) -> Find:
    """Read the credential from `Authorization: <scheme> …` (RFC 9110); the scheme's case is ignored."""

    def find(environ: Environ) -> str | None:
        name, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        return token.strip() or None if name.lower() == scheme.lower() else None

    return find


bearer = authorization("Bearer")


def sent_hashes(environ: Environ, vendor: Vendor) -> list[tuple[str, str]]:
    """Return (vendor, hash) of what a request has in the headers that carry the vendor's keys."""
    return [_hash_of(vendor.name, secret) for find in _finders(vendor) if (secret := find(environ))]


@lru_cache(maxsize=1024)
def _hash_of(vendor: str, secret: str) -> tuple[str, str]:
    return vendor, keys.digest(secret)


@lru_cache(maxsize=64)
def _finders(vendor: Vendor) -> tuple[Find, ...]:
    schemes = vendor.api.security.values()
    return tuple(header(scheme["name"]) if scheme["type"] == "apiKey" else bearer for scheme in schemes)


def known(context: Context, vendor: str, secret: str | None, where: str) -> Key:
    """Return the key of a secret, unless it has expired by the world's clock; the journal names that key, too. Raises Unauthenticated
    with `reason` missing, unknown or expired; `where` names the header for its message."""
    read = context.read()
    if not secret:
        raise Unauthenticated(f"API key missing: send it in the {where} header.", reason="missing")
    key = keys.by_secret(read, vendor, secret)
    if key is None:
        raise Unauthenticated(f"Invalid API key: the {where} header's value is not known here.", reason="unknown")
    context.log.key = key.id
    if keys.has_expired(read, key):
        raise Unauthenticated("This API key has expired.", reason="expired")
    return key


def check_allowlist(key: Key, address: str) -> None:
    """Raise AddressNotAllowed unless the key may be used from this address; an empty list allows all."""
    if key.ip_allowlist and not allowed(key.ip_allowlist, address):
        raise AddressNotAllowed(f"This API key may not be used from {address}.", address=address)


@lru_cache(maxsize=4096)
def allowed(entries: tuple[str, ...], address: str) -> bool:
    """Return whether an address is in one of the entries (addresses or CIDR blocks); False for an address that does not parse."""
    return is_within(address, networks(entries))


def unmapped(address: str) -> Address:
    """Return the parsed address without a zone id; `::ffff:10.0.0.1` becomes the IPv4 address."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


@lru_cache(maxsize=1024)
def networks(entries: tuple[str, ...]) -> tuple[Network, ...]:
    """Return the networks of an allowlist's entries; ValueError names an invalid entry."""
    return parse_networks(",".join(entries))


def read_allowlist(allowlist: str | Iterable[str]) -> tuple[str, ...]:
    """Return the entries of an allowlist, a text or a list, each a single address or a block by its first address; ValueError names
    an entry that is neither."""
    blocks = parse_networks(allowlist if isinstance(allowlist, str) else ",".join(allowlist))
    return tuple(str(block[0] if block.num_addresses == 1 else block) for block in blocks)


def check_scope(granted: Sequence[str], scope: str | None) -> None:
    """Raise ScopeMissing, naming the scope, unless it or `*` is granted."""
    if scope and scope not in granted and "*" not in granted:
        raise ScopeMissing(f"This API key lacks the scope {scope}.", scope=scope)


def peer_address(environ: Environ, trusted: Sequence[Network]) -> str:
    """Return the caller's address: the socket's peer, or the X-Forwarded-For hop when the peer is a trusted proxy. The
    list is read from the right; the first hop that is not a trusted proxy is the caller. A hop that is not an address
    ends the search: its text is returned, which no allowlist contains."""
    address: str = environ.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()] if trusted else []
    while hops and is_within(address, trusted):
        hop = hops.pop()
        parts = WITH_PORT.fullmatch(hop)
        try:
            address = str(unmapped((parts["six"] or parts["four"]) if parts else hop))
        except ValueError:
            return f"{hop[:LONGEST_SHOWN]!r}, which X-Forwarded-For has and which is no address"
    return address


def network_of(address: str) -> str:
    """Return an IPv4 address, or the /64 network of an IPv6 address: one host has all of it (RFC 8981); any other text unchanged."""
    try:
        parsed = unmapped(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False) if parsed.version == 6 else parsed)


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Return whether an address belongs to one of the networks; False for what is no address."""
    try:
        peer = unmapped(address)
    except ValueError:
        return False
    return any(peer in network for network in networks if network.version == peer.version)


def by_key(
    header: str, find: Find, granted: Granted = lambda key: key.scopes, rate: RateOf = lambda settings: None
) -> Callable[[Context, Any], Key]:
    """Return the rule that lets a known key with the operation's scope in; `header` is named in messages. `rate` makes the
    vendor's settings into how often one key may call; no limit unless it says so."""

    def admit(context: Context, scope: Any) -> Key:
        read, vendor = context.read(), context.vendor.name if context.vendor else ""
        key = known(context, vendor, find(current_request().environ), header)
        note_key(context, key)
        check_address(context, key)
        allowed = rate(context.settings())
        if allowed:
            context.world.meter.count(key.id, allowed, read.now)
        check_scope(granted(key), scope)
        return key

    return admit


def check_address(context: Context, key: Key) -> None:
    """Raise AddressNotAllowed unless the key may be used from the caller's address."""
    check_allowlist(key, peer_address(current_request().environ, context.world.config.trusted_proxies))


def note_key(context: Context, key: Key) -> None:
    """Record the request's key and the time of its use, and raise the refusal of a fault that is active for this key."""
    context.world.key_used[key.id] = context.world.clock.peek()
    context.log.key = key.id
    if context.faults:
        context.faults.on_caller(key.id)
