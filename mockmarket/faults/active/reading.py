"""Reading what faults are asked for: each name is checked, and what names nothing is refused with the names that there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from mockmarket.faults.active.operations import named, operations
from mockmarket.faults.active.rule import Choice, Operation
from mockmarket.faults.base import Fault, catalogue
from mockmarket.rules.names import NAME, RULE
from mockmarket.store import Read, endpoints, keys
from mockmarket.vendor import Vendor
from mockmarket.webhooks.signing import Sending
from mockmarket.webhooks.tampering import made

CHOSEN_BY = {"requests": ("vendor", "operation", "key"), "deliveries": ("vendor", "endpoint", "notice")}
"""What faults of requests, and those of deliveries, can be chosen by."""

CHOICES = ("vendor", "operation", "key", "endpoint", "notice")
COMMON = ("id", "fault", "times", "probability", "with")
PROBE = Sending("", "n-1", "d-1", 1, b"", 1_700_000_000, ("secret",))
"""What stands for a vendor's attempts when it is looked at what could be spoilt of them."""

MOST_TIMES = 1_000_000_000
LONGEST_ID = 100
RESERVED = ("catalogue",)
"""What stands in a route in the place of a fault's id."""

Wrong = Iterator[tuple[str, str]]
"""What is wrong: (field, words)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to be named: a view of the world's database, and its vendors."""

    read: Read
    vendors: Mapping[str, Vendor]


@dataclass(frozen=True, slots=True)
class Asked:
    """One fault as it was asked for, found right: everything named has been looked up."""

    id: str | None
    fault: Fault
    choice: Choice
    arguments: Mapping[str, Any]
    times: int | None
    probability: float
    operations: frozenset[Operation] | None = field(default=None)
    keys: frozenset[str] | None = field(default=None)


def read(rule: Any, known: Known) -> Asked | list[tuple[str, str]]:
    """Return what is asked for, or what is wrong with it as (field, words)."""
    if not isinstance(rule, Mapping):
        return [("fault", "must be an object with at least a fault's name")]
    fault = catalogue().get(rule.get("fault", "")) if isinstance(rule.get("fault"), str) else None
    if fault is None:
        return [("fault", unknown("fault", rule.get("fault"), catalogue()))]
    wrong = [
        *wrong_members(rule, fault),
        *wrong_counts(rule),
        *wrong_parameters(rule, fault),
        *wrong_names(rule, fault, known),
    ]
    return wrong or looked_up(rule, fault, known)


def looked_up(rule: Mapping[str, Any], fault: Fault, known: Known) -> Asked:
    """Return what is asked for, nothing being wrong with it."""
    defaults = {name: parameter.default for name, parameter in fault.parameters.items()}
    times = rule.get("times")
    return Asked(
        id=rule.get("id"),
        fault=fault,
        choice=Choice(**{name: rule.get(name) for name in CHOICES}),
        arguments=defaults | dict(rule.get("with") or {}),
        times=None if times == "always" else times,
        probability=1.0 if rule.get("probability") is None else float(rule["probability"]),
        operations=operations_of(rule, known.vendors) if rule.get("operation") is not None else None,
        keys=keys_of(rule, known) if rule.get("key") is not None else None,
    )


def chosen(rule: Mapping[str, Any], vendors: Mapping[str, Vendor]) -> list[Vendor]:
    """Return the vendor that is named, or every one."""
    name = rule.get("vendor")
    return [vendor for vendor in vendors.values() if name in (None, vendor.name)]


def operations_of(rule: Mapping[str, Any], vendors: Mapping[str, Vendor]) -> frozenset[Operation]:
    """Return the operations that go by a name, of one vendor or of all."""
    found = (named(vendor, rule["operation"]) for vendor in chosen(rule, vendors))
    return frozenset(operation for operation in found if operation)


def keys_of(rule: Mapping[str, Any], known: Known) -> frozenset[str]:
    """Return the ids of the keys that go by an id or a name, of one vendor or of all."""
    listed = keys.all(known.read, rule.get("vendor"))
    return frozenset(key.id for key in listed if rule["key"] in (key.id, key.name))


def wrong_members(rule: Mapping[str, Any], fault: Fault) -> Wrong:
    """Yield the members that there are not, or that faults of the other kind have."""
    may = (*COMMON, *CHOSEN_BY[fault.of])
    for name, value in rule.items():
        if name in CHOICES and name not in may and value is not None:
            yield (
                name,
                f"does not choose faults of {fault.of}; {fault.name} is chosen by {', '.join(CHOSEN_BY[fault.of])}",
            )
        elif name not in (*may, *CHOICES):
            yield str(name), f"is not known here; a fault of {fault.of} has {', '.join(may)}"
        elif (
            name in (*CHOICES, "id")
            and value is not None
            and not (isinstance(value, str) and 0 < len(value) <= LONGEST_ID)
        ):
            yield name, f"must be a text of 1 to {LONGEST_ID} characters"
        elif name == "id" and isinstance(value, str) and (value in RESERVED or not NAME.fullmatch(value)):
            yield name, f"{value!r} cannot name a fault: {RULE}, and not {', '.join(RESERVED)}"


def wrong_counts(rule: Mapping[str, Any]) -> Wrong:
    """Yield what is wrong with how often a fault applies."""
    times, probability = rule.get("times"), rule.get("probability")
    if times not in (None, "always") and not (type(times) is int and 1 <= times <= MOST_TIMES):
        yield "times", f'must be a whole number from 1 to {MOST_TIMES}, or "always"'
    if probability is not None and not (type(probability) in (int, float) and 0 < probability <= 1):
        yield "probability", "must be a number above 0, and 1 at most"


def wrong_parameters(rule: Mapping[str, Any], fault: Fault) -> Wrong:
    """Yield the parameters that the fault does not have, or whose values it does not take."""
    arguments = rule.get("with")
    if arguments is None:
        return
    if not isinstance(arguments, Mapping):
        yield "with", "must be an object of the fault's parameters"
        return
    for name, value in arguments.items():
        parameter = fault.parameters.get(name)
        problem = parameter.check(value) if parameter else unknown("parameter", name, fault.parameters)
        if problem:
            yield f"with.{name}", problem


def wrong_names(rule: Mapping[str, Any], fault: Fault, known: Known) -> Wrong:
    """Yield the vendor, operation, key, endpoint or notice that there is not, and a vendor that the fault can do nothing to."""
    yield from wrong_vendor_names(rule, fault, known.vendors)
    if rule.get("vendor") is None or rule["vendor"] in list(known.vendors):
        for name in CHOSEN_BY[fault.of]:
            if (
                name in WORLDS_NAMES
                and isinstance(rule.get(name), str)
                and (problem := WORLDS_NAMES[name](rule, known))
            ):
                yield name, problem


def wrong_vendor_names(rule: Mapping[str, Any], fault: Fault, vendors: Mapping[str, Vendor]) -> Wrong:
    """Yield those names that are wrong in every world: a vendor, an operation, a notice, a vendor that is none for this fault."""
    vendor = rule.get("vendor")
    if vendor is not None and vendor not in list(vendors):
        yield "vendor", unknown("vendor", vendor, vendors)
        return
    for name in CHOSEN_BY[fault.of]:
        if (
            name in VENDORS_NAMES
            and isinstance(rule.get(name), str)
            and (problem := VENDORS_NAMES[name](rule, vendors))
        ):
            yield name, problem
    if vendor is not None and fault.on_send and not touches(fault, vendors[vendor]):
        others = ", ".join(name for name, other in vendors.items() if touches(fault, other))
        yield "vendor", f"{vendor} sends nothing that {fault.name} could spoil; it is for {others or 'none'}"


def touches(fault: Fault, vendor: Vendor) -> bool:
    """Tell whether a fault of what is sent could change anything that a vendor sends: one that signs no time has none to be stale."""
    type = vendor.webhooks.notices[0].name if vendor.webhooks.notices else "type"
    sending = replace(PROBE, type=type, body=orjson.dumps({"type": type, "number": 1, "path": "/"}))
    defaults = {name: parameter.default for name, parameter in fault.parameters.items()}
    return fault.on_send is not None and fault.on_send(made(sending, vendor.webhooks.headers), defaults) is not None


def wrong_operation(rule: Mapping[str, Any], vendors: Mapping[str, Vendor]) -> str | None:
    """Say which operations there are, when there is none of the name."""
    operation_names = dict.fromkeys(name for vendor in chosen(rule, vendors) for name in operations(vendor))
    return None if operations_of(rule, vendors) else unknown("operation", rule["operation"], operation_names)


def wrong_key(rule: Mapping[str, Any], known: Known) -> str | None:
    """Say which keys there are, when there is none of the id or name."""
    key_names = dict.fromkeys(key.name or key.id for key in keys.all(known.read, rule.get("vendor")))
    return None if keys_of(rule, known) else unknown("key", rule["key"], key_names)


def wrong_endpoint(rule: Mapping[str, Any], known: Known) -> str | None:
    """Say which endpoints there are, when there is none of the id."""
    ids = [endpoint.id for endpoint in endpoints.all(known.read, rule.get("vendor"))]
    return None if rule["endpoint"] in ids else unknown("endpoint", rule["endpoint"], ids)


def wrong_notice(rule: Mapping[str, Any], vendors: Mapping[str, Vendor]) -> str | None:
    """Say which types of notice there are, when there is none of the name."""
    notice_names = list(
        dict.fromkeys(notice.name for vendor in chosen(rule, vendors) for notice in vendor.webhooks.notices)
    )
    return None if rule["notice"] in notice_names else unknown("notice", rule["notice"], notice_names)


VENDORS_NAMES = {"operation": wrong_operation, "notice": wrong_notice}
WORLDS_NAMES = {"key": wrong_key, "endpoint": wrong_endpoint}


def unknown(what: str, name: Any, there: Iterable[str]) -> str:
    """Say that there is none of a name, and which there are."""
    names = ", ".join(there)
    return f"there is no {what} {name!r}; there are {names}" if names else f"there is no {what} {name!r}, nor any other"
