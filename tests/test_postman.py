"""The Postman collection: its form, and its walk-throughs, played against a server with the variables that their scripts save."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from mockmarket.matching import paths
from mockmarket.server.openapi.postman import collection
from mockmarket.server.openapi.walkthrough import FIND
from mockmarket.vendor import discover
from tests.session import Session

if TYPE_CHECKING:
    from tests.conftest import Served

pytestmark = pytest.mark.thorough

VENDORS = discover()
VARIABLE = re.compile(r"\{\{([^{}]+)\}\}")
SAVE = re.compile(r"save\((\".*?\"), (\".*?\")\);")
STATUS = re.compile(r"to\.(?:equal\((\d+)\)|be\.within\((\d+), (\d+)\))")
ANSWER = {"$id": 1, "rows": [{"seat": {"section": "Floor"}, "id": 7}, {"seat": {"section": "10"}, "id": [8, "x"]}]}


@pytest.fixture(scope="module")
def postman() -> Any:
    """Return the collection."""
    return json.loads(json.dumps(collection(VENDORS)))


def requests_below(items: list[Any]) -> Iterator[Any]:
    """Yield every request, however deep its folder."""
    for item in items:
        if "item" in item:
            yield from requests_below(item["item"])
        else:
            yield item


def walks(postman: Any) -> dict[str, list[Any]]:
    """Return the requests of each walk-through, by its folder's name."""
    folders = [folder for vendor in postman["item"] for folder in vendor["item"]]
    return {folder["name"]: folder["item"] for folder in folders if folder["name"].startswith("Walk-through")}


def variables_of(postman: Any) -> dict[str, str]:
    """Return the collection's variables."""
    return {variable["key"]: variable["value"] for variable in postman["variable"]}


def test_each_vendor_has_a_folder_and_a_walk(postman: Any) -> None:
    assert [folder["name"] for folder in postman["item"]] == [*(vendor.title for vendor in VENDORS), "Control plane"]
    assert [*walks(postman)] == [f"Walk-through: {vendor.title}" for vendor in VENDORS]


def test_collection_has_what_the_format_requires(postman: Any) -> None:
    requests = [*requests_below(postman["item"])]
    texts = [text for item in requests for text in (item["name"], item["request"]["method"])]
    headers = [header for item in requests for header in item["request"]["header"]]
    bodies = [item["request"]["body"] for item in requests if "body" in item["request"]]

    assert postman["info"]["schema"] == "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    assert len(requests) > 300
    assert all(isinstance(text, str) and text for text in texts)
    assert all(isinstance(header["key"], str) and isinstance(header["value"], str) for header in headers)
    assert all(body["mode"] == "raw" and isinstance(body["raw"], str) for body in bodies)


def test_each_variable_of_a_call_is_defined(postman: Any) -> None:
    known = variables_of(postman)
    walked = {id(item) for items in walks(postman).values() for item in items}
    calls = [item for item in requests_below(postman["item"]) if id(item) not in walked]

    used = {name for item in calls for name in VARIABLE.findall(json.dumps(item["request"]))}

    assert used >= {"portal_base_url", "portalKey", "skyboxAccount", "control_base_url"}
    assert used <= {*known}
    assert all(known[name] for name in used - {"control"})


@pytest.mark.parametrize("title", [vendor.title for vendor in VENDORS])
def test_walk_through_works(postman: Any, served: Served, title: str) -> None:
    variables = variables_of(postman) | {"server": served.server.url}
    walk = walks(postman)[f"Walk-through: {title}"]

    with Session() as session:
        answers = [play(session, item, variables) for item in walk]
        session.delete(resolved(walk[0]["request"]["url"], variables))

    assert len(answers) > 5
    assert [answer for answer in answers if answer] == []


def play(session: Session, item: Any, variables: dict[str, str]) -> str:
    """Send a request and save what its script saves; returns what is wrong with its status, or nothing."""
    request = item["request"]
    answer = session.request(
        request["method"],
        resolved(request["url"], variables),
        headers={header["key"]: header["value"] for header in request["header"] if "disabled" not in header},
        json=json.loads(resolved(request["body"]["raw"], variables)) if "body" in request else None,
    )
    script = "\n".join(item["event"][0]["script"]["exec"])
    equal, least, most = STATUS.search(script).groups()  # type: ignore[union-attr]  # each script has one
    for name, path in SAVE.findall(script):
        value = paths.find(answer.json(), json.loads(path))
        variables[json.loads(name)] = value if isinstance(value, str) else json.dumps(value)
        variables[f"{json.loads(name)}_json"] = json.dumps(value)
    right = int(equal or least) <= answer.status_code <= int(equal or most)
    return "" if right else f"{item['name']}: {answer.status_code} {answer.text}"


def resolved(text: str, variables: dict[str, str]) -> str:
    """Return a text with its variables filled in, and those in their values."""
    while VARIABLE.search(text):
        text = VARIABLE.sub(lambda match: variables[match[1]], text)
    return text


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
@pytest.mark.parametrize("path", ["rows[seat.section=Floor].id", "$.rows[seat.section=10].id[1]", "rows[1].seat", "$"])
def test_scripts_find_what_scenarios_find(path: str) -> None:
    script = f"{FIND}\nconsole.log(JSON.stringify(find({json.dumps(ANSWER)}, {json.dumps(path)})))"

    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True, timeout=60)

    assert json.loads(done.stdout) == paths.find(ANSWER, path)
