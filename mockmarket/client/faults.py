"""Faults, as the client asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockmarket.client.calls import Calls, Record
from mockmarket.client.shapes import FAULT, rows

CHOSEN_BY = frozenset({"id", "vendor", "operation", "key", "endpoint", "notice", "times", "probability"})
"""What every fault takes; all else that is given is a parameter of the fault's own."""


class Faults:
    """The part of the client that makes things go wrong."""

    calls: Calls

    def fault_catalogue(self) -> list[Record]:
        """List every fault there is, with its fields."""
        return list(self.calls.json("GET", "faults", "catalogue", shape=rows("faults"))["faults"])

    def faults(self) -> list[Record]:
        """List the faults that are on in the world."""
        return list(self.calls.json("GET", "faults", shape=rows("faults", FAULT))["faults"])

    def fault(self, id: str) -> Record:
        """Describe a fault that is on: how often it was `applied`, and how often it is `left`."""
        return dict(self.calls.json("GET", "faults", id, shape=FAULT))

    def add_fault(self, fault: str, /, **given: Any) -> Record:
        """Turn a fault on behind those that are: `add_fault("status", operation="POST /orders", times=1, status=503)`.

        It applies where `vendor`, `operation`, `key`, `endpoint` and `notice` fit, `times` times or always, with `probability`.
        Whatever else is given is a parameter of the fault.
        """
        return dict(self.calls.json("POST", "faults", body=written(fault, given), shape=FAULT))

    def put_faults(self, faults: Iterable[Mapping[str, Any]]) -> list[Record]:
        """Have these faults on and no others, each as the route takes it: `{"fault": "slow", "with": {"seconds": 2}}`."""
        body = {"faults": [dict(fault) for fault in faults]}
        return list(self.calls.json("PUT", "faults", body=body, shape=rows("faults", FAULT))["faults"])

    def remove_fault(self, id: str) -> None:
        """Turn a fault off."""
        self.calls.json("DELETE", "faults", id, shape=None)

    def clear_faults(self) -> None:
        """Turn every fault off."""
        self.calls.json("DELETE", "faults", shape=None)


def written(fault: str, given: Mapping[str, Any]) -> Record:
    """Write a fault as the route takes it."""
    chosen = {name: value for name, value in given.items() if name in CHOSEN_BY}
    own = {name: value for name, value in given.items() if name not in CHOSEN_BY}
    return {"fault": fault, **chosen} | ({"with": own} if own else {})
