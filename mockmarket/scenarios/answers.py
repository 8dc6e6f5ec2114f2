"""What is told of scenarios and runs, as JSON has it."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from mockmarket.records import Description
from mockmarket.records.formats import Time
from mockmarket.scenarios.run import How, State, StepState


class ScenarioBrief(TypedDict):
    """One scenario, shortly."""

    name: str
    about: str
    steps: int


class ScenarioStart(TypedDict):
    """How a scenario's world begins."""

    fixture: str | None
    now: Time
    frozen: bool
    seed: int | None
    settings: dict[str, Any]


class ScenarioStep(TypedDict):
    """One step as it stands in its scenario."""

    number: int
    line: int
    kind: str
    about: str
    when: str | None


class Scenario(TypedDict):
    """One scenario with its steps."""

    name: str
    about: str
    start: ScenarioStart
    receivers: list[str]
    steps: list[ScenarioStep]


class RunStep(ScenarioStep):
    """One step with how far it has come."""

    state: StepState
    at: Time
    due: Time
    took_ms: float
    said: Annotated[str, Description("What came of it; of a failed one, what was seen instead.")]


class FailedStep(TypedDict):
    """The step that failed."""

    step: int
    message: str


class Run(TypedDict):
    """One run."""

    id: str
    scenario: str
    world: str
    how: How
    state: State
    began_at: Time
    now: Time
    done: Annotated[int, Description("How many steps have passed.")]
    failed: FailedStep | None
    stopped: Annotated[str | None, Description("Why it was stopped.")]
    steps: list[RunStep]
    receivers: dict[str, Any]
    variables: dict[str, Any]
