"""Fault rules: one active fault, what it applies to and how often; and the reading of requested faults. Each requested
name is checked, and an unknown one is refused with the existing names."""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from typing import Annotated, Any, TypedDict, TypeVar

import orjson

from mockmarket.faults.base import Arguments, Fault
from mockmarket.faults.catalogue import CATALOGUE
from mockmarket.ids import Ids
from mockmarket.records.views import From, view
from mockmarket.rules.names import NAME, RULE
from mockmarket.store import Read, endpoints, keys
from mockmarket.store.outbox import Claim
from mockmarket.store.records import Record
from mockmarket.vendor import Vendor
from mockmarket.webhooks.signing import Sending
from mockmarket.webhooks.tampering import outgoing

T = TypeVar("T")
FINENESS = 2**53  # steps of a probability: the precision of a double
Operation = tuple[str, str]  # a method and a path as it is routed: `("GET", "/api/v1/orders/<string:id>")`

SwitchedFault = TypedDict("SwitchedFault", {
    "id": str, "fault": Annotated[str, From("fault.name")], "of": Annotated[str, From("fault.of")], "vendor": str | None,
    "operation": str | None, "key": str | None, "endpoint": str | None, "notice": str | None, "times": int | None,
    "probability": float, "with": Annotated[Record, From("arguments", dict)], "applied": int, "left": int | None,
})  # fmt: skip
"""One active fault; `left` is null when it always applies."""
CHOSEN_BY = {"requests": ("vendor", "operation", "key"), "deliveries": ("vendor", "endpoint", "notice")}
"""The members that select requests, and those that select deliveries."""
CHOICES = ("vendor", "operation", "key", "endpoint", "notice")
COMMON = ("id", "fault", "times", "probability", "with")
PROBE = Sending("", "n-1", "d-1", 1, b"", 1_700_000_000, ("secret",))
"""Stands for a vendor's attempts when a fault is tested for an effect on them."""
MOST_TIMES = 1_000_000_000
LONGEST_ID = 100
RESERVED = ("catalogue",)  # not a fault's id: a route has it in that place
PLACE = re.compile(r"\{[^}]*\}")
Request = Mapping[str, Any]  # a requested fault: a JSON object
Wrong = Iterator[tuple[str, str]]  # errors: (field, message)


@dataclass(eq=False, slots=True)
class FaultRule:
    """One fault, active or requested: a requested one has no random stream, and no id unless the request gave it.
    `choice` holds the selectors as requested: vendor, operation, key, endpoint, notice; None selects any. `operations`
    and `keys` are the selectors' resolved values."""

    id: str
    fault: Fault
    choice: Mapping[str, str | None]
    arguments: Arguments
    times: int | None = None
    probability: float = 1.0
    operations: frozenset[Operation] | None = None
    keys: frozenset[str] | None = None
    rng: Ids = field(default_factory=lambda: Ids(0))
    applied: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_for_request(self, vendor: str, operation: Operation | None) -> bool:
        """Return whether the fault's selectors match a request to a vendor, whoever its caller is."""
        return self.choice["vendor"] in (None, vendor) and (self.operations is None or operation in self.operations)

    def is_for_caller(self, key: str | None) -> bool:
        """Return whether the fault's selectors match a caller's key, by its id."""
        return self.keys is None or key in self.keys

    def is_for_delivery(self, claim: Claim) -> bool:
        """Return whether the fault's selectors match a delivery."""
        own = (("vendor", claim.vendor), ("endpoint", claim.endpoint), ("notice", claim.type))
        return all(self.choice[name] in (None, value) for name, value in own)

    def take(self) -> bool:
        """Return whether the fault applies this time, and count it if so: not when its times are used up, nor when the
        draw fails. Each call before that draws once, so that the same seed gives the same sequence."""
        with self._lock:
            if self.times is not None and self.applied >= self.times:
                return False
            if self.probability < 1 and self.rng.below(FINENESS) >= self.probability * FINENESS:
                return False
            self.applied += 1
            return True

    def state(self) -> SwitchedFault:
        """Describe the rule: its request, and how often it applied; `left` is None when it is unlimited."""
        applied = self.applied
        left = None if self.times is None else self.times - applied
        return view(SwitchedFault, self, **self.choice, applied=applied, left=left)


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a request may use: vendors, and a view of the world's database, if there is one."""

    vendors: Mapping[str, Vendor]
    read: Read | None = None


def read(rule: object, known: Known) -> FaultRule | list[tuple[str, str]]:
    """Return the requested rule, or its errors as (field, message)."""
    if not isinstance(rule, Mapping):
        return [("fault", "must be an object with at least a fault's name")]
    name = rule.get("fault")
    fault = CATALOGUE.get(name) if isinstance(name, str) else None
    if fault is None:
        return [("fault", unknown("fault", name, CATALOGUE))]
    wrong = [*wrong_members(rule, fault), *wrong_counts(rule), *wrong_parameters(rule, fault)]
    return [*wrong, *wrong_names(rule, fault, known)] or _looked_up(rule, fault, known)


def _looked_up(rule: Request, fault: Fault, known: Known) -> FaultRule:
    times, probability = rule.get("times"), rule.get("probability")
    return FaultRule(
        id=rule.get("id") or "",
        fault=fault,
        choice={name: rule.get(name) for name in CHOICES},
        arguments=_defaults_of(fault) | dict(rule.get("with") or {}),
        times=None if times == "always" else times,
        probability=1.0 if probability is None else float(probability),
        operations=None if rule.get("operation") is None else frozenset(match("operation", rule, known)[0]),
        keys=None if rule.get("key") is None else frozenset(match("key", rule, known)[0]),
    )


def _defaults_of(fault: Fault) -> Record:
    return {name: parameter.default for name, parameter in fault.parameters.items()}


def wrong_members(rule: Request, fault: Fault) -> Wrong:
    """Yield members that do not exist, or belong to faults of the other kind."""
    chosen_by = CHOSEN_BY[fault.of]
    may = (*COMMON, *chosen_by)
    for name, value in rule.items():
        if name not in (*may, *CHOICES):
            yield str(name), f"is not known here; a fault of {fault.of} has {', '.join(may)}"
        elif value is None or name not in (*CHOICES, "id"):
            continue
        elif name not in may:
            yield name, f"does not filter faults of {fault.of}; {fault.name} is filtered by {', '.join(chosen_by)}"
        elif not (isinstance(value, str) and 0 < len(value) <= LONGEST_ID):
            yield name, f"must be a text of 1 to {LONGEST_ID} characters"
        elif name == "id" and (value in RESERVED or not NAME.fullmatch(value)):
            yield name, f"{value!r} cannot name a fault: {RULE}, and not {', '.join(RESERVED)}"


def wrong_counts(rule: Request) -> Wrong:
    """Yield errors of `times` and `probability`."""
    times, probability = rule.get("times"), rule.get("probability")
    if times not in (None, "always") and not (type(times) is int and 1 <= times <= MOST_TIMES):
        yield "times", f'must be a whole number from 1 to {MOST_TIMES}, or "always"'
    if probability is not None and not (type(probability) in (int, float) and 0 < probability <= 1):
        yield "probability", "must be a number above 0, and 1 at most"


def wrong_parameters(rule: Request, fault: Fault) -> Wrong:
    """Yield parameters that the fault does not have, and invalid values."""
    arguments = {} if rule.get("with") is None else rule["with"]
    if not isinstance(arguments, Mapping):
        yield "with", "must be an object of the fault's parameters"
        return
    for name, value in arguments.items():
        parameter = fault.parameters.get(name)
        problem = parameter.check(value) if parameter else unknown("parameter", name, fault.parameters)
        if problem:
            yield f"with.{name}", problem


def wrong_names(rule: Request, fault: Fault, known: Known) -> Wrong:
    """Yield an unknown vendor, operation, key, endpoint or notice, and a vendor on which the fault has no effect.
    Without a world, keys and endpoints are not checked."""
    vendor, vendors = rule.get("vendor"), known.vendors
    if vendor is not None and vendor not in list(vendors):
        yield "vendor", unknown("vendor", vendor, vendors)
        return
    yield from _unmatched(rule, fault, known, ("operation", "notice"))
    if vendor is not None and fault.on_send and not touches(fault, vendors[vendor]):
        names = ", ".join(name for name, candidate in vendors.items() if touches(fault, candidate))
        yield "vendor", f"{vendor} sends nothing that {fault.name} applies to; it is for {names or 'none'}"
    if known.read:
        yield from _unmatched(rule, fault, known, ("key", "endpoint"))


def _unmatched(rule: Request, fault: Fault, known: Known, names: Iterable[str]) -> Wrong:
    for name in names:
        if name in CHOSEN_BY[fault.of] and isinstance(rule.get(name), str):
            matching, existing = match(name, rule, known)
            if not matching:
                yield name, unknown(name, rule[name], dict.fromkeys(existing))


def unknown(kind: str, name: object, names: Iterable[str]) -> str:
    """Return the message for an unknown name, with the existing ones."""
    existing = ", ".join(names)
    return f"there is no {kind} {name!r}" + (f"; there are {existing}" if existing else ", nor any other")


def touches(fault: Fault, vendor: Vendor) -> bool:
    """Return whether a fault of attempts can change what a vendor sends: without a signed time, for example, no stamp can be stale."""
    type = vendor.webhooks.notices[0].name if vendor.webhooks.notices else "type"
    sending = replace(PROBE, type=type, body=orjson.dumps({"type": type, "number": 1, "path": "/"}))
    out = outgoing(sending, vendor.webhooks.headers)
    return fault.on_send is not None and fault.on_send(out, _defaults_of(fault)) is not None


def match(choice: str, rule: Request, known: Known) -> tuple[Sequence[Any], Iterable[str]]:
    """Return a selector's values (operations as routed, ids of keys) at the named vendor or all, and the existing names."""
    name, vendor = rule[choice], rule.get("vendor")
    vendors = [each for each in known.vendors.values() if vendor in (None, each.name)]
    if choice == "operation":
        matching = [named(each, name) for each in vendors]
        return [operation for operation in matching if operation], chain.from_iterable(map(operations, vendors))
    if choice == "key":
        listed = keys.all(known.read, vendor) if known.read else []
        return [key.id for key in listed if name in (key.id, key.name)], (key.name or key.id for key in listed)
    if choice == "endpoint":
        names = [endpoint.id for endpoint in endpoints.all(known.read, vendor)] if known.read else []
    else:
        names = [notice.name for each in vendors for notice in each.webhooks.notices]
    return [name] if name in names else [], names


@lru_cache(maxsize=64)
def operations(vendor: Vendor) -> Mapping[str, Operation]:
    """Return a vendor's routed operations by name: the method and the path below the base URL, `GET /orders/{id}`."""
    rows = sorted(vendor.api.operations, key=lambda row: (row.rule, row.method))
    return {f"{row.method} {row.template or '/'}": (row.method, f"{vendor.base}{row.rule}") for row in rows}


def named(vendor: Vendor, name: str) -> Operation | None:
    """Return the operation of this name, or None; the path may include the base URL, and names in `{…}` may differ."""
    wanted = plain(vendor, name)
    return next((operation for known, operation in operations(vendor).items() if plain(vendor, known) == wanted), None)


def plain(vendor: Vendor, name: str) -> tuple[str, str]:
    """Return an operation's name in canonical form."""
    method, _, path = name.strip().partition(" ")
    path = path.strip()
    base = next((base for base in vendor.bases if path == base or path.startswith(f"{base}/")), "")
    return method.upper(), PLACE.sub("{}", path.removeprefix(base)) or "/"
