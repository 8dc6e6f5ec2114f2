"""The row of an operation in a vendor's table of operations: enough to route a request without importing its handler."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from mockmarket.frozen import dataclass

CONVERTERS = {"": "string", "int": "int"}
PART = re.compile(r"{([\w-]+)(?::(\w+))?}")


@dataclass(frozen=True, slots=True)
class Row:
    """One call: its method, its path below the base URL (`/orders/{id}`, `/lines/{id:int}`), and its function.
    `handler` is `module:function`, empty for a call that the vendor has and the mock answers with 501."""

    method: str
    path: str
    handler: str = ""

    @property
    def built(self) -> bool:
        """Whether the mock implements the call."""
        return bool(self.handler)

    @property
    def id(self) -> str:
        """The operation's id: its function's name; for an unbuilt call, method and path in snake case."""
        if self.built:
            return self.handler.rpartition(":")[2]
        return "_".join([self.method.lower(), *re.findall(r"\w+", PART.sub(r"by_\1", self.path))])

    @property
    def rule(self) -> str:
        """The path in Flask's syntax."""
        return PART.sub(lambda part: f"<{CONVERTERS[part[2] or '']}:{part[1].replace('-', '_')}>", self.path)

    @property
    def template(self) -> str:
        """The path in OpenAPI's syntax."""
        return PART.sub(lambda part: f"{{{part[1].replace('-', '_')}}}", self.path)


def table(package: str, rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows with their handlers' modules prefixed with a package."""
    return tuple(replace(row, handler=f"{package}.{row.handler}") if row.built else row for row in rows)


get, post, put, patch, delete = (partial(Row, method) for method in ("GET", "POST", "PUT", "PATCH", "DELETE"))
"""Each returns the row of a call from its path and handler."""
unbuilt = Row  # returns the row of an unbuilt call from its method and path


def unbuilt_calls(text: str) -> tuple[Row, ...]:
    """Return the rows of several unbuilt calls, from a text of comma-separated methods and paths."""
    return tuple(unbuilt(*call.split()) for call in text.split(","))
