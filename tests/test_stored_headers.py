"""A subscriber's own headers are parsed strictly; none of them can change the rest of the message."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from mockmarket.webhooks.signing import parse_stored_headers
from mockmarket_client.scheme import Headers
from tests.effort import tries

STORED: list[tuple[str, Headers]] = [
    ("", ()),
    (" \t", ()),
    ("User: SkyTest,Password: password,Id: Sky", (("User", "SkyTest"), ("Password", "password"), ("Id", "Sky"))),
    ("Bearer: dc70454c-d10a,Id: Sky", (("Bearer", "dc70454c-d10a"), ("Id", "Sky"))),
    ("Accept: text/html, image/gif,Id: 1", (("Accept", "text/html, image/gif"), ("Id", "1"))),
    ("Link: https://example.test:81/a", (("Link", "https://example.test:81/a"),)),
    (" A :\tb , C:d\te ", (("A", "b"), ("C", "d\te"))),
    ("Empty:,Id: 1", (("Empty", ""), ("Id", "1"))),
    ("Tag: a,Tag: b", (("Tag", "a"), ("Tag", "b"))),
    ("Id: a,", (("Id", "a,"),)),
    (f"Id: {'x' * 1024}", (("Id", "x" * 1024),)),
    (",".join(f"H{n}: {n}" for n in range(50)), tuple((f"H{n}", str(n)) for n in range(50))),
]


@pytest.mark.parametrize(("text", "headers"), STORED, ids=range(len(STORED)))
def test_stored_headers_are_parsed(text: str, headers: Headers) -> None:
    assert parse_stored_headers(text) == headers


RESERVED = [
    *("Host", "Content-Length", "Transfer-Encoding", "TE", "Trailer", "Connection", "Keep-Alive", "Upgrade", "Expect"),
    *("Proxy-Authorization", "Proxy-Connection", "proxy-", "Content-Type", "Content-Encoding", "User-Agent"),
    *("Webhooks-Signature", "X-Other"),
]


@pytest.mark.parametrize("name", [*RESERVED, *map(str.upper, RESERVED), *map(str.lower, RESERVED)])
def test_reserved_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="set by the sender; leave it out"):
        parse_stored_headers(f"Id: 1,{name}: x", reserved=("Webhooks-Signature", "x-other"))


INJECTIONS = [
    ("Id", "no colon"),
    (": x", "no header name"),
    ("I d: x", "no header name"),
    ("Id\r\nX: y", "no header name"),
    ("Ñ: x", "no header name"),
    ("Id\x00: x", "no header name"),
    (f"{'N' * 257}: x", "no header name"),
    ("Id: a\r\nX-Evil: b", "visible ASCII"),
    ("Id: a\n", "visible ASCII"),
    ("Id: a\r", "visible ASCII"),
    ("Id: a\r\n folded", "visible ASCII"),
    ("Id: a\x00b", "visible ASCII"),
    ("Id: a\x7f", "visible ASCII"),
    ("Id: a\x0b", "visible ASCII"),
    ("Id: ñ", "visible ASCII"),
    ("Id: a\u2028X: b", "visible ASCII"),
    (f"Id: {'x' * 1025}", "1025 bytes; send at most 1024"),
    (",".join(f"H{n}: {n}" for n in range(51)), "51 headers are too many; send at most 50"),
]


@pytest.mark.parametrize(("text", "reason"), INJECTIONS, ids=range(len(INJECTIONS)))
def test_injections_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_stored_headers(text)


@settings(derandomize=True, database=None, max_examples=tries(200), deadline=None)
@given(st.text(alphabet="aZ-:, \t\r\n\x00é", max_size=60))
def test_parsed_headers_are_always_safe(text: str) -> None:
    try:
        headers = parse_stored_headers(text)
    except ValueError:
        return

    line = "".join(name + value for name, value in headers)
    assert all(name and ":" not in name and " " not in name for name, _ in headers)
    assert all(character == "\t" or " " <= character <= "~" for character in line)
