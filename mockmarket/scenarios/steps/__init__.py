"""The kinds of steps: each performs one operation on a world and reports its result."""

from collections.abc import Mapping
from typing import Any

from mockmarket.scenarios.base import Kind
from mockmarket.scenarios.steps import calls, control, expecting, failures, titles
from mockmarket.scenarios.steps.control import ROUTES, unknown_settings
from mockmarket.scenarios.subjects.history import DeliveryFilter

IN_ORDER: tuple[Kind[Any], ...] = (
    Kind("call", calls.Call, calls.perform, titles.call, saves=("request",)),
    Kind("together", calls.Together, calls.perform_together, titles.together, saves=("request",), fills=False),
    Kind("action", control.Action, control.perform_action, titles.action),
    Kind("trigger", control.Trigger, ROUTES["trigger"].perform, titles.trigger),
    Kind("endpoint", control.Endpoint, control.perform_endpoint, titles.endpoint),
    Kind("receiver", failures.ReceiverFields, failures.perform_receiver, titles.receiver),
    Kind("resend", DeliveryFilter, control.perform_resend, titles.resend),
    Kind("settings", control.Settings, ROUTES["settings"].perform, titles.settings,
         lambda raw: {"values": raw}, lambda known, step: unknown_settings(known, step["values"])),
    Kind("fault", failures.FaultFields, failures.perform_fault, titles.fault,
         lambda raw: ({"off": "all"} if raw == "off" else {"fault": raw}) if isinstance(raw, str) else raw, failures.problems),
    Kind("advance", control.Advance, control.perform_advance, titles.advance,
         lambda raw: {"until" if raw in ("quiet", "delivered") else "by": raw} if isinstance(raw, str) else raw),
    Kind("wait", expecting.Wait, expecting.perform_wait, titles.wait,
         lambda raw: {"quiet": True} if raw == "quiet" else expecting.as_lists(raw), expecting.wait_problems),
    Kind("expect", expecting.Expect, expecting.perform_expect, titles.expect, expecting.as_lists, expecting.expect_problems),
)  # fmt: skip
KINDS: Mapping[str, Kind[Any]] = {kind.name: kind for kind in IN_ORDER}
"""Every kind of step by name, in the order of the documentation."""
