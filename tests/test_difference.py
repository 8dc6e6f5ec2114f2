"""The difference of two payloads: by path, with both values."""

from __future__ import annotations

import pytest

from mockmarket.dashboard.difference import Change, compare


@pytest.mark.parametrize(("before", "after", "paths"), [
    (b'{"a": 1}', b'{"a": 2}', [Change("$.a", "changed", "1", "2")]),
    (b'{"a": [1, 2]}', b'{"a": [1]}', [Change("$.a[1]", "removed", "2")]),
    (b'{"a": {"b": null}}', b'{"a": {"b": null, "c": "x"}}', [Change("$.a.c", "added", after='"x"')]),
    (b'{"a": 1}', b'{"a": true}', [Change("$.a", "changed", "1", "true")]),
])  # fmt: skip
def test_paths_that_differ_are_listed(before: bytes, after: bytes, paths: list[Change]) -> None:
    words, listed = compare(before, after)

    assert listed == paths
    assert words == "1 path differs."


@pytest.mark.parametrize(("before", "after", "words"), [
    (b"abc", b"abc", "The same bytes."),
    (b'{"a": 1, "b": 2}', b'{"b":2,"a":1}', "The same JSON; only white space or the order of members differs."),
    (b"abc", b"abcd", "3 and 4 bytes, which differ and are not both JSON."),
])  # fmt: skip
def test_payloads_without_a_path_get_a_sentence(before: bytes, after: bytes, words: str) -> None:
    assert compare(before, after) == (words, [])
