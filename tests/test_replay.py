"""Webhooks kept by `listen --record` and sent again by `replay`: order, bytes, pauses, signatures, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mockmarket.cli import main
from mockmarket.cli.captures import Captures
from mockmarket.cli.listen import formats_of
from mockmarket.cli.replay import paced, webhooks_of
from mockmarket.clock import monotonic
from mockmarket_client.inbox import WebhookVerifier
from mockmarket_client.receiver import Arrival
from mockmarket_client.verifying import check
from tests.conftest import Client
from tests.receiver import Receiver
from tests.running import finish
from tests.test_listen import at, listening, printed

FORMATS = formats_of(None)
SECRET = "whsec_of_a_replay"
SIGNED = ("X-Webhook-Signature", "sha256=00")
VERIFIER = WebhookVerifier(FORMATS)


def replayed(*arguments: str | Path) -> Result:
    """Run `replay`."""
    return CliRunner().invoke(main, ["replay", *map(str, arguments)], catch_exceptions=False)


def captures(folder: Path) -> Captures:
    """Return what keeps webhooks in a folder."""
    return Captures(folder, [form.scheme for form in FORMATS.values() if form.scheme])


def keep(folder: Path, *headers: tuple[str, str], body: bytes = b"{}") -> None:
    """Keep one webhook, as `listen --record` does."""
    captures(folder).keep(VERIFIER(Arrival("POST", "/hook?a=1", headers, body)))


def content(folder: Path) -> list[dict[str, Any]]:
    """Return what the files of a folder have, in the order of their names."""
    return [json.loads(path.read_text()) for path in sorted(folder.iterdir())]


@pytest.mark.thorough
def test_received_webhooks_are_replayed_signed_anew(client: Client, receiver: Receiver, tmp_path: Path) -> None:
    with listening(*at(client), "--record", str(tmp_path / "kept"), "--count", "2") as (process, _):
        client.control("POST", "portal/trigger/order.accepted", {"override": {"order.section": "café €"}})
        first = printed(process)
        client.control("POST", "zatabox/trigger/event.published", {})
        second = printed(process)
        finish(process)
    names = sorted(path.name for path in (tmp_path / "kept").iterdir())
    result = replayed(tmp_path / "kept", "--to", receiver.url, "--secret", SECRET, "--at-once")

    assert names == ["000001-portal-order.accepted.json", "000002-zatabox-event.published.json"]
    assert result.output.splitlines() == [
        "1  200  portal order.accepted", "2  200  zatabox event.published", "2 sent: 2 accepted, 0 not."
    ]  # fmt: skip
    assert result.exit_code == 0
    for vendor, hook, heard in zip(("portal", "zatabox"), receiver.hooks, (first, second), strict=True):
        assert hook.body.decode() == heard["body"]
        assert check(FORMATS[vendor], hook.headers, hook.body, SECRET).valid
        assert {name for name, _ in hook.headers} >= {name for name, _ in heard["headers"]} - {"Accept-Encoding"}


def test_capture_has_signature_and_no_credential(tmp_path: Path) -> None:
    keep(tmp_path, SIGNED, ("Authorization", "Bearer of-the-vendor"), ("X-Webhook-Event", "../order"))
    keep(tmp_path, ("A", "1"), body=b"\xff")

    signed, binary = content(tmp_path)

    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "000001-portal-..-order.json", "000002-unknown-unknown.json"
    ]  # fmt: skip
    assert dict(signed["headers"])["X-Webhook-Signature"] == "sha256=00"
    assert dict(signed["headers"])["Authorization"] == "(redacted)"
    assert (signed["path"], signed["method"], signed["body"]) == ("/hook?a=1", "POST", "{}")
    assert binary["body_base64"] == "/w=="


def test_without_a_secret_the_signature_is_the_recorded_one(receiver: Receiver, tmp_path: Path) -> None:
    keep(tmp_path, SIGNED, ("Authorization", "Bearer of-the-vendor"), body=b"\xff\x00")
    receiver.answer = lambda hook: (401, b"")

    result = replayed(tmp_path, "--to", receiver.url)

    assert (result.exit_code, result.output) == (1, "1  401  portal (type unknown)\n1 sent: 0 accepted, 1 not.\n")
    assert receiver.hooks[0].header("X-Webhook-Signature") == "sha256=00"
    assert (receiver.hooks[0].header("Authorization"), receiver.hooks[0].body) == (None, b"\xff\x00")


def test_pauses_are_the_recordings(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    lines = [{"method": "POST", "path": "/", "headers": [], "body": ""} for _ in range(3)]
    for line, ms in zip(lines, ("000", "040", "030"), strict=True):
        line["received"] = f"2026-12-01T03:18:04.{ms}Z"
    path.write_text("\n".join(map(json.dumps, lines)))
    began = monotonic()

    assert len([*paced(webhooks_of([path]), at_once=False)]) == 3
    assert monotonic() - began >= 0.04


@pytest.mark.parametrize(
    ("text", "secret", "code", "words"),
    [
        ("nonsense", [], 2, "it is no recording"),
        ('{"method": "POST", "path": "/", "headers": [], "body": "{}"}', ["--secret", "s"], 2, "entry 1: its headers have no vendor's"),
        ('{"method": "POST", "path": "/", "headers": [], "body": "{}"}', [], 1, "unknown (type unknown)\n   http://127.0.0.1:9/"),
        ('{"method": "GET", "path": "/", "headers": [], "status": 200}', [], 1, "0 sent"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_told(tmp_path: Path, text: str, secret: list[str], code: int, words: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(text)

    result = replayed(path, "--to", "http://127.0.0.1:9/", *secret)

    assert (result.exit_code, words in result.output) == (code, True), result.output
