"""A world that is dropped has no file open, whatever happened in it, without waiting for a full garbage collection."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import Served
from tests.running import talking_to, until

NUMBERS = count(1)


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not list a process's open files")
def test_refused_calls_keep_no_file_open(served: Served) -> None:
    name = f"refused{next(NUMBERS)}"
    world, _ = served.app.worlds.put(name, "small")
    path = str(world.store.path)
    client = talking_to(served, name)
    gc.collect()
    gc.disable()
    try:
        with ThreadPoolExecutor(8) as pool:
            refused = list(
                pool.map(lambda _: client.patch("/api/v1/orders", {"orderId": "x", "status": "accepted"}), range(40))
            )
        served.app.worlds.drop(name)
        until(served.app.worlds.get("main"), lambda: not open_files(path))
    finally:
        gc.enable()

    assert {answer.status_code for answer in refused} == {404}


def open_files(path: str) -> list[str]:
    """Return which files of a world this process has open."""
    names = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            names.append(os.readlink(entry))
    return [name for name in names if name.startswith(path)]
