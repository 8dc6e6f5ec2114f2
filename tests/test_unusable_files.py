"""Files that a command cannot read or write, and outputs that are full or closed: one sentence, an exit code, no stack trace."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mockmarket.app import create_app
from mockmarket.config import Config
from tests.receiver import PATIENCE_S
from tests.running import ordinary

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKMARKET_", "PYTHONUN"))}
SMALL = Path(__file__).parent.parent / "fixtures" / "small.yaml"
SCENARIO = Path(__file__).parent.parent / "fixtures" / "scenarios" / "double-sale-race.yaml"
NO_PLACE = "Error: Cannot write to standard output: No space left on device.\n"

Ended = subprocess.CompletedProcess[str]


def run(folder: Path, *arguments: str, **options: object) -> Ended:
    """Run the command line in a folder to its end, as a user for whom file modes apply."""
    command = ordinary(sys.executable, "-m", "mockmarket", *arguments)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run(command, cwd=folder, env=CLEAN, text=True, timeout=PATIENCE_S * 3, check=False, **streams)  # type: ignore[call-overload]


def error_output(result: Ended) -> str:
    """Return a command's standard error without its progress lines."""
    return "".join(line for line in result.stderr.splitlines(True) if not line.startswith("Loading"))


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with one world, which the module's tests copy."""
    folder = tmp_path_factory.mktemp("kept") / "d"
    create_app(Config(fixture="small", data=folder)).close(0)
    return folder


@pytest.fixture
def place(tmp_path: Path, data_folder: Path) -> Iterator[Path]:
    """Yield a folder with a copy of the data folder; all of it is made accessible again after the test."""
    shutil.copytree(data_folder, tmp_path / "d")
    yield tmp_path
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o755)


def set_mode(path: str, mode: int) -> Callable[[Path], None]:
    """Return a function that sets the mode of a path below a folder."""
    return lambda folder: (folder / path).chmod(mode)


def replace_with_file(path: str) -> Callable[[Path], None]:
    """Return a function that replaces a folder by a file."""

    def replace(folder: Path) -> None:
        shutil.rmtree(folder / path)
        (folder / path).touch()

    return replace


OF_DATA = {
    "world read only": (set_mode("d/worlds/main.db", 0o444), "d/worlds/main.db cannot be written to."),
    "world closed": (set_mode("d/worlds/main.db", 0), "d/worlds/main.db cannot be read."),
    "worlds read only": (set_mode("d/worlds", 0o555), "d/worlds cannot be written to."),
    "worlds closed": (set_mode("d/worlds", 0), "d/worlds cannot be written to."),
    "worlds no folder": (replace_with_file("d/worlds"), "d/worlds is not a folder."),
    "lock read only": (set_mode("d/lock.db", 0o444), "d/lock.db cannot be written to."),
    "lock closed": (set_mode("d/lock.db", 0), "d/lock.db cannot be read."),
    "data closed": (set_mode("d", 0), "d cannot be read."),
    "data no folder": (replace_with_file("d"), "d is not a folder."),
}


@pytest.mark.parametrize(
    "case", [next(iter(OF_DATA)), *(pytest.param(case, marks=pytest.mark.thorough) for case in [*OF_DATA][1:])]
)
def test_unusable_data_is_named(place: Path, case: str) -> None:
    arrange, words = OF_DATA[case]
    arrange(place)

    result = run(place, "exec", "--data", "d", "--", "true")

    assert (result.returncode, error_output(result)) == (125, f"mockmarket exec: {words}\n")


@pytest.mark.thorough
@pytest.mark.parametrize("case", ["world read only", "worlds read only", "lock read only"])
def test_server_does_not_begin_without_its_files(place: Path, case: str) -> None:
    arrange, words = OF_DATA[case]
    arrange(place)

    result = run(place, "serve", "--port", "0", "--data", "d")

    assert (result.returncode, error_output(result)) == (1, f"Error: {words}\n")


@pytest.mark.thorough
def test_damaged_lock_still_locks(place: Path) -> None:
    (place / "d/lock.db").write_bytes(b"no database " * 50)
    app = create_app(Config(fixture="small", data=place / "d"))
    try:
        result = run(place, "exec", "--data", "d", "--", "true")
    finally:
        app.close(0)

    assert (result.returncode, "Another mockmarket serves d" in result.stderr) == (125, True)


UNREADABLE = {
    "fixture check": (("fixture", "check", "f.yaml"), 1, "{}/f.yaml cannot be read: Permission denied.\n"),
    "fixture of exec": (
        ("exec", "--fixture", "f.yaml", "--", "true"), 125,
        "mockmarket exec: {}/f.yaml cannot be read: Permission denied.\n",
    ),
    "database of exec": (
        ("exec", "--fixture", "f.db", "--", "true"), 125,
        "mockmarket exec: {}/f.db cannot be read: Permission denied.\n",
    ),
    "fixture in a closed folder": (
        ("fixture", "check", "closed/f.yaml"), 1, "closed/f.yaml cannot be read: Permission denied.\n"
    ),
    "scenario check": (("scenario", "check", "s.yaml"), 1, "{}/s.yaml cannot be read: Permission denied.\n"),
    "scenario run": (("scenario", "run", "s.yaml"), 1, "Error: {}/s.yaml cannot be read: Permission denied.\n"),
    "scenario in a closed folder": (
        ("scenario", "run", "closed/s.yaml"), 1, "Error: closed/s.yaml: Permission denied.\n"
    ),
    "authorities": (
        ("exec", "--ca-file", "ca.pem", "--", "true"), 125, "mockmarket exec: ca.pem: Permission denied.\n"
    ),
    "new fixture": (
        ("fixture", "generate", "--events", "1", "--listings", "1", "--out", "still/f.yaml"), 1,
        "Error: still/f.yaml cannot be written to: Permission denied.\n",
    ),
    "new database": (
        ("fixture", "generate", "--events", "1", "--listings", "1", "--out", "still/f.db"), 1,
        "Error: still cannot be written to.\n",
    ),
}  # fmt: skip
"""By case: arguments, exit code and message of a command that may not access its file."""


@pytest.mark.parametrize(
    "case", ["fixture check", *(pytest.param(case, marks=pytest.mark.thorough) for case in [*UNREADABLE][1:])]
)
def test_file_without_permission_is_named(place: Path, case: str) -> None:
    shutil.copy(SMALL, place / "f.yaml")
    shutil.copy(SCENARIO, place / "s.yaml")
    shutil.copy(place / "d/worlds/main.db", place / "f.db")
    (place / "ca.pem").touch()
    (place / "closed").mkdir()
    for name in ("f.yaml", "s.yaml", "f.db", "ca.pem", "closed"):
        (place / name).chmod(0)
    (place / "still").mkdir(mode=0o555)
    arguments, code, words = UNREADABLE[case]

    result = run(place, *arguments)

    assert (result.returncode, error_output(result)) == (code, words.format(place))


def test_missing_authorities_end_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"ca\.pem"):
        create_app(Config(fixture="small", ca_file=str(tmp_path / "ca.pem")))


PRINTING = [
    ("vendors",), ("--help",), ("vendors", "--help"), ("--version",), ("openapi",), ("scenario", "list"), ("fixture", "check", "small"),
    ("listen", "--timeout", "1"), ("scenario", "run", "double-sale-race"), ("serve", "--port", "0"),
    ("fixture", "generate", "--events", "1", "--listings", "1", "--out", "out.yaml"),
    ("exam", "http://127.0.0.1:9/", "--vendor", "portal", "--secret", "x", "--only", "good"),
]  # fmt: skip

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")


@needs_full
@pytest.mark.parametrize(
    "arguments",
    [*PRINTING[:2], *(pytest.param(arguments, marks=pytest.mark.thorough) for arguments in PRINTING[2:])],
    ids=lambda arguments: "-".join(arguments[:2]),
)
def test_full_output_ends_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        result = run(tmp_path, *arguments, stdout=full)

    assert (result.returncode, error_output(result)) == (1, NO_PLACE)


@needs_full
@pytest.mark.thorough
@pytest.mark.parametrize(("arguments", "code"), [(("true",), 0), (("false",), 1), (("no-such-command",), 127)])
def test_full_error_output_leaves_exit_codes(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    with Path("/dev/full").open("w") as full:
        result = run(tmp_path, "exec", "--", *arguments, stderr=full)

    assert result.returncode == code


@needs_full
@pytest.mark.thorough
def test_own_failure_stays_125_unheard(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        result = run(tmp_path, "exec", "--fixture", "nothing", "--", "true", stderr=full)

    assert result.returncode == 125


@needs_full
@pytest.mark.thorough
def test_report_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    exam = ("exam", "http://127.0.0.1:9/", "--vendor", "portal", "--secret", "x", "--only", "good")

    result = run(tmp_path, *exam, "--junit", "/dev/full")

    assert (result.returncode, error_output(result).splitlines()[-1]) == (
        2,
        "Error: Cannot write the report to /dev/full: No space left on device.",
    )


@pytest.mark.thorough
@pytest.mark.parametrize(
    "arguments",
    [("vendors",), ("listen", "--timeout", "1"), ("fixture", "check", "small")],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_closed_outputs_stop_nothing(tmp_path: Path, arguments: tuple[str, ...], closed: str) -> None:
    number = {"stdout": 1, "stderr": 2}[closed]

    result = run(tmp_path, *arguments, **{closed: None}, preexec_fn=lambda: os.close(number))

    assert result.returncode == 0
    assert "Traceback" not in (result.stderr or "")
