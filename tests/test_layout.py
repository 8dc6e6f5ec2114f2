"""How the code is laid out: which module may import which, and what stands in one place only. Reads sources, runs little."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import mockmarket
import mockmarket_client
from mockmarket.vendor import discover

LAYERS = """
mockmarket_client
clock current frozen ids
errors
rules webhooks matching
records
config store tls
stock
vendor
faults
worlds
api
delivery seed
organiser exam vendors
recordings
scenarios
control
server
dashboard
app
cli
__main__
"""
"""The light package, and the folders and modules of the whole one, from the ground up: each imports what stands on lines above its own."""

INSIDE_A_VENDOR = {
    "records": 0, "operations": 0, "scheme": 0, "wire": 1, "schemas": 2, "rules": 3, "actions": 4, "routes": 4, "handlers": 4,
    "parts": 5, "vendor": 5,
}  # fmt: skip
"""Within a vendor's folder nothing imports what has a higher number."""
OTHERS_IMPORTED, OTHERS_IMPORTING = 2, 3
"""Other modules there may be imported by all but the words, and may import up to the rules."""

LASTING = (
    "store.database.Store", "worlds.world.World", "worlds.registry.Worlds", "delivery.ticker.Ticker",
    "faults.active.faults.ActiveFaults",
)  # fmt: skip
"""Classes whose objects last as long as a world or the process: they are given all that they need when they are made."""
RECEIVERS = {"store", "world", "worlds", "registry", "ticker", "engine", "faults", "there", "made", "dropped"}
"""What such objects are called elsewhere."""

PLUGIN = "mockmarket_client.pytest_plugin"
LONGEST_FILE = 500
STATEMENT = re.compile(
    r"\s*(SELECT|INSERT (INTO|OR)|UPDATE \w+ SET|DELETE FROM|(CREATE|ALTER|DROP) (TABLE|INDEX)|PRAGMA|BEGIN|COMMIT|ROLLBACK)\b"
)
EXECUTES = re.compile(r"\.execute(many|script)?$")
CLOCK_OF_SQLITE = re.compile(r"CURRENT_(TIMESTAMP|TIME|DATE)|'now'|unixepoch\(\)|julianday\(\)", re.IGNORECASE)

ROOT = Path(mockmarket.__file__).parent
CLIENT = Path(mockmarket_client.__file__).parent
FILES = {
    ".".join((root.name, *path.relative_to(root).with_suffix("").parts)): path
    for root in (ROOT, CLIENT)
    for path in root.rglob("*.py")
}
SOURCES = {name.removesuffix(".__init__"): path for name, path in sorted(FILES.items())}
VENDORS = [vendor.name for vendor in discover()]
CORE = [
    name for name in SOURCES if not any(f"{name}.".startswith(f"mockmarket.vendors.{vendor}.") for vendor in VENDORS)
]

VENDOR_MODULES = set(SOURCES) - set(CORE)

every_vendor = pytest.mark.parametrize("vendor", VENDORS)


@cache
def trees() -> dict[str, ast.Module]:
    """Return the syntax tree of every module; read when a test asks, since collecting is done by every worker."""
    return {name: ast.parse(path.read_bytes()) for name, path in SOURCES.items()}


@cache
def nodes_of(module: str) -> list[ast.AST]:
    """Return every node of a module's syntax tree."""
    return [*ast.walk(trees()[module])]


@cache
def imported(module: str) -> set[str]:
    """Return the modules of ours that a module imports: at its top, within a function, or for its types alone."""
    names: set[str] = set()
    for node in nodes_of(module):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            deeper = [f"{node.module}.{alias.name}" for alias in node.names]
            names |= {name if name in SOURCES else str(node.module) for name in deeper}
    return {name for name in names if name in SOURCES and name != "mockmarket"}


def foreign(module: str) -> set[str]:
    """Return the packages of others that a module imports, by their first word."""
    names: set[str] = set()
    for node in nodes_of(module):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def place_of(module: str) -> str:
    """Return the folder of the package in which a module is, or the module itself when it is in none; the light package is one place."""
    package, *inside = module.split(".")
    return inside[0] if package == "mockmarket" else package


def layer_of(module: str) -> int:
    """Return the number of a module's line in LAYERS; one that has none yet stands above all."""
    lines = [line.split() for line in LAYERS.splitlines()]
    return next((number for number, places in enumerate(lines) if place_of(module) in places), len(lines))


def may_import(module: str, target: str) -> bool:
    """Return whether LAYERS lets one module import another."""
    return place_of(module) == place_of(target) or layer_of(target) < layer_of(module)


def circle() -> list[str]:
    """Return modules of which each imports the next and the last the first, or none when there are no such."""
    try:
        TopologicalSorter({module: imported(module) for module in SOURCES}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@cache
def texts(module: str) -> list[str]:
    """Return the texts in a module's code, docstrings left out."""
    bare = {id(node.value) for node in nodes_of(module) if isinstance(node, ast.Expr)}
    nodes = [node for node in nodes_of(module) if isinstance(node, ast.Constant) and id(node) not in bare]
    return [node.value for node in nodes if isinstance(node.value, str)]


@cache
def attributes(module: str) -> set[str]:
    """Return what a module reaches by a dot, such as `conn.execute`."""
    return {ast.unparse(node) for node in nodes_of(module) if isinstance(node, ast.Attribute)}


def within(vendor: str) -> set[str]:
    """Return the modules of a vendor's folder."""
    return {name for name in VENDOR_MODULES if name.split(".")[2] == vendor}


def too_high(module: str, target: str) -> bool:
    """Return whether a module of a vendor's folder imports one that stands above it there."""
    own, its = module.split(".")[3:4], target.split(".")[3:4]
    low = INSIDE_A_VENDOR.get(own[0], OTHERS_IMPORTING) if own else -1
    return own != its and bool(its) and INSIDE_A_VENDOR.get(its[0], OTHERS_IMPORTED) > low


def outside(*own: str) -> list[str]:
    """Return every module but these and what is in them."""
    return [name for name in SOURCES if not any(f"{name}.".startswith(f"mockmarket.{part}.") for part in own)]


def test_every_folder_has_a_layer() -> None:
    places = {place_of(module) for module in SOURCES if module != "mockmarket"}

    assert places == set(LAYERS.split()), "say in LAYERS where each stands"


@pytest.mark.thorough
def test_imports_point_one_way() -> None:
    wrong = [(module, target) for module in SOURCES for target in imported(module) if not may_import(module, target)]

    assert wrong == []


@pytest.mark.thorough
def test_no_modules_import_each_other() -> None:
    assert circle() == []


@every_vendor
def test_vendor_imports_no_other_vendor(vendor: str) -> None:
    own = within(vendor)

    wrong = [(module, target) for module in own for target in imported(module) if target in VENDOR_MODULES - own]

    assert wrong == []


@every_vendor
def test_vendor_folder_imports_one_way(vendor: str) -> None:
    own = within(vendor)

    wrong = [(module, target) for module in own for target in imported(module) & own if too_high(module, target)]

    assert wrong == []


def test_only_discovery_imports_vendors() -> None:
    of_vendors = VENDOR_MODULES | {"mockmarket.vendors"}

    wrong = [(module, target) for module in CORE for target in imported(module) & of_vendors]

    assert wrong == []


@every_vendor
def test_no_core_module_names_it(vendor: str) -> None:
    naming = [module for module in CORE if vendor in SOURCES[module].read_text(encoding="utf-8").lower()]

    assert naming == []


def test_no_file_is_long() -> None:
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in SOURCES.items()}

    assert {module: length for module, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_statement_asks_sqlite_time() -> None:
    statements = {str(path): [path.read_text(encoding="utf-8")] for path in ROOT.rglob("*.sql")}
    statements |= {module: texts(module) for module in SOURCES}
    asking = [(place, text) for place, all_of in statements.items() for text in all_of if CLOCK_OF_SQLITE.search(text)]

    assert asking == []


@pytest.mark.thorough
def test_statements_stand_in_store() -> None:
    modules = outside("store", "stock")

    statements = [(module, text) for module in modules for text in texts(module) if STATEMENT.match(text)]
    executed = [(module, name) for module in modules for name in attributes(module) if EXECUTES.search(name)]

    assert statements == []
    assert executed == []


@cache
def assigned(module: str) -> list[tuple[str, str]]:
    """Return every attribute that a module assigns, as what it is of and its name."""
    return assignments(nodes_of(module))


def assignments(nodes: Iterable[ast.AST]) -> list[tuple[str, str]]:
    """Return every attribute that nodes assign, as what it is of and its name."""
    assigning = (node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
    return [(ast.unparse(node.value), node.attr) for node in assigning]


def own_attributes(module: str, name: str) -> set[str]:
    """Return the attributes that a class gives itself."""
    (node,) = (node for node in nodes_of(module) if isinstance(node, ast.ClassDef) and node.name == name)
    return {attribute for owner, attribute in assignments(ast.walk(node)) if owner == "self"}


@pytest.mark.parametrize("place", LASTING)
def test_nobody_assigns_what_is_anothers(place: str) -> None:
    module, _, name = place.rpartition(".")
    attributes = own_attributes(f"mockmarket.{module}", name)

    outside = [
        (source, f"{owner}.{attribute}")
        for source in SOURCES
        for owner, attribute in assigned(source)
        if attribute in attributes and owner.rpartition(".")[2] in RECEIVERS
    ]

    assert attributes
    assert outside == []


def test_no_module_asserts() -> None:
    asserting = [name for name in SOURCES if any(isinstance(node, ast.Assert) for node in nodes_of(name))]

    assert asserting == []


def test_no_module_knows_of_tests() -> None:
    knowing = [module for module in SOURCES if foreign(module) & {"pytest", "tests", "unittest"} and module != PLUGIN]

    assert knowing == []


def test_every_ignored_rule_is_named() -> None:
    blanket = [
        (module, line)
        for module, path in SOURCES.items()
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"#\s*(noqa|type:\s*ignore)\s*(#|$)", line)
    ]

    assert blanket == []


DEFINES_ONLY = """
import importlib, os, pkgutil, sys, threading

class Watched(dict):
    asked = []
    def __getitem__(self, name): self.ask(name); return super().__getitem__(name)
    def get(self, name, default=None): self.ask(name); return super().get(name, default)
    def __contains__(self, name): self.ask(name); return super().__contains__(name)
    def ask(self, name):
        caller = sys._getframe(2)
        while caller and "importlib" in caller.f_code.co_filename: caller = caller.f_back
        if caller and caller.f_globals.get("__name__", "").startswith("mockmarket"): self.asked.append(name)

os.environ = Watched(os.environ)
os.getenv = os.environ.get
import mockmarket
for module in pkgutil.walk_packages(mockmarket.__path__, "mockmarket."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(threading.active_count(), len(os.environ.asked), len(sys.modules) > 100)
"""


@pytest.mark.thorough
def test_importing_a_module_only_defines() -> None:
    ran = subprocess.run([sys.executable, "-c", DEFINES_ONLY], capture_output=True, text=True, check=True, timeout=60)

    assert ran.stdout.split() == ["1", "0", "True"]


def test_conditions_of_pages_are_functions() -> None:
    """An expression is evaluated again within the page, whose policy forbids it: the wait fails unless it holds at once."""
    expression = re.compile(r"wait_for_function\(\s*[\"'](?!(?:async )?(?:\(|\w+ =>))")
    files = [path for path in Path(__file__).parent.rglob("*.py") if path != Path(__file__)]

    assert len(files) > 100
    assert [path.name for path in files if expression.search(path.read_text("utf-8"))] == []
