"""Eight clients at once on one server, like pytest-xdist workers: the effects of each are in its own world only."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from mockmarket.clock import HOUR, parse_iso
from mockmarket.config import Config
from tests.conftest import Client, Served
from tests.receiver import Receiver, receiving
from tests.running import FIXTURE, PORTAL_KEY, buy, listen, serving, talking_to

WORKERS = 8
START, LATER = "2031-02-03T04:05:06.000Z", "2031-02-03T05:00:00.000Z"

WORKER = """
import json, sys
import requests

url, hooks, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
world, session = f"{url}/w/gw{number}", requests.Session()
session.trust_env = False
session.headers["X-API-Key"] = sys.argv[4]

def control(method, path, body=None, base=f"{world}/_mockmarket"):
    answer = session.request(method, f"{base}/{path}", json=body, timeout=30)
    assert answer.ok, answer.text
    return answer.json() if answer.content else None

control("PUT", f"worlds/gw{number}", {"fixture": sys.argv[5], "now": sys.argv[6], "seed": number}, f"{url}/_mockmarket")
began = control("PUT", "clock", {"frozen": True})["now_ms"]
control("POST", "endpoints", {"vendor": "portal", "url": f"{hooks}/gw{number}"})
control("PATCH", "settings", {"portal": {"retries": number % 3}})
control("POST", "snapshots/begun")
order = {"eventId": "1001", "section": "Floor", "row": "GA", "quantity": 1,
         "customer": {"email": "buyer@example.com", "phone": {"number": "5551234567", "countryCode": "+1"}}}
for round in range(3):
    for _ in range(number + 1):
        answer = session.post(f"{world}/api/v1/orders", json=order, timeout=30)
        assert answer.status_code == 201, answer.text
    control("POST", "clock/advance", {"seconds": 3600 * (number + 1)})
    control("POST", "wait", {"for": "deliveries", "where": {"type": "order.confirmed"}, "count": number + 1})
    if round < 2:
        control("POST", "snapshots/begun/restore")
records = control("GET", "records/portal/order?limit=1000")
print(json.dumps({
    "moved": control("GET", "clock")["now_ms"] - began,
    "orders": records["total"],
    "requests": control("POST", "requests/count", {})["by_status"],
    "deliveries": control("GET", "health")["deliveries"],
    "retries": control("GET", "settings")["portal"]["retries"]["value"],
    "endpoints": [row["url"] for row in control("GET", "endpoints")["endpoints"]],
    "snapshots": [row["name"] for row in control("GET", "snapshots")["snapshots"]],
}))
"""


@pytest.mark.thorough
def test_eight_processes_never_meet() -> None:
    fixture = str(Path(FIXTURE).resolve())
    with serving(Config(fixture=FIXTURE, workers=8)) as served, receiving() as receiver:
        arguments = [served.url, receiver.url, "%d", PORTAL_KEY["X-API-Key"], fixture, START]
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", WORKER, *(argument.replace("%d", str(number)) for argument in arguments)],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for number in range(WORKERS)
        ]  # fmt: skip
        outputs = [worker.communicate(timeout=120) for worker in workers]
        main = talking_to(served)
        planted = main.control("GET", "records/portal/order")["total"]
        traffic = (main.control("GET", "requests")["requests"], main.control("GET", "deliveries")["deliveries"])

    assert [worker.returncode for worker in workers] == [0] * WORKERS, "\n".join(err for _, err in outputs)
    for number, (out, _) in enumerate(outputs):
        orders = number + 1
        assert json.loads(out) == {
            "moved": orders * HOUR,
            "orders": planted + orders,
            "requests": {"201": orders},
            "deliveries": {"delivered": orders},
            "retries": number % 3,
            "endpoints": [f"{receiver.url}/gw{number}"],
            "snapshots": ["begun"],
        }
    paths = Counter(hook.path for hook in receiver.hooks)
    assert paths == {f"/hooks/gw{number}": 3 * (number + 1) for number in range(WORKERS)}
    assert traffic == ([], [])


@pytest.mark.thorough
def test_faults_of_one_world_spare_others(served: Served) -> None:
    names = [f"apart{number}" for number in range(WORKERS)]
    for name in names:
        served.app.worlds.put(name, "small")
    clients = [talking_to(served, name) for name in names]
    for client in clients[::2]:
        client.control("PUT", "faults", {"faults": [{"fault": "status", "with": {"status": 503}}]})

    def ask(client: Client) -> Any:
        return {client.get("/api/v1/events").status_code for _ in range(20)}

    with ThreadPoolExecutor(WORKERS) as pool:
        statuses = list(pool.map(ask, clients))

    for name in names:
        served.app.worlds.drop(name)
    assert statuses == [{503}, {200}] * (WORKERS // 2)


@pytest.mark.thorough
def test_same_seed_in_parallel_repeats_itself(served: Served) -> None:
    names = [f"twin{number}" for number in range(WORKERS)]

    def run(name: str) -> list[Any]:
        served.app.worlds.put(name, "small", parse_iso(START), 5)
        client = talking_to(served, name)
        client.control("PUT", "clock", {"frozen": True})
        client.control("POST", "clock/advance", {"to": LATER})
        return [buy(client)["orderId"] for _ in range(5)]

    with ThreadPoolExecutor(WORKERS) as pool:
        orders = list(pool.map(run, names))

    for name in names:
        served.app.worlds.drop(name)
    assert len({tuple(order) for order in orders}) == 1


@pytest.mark.thorough
def test_clones_in_parallel_stay_whole(served: Served, client: Client, receiver: Receiver) -> None:
    listen(client, receiver.url)
    planted = client.control("GET", "records/portal/order")["total"]
    names = [f"fan{number}" for number in range(WORKERS)]

    def run(name: str) -> Any:
        own_client = talking_to(served, client.world.name)
        own_client.control("PUT", f"worlds/{name}", {"from": client.world.name})
        buy(own_client)
        return talking_to(served, name).control("GET", "records/portal/order")["total"]

    with ThreadPoolExecutor(WORKERS) as pool:
        totals = list(pool.map(run, names))

    for name in names:
        served.app.worlds.drop(name)
    assert client.control("GET", "records/portal/order")["total"] == planted + WORKERS
    assert all(1 <= total <= WORKERS for total in totals)


@pytest.mark.thorough
def test_worlds_beyond_the_limit_of_open_files() -> None:
    files, worlds = 320, 150
    limited = f"ulimit -n {files}; exec {sys.executable} -m mockmarket serve --port 0 --fixture small --log-level error"
    with subprocess.Popen(["sh", "-c", limited], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = next(line for line in process.stdout if line.startswith("Ready. ")).split()[1]

            def walk(first: int) -> set[int]:
                paths = (
                    f"/w/w{(first + number) % worlds}/api/v1/events?limit={first % 9 + 1}" for number in range(worlds)
                )
                with requests.Session() as session:
                    return {session.get(url + path, headers=PORTAL_KEY).status_code for path in paths}

            created = {
                requests.put(f"{url}/_mockmarket/worlds/w{number}", json={}).status_code for number in range(worlds)
            }
            with ThreadPoolExecutor(8) as pool:
                walked = set().union(*pool.map(walk, range(0, worlds, worlds // 8)))

            assert (created, walked) == ({201}, {200})
            assert requests.get(f"{url}/_mockmarket/health").json()["status"] == "ok"
            assert requests.put(f"{url}/_mockmarket/worlds/further", json={}).status_code == 201
        finally:
            process.terminate()
