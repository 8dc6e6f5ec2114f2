"""The commands and code that README and docs show run unchanged."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from mockmarket.vendor import Api, Hooks, Records, Vendor, Webhooks
from tests.running import unused_port

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "fixtures/README.md", *sorted(ROOT.glob("docs/**/*.md"))]
README = (ROOT / "README.md").read_text()

FENCE = re.compile(r"^```(\w+) (session|runnable)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRELUDE = 'set -euo pipefail; trap "kill 0" ERR; curl() { command curl --fail --noproxy "*" "$@"; }\n'
PATIENCE_S = 30


@contextmanager
def running(command: list[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process group of its own, which is killed at the end of the block."""
    process = subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, **options
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


def read_until(process: subprocess.Popen[str], *texts: str) -> str:
    """Return a process's output as soon as it contains all texts; fails the test when it ends first or takes longer than `PATIENCE_S`."""
    assert process.stdout
    output = ""
    alarm = threading.Timer(PATIENCE_S, kill_group, [process])
    alarm.start()
    try:
        while not all(text in output for text in texts) and (line := process.stdout.readline()):
            output += line
    finally:
        alarm.cancel()
    assert all(text in output for text in texts), f"It ended without {texts}:\n{output}"
    return output


def environment(**variables: str) -> dict[str, str]:
    """Return an environment where `mockmarket` is the tested one and has no options set."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("MOCKMARKET_") and name != "PORT"
    }
    return inherited | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"} | variables


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the default fixture as `make run` does, on a free port; yields host and port."""
    command = [sys.executable, "-m", "mockmarket", "serve", "--port", "0"]
    with running(command, env=environment(), cwd=ROOT) as server:
        output = read_until(server, "Ready. http://")
        yield output.rsplit("http://", 1)[1].strip()


def blocks(language: str, mark: str, text: str = README) -> list[str]:
    """Return the fenced blocks of a page that have a language and a mark."""
    return [block for lang, label, block in FENCE.findall(text) if (lang, label) == (language, mark)]


@pytest.mark.thorough
def test_session_prints_verified_webhooks(address: str) -> None:
    port = unused_port()
    session = "".join(blocks("bash", "session")).replace("127.0.0.1:8000", address).replace(":3000", f":{port}")

    with running(
        ["bash", "-c", f"{PRELUDE}{session}\nwait"], env=environment(WEBHOOK_PORT=str(port)), cwd=ROOT
    ) as bash:
        output = read_until(bash, "verified order.confirmed order_", "verified order.accepted order_", '{"deliveries":')

    assert "REFUSED" not in output


@pytest.mark.thorough
def test_receiver_refuses_unsigned_webhooks() -> None:
    port = unused_port()
    ask = f"curl -so /dev/null -w '%{{http_code}}\\n' http://127.0.0.1:{port}"
    script = (
        f"node examples/receiver.mjs & until {ask} >/dev/null; do sleep 0.02; done; {ask} -d '{{}}'; {ask} -d x -H "
    )
    script += "'X-Webhook-Event: order.confirmed' -H 'X-Webhook-Timestamp: 1' -H 'X-Webhook-Signature: sha256=ff'; wait"

    with running(["bash", "-c", script], env=environment(WEBHOOK_PORT=str(port)), cwd=ROOT) as bash:
        output = read_until(bash, "REFUSED order.confirmed\n401\n")

    assert output == "REFUSED undefined\n401\nREFUSED order.confirmed\n401\n"


RUNNABLE = [page for page in PAGES if any(mark == "runnable" for _, mark, _ in FENCE.findall(page.read_text()))]


@pytest.mark.thorough
@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: str(page.relative_to(ROOT)))
def test_runnable_blocks_of_pages_run(page: Path, address: str, tmp_path: Path) -> None:
    text = page.read_text()
    bash = [["bash", "-c", PRELUDE + block] for block in blocks("bash", "runnable", text)]
    python = [[sys.executable, "-c", block] for block in blocks("python", "runnable", text)]

    assert bash + python
    for command in bash + python:
        command[-1] = command[-1].replace("127.0.0.1:8000", address)
        result = subprocess.run(
            command, env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S
        )

        assert result.returncode == 0, f"{command[-1]}\n{result.stdout}\n{result.stderr}"


def test_advance_example_makes_six_attempts(address: str, tmp_path: Path) -> None:
    example = next(block for block in blocks("bash", "runnable") if "clock/advance" in block)
    script = PRELUDE + example.replace("127.0.0.1:8000", address)

    output = subprocess.check_output(["bash", "-c", script], env=environment(), cwd=tmp_path, timeout=PATIENCE_S)

    assert b'"state":"failed"' in output
    assert b"Attempt 6 of 6 failed" in output


@pytest.mark.parametrize("record", [Vendor, Api, Webhooks, Records, Hooks])
def test_every_field_of_a_vendor_is_described(record: type) -> None:
    parts = {"api", "webhooks", "records", "world"}  # described by their own types

    names = {field.name for field in dataclasses.fields(record)} - parts

    assert [name for name in sorted(names) if f"`{name}" not in (record.__doc__ or "")] == []
