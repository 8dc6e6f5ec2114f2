"""Frozen dataclasses with shared methods: they behave as those of the standard library do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from mockmarket import frozen


@frozen.dataclass(frozen=True, slots=True)
class Ours:
    """A class of ours."""

    name: str
    count: int = 3
    tags: list[str] = dataclasses.field(default_factory=list, hash=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """The same class of the standard library."""

    name: str
    count: int = 3
    tags: list[str] = dataclasses.field(default_factory=list, hash=False)


@frozen.dataclass(frozen=True)
class Child(Ours):
    """A class of ours with one more field."""

    extra: bool = False


@frozen.dataclass(frozen=True, slots=True)
class Single:
    """A class of one field."""

    values: tuple[int, ...]


@frozen.dataclass(frozen=True, slots=True)
class Compiled:
    """The same class, of which many instances were created."""

    name: str
    count: int = 3
    tags: list[str] = dataclasses.field(default_factory=list, hash=False)


@frozen.dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A class whose fields are set by name alone, and which checks them."""

    place: str = "floor"
    count: int

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("No seats.")


@pytest.fixture(scope="module", autouse=True)
def often() -> None:
    """Create as many instances as make a class's own `__init__` worth its compilation."""
    for _ in range(frozen.COMPILED_AT):
        Compiled("a"), Child("a")


BOTH = pytest.mark.parametrize("make", [Ours, Theirs, Compiled])


@BOTH
@pytest.mark.parametrize("arguments", [(("a",), {}), (("a", 4), {"tags": ["x"]}), ((), {"name": "a", "count": 0})])
def test_fields_are_set_alike(make: Any, arguments: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    values, named = arguments

    assert dataclasses.astuple(make(*values, **named)) == dataclasses.astuple(Theirs(*values, **named))
    assert [field.name for field in dataclasses.fields(make)] == ["name", "count", "tags"]


@BOTH
@pytest.mark.parametrize(
    "arguments", [((), {}), (("a", 1, [], 2), {}), (("a",), {"name": "b"}), (("a",), {"other": 1})]
)
def test_wrong_arguments_are_refused(make: Any, arguments: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    with pytest.raises(TypeError):
        make(*arguments[0], **arguments[1])


def test_class_that_is_used_often_keeps_its_rules() -> None:
    make: Any = Named
    before = make.__init__
    seats = [Named(count=number) for number in range(frozen.COMPILED_AT)]

    assert make.__init__ is not before
    assert seats[-1] == Named(place="floor", count=frozen.COMPILED_AT - 1)
    for values, named in [((1,), {}), ((), {"place": "floor"})]:
        with pytest.raises(TypeError):
            make(*values, **named)
    with pytest.raises(ValueError, match="No seats"):
        Named(count=-1)


@BOTH
def test_default_is_made_for_each(make: Any) -> None:
    assert make("a").tags is not make("a").tags


@BOTH
def test_equal_values_are_equal_and_hash_alike(make: Any) -> None:
    assert make("a", tags=[]) == make("a", tags=[])
    assert make("a") != make("b")
    assert hash(make("a", tags=["x"])) == hash(make("a", tags=["y"]))
    assert make("a") != ("a", 3, [])


def test_classes_are_told_apart() -> None:
    ours: object = Ours("a")

    assert ours != Theirs("a")
    assert ours != ("a", 3, [])
    assert hash(Single((1, 2))) != hash(Ours("a"))


@BOTH
def test_nothing_can_be_set(make: Any) -> None:
    record = make("a")

    with pytest.raises(dataclasses.FrozenInstanceError):
        record.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del record.name


@pytest.mark.parametrize("record", [Ours("a", 4, ["x"]), Child("a", extra=True), Single((1, 2)), Single(())])
def test_copies_are_equal(record: Any) -> None:
    assert copy.deepcopy(record) == copy.copy(record) == pickle.loads(pickle.dumps(record)) == record
    assert dataclasses.replace(record) == record


def test_text_is_as_usual() -> None:
    assert repr(Ours("a")) == repr(Theirs("a")).replace("Theirs", "Ours")


def test_unfrozen_class_is_refused() -> None:
    with pytest.raises(TypeError):
        frozen.dataclass(frozen=False)(Single)
