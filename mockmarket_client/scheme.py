"""Scheme: how a vendor signs its webhooks, as data, which a sender and a receiver share. Pure."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Literal

Headers = tuple[tuple[str, str], ...]
HEX_DIGITS = {"sha256": 64, "sha1": 40}


@dataclass(frozen=True)
class Scheme:
    """How one vendor signs, as data. `form` is the header's value with `{v}` for the lower-case hex HMAC and `{t}` for the stamp. With
    `stamped` the signed message is `<stamp>.<body>`, else the body alone. `stamp_header` sends the stamp in a header of its own. With
    `all_secrets` each secret signs and the comma-separated part that holds `{v}` is repeated, the current secret's last, so that a receiver
    that parses the parts into a map keeps the current one; else only the current one signs."""

    header: str
    form: str = "{v}"
    algorithm: Literal["sha256", "sha1"] = "sha256"
    stamped: bool = False
    stamp_header: str | None = None
    all_secrets: bool = False

    def __post_init__(self) -> None:
        if self.algorithm not in HEX_DIGITS:
            raise ValueError(f"{self.algorithm!r} is no algorithm here; use {' or '.join(HEX_DIGITS)}")
        if self.form.count("{v}") != 1 or self.form.count("{t}") > 1:
            raise ValueError(f"the form {self.form!r} must hold {{v}} once, and {{t}} at most once")
        if self.stamped and "{t}" not in self.form and self.stamp_header is None:
            raise ValueError("a stamped scheme must send its stamp: put {t} into the form or name a stamp_header")

    @property
    def names(self) -> tuple[str, ...]:
        """The scheme's headers: the signature's and, if separate, the stamp's."""
        return (self.header, self.stamp_header) if self.stamp_header else (self.header,)

    @property
    def sends_stamp(self) -> bool:
        """Whether the headers carry the time of signing."""
        return self.stamp_header is not None or "{t}" in self.form

    def message(self, stamp: int, body: bytes) -> bytes:
        """Return the exact bytes that are signed."""
        return b"%d.%b" % (stamp, body) if self.stamped else body

    def digest(self, secret: str, message: bytes) -> str:
        """Return a message's HMAC in lower-case hex."""
        return hmac.digest(secret.encode("utf-8", "surrogatepass"), message, self.algorithm).hex()

    def fill(self, stamp: str, signatures: list[str]) -> str:
        """Return the signature header's value, with the part that holds {v} once per signature."""
        filled: list[str] = []
        for part in self.form.replace("{t}", stamp).split(","):
            filled += [part.replace("{v}", each) for each in signatures] if "{v}" in part else [part]
        return ",".join(filled)

    def __str__(self) -> str:
        message = "timestamp + '.' + body" if self.stamped else "body"
        value = self.fill("epoch seconds", [f"HMAC-{self.algorithm.upper()}(secret, {message})"])
        stamp = f", {self.stamp_header} in epoch seconds" if self.stamp_header else ""
        return f"{self.header}: {value} in hex{stamp}"
