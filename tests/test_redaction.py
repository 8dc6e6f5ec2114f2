"""What is redacted of a request has no secret in it: by name, in headers, queries, forms, multipart and JSON, and by value."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings, strategies as st

from mockmarket.clock import monotonic
from mockmarket.matching.redaction import Hidden, credentials, in_body, in_headers, in_query, is_secret
from mockmarket.server.dispatch import shown_path
from tests.effort import tries

NOTHING = Hidden()
KEY = "portal_test_full_0000000000000001"


@pytest.mark.parametrize(
    "name",
    ["key", "Key", "apiKey", "APIKey", "api-key", "api_key", "apikey", "accessKey", "private_key", "X-API-Key", "x-token", "tokens",
     "access_token", "accessToken", "authtoken", "X-Application-Token", "secret", "Secret", "secrets", "client_secret", "clientSecret",
     "webhook-secret", "X-Webhook-Secret", "secret2", "password", "passwd", "pwd", "X-Password", "user[password]", "auth", "X-Auth",
     "authorization", "Authorization", "Proxy-Authorization", "credential", "credentials", "X-Signature", "signature", "Cookie",
     "Set-Cookie", "session", "sessionId", "session_id", "jwt", "bearer", "keySecretId"],
)  # fmt: skip
def test_name_of_a_secret_is_known(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    ["", "monkey", "keyboard", "author", "name", "Content-Type", "X-Request-Id", "tokenType", "keyId", "apiKeyId", "sessions", "passenger",
     "keys", "key_prefix"],
)  # fmt: skip
def test_other_names_are_not(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("body", "redacted"),
    [
        ('{"api-key": "hush"}', '{"api-key": "(redacted)"}'),
        ('{"accessKey":"hush"}', '{"accessKey":"(redacted)"}'),
        ('{"deep": [{"passwd": "hu\\"sh\\\\", "next": 1}]}', '{"deep": [{"passwd": "(redacted)", "next": 1}]}'),
        ('{"secret": ["hush", {"a": "]hush"}], "n": 1}', '{"secret": "(redacted)", "n": 1}'),
        ('{"secret": {"a": "}hush"}, "n": 1}', '{"secret": "(redacted)", "n": 1}'),
        ('{"token": 12.5e3, "jwt": true}', '{"token": "(redacted)", "jwt": "(redacted)"}'),
        ('{"token": null}', '{"token": null}'),
        ('{"s\\u0065cret": "hush"}', '{"s\\u0065cret": "(redacted)"}'),
        ('{"headers": "X-A: 1,Authorization: Bearer hush, hush2,X-B: 2"}', '{"headers": "X-A: 1,Authorization: (redacted),X-B: 2"}'),
        ('{"headers": {"Authorization": "hush"}}', '{"headers": {"Authorization": "(redacted)"}}'),
        ('{"keyboard": "a", "name": "secret", "monkey": "b"}', '{"keyboard": "a", "name": "secret", "monkey": "b"}'),
        ('["secret", "token"]', '["secret", "token"]'),
        ('{"secret": "hush', '{"secret": "(redacted)"'),
        ('{"secret": ["hush", "hu', '{"secret": "(redacted)"'),
        ("\ufeff{\"secret\": \"hush\"}", '\ufeff{"secret": "(redacted)"}'),
        ("s%65cret=hush&a=1&PASSWORD=x+y", "s%65cret=(redacted)&a=1&PASSWORD=(redacted)"),
        ("q=a+key&signature=", "q=a+key&signature="),
        ("<secret>kept</secret>", "<secret>kept</secret>"),
        ("", ""),
    ],
)  # fmt: skip
def test_value_goes_whatever_its_type(body: str, redacted: str) -> None:
    assert in_body(body.encode(), NOTHING).decode() == redacted


def test_field_of_multipart_goes() -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'

    redacted = in_body(part % (b"api_key", b"hush") + part % (b"city", b"Cebu") + b"--b--\r\n", NOTHING)

    assert redacted == part % (b"api_key", b"(redacted)") + part % (b"city", b"Cebu") + b"--b--\r\n"


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-be", "utf-32-le"])
def test_body_of_another_charset_has_no_secret(charset: str) -> None:
    redacted = in_body('{"secret": "hush-hush"}'.encode(charset), NOTHING)

    assert b"hush" not in redacted.replace(b"\0", b"")


@pytest.mark.parametrize(
    "body",
    [f'{{"note": "by {KEY}!"}}', '{"note": "\\u0070' + KEY[1:] + '"}', f"note={KEY}", "note=%70" + KEY[1:], f"<a>{KEY}</a>",
     f'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n{KEY}\r\n--b--', f'{{"{KEY}": 1}}', KEY],
)  # fmt: skip
def test_known_credential_goes_wherever_it_stands(body: str) -> None:
    redacted = in_body(body.encode(), Hidden([], Hidden([KEY])))

    assert KEY[1:].encode() not in redacted
    assert b"(redacted)" in redacted


@pytest.mark.parametrize("text", ["a/b+c/d e", 'quote"d-secret', "straße-straße"])
def test_credential_goes_as_others_spell_it(text: str) -> None:
    hidden = Hidden([text])
    php = json.dumps({"n": text}).replace("/", "\\/").encode()

    assert json.loads(in_body(php, hidden)) == {"n": "(redacted)"}
    assert "(redacted)" in in_query(f"n={'+'.join(map(quoted, text.split(' ')))}", hidden)


def quoted(text: str) -> str:
    """Percent-encode every byte."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


def test_headers_have_no_secret() -> None:
    headers = [("X-API-Key", "hush"), ("X-Trace", f"a {KEY} b"), ("Accept", "*/*")]

    assert in_headers(headers, Hidden([KEY])) == (
        ("X-API-Key", "(redacted)"), ("X-Trace", "a (redacted) b"), ("Accept", "*/*"))  # fmt: skip


@pytest.mark.parametrize(
    ("query", "redacted"),
    [("page=1&api_key=hush&x", "page=1&api_key=(redacted)&x"), ("TOKEN=hush=hush", "TOKEN=(redacted)"), ("key&b=2", "key&b=2"), ("", ""),
     ("a=%C3%A9&%6bey=hush", "a=%C3%A9&%6bey=(redacted)"), ("a=\xe9", "a=\xe9")],
)  # fmt: skip
def test_parameter_of_a_secret_goes(query: str, redacted: str) -> None:
    assert in_query(query, NOTHING) == redacted


def test_credentials_are_read_from_headers_and_query() -> None:
    basic = base64.b64encode(b"user:pass-word").decode()
    headers = [("Authorization", f"Basic {basic}"), ("X-Api-Token", "a-token"), ("Accept", "text/html")]

    assert {f"Basic {basic}", basic, "user:pass-word", "pass-word", "a-token", "z z"} <= credentials(
        headers, "token=z%20z&a=b"
    )
    assert "text/html" not in credentials(headers, "")


def test_short_text_is_no_credential() -> None:
    assert in_body(b'{"a": "x is 1"}', Hidden(["x", "1", ""])) == b'{"a": "x is 1"}'


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.thorough
@settings(max_examples=tries(20), deadline=None)
@given(VALUES)
def test_json_stays_json(value: object) -> None:
    body = json.dumps({"before": value, "secret": value, "after": value}).encode()

    redacted = json.loads(in_body(body, NOTHING))

    assert redacted["secret"] == (None if value is None else "(redacted)")
    assert list(redacted) == ["before", "secret", "after"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "body",
    [b'"' * 70_000, b'{"a' * 23_000, b"\\" * 70_000, b'{"headers":"' + b"a," * 30_000, b'{"headers":"' + b"a" * 70_000,
     b'{"headers":"' + b"a:" * 35_000, b'{"secret":' * 7_000, b'{"secret":[' * 7_000, b'"a":' * 17_000, b'{"a"' + b" " * 70_000,
     b"--" + b"\r\n--" * 17_000, b"&=" * 35_000, b'{"headers":"' + b"\\n" * 35_000, b'{"' + b"key" * 23_000 + b'": 1}'],
    ids=lambda body: body[:12].decode(),
)  # fmt: skip
def test_hostile_body_takes_linear_time(body: bytes) -> None:
    began = monotonic()

    in_body(body, Hidden(["some-credential"]))

    assert monotonic() - began < 2


def test_path_in_the_log_has_no_credential_and_one_line() -> None:
    environ = {"PATH_INFO": f"/a/{KEY}/b\nINFO forged", "QUERY_STRING": "token=hush-hush", "HTTP_X_API_KEY": KEY}

    assert shown_path(environ) == "/a/(redacted)/b\\nINFO forged"
