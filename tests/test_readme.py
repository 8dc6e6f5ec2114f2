"""What README and docs say is so: their sessions run, their tables are complete, their links lead somewhere."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
import pytest

from mockmarket import cli
from mockmarket.app import flask_app
from mockmarket.config import Config
from mockmarket.control import BASE
from mockmarket.vendor import Api, Hooks, Records, Vendor, Webhooks, discover
from mockmarket.worlds.world import CORE_SETTINGS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "fixtures/README.md", *sorted(ROOT.glob("docs/**/*.md"))]
VENDORS = discover()
README = (ROOT / "README.md").read_text()
CONTROL = (ROOT / "docs/control.md").read_text()
SETTINGS = (ROOT / "docs/settings.md").read_text()

FENCE = re.compile(r"^```(\w+) (session|runnable)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`]+)`")
ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (\S+)")
PRELUDE = 'set -euo pipefail; trap "kill 0" ERR; curl() { command curl --fail --noproxy "*" "$@"; }\n'
PATIENCE_S = 30


@contextmanager
def running(command: list[str], **more: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process group of its own, which ends with the block."""
    process = subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, **more
    )
    try:
        yield process
    finally:
        kill_group(process)
        process.communicate()


def kill_group(process: subprocess.Popen[str]) -> None:
    """End a process and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def read_until(process: subprocess.Popen[str], *wanted: str) -> str:
    """Return what a process prints until all of these have been in it; fails the test when it ends before or takes too long."""
    assert process.stdout
    seen = ""
    alarm = threading.Timer(PATIENCE_S, kill_group, [process])
    alarm.start()
    try:
        while not all(one in seen for one in wanted) and (line := process.stdout.readline()):
            seen += line
    finally:
        alarm.cancel()
    assert all(one in seen for one in wanted), f"It ended without {wanted}:\n{seen}"
    return seen


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which `mockmarket` is the one that is tested, and no option of it is set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOCKMARKET_") and name != "PORT"}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"} | more


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the default fixture as `make run` does, on a port that is free; gives host and port."""
    command = [sys.executable, "-m", "mockmarket", "serve", "--port", "0"]
    with running(command, env=environment(), cwd=ROOT) as server:
        printed = read_until(server, "Ready. http://")
        yield printed.rsplit("http://", 1)[1].strip()


def unused_port() -> int:
    """Return a port that nobody listens on, below those that the system gives out by itself."""
    for port in range(20_000 + os.getpid() % 5_000, 32_000):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("There is no port left.")


def blocks(language: str, mark: str, text: str = README) -> list[str]:
    """Return the fenced blocks of a page that are marked so."""
    return [block for lang, marked, block in FENCE.findall(text) if (lang, marked) == (language, mark)]


def table(text: str, first: str) -> list[list[str]]:
    """Return the rows, cell by cell, of the table whose first column is headed so."""
    rows = text.split(f"\n| {first} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def spans(rows: Iterable[list[str]], column: int = 0) -> list[str]:
    """Return every piece of code in a column of a table, in order."""
    return [span for row in rows for span in SPAN.findall(row[column])]


def test_session_prints_verified_webhooks(address: str) -> None:
    port = unused_port()
    session = "".join(blocks("bash", "session")).replace("127.0.0.1:8000", address).replace(":3000", f":{port}")

    with running(
        ["bash", "-c", f"{PRELUDE}{session}\nwait"], env=environment(WEBHOOK_PORT=str(port)), cwd=ROOT
    ) as bash:
        printed = read_until(
            bash, "verified order.confirmed order_", "verified order.accepted order_", '{"deliveries":'
        )

    assert "REFUSED" not in printed


def test_receiver_refuses_unsigned_webhooks() -> None:
    port = unused_port()
    ask = f"curl -so /dev/null -w '%{{http_code}}\\n' http://127.0.0.1:{port}"
    script = (
        f"node examples/receiver.mjs & until {ask} >/dev/null; do sleep 0.02; done; {ask} -d '{{}}'; {ask} -d x -H "
    )
    script += "'X-Webhook-Event: order.confirmed' -H 'X-Webhook-Timestamp: 1' -H 'X-Webhook-Signature: sha256=ff'; wait"

    with running(["bash", "-c", script], env=environment(WEBHOOK_PORT=str(port)), cwd=ROOT) as bash:
        printed = read_until(bash, "REFUSED order.confirmed\n401\n")

    assert printed == "REFUSED undefined\n401\nREFUSED order.confirmed\n401\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_runnable_blocks_of_pages_run(page: Path, address: str, tmp_path: Path) -> None:
    text = page.read_text()
    bash = [["bash", "-c", PRELUDE + block] for block in blocks("bash", "runnable", text)]
    python = [[sys.executable, "-c", block] for block in blocks("python", "runnable", text)]

    for command in bash + python:
        command[-1] = command[-1].replace("127.0.0.1:8000", address)
        done = subprocess.run(
            command, env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S
        )

        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"


def test_advance_example_makes_six_attempts(address: str, tmp_path: Path) -> None:
    example = next(block for block in blocks("bash", "runnable") if "clock/advance" in block)
    script = PRELUDE + example.replace("127.0.0.1:8000", address)

    printed = subprocess.check_output(["bash", "-c", script], env=environment(), cwd=tmp_path, timeout=PATIENCE_S)

    assert b'"state":"failed"' in printed
    assert b"Attempt 6 of 6 failed" in printed


def test_vendor_table_tells_what_is_there() -> None:
    rows = table(README, "vendor")

    told = {spans([row])[0]: SPAN.findall(row[1]) for row in rows if row[2].startswith("complete")}

    assert told == {vendor.name: [*vendor.bases] for vendor in VENDORS}
    assert all("not there yet" in row[2] for row in rows if spans([row])[0] not in told)


def test_commands_table_has_every_command() -> None:
    rows = table(README, "command")

    assert set(spans(rows)) == {f"mockmarket {name}" for name in commands(cli.main)}


def commands(group: click.Group) -> Iterator[str]:
    """Yield the full name of each command."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from (f"{name} {deeper}" for deeper in commands(command))
        else:
            yield name


def test_control_table_has_every_route() -> None:
    told = [found for span in spans(table(CONTROL, "route")) if (found := ROUTE.fullmatch(span))]

    served = {(method, path) for method, path in routes() if not path.startswith(("docs/", "ui/"))}

    assert sorted(found.groups() for found in told) == sorted(served)


def routes() -> Iterator[tuple[str, str]]:
    """Yield (method, path below the base) of everything that the control plane serves, the page of its root left out."""
    for rule in flask_app(Config(), VENDORS).url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(f"{BASE}/"))
        if rule.rule.startswith(f"{BASE}/") and path:
            yield from ((method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"})


def test_settings_table_has_every_setting() -> None:
    told = {SPAN.findall(name)[0]: SPAN.findall(default)[0] for name, default, _ in table(SETTINGS, "setting")}

    declared: Mapping[str, Any] = {"core": CORE_SETTINGS} | {vendor.name: vendor.settings for vendor in VENDORS}

    assert told == {
        f"{owner}.{name}": str(setting.default).lower() if isinstance(setting.default, bool) else str(setting.default)
        for owner, settings in declared.items()
        for name, setting in settings.items()
    }


@pytest.mark.parametrize("record", [Vendor, Api, Webhooks, Records, Hooks])
def test_every_field_of_a_vendor_is_described(record: type) -> None:
    parts = {"api", "webhooks", "records", "world"}  # described by their own types

    names = {field.name for field in dataclasses.fields(record)} - parts

    assert [name for name in sorted(names) if f"`{name}" not in (record.__doc__ or "")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    links = [link for link in LINK.findall(text) if "://" not in link]

    broken = [link for link in links if not leads_somewhere(page, link)]

    assert broken == []


def leads_somewhere(page: Path, link: str) -> bool:
    """Tell whether a link leads to a file of the repository, and to a heading that is in it."""
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    """Return what a page's headings are linked by."""
    headings = re.findall(r"^#+ (.*)$", ANY_FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_index_of_docs_has_every_page() -> None:
    index = ROOT / "docs/README.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text())}

    missing = [page for page in PAGES if page != index and page not in linked]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_make_targets_there_are(page: Path) -> None:
    there = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = set(re.findall(r"(?:`|^)make (\w+)", page.read_text(), re.MULTILINE))

    assert named <= there
