"""Frozen dataclasses that are cheap to define: a process that starts often defines a hundred of them and uses few.

`dataclasses.dataclass` generates and compiles six functions for a frozen class, which takes half a millisecond; here they are shared.
Instances with every field given by position are created as fast, those with names or defaults more slowly. Fields, defaults, slots,
equality and hash equal those of `dataclasses.dataclass(frozen=True, slots=True)`."""

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

    def fill(self: Any, *values: Any, **named: Any) -> None:
        row = values if len(values) == len(names) and not named and positional == names else complete(values, named)
        if setters:
            for put, value in zip(setters, row, strict=True):
                put(self, value)
        else:
            _set_all(self, names, row)
        if post_init is not None:
            post_init(self)

    return fill


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
