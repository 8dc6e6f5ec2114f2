"""A vendor's page under docs/vendors/ as its tables: read once, so that a test can hold each of them to the code."""

from __future__ import annotations

import importlib
import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any

from mockmarket.seed import reading
from mockmarket.vendor import Vendor

MARKS = {"vendor document", "public source", "emulator convention"}
FOLDER = Path(__file__).parents[2] / "docs" / "vendors"


class Page:
    """One vendor's page: `tables` by their first heading, each as rows of cells."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.text = (FOLDER / f"{vendor.name}.md").read_text(encoding="utf-8")

    @cached_property
    def tables(self) -> dict[str, list[list[str]]]:
        """The page's tables; no two may begin with the same heading."""
        found: dict[str, list[list[str]]] = {}
        for block in re.findall(r"(?:^\|.*\|\n)+", self.text, re.MULTILINE):
            heads, _, *rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in block.splitlines()]
            assert heads[0] not in found, f"two tables begin with {heads[0]}"
            found[heads[0]] = rows
        return found

    def pairs(self, table: str) -> dict[str, str]:
        """Return a table's first two columns; it may say nothing twice."""
        rows = self.tables[table]
        assert len({row[0] for row in rows}) == len(rows), f"the table {table} says something twice"
        return {plain(row[0]): plain(row[1]) for row in rows}

    def settings(self) -> list[tuple[str, Any, str]]:
        """Return the table of settings as (name, default, meaning)."""
        return [(plain(name), json.loads(plain(default)), words) for name, default, words in self.tables["setting"]]

    def untrue_words(self) -> list[str]:
        """Return which of the tables that every vendor's page has are not what the code says."""
        vendor = self.vendor
        keys = {secret: name for name, secret in reading.keys_of(reading.find("default"), vendor.name)}
        true = {
            "setting": self.settings() == [(name, one.default, one.help) for name, one in vendor.settings.items()],
            "notice": self.pairs("notice") == {one.name: one.when for one in vendor.webhooks.notices},
            "action": [(plain(name), who, does) for name, who, does in self.tables["action"]]
            == [(one.name, one.who, one.help) for one in vendor.world.actions],
            "scope": not vendor.api.scopes or self.pairs("scope") == {one.name: one.help for one in vendor.api.scopes},
            "base URL": tuple(self.pairs("base URL")) == vendor.bases,
            "key": self.pairs("key") == keys,
        }
        return [table for table, is_true in true.items() if not is_true]

    def evidence_gaps(self) -> list[str]:
        """Return what is wrong with the table of evidence: marks that there are not, things said twice, code that is not there."""
        rows = self.tables["what"]
        said = [row[0] for row in rows]
        wrong = [f"twice: {what}" for what in {one for one in said if said.count(one) > 1}]
        wrong += [f"no mark: {row[0]}" for row in rows if row[1] not in MARKS]
        wrong += [f"no code: {row[0]}" for row in rows if not codes(row[2])]
        return wrong + [f"not there: {name}" for row in rows for name in codes(row[2]) if not self.there_is(name)]

    def there_is(self, path: str) -> bool:
        """Tell whether a dotted path leads to something, in the vendor's folder or in the core."""
        roots = (f"mockmarket.vendors.{self.vendor.name}", "mockmarket")
        return any(leads_somewhere(root, path.split(".")) for root in roots)


def plain(cell: str) -> str:
    """Return a cell without the marks of code around it."""
    return cell.removeprefix("`").removesuffix("`")


def codes(cell: str) -> list[str]:
    """Return what stands as code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def leads_somewhere(module: str, steps: list[str]) -> bool:
    """Tell whether steps lead on from a module: to modules first, then to what they hold."""
    found: Any = importlib.import_module(module)
    for step in steps:
        module = f"{module}.{step}"
        if hasattr(found, step):
            found = getattr(found, step)
            continue
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            return False
    return True
