"""What the scenarios' routes answer, for the OpenAPI document; tests hold the answers to it."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from mockmarket.control.answers import a_number, a_text, a_time, some_texts

RUN_STATES = ("running", "waiting", "passed", "failed", "stopped")
STEP_STATES = ("to do", "waiting", "running", "passed", "failed", "skipped")


def a_mapping() -> fields.Dict:
    """Return an object that is always there."""
    return fields.Dict(required=True)


class ScenarioBrief(Schema):
    """One scenario, shortly."""

    name = a_text()
    about = a_text()
    steps = a_number()


class UnderWay(Schema):
    """The run that is under way."""

    scenario = a_text()
    run = a_text()
    state = a_text(validate=validate.OneOf(RUN_STATES))


class Scenarios(Schema):
    """The shipped scenarios."""

    scenarios = fields.List(fields.Nested(ScenarioBrief), required=True)
    under_way = fields.Nested(UnderWay, required=True, allow_none=True)


class ScenarioStart(Schema):
    """How a scenario's world begins."""

    fixture = fields.String(required=True, allow_none=True)
    now = a_time()
    frozen = fields.Boolean(required=True)
    seed = fields.Integer(required=True, allow_none=True)
    settings = a_mapping()


class ScenarioStep(Schema):
    """One step as it stands in its scenario."""

    number = a_number()
    line = a_number()
    kind = a_text()
    about = a_text()
    when = fields.String(required=True, allow_none=True)


class Scenario(Schema):
    """One scenario with its steps."""

    name = a_text()
    about = a_text()
    start = fields.Nested(ScenarioStart, required=True)
    receivers = some_texts()
    steps = fields.List(fields.Nested(ScenarioStep), required=True)


class RunStep(ScenarioStep):
    """One step with how far it has come."""

    state = a_text(validate=validate.OneOf(STEP_STATES))
    at = a_time()
    due = a_time()
    took_ms = fields.Float(required=True)
    said = a_text(metadata={"description": "What came of it; of a failed one, what was seen instead."})


class FailedStep(Schema):
    """The step that failed."""

    step = a_number()
    message = a_text()


class Run(Schema):
    """One run."""

    id = a_text()
    scenario = a_text()
    world = a_text()
    how = a_text(validate=validate.OneOf(("run", "step", "start")))
    state = a_text(validate=validate.OneOf(RUN_STATES))
    began_at = a_time()
    now = a_time()
    done = a_number(metadata={"description": "How many steps have passed."})
    failed = fields.Nested(FailedStep, required=True, allow_none=True)
    stopped = fields.String(required=True, allow_none=True, metadata={"description": "Why it was stopped."})
    steps = fields.List(fields.Nested(RunStep), required=True)
    receivers = a_mapping()
    variables = a_mapping()


class RunList(Schema):
    """Runs, newest first."""

    runs = fields.List(fields.Nested(Run), required=True)
