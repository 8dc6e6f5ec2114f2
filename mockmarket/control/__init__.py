"""The control plane: what tests and people do to a world that no vendor's API has. Generic: it names no vendor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mockmarket.control.speech import BASE, ErrorSchema, speaker


def blueprints() -> Iterable[Any]:
    """Return the control routes, in the order in which the API browser shows them."""
    from mockmarket.control import (
        clock,
        deliveries,
        endpoints,
        exam,
        faults,
        keys,
        records,
        requests,
        scenarios,
        snapshots,
        state,
        waits,
        worlds,
    )

    return (
        worlds.blp,
        snapshots.blp,
        state.blp,
        clock.blp,
        keys.blp,
        endpoints.blp,
        deliveries.blp,
        faults.blp,
        records.blp,
        requests.blp,
        waits.blp,
        scenarios.blp,
        exam.blp,
    )


__all__ = ["BASE", "ErrorSchema", "blueprints", "speaker"]
