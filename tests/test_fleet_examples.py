"""The manifests of examples/fleet, where no cluster and no Envoy is at hand: they fit the server, each other, and nginx's configuration."""

from __future__ import annotations

import re
from typing import Any

import click
import pytest
import yaml

from bench.nginx import EXAMPLE
from mockmarket.cli.serve import serve
from mockmarket.control import BASE
from mockmarket.rules.hosts import parse_peers

KUBERNETES = EXAMPLE / "kubernetes"
SERVER = re.compile(r"^server (\S+) max_fails=0;$", re.MULTILINE)


def manifests() -> dict[tuple[str, str], Any]:
    """Return every manifest by kind and name."""
    names = yaml.safe_load((EXAMPLE / "kustomization.yaml").read_text())["resources"]
    parts = [part for name in names for part in yaml.safe_load_all((EXAMPLE / name).read_text())]
    return {(part["kind"], part["metadata"]["name"]): part for part in parts}


@pytest.fixture(scope="module")
def server() -> Any:
    """Return the container of the servers."""
    return manifests()["StatefulSet", "mockmarket"]["spec"]["template"]["spec"]["containers"][0]


def test_pods_are_started_with_known_options(server: Any) -> None:
    command, *arguments = server["args"]
    variables = [each["name"] for each in server["env"]]
    known = {
        name
        for option in serve.params
        for name in [option.envvar or []]
        for name in ([name] if isinstance(name, str) else name)
    }

    context = serve.make_context(command, [*arguments])

    assert {name for name, source in sources(context).items() if source == "COMMANDLINE"} == {
        "max_worlds",
        "max_world_size",
        "max_ttl",
    }
    assert {*variables} <= known


def sources(context: click.Context) -> dict[str, str]:
    """Return where each value of a command comes from."""
    return {name: source.name for name in context.params if (source := context.get_parameter_source(name))}


def test_pods_are_the_servers_of_nginx(server: Any) -> None:
    all_of = manifests()
    names = SERVER.findall((KUBERNETES / "servers.conf").read_text())
    peers = parse_peers(next(each["value"] for each in server["env"] if each["name"] == "MOCKMARKET_PEERS"))

    assert [f"http://{name}" for name in names] == [*peers]
    assert len(names) == all_of["StatefulSet", "mockmarket"]["spec"]["replicas"]
    for name in names:
        host, _, port = name.partition(":")
        service = all_of["Service", host]["spec"]
        assert service["selector"] == {"statefulset.kubernetes.io/pod-name": host}
        assert [each["port"] for each in service["ports"]] == [int(port)]


def test_probes_ask_for_the_health(server: Any) -> None:
    probes = [server[name]["httpGet"] for name in ("startupProbe", "readinessProbe", "livenessProbe")]

    assert probes == [{"path": f"{BASE}/health", "port": "http"}] * 3


def test_selectors_select_the_pods() -> None:
    all_of = manifests()
    for kind, name in (("StatefulSet", "mockmarket"), ("Deployment", "mockmarket-front")):
        spec = all_of[kind, name]["spec"]
        labels = spec["template"]["metadata"]["labels"]
        assert spec["selector"]["matchLabels"] == labels == all_of["Service", name]["spec"]["selector"]
    budget = all_of["PodDisruptionBudget", "mockmarket"]["spec"]
    assert budget["selector"] == all_of["StatefulSet", "mockmarket"]["spec"]["selector"]
    backend = all_of["Ingress", "mockmarket"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert ("Service", backend["name"]) in all_of


def test_user_is_the_images() -> None:
    context = manifests()["StatefulSet", "mockmarket"]["spec"]["template"]["spec"]["securityContext"]

    assert (
        f"USER {context['runAsUser']}:{context['runAsGroup']}\n" in (EXAMPLE.parent.parent / "Dockerfile").read_text()
    )


@pytest.mark.parametrize(
    ("path", "headers", "world"),
    [
        ("/w/ci-42/api/v1/events?limit=1", {}, "ci-42"),
        ("/w/ci-42", {}, "ci-42"),
        ("/_mockmarket/worlds/ci-42", {}, "ci-42"),
        ("/_mockmarket/worlds/ci-42/move", {}, "ci-42"),
        ("/w/ci-1/_mockmarket/worlds/ci-42?x=1", {}, "ci-42"),
        ("/api/v1/events", {"x-mockmarket-world": "ci-42"}, "ci-42"),
        ("/orders", {":authority": "ci-42.portal.localhost:8000"}, "ci-42"),
        ("/orders", {":authority": "portal.localhost:8000"}, "main"),
        ("/_mockmarket/worlds?fleet=true", {}, "main"),
    ],
)
def test_envoy_finds_the_world(path: str, headers: dict[str, str], world: str) -> None:
    route = next(route for route in envoy_routes() if matches(route["match"], path, headers))

    policy = route["route"]["hash_policy"][0]["header"]
    value = {":path": path, ":authority": "mock:8000", **headers}[policy["header_name"]]
    if rewrite := policy.get("regex_rewrite"):
        value = re.sub(rewrite["pattern"]["regex"], rewrite["substitution"], value, count=1)
    assert value == world


def envoy_routes() -> list[Any]:
    listener = yaml.safe_load((EXAMPLE / "envoy.yaml").read_text())["static_resources"]["listeners"][0]
    config = listener["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]
    return list(config["virtual_hosts"][0]["routes"])


def matches(match: Any, path: str, headers: dict[str, str]) -> bool:
    """Return whether Envoy would choose a route: a path without its query, in full, and headers."""
    bare = path.partition("?")[0]
    fits = (
        re.fullmatch(match["safe_regex"]["regex"], bare) if "safe_regex" in match else bare.startswith(match["prefix"])
    )
    return bool(fits) and all(has(headers, each) for each in match.get("headers", ()))


def has(headers: dict[str, str], wanted: Any) -> bool:
    value = headers.get(wanted["name"])
    if value is None or "present_match" in wanted:
        return value is not None
    return re.fullmatch(wanted["string_match"]["safe_regex"]["regex"], value) is not None
