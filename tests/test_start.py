"""What a start imports: of a vendor that is not called its record alone, and nothing that the first answers do not need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mockmarket.vendor import discover

PROGRAM = """
import io, json, os, sys
from mockmarket.seed import cache
cache.FRESH_MS = -3_600_000
kept = cache.open_cache(os.environ)
from mockmarket.app import create_app
from mockmarket.config import Config
app = create_app(Config(fixture="small", cache=kept))
statuses = []
def ask(method, path, body=b""):
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_X_API_KEY": "portal_test_full_00000000", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
    }
    b"".join(app(environ, lambda status, headers, *rest: statuses.append(status)))
ask("GET", "/api/v1/events")
ask("PUT", "/_mockmarket/worlds/test", b"{}")
ask("POST", "/w/test/_mockmarket/reset", b"{}")
app.close(0)
print(json.dumps([statuses, sorted(sys.modules)]))
"""
HEAVY = (
    "marshmallow",
    "yaml",
    "pycurl",
    "requests",
    "sqlite_utils",
    "flask_smorest",
    "apispec",
    "certifi",
    "pydyf",
    "trustme",
    "cryptography",
)
"""Libraries that a vendor's first answer, a world for a test and its reset need nothing of."""


ENCRYPTING = ("mockmarket.tls", "mockmarket.server.handshake", "mockmarket.server.proxy", "trustme", "cryptography")
"""What only a server with --tls or --proxy needs."""


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of a process whose cache of planted fixtures is the module's own."""
    cache = str(tmp_path_factory.mktemp("cache"))
    return {"XDG_CACHE_HOME": cache, "PATH": "", "PYTHONPATH": str(Path(__file__).parents[1])}


@pytest.fixture(scope="module")
def modules(environ: dict[str, str]) -> list[str]:
    """Return the modules of a process that has answered a vendor's call, made a world and reset it; an earlier one planted its fixture."""
    for _ in range(2):
        output = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environ, stdout=subprocess.PIPE, text=True, check=True
        ).stdout
    statuses, names = json.loads(output)
    assert statuses == ["200 OK", "201 CREATED", "200 OK"]
    return list(names)


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", [vendor.name for vendor in discover() if vendor.name != "portal"])
def test_vendor_that_is_not_called_is_its_record_alone(modules: list[str], vendor: str) -> None:
    folder = f"mockmarket.vendors.{vendor}"

    assert [name for name in modules if f"{name}.".startswith(f"{folder}.")] == [folder, f"{folder}.vendor"]


def test_called_vendor_is_imported(modules: list[str]) -> None:
    assert "mockmarket.vendors.portal.handlers" in modules


@pytest.mark.parametrize("library", HEAVY)
def test_first_answer_needs_no_heavy_library(modules: list[str], library: str) -> None:
    assert library not in modules


@pytest.mark.parametrize(
    "name", ["dashboard.site", "seed.planting", "delivery.sender", "scenarios.runs", "server.openapi"]
)
def test_first_answer_needs_no_other_part(modules: list[str], name: str) -> None:
    assert f"mockmarket.{name}" not in modules


@pytest.mark.parametrize(
    "options", [(), ("--tls", "--tls-port", "0", "--proxy", "--proxy-port", "0")], ids=["plain", "encrypted"]
)
def test_serving_without_tls_imports_nothing_of_it(environ: dict[str, str], options: tuple[str, ...]) -> None:
    python = (sys.executable, "-X", "importtime", "-m", "mockmarket")
    command = (*python, "serve", "--port", "0", "--fixture", "small", *options)
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
        lines = process.communicate()[1].splitlines()

    imported = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    assert "mockmarket.server.serving" in imported
    assert [name for name in ENCRYPTING if name in imported] == [*(ENCRYPTING if options else ())]
