"""The wish to stop: uttered before, while or never, and by a signal at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from mockmarket.cli.stopping import Stop

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


@pytest.mark.thorough
def test_signal_at_any_moment_stops() -> None:
    ran = subprocess.run([sys.executable, "-c", AT_ANY_MOMENT], capture_output=True, text=True, timeout=60)

    assert ran.stdout == "stopped\n", ran.stderr
