"""A rotated signing secret of Zatabox's: the public SDKs accept every delivery with the new one; two signatures by a setting alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockmarket.clock import iso_s
from tests.receiver import Hook, Receiver
from tests.vendors.zatabox import START_MS, Box, node_judges, refused, sdks_judge, signature

BOTH = "11"
"""What both SDKs answer to what they accept."""


def rotate(box: Box, endpoint: dict[str, Any]) -> dict[str, Any]:
    """Rotate an endpoint's secret; returns the endpoint with the new one."""
    rotated: dict[str, Any] = box.post(f"/webhooks/{endpoint['id']}/rotate-secret")
    return rotated


def report(box: Box, receiver: Receiver) -> Hook:
    """Cause a delivery and return what arrived."""
    before = len(receiver.hooks)
    box.post("/users/me/reports", {"reason": "noise"})
    return receiver.wait(before + 1)[-1]


@pytest.mark.thorough
def test_new_secret_signs_alone(box: Box, receiver: Receiver) -> None:
    endpoint = box.listen(receiver, "report.submitted")
    rotated = rotate(box, endpoint)

    hook = report(box, receiver)

    assert signature(hook).count("v1=") == 1
    assert (sdks_judge([hook], rotated["secret"]), sdks_judge([hook], endpoint["secret"])) == ([BOTH], ["00"])
    assert rotated["previousSecretExpiresAt"] is None


def pause(box: Box, endpoint: dict[str, Any]) -> None:
    box.put(f"/webhooks/{endpoint['id']}", {"active": False})
    box.put(f"/webhooks/{endpoint['id']}", {"active": True})


def describe(box: Box, endpoint: dict[str, Any]) -> None:
    box.put(f"/webhooks/{endpoint['id']}", {"description": "mine", "events": ["report.submitted", "order.created"]})


def wait_a_day(box: Box, endpoint: dict[str, Any]) -> None:
    box.advance(seconds=86_400)


def wake(box: Box, endpoint: dict[str, Any]) -> None:
    box.client.control("PATCH", f"endpoints/{endpoint['id']}", {"active": True})


def restore(box: Box, endpoint: dict[str, Any]) -> None:
    box.client.control("POST", "snapshots/rotated")
    box.client.control("POST", "snapshots/rotated/restore")


@pytest.mark.thorough
@pytest.mark.parametrize("grace_s", [0, 60])
@pytest.mark.parametrize("change", [pause, describe, wait_a_day, wake, rotate, restore])
def test_sdks_accept_after_every_change(
    box: Box, receiver: Receiver, change: Callable[[Box, dict[str, Any]], Any], grace_s: int
) -> None:
    box.set(rotation_grace_s=grace_s)
    endpoint = box.listen(receiver, "report.submitted")
    secret = rotate(box, endpoint)["secret"]

    secret = (change(box, endpoint) or {"secret": secret})["secret"]
    hook = report(box, receiver)

    assert sdks_judge([hook], secret) == [BOTH]


@pytest.mark.thorough
def test_what_waits_is_signed_anew(box: Box, receiver: Receiver) -> None:
    receiver.answer = lambda hook: (500, b"no")
    endpoint = box.listen(receiver, "report.submitted")
    report(box, receiver)
    rotated = rotate(box, endpoint)

    box.advance(seconds=60)
    box.post(f"/webhooks/deliveries/{box.deliveries(endpoint)[0]['id']}/replay")
    box.post(f"/webhooks/{endpoint['id']}/test")
    box.advance(seconds=0)

    retry, *hooks = receiver.wait(4)[1:]
    assert sdks_judge([retry, *hooks], rotated["secret"]) == [BOTH] * 3


@pytest.mark.thorough
def test_both_secrets_sign_in_grace(box: Box, receiver: Receiver) -> None:
    box.set(rotation_grace_s=60)
    endpoint = box.listen(receiver, "report.submitted")
    rotated = rotate(box, endpoint)

    hook = report(box, receiver)

    assert signature(hook).count("v1=") == 2
    assert node_judges([hook], endpoint["secret"]) == node_judges([hook], rotated["secret"]) == ["1"]
    assert sdks_judge([hook], rotated["secret"]) == [BOTH]
    assert rotated["previousSecretExpiresAt"] == iso_s(START_MS + 60_000)


def test_one_secret_signs_after_grace(box: Box, receiver: Receiver) -> None:
    box.set(rotation_grace_s=60)
    rotate(box, box.listen(receiver, "report.submitted"))
    box.advance(seconds=60)

    hook = report(box, receiver)

    assert signature(hook).count("v1=") == 1


@pytest.mark.thorough
def test_promised_end_outlives_another_rotation(box: Box, receiver: Receiver) -> None:
    box.set(rotation_grace_s=60)
    endpoint = box.listen(receiver, "report.submitted")
    rotate(box, endpoint)
    box.set(rotation_grace_s=1)
    box.advance(seconds=10)
    latest = rotate(box, endpoint)
    box.advance(seconds=49)

    before = report(box, receiver)
    box.advance(seconds=1)
    after = report(box, receiver)

    assert node_judges([before, after], endpoint["secret"]) == ["1", "0"]
    assert sdks_judge([before, after], latest["secret"]) == [BOTH, BOTH]


def test_grace_of_zero_ends_a_running_one(box: Box, receiver: Receiver) -> None:
    box.set(rotation_grace_s=3600)
    endpoint = box.listen(receiver, "report.submitted")
    rotate(box, endpoint)

    during = report(box, receiver)
    box.set(rotation_grace_s=0)
    after = report(box, receiver)

    assert [signature(hook).count("v1=") for hook in (during, after)] == [2, 1]


def test_rotation_of_nothing_is_refused(box: Box) -> None:
    assert refused(box.call("POST", "/webhooks/whk_x/rotate-secret")) == (404, "NOT_FOUND")
