"""The configuration of a process: one frozen record, made by the command line or by the caller of `create_app`."""

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mockmarket.clock import parse_iso
from mockmarket.frozen import dataclass
from mockmarket.rules.hosts import LONGEST_NAME, SEPARATORS, parse_hosts, parse_peers
from mockmarket.rules.quantities import parse_size, parse_span

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of a process, in bytes or entries; entries dropped above a limit are counted in `GET health`."""

    request_body: int = 2_000_000
    answer_kept: int = 65_536
    journal_entries: int = 5_000
    journal_bytes: int = 32_000_000
    journal_body: int = 65_536
    deliveries_kept: int = 100_000
    in_flight_per_endpoint: int = 8
    in_flight_per_silent_endpoint: int = 2
    in_flight: int = 256
    advance_steps: int = 1_000_000
    advance_wall_s: float = 300.0
    advance_newcomers: int = 1_000
    waits: int = 64
    state_upload: int = 64_000_000
    scenario_wall_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Tls:
    """How to serve HTTPS beside HTTP: the port (0: any free port), a certificate of the user's own (PEM; `key` where it has a file of its
    own), the authorities of the clients that are admitted, and where to write the certificate of the authority made at the start."""

    port: int = 0
    cert: str | None = None
    key: str | None = None
    client_ca: str | None = None
    ca_out: Path | None = None


@dataclass(frozen=True, slots=True)
class Proxy:
    """How to be a forward proxy: the port (0: any free port), whether it refuses hosts that are no vendor's, and the hosts whose real
    answers it passes on and records."""

    port: int = 0
    only: bool = False
    upstream: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cache:
    """The folder of planted fixtures kept between starts, and the state of the code that plants them."""

    folder: Path
    code: str


@dataclass(frozen=True, slots=True)
class Config:
    """How to serve: where to listen, what to load, where to store it, access control, and limits of worlds: their number, bytes, requests a
    second, and time to live in seconds."""

    host: str = "127.0.0.1"
    port: int = 8000
    fixture: str = "default"
    data: Path | None = None
    durable: bool = False
    seed: int | None = None
    now: int | None = None
    workers: int = 8
    control_token: str | None = None
    trusted_proxies: tuple[Network, ...] = ()
    vendor_hosts: tuple[tuple[str, str], ...] = ()
    private_targets: bool | None = None
    ca_file: str | None = None
    files: Path | None = None
    record: Path | None = None
    peers: tuple[str, ...] = ()
    max_worlds: int | None = None
    max_world_size: int | None = None
    max_requests: int | None = None
    max_ttl: float | None = None
    log_level: str = "info"
    limits: Limits = field(default_factory=Limits)
    cache: Cache | None = None
    tls: Tls | None = None
    proxy: Proxy | None = None

    @property
    def loopback(self) -> bool:
        """True when only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def body_kept(self) -> int:
        """The most bytes of a body that the journal keeps: all that a request may have while a recording is made of it."""
        return self.limits.journal_body if self.record is None else self.limits.request_body

    @property
    def allow_private_targets(self) -> bool:
        """True when webhooks may go to loopback and private addresses: by default only on a loopback bind."""
        return self.loopback if self.private_targets is None else self.private_targets

    @property
    def seeded_secrets(self) -> bool:
        """True when generated keys and secrets follow the seed: only with a seed, on a loopback bind."""
        return self.seed is not None and self.loopback

    def may_read(self, path: Path) -> bool:
        """Return whether a caller may name this file: any on a loopback bind, else a file below `files`, or the process's own fixture."""
        if self.loopback:
            return True
        try:
            file = path.resolve()
        except (OSError, ValueError):  # an impossible name
            return False
        return file in self._own_files() or (self.files is not None and file.is_relative_to(self.files.resolve()))

    def _own_files(self) -> list[Path]:
        """Return the paths that the process's own fixture names, none when it is a text."""
        if "\n" in self.fixture:
            return []
        return [Path(name).resolve() for name in (self.fixture, *self.fixture.split(os.pathsep))]

    def check(self) -> None:
        """Raise ValueError when the configuration is not safe to serve."""
        if not self.loopback and not self.control_token:
            advice = "pass --control-token, or bind to 127.0.0.1"
            raise ValueError(f"Binding to {self.host} lets others reach the control routes; {advice}.")


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Return whether a host name or address is the machine's loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def names_loopback(authority: str) -> bool:
    """Return whether a Host header names the machine's loopback; False for an unreadable header."""
    host = host_of(authority)
    return len(host) <= LONGEST_NAME and (is_loopback(host) or host.endswith(".localhost"))


def host_of(authority: str) -> str:
    """Return the name or address in a Host header, in lower case; "" when it is unreadable."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def authority(host: str, port: int) -> str:
    """Return a host name or address with a port, as a URL has them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return addresses and CIDR blocks, IPv4 or IPv6, as networks; ValueError names an invalid entry. Commas, semicolons or
    spaces separate them; an address within a block stands for its block."""
    return tuple(unmapped(ipaddress.ip_network(part, strict=False)) for part in SEPARATORS.split(text) if part)


def unmapped(network: Network) -> Network:
    """Return an IPv4 block that is written as IPv6 in its own form, such as `::ffff:10.0.0.0/104`; any other block unchanged."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    return network if mapped is None else ipaddress.IPv4Network((mapped, network.prefixlen - 96))


def parse_switch(text: str) -> bool:
    """Read a boolean option."""
    return text.lower() in ("1", "true", "yes", "on")


FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "port": int, "seed": int, "workers": int, "data": Path, "files": Path, "record": Path, "now": parse_iso,
    "trusted_proxies": parse_networks, "vendor_hosts": parse_hosts, "durable": parse_switch, "private_targets": parse_switch,
    "peers": parse_peers, "max_worlds": int, "max_world_size": parse_size, "max_requests": int, "max_ttl": parse_span,
}  # fmt: skip
"""Converters of `MOCKMARKET_<OPTION>` values for options that are not text."""
VARIABLES = {"trusted_proxies": "MOCKMARKET_TRUSTED_PROXY"}
"""The variables whose name differs from their field's."""


def from_environment(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the Config of `MOCKMARKET_<OPTION>` variables, for a WSGI server without our command line."""
    options = {}
    for option in fields(Config):
        text = environ.get(VARIABLES.get(option.name, f"MOCKMARKET_{option.name.upper()}"))
        if text is not None and option.name not in ("limits", "cache", "tls", "proxy"):
            options[option.name] = FROM_TEXT.get(option.name, str)(text)
    return Config(**options)
