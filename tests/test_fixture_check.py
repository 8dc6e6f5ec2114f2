"""What may be handed to `fixture check` instead of a fixture, by mistake or by malice: told in a sentence, quickly, without a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockmarket import cli
from mockmarket.seed import finding, lines
from tests.running import FIXTURE, command, finish

BOMB = "about: x\nvenues:\n  - id: v\n    data:\n      a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"      a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
"""Ten to the ninth texts in a dozen lines."""


def check(*files: Path | str) -> Result:
    """Run the command on files."""
    return CliRunner().invoke(cli.main, ["fixture", "check", *map(str, files)])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.yaml", b"", "a.yaml:1: A fixture is a mapping of sections: about, start, "),
        ("a.db", b"", "a.db is not a SQLite file, though it is named like one."),
        ("a.sqlite", b"\x7fELF\x02\x01\x01", "a.sqlite is not a SQLite file, though it is named like one."),
        ("a.yaml", b"\x7fELF\xff\xfe\x00\x01" * 999, "a.yaml:1: This is not UTF-8; save the file in that encoding."),
        ("a.yaml", "about: ü\n".encode("utf-16"), "a.yaml:1: This is not UTF-8; save the file in that encoding."),
        ("a.yaml", b"venues: []\n\x00\n", "a.yaml:2: control characters are not allowed."),
        ("a.yaml", b"venues: []\n---\nvenues: []\n", "a.yaml:2: column 1: but found another document."),
        ("a.yaml", b"about: x\nabout: y\n", "a.yaml:2: about: This is given twice."),
        ("a.json", b'{"about": "x",\n"about": "y"}', "a.json:2: about: This is given twice."),
        ("a.yaml", b"? [a, b]\n: c\n", "a.yaml:1: column 3: found unhashable key."),
        ("a.yaml", b"venues:\n  - &v {id: v, name: V, city: C, data: {me: *v}}\n", "a.yaml:2: venues[0].data: Must be a JSON value"),
        ("a.yaml", BOMB.encode(), "a.yaml:10: With its aliases written out this is more than 1,000,000 values"),
        ("a.yaml", b"venues:\n  " + b"[" * 3_000 + b"]" * 3_000, "a.yaml:2: This is nested more than 100 deep."),
        ("a.yaml", b"venues:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 200)), "a.yaml:100: This is nested more than 100 deep."),
        ("a.json", b'{"venues":\n' + b"[" * 3_000 + b"]" * 3_000 + b"}", "a.json:2: This is nested more than 100 deep."),
    ],
)  # fmt: skip
def test_refusal_names_file_and_line(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)

    done = check(file)

    assert done.stderr.splitlines()[0].startswith(message)
    assert done.exit_code == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("row: A-B, data: {portal_id: a}", "portal_id is the id of one listing, and these are several rows."),
        ("row: A, data: {tixstock_id: 7}", "tixstock_id must be a text of at most 200 characters."),
        (
            "row: A, data: {portal_id: a}}\n  - {event: e, section: 2, seats: 2, price: 1, data: {portal_id: a}",
            "Another row has this portal_id.",
        ),
    ],
)  # fmt: skip
def test_ids_of_listings_are_checked(tmp_path: Path, rows: str, message: str) -> None:
    file = tmp_path / "a.yaml"
    head = "venues: [{id: v, name: V, city: C}]\nevents: [{id: e, name: E, venue: v, starts: +1d}]\nstock:\n"
    file.write_text(f"{head}  - {{event: e, section: 1, seats: 2, price: 1, {rows}}}\n")

    done = check(file)

    assert done.stderr.strip().endswith(f".data: {message}"), done.stderr


@pytest.mark.parametrize("name", ["no-such.yaml", "", "no/such/folder/a.db"])
def test_what_is_no_file_is_refused(name: str) -> None:
    done = check(name)

    assert done.stderr.startswith(f"There is no fixture {name!r}: give a file, or one of default, ")
    assert done.exit_code == 1


@pytest.mark.thorough
def test_bottomless_text_does_not_crash(tmp_path: Path) -> None:
    file = tmp_path / "deep.yaml"
    file.write_text("venues: " + "[" * 200_000)

    code, _, err = finish(command("fixture", "check", str(file)))  # in a process: it was one that crashed

    assert (code, err) == (1, "deep.yaml:1: This is nested more than 100 deep.\n")


def test_huge_text_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    with file.open("wb") as out:
        out.truncate(lines.MOST_BYTES + 1)

    done = check(file)

    assert done.stderr == "huge.yaml is longer than 32 MB; so large a fixture must be a SQLite file.\n"


def test_honest_aliases_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "aliases.yaml"
    file.write_text("venues:\n  - &hall {id: v, name: V, city: C}\n  - {<<: *hall, id: w}\n")

    assert check(file).exit_code == 0


@pytest.mark.thorough
def test_every_file_gets_its_verdict(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("venuse: []\n")

    done = check("small", bad, FIXTURE)

    assert done.stdout.splitlines() == ["small: good", f"{FIXTURE}: good"]
    lines = [line for line in done.stderr.splitlines() if not line.startswith("Loading")]  # as on a slow machine
    assert lines[0].startswith("bad.yaml:1: venuse: Unknown field. Did you mean venues? There are about, ")
    assert len(lines) == 1
    assert done.exit_code == 1


@pytest.mark.thorough
def test_cut_off_database_is_refused(tmp_path: Path) -> None:
    intact, cut = tmp_path / "whole.db", tmp_path / "cut.db"
    arguments = ["fixture", "generate", "--events", "5", "--listings", "50", "--out", str(intact)]
    assert CliRunner().invoke(cli.main, arguments).exit_code == 0
    cut.write_bytes(intact.read_bytes()[:300_000])

    done = check(cut)

    assert done.stderr.startswith("cut.db ")
    assert done.exit_code == 1


@pytest.mark.thorough
def test_shipped_fixtures_are_good() -> None:
    done = check(*finding.names())

    assert done.stdout.splitlines() == [f"{name}: good" for name in finding.names()]
    assert done.exit_code == 0
