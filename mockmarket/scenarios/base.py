"""The building blocks of steps: a kind of step, the types of its fields, and references that are checked. No registry."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar, get_args, is_typeddict

from marshmallow import fields

from mockmarket.matching import operators, paths
from mockmarket.matching.paths import Json
from mockmarket.records import Check, Default, Item, Length, Reads, item_of, members, origin_of
from mockmarket.scenarios import variables
from mockmarket.scenarios.play import Play
from mockmarket.seed import moments
from mockmarket.seed.problems import Problem, below
from mockmarket.vendor import Vendor

F = TypeVar("F")

Titles = Mapping[str, str]  # the vendors' titles by their names
Fields = Mapping[str, Any]  # the fields of any kind of step, or of an expectation


@dataclass(frozen=True, slots=True)
class Known:
    """The existing names that a scenario is checked against; `keys` is by vendor, empty when the fixture does not say."""

    vendors: Mapping[str, Vendor]
    keys: Mapping[str, Sequence[str]]
    receivers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Refers:
    """Marks a field that refers to something by name. `problems` yields its errors, given the step's other fields."""

    problems: Callable[[Known, Any, Fields], Iterable[Problem]]


@dataclass(frozen=True, eq=False)
class Kind(Generic[F]):
    """One kind of step: `perform` performs it and returns a sentence on the result, or raises FailedError. `shape` is
    its fields, `short` expands a short form, `title` describes it in a sentence, `problems` finds errors between fields,
    `saves` names variables that it sets besides those under `save`. References to variables in its texts are replaced
    before it is performed, unless `fills` is false: then it does so itself."""

    name: str
    shape: Any
    perform: Callable[[Play, F], str]
    title: Callable[[F, Titles], str]
    short: Callable[[Json], Json] = lambda raw: raw
    problems: Callable[[Known, F], Iterable[Problem]] = lambda known, step: ()
    saves: Sequence[str] = ()
    fills: bool = True


def wrong_names(known: Known, item: Item, value: Any, beside: Fields) -> Iterator[Problem]:
    """Yield errors of the names in a value or nested in it, given the fields beside it."""
    if value is None:
        return
    if refers := item.marker(Refers):
        yield from refers.problems(known, value, beside)
    elif is_typeddict(item.type):
        for member in members(item.type):
            yield from below((member.name,), wrong_names(known, member.item, value.get(member.key), value))
    elif origin_of(item.type) is list:
        inner = item_of(get_args(item.type)[0])
        for index, entry in enumerate(value):
            yield from below((index,), wrong_names(known, inner, entry, beside))


def absent(kind: str, name: str, names: Iterable[str], none: str = "none") -> Iterator[Problem]:
    """Yield an error for a name that does not exist."""
    if name not in (names := tuple(names)):
        yield (), f"There is no {kind} {name!r}; there are {', '.join(names) or none}."


def lacking(owner: str, kind: str, name: str, names: Iterable[str]) -> Iterator[Problem]:
    """Yield an error for a name that a vendor does not have."""
    if name not in (names := tuple(names)):
        yield (), f"{owner} has no {kind} {name!r}; it has {', '.join(names)}."


def among(kind: str, names: Callable[[Known], Iterable[str]], none: str = "none") -> Refers:
    """Mark a field whose value must be one of these names."""
    return Refers(lambda known, name, _: absent(kind, name, names(known), none))


def unknown_notice(known: Known, name: str, beside: Fields) -> Iterator[Problem]:
    """Yield an error for a notice that the vendor beside it, or under `where`, does not have."""
    vendor = known.vendors.get(beside.get("where", beside).get("vendor", ""))
    if vendor and "${" not in name:
        yield from lacking(vendor.name, "notice", name, (notice.name for notice in vendor.webhooks.notices))


def _check_value(expected: object) -> None:
    for words in operators.wrong(expected):
        raise ValueError(words)


def check_number(expected: object) -> None:
    """Raise ValueError unless the value is a number or operators; a text with a variable may become one."""
    variable = isinstance(expected, str) and "${" in expected
    if not (expected is None or operators.is_number(expected) or operators.is_matcher(expected) or variable):
        raise ValueError(f"Must be a number, or made of {', '.join(operators.OPERATORS)}: {{at_least: 1}}.")
    _check_value(expected)


@variables.each_checked
def check_fields(path: str, expected: object) -> Iterator[str]:
    """Yield the errors of an expectation: of its path, or of its value."""
    yield from paths.problems(path)
    yield from operators.wrong(expected)


SHORT = Length(1, 2000)
Text = Annotated[str, SHORT]
OptionalText = Annotated[Text | None, Default(None)]
VendorName = Annotated[str, SHORT, among("vendor", attrgetter("vendors"))]
ReceiverName = Annotated[str, SHORT, among("receiver", attrgetter("receivers"), "none; name them under receivers")]
Notice = Annotated[str, Refers(unknown_notice)]
NoticeName = Annotated[Notice, SHORT]
Span = Annotated[str, Check(moments.span)]  # a duration such as `2h30m`
WholeNumber = Annotated[int, Reads(fields.Integer(strict=True).deserialize, {"type": "integer"})]
Values = Annotated[dict[str, object | None], Default(dict)]  # any values by name
Expected = Annotated[object | None, Check(_check_value)]
"""An expected value: the value itself, or operators."""
Count = Annotated[object | None, Check(check_number)]
"""An expected number: the number itself, or operators."""
AtLeastOne = Annotated[Count, Default(lambda: {"at_least": 1})]
ByPath = Annotated[Values, Check(check_fields)]  # expectations by path
Saves = Annotated[dict[str, str], Default(dict), Check(variables.check_saves)]
"""Variables to set, by name, each with the path of its value."""
