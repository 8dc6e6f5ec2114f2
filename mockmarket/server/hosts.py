"""Host names: which vendor answers under a name at its own document's paths, and which world a sub-domain selects."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from mockmarket.config import host_of
from mockmarket.rules.hosts import LONGEST_NAME
from mockmarket.vendor import Vendor, claim_host, hosts_of

MOST_KEPT = 256
"""Host headers whose meaning is kept."""


class Host(NamedTuple):
    """A vendor's host name: the vendor, and the world that a sub-domain of it selects, "" for none."""

    vendor: Vendor
    world: str


class VendorHosts:
    """The host names of all vendors: their records' `hosts`, `<vendor>.localhost`, and (vendor, host) pairs of the user's own."""

    def __init__(self, vendors: Sequence[Vendor], extra: Iterable[tuple[str, str]] = ()) -> None:
        self._vendors = hosts_of(vendors)
        self._by_name = {vendor.name: vendor for vendor in vendors}
        self._find = lru_cache(MOST_KEPT)(self._look_up)
        self.add(extra)

    def add(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Add (vendor, host) pairs; ValueError for an unknown vendor, or for a host of another vendor."""
        for name, host in pairs:
            if name not in self._by_name:
                raise ValueError(f"There is no vendor {name!r}; there are {', '.join(self._by_name)}.")
            claim_host(self._vendors, self._by_name[name], host)
        self._find.cache_clear()

    @property
    def names(self) -> tuple[str, ...]:
        """Every host name, without sub-domains."""
        return tuple(self._vendors)

    @property
    def certified(self) -> tuple[str, ...]:
        """The names for a certificate: every host name, and its sub-domains for worlds."""
        return tuple(name for host in self._vendors for name in (host, f"*.{host}"))

    def find(self, authority: str) -> Host | None:
        """Return whose host a Host header names, or None."""
        return self._find(authority) if len(authority) <= LONGEST_NAME else None

    def _look_up(self, authority: str) -> Host | None:
        name = host_of(authority).removesuffix(".")
        if vendor := self._vendors.get(name):
            return Host(vendor, "")
        world, _, parent = name.partition(".")
        vendor = self._vendors.get(parent)
        return Host(vendor, world) if vendor and world else None

    def hint(self) -> str:
        """Return where vendors answer, for a caller whose path is nobody's."""
        bases = {vendor.name: vendor.base for vendor in self._vendors.values()}
        below = ", ".join(f"{base} ({name})" for name, base in bases.items())
        names = ", ".join(self.names)
        return f"Vendors answer below {below}, and at their own documents' paths under the host names {names}."
