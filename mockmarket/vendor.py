"""Vendor: the record of choices through which the core sees an emulated API."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from importlib.util import find_spec
from math import isfinite
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from mockmarket.frozen import dataclass

if TYPE_CHECKING:
    from mockmarket import stock
    from mockmarket.errors import Refusal
    from mockmarket.records import Row
    from mockmarket.store import Read, Tx, endpoints, events, outbox
    from mockmarket.store.keys import Key
    from mockmarket.store.margins import Margin
    from mockmarket.store.records import Kind
    from mockmarket.store.timers import Timer
    from mockmarket.webhooks.acceptance import Acceptance, Answer
    from mockmarket.webhooks.encoding import Dialect
    from mockmarket.webhooks.retry import Retry
    from mockmarket.webhooks.signing import SignedHeaders
    from mockmarket_client.scheme import Headers

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """A choice of a vendor or the core that users can change: its default, its meaning, and its allowed values. Without
    `choices` it takes any value of the default's type, a number from `least` upwards."""

    default: Any
    help: str
    choices: tuple[Any, ...] | None = None
    least: float | None = None

    def check(self, value: Any) -> str | None:
        """Return what is wrong with a value, or None."""
        if self.choices is not None:
            return None if value in self.choices else f"must be one of {', '.join(map(str, self.choices))}"
        if isinstance(self.default, bool):
            return None if isinstance(value, bool) else "must be true or false"
        if isinstance(self.default, (int, float)):
            return self._check_number(value)
        return None if isinstance(value, type(self.default)) else f"must be like {self.default!r}"

    def _check_number(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            return "must be a number"
        integral = isinstance(self.default, int) and self.least is not None and self.least == int(self.least)
        if integral and value != int(value):
            return "must be a whole number"
        return f"must be at least {self.least}" if self.least is not None and value < self.least else None


@dataclass(frozen=True, slots=True)
class NoticeType:
    """One type of notice: the vendor's name for it, when it fires, and whether the vendor ever sends it."""

    name: str
    when: str
    fires: bool = True


@dataclass(frozen=True, slots=True)
class Action:
    """An action of a person for which the vendor's API has no call: its name, the actor, its fields, and its rule. `run(world, fields)`
    returns the changed record. `barred(world, fields)` returns why it is impossible now, or None. `leads_to` is the status of the order
    after it; "" where a field chooses that, or where none changes."""

    name: str
    who: str
    help: str
    body: Any
    run: Callable[[Any, Any], Any]
    barred: Callable[[Any, Any], str | None] | None = None
    leads_to: str = ""


Phase = Literal["new", "open", "done", "trouble", "ended"]
"""The stage of an order, common to all vendors: placed, in progress, fulfilled, in trouble, cancelled or refunded."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order's summary for people: `event` is the show's name, `total` in major units, `at` when the mock took it and `dated` when
    the client says that it was placed, both epoch ms. `buyer` is a name, where the vendor's orders have one; `through` is what kind of
    middleman it is, such as a marketplace."""

    number: str
    status: str
    event: str
    quantity: int
    at: int
    total: float | None = None
    currency: str | None = None
    buyer: str = ""
    email: str = ""
    through: str = ""
    dated: int | None = None


@dataclass(frozen=True, eq=False)
class OrderView:
    """How a vendor's orders are shown to people: their kind of record, their statuses and their actions. The kind's `column` has the
    status. `line` summarises one order. `statuses` are those it can have, in the order of its life, each with its phase. `named_by` is the
    field by which actions name the order; an action whose field `moves` chooses a status gets one button for each, and the fields in
    `only_with` are asked for only with the status that they belong to. `bought` is the status in which `Records.place` leaves a new order;
    `announced` the notice of a new order, where `place` does not send it.
    `order_of` returns the id of the order to which another record belongs, by its name in the ledger; "" when there is none; `names` are
    the names that an order's seats have there. `objects` are those from which a fixture of an order is made (see `Vendor.recorded`)."""

    kind: Kind
    line: Callable[[Read, dict[str, Any]], OrderLine]
    statuses: Mapping[str, Phase]
    named_by: str
    bought: str
    moves: str = "status"
    only_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    column: str = "status"
    announced: str = ""
    order_of: Callable[[Read, str], str] = lambda _read, _name: ""
    names: Callable[[Read, str], Sequence[str]] = lambda _read, id: (id,)
    objects: Callable[[Read, dict[str, Any]], Sequence[Mapping[str, Any]]] = lambda _read, order: (order,)


@dataclass(frozen=True, slots=True)
class Holder:
    """A record, no order, for which seats are held: its kind, its id, and whose it is, such as a customer's or a reseller's."""

    kind: Kind
    id: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """A permission of a key; `implied_by` names scopes that grant it silently; lists show it where it is `visible`."""

    name: str
    help: str
    implied_by: tuple[str, ...] = ()
    visible: bool = True


def granted(scopes: Sequence[Scope], held: Sequence[str]) -> tuple[str, ...]:
    """Return the permissions of a key with these scopes: the scopes themselves, and those that they grant silently."""
    silent = (scope.name for scope in scopes if scope.name not in held and set(scope.implied_by) & set(held))
    return (*held, *silent)


def visible_scopes(scopes: Sequence[Scope], held: Sequence[str]) -> list[str]:
    """Return which of a key's scopes are shown to its owner."""
    hidden = {scope.name for scope in scopes if not scope.visible}
    return [name for name in held if name not in hidden]


class StockRows(Protocol):
    """Every stock row in the order of the fixture, read from the database on each iteration."""

    def __iter__(self) -> Iterator[stock.Stock]: ...

    def of(self, event: str) -> Sequence[stock.Stock]:
        """Return an event's rows in the same order."""


@dataclass(frozen=True, slots=True)
class Seeding:
    """The input of a vendor's first records: every event and stock row, and the fixture's section for this vendor.
    There may be millions of rows: iterate over `stock`, or over `stock.of(event)`, and keep none."""

    tx: Tx
    start: int
    events: Sequence[events.Event]
    stock: StockRows
    section: Mapping[str, Any]

    def free(self, event: str) -> int:
        """Return how many of an event's seats are for sale."""
        from mockmarket import stock  # not needed by a start that plants nothing

        return stock.free_of_event(self.tx, event)


@dataclass(frozen=True, slots=True)
class SeedOrder:
    """An order of the fixture: its stock, quantity, buyer and status. `tx.now` is when it was placed. `seat` is the number of the first
    seat that its buyer chose, honoured by vendors whose buyers can."""

    stock: str
    quantity: int
    status: str
    name: str
    email: str
    phone: str
    country_code: str
    data: Mapping[str, Any]
    seat: int | None = None


Refuse = Callable[["Refusal"], Mapping[str, Any]]
"""Returns a refusal as the JSON body of the vendor's error answer."""


def nothing_fits(noun: str, type: str, when: str) -> Refusal:
    """Return the refusal of a sample notice for which no record fits; `when` is when its type is sent."""
    from mockmarket import errors  # not needed by a start

    return errors.Conflict(f"No {noun} fits {type}, sent when {when}. Do that first, or name one as `record`.")


def nothing(*_: Any) -> None:
    """Do nothing: the default of optional hooks."""


def javascript(value: object) -> bytes:
    """Return a body in JavaScript's JSON dialect (see `webhooks.encoding.javascript`)."""
    from mockmarket.webhooks import encoding

    return encoding.javascript(value)


@dataclass(frozen=True, eq=False)
class Api:
    """How a vendor's API answers and authenticates. `refuse` returns error bodies; `operations` the table of operations; `any_content_type`
    reads JSON whatever the header says. `credential` returns the headers that carry a fixture's key, `security` the same for OpenAPI (the
    security schemes, all of which a call needs); `scopes` are the permissions of keys, `mint_key` generates a new key's text."""

    refuse: Refuse
    credential: Callable[[Key, str], Headers]
    operations: tuple[Row, ...] = ()
    any_content_type: bool = False
    scopes: tuple[Scope, ...] = ()
    security: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mint_key: Callable[[Tx], str] = lambda tx: tx.ids.secret(40)


@dataclass(frozen=True, eq=False)
class Webhooks:
    """A vendor's notices, and how they are signed, sent and retried. `notices` are its types of notice; `payload(type)` is the
    shape of a type's body, None where its samples show all members. `headers` is the table of headers, with the signature's scheme;
    `dialect` writes a body as bytes. `accepts`, `retry` (rules of the menus) and `deadline_ms` (of one exchange) are made from the
    settings; `timetable` describes in words when a notice is sent again. `sample(tx, type, record)` makes a notice about an existing
    record, for triggers and tests: by default the newest to which the notice fits, else `nothing_fits`.
    `updates(tx, type, record)` makes, for vendors whose notices have no order of their own, the notices of two changes of a record, the
    older first: the newer has the record's values. `update(world, type, record)` changes a record as a person would.
    `check_override(body)` raises Invalid for a trigger's changed body that the vendor never sends.
    `answered` reacts to a receiver's reply, unless a trigger made the notice, and may return a remark for the log; `mute_notice` reacts to
    the muting of an endpoint; `warnings` returns why a right receiver could not verify an endpoint's webhooks. With `key_signs`, webhooks
    to a key's callback URL are signed with the key's own text; with `test_recovers`, a successful test re-enables a disabled endpoint.
    `repeats_share` names what all attempts of a notice, and no other notice, share; `capitals_ok` why a
    receiver may accept a signature in capitals: both are sentences, empty where nothing applies."""

    headers: SignedHeaders
    accepts: Callable[[Settings], Acceptance]
    retry: Callable[[Settings], Retry]
    sample: Callable[[Tx, str, str | None], outbox.Notice]
    notices: tuple[NoticeType, ...] = ()
    dialect: Dialect = javascript
    timetable: str = ""
    repeats_share: str = ""
    capitals_ok: str = ""
    deadline_ms: Callable[[Settings], int] = lambda settings: int(settings["deadline_s"] * 1000)
    updates: Callable[[Tx, str, str], tuple[outbox.Notice, outbox.Notice] | None] = nothing
    update: Callable[[Any, str, str], object] | None = None
    check_override: Callable[[Any], None] = nothing
    answered: Callable[[Tx, endpoints.Endpoint, outbox.Claim, Answer], str | None] = nothing
    warnings: Callable[[Read, endpoints.Endpoint], Sequence[str]] = lambda _read, _endpoint: ()
    mute_notice: Callable[[Tx, endpoints.Endpoint], None] = nothing
    key_signs: bool = False
    test_recovers: bool = False
    payload: Callable[[str], Any] = nothing

    def notice(self, name: str) -> NoticeType | None:
        """Return the type of notice with this name, or None."""
        return next((notice for notice in self.notices if notice.name == name), None)


@dataclass(frozen=True, eq=False)
class Records:
    """A vendor's `kinds` of records, its `orders` as people see them, and how a fixture creates them. `seed(seeding)`
    creates the first records, once for each world; `place` creates the orders of the fixture; `section` is the shape of
    the vendor's own section of a fixture, None where it is not checked before it is used. `holder` returns the hold that has a name in
    the ledger, None when there is none; `sells` whether a stock row is for sale at the vendor."""

    seed: Callable[[Seeding], None]
    kinds: tuple[Kind, ...] = ()
    orders: OrderView | None = None
    place: Callable[[Tx, SeedOrder], None] = nothing
    section: Any = None
    holder: Callable[[Read, str], Holder | None] = nothing
    sells: Callable[[Read, stock.Stock], bool] = lambda _read, _row: True

    def kind(self, name: str) -> Kind | None:
        """Return the kind of record with this name, or None."""
        return next((kind for kind in self.kinds if kind.name == name), None)


@dataclass(frozen=True, eq=False)
class Hooks:
    """A vendor's reactions to changes of the world, and the actions of people. `stock_changed` and `event_changed` update the vendor's
    records after a change of seats and shows by any vendor, `timer_fired` does what was due. `calendar` names the timers that are dates,
    such as an event's end: waits for a quiet world ignore them. `actions` are what people do that the API has no call for. `stock_changed`
    may return a margin within which it does nothing but update records; `refresh(tx, stock id, moment)` then updates them, as of that
    moment (`store.deferred`). With `by_section` a margin is that of a section of an event, else that of a stock row."""

    stock_changed: Callable[[Tx, stock.Change], Margin | None] = nothing
    event_changed: Callable[[Tx, events.EventChange], None] = nothing
    timer_fired: Callable[[Tx, Timer], None] = nothing
    calendar: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    refresh: Callable[[Tx, str, int], None] = nothing
    by_section: bool = False

    def action(self, name: str) -> Action | None:
        """Return the action with this name, or None."""
        return next((action for action in self.actions if action.name == name), None)


T = TypeVar("T")


class Part(Generic[T]):
    """A part of a vendor's record. A part that is not given is loaded from the vendor's module of parts at its first use."""

    def __init__(self, default: T | None = None) -> None:
        self._default = default

    def __set_name__(self, owner: type[object], name: str) -> None:
        self._name = name

    def __get__(self, vendor: Vendor | None, owner: type[object]) -> T:
        if vendor is None:
            return self  # type: ignore[return-value]  # for `dataclass` alone, which takes it for the field's default
        value: T | Part[T] = vendor.__dict__[self._name]
        if isinstance(value, Part):
            value = vendor.__dict__[self._name] = self._load(vendor)
        return value

    def _load(self, vendor: Vendor) -> T:
        if vendor.parts:
            part: T = getattr(importlib.import_module(vendor.parts), self._name.upper())
            return part
        if self._default is None:
            raise TypeError(f"The vendor {vendor.name} has neither {self._name} nor parts.")
        return self._default

    def __set__(self, vendor: Vendor, value: T | Part[T]) -> None:
        vendor.__dict__[self._name] = value


@dataclass(frozen=True, eq=False)
class Vendor:
    """One emulated API. Everything that varies between vendors is a field of these records; everything shared is a function of the core.
    `name` is also the folder's name and the tables' prefix, `title` the display name. `base` is the URL prefix, `aliases` are others that
    reach the same paths, `hosts` the vendor's own host names, `sdk_base` the URL prefix for SDKs that add the rest of `base`
    themselves. `settings` are the choices that the vendor leaves to its users. `parts` names the module with the parts that are not given
    here, in capitals: `API`, `WEBHOOKS`, `RECORDS`, `WORLD`."""

    name: str
    title: str
    base: str
    api: Part[Api] = Part()
    webhooks: Part[Webhooks] = Part()
    records: Part[Records] = Part()
    world: Part[Hooks] = Part(Hooks())
    parts: str = ""
    sdk_base: str = ""
    aliases: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    settings: Mapping[str, Setting] = field(default_factory=dict)

    @property
    def documented_base(self) -> str:
        """The path of the vendor's own document, under which it answers at its own host names."""
        return self.base.removeprefix(f"/{self.name}")

    @property
    def bases(self) -> tuple[str, ...]:
        """Every URL prefix under which the vendor answers, its own first."""
        return (self.base, *self.aliases)

    def recorded(self, record: Mapping[str, Any]) -> Iterable[Any]:
        """Return what an object of a recorded answer or webhook shows of the vendor's records, for a fixture (see `seed.recorded`):
        what the function `recorded` of the module of that name yields; nothing without such a module."""
        name = f"{self.parts.rpartition('.')[0]}.recorded"
        records: Iterable[Any] = (
            importlib.import_module(name).recorded(record) if self.parts and find_spec(name) else ()
        )
        return records


Seller = tuple[Vendor, OrderView]  # a vendor that has orders, and how they are shown


def discover(package: str = "mockmarket.vendors") -> tuple[Vendor, ...]:
    """Return the vendors of a package, by name: `VENDOR` in the `vendor` module of each folder that has such a module."""
    paths = importlib.import_module(package).__path__
    folders = sorted(module.name for module in pkgutil.iter_modules(paths) if module.ispkg)
    modules = [f"{package}.{folder}.vendor" for folder in folders]
    return tuple(importlib.import_module(module).VENDOR for module in modules if find_spec(module))


def hosts_of(vendors: Iterable[Vendor]) -> dict[str, Vendor]:
    """Return every vendor's own host names and `<vendor>.localhost`, each with its vendor."""
    return {host: vendor for vendor in vendors for host in (*vendor.hosts, f"{vendor.name}.localhost")}


def claim_host(owners: dict[str, Vendor], vendor: Vendor, host: str) -> None:
    """Add a host name of a vendor to these; ValueError for another vendor's."""
    if owners.setdefault(host, vendor) is not vendor:
        raise ValueError(f"The host {host} is {owners[host].name}'s already.")


def check_unique(vendors: Sequence[Vendor]) -> None:
    """Raise ValueError when two vendors share a name, a URL prefix or a host."""
    names = [name for vendor in vendors for name in (vendor.name, *vendor.bases, *vendor.hosts)]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"Two vendors share {', '.join(sorted(twice))}.")
