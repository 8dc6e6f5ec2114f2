"""The scratch folder of a process: removed when it ends or when the next one starts; folders in use are left alone."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockmarket.store.files import LOCK, scratch

HOLD = "from mockmarket.store.files import scratch\nwith scratch() as folder:\n    print(folder, flush=True)\n    input()\n"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make temporary folders below the test's own folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def other_process() -> Iterator[subprocess.Popen[str]]:
    """Run another process that has a scratch folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


def folder_of(process: subprocess.Popen[str]) -> Path:
    """Return the folder that a process prints."""
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def test_folder_goes_with_its_block() -> None:
    with scratch() as folder:
        (folder / "worlds").mkdir()

        assert (folder / LOCK).is_file()

    assert not folder.exists()


@pytest.mark.thorough
def test_killed_process_is_cleared_up_after(other_process: subprocess.Popen[str], temporary: Path) -> None:
    abandoned = folder_of(other_process)
    (abandoned / "main.db").write_bytes(b"x" * 1000)
    other_process.kill()
    other_process.wait()

    with scratch() as folder:
        assert [path for path in temporary.iterdir() if path.is_dir()] == [folder]


@pytest.mark.thorough
def test_living_process_keeps_its_folder(other_process: subprocess.Popen[str]) -> None:
    other_folder = folder_of(other_process)

    with scratch(), scratch():
        assert (other_folder / LOCK).is_file()

    assert other_folder.is_dir()


def test_two_of_one_process_keep_theirs() -> None:
    with scratch() as first, scratch() as second:
        assert first.is_dir()
        assert second.is_dir()


def test_folders_of_others_stay(temporary: Path) -> None:
    (temporary / "elsewhere").mkdir()
    (temporary / "elsewhere" / LOCK).touch()
    (temporary / "mockmarket-link").symlink_to(temporary / "elsewhere")
    (temporary / "mockmarket-mine").mkdir()
    (temporary / "mockmarket-file").touch()

    with scratch():
        pass

    assert sorted(path.name for path in temporary.iterdir()) == [
        "elsewhere",
        "mockmarket-file",
        "mockmarket-link",
        "mockmarket-mine",
    ]
    assert (temporary / "elsewhere" / LOCK).is_file()
