"""What a fast JSON encoder writes otherwise than JavaScript, PHP or Java do, found in what it wrote. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGITS = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else byte for byte in range(256))


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the fast encoder writes differently from a language. A hit inside a text is a false alarm and costs only time.

    No object or list matches `pattern` that has none of the `signs` in it, nor, with every digit taken for a 0, of the
    `shapes`; these are found far sooner.
    """

    pattern: re.Pattern[bytes]
    signs: tuple[bytes, ...]
    shapes: tuple[bytes, ...]
    ascii: bool = False

    def about(self, written: bytes) -> bool:
        """Tell whether the language might write this otherwise."""
        if not self._signalled(written):
            return False
        return self.pattern.search(written) is not None

    def _signalled(self, written: bytes) -> bool:
        if written[0] not in b"{[" or (self.ascii and not written.isascii()):
            return True
        for sign in self.signs:
            if sign in written:
                return True
        digits = written.translate(_DIGITS)
        for shape in self.shapes:  # noqa: SIM110  # a generator takes as long as all the rest
            if shape in digits:
                return True
        return False


_END = rb"(?=[,}\]]|\Z)"
_WHOLE = (b".0,", b".0}", b".0]")
_EXPONENT = rb"[0-9]e[+-]?[0-9]+" + _END
JAVASCRIPT = Doubt(
    re.compile(rb'"[0-9]+":|\.0' + _END + rb"|[0-9]{16,}" + _END + rb"|" + _EXPONENT),
    signs=_WHOLE,
    shapes=(b'0":', b"0" * 16, b"0e"),
)
PHP = Doubt(
    re.compile(rb'[\x80-\xff/]|\{\}|\{"0":|\.0' + _END + rb"|0\.0000|[0-9]{19,}" + _END + rb"|" + _EXPONENT),
    signs=(b"/", b"{}", b'{"0":', b"0.0000", *_WHOLE),
    shapes=(b"0" * 19, b"0e"),
    ascii=True,
)
JAVA = Doubt(
    re.compile(rb"\\u00|[0-9]{8}\.[0-9]|(?<![0-9])0\.000|" + _EXPONENT),
    signs=(b"\\u00", b":0.000", b",0.000", b"[0.000", b"-0.000"),
    shapes=(b"00000000.0", b"0e"),
)
