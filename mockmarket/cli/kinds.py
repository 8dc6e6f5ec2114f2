"""Kinds of values that options take, and how their texts are read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import click

from mockmarket.clock import parse_iso
from mockmarket.config import Network, parse_networks


class Networks(click.ParamType[tuple[Network, ...]]):
    """Addresses and CIDR blocks, comma-separated."""

    name = "networks"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[Network, ...]:
        """Return the networks that an option's text names; a usage error says which part is none."""
        try:
            return value if isinstance(value, tuple) else parse_networks(value)
        except ValueError as error:
            self.fail(f"{error}", param, ctx)


class Address(click.ParamType[str]):
    """The URL of a receiver."""

    name = "url"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """Return the URL as it is; a usage error says how one begins."""
        if urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc:
            self.fail(f"{value!r} is no URL of a receiver; write http://127.0.0.1:5000/hooks", param, ctx)
        return str(value)


class Moment(click.ParamType[int]):
    """An ISO 8601 date-time."""

    name = "date-time"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """Return the epoch ms that an option's text means; a usage error says what may be written."""
        try:
            return value if isinstance(value, int) else parse_iso(value)
        except ValueError as error:
            self.fail(f"{error}; use ISO 8601 such as 2026-05-01T12:00:00Z", param, ctx)
