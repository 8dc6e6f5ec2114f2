"""Retired names do not return: the code uses the standard terms of the field. Only syntax trees are read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mockmarket

ROOT = Path(mockmarket.__file__).parent
BESIDE = ("tests", "bench", "docs")
"""Folders beside the package. They may use its retired metaphors in the plain sense, as the kiosk's tests do, but no pronouns."""

PRONOUNS = "one given there here said made whole more found told"
"""Names of variables, arguments and attributes that do not describe a value."""
NO_VERBS = "found told said shown asked tell"
"""Names of functions that do not say what a function does."""
METAPHORS = """
Bell ring rings wait_past landed take_off claim_and_board share_out count_off count_down fare Flight Landing Courier depart fly
Played end_play let_go Switch Switchboard dice steady alone fold fill_from_nothing stirs telling Speaker speech shortfalls take_in
bring_in near SHOWN Market Judge retelling houses stand offers drawing Paper paper showing By
"""
"""Names that a term of the field replaced: a signal notifies, a batch is claimed, a sender sends, a snapshot is read."""
MODULES = "bell words listing following refusing acts past moves posts story hooks"
"""Retired names of modules."""

VARIABLES = {*METAPHORS.split(), *PRONOUNS.split()}
DEFINITIONS = {*METAPHORS.split(), *NO_VERBS.split()}

FIELDS = {
    ("cli", "here"),  # the option --here
    ("scenarios", "said"),  # a field of the answer about a run
}
"""Public names that stay, by folder."""


def names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield (kind, name) of all that a module defines; the kind is "definition" for functions and classes, else "variable"."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield "definition", name
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield "variable", name
            case ast.alias(asname=str(name)):
                yield "variable", name


def is_retired(kind: str, name: str) -> bool:
    """Tell whether a name is retired."""
    bare = name.strip("_")
    return bare in VARIABLES if kind == "variable" else bare in DEFINITIONS or bare.startswith("tell_")


def test_no_retired_name_is_used() -> None:
    used = [
        (str(path.relative_to(ROOT)), name)
        for path in ROOT.rglob("*.py")
        for kind, name in names(ast.parse(path.read_bytes()))
        if is_retired(kind, name) and (path.relative_to(ROOT).parts[0], name) not in FIELDS
    ]

    assert used == []


@pytest.mark.parametrize("folder", BESIDE)
def test_no_pronoun_is_used_beside_the_package(folder: str) -> None:
    used = [
        (str(path.relative_to(ROOT.parent)), name)
        for path in (ROOT.parent / folder).rglob("*.py")
        for kind, name in names(ast.parse(path.read_bytes()))
        if name.strip("_") in (PRONOUNS if kind == "variable" else NO_VERBS).split()
    ]

    assert used == []


def test_no_module_has_retired_name() -> None:
    modules = [path for path in ROOT.rglob("*.py") if path.stem in DEFINITIONS | {*MODULES.split()}]

    assert modules == []


@pytest.mark.parametrize(
    "line", ["for one in x: pass", "def f(given): pass", "self.said = 1", "def found(): pass", "class Bell: pass"]
)
def test_retired_names_are_recognised(line: str) -> None:
    assert any(is_retired(kind, name) for kind, name in names(ast.parse(line)))
