"""Files that a caller names: on a public address only those below one folder, however they are named; nothing is told of others."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from mockmarket.config import Config
from tests.conftest import Client, Served
from tests.running import FIXTURE, serving, talking_to

SECRET = "zz_private_member"
SCENARIO = {"about": "x", SECRET: 1, "steps": [{"advance": "1s"}]}
NOT_HERE = "only files below the folder that --files names are read"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with files to be read in `open`, the same beside it, and links out of it."""
    folder = tmp_path_factory.mktemp("named")
    (folder / "open").mkdir()
    for place in (folder, folder / "open"):
        (place / "tour.yaml").write_text(Path(FIXTURE).read_text("utf-8"), "utf-8")
        (place / "private.json").write_text(json.dumps({SECRET: 1}), "utf-8")
        (place / "play.yaml").write_text(json.dumps(SCENARIO), "utf-8")
    (folder / "open" / "link.json").symlink_to(folder / "private.json")
    return folder


@pytest.fixture(scope="module")
def public(folder: Path) -> Iterator[Served]:
    """Serve a mock that is configured as one that others can reach."""
    with serving(Config(fixture=FIXTURE, host="0.0.0.0", control_token="the-token", files=folder / "open")) as served:
        yield served


@pytest.fixture
def remote(public: Served) -> Client:
    """Talk to it with the control token."""
    client = talking_to(public)
    client.key = {"X-Mockmarket-Token": "the-token"}
    return client


def ways(path: Path) -> dict[str, tuple[str, str, Any]]:
    """Return the calls that name a file."""
    text = json.dumps({"start": {"fixture": str(path)}, "steps": [{"advance": "1s"}]})
    return {
        "fixture": ("PUT", "worlds/another", {"fixture": str(path)}),
        "scenario": ("POST", "scenarios/mine/run", {"file": str(path)}),
        "scenario's fixture": ("POST", "scenarios/mine/run", {"text": text}),
        "scenario's fixture, relative": (
            "POST",
            "scenarios/mine/run",
            {"text": text.replace(str(path), f"../../../../../..{path}")},
        ),
    }


@pytest.mark.parametrize("way", ways(Path("/")))
@pytest.mark.parametrize(
    "name", ["private.json", "tour.yaml", "open/link.json", "open/../private.json", "nothing.yaml", "a\0b.yaml"]
)
def test_other_file_is_as_good_as_missing(remote: Client, folder: Path, way: str, name: str) -> None:
    method, path, body = ways(folder / name)[way]

    answer = remote.call(method, f"/_mockmarket/{path}", json=body)

    assert answer.status_code in (400, 404)
    assert NOT_HERE in answer.text
    assert SECRET not in answer.text


@pytest.mark.parametrize("way", ["fixture", "scenario"])
def test_file_below_the_folder_is_read(remote: Client, folder: Path, way: str) -> None:
    name = {"fixture": "private.json", "scenario": "play.yaml"}[way]
    method, path, body = ways(folder / "open" / name)[way]

    answer = remote.call(method, f"/_mockmarket/{path}", json=body)

    assert (answer.status_code, SECRET in answer.text) == (400, True)


@pytest.mark.parametrize("fixture", [FIXTURE, "small"], ids=["own", "shipped"])
def test_own_and_shipped_fixtures_are_read(remote: Client, fixture: str) -> None:
    replaced = remote.put("/_mockmarket/worlds/main", {"fixture": fixture})
    reset = remote.post("/_mockmarket/reset")

    assert (replaced.status_code, reset.status_code) == (200, 200)


def test_state_leads_to_no_other_file(remote: Client, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "w.db"
    file.write_bytes(remote.get("/_mockmarket/state").content)
    with closing(sqlite3.connect(file)) as tool:
        for name in ("fixture", "planted_from", "origin_fixture"):
            tool.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, str(folder / "private.json")))
        tool.commit()

    headers = {"Content-Type": "application/vnd.sqlite3"}
    uploaded = remote.call("PUT", "/_mockmarket/state", data=file.read_bytes(), headers=headers)
    answers: list[requests.Response] = [uploaded, remote.get("/_mockmarket/vendors"), remote.post("/_mockmarket/reset")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert not any("private.json" in answer.text or SECRET in answer.text for answer in answers)


def test_every_file_is_read_on_loopback(client: Client, folder: Path) -> None:
    answer = client.put(f"/_mockmarket/worlds/{client.world.name}", {"fixture": str(folder / "private.json")})

    assert (answer.status_code, SECRET in answer.text) == (400, True)
