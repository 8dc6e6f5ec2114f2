"""Scenarios: listed, run to the end, step by step, or along the world's clock."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal, TypedDict

import flask

from mockmarket.control.base import Context, operation
from mockmarket.delivery import waiting
from mockmarket.errors import Invalid, NotFound
from mockmarket.records import Default, FieldError, Length, Rows, check
from mockmarket.rules.names import check_name
from mockmarket.scenarios import answers, reading, runs
from mockmarket.scenarios.play import Stage
from mockmarket.scenarios.reading import Scenario
from mockmarket.scenarios.run import How, Run, State
from mockmarket.worlds.world import World

LONGEST = 200_000
WORLD = "`here` resets this world to the scenario's start; `new` creates a world, which the answer names."
TEXT = "Text of your own scenario, as YAML."
FIRST_S = 10.0  # seconds that a start waits for the steps due at once


def _check_source(body: Mapping[str, object]) -> None:
    if body["text"] is not None and body["file"] is not None:
        raise FieldError("Send text or file, not both.", "text")


@check(_check_source)
class RunBody(TypedDict):
    """The world of the run, and the scenario when it is not a shipped one."""

    world: Annotated[Literal["here", "new"], Default("here"), WORLD]
    text: Annotated[str | None, Default(None), Length(1, LONGEST), TEXT]
    file: Annotated[str | None, Default(None), Length(1, 4096), "Or the path of its file on the server's machine."]


UnderWay = TypedDict("UnderWay", {"scenario": str, "run": str, "state": State})
Scenarios = TypedDict("Scenarios", {"scenarios": list[answers.ScenarioBrief], "under_way": UnderWay | None})


def get_or_404(world: World, name: str, text: str | None = None, file: str | None = None) -> Scenario:
    """Return a shipped scenario, or the submitted one; NotFound, and Invalid with each problem's line."""
    vendors = tuple(world.vendors.values())
    if text is None and file is None:
        return reading.shipped(name, vendors)
    check_name(name, "scenario")
    if text is not None:
        return reading.load_text(name, text, vendors, world.config.may_read)
    path = reading.find_file(file or "", world.config.may_read)
    return replace(reading.load(path, vendors, world.config.may_read), name=name)


def runs_of(world: World, name: str) -> list[Run]:
    """Return a world's runs of one scenario, newest first."""
    return [run for run in reversed(runs.of(world).runs) if run.scenario.name == name]


def run_or_404(world: World, name: str, id: str) -> Run:
    """Return a run of a scenario; NotFound when it does not exist or is another scenario's."""
    run = runs.of(world).get(id)
    if run.scenario.name != name:
        raise NotFound(f"{id} is a run of {run.scenario.name}, not of {name}.")
    return run


def begin(context: Context, name: str, body: RunBody, how: How) -> Run:
    """Return a new run of a scenario in the requested world, reset to its start."""
    world, services = context.world, context.services
    scenario, wall_s = get_or_404(world, name, body["text"], body["file"]), world.config.limits.scenario_wall_s
    stage = Stage(services.registry, services.engine, services.dispatch, flask.request.host, context.server.stopping)
    if body["world"] == "new":
        return runs.begin_in_new(stage, scenario, how, wall_s)
    return runs.begin(stage, world, scenario, how, wall_s)


def under_way(world: World, name: str) -> Run | None:
    """Return the current step-by-step run of a scenario, or None."""
    run: Run | None = runs.of(world).current
    return run if run is not None and run.scenario.name == name and run.how == "step" else None


@operation(answer=Scenarios)
def list_scenarios(context: Context) -> Scenarios:
    """List the shipped scenarios, and the scenario that is running in this world."""
    vendors = tuple(context.world.vendors.values())
    run = runs.of(context.world).current
    return {
        "scenarios": [answers.brief(reading.shipped(name, vendors)) for name in reading.names()],
        "under_way": None if run is None else {"scenario": run.scenario.name, "run": run.id, "state": run.state},
    }


@operation(answer=answers.Scenario)
def get_scenario(context: Context, name: str) -> answers.Scenario:
    """Describe a shipped scenario: its start, and each step with its line and description."""
    return answers.with_steps(get_or_404(context.world, name))


@operation(body=RunBody, answer=answers.Run)
def run_scenario(context: Context, body: RunBody, name: str) -> answers.Run:
    """Reset the world to the scenario's start and perform every step; answers when the run has passed or failed.

    200 for either: `state` tells, and `failed` which step it was and what was seen instead. 409 while another scenario is under
    way in this world. It takes two minutes of real time at most."""
    run = begin(context, name, body, "run")
    run.run()
    return answers.of_run(run)


@operation(body=RunBody, answer=answers.Run)
def step_scenario(context: Context, body: RunBody, name: str) -> answers.Run:
    """Perform the next step of a run; the first call resets the world to the scenario's start."""
    run = under_way(context.world, name) if body["world"] == "here" else None
    if run is not None and (body["text"] or body["file"]):
        raise Invalid(f"{run.id} of {name} is running: continue without text or file, or stop it first.")
    run = run or begin(context, name, body, "step")
    run.take_step()
    return answers.of_run(run)


@operation(body=RunBody, answer=answers.Run, status=202)
def start_scenario(context: Context, body: RunBody, name: str) -> answers.Run:
    """Reset the world to the scenario's start; each step is performed when the world's clock reaches it.

    It answers when every step that is due at once has been performed, or one of them waits for something to happen.
    `GET scenarios/{name}/runs` tells how far it has come. Advance the clock, or let it run."""
    run = begin(context, name, body, "start")
    run.follow()
    waiting.until(run.play.world, lambda: run.idle or None, FIRST_S, run.play.stage.stopping)
    return answers.of_run(run)


@operation(answer=Rows("RunList", answers.Run, "runs"))
def list_runs(context: Context, name: str) -> dict[str, list[answers.Run]]:
    """List this world's newest runs of a scenario, newest first, with the state of each step."""
    return {"runs": [answers.of_run(run) for run in runs_of(context.world, name)]}


@operation(answer=answers.Run)
def get_run(context: Context, name: str, id: str) -> answers.Run:
    """Describe a run with the state of each step."""
    return answers.of_run(run_or_404(context.world, name, id))


@operation(answer=answers.Run)
def stop_run(context: Context, name: str, id: str) -> answers.Run:
    """Stop a run: at once, or at the next point at which the current step can stop. A finished run does not change."""
    run = run_or_404(context.world, name, id)
    run.stop("It was stopped by hand.")
    return answers.of_run(run)
