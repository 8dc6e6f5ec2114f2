"""The control plane: what tests and people do to a world that no vendor's API has. Generic: it names no vendor."""

from __future__ import annotations

from mockmarket.control.base import BASE, Error, check_preflight, formatter
from mockmarket.control.operations import OPERATIONS, SECTIONS

__all__ = ["BASE", "OPERATIONS", "SECTIONS", "Error", "check_preflight", "formatter"]
