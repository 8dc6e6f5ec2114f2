"""What `make lint` asks of the pages beside their tables (see `tables`): that links lead somewhere, that no table or page is missing."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from mockmarket.api.operations import load
from mockmarket.cli import main
from mockmarket.scenarios.steps import KINDS
from mockmarket.scenarios.steps.expecting import SUBJECTS
from mockmarket.vendor import Vendor, discover

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", "fixtures/README.md", "examples/javascript/README.md")]
PAGES += sorted(ROOT.glob("docs/**/*.md"))
INDEX = ROOT / "docs/README.md"
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
TABLES = {
    "README.md": ("coverage()", "commands()"),
    "docs/configuration.md": ("every_option()",),
    "docs/control.md": ("routes()",),
    "docs/exam.md": ("listed(case.name", "repeats()", "files("),
    "docs/faults.md": (
        "routes(",
        "fields(",
        'faults("on_request", "on_response")',
        'faults("on_due")',
        'faults("on_send")',
    ),
    "docs/integrator.md": ("integrators()", "signatures()"),
    "docs/pytest.md": (
        "\nfrom mockmarket_client import pytest_plugin",
        "\nfrom mockmarket_client.market import TestWorld\nmethods(",
    ),
    "docs/python-client.md": ("methods()",),
    "docs/scenarios.md": ("scenarios()", "routes(", 'fields(at("scenarios.reading.ScenarioShape"))'),
    "docs/settings.md": ('settings("core", *VENDORS)',),
    "docs/vendors/portal.md": ("flow(",),
    "docs/vendors/skybox.md": (
        "table([topic, ",
        'listed(at("skybox.records.types.ENUMERATIONS")["splitType"])',
        "vector(",
        "fields(",
    ),
    "docs/vendors/ticketnation.md": ("flow(", "codes(", "fields(", "table("),
    "docs/vendors/tixstock.md": ("flow(", "fields(", "listed(", "replies(", "\nrefuse = "),
    "docs/vendors/zatabox.md": ("codes(", "listed("),
    "docs/worlds.md": ("fields(",),
    "examples/javascript/README.md": ("files(",),
    "fixtures/README.md": tuple(
        f'entry(at("seed.shapes.{part}"))'
        for part in (
            "FixtureContent",
            *(f"{kind}Entry" for kind in ("Venue", "Event", "Stock", "Key", "Endpoint", "Order")),
        )
    ),
}
"""The tables without which a page would not be complete; those of vendors, commands and steps are in `tables_of_vendor` and `sections`."""


def tables_of_vendor(vendor: Vendor) -> Iterator[str]:
    """Yield the tables that a vendor's page has."""
    rows = vendor.api.operations
    yield from ("bases", "keys", "calls", "notices", "headers", "actions", "settings", "evidence")
    yield from ["scopes"] * bool(vendor.api.scopes)
    yield from ["unbuilt"] * any(not row.built for row in rows)
    yield from ["unsupported"] * any(load(row).unsupported for row in rows if row.built)


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Yield the full name of each command that has options."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        elif command and any(isinstance(param, click.Option) for param in command.params):
            yield f"{before}{name}"


def required() -> Iterator[tuple[str, str]]:
    """Yield (page, what has to stand in it)."""
    yield from (
        (page, f"<!--cog{'' if table.startswith(chr(10)) else ' '}{table}")
        for page, each in TABLES.items()
        for table in each
    )
    for vendor in discover():
        yield from (
            (f"docs/vendors/{vendor.name}.md", f'<!--cog {table}("{vendor.name}"') for table in tables_of_vendor(vendor)
        )
    yield from (("docs/cli.md", f'<!--cog options("{name}") -->') for name in commands(main))
    yield from (("docs/scenarios.md", f"\n### `{name}`\n") for name in KINDS)
    yield from (
        ("docs/scenarios.md", f'at("scenarios.steps.KINDS")["{name}"]')
        for name in KINDS
        if name not in ("settings", "expect")
    )
    yield from (("docs/scenarios.md", f"\n#### `{name}`\n\n<!--cog fields(") for name in SUBJECTS)


def anchors(page: Path) -> set[str]:
    """Return what a page's headings are linked by."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads(page: Path, link: str) -> bool:
    """Return whether a link leads to a file of the repository, and to a heading that is in it."""
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in anchors(target))


def problems() -> Iterator[str]:
    """Yield a sentence for everything that is wrong."""
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    linked = {(INDEX.parent / link).resolve() for link in LINK.findall(INDEX.read_text("utf-8"))}
    for page in PAGES:
        name, text = page.relative_to(ROOT), page.read_text("utf-8")
        yield from (
            f"{name}: {link} leads nowhere"
            for link in LINK.findall(text)
            if "://" not in link and not leads(page, link)
        )
        named = set(re.findall(r"(?:`|^)make ([\w-]+)", text, re.MULTILINE))
        yield from (f"{name}: there is no make {target}" for target in sorted(named - targets))
        if page not in (INDEX, *linked):
            yield f"{name}: docs/README.md does not link to it"
    yield from (
        f"{page}: lacks {text.strip()}" for page, text in required() if text not in (ROOT / page).read_text("utf-8")
    )


if __name__ == "__main__":
    sys.exit("\n".join(problems()) or None)
