"""Scenarios: those that come along, run to the end, step by step, or along the clock, with how far each run has come."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

import flask
from marshmallow import Schema

from mockmarket.api.context import current
from mockmarket.api.schemas import schema_class, schema_of
from mockmarket.control import scenarios as control
from mockmarket.dashboard import forms, shell
from mockmarket.dashboard.shell import Page, Route
from mockmarket.errors import Invalid
from mockmarket.records import Description, check
from mockmarket.scenarios import describing, reading, runs
from mockmarket.scenarios.run import How, Run

PLACES = {"new": "a new world", "here": "this world, what is in it now is lost"}
OWN_LOOKS: dict[str, dict[str, Any]] = {
    "text": {
        "kind": "long",
        "label": "Scenario",
        "required": True,
        "help": "YAML, written as those that come along are.",
    },
    "world": {"value": "new", "labels": PLACES, "label": "In", "help": ""},
}
OWN: dict[str, Any] = {"leave_out": ("file",), "looks": OWN_LOOKS}
"""How the form of somebody's own scenario looks; a file on the server's machine is for programs."""
TONES = {"passed": "ok", "failed": "bad", "running": "info", "waiting": "info", "stopped": "warn"}


def show() -> flask.Response:
    """Show every scenario, and which one is under way."""
    vendors = tuple(current().world.vendors.values())
    shipped = [describing.brief(reading.load(reading.find(name), vendors)) for name in reading.names()]
    run = runs.of(current().world).current
    return shell.page(
        "scenarios.html", title="Scenarios", there=shipped, current=run and describing.run_dict(run), form=own_form()
    )


class ScenarioName(TypedDict):
    """A scenario's name."""

    name: Annotated[str, Description("Letters, digits, dot, dash and underscore.")]


@check(control.check_source)
class OwnScenario(ScenarioName, control.RunBody):
    """A scenario of somebody's own."""


def own_schema() -> Schema:
    """Return what a scenario of somebody's own asks for, its text before its place."""
    return schema_class(OwnScenario, "body")(only=("name", "text", "world", "file"))


def own_form() -> forms.Form:
    """Return the form that takes a scenario of somebody's own."""
    return forms.of(own_schema(), **OWN)


def own() -> flask.Response:
    """Run a scenario of somebody's own to its end."""
    try:
        given = forms.read(own_schema(), **OWN)
        name = given.pop("name")
        typed = forms.filled(own_form(), flask.request.form)
        made = forms.trying(typed, lambda: control.begin(current(), name, given, "run"))
    except forms.Wrong as wrong:
        return shell.answer("scenario_form.html", 422, form=wrong.form)
    with lent():
        made.run()
    return ended(made)


def one(name: str) -> flask.Response:
    """Show a scenario with its steps and its runs; one of somebody's own as it was run last."""
    kept = control.runs_of(current().world, name)
    shipped = name in reading.names() or not kept
    scenario = control.get_or_404(current().world, name) if shipped else kept[0].scenario
    there = [describing.run_dict(run) for run in kept]
    return shell.page(
        "scenario.html", title=name, scenario=describing.whole(scenario), runs=there, tones=TONES, places=PLACES, shipped=shipped,
        stepping=control.under_way(current().world, name) is not None, busy=runs.of(current().world).current,
    )  # fmt: skip


def run(name: str) -> flask.Response:
    """Put the world to a scenario's start and perform every step."""
    return ended(begun(name, "run", lambda made: made.run()))


def step(name: str) -> flask.Response:
    """Perform the next step of the run that is taken step by step here, else the first one of a new run."""
    run = control.under_way(current().world, name)
    if run is None or flask.request.form.get("world"):
        return ended(begun(name, "step", lambda made: made.take_step()))
    with lent():
        run.take_step()
    return ended(run)


def start(name: str) -> flask.Response:
    """Put the world to a scenario's start and let its steps follow the clock."""
    return ended(begun(name, "start", lambda made: made.follow()))


def stop(name: str, id: str) -> flask.Response:
    """Stop a run."""
    run = control.run_or_404(current().world, name, id)
    run.stop("It was stopped by hand.")
    return ended(run)


def begun(name: str, how: How, go: Any) -> Run:
    """Begin a run, in the world that is open or in a new one."""
    made = control.begin(current(), name, asked(), how)
    with lent():
        go(made)
    return made


def asked() -> control.RunBody:
    """Return where a run is to be, read as the control route reads it."""
    place = flask.request.form.get("world", "here")
    if place not in PLACES:
        raise Invalid(f"There is no place {place!r} for a run; there are {', '.join(PLACES)}.")
    read: control.RunBody = schema_of(control.RunBody, "body").load({"world": place})
    return read


def lent() -> Any:
    """Have the server keep as many threads for others as it has, for as long as a run lasts."""
    return current().server.waiting()


def ended(run: Run) -> flask.Response:
    """Say how far a run has come, in the world where it is."""
    where = shell.url("scenarios.one", name=run.scenario.name)
    if run.play.world.name == current().world.name:
        return shell.done(f"{run.scenario.name}: {run.state}.", where)
    return shell.elsewhere(run.play.world.name, where)


PAGE = Page("scenarios", "Scenarios", "s", (
    Route("scenarios", show), Route("scenarios", own, "POST"), Route("scenarios/<string:name>", one),
    Route("scenarios/<string:name>/run", run, "POST"), Route("scenarios/<string:name>/step", step, "POST"),
    Route("scenarios/<string:name>/start", start, "POST"), Route("scenarios/<string:name>/stop/<string:id>", stop, "POST"),
))  # fmt: skip
