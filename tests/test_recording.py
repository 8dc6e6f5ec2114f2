"""Recordings: what a process answers and sends, as an HTTP archive that is whole at every moment, without secrets."""

from __future__ import annotations

import json
import logging
import resource
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockmarket.cli import main
from mockmarket.config import Config
from mockmarket.worlds.recording import TAIL, Recording
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.running import FIXTURE, FLOOR, PORTAL_KEY, buy, listen, serving, talking_to, until
from tests.test_har import SCHEMA, headers


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the module's server records."""
    return tmp_path_factory.mktemp("recorded") / "new" / "run.har"


@pytest.fixture(scope="module")
def recorded(path: Path) -> Iterator[Served]:
    """Serve a mock that records."""
    with serving(Config(fixture=FIXTURE, record=path)) as served:
        yield served


@pytest.fixture
def client(recorded: Served) -> Client:
    """Return a client of the recorded server."""
    client = talking_to(recorded)
    client.control("POST", "reset")
    return client


def entries(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a valid archive."""
    archive = json.loads(path.read_bytes())
    assert [error.message for error in SCHEMA.iter_errors(archive)] == []
    recorded: list[dict[str, Any]] = archive["log"]["entries"]
    return recorded


def test_answers_are_recorded_while_the_server_runs(client: Client, path: Path) -> None:
    before = len(entries(path))
    read = client.get("/api/v1/events")
    client.get("/api/v1/events")
    order = buy(client)

    first, repeated, bought = entries(path)[before:]

    assert first["response"]["content"]["text"] == repeated["response"]["content"]["text"] == read.text
    assert json.loads(bought["response"]["content"]["text"])["order"] == order
    assert json.loads(bought["request"]["postData"]["text"]) == FLOOR
    assert (bought["_vendor"], bought["_world"]) == ("portal", "main")
    assert headers(bought["request"])["X-Api-Key"] == "(redacted)"
    assert PORTAL_KEY["X-API-Key"] not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_webhooks_are_recorded_in_between(client: Client, path: Path, receiver: Receiver) -> None:
    before = len(entries(path))
    endpoint = listen(client, receiver.url, headers="X-Token: hush-hush")
    order = buy(client)

    (sent,) = until(client.world, lambda: [entry for entry in entries(path)[before:] if "_delivery" in entry])

    assert (sent["request"]["url"], sent["_type"], sent["_record"]) == (
        endpoint["url"],
        "order.confirmed",
        order["orderId"],
    )
    assert sent["request"]["postData"]["text"].encode() == receiver.hooks[0].body
    assert headers(sent["request"])["X-Webhook-Signature"] == receiver.hooks[0].header("X-Webhook-Signature")
    assert "hush-hush" not in path.read_text()


def test_recording_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "run.har"
    for number in range(3):
        recording = Recording(path)
        for _ in range(number):
            recording.add({"number": number})
        with pytest.raises(ValueError, match="Another process records into"):
            Recording(path)
        recording.close()

    assert [entry["number"] for entry in json.loads(path.read_bytes())["log"]["entries"]] == [1, 2, 2]


@pytest.mark.parametrize("content", [b"notes", b'{"log":{"version":"1.2"' + TAIL, b"\n]}}\n"])
def test_foreign_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.har"
    path.write_bytes(content)

    result = CliRunner().invoke(main, ["serve", "--port", "0", "--record", str(path)])

    assert result.exit_code == 1
    assert f"{path} is no recording of mockmarket, or is cut at its end; name another file." in result.output
    assert path.read_bytes() == content


def test_full_disk_ends_a_recording_whole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "mockmarket.recording")
    path = tmp_path / "run.har"
    recording = Recording(path)
    recording.add({"number": 1})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 1_000, hard))
    try:
        recording.add({"text": "x" * 5_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    recording.add({"number": 3})

    assert [entry["number"] for entry in json.loads(path.read_bytes())["log"]["entries"]] == [1]
    assert caplog.messages == [f"The recording {path} ends: File too large."]
