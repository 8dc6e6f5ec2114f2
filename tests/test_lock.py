"""The lock: every package that the wheel needs, in the tested version, with hashes, and no address of a registry."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
NOT_PINNED = {"pip"}
"""What `constraints.txt` leaves to the environment: sqlite-utils needs pip, for a command of its own."""


def name_of(name: str) -> str:
    """Return a package's normalised name."""
    return str(canonicalize_name(name))


@cache
def locked() -> dict[str, str]:
    """Return the version of each package in the lock."""
    pins = re.findall(r"^([\w.-]+)==([\w.]+)", LOCK, re.MULTILINE)
    assert len(pins) > 20
    return {name_of(name): version for name, version in pins}


def direct() -> list[Requirement]:
    """Return what the package itself requires."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(text) for text in project["dependencies"]]


def test_lock_has_the_tested_versions() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    tested = {name_of(name): version for name, _, version in (line.partition("==") for line in lines)}

    assert locked().keys() - tested.keys() <= NOT_PINNED
    assert {name: version for name, version in locked().items() if tested.get(name, version) != version} == {}


def test_lock_has_all_that_is_required() -> None:
    wanted = direct()
    names = {name_of(requirement.name) for requirement in wanted}
    needed = [Requirement(text) for name in locked() if name not in NOT_PINNED for text in requires(name) or ()]
    plain = [
        requirement
        for requirement in needed
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    ]

    assert names <= locked().keys()
    assert [str(each) for each in wanted if not each.specifier.contains(locked()[name_of(each.name)])] == []
    assert {name_of(requirement.name) for requirement in plain} <= locked().keys()


def test_every_locked_package_has_hashes() -> None:
    entries = re.split(r"\n(?=[A-Za-z])", LOCK.partition("\n")[2])

    assert len(entries) == len(locked())
    assert [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_lock_names_no_registry() -> None:
    assert not re.search(r"://|--index|--find-links|--trusted-host|@ ", LOCK)
