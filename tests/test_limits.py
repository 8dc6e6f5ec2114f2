"""Limits of a server's worlds: their number, size, requests a second and time to live; metrics for Prometheus."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mockmarket.config import Config, from_environment
from mockmarket.rules.quantities import parse_size
from mockmarket.store.files import opened
from tests.conftest import Client, Served
from tests.running import listen, serving, talking_to

LARGEST = 3_000_000
LIMITS = Config(fixture="small", workers=4, max_worlds=3, max_world_size=LARGEST, max_requests=20, max_ttl=7200)


@pytest.fixture(scope="module")
def limited() -> Iterator[Served]:
    """Serve a mock with every limit."""
    with serving(LIMITS) as served:
        yield served


@pytest.fixture
def main(limited: Served) -> Iterator[Client]:
    """Talk to its world main; no other world is left at the end."""
    yield talking_to(limited)
    limited.app.worlds.drop_all("")


def refused(served: Served) -> dict[str, int]:
    return served.app.worlds.limits.refused


def test_further_world_is_refused(limited: Served, main: Client) -> None:
    for name in ("a", "b"):
        assert main.put(f"/_mockmarket/worlds/{name}", {"fixture": "small"}).status_code == 201

    answer = main.put("/_mockmarket/worlds/c", {"fixture": "small"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "too_many_worlds")
    assert "3 worlds" in answer.json()["error"]["message"]
    assert main.put("/_mockmarket/worlds/c", {"fixture": "read too late"}).status_code == 507
    assert main.put("/_mockmarket/worlds/b", {"fixture": "small"}).status_code == 200
    assert main.control("GET", "health")["refused_by_limits"]["max_worlds"] == refused(limited)["max_worlds"] > 0


def test_one_world_too_busy_is_refused(limited: Served, main: Client) -> None:
    limited.app.worlds.put("busy", "small")
    busy = talking_to(limited, "busy")

    answer = next(answer for _ in range(2000) if (answer := busy.get("/api/v1/events")).status_code == 429)

    assert answer.headers["Retry-After"] == "1"
    assert "error" in answer.json()
    assert busy.get("/_mockmarket/health").ok
    assert main.get("/api/v1/events").ok
    assert refused(limited)["max_requests"] > 0


def test_world_does_not_outgrow_the_limit(limited: Served, main: Client) -> None:
    world = limited.app.worlds.put("big", "small")[0]
    big = talking_to(limited, "big")
    listen(big, "http://127.0.0.1:9/hooks")
    with world.atomic() as tx:
        tx.conn.execute(
            "INSERT INTO meta VALUES ('filling', zeroblob(?))", (LARGEST - world.store.path.stat().st_size - 200_000,)
        )

    answer = big.post("/_mockmarket/portal/trigger/order.accepted", {"count": 1000})

    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "world_full")
    assert "3 MB" in answer.json()["error"]["message"]
    assert big.get("/api/v1/events").ok
    health = main.control("GET", "health")
    assert health["status"] == "ok"
    assert health["refused_by_limits"]["max_world_size"] > 0


def test_larger_file_is_no_world(limited: Served, main: Client, tmp_path: Path) -> None:
    file = tmp_path / "large.db"
    file.write_bytes(main.get("/_mockmarket/state").content)
    with closing(opened(file, timeout=10)) as conn:
        conn.execute("INSERT INTO meta VALUES ('filling', zeroblob(?))", (LARGEST,))

    answer = main.put("/_mockmarket/worlds/large", {"fixture": str(file)})

    assert answer.json()["error"]["code"] == "world_full"
    assert "large" not in limited.app.worlds.names()


def test_time_to_live_has_a_bound(limited: Served, main: Client) -> None:
    assert main.control("PUT", "worlds/a", {"fixture": "small"})["ttl_s"] == 7200
    assert main.control("PUT", "worlds/a", {"fixture": "small", "ttl_s": 60})["ttl_s"] == 60
    assert main.control("GET", "worlds/main")["ttl_s"] is None

    answer = main.put("/_mockmarket/worlds/b", {"fixture": "small", "ttl_s": 7201})

    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == [{"field": "ttl_s", "message": "Must be at most 7200 on this server."}]
    assert "b" not in limited.app.worlds.names()


def test_limits_are_off_by_default(client: Client) -> None:
    assert client.control("GET", "health")["refused_by_limits"] == {}


def test_limits_are_read_from_variables() -> None:
    names = ("MAX_WORLDS", "MAX_WORLD_SIZE", "MAX_REQUESTS", "MAX_TTL")

    config = from_environment(
        {f"MOCKMARKET_{name}": value for name, value in zip(names, ("9", "5MB", "7", "2h"), strict=True)}
    )

    assert (config.max_worlds, config.max_world_size, config.max_requests, config.max_ttl) == (9, 5_000_000, 7, 7200)


@pytest.mark.parametrize(("text", "size"), [("100", 100), ("1.5 kb", 1500), ("2MB", 2_000_000), ("1GB", 10**9)])
def test_size_is_a_number_of_bytes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "1 TB", "-1MB", "1MB!"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no size"):
        parse_size(text)


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Return the values of metrics by name and labels' values, in the order of the labels' names."""
    families = text_string_to_metric_families(text)
    return {
        (each.name, *(value for _, value in sorted(each.labels.items()))): each.value
        for family in families
        for each in family.samples
    }


def test_metrics_count_what_is_served(client: Client) -> None:
    before = samples(client.get("/_mockmarket/metrics").text)
    name = "mockmarket_requests_total", str(client.get("/api/v1/events").status_code), "portal"

    answer = client.get("/_mockmarket/metrics")

    after = samples(answer.text)
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert after["mockmarket_worlds",] >= 1
    assert after[name] > before.get(name, 0)
    assert after["process_resident_memory_bytes",] > 1_000_000
    assert after["mockmarket_world_bytes",] > 100_000


def test_metrics_without_their_package(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)

    answer = client.get("/_mockmarket/metrics")

    assert answer.status_code == 501
    assert "pip install 'mockmarket[metrics]'" in answer.json()["error"]["message"]
