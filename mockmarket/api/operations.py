"""Operations: one function under one decorator, which says its query, body, answer, scope and refusals."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import parse_qsl

import flask
from marshmallow import EXCLUDE, RAISE

from mockmarket.api import arguments
from mockmarket.api.arguments import Loaded, Unknown
from mockmarket.api.context import RequestContext
from mockmarket.api.schemas import schema_of
from mockmarket.errors import Invalid, NotBuilt
from mockmarket.records import Row

C = TypeVar("C")
Handler = Callable[..., flask.Response]
Around = Callable[[RequestContext[Any], Callable[[], flask.Response]], flask.Response]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an operation: its status, the shape of its body (None: no body, or one of any shape), its media type."""

    shape: Any = None
    status: int = 200
    description: str | None = None
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Several:
    """A body that is a list of 1 to `most` of a shape; an object alone is a list of itself."""

    shape: Any
    most: int = 1000
    description: str = ""


@dataclass(frozen=True, slots=True)
class Plain:
    """A body that is a plain JSON value, or no JSON at all: the handler reads it. `schema` is OpenAPI's, by media type."""

    schema: Mapping[str, Any]
    media: tuple[str, ...] = ("application/json",)
    description: str = ""


@dataclass(frozen=True, eq=False)
class Operation:
    """One call of a vendor or of the control plane: what it takes and answers, and the function that answers it."""

    function: Handler
    conventions: Conventions[Any]
    query: Any = None
    body: Any = None
    answers: tuple[Answer, ...] = ()
    refuses: tuple[int, ...] = ()
    scope: Any = None
    public: bool = False
    null_is_absent: bool = True
    unsupported: tuple[str, ...] = ()

    def __call__(self, context: RequestContext[Any], **parts: Any) -> flask.Response:
        """Answer a request: let the caller in, read the arguments, call the function."""
        if not self.public:
            context = context.admitted(self.conventions.admit(context, self.scope))
        around = self.conventions.around
        if around is None:
            return self.function(context, *self.arguments(context), **parts)
        return around(context, lambda: self.function(context, *self.arguments(context), **parts))

    def arguments(self, context: RequestContext[Any]) -> list[Any]:
        """Return the query and the body as their shapes read them, and note what nothing reads."""
        loaded: list[Loaded] = []
        if self.query is not None:
            text = self.conventions.rewrite_query(flask.request.environ.get("QUERY_STRING", ""))
            loaded.append(arguments.load_query(schema_of(self.query, "query"), text, self.conventions.unknown))
        if isinstance(self.body, Several):
            loaded.append(self.several(context, self.body))
        elif self.body is not None and not isinstance(self.body, Plain):
            body = arguments.read_json(flask.request, any_content_type=any_content_type(context))
            schema = schema_of(self.body, "body")
            unknown = self.conventions.unknown
            loaded.append(arguments.load_body(schema, body, unknown, null_is_absent=self.null_is_absent))
        self.note(context, [*self.unsupported_query(), *(name for part in loaded for name in part.unread)])
        return [part.value for part in loaded]

    def unsupported_query(self) -> list[str]:
        """Return the published parameters that were sent to a call of which the mock honours none."""
        if self.query is not None or not self.unsupported:
            return []
        sent = parse_qsl(flask.request.environ.get("QUERY_STRING", ""), keep_blank_values=True)
        return [name for name, _ in sent if name in self.unsupported]

    def several(self, context: RequestContext[Any], body: Several) -> Loaded:
        """Return a body that is a list, each member as the shape reads it."""
        sent = arguments.read_json(flask.request, any_content_type=any_content_type(context))
        rows = sent if isinstance(sent, list) else [sent]
        if not 1 <= len(rows) <= body.most:
            sentence = f"must be a list of 1 to {body.most} entries"
            raise Invalid(f"The body {sentence}.", details=[("body", sentence)])
        return arguments.load_body(many_schema(body.shape), rows, self.conventions.unknown)

    def note(self, context: RequestContext[Any], unread: Sequence[str]) -> None:
        """Note what of a request nothing reads; refuse it where the world's settings say so."""
        if not unread:
            return
        unsupported = tuple(name for name in unread if name in self.unsupported)
        context.log.unsupported = unsupported
        context.log.unread = tuple(name for name in unread if name not in self.unsupported)
        core = context.world.settings_of("core")
        if unsupported and core["unsupported"] == "refuse":
            raise NotBuilt(f"{', '.join(unsupported)}: published by the vendor and not built in this mock.")
        if context.log.unread and core["unread"] == "refuse":
            pairs = [(name, "nothing reads this") for name in context.log.unread]
            raise Invalid(f"Nothing reads {', '.join(context.log.unread)}.", details=pairs)


def any_content_type(context: RequestContext[Any]) -> bool:
    """Tell whether the path's owner takes JSON whatever its content type."""
    return context.vendor is not None and context.vendor.api.any_content_type


@cache
def many_schema(shape: Any) -> Any:
    """Return the schema of a list of a shape."""
    return type(schema_of(shape, "body"))(many=True, unknown=EXCLUDE)


def nobody(context: RequestContext[Any], scope: Any) -> None:
    """Let everybody in."""


@dataclass(frozen=True, eq=False)
class Conventions(Generic[C]):
    """What the operations of one vendor share: who is let in, the shape and the words of error answers, what surrounds a call.

    `rewrite_query` brings a vendor's own way of writing a query string into the common one before it is read.
    Called with what is an operation's own, it is the decorator of the operation's function.
    """

    error: Any
    refusals: Mapping[int, str]
    admit: Callable[[RequestContext[Any], Any], C] = field(default=nobody)  # type: ignore[assignment]  # C is None then
    always: tuple[int, ...] = ()
    around: Around | None = None
    unknown: Unknown = EXCLUDE
    error_shapes: Mapping[int, Any] = field(default_factory=dict)
    rewrite_query: Callable[[str], str] = str

    def __call__(
        self,
        *,
        query: Any = None,
        body: Any = None,
        answer: Any = None,
        status: int = 200,
        also: tuple[Answer, ...] = (),
        refuses: Sequence[int] = (),
        scope: Any = None,
        public: bool = False,
        null_is_absent: bool = True,
        unsupported: tuple[str, ...] = (),
    ) -> Callable[[Handler], Operation]:
        """Return the decorator of an operation's function, which takes the context, the query, the body and the path's parts.

        `answer` is a shape or an `Answer`; `unsupported` are published parameters and members that the mock does not honour.
        """
        first = answer if isinstance(answer, Answer) else Answer(answer, status)

        def operation(function: Handler) -> Operation:
            return Operation(
                function, self, query, body, (first, *also), tuple(sorted({*refuses, *self.always})), scope, public,
                null_is_absent, unsupported,
            )  # fmt: skip

        return operation


STRICT: Literal["raise"] = RAISE


@cache
def load(row: Row) -> Operation:
    """Import the operation of a row."""
    module, _, name = row.handler.partition(":")
    operation: Operation = getattr(importlib.import_module(module), name)
    return operation
