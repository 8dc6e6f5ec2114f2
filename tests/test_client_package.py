"""The light package: `mockmarket_client` needs `requests` alone, on Python 3.9 too, and `mockmarket-client` consists of it."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import mockmarket_client

ROOT = Path(__file__).parent.parent
PACKAGE = Path(mockmarket_client.__file__).parent
MODULES = sorted(PACKAGE.glob("*.py"))
NEW_IN_3_10 = {"dataclass": {"slots", "kw_only"}, "zip": {"strict"}, "Popen": {"process_group"}}
"""Arguments that Python 3.9 does not know, by the function that takes them."""

ALLOWED = {*sys.stdlib_module_names, "requests", "urllib3", "pytest", "mockmarket_client"}
IMPORT_ALL = """
import importlib, pkgutil, sys
sys.modules |= dict.fromkeys(("mockmarket", "flask", "click", "marshmallow", "orjson", "yaml"))
import mockmarket_client
for module in pkgutil.iter_modules(mockmarket_client.__path__, "mockmarket_client."):
    importlib.import_module(module.name)
from mockmarket_client import Client, MockmarketError, NoServer, NotRoot
"""
"""Imports every module where the server and its libraries are not installed."""


def test_client_runs_without_the_server() -> None:
    ran = subprocess.run([sys.executable, "-c", IMPORT_ALL], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert (ran.returncode, ran.stderr) == (0, "")


def imported(tree: ast.Module) -> set[str]:
    """Return the packages that a module imports, by their first word."""
    nodes = [*ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


def test_client_imports_requests_alone() -> None:
    used = {name for path in MODULES for name in imported(ast.parse(path.read_text("utf-8")))}

    assert used - ALLOWED == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_client_is_written_for_python_3_9(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 9))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    keywords = {(ast.unparse(call.func).rpartition(".")[2], word.arg) for call in calls for word in call.keywords}
    sources = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]

    assert [(name, word) for name, word in keywords if word in NEW_IN_3_10.get(name, ())] == []
    assert "__future__" in sources, "annotations such as `str | None` must not be evaluated"


@pytest.mark.thorough
def test_wheel_of_the_client_is_the_package(tmp_path: Path) -> None:
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tmp_path),
        str(ROOT / "client"),
    ]
    subprocess.run(build, check=True, capture_output=True)

    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = {name for name in wheel.namelist() if name.startswith("mockmarket_client/")}
        [metadata] = [message_from_bytes(wheel.read(name)) for name in wheel.namelist() if name.endswith("METADATA")]

    files = {path.relative_to(ROOT).as_posix() for path in (*MODULES, PACKAGE / "py.typed")}
    assert names == {*files, "mockmarket_client/LICENSE"}
    assert metadata.get_all("Requires-Dist") == ["requests<3,>=2.32.4"]
    assert (metadata["Name"], metadata["Requires-Python"]) == ("mockmarket-client", ">=3.9")
