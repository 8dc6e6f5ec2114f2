"""Bodies as clients write them down: compressed, with a byte order mark, in a charset of their own; and those that nobody can read."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from mockmarket.config import Config, Limits
from tests.running import FIXTURE, FLOOR, PORTAL_KEY, serving

LIMIT = 10_000

every_owner = pytest.mark.parametrize(
    ("path", "value", "status"),
    [("/_mockmarket/clock/advance", {"seconds": 0}, 200), ("/api/v1/orders", FLOOR, 201)],
    ids=["control", "portal"],
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve a mock that takes small bodies only."""
    with serving(Config(fixture=FIXTURE, limits=replace(Limits(), request_body=LIMIT))) as served:
        yield served.url


def post(address: str, body: bytes, coding: str = "", type: str = "application/json") -> requests.Response:
    """Send bytes as they are."""
    coded = {"Content-Encoding": coding} if coding else {}
    return requests.post(address, data=body, headers={"Content-Type": type, **PORTAL_KEY, **coded}, timeout=30)


def headless(body: bytes) -> bytes:
    """Deflate without zlib's head."""
    writer = zlib.compressobj(wbits=-15)
    return writer.compress(body) + writer.flush()


@every_owner
@pytest.mark.parametrize(
    ("coding", "compress"),
    [
        ("gzip", gzip.compress),
        ("X-GZip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", headless),
        ("identity", bytes),
    ],
)
def test_compressed_body_is_read(url: str, path: str, value: object, status: int, coding: str, compress: type) -> None:
    answer = post(url + path, compress(json.dumps(value).encode()), coding)

    assert answer.status_code == status, answer.text


@every_owner
@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("", "utf-8-sig"),
        ("utf-8", "utf-8-sig"),
        ("UTF-8", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16le", "utf-16-le"),
        ("iso-8859-1", "latin-1"),
    ],
)
def test_body_is_read_in_its_charset(
    url: str, path: str, value: object, status: int, charset: str, encoding: str
) -> None:
    type = f"application/json; charset={charset}" if charset else "application/json"
    body = json.dumps(value, ensure_ascii=False).encode(encoding)

    assert post(url + path, body, type=type).status_code == status


@every_owner
@pytest.mark.parametrize(
    ("coding", "body", "refused", "words"),
    [
        ("br", b"{}", 415, "Content-Encoding br is not supported"),
        ("gzip", b"{}", 400, "The body is not gzip"),
        ("deflate", b"\xff\xff", 400, "The body is not deflate"),
        ("gzip", gzip.compress(b"{}" + b" " * 99, mtime=0)[:-9], 400, "The body ends before its gzip does"),
        ("deflate", zlib.compress(b"{}" + b" " * 99)[:-5], 400, "The body ends before its deflate does"),
        ("deflate", headless(b"{}" + b" " * 99)[:-1], 400, "The body ends before its deflate does"),
        ("gzip", gzip.compress(b" " * (LIMIT + 1), mtime=0), 413, f"larger than {LIMIT} bytes"),
        ("deflate", zlib.compress(b" " * (LIMIT + 1)), 413, f"larger than {LIMIT} bytes"),
        ("deflate", headless(b" " * (LIMIT + 1)), 413, f"larger than {LIMIT} bytes"),
    ],
)
def test_body_that_cannot_be_inflated_is_refused(
    url: str, path: str, value: object, status: int, coding: str, body: bytes, refused: int, words: str
) -> None:
    answer = post(url + path, body, coding)

    assert answer.status_code == refused
    assert words in answer.text


@every_owner
@pytest.mark.parametrize(
    ("charset", "body", "refused", "words"),
    [
        ("klingon", b"{}", 415, "charset klingon is not known"),
        ("punycode", b"a" * 5_000, 415, "charset punycode is not known"),
        ("unicode_escape", b"{}", 415, "charset unicode_escape is not known"),
        ("iso-8859-99", b"{}", 400, "not ISO-8859-99"),
        ("utf-8", b'{"a": "\xff"}', 400, "The body is not UTF-8"),
        ("utf-16", b"{", 400, "The body is not UTF-16"),
        ("idna", b"{}", 415, "charset idna is not known"),
        ("undefined", b"{}", 415, "charset undefined is not known"),
    ],
)
def test_body_that_is_not_in_its_charset_is_refused(
    url: str, path: str, value: object, status: int, charset: str, body: bytes, refused: int, words: str
) -> None:
    answer = post(url + path, body, type=f"application/json; charset={charset}")

    assert answer.status_code == refused
    assert words in answer.text
