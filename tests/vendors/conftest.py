"""What the tests of every vendor share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vendors.zatabox import box, buyer, public

__all__ = ["box", "buyer", "public"]  # fixtures, for the tests of Zatabox


@pytest.fixture
def fixture(request: pytest.FixtureRequest) -> str:
    """Name the fixture of the vendor whose test this is: `test_acme_orders.py` has `acme.yaml`."""
    vendor = request.module.__name__.rpartition(".test_")[2].partition("_")[0]
    return str(Path(__file__).with_name(f"{vendor}.yaml"))
