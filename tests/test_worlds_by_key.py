"""A request that names no world and has a key that `main` does not know: it is that of the only other world that knows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from mockmarket.api.context import Environ
from mockmarket.config import Config
from mockmarket.seed.finding import shipped
from mockmarket.server.dispatch import Front
from mockmarket.vendor import Vendor, discover
from tests.conftest import Served
from tests.running import FIXTURE, PORTAL_KEY, serving, talking_to
from tests.test_hosts import ask

VENDORS = discover()
EVENTS = "/portal/api/v1/events"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Serve a world `main` with one key of the portal."""
    with serving(Config(fixture=FIXTURE)) as running:
        yield running


@pytest.fixture(scope="module")
def fixture(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a fixture with keys of every vendor, none of which `main` has."""
    file = tmp_path_factory.mktemp("fixtures") / "other.yaml"
    file.write_text((shipped() / "small.yaml").read_text().replace("portal_test_full_", "portal_test_more_"))
    return str(file)


@pytest.fixture(autouse=True)
def other(served: Served, fixture: str) -> Iterator[None]:
    """Serve another world, `other`, with keys of every vendor."""
    served.app.worlds.put("other", fixture)
    yield
    for name in set(served.app.worlds.names()) - {"main"}:
        served.app.worlds.drop(name)


def keys_of(served: Served, vendor: str = "portal") -> dict[str, str]:
    """Return the headers with the first key that `other` has for a vendor."""
    credentials = served.app.templates.credentials(served.app.worlds.fixture_of("other")) or {}
    return dict(
        next(key["headers"] for key in credentials[vendor] if not key["ip_allowlist"] and not key["expires_at"])
    )


def new_key(served: Served, world: str) -> tuple[str, dict[str, str]]:
    """Create a key of the portal in a world; returns its id, and the header with its secret."""
    fields = {"vendor": "portal", "name": "New", "scopes": ["*"]}
    key = talking_to(served, world).control("POST", "keys", fields)
    return key["id"], {"X-API-Key": key["secret"]}


def world_of(answer: requests.Response) -> str:
    """Return the world of an answer."""
    return answer.headers["X-Mockmarket-World"]


def without_marks(answer: requests.Response) -> tuple[int, bytes, list[str]]:
    """Return what of an answer is the same for each request."""
    return answer.status_code, answer.content, sorted(answer.headers)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_key_of_every_vendor_finds_its_world(served: Served, vendor: Vendor) -> None:
    answer = ask(served.url, "localhost", f"{vendor.base}/no/such/path", **keys_of(served, vendor.name))

    assert world_of(answer) == "other"


def test_every_vendors_keys_are_in_its_security_schemes() -> None:
    schemes = [scheme for vendor in VENDORS for scheme in vendor.api.security.values()]

    assert {(scheme["type"], scheme.get("in", scheme.get("scheme"))) for scheme in schemes} == {
        ("apiKey", "header"),
        ("http", "bearer"),
    }


def test_request_is_answered_and_journaled_by_the_world(served: Served) -> None:
    answer = ask(served.url, "portal.localhost", "/api/v1/events", **keys_of(served))

    assert (answer.status_code, world_of(answer)) == (200, "other")
    id = answer.headers["X-Mockmarket-Request"]
    assert id in [entry.id for entry in served.app.worlds.get("other").journal.entries]


def test_name_of_a_world_goes_before_the_key(served: Served) -> None:
    header = ask(served.url, "localhost", EVENTS, **keys_of(served), **{"X-Mockmarket-World": "main"})
    path = ask(served.url, "localhost", f"/w/main{EVENTS}", **keys_of(served))
    host = ask(served.url, "main.portal.localhost", "/api/v1/events", **keys_of(served))

    assert [(answer.status_code, world_of(answer)) for answer in (header, path, host)] == [(401, "main")] * 3


def test_key_that_main_knows_is_its_own(served: Served) -> None:
    served.app.worlds.put("third", FIXTURE)

    assert world_of(ask(served.url, "localhost", EVENTS, **PORTAL_KEY)) == "main"


def test_key_of_several_worlds_is_refused_like_one_of_none(served: Served, fixture: str) -> None:
    served.app.worlds.put("third", fixture)

    of_several = ask(served.url, "localhost", EVENTS, **keys_of(served))
    of_none = ask(served.url, "localhost", EVENTS, **{"X-API-Key": "portal_test_none_00000000"})

    assert (of_none.status_code, world_of(of_several)) == (401, "main")
    assert without_marks(of_several) == without_marks(of_none)
    served.app.worlds.drop("third")
    assert world_of(ask(served.url, "localhost", EVENTS, **keys_of(served))) == "other"


def test_other_vendors_key_finds_no_world(served: Served) -> None:
    [secret] = keys_of(served, "ticketnation").values()

    assert world_of(ask(served.url, "localhost", EVENTS, **{"X-API-Key": secret})) == "main"


@pytest.mark.parametrize(
    "headers", [{}, {"X-API-Key": ""}, {"Authorization": "Bearer"}, {"Authorization": "Basic eDp5"}]
)
def test_request_without_a_key_is_mains(served: Served, headers: dict[str, str]) -> None:
    for path in (EVENTS, "/zatabox/api/v1/events", "/tixstock/v1/feed"):
        assert world_of(ask(served.url, "localhost", path, **headers)) == "main"


def test_created_rotated_and_deleted_keys_count_at_once(served: Served) -> None:
    id, first = new_key(served, "other")
    answers_before = [ask(served.url, "localhost", EVENTS, **first) for _ in range(4)]
    rotated = talking_to(served, "other").control("POST", f"keys/{id}/rotate")
    before, after = (
        ask(served.url, "localhost", EVENTS, **{"X-API-Key": key}) for key in (first["X-API-Key"], rotated["secret"])
    )
    talking_to(served, "other").control("DELETE", f"keys/{id}")
    deleted = ask(served.url, "localhost", EVENTS, **{"X-API-Key": rotated["secret"]})

    answers = [*answers_before, before, after, deleted]
    assert [(answer.status_code, world_of(answer)) for answer in answers] == [(200, "other")] * 4 + [
        (401, "main"),
        (200, "other"),
        (401, "main"),
    ]


def test_reset_and_restored_worlds_have_their_own_keys(served: Served) -> None:
    _, header = new_key(served, "other")
    client, world = talking_to(served, "other"), []
    client.control("POST", "snapshots/with", {})
    for step in ("reset", "snapshots/with/restore", "reset"):
        world.append(world_of(ask(served.url, "localhost", EVENTS, **header)))
        client.control("POST", step, {})
    world.append(world_of(ask(served.url, "localhost", EVENTS, **header)))

    assert world == ["other", "main", "other", "main"]


def test_key_that_main_gets_later_is_mains(served: Served, fixture: str) -> None:
    keys = keys_of(served)
    before = [world_of(ask(served.url, "localhost", EVENTS, **keys)) for _ in range(3)]
    served.app.worlds.put("main", fixture)
    after = [world_of(ask(served.url, "localhost", EVENTS, **keys)) for _ in range(3)]
    served.app.worlds.put("main", FIXTURE)

    assert (before, after) == (["other"] * 3, ["main"] * 3)


def test_server_for_others_asks_for_the_worlds_name(fixture: str) -> None:
    token = "a-token-of-twenty-characters"
    config = Config(fixture=FIXTURE, host="0.0.0.0", control_token=token, files=Path(fixture).parent)
    with serving(config) as public:
        public.app.worlds.put("other", fixture)

        assert world_of(ask(public.url, "localhost", EVENTS, **keys_of(public))) == "main"


def test_main_answers_within_the_loop_as_before(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    short: list[bool] = []
    is_short = Front.is_short

    def noted(front: Front, environ: Environ, length: int) -> bool:
        short.append(is_short(front, environ, length))
        return short[-1]

    monkeypatch.setattr(Front, "is_short", noted)
    for headers in (PORTAL_KEY, {}, keys_of(served)):
        for _ in range(2):
            ask(served.url, "localhost", EVENTS, **headers, **{"X-Number": str(len(short))})

    assert short[1:4] == [True] * 3
    assert short[4:] == [False] * 2
