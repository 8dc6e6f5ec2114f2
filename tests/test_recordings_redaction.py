"""Redaction: secrets and personal data leave a recording, links between its records stay, and a file is replaced as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft7Validator

from mockmarket.cli import main
from mockmarket.recordings.exchange import Exchange, Message
from mockmarket.recordings.reading import read
from mockmarket.recordings.redaction import Redactor

SCHEMA = Draft7Validator(json.loads((Path(__file__).parent / "vectors" / "har.json").read_bytes()))
JSON = (("Content-Type", "application/json"),)


def redact(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["redact", *map(str, arguments)])


def redacted(body: object) -> Any:
    """Return a JSON body without what is secret or personal."""
    raw = json.dumps(body).encode()
    exchange = Exchange("-", 1, "call", "POST", "https://api.example/x", Message(JSON, raw))
    redactor = Redactor()
    redactor.learn(exchange)
    redactor.settle()
    return json.loads(redactor.redact(exchange).request.body or b"null")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"email": "maria@x.ph", "buyerEmail": "maria@x.ph"}, {"email": "redacted-1@example.com", "buyerEmail": "redacted-1@example.com"}),
        ({"guestName": "Maria Santos", "name": "Arena"}, {"guestName": "redacted-name-1", "name": "Arena"}),
        ({"customer": {"name": "Maria", "city": "Cebu"}}, {"customer": {"name": "redacted-name-1", "city": "redacted-detail-1"}}),
        ({"buyers": [{"name": "A"}, {"name": "B"}]}, {"buyers": [{"name": "redacted-name-1"}, {"name": "redacted-name-2"}]}),
        ({"venue": {"name": "Hall", "city": "Cebu"}}, {"venue": {"name": "Hall", "city": "Cebu"}}),
        ({"phone": {"number": "555-123-4567", "countryCode": "+1"}}, {"phone": {"number": "000-000-0001", "countryCode": "+1"}}),
        ({"mobileNumber": 5551234567}, {"mobileNumber": 1}),
        ({"message": "call +63 917 555 0101 or a@b.ph"}, {"message": "call +00 000 000 0001 or redacted-1@example.com"}),
        ({"address": {"line1": "1 Main St", "postalCode": "6000"}},
         {"address": {"line1": "redacted-address-1", "postalCode": "redacted-address-2"}}),
        ({"card": {"number": "4242424242424242", "cvc": 123, "brand": "visa"}},
         {"card": {"number": "0000000000000001", "cvc": 2, "brand": "redacted-card-3"}}),
        ({"text": "paid with 4242 4242 4242 4242"}, {"text": "paid with 0000 0000 0000 0001"}),
        ({"barCode": "9912345678", "seats": ["9912345678"]}, {"barCode": "0000000001", "seats": ["0000000001"]}),
        ({"qr": "VT-A8-XYZ", "ticketUrl": "https://t.example/9?k=1"}, {"qr": "redacted-code-1", "ticketUrl": "https://redacted.example/1"}),
        ({"file": "JVBERi0xLjQ=", "data": "QUJD" * 60}, {"file": "redacted-file-1", "data": "redacted-file-2"}),
        ({"apiKey": {"id": "k1", "secret": "s3cr3t", "scopes": ["events:read"]}},
         {"apiKey": {"id": "k1", "secret": "redacted-token-1", "scopes": ["events:read"]}}),
        ({"error": "no key vt_live_abcdef123456"}, {"error": "no key redacted-token-1"}),
        ({"firstName": "Maria", "lastName": "Santos", "greeting": "Hello Maria Santos!"},
         {"firstName": "redacted-name-2", "lastName": "redacted-name-3", "greeting": "Hello redacted-name-1!"}),
        ({"payload": '{"email":"a@b.ph"}'}, {"payload": '{"email":"redacted-1@example.com"}'}),
        ({"maria@x.ph": {"seen": True}}, {"redacted-1@example.com": {"seen": True}}),
        ({"notes": "leave at the door", "publicNotes": None}, {"notes": "redacted-text-1", "publicNotes": None}),
        ({"orderId": "order_1769086190205", "id": "674e1234567890abcdef1234", "createdAt": "2026-05-01T10:00:00.000+08:00"},) * 2,
        ({"uuid": "b0a2a6a4-6a5e-4f44-9c53-0d2f3a2b7c1e", "total": 148.24, "transferMethod": "mobile_transfer"},) * 2,
        ({"email": "redacted-1@example.com", "token": "redacted-token-1", "other": "new@b.ph"},
         {"email": "redacted-1@example.com", "token": "redacted-token-1", "other": "redacted-2@example.com"}),
    ],
)  # fmt: skip
def test_members_are_redacted(body: object, expected: object) -> None:
    assert redacted(body) == expected


SECRETS = "hunter2 portal_test_full_00000001 maria.santos Santos 9912345678 a=b 203.0.113.9 shop.example"


def entry(**members: Any) -> dict[str, Any]:
    return {"method": "GET", "path": "/api/v1/events", "status": 200, "answer": {"data": []}, **members}


LINES = [
    entry(answer={"data": [{"message": "for Maria Santos, 9912345678"}]}),
    entry(
        url="https://u:hunter2@api.example/orders/9912345678?email=maria.santos%40x.ph&api_key=portal_test_full_00000001",
        headers={
            "Authorization": "Bearer hunter2-hunter2",
            "Cookie": "a=b",
            "X-Forwarded-For": "203.0.113.9",
            "Accept": "*/*",
        },
        body={"buyerName": "Maria Santos", "barcode": "9912345678"},
    ),
    {"url": "https://shop.example/hook", "headers": {"X-Webhook-Signature": "sha256=hunter2"}, "body": '{"a": 1}'},
    entry(
        method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body="email=maria.santos%40x.ph&quantity=2",
    ),
    entry(
        method="POST",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        body="--x\r\nhunter2",
        answer="<b>hunter2</b>",
    ),
]


def written(folder: Path, name: str = "lines.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(map(json.dumps, LINES)))
    return path


@pytest.mark.parametrize("name", ["out.jsonl", "out.har"])
def test_recording_is_redacted(tmp_path: Path, name: str) -> None:
    out = tmp_path / name

    ran = redact(written(tmp_path), "-o", out)

    assert ran.exit_code == 0, ran.output
    assert "Bodies of other formats left out: 2." in ran.output
    assert [word for word in SECRETS.split() if word in out.read_text()] == []
    talk, call, hook, form, upload = read(out)
    assert talk.answer is not None
    assert talk.answer.body == b'{"data":[{"message":"for redacted-name-1, 0000000001"}]}'
    assert call.url == "https://api.example/orders/0000000001?email=redacted-1%40example.com&api_key=redacted-token-1"
    assert call.request.headers == (
        ("Authorization", "Bearer redacted-token-2"), ("X-Forwarded-For", "redacted-ip-1"), ("Accept", "*/*"),
    )  # fmt: skip
    assert call.request.body == b'{"buyerName":"redacted-name-1","barcode":"0000000001"}'
    assert (hook.kind, hook.url) == ("webhook", "https://receiver.example/hook")
    assert hook.request.header("X-Webhook-Signature") == "redacted-signature-1"
    assert form.request.body == b"email=redacted-1%40example.com&quantity=2"
    assert upload.answer is not None
    assert (upload.request.body, upload.answer.body) == (None, None)


def test_archive_stays_an_archive(tmp_path: Path) -> None:
    har = tmp_path / "out.har"
    redact(written(tmp_path), "-o", har)

    before = har.read_bytes()
    ran = redact(har, "--in-place")

    assert ran.exit_code == 0
    assert [error.message for error in SCHEMA.iter_errors(json.loads(before))] == []
    assert har.read_bytes() == before, "what is redacted stays as it is"


def test_placeholders_are_shared_by_files(tmp_path: Path) -> None:
    folder = tmp_path / "captured"
    folder.mkdir()
    for number in (1, 2):
        body = json.dumps({"orderId": number, "email": f"maria{number // 2}@x.ph", "phone": "555-0100"})
        (folder / f"{number}.json").write_text(json.dumps({"path": "/", "headers": [], "body": body}))
    (folder / "1.json").chmod(0o640)

    ran = redact(folder, "--in-place")

    assert ran.exit_code == 0, ran.output
    assert [exchange.request.body for exchange in read(folder)] == [
        b'{"orderId":1,"email":"redacted-1@example.com","phone":"000-0001"}',
        b'{"orderId":2,"email":"redacted-2@example.com","phone":"000-0001"}',
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["1.json", "2.json"]
    assert (folder / "1.json").stat().st_mode & 0o777 == 0o640


def test_empty_folder_is_named(tmp_path: Path) -> None:
    ran = redact(tmp_path, "--in-place")

    assert (ran.exit_code, f"{tmp_path}: there is no captured webhook in it." in ran.output) == (2, True)


def test_unreadable_recording_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl"
    path.write_text(json.dumps(LINES[0]) + '\n{"path": "/')
    before = path.read_bytes()

    ran = redact(path, "--in-place")

    assert (ran.exit_code, path.read_bytes()) == (2, before)
    assert "cut.jsonl: entry 2: the file ends within it" in ran.output
    assert [each.name for each in tmp_path.iterdir()] == ["cut.jsonl"]


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        ([], 2, "Pass --out FILE or --in-place."),
        (["--in-place", "-o", "out.har"], 2, "Pass --out FILE or --in-place."),
        (["--in-place", "--force"], 2, "--force needs --out."),
        (["-o", "taken.har"], 1, "taken.har exists; --force overwrites it."),
        (["-o", "none/out.har"], 1, "out.har: No such file or directory."),
        (["packed.zip", "--in-place"], 2, "packed.zip: a zip is not replaced; pass --out FILE."),
    ],
)
def test_unusable_options_are_named(tmp_path: Path, options: list[str], code: int, sentence: str) -> None:
    written(tmp_path, "taken.har")
    paths = [option if option.startswith("-") else tmp_path / option for option in options]

    ran = redact(written(tmp_path), *paths)

    assert ran.exit_code == code
    assert sentence in ran.output
