"""Takes secrets out of what is shown: by the name of a header, parameter or member, and by value wherever they stand. Pure.

A name is compared decoded and without case, word by word: `apiKey`, `X-API-KEY` and `client_key` have the word `key`, `monkey` has not."""

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from typing import AnyStr
from urllib.parse import parse_qsl, quote, unquote_plus

import orjson

REDACTED = "(redacted)"
REDACTED_BYTES = REDACTED.encode()
REDACTED_JSON = orjson.dumps(REDACTED)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
SECRET_WORD = re.compile(
    r".*(?:token|secret|password|passwd|passphrase|credential|signature|cookie|bearer)s?|auth|authorization|authentication|session|jwt|pwd"
    r"|(?:access|account|admin|api|app|application|auth|client|consumer|encryption|license|master|merchant|partner|private|secret|service"
    r"|session|shared|signing|user|web|webhook|x)*key"
)
"""The words whose values are secrets, in lower case; in a name without separators `key` counts after one of these."""
OF_A_KEY = ("count", "id", "ids", "name", "prefix", "type")
"""Words that say something of a key or token behind its word: `keyId` names no secret."""
SUSPECT = b"auth bearer cookie credential jwt key pass pwd secret session signature token header".split()
"""The name of each member that may hold a secret has one of these, in lower case; a search for them is many times faster."""
LONGEST_NAME = 200
SHORTEST = 6
"""Characters of the shortest text that is taken for a credential by value."""
STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
COLON = re.compile(rb"\s*:\s*")
BRACKET = re.compile(STRING.pattern + rb"|[\[\]{}]", re.DOTALL)
PLAIN_VALUE = re.compile(rb"[^,\]}\s]*")
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]"
HEADER = re.compile(rf"(?<!{_NAME})({_NAME}++[ \t]*+:[ \t]*+)([^,\r\n]*+(?:,(?![ \t]*+{_NAME}++[ \t]*+:)[^,\r\n]*+)*+)")
PART_NAME = re.compile(rb'\bname="([^"]*)"')


def is_secret(name: str) -> bool:
    """Return whether the value under a name is a secret."""
    return _is_secret(name) if len(name) <= LONGEST_NAME else _is_secret.__wrapped__(name)


@lru_cache(maxsize=2048)
def _is_secret(name: str) -> bool:
    words = [*(word.lower() for word in WORD.findall(name)), ""]
    return any(_is_secret_word(word, following) for word, following in pairwise(words))


def _is_secret_word(word: str, following: str) -> bool:
    return SECRET_WORD.fullmatch(word) is not None and not (word.endswith(("key", "token")) and following in OF_A_KEY)


class Hidden:
    """Secrets that are taken out by value, also as they stand in JSON and in a URL; first those of `known`."""

    def __init__(self, secrets: Iterable[str] = (), known: "Hidden | None" = None) -> None:
        self._known = known
        texts = {text for text in secrets if len(text) >= SHORTEST}
        spelt = {spelling for text in texts for spelling in (text, text.replace("/", "\\/"), quote(text, safe=""))}
        self._texts = sorted(spelt, key=len, reverse=True)
        self._raw = [text.encode("utf-8", "surrogatepass") for text in self._texts]

    def text(self, text: str) -> str:
        """Return a text without the secrets."""
        return _without(self._texts, self._known.text(text) if self._known else text, REDACTED)

    def raw(self, content: bytes) -> bytes:
        """Return bytes without the secrets."""
        return _without(self._raw, self._known.raw(content) if self._known else content, REDACTED_BYTES)


def _without(secrets: Iterable[AnyStr], content: AnyStr, instead: AnyStr) -> AnyStr:
    for secret in secrets:
        if secret in content:
            content = content.replace(secret, instead)
    return content


def credentials(headers: Iterable[tuple[str, str]], query: str) -> set[str]:
    """Return the credentials that a request was made with: the values of secret headers, also without their scheme, and of secret
    parameters."""
    values = {value for name, value in headers if is_secret(name)}
    values |= {value for name, value in parse_qsl(query, errors="surrogateescape") if is_secret(name)}
    return {part for value in values for part in _parts_of(value)}


def _parts_of(value: str) -> Iterator[str]:
    yield value
    scheme, _, token = value.partition(" ")
    yield token.strip()
    if scheme.lower() == "basic":
        with suppress(ValueError):
            text = base64.b64decode(token, validate=True).decode()
            yield from (text, text.partition(":")[2])


def in_headers(headers: Iterable[tuple[str, str]], hidden: Hidden) -> tuple[tuple[str, str], ...]:
    """Return headers without secrets."""
    return tuple((name, REDACTED if is_secret(name) else hidden.text(value)) for name, value in headers)


def in_query(query: str, hidden: Hidden) -> str:
    """Return a query without secrets."""
    return _in_form(query.encode("utf-8", "surrogatepass"), hidden).decode("utf-8", "surrogatepass")


def in_body(body: bytes, hidden: Hidden) -> bytes:
    """Return a body without secrets: JSON, a form, or multipart; one in UTF-16 or UTF-32 without its zero bytes."""
    if b"\0" in body[:8]:
        body = body.replace(b"\0", b"")
    start = body[:64].lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")[:2]
    if start == b"--":
        return hidden.raw(_in_parts(body))
    if start[:1] in (b"{", b"[", b'"'):
        return hidden.raw(_in_json(body, hidden))
    return hidden.raw(body) if start[:1] in (b"<", b"%", b"") else _in_form(body, hidden)


def _in_form(form: bytes, hidden: Hidden) -> bytes:
    pairs = (part.partition(b"=") for part in form.split(b"&"))
    return hidden.raw(b"&".join(name + sign + _in_field(name, value, hidden) for name, sign, value in pairs))


def _in_field(name: bytes, value: bytes, hidden: Hidden) -> bytes:
    text = unquote_plus(value.decode("latin-1"))
    secret = value and (is_secret(unquote_plus(name.decode("latin-1"))) or hidden.text(text) != text)
    return REDACTED_BYTES if secret else value


def _in_parts(body: bytes) -> bytes:
    boundary = body.split(b"\r\n", 1)[0]
    parts = body.split(b"\r\n" + boundary)
    for index, part in enumerate(parts):
        head, ends, _ = part.partition(b"\r\n\r\n")
        named = PART_NAME.search(head)
        if ends and named and is_secret(unquote_plus(named[1].decode("latin-1"))):
            parts[index] = head + ends + REDACTED_BYTES
    return (b"\r\n" + boundary).join(parts)


def _in_json(body: bytes, hidden: Hidden) -> bytes:
    """Return JSON without the values of secret members, whatever their type; every other byte stays. The JSON may be cut at its end."""
    lowered = body.lower()
    if b"\\" not in body and not any(part in lowered for part in SUSPECT):
        return body
    pieces: list[bytes] = []
    kept = 0
    for start, end, value in _changes(body, hidden):
        pieces += [body[kept:start], value]
        kept = end
    return b"".join([*pieces, body[kept:]])


def _changes(body: bytes, hidden: Hidden) -> Iterator[tuple[int, int, bytes]]:
    """Yield where a secret begins and ends in JSON, and what stands there instead."""
    at = 0
    while string := STRING.search(body, at):
        at = string.end()
        colon = COLON.match(body, at)
        if colon is None:
            yield from _change_of(string, hidden.text) if b"\\" in string[0] else ()
            continue
        name, at = _decoded(string[0]), colon.end()
        if is_secret(name):
            start, at = at, _end_of(body, at)
            yield from [(start, at, REDACTED_JSON)] if body[start:at] != b"null" else []
        elif "header" in name.lower() and (value := STRING.match(body, at)):
            at = value.end()
            yield from _change_of(value, _in_header_lines)


def _change_of(string: re.Match[bytes], change: Callable[[str], str]) -> Iterator[tuple[int, int, bytes]]:
    text = _decoded(string[0])
    if (changed := change(text)) != text:
        yield string.start(), string.end(), orjson.dumps(changed)


def _in_header_lines(text: str) -> str:
    return HEADER.sub(lambda line: line[1] + REDACTED if is_secret(line[1]) else line[0], text)


def _decoded(string: bytes) -> str:
    if b"\\" in string:
        with suppress(ValueError):
            return str(orjson.loads(string))
    return string.strip(b'"').decode("utf-8", "replace")


def _end_of(body: bytes, start: int) -> int:
    """Return where the JSON value ends that begins at `start`; the end of the body for a value that is cut."""
    depth = 0
    first = body[start : start + 1]
    if first not in (b"{", b"["):
        value = (STRING if first == b'"' else PLAIN_VALUE).match(body, start)
        return value.end() if value else start
    for token in BRACKET.finditer(body, start):
        depth += (token[0] in (b"{", b"[")) - (token[0] in (b"}", b"]"))
        if depth == 0:
            return token.end()
    return len(body)
