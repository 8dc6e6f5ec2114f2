"""Descriptions of scenarios and runs: as JSON, and as lines for people."""

from functools import partial
from typing import Annotated, Any, TypedDict

from mockmarket.matching.redaction import REDACTED, is_secret
from mockmarket.records.formats import Time
from mockmarket.records.views import From, Ms, moment, view
from mockmarket.scenarios import reading
from mockmarket.scenarios.run import How, Run as RunInWorld, State, StepState
from mockmarket.store.records import Record

ScenarioBrief = TypedDict("ScenarioBrief", {"name": str, "about": str, "steps": Annotated[int, From(write=len)]})


class ScenarioStart(TypedDict):
    """The start of a scenario's world."""

    fixture: str | None
    now: Time
    frozen: bool
    seed: int | None
    settings: dict[str, Any]


class ScenarioStep(TypedDict):
    """One step of a scenario."""

    number: int
    line: int
    kind: Annotated[str, From("kind.name")]
    about: Annotated[str, From("title")]
    when: Annotated[str | None, From("at")]


class Scenario(TypedDict):
    """One scenario with its steps."""

    name: str
    about: str
    start: ScenarioStart
    receivers: Annotated[list[str], From(write=list)]
    steps: list[ScenarioStep]


class RunStep(ScenarioStep):
    """One step with its progress."""

    state: StepState
    at: Time
    due: Time
    took_ms: Ms
    said: Annotated[str, "Result of the step; for a failed step, the actual values."]


StepNumber = Annotated[int, From("step.number")]
FailedStep = TypedDict("FailedStep", {"step": StepNumber, "message": Annotated[str, From("said")]})
ReceiverState = TypedDict("ReceiverState", {"url": str, "received": Annotated[int, From("count")]})


class Run(TypedDict):
    """One run."""

    id: str
    scenario: Annotated[str, From("scenario.name")]
    world: Annotated[str, From("play.world.name")]
    how: How
    state: State
    began_at: Annotated[Time, From("play.started")]
    now: Time
    done: Annotated[int, "Number of steps that have passed."]
    failed: FailedStep | None
    stopped: Annotated[str | None, From(write=lambda reason: reason or None), "Why it was stopped."]
    steps: list[RunStep]
    receivers: dict[str, Any]
    variables: dict[str, Any]


brief = partial(view, ScenarioBrief)


def with_steps(scenario: reading.Scenario) -> Scenario:
    """Describe a scenario with its steps."""
    return view(Scenario, scenario, start={**scenario.start, "now": moment(scenario.start["now"])})


def of_run(run: RunInWorld) -> Run:
    """Describe a run: its state, each step's state, and its variables; variables named like secrets are redacted."""
    play, failure = run.play, run.failure
    return view(
        Run,
        run,
        now=moment(play.world.clock.now()),
        done=sum(step.state == "passed" for step in run.progress),
        failed=failure and view(FailedStep, failure),
        steps=[
            view(RunStep, progress, **{**view(ScenarioStep, progress.step), "about": progress.title})
            for progress in run.progress
        ],
        receivers={name: view(ReceiverState, receiver) for name, receiver in play.receivers.items()},
        variables=play.variables | {name: REDACTED for name in play.variables if is_secret(name)},
    )


def line(progress: Record, steps: int) -> str:
    """Return a line for a step as `of_run` describes it; a failed step's result is indented below."""
    mark = {"passed": "ok", "failed": "FAILED", "skipped": "-"}.get(progress["state"], progress["state"])
    outcome = f": {progress['said']}" if progress["said"] else ""
    if progress["state"] == "failed":
        outcome = ":\n" + "\n".join(f"        {line}" for line in progress["said"].splitlines())
    return f"{progress['number']:>{len(str(steps))}}/{steps} {mark:<6} {progress['about']}{outcome}"


def outcome(run: Record) -> str:
    """Return the last line of a run as `of_run` describes it."""
    name, steps = run["scenario"], len(run["steps"])
    if run["state"] == "failed":
        number = run["failed"]["step"]
        return f"{name} failed in step {number} of {steps}, in line {run['steps'][number - 1]['line']}."
    if run["state"] == "stopped":
        return f"{name} was stopped after {run['done']} of {steps} steps. {run['stopped'] or ''}".rstrip()
    return f"{name} {run['state']}: {run['done']} of {steps} steps."
