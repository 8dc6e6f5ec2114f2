"""Recordings are read in every form that is written, entry by entry; what cannot be read is named by its file and entry."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from mockmarket.recordings import streams
from mockmarket.recordings.exchange import Exchange, UnreadableError
from mockmarket.recordings.reading import read
from tests.recordings import FOLDER

URL = "https://tickets.example/api/v1/events?limit=1"


def entry(url: str = URL, **members: Any) -> dict[str, Any]:
    """Return an entry of an HTTP archive, whose answer is `{}`, with these members of its request and answer replaced."""
    request = {"method": "GET", "url": url, "headers": [{"name": ":path", "value": "/"}, {"name": "X-A", "value": "1"}]}
    response = {"status": 200, "headers": [], "content": {"size": 2, "mimeType": "application/json", "text": "{}"}}
    request |= members.pop("request", {})
    response |= members.pop("response", {})
    return {"startedDateTime": "2026-03-29T17:37:42.482-07:00", "request": request, "response": response, **members}


def archive(*entries: object) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": "a test", "version": "1"}, "entries": [*entries]}}


def written(folder: Path, content: object, name: str = "calls.har") -> Path:
    """Return a file with bytes, or with a value as JSON."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def only(path: Path) -> Exchange:
    """Return a recording's only exchange."""
    (exchange,) = read(path)
    return exchange


def test_archive_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path, b"\xef\xbb\xbf" + json.dumps(archive(entry(), entry(_delivery="d1", _vendor="v"))).encode()
    )

    call, webhook = read(path)

    assert (call.kind, call.method, call.url, call.status) == ("call", "GET", URL, 200)
    assert (call.request.headers, call.request.body) == ((("X-A", "1"),), b"")
    assert call.answer is not None
    assert call.answer.body == b"{}"
    assert (call.at, call.place) == (1774831062482, f"{path}: entry 1")
    assert (webhook.kind, webhook.vendor, webhook.number) == ("webhook", "v", 2)


@pytest.mark.parametrize(
    ("posted", "body"),
    [
        ({}, b""),
        ({"bodySize": 5}, None),  # a browser that left the body out
        ({"postData": {"mimeType": "", "text": "", "params": []}}, b""),  # Insomnia, of a GET
        ({"postData": {"mimeType": "application/json", "text": '{"a":"ñ"}'}}, '{"a":"ñ"}'.encode()),
        ({"postData": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "1"}]}}, b"a+b=1"),
        ({"postData": {"mimeType": "multipart/form-data", "params": [{"name": "f", "fileName": "x"}]}}, None),
        ({"postData": {"mimeType": "image/png", "text": "/wA=", "encoding": "base64"}}, b"\xff\x00"),
    ],
)  # fmt: skip
def test_sent_bodies_are_decoded(tmp_path: Path, posted: dict[str, Any], body: bytes | None) -> None:
    exchange = only(written(tmp_path, archive(entry(request=posted))))

    assert exchange.request.body == body


@pytest.mark.parametrize(
    ("answered", "body"),
    [
        ({"content": {"size": 2, "text": "/wA=", "encoding": "base64"}}, b"\xff\x00"),
        ({"content": {"size": 2}}, None),
        ({"content": {"size": 0}}, None),  # Chrome, of a body that it no longer has
        ({"content": {"size": 0}, "headers": [{"name": "Content-Length", "value": "0"}]}, b""),
        ({"content": {"size": 0, "text": ""}}, b""),
        ({"status": 204, "content": {}}, b""),
    ],
)
def test_answered_bodies_are_decoded(tmp_path: Path, answered: dict[str, Any], body: bytes | None) -> None:
    answer = only(written(tmp_path, archive(entry(response=answered)))).answer

    assert answer is not None
    assert answer.body == body


def test_unanswered_request_has_no_answer(tmp_path: Path) -> None:
    exchange = only(written(tmp_path, archive(entry(response={"status": 0, "content": {}, "_error": None}))))

    assert (exchange.status, exchange.answer) == (None, None)


def test_attached_bodies_are_read(tmp_path: Path) -> None:
    har = archive(entry(request={"postData": {"_file": "sent.json"}}, response={"content": {"_file": "answered.json"}}))
    written(tmp_path, b'{"sent":1}', "sent.json")
    written(tmp_path, b'{"answered":1}', "answered.json")
    with zipfile.ZipFile(tmp_path / "calls.zip", "w") as packed:
        packed.writestr("har.har", json.dumps(har))
        for name in ("sent.json", "answered.json"):
            packed.write(tmp_path / name, name)

    for exchange in (only(written(tmp_path, har)), only(tmp_path / "calls.zip")):
        assert exchange.request.body == b'{"sent":1}'
        assert exchange.answer is not None
        assert exchange.answer.body == b'{"answered":1}'


def test_captured_webhooks_are_read(tmp_path: Path) -> None:
    headers = [["X-Signature", "0a"]]
    written(tmp_path, {"method": "POST", "path": "/hook?a=1", "headers": headers, "body_base64": "/wA="}, "2.json")
    sent = {"url": "http://localhost/hook", "headers": headers, "body": "{}", "received": "2026-01-01T00:00:01Z"}
    (tmp_path / "1.json").write_text(json.dumps(sent, indent=2))

    first, second = read(tmp_path)

    assert (first.kind, first.method, first.at) == ("webhook", "POST", 1767225601000)
    assert (first.request.headers, first.request.body) == ((("X-Signature", "0a"),), b"{}")
    assert (second.url, second.request.body, second.at) == ("/hook?a=1", b"\xff\x00", None)


def test_lines_are_read(tmp_path: Path) -> None:
    lines = [
        {"event": "listening", "url": "http://127.0.0.1:1"},
        {"path": "/hook", "headers": {"X-A": "1"}, "body": "{}"},
        {"method": "get", "path": "/api/v1/events", "query": "limit=1", "status": 200, "answer": {"data": []}},
    ]

    webhook, call = read(written(tmp_path, "\n".join(map(json.dumps, lines)).encode(), "lines.jsonl"))

    assert (webhook.kind, webhook.method, webhook.status, webhook.request.body) == ("webhook", "POST", None, b"{}")
    assert (call.kind, call.method, call.url) == ("call", "GET", "/api/v1/events?limit=1")
    assert call.answer is not None
    assert (call.number, call.answer.body) == (3, b'{"data":[]}')


def test_journal_is_read(tmp_path: Path) -> None:
    request = {"method": "GET", "path": "/a", "query": "b=1", "headers": [["A", "1"]], "body": "", "status": 404}
    answer = {"status": 200, "headers": [], "body": "ok"}
    sent = {"url": "http://localhost/", "headers": [], "body": "{}"}
    attempts = [{"wall_at": "2026-01-01T00:00:01Z", "request": sent, "answer": answer}] * 2

    call = only(written(tmp_path, {"requests": [request | {"answer_headers": [], "answer": "no", "vendor": "v"}]}))
    webhooks = [*read(written(tmp_path, {"deliveries": [{"vendor": "v", "attempts_made": attempts}]}))]

    assert (call.vendor, call.url, call.status) == ("v", "/a?b=1", 404)
    assert [(webhook.kind, webhook.vendor, webhook.request.body) for webhook in webhooks] == [
        ("webhook", "v", b"{}")
    ] * 2


@pytest.mark.parametrize("path", sorted((FOLDER / "har").iterdir()), ids=lambda path: path.name)
def test_archive_of_every_writer_is_read(path: Path) -> None:
    listed, inventory, bought, changed, refused = read(path)

    base = "http://127.0.0.1:8000/api/v1"
    event = json.loads(body_of(listed))["data"][0]["eventId"]
    order = json.loads(body_of(bought))["order"]
    assert [
        (call.kind, call.method, call.url, call.status) for call in (listed, inventory, bought, changed, refused)
    ] == [
        ("call", "GET", f"{base}/events?limit=2", 200),
        ("call", "GET", f"{base}/inventory?eventId={event}&quantity=2", 200),
        ("call", "POST", f"{base}/orders", 201),
        ("call", "PATCH", f"{base}/orders", 200),
        ("call", "GET", f"{base}/inventory?eventId=nowhere", 404),
    ]
    assert (listed.request.body, json.loads(bought.request.body or b"")["quantity"]) == (b"", order["quantity"])
    assert json.loads(changed.request.body or b"") == {"orderId": order["orderId"], "status": "accepted"}
    assert json.loads(body_of(refused))["success"] is False
    assert (listed.request.header("x-api-key"), listed.answer and listed.answer.header("content-type")) == (
        "(redacted)",
        "application/json",
    )


def body_of(exchange: Exchange) -> bytes:
    """Return the body of an answer."""
    assert exchange.answer is not None
    assert exchange.answer.body is not None
    return exchange.answer.body


HAR = json.dumps(archive(entry(), entry())).encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (HAR[:-100], ": entry 2: the file ends within it"),
        (HAR[:-4] + b"x", ": entry 2: it is not valid JSON in UTF-8"),
        (HAR.replace(b'"X-A"', b'"\xff"'), ": entry 1: it is not valid JSON in UTF-8"),
        (HAR.replace(b'"url"', b'"uri"'), ": entry 1: it has no url"),
        (b'{"log": {"entries": {}}}', ": it is no recording: it has no list log.entries"),
        (b'{"log": {"entries": [1]}}', ": entry 1: it is no recorded exchange"),
        (b'{"a": 1}', ": entry 1: it has no path"),
        (b'{"path": "/", "body_base64": "?"}', ": entry 1: it is no recorded exchange"),
        (b'{"path": "/", "headers": [["a"]]}', ": entry 1: its headers are no pairs of texts"),
        (b"", ": it is empty"),
        (b"GET / HTTP/1.1\r\n", ": it is no recording; it must be HAR, a journal's export, or JSON lines"),
        (b"\x89PNG\r\n\0", ": it is binary"),
        (gzip.compress(HAR), ": it is compressed with gzip; decompress it first"),
        (zlib.compress(HAR, 9), ": it is compressed with zlib, as mitmproxy's .zhar is; decompress it first"),
        (HAR.decode().encode("utf-16"), ": it is in UTF-16; save it in UTF-8"),
        (b"SQLite format 3\0", ": it is a SQLite database; export its requests as HAR"),
        (b"PK\x03\x04", ": the zip cannot be read: File is not a zip file"),
        (json.dumps(archive(entry(response={"content": {"_file": "../x"}}))).encode(),
         ": entry 1: the file of a body is outside the archive's folder"),
        (json.dumps(archive(entry(response={"content": {"_file": "x"}}))).encode(),
         ": entry 1: the file of a body cannot be read: No such file or directory"),
        (b'{"url": "http://[::1/hook", "body": "{}"}', ": entry 1: its url cannot be read: http://[::1/hook"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_unreadable_recordings_are_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = written(tmp_path, content)

    with pytest.raises(UnreadableError) as error:
        [*read(path)]

    assert str(error.value) == f"{path}{sentence}"


def test_entries_before_a_damage_are_read(tmp_path: Path) -> None:
    reading = read(written(tmp_path, HAR[:-100]))

    assert next(reading).number == 1


def test_folder_has_captures_alone(tmp_path: Path) -> None:
    written(tmp_path, b"", "notes.txt")

    with pytest.raises(UnreadableError, match=r"notes\.txt: a folder of captured webhooks has only \.json files"):
        [*read(tmp_path)]


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"none\.har: No such file or directory"):
        [*read(tmp_path / "none.har")]


class Endless(io.RawIOBase):
    """An archive that repeats a part of itself without end."""

    def __init__(self, part: bytes, start: bytes = b"") -> None:
        self.part, self.sent, self.start = part, 0, b'{"log":{"entries":[' + start

    def read(self, size: int = -1) -> bytes:
        if not size:
            return b""
        content, self.start = self.start or self.part, b""
        self.sent += len(content)
        return content


def test_large_files_are_read_bit_by_bit() -> None:
    part = json.dumps(entry()).encode() + b","
    file = Endless(part)
    values = streams.values(file, "endless.har", "log.entries.item")  # type: ignore[arg-type]  # it reads, and no more

    numbers = [next(values)[0] for _ in range(100)]

    assert numbers == [*range(1, 101)]
    assert file.sent < 103 * len(part)


def test_large_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LARGEST_ENTRY", 1_000_000)
    small = streams.values(Endless(b'"x",' * 2_000), "small.har", "log.entries.item")  # type: ignore[arg-type]  # as above
    large = streams.values(Endless(b"x" * 10_000, b'"'), "large.har", "log.entries.item")  # type: ignore[arg-type]  # as above

    assert len([*islice(small, 300_000)]) == 300_000
    with pytest.raises(UnreadableError, match=r"large\.har: entry 1: it is larger than 1,000,000 bytes"):
        next(large)
