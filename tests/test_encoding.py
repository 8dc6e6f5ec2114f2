"""The dialects write what JavaScript, PHP and Java write; the first two are asked themselves."""

from __future__ import annotations

import json
import math
import random
import shutil
import struct
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockmarket.webhooks.encoding import (
    JAVA_DOUBT,
    JAVASCRIPT_DOUBT,
    PHP_DOUBT,
    Dialect,
    Doubt,
    java,
    javascript,
    php,
)
from tests.effort import tries

RECEIVERS = Path(__file__).parent / "receivers"
BODIES = tries(10_000)

NASTY_NUMBERS = [
    *(0, -1, 2**31, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, 2**63, -(2**63), 2**64, 10**21, 10**30),
    *(0.0, -0.0, 10.0, 42.0, 150.5, 0.1, 0.1 + 0.2, 1e5, 1e15, 1e16, 1e17, 1e20, 1e21, 1e22, 123456789012345680000.0),
    *(1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1.5e-7, 123.456e-9, 9.999999e20, 4503599627370497.5, 9007199254740993.0, 2e23),
    *(5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1e25, -1e-9, 99999999999999980.0, 0.30000000000000004),
]
NASTY_TEXTS = [
    *("", "Peña", "₱3,000", "🎟️🎉", "a/b", 'say "hi"', "back\\slash", "\u2028\u2029", "\x7f\x80\x9f", "\ufeff\uffff"),
    *(
        "\x00\x01\x08\x09\x0a\x0b\x0c\x0d\x1f",
        "tab\tnewline\n",
        "null",
        "1.0,",
        "12345678901234567890,",
        "\\u0041",
        "</script>",
    ),
]
LONE_SURROGATES = ["\ud800", "\udfff", "a\udc00b", "\ud83d\ud83d\ude00", "\ude00\ud83d"]
PLAIN_KEYS = [
    "id",
    "data",
    "Peña",
    "url/path",
    'quo"te',
    "",
    "\U0001f39f",
    "-1",
    "00",
    "01",
    "1.5",
    "__proto__",
    "toString",
]
INDEX_KEYS = ["0", "1", "2", "10", "9", "4294967294", "4294967295", "4294967296", "9007199254740993"]


class Generator:
    """Makes the same nested values for the same seed."""

    def __init__(self, seed: int, texts: list[str], keys: list[str]) -> None:
        self.dice = random.Random(seed)
        self.texts = texts
        self.keys = keys

    def value(self, depth: int = 0) -> object:
        kind = self.dice.randrange(9 if depth < 3 else 6)
        if kind == 6:
            return [self.value(depth + 1) for _ in range(self.dice.randrange(4))]
        if kind > 6:
            return self.members(depth)
        return [self.number, self.number, self.money, self.text, self.text, self.word][kind]()

    def members(self, depth: int = 0) -> dict[str, object]:
        return {self.dice.choice(self.keys): self.value(depth + 1) for _ in range(self.dice.randrange(6))}

    def number(self) -> object:
        bits = struct.unpack(">d", self.dice.randbytes(8))[0]
        return self.dice.choice([*NASTY_NUMBERS, bits if math.isfinite(bits) else 1, self.dice.uniform(-1e9, 1e9)])

    def money(self) -> object:
        return self.dice.randrange(10**7) / 100

    def text(self) -> object:
        return self.dice.choice(self.texts) + chr(
            self.dice.choice([*range(1, 0xD7FF, 97), *range(0xE000, 0x10FFFF, 9973)])
        )

    def word(self) -> object:
        return self.dice.choice([None, True, False])


def reserialised(command: list[str], bodies: list[bytes]) -> list[bytes]:
    """Let another language parse and write all bodies, in one process."""
    frames = b"".join(struct.pack(">I", len(body)) + body for body in bodies)
    out = subprocess.run(command, input=frames, capture_output=True, check=True).stdout
    parts, at = [], 0
    while at < len(out):
        (length,) = struct.unpack_from(">I", out, at)
        parts.append(out[at + 4 : at + 4 + length])
        at += 4 + length
    return parts


def differences(bodies: list[bytes], again: list[bytes]) -> list[tuple[bytes, bytes]]:
    return [pair for pair in zip(bodies, again, strict=True) if pair[0] != pair[1]][:3]


@pytest.mark.thorough
def test_node_rewrites_javascript_bodies_unchanged() -> None:
    make = Generator(20250615, NASTY_TEXTS + LONE_SURROGATES, PLAIN_KEYS + INDEX_KEYS)
    bodies = [javascript(make.members()) for _ in range(BODIES)]

    again = reserialised(["node", str(RECEIVERS / "reserialise.mjs")], bodies)

    assert differences(bodies, again) == []


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed, so PHP cannot be asked")
def test_php_rewrites_php_bodies_unchanged() -> None:
    make = Generator(20250616, NASTY_TEXTS, PLAIN_KEYS + INDEX_KEYS)
    bodies = [php(make.members()) for _ in range(BODIES)]

    again = reserialised(["php", "-n", str(RECEIVERS / "reserialise.php")], bodies)

    assert differences(bodies, again) == []


@pytest.mark.parametrize("doubt", [JAVASCRIPT_DOUBT, PHP_DOUBT, JAVA_DOUBT], ids=["javascript", "php", "java"])
def test_doubts_are_never_overlooked(doubt: Doubt) -> None:
    make = Generator(20250617, NASTY_TEXTS, PLAIN_KEYS + INDEX_KEYS)
    small = [number for number in NASTY_NUMBERS if not isinstance(number, int) or -(2**63) <= number < 2**64]
    bodies = [orjson.dumps(number) for number in small] + [orjson.dumps([{"n": number}]) for number in small]
    for _ in range(BODIES):
        with suppress(TypeError):  # integers that the fast encoder leaves to ours
            bodies.append(orjson.dumps(make.members()))

    matches = [bool(doubt.pattern.search(body)) for body in bodies]

    assert len({*matches}) == 2
    assert [doubt.about(body) for body in bodies] == matches


def test_javascript_bodies_keep_their_meaning() -> None:
    make = Generator(7, NASTY_TEXTS + LONE_SURROGATES, PLAIN_KEYS + INDEX_KEYS)
    values = [make.members() for _ in range(1_000)]

    read = [json.loads(javascript(value), parse_int=float) for value in values]

    assert read == [json.loads(json.dumps(value), parse_int=float) for value in values]


JAVASCRIPT: list[tuple[Any, bytes]] = [
    (42.0, b"42"),
    (150.50, b"150.5"),
    (1e5, b"100000"),
    (1e16, b"10000000000000000"),
    (1e21, b"1e+21"),
    (1e-6, b"0.000001"),
    (1e-7, b"1e-7"),
    (-0.0, b"0"),
    (2**53 + 1, b"9007199254740992"),
    (10**21, b"1e+21"),
    ({"b": 1, "2": 2, "1": 3}, b'{"1":3,"2":2,"b":1}'),
    ({"b": 1, "4294967295": 2, "4294967294": 3}, b'{"4294967294":3,"b":1,"4294967295":2}'),
    ("é/\u2028🎟₱", '"é/\u2028🎟₱"'.encode()),
    ("\b\f\n\r\t\x00\x1f", b'"\\b\\f\\n\\r\\t\\u0000\\u001f"'),
    ("\ud800", b'"\\ud800"'),
    ("\ud83d\ude00", '"😀"'.encode()),
    ({"\ud83d\ude00": 1, "😀": 2}, '{"😀":2}'.encode()),
    ((1, [True, False, None], {}), b"[1,[true,false,null],{}]"),
]


@pytest.mark.parametrize(("value", "body"), JAVASCRIPT)
def test_javascript_writes_its_own_forms(value: object, body: bytes) -> None:
    assert javascript(value) == body


PHP: list[tuple[Any, bytes]] = [
    (10.0, b"10"),
    (0.1, b"0.1"),
    (1e25, b"1.0e+25"),
    (1e-7, b"1.0e-7"),
    (1e16, b"10000000000000000"),
    (1e17, b"1.0e+17"),
    (0.0001, b"0.0001"),
    (0.00001, b"1.0e-5"),
    (-0.0, b"0"),
    (2**63 - 1, b"9223372036854775807"),
    (2**63, b"9.223372036854776e+18"),
    ("a/b", b'"a\\/b"'),
    ("Peña ₱ 🎟", b'"Pe\\u00f1a \\u20b1 \\ud83c\\udf9f"'),
    ("\x7f\x1f", b'"\x7f\\u001f"'),
    ({}, b"[]"),
    ({"data": {}}, b'{"data":[]}'),
    ({"0": "a", "1": "b"}, b'["a","b"]'),
    ({"1": "a", "0": "b"}, b'{"1":"a","0":"b"}'),
]


@pytest.mark.parametrize(("value", "body"), PHP)
def test_php_writes_its_own_forms(value: object, body: bytes) -> None:
    assert php(value) == body


JAVA: list[tuple[Any, bytes]] = [  # the rules of java.lang.Double.toString, and Jackson's escapes
    (70.0, b"70.0"),
    (150.66, b"150.66"),
    (-80.5, b"-80.5"),
    (0.0, b"0.0"),
    (-0.0, b"-0.0"),
    (0.001, b"0.001"),
    (0.0001, b"1.0E-4"),
    (0.00012345, b"1.2345E-4"),
    (9999999.99, b"9999999.99"),
    (1e7, b"1.0E7"),
    (12345678.9, b"1.23456789E7"),
    (1e21, b"1.0E21"),
    (1.7976931348623157e308, b"1.7976931348623157E308"),
    (5e-324, b"4.9E-324"),
    (70, b"70"),
    (2**70, b"1180591620717411303424"),
    ({"b": None, "2": True, "1": []}, b'{"b":null,"2":true,"1":[]}'),
    ("Peña ₱ 🎟 a/b", '"Peña ₱ 🎟 a/b"'.encode()),
    ('"\\\n\x1f', b'"\\"\\\\\\n\\u001F"'),
]


@pytest.mark.parametrize(("value", "body"), JAVA)
def test_java_writes_its_own_forms(value: object, body: bytes) -> None:
    assert java(value) == body


DIALECTS = [javascript, php, java]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_no_dialect_writes_unreal_numbers(dialect: Dialect, number: float) -> None:
    with pytest.raises(ValueError, match="not a JSON number"):
        dialect({"deep": [None, {"price": number}]})


@pytest.mark.parametrize("dialect", [php, java])
@pytest.mark.parametrize("text", LONE_SURROGATES)
def test_lone_surrogates_are_refused_elsewhere(dialect: Dialect, text: str) -> None:
    with pytest.raises(ValueError, match="lone surrogate"):
        dialect({text: 1})


@pytest.mark.parametrize("dialect", [javascript, php])
def test_integers_beyond_doubles_are_refused(dialect: Dialect) -> None:
    with pytest.raises(ValueError, match="integer beyond"):
        dialect(10**400)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("value", [{1: "a"}, {"when": object()}, {"raw": b"bytes"}, {None: 1}])
def test_what_json_lacks_is_refused(dialect: Dialect, value: object) -> None:
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        dialect(value)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_reads_back_equal(dialect: Dialect) -> None:
    value = {"id": 7, "name": "Peña 🎟", "price": 150.66, "seats": [1, 2], "note": None, "open": True}

    assert json.loads(dialect(value)) == value
