"""The soak: its judge finds every planted fault, and a run of some seconds finds none."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from soak.facts import Facts, Failure, Hook, Order, Stock, Usage
from soak.judge import LATE_S, judge, table
from soak.receiving import SECRETS, receiving

ORDER = Order("w", "o1", 100.0)
HOOK = Hook("w", "portal", "o1", "d1", is_signed=True, arrived_at=100.01)


def sound() -> Facts:
    """Return the facts of a run in which nothing went wrong, but a kill repeated one delivery and a disk was full."""
    return Facts(
        orders=[ORDER, replace(ORDER, id="o2", announced=False)],
        stored={("w", "o1"), ("w", "o2"), ("w", "unacknowledged")},
        hooks=[HOOK, replace(HOOK, arrived_at=103.0)],
        in_flight=Counter({("w", "d1"): 1}),
        stocks=[Stock("r", total=50, taken=50, acknowledged=49)],
        failures=[Failure("full disk", 507, "main.db cannot be written to: the disk is full.")],
        clocks=[(1, 1, 2, 5)],
        usage=[Usage(40, 100.0), Usage(45, 120.0)],
    )


def lose(facts: Facts) -> None:
    facts.stored.discard(("w", "o1"))


def silence(facts: Facts) -> None:
    facts.hooks.clear()


def double(facts: Facts) -> None:
    facts.hooks.append(HOOK)


def double_in_another_world(facts: Facts) -> None:
    facts.hooks += [replace(HOOK, world="other")] * 2


def sell_too_much(facts: Facts) -> None:
    facts.stocks.append(Stock("r2", total=50, taken=51, acknowledged=50))


def acknowledge_too_much(facts: Facts) -> None:
    facts.stocks.append(Stock("r2", total=50, taken=50, acknowledged=51))


def forge(facts: Facts) -> None:
    facts.hooks[0] = replace(HOOK, is_signed=False)


def delay(facts: Facts) -> None:
    facts.hooks[:] = [replace(HOOK, arrived_at=100.1 + LATE_S)]


def fail(facts: Facts) -> None:
    facts.failures.append(Failure("rush", 500, "The mock itself failed"))


def fail_without_words(facts: Facts) -> None:
    facts.failures.append(Failure("rush", 503, ""))


def hang_up(facts: Facts) -> None:
    facts.failures.append(Failure("rush", 0, ""))


def turn_back(facts: Facts) -> None:
    facts.clocks.append((1, 5, 4))


def damage(facts: Facts) -> None:
    facts.damage.append("kill-1: row 7 missing from index")


def leak_files(facts: Facts) -> None:
    facts.usage.append(Usage(100, 120.0))


def hoard(facts: Facts) -> None:
    facts.burdens.append(200.0)


def leak_memory(facts: Facts) -> None:
    facts.usage.append(Usage(45, 500.0))


FAULTS: dict[str, Callable[[Facts], None]] = {
    "Acknowledged orders lost": lose,
    "Webhooks missing": silence,
    "Webhooks doubled, beyond those in flight at a kill": double,
    "Webhooks doubled": double_in_another_world,
    "Seats oversold": sell_too_much,
    "Seats": acknowledge_too_much,
    "Signatures that do not verify": forge,
    "Webhooks later": delay,
    "Failures without a reason": fail,
    "Failures without": fail_without_words,
    "Failures": hang_up,
    "Clock readings that went back": turn_back,
    "Files damaged or left behind": damage,
    "Growth of open files": leak_files,
    "Growth of memory in MB": leak_memory,
    "Growth of memory beside": hoard,
}
"""By the beginning of a figure's name: the fault that it must show."""


def test_sound_run_is_within_every_bound() -> None:
    figures = {figure.name: figure for figure in judge(sound())}

    assert [figure.name for figure in figures.values() if not figure.is_good] == []
    assert figures["Webhooks sent again that were in flight at a kill"].value == 1
    assert figures["Calls refused with a reason (503, 507)"].value == 1


@pytest.mark.parametrize("name", FAULTS)
def test_planted_fault_is_found(name: str) -> None:
    facts = sound()
    FAULTS[name](facts)

    figures = judge(facts)

    [exceeded] = [figure for figure in figures if not figure.is_good]
    assert exceeded.name.startswith(name)
    assert f"| {exceeded.name} **(exceeded)** |" in table(figures)


def test_every_bounded_figure_has_a_fault() -> None:
    bounded = [figure.name for figure in judge(Facts()) if figure.bound is not None]

    assert [name for name in bounded if not any(name.startswith(fault) for fault in FAULTS)] == []


def test_run_without_facts_is_judged() -> None:
    assert all(figure.is_good for figure in judge(Facts()))


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", SECRETS)
def test_receiver_knows_a_forged_signature(vendor: str) -> None:
    import requests

    hooks: list[Hook] = []
    with receiving(hooks) as receiver:
        body = json.dumps({"orderId": "o", "id": "d", "data": {"order": {"id": "o"}}})
        forged = {
            "X-Webhook-Signature": "sha256=" + "0" * 64, "X-Zatabox-Signature": "t=1,v1=" + "0" * 64, "x-tn-signature": "0" * 64,
            "X-TIXSTOCK-SIGNATURE": "0" * 64, "Webhooks-Signature": "0" * 40,
        }  # fmt: skip
        for headers in ({}, forged):
            assert requests.post(receiver.url("w", vendor), body, headers=headers, timeout=10).ok

    assert [hook.is_signed for hook in hooks] == [False, False]


@pytest.mark.thorough
@pytest.mark.timeout(600)
def test_short_soak_finds_nothing() -> None:
    command = [sys.executable, "-m", "soak", "--seconds", "6", "--seed", "3", "--json"]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    figures = {figure["name"]: figure["value"] for figure in json.loads(ended.stdout)["figures"]}
    assert figures["Kills"] >= 1
    assert figures["Worlds made, cloned and dropped"] >= 2
    assert figures["Webhook's delay beside bad receivers p50, ms"] > 0


def test_page_shows_every_bounded_figure() -> None:
    page = (Path(__file__).parent.parent / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("|")]
    cells = {row[0]: row[1:3] for row in rows if len(row) == 4}

    for figure in judge(Facts()):
        if figure.bound is not None:
            value, bound = cells[figure.name]
            assert (bound, float(value.replace(",", "")) <= figure.bound) == (f"{figure.bound:g}", True)
