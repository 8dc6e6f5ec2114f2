"""How many values a test tries: all of them where everything is run, as CI does, a quarter in the default run."""

from __future__ import annotations

import pytest

SHARE = 4


class Effort:
    """Whether this run is one of everything; set before the tests are collected."""

    thorough = True


def set_effort(config: pytest.Config) -> None:
    """Take from the options of a run whether it leaves the thorough tests out."""
    Effort.thorough = config.option.markexpr != "not thorough"


def tries(most: int) -> int:
    """Return how many of so many values are tried."""
    return most if Effort.thorough else most // SHARE
