"""Whether tests with nginx run: they are skipped where it is not installed, unless it is required."""

from __future__ import annotations

import os
import shutil

import pytest

REQUIRED = "MOCKMARKET_NGINX_TESTS"
"""Set to `required` where a missing nginx is an error instead of a reason to skip."""


def require_nginx() -> None:
    """Skip a test where nginx is not installed, unless it is required."""
    if shutil.which("nginx") is None and os.environ.get(REQUIRED) != "required":
        pytest.skip("nginx is not installed")
