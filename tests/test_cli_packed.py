"""`docs` and `example` in a checkout; what a wheel carries is in `test_wheel`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from mockmarket.cli import main

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("command", "name", "file"),
    [
        ("docs", "vendors/portal", "docs/vendors/portal.md"),
        ("example", "receivers/portal_correct.mjs", "examples/receivers/portal_correct.mjs"),
    ],
)
def test_listed_file_is_printed(command: str, name: str, file: str) -> None:
    listed = CliRunner().invoke(main, [command, "list"]).output

    assert name in listed
    assert CliRunner().invoke(main, [command, "show", name]).output == (ROOT / file).read_text()


@pytest.mark.parametrize(("command", "like"), [("docs", "vendors/portal"), ("example", "receiver.mjs")])
def test_unknown_name_is_answered_with_those_there_are(command: str, like: str) -> None:
    ran = CliRunner().invoke(main, [command, "show", "../pyproject"])

    assert ran.exit_code == 1
    assert like in ran.stderr


def test_list_has_titles() -> None:
    assert "vendors/portal        Scraper Portal\n" in CliRunner().invoke(main, ["docs", "list"]).output
