"""`settings`: choices that vendors and the core leave to their users, changed while the scenario runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from mockmarket.scenarios.base import Given, Kind, Known, Problem
from mockmarket.scenarios.play import Play
from mockmarket.worlds.world import CORE_SETTINGS


class SettingsShape(Schema):
    """Settings by vendor, or `core`, and name; null goes back to the default."""

    values = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String()),
        required=True,
        metadata={"description": "By vendor, or `core`, and name."},
    )


def short(raw: Any) -> Any:
    """Take the settings as they stand: the step has no other field."""
    return {"values": raw}


def title(given: Given) -> str:
    """Say which settings change."""
    return "settings " + ", ".join(f"{vendor}.{name}" for vendor, all in given["values"].items() for name in all)


def perform(play: Play, given: Given) -> str:
    """Change the settings."""
    play.control("PATCH", "settings", given["values"])
    return "changed"


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield the settings that there are not, or whose value is wrong."""
    yield from settings_problems(known, given["values"])


def settings_problems(known: Known, values: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Yield what is wrong with settings by vendor and name."""
    declared = {"core": CORE_SETTINGS} | {name: vendor.settings for name, vendor in known.vendors.items()}
    for vendor, all in values.items():
        if vendor not in declared:
            yield (vendor,), f"There is no vendor {vendor!r}; there are {', '.join(declared)}."
            continue
        for name, value in all.items():
            there = declared[vendor]
            problem = (
                f"is no setting; there are {', '.join(there)}"
                if name not in there
                else None if value is None else there[name].check(value)
            )  # fmt: skip
            if problem:
                yield (vendor, name), f"{name} {problem}."


KIND = Kind("settings", "Change settings.", SettingsShape(), perform, title, short, problems)
