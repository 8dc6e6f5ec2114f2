"""Every public path of SkyBox's is here: built, or answered by 501 and its own name."""

from __future__ import annotations

import re

from mockmarket.vendors.skybox.vendor import VENDOR
from tests.conftest import Client
from tests.vendors.skybox import BASE
from tests.vendors.skybox_public import calls, unnamed

UNBUILT = [(row.method, row.path) for row in VENDOR.api.operations if not row.built]


def test_every_public_call_is_here() -> None:
    own = {(row.method, unnamed(row.path)) for row in VENDOR.api.operations}

    assert set(calls()) - own == set()
    assert own - set(calls()) == {("GET", "/event-catalog/search")}  # public: a client's code


def test_unbuilt_call_names_itself(client: Client) -> None:
    assert UNBUILT

    for method, path in UNBUILT:
        answer = client.call(method, BASE + re.sub(r"{[^}]+}", "1", path))
        assert answer.status_code == 501, (method, path)
        assert answer.json() == {"message": f"{method} {path} is not built in this mock."}


def test_unbuilt_method_leaves_others_alone(client: Client) -> None:
    unbuilt = client.call("GET", f"{BASE}/inventory/1/actions/split-to-originals")

    assert unbuilt.status_code == 405
    assert unbuilt.headers["Allow"] == "OPTIONS, POST"


def test_unknown_path_is_not_found(client: Client) -> None:
    answer = client.call("GET", f"{BASE}/nothing")

    assert (answer.status_code, list(answer.json())) == (404, ["message"])
    assert VENDOR.base == BASE
