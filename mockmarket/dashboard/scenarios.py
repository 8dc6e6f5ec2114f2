"""Scenarios: the shipped ones, run to the end, step by step, or along the clock, with the progress of each run."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import flask

from mockmarket.api.context import current
from mockmarket.control import scenarios as control
from mockmarket.dashboard import forms, links, shell
from mockmarket.errors import Invalid
from mockmarket.records import Create
from mockmarket.scenarios import answers, reading, runs
from mockmarket.scenarios.run import How, Run

PLACES = {"new": "a new world", "here": "this world; its data is lost"}
LOOKS: dict[str, forms.Look] = {
    "text": {"kind": "long", "label": "Scenario", "required": True, "help": "YAML, in the format of the shipped scenarios."},
    "world": {"label": "In", "value": "new", "labels": PLACES, "help": ""},
}  # fmt: skip
STEPS: dict[How, Callable[[Run], object]] = {"run": Run.run, "step": Run.take_step, "start": Run.follow}
"""What a run does at once: every step, one step, or those that are due, with the others following the clock."""


def show() -> shell.Response:
    """Show every scenario, and the running one."""
    vendors = tuple(current().world.vendors.values())
    shipped = [answers.brief(reading.shipped(name, vendors)) for name in reading.names()]
    run = runs.of(current().world).current
    return shell.page("scenarios.html", shipped=shipped, current=run and answers.of_run(run), form=_own_form())


def _own_form() -> forms.Form:
    schema = forms.schema_of(Create(forms.Named, (control.RunBody,)), only=("name", "text", "world", "file"))
    return forms.of(schema, shell.url("scenarios.own"), "Run it", leave_out=("file",), looks=LOOKS)


def own() -> shell.Response:
    """Run a submitted scenario to its end."""
    return go_on(_own_form().submit(lambda body: control.begin(current(), body["name"], body, "run")), "run")


def detail(name: str) -> shell.Response:
    """Show a scenario with its steps and its runs; a submitted one as it was last run."""
    world = current().world
    own_runs = control.runs_of(world, name)
    shipped = name in reading.names() or not own_runs
    scenario = answers.with_steps(control.get_or_404(world, name) if shipped else own_runs[0].scenario)
    came_from = shell.argument("from", current().services.registry.names())
    values = {
        "came_from": came_from,
        "stepping": control.under_way(world, name) is not None,
        "busy": runs.of(world).current,
        "places": PLACES,
    }
    past = [_with_links(answers.of_run(run)) for run in own_runs]
    return shell.page("scenario.html", title=name, scenario=scenario, runs=past, shipped=shipped, **values)


def _with_links(run: answers.Run) -> dict[str, Any]:
    """Return a run as its answer has it, with the orders in its steps' sentences as links."""
    ids = {str(value) for value in run["variables"].values() if isinstance(value, str | int) and str(value)}
    return {**run, "steps": [{**step, "about": links.in_text(step["about"], ids)} for step in run["steps"]]}


def begin(name: str, how: How) -> shell.Response:
    """Start a run, in the open world or in a new one; perform the next step of a step-by-step run in the open world."""
    place = flask.request.form.get("world", "")
    run = control.under_way(current().world, name) if how == "step" and not place else None
    if place not in ("", *PLACES):
        raise Invalid(f"There is no place {place!r} for a run; there are {', '.join(PLACES)}.")
    body = forms.schema_of(control.RunBody).load({"world": place or "here"})
    return go_on(run or control.begin(current(), name, body, how), how)


def stop(name: str, id: str) -> shell.Response:
    """Stop a run."""
    run = control.run_or_404(current().world, name, id)
    run.stop("It was stopped by hand.")
    return _show_run(run)


def go_on(run: Run, how: How) -> shell.Response:
    """Continue a run and show its progress."""
    STEPS[how](run)
    return _show_run(run)


def _show_run(run: Run) -> shell.Response:
    where, world = shell.url("scenarios.detail", name=run.scenario.name), run.play.world.name
    if world == current().world.name:
        return shell.done(f"{run.scenario.name}: {run.state}.", where)
    came_from = urlencode({"from": current().world.name})
    return shell.go(f"{shell.address_in(world, where)}?{came_from}")
