"""How a step fails."""

from __future__ import annotations


class FailedError(Exception):
    """A step did not come out as expected; the message says what was expected and what was seen instead."""
