"""Switches: which faults are on in a world, for what, and how often. What a fault does stands in `faults`."""

from mockmarket.faults.active.board import Switchboard
from mockmarket.faults.active.switch import Switch

__all__ = ["Switch", "Switchboard"]
