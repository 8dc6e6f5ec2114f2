"""The kinds of steps: each does one thing to a world, and says what came of it."""

from collections.abc import Mapping
from typing import Any

from mockmarket.scenarios.base import Kind
from mockmarket.scenarios.steps.calls import CALL, TOGETHER
from mockmarket.scenarios.steps.control import ACTION, ADVANCE, ENDPOINT, RESEND, SETTINGS, TRIGGER
from mockmarket.scenarios.steps.expecting import EXPECT, WAIT
from mockmarket.scenarios.steps.failures import FAULT, RECEIVER

IN_ORDER: tuple[Kind[Any], ...] = (
    CALL, TOGETHER, ACTION, TRIGGER, ENDPOINT, RECEIVER, RESEND, SETTINGS, FAULT, ADVANCE, WAIT, EXPECT,
)  # fmt: skip
KINDS: Mapping[str, Kind[Any]] = {kind.name: kind for kind in IN_ORDER}
"""Every kind of step by its name, in the order of the documents; a new one is a line in this table."""
