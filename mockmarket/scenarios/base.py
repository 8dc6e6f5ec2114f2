"""What steps are made of: a kind of step, the types of its fields, and which of them name what there has to be. No registry."""

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
from mockmarket.seed.lines import Problem, below
from mockmarket.vendor import Vendor

F = TypeVar("F")

Fields = Mapping[str, Any]  # a step's fields, whichever kind it is of, or an expectation's


@dataclass(frozen=True, slots=True)
class Known:
    """What the names in a scenario are checked against; `keys` is by vendor, empty when the fixture does not tell."""

    vendors: Mapping[str, Vendor]
    keys: Mapping[str, Sequence[str]]
    receivers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Refers:
    """Marks a field that names what there has to be. `problems` yields what is wrong with its value, by the fields beside it too."""

    problems: Callable[[Known, Any, Fields], Iterable[Problem]]


@dataclass(frozen=True, eq=False)
class Kind(Generic[F]):
    """One kind of step: `perform` does it and says in a sentence what came of it, or raises FailedError.
    `shape` is its fields, `short` writes a short form out in full, `title` says in words what it will do, `problems` finds what
    no single field tells, `saves` names variables that it leaves behind beside those under `save`. Its texts have their
    variables replaced before it is performed, unless `fills` is false: then it does so itself."""

    name: str
    shape: Any
    perform: Callable[[Play, F], str]
    title: Callable[[F], str]
    short: Callable[[Json], Json] = lambda raw: raw
    problems: Callable[[Known, F], Iterable[Problem]] = lambda known, step: ()
    saves: Sequence[str] = ()
    fills: bool = True


def wrong_names(known: Known, item: Item, value: Any, beside: Fields) -> Iterator[Problem]:
    """Yield what is wrong with the names in a value that stands beside others: it itself, or what is nested in it."""
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
    """Yield the problem of a name that is not among those that there are."""
    if name not in (names := tuple(names)):
        yield (), f"There is no {kind} {name!r}; there are {', '.join(names) or none}."


def lacking(owner: str, kind: str, name: str, names: Iterable[str]) -> Iterator[Problem]:
    """Yield the problem of a name that is not among those that a vendor has."""
    if name not in (names := tuple(names)):
        yield (), f"{owner} has no {kind} {name!r}; it has {', '.join(names)}."


def among(kind: str, names: Callable[[Known], Iterable[str]], none: str = "none") -> Refers:
    """Mark a field whose value is one of several names."""
    return Refers(lambda known, name, _: absent(kind, name, names(known), none))


def unknown_notice(known: Known, name: str, beside: Fields) -> Iterator[Problem]:
    """Yield the problem of a notice that the vendor beside it, or under `where`, does not have."""
    vendor = known.vendors.get(beside.get("where", beside).get("vendor", ""))
    if vendor and "${" not in name:
        yield from lacking(vendor.name, "notice", name, (notice.name for notice in vendor.webhooks.notices))


def _check_value(expected: object) -> None:
    for words in operators.wrong(expected):
        raise ValueError(words)


def check_number(expected: object) -> None:
    """Raise ValueError for what is neither a number nor operators; a text with a variable in it may become one."""
    variable = isinstance(expected, str) and "${" in expected
    if not (expected is None or operators.is_number(expected) or operators.is_matcher(expected) or variable):
        raise ValueError(f"Must be a number, or made of {', '.join(operators.OPERATORS)}: {{at_least: 1}}.")
    _check_value(expected)


@variables.each_checked
def check_fields(path: str, expected: object) -> Iterator[str]:
    """Yield what is wrong with an expectation: its path, or its value."""
    yield from paths.problems(path)
    yield from operators.wrong(expected)


SHORT = Length(1, 2000)
Text = Annotated[str, SHORT]
OptionalText = Annotated[Text | None, Default(None)]
VendorName = Annotated[str, SHORT, among("vendor", attrgetter("vendors"))]
ReceiverName = Annotated[str, SHORT, among("receiver", attrgetter("receivers"), "none; name them under receivers")]
Notice = Annotated[str, Refers(unknown_notice)]
NoticeName = Annotated[Notice, SHORT]
Span = Annotated[str, Check(moments.span)]  # a length of time, such as `2h30m`
WholeNumber = Annotated[int, Reads(fields.Integer(strict=True).deserialize)]
Values = Annotated[dict[str, object | None], Default(dict)]  # anything by name
Expected = Annotated[object | None, Check(_check_value)]
"""What a value is expected to be: the value itself, or operators."""
Count = Annotated[object | None, Check(check_number)]
"""What a number is expected to be: the number itself, or operators."""
AtLeastOne = Annotated[Count, Default(lambda: {"at_least": 1})]
ByPath = Annotated[Values, Check(check_fields)]  # expectations by path
Saves = Annotated[dict[str, str], Default(dict), Check(variables.check_saves)]
"""Variables by name, each the path to what it keeps."""
