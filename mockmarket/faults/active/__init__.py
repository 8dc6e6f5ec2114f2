"""Active faults: which faults are on in a world, for what, and how often. What a fault does stands in `faults`."""

from mockmarket.faults.active.faults import ActiveFaults
from mockmarket.faults.active.rule import FaultRule

__all__ = ["ActiveFaults", "FaultRule"]
