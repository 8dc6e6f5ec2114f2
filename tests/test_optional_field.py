"""A record's field is defined in one place: one more line gives the kiosk's pass a member that works everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockmarket.config import Config
from mockmarket.server.openapi import describe
from mockmarket.vendor import discover
from tests.conftest import Client, Served
from tests.receiver import Receiver
from tests.sixth.serving import fixture_for_all, serving
from tests.test_sixth_vendor import FULL, hold, listen, offer

KIOSK = Path(__file__).parent / "sixth" / "kiosk"
BEFORE = "    state: Annotated[str, Column(), Filter()]\n"
LINE = "    gate: Annotated[int | None, Body(), Range(1, 6), Column(type='INTEGER'), Filter(), Sort(), Notified()]\n"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a copy of the kiosk with the added line."""
    folder = tmp_path_factory.mktemp("grown")
    package = folder / "one_line_more" / "kiosk"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    for path in KIOSK.glob("*.py"):
        text = path.read_text(encoding="utf-8").replace("tests.sixth.kiosk", "one_line_more.kiosk")
        (package / path.name).write_text(text.replace(BEFORE, LINE + BEFORE), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        with serving(Config(fixture=fixture_for_all(folder)), (*discover(), *discover("one_line_more"))) as served:
            yield served


@pytest.fixture
def counter(market: Served, request: pytest.FixtureRequest) -> Iterator[Client]:
    """Return a client of the kiosk in a world of the test's own."""
    world, _ = market.app.worlds.put(f"w{abs(hash(request.node.name))}")
    client = Client(market.url, world)
    client.key = FULL
    yield client
    market.app.worlds.drop(world.name)


def at_gate(counter: Client, gate: object) -> Any:
    """Hold a pass for a gate."""
    number = offer(counter, "101/A")["offer_no"]
    return counter.post("/kiosk/v0/passes", {"offer_no": number, "places": 1, "gate": gate})


def test_line_is_one_and_new() -> None:
    text = (KIOSK / "records.py").read_text(encoding="utf-8")

    assert (text.count(BEFORE), text.count("gate:"), LINE.count("\n")) == (1, 0, 1)


@pytest.mark.thorough
def test_new_field_is_set_and_shown(counter: Client) -> None:
    held_pass = at_gate(counter, 4).json()["pass"]

    assert held_pass["gate"] == 4
    assert counter.get(f"/kiosk/v0/passes/{held_pass['pass_no']}").json()["pass"] == held_pass


def test_new_field_is_optional(counter: Client) -> None:
    assert hold(counter, "101/A", 1)["gate"] is None
    assert at_gate(counter, None).json()["pass"]["gate"] is None


def test_new_field_is_checked(counter: Client) -> None:
    answer = at_gate(counter, 7)

    assert (answer.status_code, answer.json()["problem"]["in"]) == (400, ["gate"])


def test_new_field_is_filtered_by(counter: Client) -> None:
    for gate in (1, 2, 1):
        at_gate(counter, gate)

    passes = counter.get("/kiosk/v0/passes", gate=1).json()["passes"]

    assert [row["gate"] for row in passes] == [1, 1]


def test_new_field_is_sorted_by(counter: Client) -> None:
    for gate in (3, 1, 2):
        at_gate(counter, gate)

    passes = counter.get("/kiosk/v0/passes", sort="gate", state="held").json()["passes"]

    assert [row["gate"] for row in passes if row["gate"]] == [1, 2, 3]


def test_change_of_new_field_is_told(counter: Client, receiver: Receiver) -> None:
    number = at_gate(counter, 1).json()["pass"]["pass_no"]
    listen(counter, receiver, "pass.changed")

    for gate in (1, 2):
        assert counter.call("PATCH", f"/kiosk/v0/passes/{number}", json={"gate": gate}).status_code == 200

    (hook,) = receiver.wait(1)
    assert hook.json["pass"]["gate"] == 2


def test_new_field_is_documented(counter: Client) -> None:
    document = describe((counter.world.vendors["kiosk"],))
    call = document["paths"]["/kiosk/v0/passes"]

    body = document["components"]["schemas"][
        call["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    ]
    parameters = [
        document["components"]["parameters"][part["$ref"].rpartition("/")[2]] for part in call["get"]["parameters"]
    ]

    assert body["properties"]["gate"] == {"type": ["integer", "null"], "minimum": 1, "maximum": 6}
    assert "gate" in [parameter["name"] for parameter in parameters]
    assert "gate" in next(parameter for parameter in parameters if parameter["name"] == "sort")["schema"]["enum"]
