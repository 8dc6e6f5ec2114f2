"""Scenarios: listed, run to the end, step by step, or along the world's clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import flask
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mockmarket.api import web
from mockmarket.api.context import current
from mockmarket.control import scenario_answers
from mockmarket.control.speech import blueprint
from mockmarket.delivery import waiting
from mockmarket.errors import Invalid, NotFound
from mockmarket.rules.names import check_name
from mockmarket.scenarios import describing, reading, runs
from mockmarket.scenarios.reading import Scenario
from mockmarket.scenarios.run import How, Run
from mockmarket.scenarios.runs import Runs, Stage
from mockmarket.worlds.world import World

blp = blueprint("scenarios", "Scenarios")

LONGEST = 200_000
FIRST_S = 10.0
"""How long a start waits for the steps that are due at once."""


class RunBody(Schema):
    """In which world, and what, when it is no shipped scenario."""

    world = fields.String(
        load_default="here",
        validate=validate.OneOf(("here", "new")),
        metadata={
            "description": "`here` puts this world to the scenario's start; `new` makes one, which the answer names."
        },
    )
    text = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, LONGEST),
        metadata={"description": "The scenario itself in YAML, when it does not come with mockmarket."},
    )
    file = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 4096),
        metadata={"description": "Or the path of its file, on the server's machine."},
    )

    @validates_schema
    def check_one(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a text and a file at once."""
        if data["text"] is not None and data["file"] is not None:
            raise ValidationError("Send text or file, not both.", "text")


def stage() -> Stage:
    """Return what a run needs of the process."""
    context = current()
    services = context.services
    return Stage(services.registry, services.engine, services.dispatch, flask.request.host, context.server.stopping)


def scenario_found(name: str, text: str | None = None, file: str | None = None) -> Scenario:
    """Return a shipped scenario, or the one that was sent under this name; NotFound, and Invalid with each problem's line."""
    vendors = tuple(web.world().vendors.values())
    if text is None and file is None:
        return reading.shipped(name, vendors)
    check_name(name, "scenario")
    if text is not None:
        return reading.load_text(name, text, vendors)
    return replace(reading.load(reading.find_file(file or ""), vendors), name=name)


def runs_of(world: World, name: str) -> list[Run]:
    """Return a world's runs of one scenario, newest first."""
    return [one for one in reversed(runs.of(world).kept) if one.scenario.name == name]


def run_found(world: World, name: str, id: str) -> Run:
    """Return a run of a scenario; NotFound when it is another's, or there is none."""
    run = runs.of(world).get(id)
    if run.scenario.name != name:
        raise NotFound(f"{id} is a run of {run.scenario.name}, not of {name}.")
    return run


def begun(name: str, given: dict[str, Any], how: How) -> Run:
    """Return a new run of a scenario in the world that was asked for, put to its start."""
    scenario, here, at = scenario_found(name, given["text"], given["file"]), web.world(), stage()
    wall_s = here.config.limits.scenario_wall_s
    if given["world"] == "new":
        return runs.begin_in_new(at, scenario, how, wall_s)
    return runs.begin(at, here, scenario, how, wall_s)


def under_way(world: World, name: str) -> Run | None:
    """Return the run of a scenario that is taken step by step, if there is one."""
    current: Runs = runs.of(world)
    run = current.current
    return run if run is not None and run.scenario.name == name and run.how == "step" else None


@blp.route("/scenarios")
class Scenarios(MethodView):
    """The scenarios that come with mockmarket."""

    @blp.response(200, scenario_answers.Scenarios)
    def get(self) -> flask.Response:
        """List the shipped scenarios, and which one is under way in this world."""
        vendors = tuple(web.world().vendors.values())
        run = runs.of(web.world()).current
        listed = [describing.brief(reading.shipped(name, vendors)) for name in reading.names()]
        current = None if run is None else {"scenario": run.scenario.name, "run": run.id, "state": run.state}
        return web.answer({"scenarios": listed, "under_way": current})


@blp.route("/scenarios/<string:name>")
class OneScenario(MethodView):
    """One scenario."""

    @blp.response(200, scenario_answers.Scenario)
    def get(self, name: str) -> flask.Response:
        """Describe a shipped scenario: its start, and each step with its line and what it is about."""
        return web.answer(describing.whole(scenario_found(name)))


@blp.route("/scenarios/<string:name>/run")
class RunToEnd(MethodView):
    """A run to the end."""

    @blp.arguments(RunBody())
    @blp.response(200, scenario_answers.Run)
    def post(self, given: dict[str, Any], name: str) -> flask.Response:
        """Put the world to the scenario's start and perform every step; answers when it has passed or failed.

        200 for either: `state` tells, and `failed` which step it was and what was seen instead. 409 while another scenario is under
        way in this world. It takes two minutes of real time at most.
        """
        run = begun(name, given, "run")
        with (
            current().server.waiting()
        ):  # the server keeps as many threads for others as it has, however many runs there are
            run.run()
        return web.answer(describing.run_dict(run))


@blp.route("/scenarios/<string:name>/step")
class RunByStep(MethodView):
    """A run by steps."""

    @blp.arguments(RunBody())
    @blp.response(200, scenario_answers.Run)
    def post(self, given: dict[str, Any], name: str) -> flask.Response:
        """Perform the next step of the scenario that is taken step by step; the first call puts the world to its start."""
        run = under_way(web.world(), name) if given["world"] == "here" else None
        if run is not None and (given["text"] or given["file"]):
            raise Invalid(f"{run.id} of {name} is under way: go on without text or file, or stop it first.")
        run = run or begun(name, given, "step")
        with current().server.waiting():
            run.take_step()
        return web.answer(describing.run_dict(run))


@blp.route("/scenarios/<string:name>/start")
class RunAlongClock(MethodView):
    """A run that follows the clock."""

    @blp.arguments(RunBody())
    @blp.response(202, scenario_answers.Run)
    def post(self, given: dict[str, Any], name: str) -> flask.Response:
        """Put the world to the scenario's start; each step is performed when the world's clock comes to it.

        It answers when every step that is due at once has been performed, or one of them waits for something to happen.
        `GET scenarios/{name}/runs` tells how far it has come. Advance the clock, or let it run.
        """
        run = begun(name, given, "start")
        run.follow()
        waiting.until(run.play.world, lambda: run.idle or None, FIRST_S, run.play.stopping)
        return web.answer(describing.run_dict(run), 202)


@blp.route("/scenarios/<string:name>/runs")
class ScenarioRuns(MethodView):
    """The runs of one scenario."""

    @blp.response(200, scenario_answers.RunList)
    def get(self, name: str) -> flask.Response:
        """List this world's newest runs of a scenario, newest first, with the state of each step."""
        return web.answer({"runs": [describing.run_dict(one) for one in runs_of(web.world(), name)]})


@blp.route("/scenarios/<string:name>/runs/<string:id>")
class OneRun(MethodView):
    """One run."""

    @blp.response(200, scenario_answers.Run)
    def get(self, name: str, id: str) -> flask.Response:
        """Describe a run with the state of each step."""
        return web.answer(describing.run_dict(run_found(web.world(), name, id)))

    @blp.response(200, scenario_answers.Run)
    def delete(self, name: str, id: str) -> flask.Response:
        """Stop a run: at once, or when the step that is being performed looks up. One that is over stays as it is."""
        run = run_found(web.world(), name, id)
        run.stop("It was stopped by hand.")
        return web.answer(describing.run_dict(run))
