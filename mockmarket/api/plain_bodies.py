"""Fast reading of bodies: a body whose members are all known and valid is read by its shape alone. Any other is left to
the schema (`api.arguments`), which reports errors and gives the same values for valid members."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Literal, NamedTuple, get_args, is_typeddict

from mockmarket import records
from mockmarket.api.plain import Read, one_of, read_checked, reader_of
from mockmarket.records import MISSING, Item, Shape


class Member(NamedTuple):
    """One member of an object: its JSON name, its Python key, its reader, and whether it may be null."""

    name: str
    key: str
    read: Read
    null: bool
    required: bool
    default: Any


class Plan(NamedTuple):
    """How objects of a shape are read: their members, and the checks of the whole object."""

    members: tuple[Member, ...]
    checks: tuple[Callable[[Mapping[str, object]], object], ...]


def read_body(shape: Shape, body: object, null_is_absent: bool) -> dict[str, Any] | None:
    """Return a JSON body as its shape reads it; None when it must be left to the schema."""
    try:
        return read_object(shape, null_is_absent, body)
    except (ValueError, TypeError, OverflowError):
        return None


def read_object(shape: Shape, null_is_absent: bool, sent: Any) -> dict[str, Any]:
    """Return an object as its shape reads it; ValueError or TypeError when it is not plain."""
    plan = plan_of(shape, null_is_absent)
    if plan is None or type(sent) is not dict:
        raise ValueError("This is not plain.")
    values, known = {}, 0
    for name, key, read, null, required, default in plan.members:
        if name in sent:
            known += 1
            value = sent[name]
            if value is not None:
                values[key] = read(value)
                continue
            if null:
                values[key] = None
                continue
            if not null_is_absent:
                raise ValueError(f"{name} must not be null.")
        if default is not MISSING:
            values[key] = default() if callable(default) else default
        elif required:
            raise ValueError(f"{name} is required.")
    if known < len(sent):
        raise ValueError("Nothing names one of these.")
    for check in plan.checks:
        check(values)
    return values


@cache
def plan_of(shape: Shape, null_is_absent: bool) -> Plan | None:
    """Return the plan of a shape; None when one of its members is never plain."""
    if not is_object(shape) or records.is_open_ended(shape):
        return None
    members = []
    for member in records.members(shape):
        read = reader_of(member.item, partial(value_reader, null_is_absent))
        if read is None:
            return None
        null = member.item.null or member.default is None
        members.append(Member(member.name, member.key, read, null, member.required, member.default))
    return Plan(tuple(members), records.checks_of(shape))


def is_object(shape: Shape) -> bool:
    """Return whether a shape is a TypedDict, or derived from a TypedDict."""
    return is_typeddict(records.origin_of(shape) or shape) or isinstance(
        shape, records.Create | records.Update | records.Query
    )


def value_reader(null_is_absent: bool, item: Item) -> Read | None:
    """Return the reader of a JSON value of a type; None for a type that is not plain."""
    reads, shaped = item.marker(records.Reads), item.marker(records.Shaped)
    if reads:
        return reads.parse
    origin, arguments = records.origin_of(item.type), get_args(item.type)
    if origin is list:
        inner = Item(shaped.shape, False, ()) if shaped else records.item_of(arguments[0])
        read = None if inner.null else reader_of(inner, partial(value_reader, null_is_absent))
        return None if read is None else partial(a_list, read)
    shape = shaped.shape if shaped else item.type
    if is_object(shape):
        return partial(read_object, shape, null_is_absent)
    if origin is Literal:
        plain = READERS.get(type(arguments[0]))
        return None if plain is None else partial(read_checked, plain, (one_of(arguments),))
    return READERS.get(item.type)


def a_list(read: Read, sent: Any) -> list[Any]:
    """Read a list, each entry with the same reader."""
    if type(sent) is not list:
        raise ValueError("Not a valid list.")
    return [read(entry) for entry in sent]


def exactly(kind: type) -> Read:
    """Return the reader of values of exactly one type."""

    def read(sent: Any) -> Any:
        if type(sent) is not kind:
            raise ValueError(f"Not a {kind.__name__}.")
        return sent

    return read


def integer(sent: Any) -> int:
    """Read an integer in any spelling."""
    if type(sent) is int or (type(sent) is float and sent.is_integer()):
        return int(sent)
    raise ValueError("Not a valid integer.")


def number(sent: Any) -> float:
    """Read a number."""
    if type(sent) is int or type(sent) is float:
        return float(sent)
    raise ValueError("Not a valid number.")


READERS: Mapping[type, Read] = {
    str: exactly(str),
    bool: exactly(bool),
    dict: exactly(dict),
    int: integer,
    float: number,
}
