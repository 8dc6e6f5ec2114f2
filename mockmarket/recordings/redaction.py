"""Takes secrets and personal data out of exchanges. The same value has the same placeholder everywhere, so that records still link.

A recording is read twice: a value that a member's name tells is also taken out where it stands in another text, earlier ones included."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import orjson

from mockmarket.recordings.answers import json_or_none, media_of, read_json
from mockmarket.recordings.exchange import Exchange, Headers, Message
from mockmarket.recordings.personal import (
    CARRIED,
    DIGITS,
    LOOKS,
    OF_ITS_PARENT,
    TOKEN_IN_PATH,
    is_card,
    is_card_number,
    is_person,
    kind_of,
    snake,
)
from mockmarket.recordings.playing import FORM

Json = Any  # any JSON value
SHORTEST = 6
"""Characters of the shortest value that is taken out of other texts too."""
DROPPED = ("host", "content-length", "referer", "origin", "cookie", "set-cookie", "forwarded", "via")
"""Headers, in lower case, that say where a person or a receiver was, or are of the body as it was."""
SCHEMES = re.compile(r"(Basic|Bearer|Token|Digest) +", re.IGNORECASE)
PLACEHOLDER = re.compile(
    r"redacted-(\d+)@example\.com|https://redacted\.example/(\d+)|redacted-([a-z]+)-(\d+)|\(redacted\)"
)
WORDS = re.compile(r"\w+")


class Redactor:
    """Redacts exchanges: `learn` reads each, `settle` chooses the placeholders, then `redact` returns each without what was learned."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, str]] = defaultdict(dict)
        self._taken: dict[str, set[int]] = defaultdict(set)
        self._first_words: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._settled = False
        self.left_out = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many different values were taken out, by their kind."""
        return {kind: len(values) for kind, values in self._values.items()}

    def learn(self, exchange: Exchange) -> None:
        """Read an exchange for what has to be taken out."""
        self._exchange(exchange)

    def settle(self) -> None:
        """Choose the placeholders of everything learned."""
        self._settled, self.left_out = True, 0
        for kind, values in self._values.items():
            numbers = (
                number
                for number in range(1, len(values) + len(self._taken[kind]) + 1)
                if number not in self._taken[kind]
            )
            for value, number in zip(values, numbers, strict=False):
                values[value] = placeholder(kind, value, number)
                if is_carried(kind, value) and (first := WORDS.search(value)):
                    self._first_words[first[0]].append((value[first.start() :], values[value]))
        for known in self._first_words.values():
            known.sort(key=lambda pair: len(pair[0]), reverse=True)

    def redact(self, exchange: Exchange) -> Exchange:
        """Return an exchange without secrets and personal data."""
        return self._exchange(exchange)

    def _exchange(self, exchange: Exchange) -> Exchange:
        answer = exchange.answer and self._message(exchange.answer)
        return replace(exchange, url=self._url(exchange), request=self._message(exchange.request), answer=answer)

    def _message(self, message: Message) -> Message:
        return Message(tuple(self._headers(message.headers)), self._body(message))

    def _url(self, exchange: Exchange) -> str:
        url = urlsplit(exchange.url)
        path = "/".join(
            quote(self._segment(unquote(segment)), safe="~:@!$&'()*+,;=") for segment in url.path.split("/")
        )
        query = self._form(url.query)
        host = "receiver.example" if exchange.kind == "webhook" else url.netloc.rpartition("@")[2]
        return (f"{url.scheme}://{host}" if url.scheme else "") + path + (f"?{query}" if query else "")

    def _segment(self, segment: str) -> str:
        return self._placeholder("token", segment) if TOKEN_IN_PATH.fullmatch(segment) else self._text(segment)

    def _form(self, text: str) -> str:
        return urlencode([(name, self._value(value, name)) for name, value in parse_qsl(text, keep_blank_values=True)])

    def _headers(self, headers: Headers) -> Iterator[tuple[str, str]]:
        for name, value in headers:
            if name.lower() in DROPPED:
                continue
            scheme = SCHEMES.match(value)
            if scheme and kind_of(name) == "token":
                yield name, scheme[0] + self._placeholder("token", value[scheme.end() :])
            else:
                yield name, str(self._value(value, name))

    def _body(self, message: Message) -> bytes | None:
        body = message.body
        if not body:
            return body
        if media_of(message) == FORM:
            return self._form(body.decode("utf-8", "replace")).encode()
        try:
            return orjson.dumps(self._value(read_json(body), ""))
        except (ValueError, TypeError):
            self.left_out += 1  # what is in another format cannot be searched by its members' names
            return None

    def _value(self, value: Json, name: str, of_person: bool = False, of_card: bool = False) -> Json:
        """Return a value under a name, `of_person` or `of_card` when that is in an object about one."""
        if isinstance(value, dict):
            person, card = is_person(name), of_card or is_card(name)
            self._learn_whole_name(value)
            own = {key: name if key in OF_ITS_PARENT else key for key in value}
            return {self._text(key): self._value(member, own[key], person, card) for key, member in value.items()}
        if isinstance(value, list):
            return [self._value(member, name, of_person, of_card) for member in value]
        kind = "card" if of_card else kind_of(name, of_person)
        if isinstance(value, str):
            return self._placeholder(kind, value) if kind and value else self._text(value)
        if kind in CARRIED and type(value) is int:
            return int(re.sub(r"\D", "", self._placeholder(str(kind), str(value))) or 0)
        return value

    def _learn_whole_name(self, value: dict[str, Json]) -> None:
        """Learn the name whose parts are members of their own, as it stands in other texts."""
        parts = {snake(key): part for key, part in value.items() if isinstance(part, str) and part}
        if "first_name" in parts and "last_name" in parts:
            self._placeholder("name", f"{parts['first_name']} {parts['last_name']}")

    def _text(self, text: str) -> str:
        """Return a text without what is known by its look, and without what was learned elsewhere."""
        if len(text) < SHORTEST:
            return text
        if text[:1] in ("{", "[") and (embedded := json_or_none(text.encode("utf-8", "surrogatepass"))) is not None:
            return json.dumps(self._value(embedded, ""), ensure_ascii=False, separators=(",", ":"))
        for kind, sign, least, pattern in LOOKS:
            if len(text) >= least and sign in text and pattern.search(text):
                text = pattern.sub(lambda match, kind=kind: self._look(kind, match[0]), text)  # type: ignore[misc]  # bound at once
        return self._without_known(text) if self._settled else text

    def _look(self, kind: str, text: str) -> str:
        return text if kind == "card" and not is_card_number(text) else self._placeholder(kind, text)

    def _without_known(self, text: str) -> str:
        pieces, kept = [], 0
        for word in WORDS.finditer(text):
            known = self._first_words.get(word[0], ()) if word.start() >= kept else ()
            for value, instead in known:
                end = word.start() + len(value)
                if text.startswith(value, word.start()) and not text[end : end + 1].isalnum():
                    pieces += [text[kept : word.start()], instead]
                    kept = end
                    break
        return "".join([*pieces, text[kept:]])

    def _placeholder(self, kind: str, value: str) -> str:
        """Return what stands instead of a value: before `settle` the value itself, which is learned."""
        if match := PLACEHOLDER.fullmatch(value):
            email, link, named, number = match.groups()
            self._taken["email" if email else "link" if link else named or ""].add(int(email or link or number or 0))
            return value
        if not self._settled:
            self._values[kind].setdefault(value, value)
        return self._values[kind].get(value, value)


def is_carried(kind: str, value: str) -> bool:
    """Return whether a value is taken out of other texts too: a short one, or a name of one word, stands there by chance."""
    return kind in CARRIED and len(value) >= SHORTEST and (kind != "name" or " " in value.strip())


def placeholder(kind: str, value: str, number: int) -> str:
    """Return the placeholder of a value with a number: of the same form where a comparison looks at that."""
    if kind == "email":
        return f"redacted-{number}@example.com"
    if kind == "link" and value.startswith(("http://", "https://")):
        return f"https://redacted.example/{number}"
    digits = sum(map(str.isdigit, value))
    if kind in DIGITS and digits >= len(str(number)) and not any(map(str.isalpha, value)):
        counted = iter(f"{number:0{digits}d}")
        return "".join(next(counted) if sign.isdigit() else sign for sign in value)
    return f"redacted-{kind}-{number}"
