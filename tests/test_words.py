"""Retired names do not return: the code uses the standard terms of the field. Only syntax trees are read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mockmarket

ROOT = Path(mockmarket.__file__).parent
BESIDE = ("tests", "bench", "soak", "docs", "examples", "mockmarket_client")
"""Folders beside the package. They may use its retired metaphors in the plain sense, as the kiosk's tests do, but no pronouns."""

PRONOUNS = "one given found there here said made whole more told shown asked tell"
"""Names that describe neither a value nor what a function does."""
METAPHORS = """
Bell ring rings wait_past landed take_off claim_and_board share_out count_off count_down fare Flight Landing Courier depart fly
Played end_play let_go Switch Switchboard dice steady alone fold fill_from_nothing stirs telling Speaker speech shortfalls take_in
bring_in near SHOWN Market Judge retelling houses stand offers drawing Paper paper showing By
"""
"""Names that a term of the field replaced: a signal notifies, a batch is claimed, a sender sends, a snapshot is read."""
MODULES = "bell words listing following refusing acts past moves posts story hooks"
"""Retired names of modules."""

RETIRED = {*PRONOUNS.split(), *METAPHORS.split()}

FIELDS = {
    ("cli", "here"),  # the option --here
    ("scenarios", "said"),  # a field of the answer about a run
}
"""Public names that stay, by folder."""


def names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module defines, however a name is bound, without underscores around them."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name.strip("_")
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name.strip("_")
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield name.strip("_")
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name.strip("_")


def is_pronoun(name: str) -> bool:
    """Return whether a name is one of those that describe nothing."""
    return name in PRONOUNS.split() or name.startswith("tell_")


def is_retired(name: str) -> bool:
    """Return whether the package's code no longer has a name."""
    return is_pronoun(name) or name in RETIRED


@pytest.mark.thorough
def test_no_retired_name_is_used() -> None:
    used = [
        (str(path.relative_to(ROOT)), name)
        for path in ROOT.rglob("*.py")
        for name in names(ast.parse(path.read_bytes()))
        if is_retired(name) and (path.relative_to(ROOT).parts[0], name) not in FIELDS
    ]

    assert used == []


@pytest.mark.thorough
@pytest.mark.parametrize("folder", BESIDE)
def test_no_pronoun_is_used_beside_the_package(folder: str) -> None:
    used = [
        (str(path.relative_to(ROOT.parent)), name)
        for path in (ROOT.parent / folder).rglob("*.py")
        for name in names(ast.parse(path.read_bytes()))
        if is_pronoun(name)
    ]

    assert used == []


def test_no_module_has_retired_name() -> None:
    modules = [path for path in ROOT.rglob("*.py") if path.stem in RETIRED | {*MODULES.split()}]

    assert modules == []


@pytest.mark.parametrize(
    "line",
    [
        "for one in x: pass", "x = [made for made in y]", "x = lambda told: 0", "with x as more: pass", "if (asked := x): pass",
        "def f(given): pass", "def f(*, shown): pass", "def f(**here): pass", "def found(): pass", "def tell_them(): pass",
        "self.said = 1", "class X: whole: int", "from x import y as there", "class Bell: pass",
        "match x:\n case [*more]: pass", "match x:\n case {**found}: pass", "try: pass\nexcept X as one: pass",
    ],
)  # fmt: skip
def test_retired_names_are_recognised(line: str) -> None:
    assert any(is_retired(name) for name in names(ast.parse(line)))
