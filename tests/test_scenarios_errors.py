"""Every error in a scenario is reported with file, line and field, all at once, before anything runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockmarket.clock import monotonic
from mockmarket.errors import Invalid, NotFound
from mockmarket.scenarios import reading
from mockmarket.vendor import discover
from tests.conftest import Client

VENDORS = discover()


def problems(folder: Path, text: str) -> list[str]:
    """Return the errors in a scenario, one line each; fails the test when there are none."""
    path = folder / "tour.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        reading.load(path, VENDORS)
    return caught.value.message.splitlines()


def problem_of(folder: Path, step: Any) -> str:
    """Return the only error in a scenario of one step."""
    text = f"start: {{fixture: small}}\nreceivers: {{shop: {{}}}}\nsteps:\n  - {json.dumps(step)}\n"
    (line,) = problems(folder, text)
    return line.removeprefix("tour.yaml:4: steps[0]")


def test_every_problem_has_its_line(tmp_path: Path) -> None:
    text = """
start: {fixture: nowhere, now: soon}
steps:
  - call: {vendor: portal, path: /events, statsu: 200}
  - advance: a while
  - about: nothing
  - dance: {}
"""

    lines = problems(tmp_path, text)

    assert [line.split(": ", 2)[:2] for line in lines] == [
        ["tour.yaml:2", "start.fixture"],
        ["tour.yaml:2", "start.now"],
        ["tour.yaml:4", "steps[0].call.statsu"],
        ["tour.yaml:5", "steps[1].advance.by"],
        ["tour.yaml:6", "steps[2]"],
        ["tour.yaml:7", "steps[3].dance"],
    ]


def test_names_are_checked_with_their_lines(tmp_path: Path) -> None:
    text = """
start:
  fixture: small
  settings: {portal: {retrys: 1}}
steps:
  - call:
      vendor: portl
      path: /events
  - expect:
      records:
        - vendor: portal
          kind: order
          where:
            stauts: accepted
"""

    lines = problems(tmp_path, text)

    assert lines[0].startswith(
        "tour.yaml:4: start.settings.portal.retrys: retrys is not a setting; there are strict_flow,"
    )
    assert lines[1].startswith("tour.yaml:7: steps[0].call.vendor: There is no vendor 'portl'; there are portal,")
    assert lines[2].startswith(
        "tour.yaml:14: steps[1].expect.records[0].where.stauts: portal_order has no column 'stauts'"
    )


def match_step(pattern: object) -> dict[str, Any]:
    """Write a step that expects a text to match a pattern."""
    return {"call": {"vendor": "portal", "path": "/events", "expect": {"a": {"matches": pattern}}}}


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"call": {"vendor": "portal", "key": "Ful", "path": "/events"}}, "has no key of portal called 'Ful'; it has Full access."),
        ({"call": {"vendor": "portal", "path": "events"}}, ".call.path: The path must begin with a slash; it is relative to the"),
        ({"call": {"vendor": "portal", "path": "/events", "save": {"n": "id"}}}, ".call.save.n: n is a predefined variable"),
        ({"call": {"vendor": "portal", "path": "/events", "expect": {"a[": 1}}}, ".call.expect.a[: 'a[' is not a path: write"),
        ({"call": {"vendor": "portal", "path": "/events", "expect": {"a": {"matches": "("}}}}, "a: matches takes a regular expression:"),
        (match_step(5), "a: matches takes a regular expression: it has to be a text."),
        (match_step("a" * 1001), "it has 1001 characters, 1000 at most."),
        (match_step("(" * 5000 + ")" * 5000), "it has 10000 characters, 1000 at most."),
        (match_step("a{99999999999}"), "a: matches takes a regular expression: the repetition number is too large."),
        ({"expect": {"requests": {"where": {"path": "*" * 251}}}}, "where.path: Must have at most 250 characters when * or ? is in it."),
        ({"expect": {"requests": {"where": {"path": 5}}}}, "where.path: Must be a text."),
        ({"expect": {"requests": {"where": {"path_prefix": 5}}}}, "where.path_prefix: Must be a text."),
        ({"expect": {"requests": {"where": {"header": ["a"]}}}}, "where.header: Must be 50 headers at most, each with a text"),
        ({"action": {"vendor": "portal", "name": "by"}}, ".action.name: portal has no action 'by'; it has buy, set_status"),
        ({"action": {"vendor": "portal", "name": "refund", "fields": {"order": "1"}}}, ".action.fields"),
        ({"trigger": {"vendor": "portal", "type": "order.lost"}}, ".trigger.type: portal has no notice 'order.lost'; it has"),
        ({"endpoint": {"vendor": "portal", "receiver": "shoop"}}, ".endpoint.receiver: There is no receiver 'shoop'; there are shop."),
        ({"endpoint": {"vendor": "portal"}}, ".endpoint.receiver: A new endpoint needs a receiver, or a url."),
        ({"endpoint": {"receiver": "shop"}}, ".endpoint.id: Give vendor for a new endpoint, or id for an existing endpoint."),
        ({"receiver": {"name": "shop", "answer": "late"}}, ".receiver.answer: Must be a status such as 200 or 500, refuse, drop,"),
        ({"receiver": {"name": "shop", "answer": {"after": "soon"}}}, ".receiver.answer: 'soon' is not a duration: use 3h, 90m, 2h30m."),
        ({"fault": {"fault": "sloww"}}, ".fault.fault: There is no fault 'sloww'; there are altered,"),
        ({"fault": {"fault": "status", "with": {"statos": 500}}}, ".fault.with.statos: There is no parameter 'statos'; there are status"),
        ({"fault": {"fault": "slow", "operation": "GET /evnts"}}, ".fault.operation: There is no operation 'GET /evnts'; there are"),
        ({"fault": {"fault": "lose", "notice": "order.lost"}}, ".fault.notice: There is no notice 'order.lost'; there are order"),
        ({"fault": {"fault": "stale_stamp", "vendor": "ticketnation"}}, ".fault.vendor: vendor ticketnation sends nothing that"),
        ({"fault": {"fault": "status", "receiver": "shop", "off": "all"}}, ".fault.fault: Give fault to turn one on, or off: all."),
        ({"advance": {"by": "1h", "until": "quiet"}}, ".advance: Give one of by: 2h, to: +2d, until: delivered, until: quiet."),
        ({"wait": {"timeout": "1s"}}, ".wait: Wait for quiet, or for one or more of record, records, deliveries,"),
        ({"expect": {}}, ".expect: Expect one or more of record, records, deliveries,"),
        ({"expect": {"deliveries": {"where": {"state": "sent"}}}}, ".deliveries.where.state: There is no state 'sent'; there are pending,"),
        ({"expect": {"deliveries": [{"cuont": 1}]}}, ".expect.deliveries[0].cuont: Unknown field. Did you mean count? There are"),
        ({"expect": {"received": {"receiver": "shop"}}}, ".expect.received: Give at least one expectation: count, distinct,"),
        ({"expect": {"stock": {"event": "1001"}}}, ".expect.stock.free: Give at least one expected number: total, free, held, sold."),
        ({"expect": {"requests": {"where": {"pth": "/x"}}}}, ".requests.where.pth: Requests cannot be filtered by 'pth', only by id,"),
        ({"settings": {"core": {"signature_time": "mars"}}}, ".settings.core.signature_time: signature_time must be one of wall, world."),
        ({"call": {"vendor": "portal", "path": "/events/${order}"}}, ".path: ${order} is not known here; there are now, receivers,"),
        ({"repeat": 0, "advance": "1h"}, ".repeat: Must be greater than or equal to 1 and less than or equal to 1000."),
        ({"advance": "1h", "expect": {}}, ": A step does one thing; this does 2. Give one of call, together,"),
        ({"fault": {"fault": "slow", "tims": 1}}, ".fault.tims: Unknown field. Did you mean times? There are fault, id, vendor,"),
        ({"call": {"vendor": "portal", "path": "/events", "status": "ok"}}, ".call.status: Must be a number, or made of is,"),
        ({"expect": {"stock": {"event": "1001", "free": {"atleast": 1}}}}, ".expect.stock.free: Must be a number, or made of is, not,"),
        ("dance", ": A step is a mapping with one of call, together,"),
    ],
)  # fmt: skip
def test_step_is_refused_with_reason(tmp_path: Path, step: Any, problem: str) -> None:
    message = problem_of(tmp_path, step) if "fields" not in problem else "\n".join(problems_of(tmp_path, step))

    assert problem in message


def problems_of(folder: Path, step: Any) -> list[str]:
    """Return all errors in a scenario of one step."""
    return problems(folder, f"start: {{fixture: small}}\nsteps:\n  - {json.dumps(step)}\n")


def test_action_needs_its_own_fields(tmp_path: Path) -> None:
    lines = problems_of(tmp_path, {"action": {"vendor": "portal", "name": "refund", "fields": {"order": "1"}}})

    assert [line.split(": ", 2)[1:] for line in lines] == [
        ["steps[0].action.fields.order", "The action has no field 'order'; it has orderId."],
        ["steps[0].action.fields.orderId", "Missing data for required field."],
    ]


def test_variable_of_a_later_step_is_unknown(tmp_path: Path) -> None:
    text = """
start: {fixture: small}
steps:
  - call: {vendor: portal, path: "/events/${later}"}
  - call: {vendor: portal, path: /events, save: {later: "data[0].eventId"}}
"""

    (problem,) = problems(tmp_path, text)

    assert problem.startswith("tour.yaml:4: steps[0].call.path: ${later} is not known here;")


def test_moments_must_not_go_back(tmp_path: Path) -> None:
    text = """
start: {fixture: small}
steps:
  - {at: +2h, advance: 1m}
  - {at: +1h, advance: 1m}
"""

    assert problems(tmp_path, text) == ["tour.yaml:5: steps[1].at: An earlier step has a later time."]


def test_thing_said_twice_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "steps:\n  - advance: 1h\nsteps:\n  - advance: 2h\n")

    assert problem == "tour.yaml:3: steps: This is given twice."


def test_no_mapping_is_no_scenario(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "- advance: 1h\n")

    assert problem == "tour.yaml:1: A scenario is a mapping of about, start, receivers, variables, steps."


def test_fixture_beside_the_scenario_is_found(tmp_path: Path) -> None:
    (tmp_path / "club.yaml").write_text("venues: []\n")
    path = tmp_path / "tour.yaml"
    path.write_text("start: {fixture: club.yaml}\nsteps: [{advance: 1h}]\n")

    assert reading.load(path, VENDORS).start["fixture"] == str(tmp_path / "club.yaml")


@pytest.mark.parametrize("name", ["nowhere.yaml", "/etc/hostname", "./tour"])
def test_file_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(
        NotFound, match=f"There is no file '{name}', or it is not named like a scenario: .yaml, .yml, .json"
    ):
        reading.find_file(name)


def test_unknown_variable_is_placed_as_written(tmp_path: Path) -> None:
    step = {"action": {"vendor": "portal", "name": "refund", "fields": {"orderId": "${odr}"}}}

    (problem,) = problems_of(tmp_path, step)

    assert problem.startswith("tour.yaml:3: steps[0].action.fields.orderId: ${odr} is not known here; there are now,")


def test_number_may_be_a_variable(tmp_path: Path) -> None:
    path = tmp_path / "tour.yaml"
    path.write_text(
        "start: {fixture: small}\nvariables: {left: 74}\nsteps: [{expect: {stock: {event: '1001', free: '${left}'}}}]\n"
    )

    assert len(reading.load(path, VENDORS).steps) == 1


def test_name_outside_the_folder_is_none() -> None:
    with pytest.raises(NotFound):
        reading.find("../default")


def test_errors_come_over_http_too(client: Client) -> None:
    answer = client.post("/_mockmarket/scenarios/tour/run", {"text": "steps:\n  - advance: 1h\n  - dance: 1\n"})

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(
        "tour.yaml:3: steps[1].dance: There is no step 'dance'; there are call,"
    )
    assert answer.json()["error"]["details"][0]["field"] == "steps[1].dance"


@pytest.mark.thorough
def test_thousands_of_problems_are_said_soon(client: Client) -> None:
    text = "about: x\nsteps: []\n" + "".join(f"m{number}: 1\n" for number in range(7_000))

    began = monotonic()
    answer = client.post("/_mockmarket/scenarios/mine/run", {"text": text})
    took = monotonic() - began

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].endswith("mine.yaml: There are 6,901 more problems.")
    assert took < 2
