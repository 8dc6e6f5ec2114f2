"""The wish to stop: uttered before, while or never, and by a signal at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from mockmarket.cli.stopping import Stop, tidy_end

AT_ANY_MOMENT = """
import os, signal, sys, threading
from mockmarket.cli.stopping import Stop

for turn in range(3000):
    stop = Stop()
    with stop.at_signals([signal.SIGALRM]):
        signal.setitimer(signal.ITIMER_REAL, 0.00002 + turn % 50 * 0.000002)
        stop.wait()
print("stopped")
"""


def test_earlier_wish_is_kept() -> None:
    stop = Stop()
    stop.wish()

    stop.wait()


def test_wait_ends_by_itself() -> None:
    Stop().wait(0.001)


def test_signal_is_a_wish() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    stop = Stop()
    with stop.at_signals([signal.SIGUSR1]):
        os.kill(os.getpid(), signal.SIGUSR1)
        stop.wait()

    assert signal.getsignal(signal.SIGUSR1) == before


def test_signal_ends_a_block_tidily() -> None:
    closed: list[str] = []
    before = signal.getsignal(signal.SIGTERM)

    with pytest.raises(SystemExit) as ended, tidy_end(), ExitStack() as opened:  # noqa: PT012 - what is open is closed too
        opened.callback(closed.append, "folder")
        os.kill(os.getpid(), signal.SIGTERM)

    assert (ended.value.code, closed) == (143, ["folder"])
    assert signal.getsignal(signal.SIGTERM) == before


def test_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with tidy_end():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "command",
    [
        "scenario run portal-happy-path late-fulfilment sold-out-rush event-cancelled-with-refunds receiver-down-for-two-days",
        "fixture check small default",
    ],
)
def test_terminated_command_leaves_no_folder(tmp_path: Path, command: str) -> None:
    words, environ = [sys.executable, "-m", "mockmarket", *command.split()], os.environ | {"TMPDIR": str(tmp_path)}

    with subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()

    assert process.returncode == 143
    assert list(tmp_path.iterdir()) == []


@pytest.mark.thorough
def test_signal_at_any_moment_stops() -> None:
    ran = subprocess.run([sys.executable, "-c", AT_ANY_MOMENT], capture_output=True, text=True, timeout=60)

    assert ran.stdout == "stopped\n", ran.stderr
