"""The npm package: its tests pass, it signs as the vendors do, and it contains what it should."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mockmarket import __version__
from mockmarket.vendor import discover
from tests.receiver import PATIENCE_S
from tests.test_cli_exec import CLEAN

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "client/javascript"
MANIFEST = json.loads((PACKAGE / "package.json").read_text())
SCRIPT = re.compile(r"^```js\n(.*?)^```$", re.MULTILINE | re.DOTALL)

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm here")


def node(*arguments: str, cwd: Path = PACKAGE, **environ: str) -> str:
    """Run Node and return what it prints; a failure is raised with its output."""
    done = subprocess.run(
        ["node", *arguments], cwd=cwd, env={**CLEAN, **environ}, capture_output=True, text=True, timeout=PATIENCE_S * 6
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_version_is_the_servers() -> None:
    assert MANIFEST["version"] == __version__


@needs_node
def test_schemes_are_the_vendors() -> None:
    schemes = json.loads(node("-e", "import('./verify.js').then((all) => console.log(JSON.stringify(all.SCHEMES)))"))

    assert schemes == {
        vendor.name: {
            "header": scheme.header,
            "form": scheme.form,
            "algorithm": scheme.algorithm,
            "stamped": scheme.stamped,
            "stampHeader": scheme.stamp_header,
        }
        for vendor in discover()
        if (scheme := vendor.webhooks.headers.scheme)
    }


@needs_node
def test_verifier_agrees_with_vectors() -> None:
    assert "# fail 0" in node("--test", "--test-reporter=tap", "test/verify.test.js")


@needs_node
@pytest.mark.thorough
def test_world_is_used_from_javascript() -> None:
    command = json.dumps([sys.executable, "-m", "mockmarket"])

    assert "# fail 0" in node("--test", "--test-reporter=tap", "test/world.test.js", MOCKMARKET_COMMAND=command)


@needs_node
@pytest.mark.thorough
def test_readme_runs(tmp_path: Path) -> None:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/mockmarket").symlink_to(PACKAGE)
    (tmp_path / "readme.test.mjs").write_text(SCRIPT.findall((PACKAGE / "README.md").read_text())[0])
    command = tmp_path / "mockmarket"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mockmarket "$@"\n')
    command.chmod(0o755)

    done = node("--test", "--test-reporter=tap", cwd=tmp_path, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    assert "# pass 1" in done


@needs_npm
@pytest.mark.thorough
def test_package_has_the_right_files() -> None:
    done = subprocess.run(
        ["npm", "pack", "--dry-run", "--json", "--offline"],
        cwd=PACKAGE,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 6,
    )
    (packed,) = json.loads(done.stdout)

    assert {file["path"] for file in packed["files"]} == {
        "README.md", "package.json", "index.d.ts", *(path.name for path in PACKAGE.glob("*.js")),
    }  # fmt: skip


def test_every_export_has_a_type() -> None:
    exported = {
        name
        for names in re.findall(r"export \{ (.*?) \}", (PACKAGE / "index.js").read_text())
        for name in names.split(", ")
    }

    typed = re.findall(r"^export (?:class|const|function) (\w+)", (PACKAGE / "index.d.ts").read_text(), re.MULTILINE)

    assert exported
    assert exported == {*typed}
