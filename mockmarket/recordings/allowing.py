"""Allowances: known differences between the real API and the mock, each with a reason, read from a YAML or JSON file."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, NotRequired, TypedDict, get_args

from mockmarket.frozen import dataclass
from mockmarket.recordings.structure import Difference, Kind
from mockmarket.records import Default, Description, Length, OneOf
from mockmarket.seed import lines
from mockmarket.seed.problems import refused
from mockmarket.seed.wording import loaded


class AllowanceEntry(TypedDict):
    """A known difference. In `operation` and `at` a * stands for any characters."""

    operation: Annotated[str, Length(1), Description("`GET /events`, or `notice order.confirmed`.")]
    at: Annotated[str, Default("*"), Description("The path of the member, or the header's name.")]
    kind: Annotated[str | None, Default(None), OneOf((*get_args(Kind), None))]
    vendor: Annotated[str | None, Default(None)]
    reason: Annotated[str, Length(1)]


AllowFile = TypedDict("AllowFile", {"about": NotRequired[str], "allow": list[AllowanceEntry]})


@dataclass(frozen=True, slots=True)
class Allowance:
    """A known difference, with the reason why it is accepted."""

    operation: str
    at: str
    kind: str | None
    vendor: str | None
    reason: str

    def covers(self, vendor: str, subject: str, difference: Difference) -> bool:
        """Return whether it allows a difference of an operation or a notice."""
        return (
            self.vendor in (None, vendor)
            and self.kind in (None, difference.kind)
            and fnmatchcase(subject, self.operation)
            and fnmatchcase(difference.at, self.at.replace("[", "[[]"))
        )

    def __str__(self) -> str:
        words = " ".join(filter(None, (self.vendor, self.operation)))
        return f"{words}: {self.kind or 'any difference'} at {self.at}"


def read_allowances(path: Path) -> list[Allowance]:
    """Return the allowances of a file; Invalid names what is wrong with its line."""
    raw, outline = lines.read_file(path)
    content, problems = loaded(AllowFile, raw)
    if problems:
        raise refused(outline, problems)
    return [Allowance(**entry) for entry in content["allow"]]
