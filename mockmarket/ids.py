"""The only source of randomness: each world's seeded stream of ids, and secrets from the operating system."""

import hashlib
import secrets as system
import struct
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import TypeVar

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The digits of ULIDs (Crockford's base 32)."""
STRETCH = 1 << 40
"""How many draws lie between two stretches: more than anything here makes."""
BATCH = struct.Struct(">16I")
"""Throws drawn at once, of 4 bytes each: 64 bytes are the most that there are."""
T = TypeVar("T")


class Ids:
    """A stream of ids determined by the seed and the number of draws, so that the same calls give the same ids. A world
    stores `drawn` in its database and passes a stream to each transaction: after a rollback the same ids are drawn
    again. `minted` is True once it returned a secret that the seed does not determine."""

    def __init__(self, seed: int, drawn: int = 0, seeded_secrets: bool = False) -> None:
        self.seed = seed
        self.drawn = drawn
        self.seeded_secrets = seeded_secrets
        self.minted = False

    def raw(self, count: int) -> bytes:
        """Return `count` bytes of the stream, at most 64."""
        self.drawn += 1
        return hashlib.blake2b(b"%d:%d" % (self.seed, self.drawn), digest_size=count).digest()

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to, not including, `limit`."""
        return int.from_bytes(self.raw(8), "big") % limit

    def hex(self, digits: int) -> str:
        """Return `digits` lower-case hexadecimal digits."""
        return self.raw((digits + 1) // 2).hex()[:digits]

    def text(self, length: int, alphabet: str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") -> str:
        """Return `length` characters of an alphabet of at most 256."""
        return "".join(alphabet[byte % len(alphabet)] for byte in self.raw(length))

    def uuid(self) -> str:
        """Return a version 4 UUID (RFC 9562) in lower case with hyphens."""
        raw = bytearray(self.raw(16))
        raw[6] = raw[6] & 0x0F | 0x40
        raw[8] = raw[8] & 0x3F | 0x80
        digits = raw.hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def object_id(self, moment: int) -> str:
        """Return 24 hex digits in the format of MongoDB's ObjectId: the second of `moment` (ms), then the stream."""
        return f"{moment // 1000 & 0xFFFFFFFF:08x}{self.hex(16)}"

    def ulid(self, moment: int) -> str:
        """Return a 26-character ULID in upper case: `moment` (ms) in ten characters, then the stream in sixteen."""
        number, pairs = int.from_bytes(self.raw(10), "big"), _pairs()
        return _first_digits(moment) + "".join([pairs[number >> place & 1023] for place in range(70, -1, -10)])

    def secret(self, length: int = 32) -> str:
        """Return a new secret of `length` hex digits: from the stream when secrets are seeded, else from the operating system."""
        if self.seeded_secrets:
            return self.hex(length)
        self.minted = True
        return system.token_hex((length + 1) // 2)[:length]


def moment_of(ulid: str) -> int:
    """Return the moment (ms) that a ULID's first ten characters give, in either case."""
    number = 0
    for letter in ulid[:10].upper():
        number = number << 5 | CROCKFORD.index(letter)
    return number


@lru_cache(maxsize=16)
def _first_digits(moment: int) -> str:
    return "".join([_pairs()[moment >> place & 1023] for place in range(40, -1, -10)])


@cache
def _pairs() -> list[str]:
    return [first + second for first in CROCKFORD for second in CROCKFORD]


class Rng:
    """Throws that the seed and the stretch decide; each venue and event has a stretch of its own, so none depends on another."""

    def __init__(self, seed: int, stretch: int) -> None:
        self._ids = Ids(seed, (stretch + 1) * STRETCH)
        self._left: list[int] = []

    def below(self, limit: int) -> int:
        """Return a whole number from 0 up to, not including, `limit`, which is far below 2**32."""
        if not self._left:
            self._left = [*reversed(BATCH.unpack(self._ids.raw(BATCH.size)))]
        return self._left.pop() % limit

    def between(self, least: int, most: int) -> int:
        """Return a whole number from `least` to `most`, both included."""
        return least + self.below(most - least + 1)

    def share(self) -> float:
        """Return a number from 0 up to, not including, 1, in steps of a millionth."""
        return self.below(1_000_000) / 1_000_000

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of several, each as likely."""
        return choices[self.below(len(choices))]

    def weigh(self, choices: Sequence[tuple[T, int]]) -> T:
        """Return one of several (choice, weight) pairs' choices."""
        ends = [*accumulate([weight for _, weight in choices])]
        return choices[bisect_right(ends, self.below(ends[-1]))][0]

    def some(self, count: int, of: int) -> list[int]:
        """Return `count` different numbers from 0 up to, not including, `of`, ascending."""
        if count * 2 > of:
            left_out = set(self.some(of - count, of)) if count < of else set()
            return [number for number in range(of) if number not in left_out]
        chosen: set[int] = set()
        while len(chosen) < count:
            chosen.add(self.below(of))
        return sorted(chosen)


def shares(*choices: tuple[T, int]) -> tuple[T, ...]:
    """Return each choice as often as its weight says: `pick` from them draws as `weigh` does, and takes a fraction of its time."""
    return tuple(choice for choice, weight in choices for _ in range(weight))


def process_token() -> str:
    """Return a unique token that distinguishes this process's claims from those of an earlier process."""
    return system.token_hex(8)


def session_token() -> str:
    """Return the secret of a session, from the operating system."""
    return system.token_hex(32)
