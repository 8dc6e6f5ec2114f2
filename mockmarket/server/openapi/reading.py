"""Reading an OpenAPI document: its operations, bodies and components."""

from collections.abc import Iterator, Mapping
from typing import Any

Spec = dict[str, Any]
"""An OpenAPI document, or a part of it."""
Part = Mapping[str, Any]
"""A read-only part of a document."""
METHODS = ("get", "put", "post", "patch", "delete")


def operations_of(spec: Part) -> Iterator[tuple[str, str, Spec]]:
    """Yield every operation of a document, with its path and method."""
    for path, operations in spec["paths"].items():
        yield from ((path, method, operations[method]) for method in METHODS if method in operations)


def contents(spec: Part, media_type: str | None = None) -> Iterator[Spec]:
    """Yield the body of every operation's request and of its answers, where they are not shared; with a media type, those of it alone."""
    for *_, operation in operations_of(spec):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            for name, content in part.get("content", {}).items():
                if media_type in (None, name):
                    yield content


def resolved(spec: Part, part: Part) -> Part:
    """Return the component that a part of a document refers to, or the part itself."""
    *_, kind, name = ["", *str(part.get("$ref", "")).split("/")]
    return spec["components"][kind][name] if name else part
