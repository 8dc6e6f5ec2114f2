"""The example of docs/scenarios.md runs."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import Client

PAGE = (Path(__file__).parent.parent / "docs" / "scenarios.md").read_text(encoding="utf-8")


def test_example_of_the_page_runs(client: Client) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)

    run = client.control("POST", "scenarios/example/run", {"text": example})

    assert run["state"] == "passed", run["failed"]
