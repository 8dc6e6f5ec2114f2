"""The kinds of steps, one a module: each does one thing to a world, and says what came of it."""

from collections.abc import Mapping

from mockmarket.scenarios.base import Kind
from mockmarket.scenarios.steps import (
    actions,
    advancing,
    calls,
    endpoints,
    expecting,
    faults,
    receivers,
    resending,
    settings,
    together,
    triggers,
    waiting,
)  # fmt: skip

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        calls.KIND,
        together.KIND,
        actions.KIND,
        triggers.KIND,
        endpoints.KIND,
        receivers.KIND,
        resending.KIND,
        settings.KIND,
        faults.KIND,
        advancing.KIND,
        waiting.KIND,
        expecting.KIND,
    )
}
"""Every kind of step by its name, in the order of the documents; a new one is a module here and a line in this table."""

__all__ = ["KINDS"]
