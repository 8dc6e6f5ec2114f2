"""Views: what an answer of our own shows of a row or an object, written as the annotations of its shape say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from operator import attrgetter, itemgetter
from typing import Annotated, Any, TypeVar, get_args

from mockmarket.clock import iso_ms
from mockmarket.frozen import dataclass
from mockmarket.records.formats import Time
from mockmarket.records.shape import Item, members

R = TypeVar("R")

TIME = get_args(Time)[1]  # the marker of a time, by which an answer's member is known as one


def moment(at: int | None) -> str | None:
    """Write epoch ms as ISO 8601, None as null."""
    return None if at is None else iso_ms(at)


def text(body: bytes) -> str:
    """Write bytes as text; what is no UTF-8 is replaced."""
    return body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class From:
    """Where the value of an answer's member comes from, if not from what bears its own name, and how it is written."""

    field: str = ""
    write: Callable[..., object] | None = None


Text = Annotated[str, From(write=text)]  # bytes, written as text
Ms = Annotated[float, From(write=partial(round, ndigits=3))]


def view(shape: Callable[..., R], source: object, **values: object) -> R:
    """Return an answer of a shape about a row or an object: the values given by name, the rest from the source as the shape says.
    Times are written as ISO 8601, and rows within as their own shapes say. What is not required is there only if it is given."""
    names, get, writers, every = plan(shape, itemgetter if isinstance(source, Mapping) else attrgetter, tuple(values))
    read = dict(zip(names, get(source), strict=False))
    for name, write in writers:
        read[name] = write(read[name])
    return shape(**{name: values[name] if name in values else read[name] for name in every} if values else read)


def views(shape: Callable[..., R], sources: Iterable[object]) -> list[R]:
    """Return an answer of a shape about each source."""
    return [view(shape, source) for source in sources]


@cache
def plan(shape: Any, getter: Callable[..., Any], besides: tuple[str, ...]) -> tuple[Any, ...]:
    """Return what `view` makes of a source: the members' names, what gets their values at once, what writes some, every name."""
    every = [member for member in members(shape) if member.required or member.key in besides]
    own = [(part.key, part.item.marker(From) or From(), part.item) for part in every if part.key not in besides]
    fields = [origin.field or name for name, origin, _ in own]
    writers = [(name, write) for name, origin, item in own if (write := origin.write or _writer(item))]
    get = getter(*fields, fields[0])  # of a single field it would make no tuple
    return [name for name, *_ in own], get, writers, [member.key for member in every]


def _writer(item: Item) -> Callable[..., object] | None:
    if TIME in item.markers:
        return moment
    inner = get_args(item.type)  # of a list its rows' type; of all else none that is a shape
    shape = inner[0] if len(inner) == 1 else item.type
    return partial(views if inner else view, shape) if hasattr(shape, "__required_keys__") else None
