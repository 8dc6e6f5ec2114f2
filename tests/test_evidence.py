"""The evidence of every vendor: what differs from the vendor's document is a choice of the user's, and off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mockmarket.vendor import discover

PAGES = Path(__file__).parent.parent / "docs" / "vendors"
VENDORS = {vendor.name: vendor for vendor in discover()}
every_vendor = pytest.mark.parametrize("name", list(VENDORS))

STATED: dict[str, dict[str, object]] = {
    "portal": {
        "retries": 5,  # "Up to 5 retries with exponential backoff on non-200 responses."
        "lenient_2xx": False,
        "deadline_s": 30,  # "Respond within 30 seconds."
    },
    "ticketnation": {
        "sends": 3,  # "Failed deliveries are retried with exponential backoff (up to 3 attempts)"
        "disable_after": 10,  # "Webhooks are auto-disabled after 10 consecutive failures"
    },
    "zatabox": {"attempts": 12},  # "12 attempts in total before the delivery is marked exhausted"
    "tixstock": {
        "notice_identifiers": "with",  # "a payload is sent … with the event identifier, seat information and broker identifier"
    },
    "skybox": {
        "deadline_s": 1,  # "1 second"
        "all_webhook_fields": True,  # "all mandatory"
    },
}
"""What a document states of what is a setting: the sentence is a comment beside it."""

DIFFERS = re.compile(
    r"\b(unlike|although|instead|despite|in spite|contrary|against|contradict).*\bdocument", re.IGNORECASE
)
CHOICE = re.compile(r"`(\w+) = (.+)`")


class Row(NamedTuple):
    """One row of a page's evidence."""

    subject: str
    source: str
    where: str


def evidence(name: str) -> Iterator[Row]:
    """Yield the rows of a vendor's evidence table."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    table = page.partition(f'<!--cog evidence("{name}") -->')[2].partition("<!--end-->")[0]
    for line in table.strip().splitlines()[2:]:
        subject, source, where = (cell.strip() for cell in line.strip().strip("|").split(" | "))
        yield Row(subject, source, where)


def value_of(text: str) -> Any:
    """Return a setting's value as a page writes it: JSON, or a word."""
    try:
        return json.loads(text)
    except ValueError:
        return text


@every_vendor
def test_what_differs_is_a_setting_that_is_off(name: str) -> None:
    differing = [row for row in evidence(name) if row.source == "not as the document"]

    for row in differing:
        assert re.search(r"\"[^\"]{4,}\"", row.subject), f"{row.subject}: quotes no sentence of the document"
        choice = CHOICE.fullmatch(row.where)
        assert choice, f"{row.subject}: names no setting with its value"
        setting, value = VENDORS[name].settings[choice[1]], value_of(choice[2])
        assert setting.check(value) is None, row.subject
        assert setting.default != value, row.subject


@every_vendor
def test_no_convention_says_that_it_differs(name: str) -> None:
    rows = [*evidence(name)]
    assert len(rows) > 50

    assert [row.subject for row in rows if row.source == "emulator convention" and DIFFERS.search(row.subject)] == []


@every_vendor
def test_defaults_are_what_the_document_states(name: str) -> None:
    defaults = {setting: VENDORS[name].settings[setting].default for setting in STATED[name]}

    assert defaults == STATED[name]
