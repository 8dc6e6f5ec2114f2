"""How scenarios and runs are told: as plain dicts for JSON, and as lines for people."""

from __future__ import annotations

from typing import Any

from mockmarket.clock import iso_ms
from mockmarket.scenarios import answers
from mockmarket.scenarios.reading import Scenario, Step
from mockmarket.scenarios.run import Progress, Run
from mockmarket.worlds.journal import SECRET_PARAMETER

Row = dict[str, Any]

HIDDEN = "(redacted)"


def moment(at: int | None) -> str | None:
    """Write epoch ms as ISO 8601, None as null."""
    return None if at is None else iso_ms(at)


def brief(scenario: Scenario) -> answers.ScenarioBrief:
    """Describe a scenario in a list."""
    return {"name": scenario.name, "about": scenario.about, "steps": len(scenario.steps)}


def scenario_dict(scenario: Scenario) -> answers.Scenario:
    """Describe a scenario with its steps."""
    return {
        "name": scenario.name,
        "about": scenario.about,
        "start": {**scenario.start, "now": moment(scenario.start["now"])},
        "receivers": list(scenario.receivers),
        "steps": [_step_dict(step) for step in scenario.steps],
    }


def _step_dict(step: Step) -> answers.ScenarioStep:
    return {"number": step.number, "line": step.line, "kind": step.kind.name, "about": step.title, "when": step.at}


def progress_dict(progress: Progress) -> answers.RunStep:
    """Describe a step with how far it has come; `said` is what came of it, or what was seen instead."""
    return {
        **_step_dict(progress.step),
        "state": progress.state,
        "at": moment(progress.at),
        "due": moment(progress.due),
        "took_ms": round(progress.took_ms, 3),
        "said": progress.said,
    }


def run_dict(run: Run) -> answers.Run:
    """Describe a run: its state, that of each step, and what it has saved; variables named like secrets are not shown."""
    failed = run.failure
    return {
        "id": run.id,
        "scenario": run.scenario.name,
        "world": run.play.world.name,
        "how": run.how,
        "state": run.state,
        "began_at": moment(run.play.started),
        "now": moment(run.play.world.clock.now()),
        "done": sum(step.state == "passed" for step in run.progress),
        "failed": None if failed is None else {"step": failed.step.number, "message": failed.said},
        "stopped": run.stopped or None,
        "steps": [progress_dict(step) for step in run.progress],
        "receivers": {
            name: {"url": receiver.url, "received": receiver.count} for name, receiver in run.play.receivers.items()
        },
        "variables": {
            name: HIDDEN if SECRET_PARAMETER.search(name) else value for name, value in run.play.variables.items()
        },
    }


def line(progress: Row, steps: int) -> str:
    """Write a step, as `progress_dict` describes it, as a line; what it said is indented below when it failed."""
    mark = {"passed": "ok", "failed": "FAILED", "skipped": "-"}.get(progress["state"], progress["state"])
    outcome = f": {progress['said']}" if progress["said"] else ""
    if progress["state"] == "failed":
        outcome = ":\n" + "\n".join(f"        {line}" for line in progress["said"].splitlines())
    width = len(str(steps))
    return f"{progress['number']:>{width}}/{steps} {mark:<6} {progress['about']}{outcome}"


def outcome(run: Row) -> str:
    """Write the last line of a run, as `run_dict` describes it."""
    name, steps = run["scenario"], len(run["steps"])
    if run["state"] == "failed":
        number = run["failed"]["step"]
        return f"{name} failed in step {number} of {steps}, in line {run['steps'][number - 1]['line']}."
    if run["state"] == "stopped":
        return f"{name} was stopped after {run['done']} of {steps} steps. {run['stopped'] or ''}".rstrip()
    return f"{name} {run['state']}: {run['done']} of {steps} steps."
