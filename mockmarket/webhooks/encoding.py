"""JSON dialects: a record goes in, the bytes that JavaScript, PHP or Java would write come out. Pure. A vendor's bytes
are made here once; they are signed, stored and sent without being re-encoded."""

import re
from collections.abc import Callable
from math import inf, isfinite
from typing import cast

import orjson

from mockmarket.frozen import dataclass

Dialect = Callable[[object], bytes]
Members = dict[str, object]
FIRST_NAMED_INDEX = 2**32 - 1  # JavaScript keeps a key below this one, written canonically, as an array index
_STRICT = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
_LOWER = {chr(n): _SHORT.get(n, f"\\u{n:04x}") for n in (*range(32), 34, 92)}
_UPPER = {chr(n): _SHORT.get(n, f"\\u{n:04X}") for n in (*range(32), 34, 92)}
_SPECIAL = re.compile(r'[\x00-\x1f"\\]')
_SPECIAL_JAVASCRIPT = re.compile(r'[\x00-\x1f"\\\ud800-\udfff]')
_SPECIAL_PHP = re.compile(r'[\x00-\x1f"\\/]|[^\x00-\x7f]')


@dataclass(frozen=True, slots=True)
class _Language:
    """How a language writes JSON. Doubles stand without an exponent while `low <= point <= high` (|x| is 0.d * 10**point), else
    with one: 1e30 is 1 + `lone` + `up` + 30. `zeros` are 0 and -0, `integer_end` follows a whole double, `least` digits are written
    at least; an integer outside `integers` is a double. `prepare` joins a text's surrogates before its `special` characters are
    escaped. `members` may reorder an object's members or return a list of them."""

    low: int
    high: int
    zeros: tuple[str, str]
    integer_end: str
    lone: str
    up: str
    least: int
    integers: tuple[float, float]
    prepare: Callable[[str], str]
    special: re.Pattern[str] = _SPECIAL
    escape: Callable[[re.Match[str]], str] = lambda hit: _UPPER[hit[0]]
    members: Callable[[Members], Members | list[object]] = lambda members: members


_LIKE_EXPONENT = re.compile(rb"e[+-]?0+[,}\]]")  # with every digit taken for a 0; a plain first letter is found soon
_DIGITS = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else byte for byte in range(256))


@dataclass(frozen=True, slots=True)
class Doubt:
    """Detects output that the fast encoder writes differently from a language. A match inside a text is a false alarm
    and costs only time. An object or list that matches `pattern` contains one of the `signs`, one of the `fractions`, which
    have a `.0` in them, or, with every digit replaced by 0, one of the `shapes`; these are searched for first, which is much faster."""

    pattern: re.Pattern[bytes]
    signs: tuple[bytes, ...]
    fractions: tuple[bytes, ...]
    shapes: tuple[bytes, ...]
    ascii: bool = False

    def about(self, written: bytes) -> bool:
        """Return whether the language might write this differently."""
        return self._signalled(written) and self.pattern.search(written) is not None

    def _signalled(self, written: bytes) -> bool:
        if written[0] not in b"{[" or (self.ascii and not written.isascii()):
            return True
        for sign in self.signs:
            if sign in written:
                return True
        if b".0" in written:
            for sign in self.fractions:
                if sign in written:
                    return True
        digits = written.translate(_DIGITS)
        for shape in self.shapes:
            if shape in digits:
                return True
        return b"0e" in digits and _LIKE_EXPONENT.search(digits) is not None


_END = rb"(?=[,}\]]|\Z)"
_WHOLE = (b".0,", b".0}", b".0]")
_EXPONENT = rb"[0-9]e[+-]?[0-9]+" + _END
JAVASCRIPT_DOUBT = Doubt(
    re.compile(rb'"[0-9]+":|\.0' + _END + rb"|[0-9]{16,}" + _END + rb"|" + _EXPONENT),
    signs=(),
    fractions=_WHOLE,
    shapes=(b'0":', b"0" * 16),
)
PHP_DOUBT = Doubt(
    re.compile(rb'[\x80-\xff/]|\{\}|\{"0":|\.0' + _END + rb"|0\.0000|[0-9]{19,}" + _END + rb"|" + _EXPONENT),
    signs=(b"/", b"{}", b'{"0":'),
    fractions=(b"0.0000", *_WHOLE),
    shapes=(b"0" * 19,),
    ascii=True,
)
JAVA_DOUBT = Doubt(
    re.compile(rb"\\u00|[0-9]{8}\.[0-9]|(?<![0-9])0\.000|" + _EXPONENT),
    signs=(b"\\u00",),
    fractions=(b":0.000", b",0.000", b"[0.000", b"-0.000"),
    shapes=(b"00000000.0",),
)


def javascript(value: object) -> bytes:
    """Return the bytes that `JSON.stringify(JSON.parse(bytes))` gives back unchanged. So a whole double is an integer, an integer beyond
    2**53 is the double that JavaScript reads, integer-like keys come first and ascend, and a lone surrogate is escaped. Raises ValueError
    for a number that is not finite, TypeError for a value that JSON does not have. Rules: ECMA-262, JSON.stringify."""
    return _swift(value, JAVASCRIPT_DOUBT) or _write(_JAVASCRIPT, value).encode()


def php(value: object) -> bytes:
    r"""Return the bytes that PHP 8's `json_encode(json_decode($bytes, true))` gives back unchanged. `/` is `\/`,
    non-ASCII is lower-case `\uXXXX`, doubles are the shortest (10.0 is 10, 1e25 is 1.0e+25). PHP arrays cannot
    distinguish an empty object from an empty list, nor keys "0", "1", … from positions: both are written as lists, so
    `{}` is `[]`. -0.0 is 0, since PHP reads its own `-0` as 0. Raises ValueError for a number that is not finite and
    for a lone surrogate, which PHP refuses too; TypeError for a value that JSON does not have."""
    return _swift(value, PHP_DOUBT) or _write(_PHP, value).encode()


def java(value: object) -> bytes:
    r"""Return the bytes of Jackson's `writeValueAsString`: doubles as Double.toString, nulls and order kept. 70.0 stays
    70.0, 1e7 is 1.0E7, 0.0001 is 1.0E-4; `/` and non-ASCII are raw; control characters take upper-case hex. Digits are
    the shortest, as from JDK 19 on; older JDKs sometimes write one more. Raises ValueError for a number that is not
    finite and for a lone surrogate; TypeError for a value that JSON does not have."""
    return _swift(value, JAVA_DOUBT) or _write(_JAVA, value).encode()


def _swift(value: object, doubt: Doubt) -> bytes | None:
    """Return the fast encoder's bytes, or None when they might differ from the dialect's."""
    try:
        written = orjson.dumps(value, option=_STRICT)
    except TypeError:
        return None
    return None if doubt.about(written) or not _nulls_are_none(written, value) else written


def _nulls_are_none(written: bytes, value: object) -> bool:
    """Return whether every null comes from a None, and none from a NaN or an infinity; mostly seen by their numbers alone."""
    nulls = written.count(b"null")
    return not nulls or (isinstance(value, dict) and nulls == [*value.values()].count(None)) or _all_finite(value)


def _all_finite(value: object) -> bool:
    """Return whether a value contains no NaN or infinity, which the fast encoder would write as null."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return not isinstance(value, float) or isfinite(value)
    for each in value:
        kind = type(each)
        if each is not None and kind is not str and kind is not int and kind is not bool and not _all_finite(each):
            return False
    return True


def _write(language: _Language, value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return _text(language, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _integer(language, value)
    if isinstance(value, float):
        return _real(language, value)
    if isinstance(value, dict):
        return _write_members(language, language.members(_named(value)))
    if isinstance(value, list | tuple):
        return "[" + ",".join(_write(language, each) for each in value) + "]"
    raise TypeError(f"a {type(value).__name__} cannot be written as JSON; make it text, a number, a list or a dict")


def _write_members(language: _Language, members: Members | list[object]) -> str:
    if isinstance(members, list):
        return _write(language, members)
    written = {_text(language, key): _write(language, each) for key, each in members.items()}
    return "{" + ",".join(key + ":" + each for key, each in written.items()) + "}"


def _named(members: dict[object, object]) -> Members:
    for key in members:
        if not isinstance(key, str):
            raise TypeError(f"the key {key!r} cannot be written as JSON; make it text")
    return cast(Members, members)


def _indices_first(members: Members) -> Members:
    """Order members as a JavaScript object does: array indices ascending, then the rest in order of insertion."""
    indices = sorted((key for key in members if _INDEX.fullmatch(key) and int(key) < FIRST_NAMED_INDEX), key=int)
    return {key: members[key] for key in indices} | members if indices else members


def _php_list(members: Members) -> Members | list[object]:
    """Return members as a list when their keys are "0", "1", … in order, or when there are none."""
    return list(members.values()) if all(key == str(place) for place, key in enumerate(members)) else members


def _joined(text: str) -> str:
    """Join surrogate pairs into the character they encode; lone surrogates stay."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _joined_pairs(text: str) -> str:
    """Return the text with pairs joined; ValueError for a lone surrogate."""
    joined = _joined(text)
    if _SURROGATE.search(joined) is not None:
        raise ValueError(f"a lone surrogate in {joined[:40]!a} has no form in this dialect; send whole characters")
    return joined


def _text(language: _Language, text: str) -> str:
    return '"' + language.special.sub(language.escape, language.prepare(text)) + '"'


def _ascii_escape(hit: re.Match[str]) -> str:
    r"""Escape one character as `\/`, a short escape, or one or two lower-case `\uXXXX`."""
    if hit[0] == "/":
        return "\\/"
    if hit[0] in _LOWER:
        return _LOWER[hit[0]]
    units = hit[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def _integer(language: _Language, number: int) -> str:
    least, most = language.integers
    try:
        return str(number) if least <= number <= most else _real(language, float(number))
    except OverflowError:
        raise ValueError("an integer beyond 1.8e308 has no form in this dialect; send it as text") from None


def _real(language: _Language, number: float) -> str:
    if not isfinite(number):
        raise ValueError(f"{number} is not a JSON number; send null or text")
    if number == 0:
        return language.zeros[str(number).startswith("-")]
    digits, point = _digits(repr(abs(number)))
    if len(digits) < language.least:
        digits, point = _digits(f"{abs(number):.1e}")  # Java picks the nearest of two digits: 4.9E-324
    plainly = language.low <= point <= language.high
    written = _plainly(digits, point, language.integer_end) if plainly else _with_exponent(language, digits, point - 1)
    return f"{'-' if number < 0 else ''}{written}"


def _digits(printed: str) -> tuple[str, int]:
    """Split a printed number into (digits, point): its value is 0.digits * 10**point, without zeros around."""
    mantissa, _, exponent = printed.partition("e")
    integer, _, fraction = mantissa.partition(".")
    digits = (integer + fraction).lstrip("0")
    return digits.rstrip("0"), len(digits) - len(fraction) + int(exponent or 0)


def _plainly(digits: str, point: int, integer_end: str) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits)) + integer_end
    return digits[:point] + "." + digits[point:]


def _with_exponent(language: _Language, digits: str, exponent: int) -> str:
    fraction = "." + digits[1:] if len(digits) > 1 else language.lone
    return digits[0] + fraction + (language.up if exponent >= 0 else language.up[0] + "-") + str(abs(exponent))


_JAVASCRIPT = _Language(
    -5, 21, ("0", "0"), "", "", "e+", 1, (-(2**53), 2**53), _joined, _SPECIAL_JAVASCRIPT, _ascii_escape, _indices_first
)
_PHP = _Language(
    -3, 17, ("0", "0"), "", ".0", "e+", 1, (-(2**63), 2**63 - 1), _joined_pairs, _SPECIAL_PHP, _ascii_escape, _php_list
)
_JAVA = _Language(-2, 7, ("0.0", "-0.0"), ".0", ".0", "E", 2, (-inf, inf), _joined_pairs)  # its integers are no doubles
