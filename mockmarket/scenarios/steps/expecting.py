"""`expect`: looks at records, deliveries, notices, seats, endpoints, requests or a receiver, once all that is due is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from mockmarket.scenarios.base import Given, Kind, Known, Problem
from mockmarket.scenarios.errors import FailedError
from mockmarket.scenarios.play import Play
from mockmarket.scenarios.subjects import SUBJECTS


class Each(fields.Field[Any]):
    """One expectation of a subject, or a list of them."""

    def __init__(self, shape: Schema, **more: Any) -> None:
        super().__init__(**more)
        self.shape = shape
        self.inner = fields.Nested(shape)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> list[dict[str, Any]]:
        if isinstance(value, Mapping):
            return [self.shape.load(value)]
        if not isinstance(value, list) or not value:
            raise ValidationError("Must be an expectation, or a list of them.")
        return self._all(value)

    def _all(self, value: list[Any]) -> list[dict[str, Any]]:
        read, wrong = [], {}
        for index, one in enumerate(value):
            try:
                read.append(self.shape.load(one))
            except ValidationError as error:
                wrong[index] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return read


def subject_fields() -> dict[str, fields.Field[Any]]:
    """Return a field for each subject."""
    return {subject.name: Each(subject.shape, metadata={"description": subject.help}) for subject in SUBJECTS.values()}


ExpectShape: Any = Schema.from_dict({**subject_fields()}, name="ExpectShape")


def title(given: Given) -> str:
    """Say what is looked at."""
    return "expect " + ", ".join(given)


def perform(play: Play, given: Given) -> str:
    """Have what is due done, then look at everything; FailedError says of all that is not as expected what was seen."""
    play.settle()
    wrong = list(differences(play, given))
    if wrong:
        raise FailedError("\n".join(wrong))
    return "as expected"


def differences(play: Play, given: Given) -> Iterator[str]:
    """Yield everything that is not as expected, each sentence after its subject."""
    for name, each in given.items():
        for expectation in each:
            yield from (f"{name}: {words}" for words in SUBJECTS[name].differences(play, expectation))


def problems(known: Known, given: Given) -> Iterator[Problem]:
    """Yield what is wrong with the names in each expectation."""
    if not given:
        yield (), f"Expect one or more of {', '.join(SUBJECTS)}."
    for name, each in given.items():
        for index, one in enumerate(each):
            yield from (((name, index, *where), words) for where, words in SUBJECTS[name].problems(known, one))


KIND = Kind("expect", "Look at what has become of things.", ExpectShape(), perform, title, problems=problems)
