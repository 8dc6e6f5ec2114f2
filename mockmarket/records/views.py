"""Views: our own answers about a row or an object, built from the annotations of their shape."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from operator import attrgetter, itemgetter
from typing import Annotated, Any, TypeVar, cast, get_args

from mockmarket.clock import iso_ms
from mockmarket.frozen import dataclass
from mockmarket.records.formats import Time
from mockmarket.records.shape import Item, members

R = TypeVar("R")
TIME = get_args(Time)[1]  # the marker that identifies a time among an answer's members


def moment(at: int | None) -> str | None:
    """Return epoch ms as ISO 8601, None as null."""
    return None if at is None else iso_ms(at)


def text(body: bytes) -> str:
    """Return bytes as text; invalid UTF-8 is replaced."""
    return body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class From:
    """The source of an answer's member, if not the attribute of the same name, and its conversion."""

    field: str = ""
    write: Callable[..., object] | None = None


Text = Annotated[str, From(write=text)]  # bytes, written as text
Ms = Annotated[float, From(write=partial(round, ndigits=3))]


def view(shape: Callable[..., R], source: object, **values: object) -> R:
    """Return an answer of a shape about a row or an object: the values given by name, the rest from the source. Times
    are written as ISO 8601, and nested rows by their own shapes. Optional members appear only if given."""
    kind: Any = type(source)
    blank, names, get, writers = plan(shape, kind, tuple(values))
    read = blank.copy()
    read.update(zip(names, get(source), strict=False))
    for name, write in writers:
        read[name] = write(read[name])
    read.update(values)
    return cast("R", read)


def views(shape: Callable[..., R], sources: Iterable[object]) -> list[R]:
    """Return an answer of a shape for each source."""
    return [view(shape, source) for source in sources]


@cache
def plan(shape: Any, source: type, besides: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the cached plan of `view`: every member in order, the names of those read, the getter of their values, the writers of some."""
    getter: Callable[..., Any] = itemgetter if issubclass(source, Mapping) else attrgetter
    every = [member for member in members(shape) if member.required or member.key in besides]
    own = [(part.key, part.item.marker(From) or From(), part.item) for part in every if part.key not in besides]
    fields = [origin.field or name for name, origin, _ in own]
    writers = [(name, write) for name, origin, item in own if (write := origin.write or _writer(item))]
    get = getter(*fields, fields[0])  # with a single field it would return no tuple
    return dict.fromkeys(member.key for member in every), [name for name, *_ in own], get, writers


def _writer(item: Item) -> Callable[..., object] | None:
    if TIME in item.markers:
        return moment
    inner = get_args(item.type)  # a list's row type; any other type has no argument that is a shape
    shape = inner[0] if len(inner) == 1 else item.type
    return partial(views if inner else view, shape) if hasattr(shape, "__required_keys__") else None
