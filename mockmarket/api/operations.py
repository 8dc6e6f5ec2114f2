"""Operations: one function under one decorator, which declares its query, body, answer, scope and refusals."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar
from urllib.parse import parse_qsl

import flask

from mockmarket.api import bodies
from mockmarket.api.bodies import answer
from mockmarket.api.context import Context
from mockmarket.api.plain import read_query
from mockmarket.api.plain_bodies import read_body
from mockmarket.current import current_request
from mockmarket.errors import MOST_DETAILS, Invalid, NotBuilt
from mockmarket.frozen import dataclass
from mockmarket.records import Row, Shape

if TYPE_CHECKING:
    from marshmallow import Schema

    from mockmarket.api.arguments import Loaded, Unknown

C = TypeVar("C")
Handler = Callable[..., object]
View = Callable[[Context], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of an operation: its status, the shape of its body (None: no body, or a body of any shape), its media type."""

    shape: Shape = None
    status: int = 200
    description: str | None = None
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Several:
    """A body that is a list of 1 to `most` items of a shape; a single object counts as a list of one."""

    shape: Shape
    most: int = 1000
    description: str = ""


@dataclass(frozen=True, slots=True)
class Plain:
    """A body that is any JSON value, or not JSON: the handler reads it. `schema` is OpenAPI's, by media type."""

    schema: Mapping[str, object]
    media: tuple[str, ...] = ("application/json",)
    description: str = ""


@dataclass(frozen=True, eq=False)
class Operation:
    """One call of a vendor or of the control plane: its parameters, its answers, and its function. `unsupported` are
    published parameters and members that the mock does not honour; `view` makes the function's first argument from the
    context; with `with_caller` the caller is passed too."""

    function: Handler
    conventions: Conventions[Any]
    view: View = nullcontext
    with_caller: bool = False
    query: Shape = None
    body: Shape = None
    answers: tuple[Answer, ...] = ()
    refuses: tuple[int, ...] = ()
    scope: object = None
    public: bool = False
    null_is_absent: bool = True
    unsupported: tuple[str, ...] = ()

    def __call__(self, context: Context, **parts: object) -> flask.Response:
        """Answer a request: admit the caller, load the arguments, call the function."""
        if not self.public:
            # a vendor's call keeps its connection, which would else be taken for each view; one of the control plane may replace the file
            _connection = context.read() if context.vendor else None
            context = context.admitted(self.conventions.admit(context, self.scope))
        return self.conventions.around(context, lambda: self.answer(context, parts))

    def answer(self, context: Context, parts: Mapping[str, object]) -> flask.Response:
        """Call the function and write its result in the owner's format."""
        arguments = self.arguments(context)
        with self.view(context) as view:
            caller = (self.conventions.caller_in(view, context.caller),) if self.with_caller else ()
            data = self.function(view, *caller, *arguments, **parts)
        if isinstance(data, flask.Response):
            return data
        return self.conventions.write(context, data, self.answers[0].status)

    def arguments(self, context: Context) -> list[object]:
        """Return the loaded query and body, and record what was not read."""
        values: list[object] = []
        unread = self.unsupported_query()
        if self.query is not None:
            text = self.conventions.rewrite_query(current_request().environ.get("QUERY_STRING", ""))
            plain = read_query(self.query, text)
            loaded = None if plain is not None else self.load_query(text)
            values.append(loaded.value if loaded else plain)
            unread += loaded.unread if loaded else ()
        if self.body is not None and not isinstance(self.body, Plain):
            sent = self.sent_body(context)
            plain = read_body(self.body, sent, self.null_is_absent)
            loaded = None if plain is not None else self.load_body(sent)
            values.append(loaded.value if loaded else plain)
            unread += loaded.unread if loaded else ()
        self.note(context, unread)
        return values

    def sent_body(self, context: Context) -> Any:
        """Return the body as JSON, in the form that the owner's convention gives it."""
        sent = read_json(context)
        return {} if self.conventions.empty_list_is_object and sent == [] else sent

    def load_query(self, text: str) -> Loaded:
        """Return a query string as its schema loads it."""
        from mockmarket.api import arguments  # marshmallow is imported when a request needs it
        from mockmarket.api.schemas import schema_of

        return arguments.load_query(schema_of(self.query, "query"), text, self.conventions.unknown)

    def load_body(self, body: object) -> Loaded:
        """Return the body as its schema loads it."""
        from mockmarket.api import arguments
        from mockmarket.api.schemas import schema_of

        if isinstance(self.body, Several):
            return self.several(body, self.body)
        schema = schema_of(self.body, "body")
        return arguments.load_body(schema, body, self.conventions.unknown, null_is_absent=self.null_is_absent)

    def unsupported_query(self) -> list[str]:
        """Return the published parameters sent to a call that honours none."""
        if self.query is not None or not self.unsupported:
            return []
        sent = parse_qsl(current_request().environ.get("QUERY_STRING", ""), keep_blank_values=True)
        return [name for name, _ in sent if name in self.unsupported]

    def several(self, sent: object, body: Several) -> Loaded:
        """Return a list body, each item as the shape loads it."""
        rows = sent if isinstance(sent, list) else [sent]
        if not 1 <= len(rows) <= body.most:
            sentence = f"must be a list of 1 to {body.most} entries"
            raise Invalid(f"The body {sentence}.", details=[("body", sentence)])
        from mockmarket.api import arguments

        return arguments.load_body(many_schema(body.shape), rows, self.conventions.unknown)

    def note(self, context: Context, unread: Sequence[str]) -> None:
        """Record unread members; refuse the request where the world's settings say so."""
        if not unread:
            return
        unsupported = tuple(dict.fromkeys(name for name in unread if name in self.unsupported))
        context.log.unsupported = unsupported
        context.log.unread = tuple(name for name in unread if name not in self.unsupported)
        core = context.world.settings_of("core")
        if unsupported and core["unsupported"] == "refuse":
            raise NotBuilt(f"{', '.join(unsupported)}: published by the vendor and not built in this mock.")
        if context.log.unread and core["unread"] == "refuse":
            names, rest = context.log.unread[:MOST_DETAILS], len(context.log.unread) - MOST_DETAILS
            pairs = [(name, "nothing reads this") for name in names]
            raise Invalid(f"Nothing reads {', '.join(names)}{f' and {rest} more' if rest > 0 else ''}.", details=pairs)


def read_json(context: Context) -> Any:
    """Return the request's body parsed as JSON, whatever its content type where the path's owner is lenient."""
    lenient = context.vendor is not None and (
        context.vendor.api.any_content_type or bool(context.settings().get("any_content_type"))
    )
    return bodies.read_json(current_request(), any_content_type=lenient)


@cache
def many_schema(shape: Shape) -> Schema:
    """Return the schema of a list of a shape."""
    from mockmarket.api.schemas import schema_of

    return type(schema_of(shape, "body"))(many=True, unknown="exclude")


def _described(function: Handler, about: str | None) -> Handler:
    if about is None:
        return function
    described = partial(function)  # one function may be several operations
    described.__doc__ = about
    return described


def _as_json(_context: Context, data: object, status: int) -> flask.Response:
    return flask.Response(status=204) if data is None else answer(data, status)


@dataclass(frozen=True, eq=False)
class Conventions(Generic[C]):
    """What the operations of one vendor share: admission of callers, and the format of answers and errors. `around` wraps a call,
    `write(context, data, status)` writes the result of an operation's function, unless it is a response already; `envelope` wraps an
    answer's shape as `write` wraps its data. `rewrite_query` converts a vendor's query syntax into the common syntax. With
    `empty_list_is_object` a body `[]`, as PHP writes an array without members, is an empty object. `caller_in(view, caller)` returns the
    caller in the form that functions take. An instance is called to decorate an operation's function, which takes the
    request's context; under `reads` it takes a read view of the world instead, under `writes` a transaction."""

    error: Shape
    refusals: Mapping[int, str]
    admit: Callable[[Context, Any], C] = lambda _context, _scope: None  # type: ignore[assignment,return-value]  # C is None
    always: tuple[int, ...] = ()
    around: Callable[[Context, Callable[[], flask.Response]], flask.Response] = lambda _context, run: run()
    write: Callable[[Context, Any, int], flask.Response] = _as_json
    envelope: Callable[[Shape], Shape] = lambda shape: shape
    unknown: Unknown = "exclude"
    error_shapes: Mapping[int, Shape] = field(default_factory=dict)
    rewrite_query: Callable[[str], str] = str
    empty_list_is_object: bool = False
    caller_in: Callable[[Any, C], object] = lambda view, caller: caller

    def __call__(
        self,
        *,
        answer: Shape = None,
        status: int = 200,
        also: Sequence[Answer] = (),
        refuses: Sequence[int] = (),
        about: str | None = None,
        **options: Any,
    ) -> Callable[[Handler], Operation]:
        """Return the decorator of an operation's function, which takes the context, the query, the body and the path's
        parameters. `answer` is a shape or an `Answer`; `options` are further members of `Operation`."""
        first = answer if isinstance(answer, Answer) else Answer(self.envelope(answer), status)
        statuses = tuple(sorted({*refuses, *self.always, *([NotBuilt.status] if options.get("unsupported") else ())}))
        answers = (first, *also)
        return lambda function: Operation(
            _described(function, about), self, answers=answers, refuses=statuses, **options
        )

    def reads(self, **options: Any) -> Callable[[Handler], Operation]:
        """Return the decorator of a function that takes a read view of the world."""
        return self(view=lambda context: nullcontext(context.read()), **options)

    def writes(self, **options: Any) -> Callable[[Handler], Operation]:
        """Return the decorator of a function that takes a transaction, committed before the answer is sent."""
        return self(view=lambda context: context.world.atomic(), **options)


STRICT: Literal["raise"] = "raise"


@cache
def load(row: Row) -> Operation:
    """Import the operation of a row."""
    module, _, name = row.handler.partition(":")
    operation: Operation = getattr(importlib.import_module(module), name)
    return operation
