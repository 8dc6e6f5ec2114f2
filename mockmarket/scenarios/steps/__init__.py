"""The kinds of steps: each performs one operation on a world and reports its result."""

from collections.abc import Mapping
from typing import Any

from mockmarket.scenarios.base import Kind
from mockmarket.scenarios.steps import calls, control, expecting, failures
from mockmarket.scenarios.steps.control import ROUTES, unknown_settings
from mockmarket.scenarios.subjects.history import DeliveryFilter

IN_ORDER: tuple[Kind[Any], ...] = (
    Kind("call", calls.Call, calls.perform, calls.title, saves=("request",)),
    Kind("together", calls.Together, calls.perform_together, calls.title_together, saves=("request",), fills=False),
    Kind("action", control.Action, control.perform_action, "{vendor}: {name}".format_map),
    Kind("trigger", control.Trigger, ROUTES["trigger"].perform, "{vendor}: trigger {type}".format_map),
    Kind("endpoint", control.Endpoint, control.perform_endpoint, control.endpoint_title),
    Kind("receiver", failures.ReceiverFields, failures.perform_receiver,
         lambda step: f"receiver {step['name']} answers {failures.worded(step['answer'])}"),
    Kind("resend", DeliveryFilter, control.perform_resend,
         lambda step: "resend deliveries" + "".join(f", {name} {value}" for name, value in step.items())),
    Kind("settings", control.Settings, ROUTES["settings"].perform,
         lambda step: "settings " + ", ".join(f"{vendor}.{name}" for vendor, names in step["values"].items() for name in names),
         lambda raw: {"values": raw}, lambda known, step: unknown_settings(known, step["values"])),
    Kind("fault", failures.FaultFields, failures.perform_fault, failures.fault_title,
         lambda raw: ({"off": "all"} if raw == "off" else {"fault": raw}) if isinstance(raw, str) else raw, failures.problems),
    Kind("advance", control.Advance, control.perform_advance,
         lambda step: " ".join(["advance the clock", *step, *step.values()]),
         lambda raw: {"until" if raw in ("quiet", "delivered") else "by": raw} if isinstance(raw, str) else raw),
    Kind("wait", expecting.Wait, expecting.perform_wait, expecting.wait_title,
         lambda raw: {"quiet": True} if raw == "quiet" else expecting.as_lists(raw), expecting.wait_problems),
    Kind("expect", expecting.Expect, expecting.perform_expect, expecting.expect_title, expecting.as_lists,
         expecting.expect_problems),
)  # fmt: skip
KINDS: Mapping[str, Kind[Any]] = {kind.name: kind for kind in IN_ORDER}
"""Every kind of step by name, in the order of the documentation."""
