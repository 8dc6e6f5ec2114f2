"""Switches: which faults are on in a world, for what, and how often. What a fault does stands in `faults`."""

from mockmarket.switches.board import Switchboard
from mockmarket.switches.switch import Switch

__all__ = ["Switch", "Switchboard"]
