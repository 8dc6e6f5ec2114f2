"""Finds the vendor and the operation of a recorded call, by host and path, and the vendor of a recorded webhook, by its headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from urllib.parse import urlsplit

from mockmarket.frozen import dataclass
from mockmarket.recordings.exchange import Exchange
from mockmarket.records import Row
from mockmarket.records.operations import PART
from mockmarket.vendor import Vendor, hosts_of

WORLD = re.compile(r"/w/[^/]+(?=/)")


@dataclass(frozen=True, slots=True)
class Call:
    """The operation of a recorded call, and its path below the vendor's base URL, with the query."""

    vendor: Vendor
    row: Row
    path: str

    @property
    def name(self) -> str:
        """The operation's name: method and path, as the docs have it."""
        return f"{self.row.method} {self.row.template}"


class Finder:
    """Finds what exchanges are about. With a vendor's name everything is that vendor's."""

    def __init__(self, vendors: Sequence[Vendor], named: str | None = None) -> None:
        self._named = named
        self._vendors = {vendor.name: vendor for vendor in vendors if named in (None, vendor.name)}
        self._hosts = hosts_of(self._vendors.values())

    def vendor_of(self, exchange: Exchange) -> Vendor | None:
        """Return the vendor that the recording or the exchange's host names, or the only one."""
        name = self._named or exchange.vendor
        if name is not None:
            return self._vendors.get(name)
        host = (urlsplit(exchange.url).hostname or exchange.request.header("host") or "").partition(":")[0]
        return next((vendor for own, vendor in self._hosts.items() if host == own or host.endswith(f".{own}")), None)

    def call(self, exchange: Exchange) -> Call | None:
        """Return the operation of a call, or None: at a vendor's host its document's paths count too, at any other host its base URLs."""
        url, vendor = urlsplit(exchange.url), self.vendor_of(exchange)
        path = WORLD.sub("", url.path, count=1) or "/"
        query = f"?{url.query}" if url.query else ""
        for owner, rest in self._below(path, vendor):
            if row := row_of(owner, exchange.method, rest):
                return Call(owner, row, rest + query)
        return None

    def _below(self, path: str, vendor: Vendor | None) -> Iterator[tuple[Vendor, str]]:
        """Yield each vendor that a path may be of, with the path below its base URL; the longest base URLs first."""
        if vendor:
            bases = sorted({*vendor.bases, vendor.documented_base}, key=len, reverse=True)
            yield from ((vendor, rest) for base in bases if (rest := _after(path, base)) is not None)
            return
        pairs = [(base, each) for each in self._vendors.values() for base in each.bases]
        for base, each in sorted(pairs, key=lambda pair: len(pair[0]), reverse=True):
            if path.startswith(f"{base}/"):
                yield each, path.removeprefix(base)

    def sender(self, exchange: Exchange) -> Vendor | None:
        """Return the vendor of a webhook: the named one, or the one whose signature's header it has."""
        if self._named or exchange.vendor:
            return self.vendor_of(exchange)
        schemes = ((vendor, vendor.webhooks.headers.scheme) for vendor in self._vendors.values())
        return next((vendor for vendor, scheme in schemes if scheme and exchange.request.header(scheme.header)), None)


def _after(path: str, base: str) -> str | None:
    """Return what follows a base URL's path, also behind a gateway's own path, or None."""
    _, separator, rest = path.partition(f"{base}/")
    return f"/{rest}" if separator else None


def row_of(vendor: Vendor, method: str, path: str) -> Row | None:
    """Return the row of a vendor's call with this method and path, or None; a row with fewer parameters beats another."""
    own = "GET" if method == "HEAD" else method
    rows = (
        row for row, pattern in patterns(vendor) if row.method == own and pattern.fullmatch(path.rstrip("/") or "/")
    )
    return next(rows, None)


@cache
def patterns(vendor: Vendor) -> list[tuple[Row, re.Pattern[str]]]:
    """Return each call of a vendor with the pattern of its path, those with fewer parameters first."""
    rows = sorted(vendor.api.operations, key=lambda row: row.path.count("{"))
    return [(row, re.compile(_pattern_of(row.path))) for row in rows]


def _pattern_of(path: str) -> str:
    pieces = PART.split(path)  # literal, name, converter, literal, …
    parameters = ["[0-9]+" if converter == "int" else "[^/]+" for converter in pieces[2::3]]
    return "".join(re.escape(text) + part for text, part in zip(pieces[::3], [*parameters, ""], strict=True))
