"""Scenarios and the receiver exam, as the client asks for them."""

from __future__ import annotations

from typing import Any

from mockmarket.client.calls import Calls, Record
from mockmarket.client.shapes import RUN, rows


class Scenarios:
    """The part of the client that plays scenarios and examines receivers."""

    calls: Calls

    def scenarios(self) -> list[Record]:
        """List the shipped scenarios."""
        return list(self.calls.json("GET", "scenarios", shape=rows("scenarios"))["scenarios"])

    def scenario(self, name: str) -> Record:
        """Describe a shipped scenario: its start, and each step."""
        return dict(self.calls.json("GET", "scenarios", name))

    def run_scenario(self, name: str, **fields: Any) -> Record:
        """Put the world to a scenario's start and perform every step; `state` says whether it passed, `failed` what was seen instead.

        `text` is a scenario of your own in YAML; `world="new"` plays it in a world of its own.
        """
        return dict(self.calls.json("POST", "scenarios", name, "run", body=fields, shape=RUN))

    def step_scenario(self, name: str, **fields: Any) -> Record:
        """Perform the next step of a scenario; the first call puts the world to its start."""
        return dict(self.calls.json("POST", "scenarios", name, "step", body=fields, shape=RUN))

    def start_scenario(self, name: str, **fields: Any) -> Record:
        """Put the world to a scenario's start; its steps then follow the world's clock."""
        return dict(self.calls.json("POST", "scenarios", name, "start", body=fields, shape=RUN))

    def scenario_runs(self, name: str) -> list[Record]:
        """List the world's runs of a scenario, newest first."""
        return list(self.calls.json("GET", "scenarios", name, "runs", shape=rows("runs", RUN))["runs"])

    def scenario_run(self, name: str, id: str) -> Record:
        """Describe a run with the state of each step."""
        return dict(self.calls.json("GET", "scenarios", name, "runs", id, shape=RUN))

    def stop_scenario(self, name: str, id: str) -> Record:
        """Stop a run."""
        return dict(self.calls.json("DELETE", "scenarios", name, "runs", id, shape=RUN))

    def exam(self, vendor: str, url: str, secret: str, **fields: Any) -> Record:
        """Examine a receiver of a vendor's webhooks: pass or fail for each case, with the rule and the likely bug."""
        return dict(self.calls.json("POST", "exam", body={"vendor": vendor, "url": url, "secret": secret, **fields}))
