"""Frozen dataclasses that are cheap to define: a process that starts often defines a hundred of them and uses few.

`dataclasses.dataclass` generates and compiles six functions for a frozen class, which takes half a millisecond; here they are shared.
A class of which many instances are created gets an `__init__` of its own. Fields, defaults, slots, equality and hash equal those of
`dataclasses.dataclass(frozen=True, slots=True)`."""

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        cls: type | None = None, /, *, frozen: bool, slots: bool = False, eq: bool = True, kw_only: bool = False
    ) -> Any:
        """Return a class as a frozen dataclass, or the decorator that does."""
        if not frozen:
            raise TypeError("A class of this module is frozen; any other is one of `dataclasses`.")

        def decorate(bare: type) -> type:
            plain = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(bare)
            return _with_methods(plain, eq)

        return decorate if cls is None else decorate(cls)


Method = Callable[..., Any]
COMPILED_AT = 100
"""The instance of a class at which its `__init__` is compiled: that takes as long as the shared one loses in a hundred instances."""
C = TypeVar("C", bound=type[Any])
_put = object.__setattr__


def _with_methods(cls: C, eq: bool) -> C:
    fields = dataclasses.fields(cls)
    names = tuple(field.name for field in fields)
    methods: dict[str, Method] = {
        "__init__": _initializer(cls, fields),
        "__repr__": _writer([field.name for field in fields if field.repr]),
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__getstate__": lambda record: [getattr(record, name) for name in names],
        "__setstate__": lambda record, values: _set_all(record, names, values),
    }
    if eq:
        compared = _getter([field.name for field in fields if field.compare])
        hashed = _getter([field.name for field in fields if (field.compare if field.hash is None else field.hash)])
        methods["__eq__"] = lambda record, other: (
            compared(record) == compared(other) if type(other) is type(record) else NotImplemented
        )
        methods["__hash__"] = lambda record: hash((type(record), hashed(record)))
    for name, method in methods.items():
        setattr(cls, name, method)
    return cls


def _initializer(cls: type[Any], fields: tuple[dataclasses.Field[Any], ...]) -> Method:
    names = tuple(field.name for field in fields)
    post_init: Callable[[Any], None] | None = getattr(cls, "__post_init__", None)
    slots: list[Any] = [getattr(cls, name, None) for name in names]
    setters = [slot.__set__ for slot in slots] if all(map(inspect.ismemberdescriptor, slots)) else []
    positional = tuple(field.name for field in fields if not field.kw_only)
    defaults = {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}
    factories = [(field.name, field.default_factory) for field in fields if callable(field.default_factory)]

    def complete(values: Sequence[Any], named: dict[str, Any]) -> list[Any]:
        by_place = dict(zip(positional, values, strict=False))
        if len(values) > len(positional) or not named.keys().isdisjoint(by_place) or named.keys() - set(names):
            raise TypeError(f"{cls.__name__} takes {', '.join(names)}, each once.")
        contents = {**defaults, **by_place, **named}
        for name, factory in factories:
            if name not in contents:
                contents[name] = factory()
        if len(contents) < len(names):
            missing = ", ".join(name for name in names if name not in contents)
            raise TypeError(f"{cls.__name__} needs {missing}.")
        return [contents[name] for name in names]

    uses = 0

    def fill(self: Any, *values: Any, **named: Any) -> None:
        nonlocal uses
        uses += 1
        if uses == COMPILED_AT:
            cls.__init__ = _compiled(fields, setters, post_init)
        row = values if len(values) == len(names) and not named and positional == names else complete(values, named)
        if setters:
            for put, value in zip(setters, row, strict=True):
                put(self, value)
        else:
            _set_all(self, names, row)
        if post_init is not None:
            post_init(self)

    return fill


def _compiled(fields: Sequence[dataclasses.Field[Any]], setters: Sequence[Any], post_init: object) -> Method:
    """Return an `__init__` of these fields alone, as `dataclasses` generates it, but by the slots' setters."""
    scope: dict[str, Any] = {"put": _put, "post_init": post_init, "MISSING": dataclasses.MISSING}
    places: tuple[list[str], list[str]] = ([], [])
    lines: list[str] = []
    for number, field in enumerate(fields):
        name, factory = field.name, field.default_factory
        scope |= {f"default_{number}": field.default, f"make_{number}": factory}
        has_factory = factory is not dataclasses.MISSING
        is_optional = has_factory or field.default is not dataclasses.MISSING
        places[bool(field.kw_only)].append(f"{name}=default_{number}" if is_optional else name)
        value = f"make_{number}() if {name} is MISSING else {name}" if has_factory else name
        scope[f"set_{number}"] = setters[number] if setters else None
        lines.append(f"set_{number}(self, {value})" if setters else f"put(self, {name!r}, {value})")
    parameters = ", ".join(["self", *places[0], *(["*", *places[1]] if places[1] else [])])
    lines.append("post_init(self)" if post_init else "return None")
    exec("\n ".join([f"def __init__({parameters}):", *lines]), scope)  # noqa: S102  the names are those of a class's fields
    method: Method = scope["__init__"]
    return method


def _getter(names: Sequence[str]) -> Method:
    return attrgetter(*names) if names else lambda _: ()


def _set_all(record: Any, names: Sequence[str], values: Any) -> None:
    for name, value in zip(names, values, strict=True):
        _put(record, name, value)


def _writer(names: Sequence[str]) -> Method:
    return lambda record: (
        f"{type(record).__qualname__}({', '.join(f'{name}={getattr(record, name)!r}' for name in names)})"
    )


def _refuse(_record: Any, name: str, *_: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot change the field {name!r}")
