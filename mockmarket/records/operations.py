"""The row of an operation in a vendor's table of contents: enough to route a request, without importing what answers it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from mockmarket.frozen import dataclass

CONVERTERS = {"": "string", "int": "int"}
PART = re.compile(r"{([\w-]+)(?::(\w+))?}")


@dataclass(frozen=True, slots=True)
class Row:
    """One call: its method, its path below the base URL (`/orders/{id}`, `/lines/{id:int}`), and the function that answers
    it. `handler` is `module:function`, empty for a call that the vendor has and the mock answers with 501."""

    method: str
    path: str
    handler: str = ""

    @property
    def built(self) -> bool:
        """Whether the mock has the call."""
        return bool(self.handler)

    @property
    def id(self) -> str:
        """The operation's id: its function's name; of one that is not built, method and path in snake case."""
        if self.built:
            return self.handler.rpartition(":")[2]
        return "_".join([self.method.lower(), *re.findall(r"\w+", PART.sub(r"by_\1", self.path))])

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        return PART.sub(lambda part: f"<{CONVERTERS[part[2] or '']}:{part[1].replace('-', '_')}>", self.path)

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it."""
        return PART.sub(lambda part: f"{{{part[1].replace('-', '_')}}}", self.path)


def table(package: str, rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows whose handlers' modules are named within a package."""
    return tuple(replace(row, handler=f"{package}.{row.handler}") if row.built else row for row in rows)


get, post, put, patch, delete = (partial(Row, method) for method in ("GET", "POST", "PUT", "PATCH", "DELETE"))
"""Each returns the row of a call by its path and handler."""


unbuilt = Row  # returns the row of a call, by its method and path, that the vendor has and the mock answers with 501


def unbuilt_calls(text: str) -> tuple[Row, ...]:
    """Return the rows of several such calls, of which a text has methods and paths between commas."""
    return tuple(unbuilt(*call.split()) for call in text.split(","))
