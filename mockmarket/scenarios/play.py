"""What a run's steps act on: the world, its ticker, the WSGI application, the run's receivers and variables, and its time limit."""

import contextvars
import io
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wsgi import ClosingIterator

from mockmarket.api.context import WSGI
from mockmarket.clock import iso_s, monotonic
from mockmarket.delivery.walking import Walk
from mockmarket.faults.base import KEEP, NO_ANSWER, Pace
from mockmarket.matching.paths import Json, json_of
from mockmarket.scenarios.receiver import Receiver
from mockmarket.scenarios.variables import FailedError
from mockmarket.store import endpoints
from mockmarket.store.endpoints import Endpoint
from mockmarket.worlds.journal import STEP
from mockmarket.worlds.registry import Worlds
from mockmarket.worlds.world import Engine, Until, World

CONTROL = "/_mockmarket"
SAFE = "/:@!$&'()*+,;=%~-._"


@dataclass(frozen=True)
class Reply:
    """The answer to a call."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> Json:
        """The body parsed as JSON; None when it is not JSON."""
        return json_of(self.body)

    @property
    def good(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Stage:
    """What a run needs of the process: its worlds, ticker, WSGI application, address (`host:port`), and stop event."""

    worlds: Worlds
    ticker: Engine
    front: WSGI
    host: str
    stopping: threading.Event = field(default_factory=threading.Event)


@dataclass
class Play:
    """A run as its steps see it. `started` is epoch ms of the world's time, `until` real seconds; `over` returns whether it has ended.
    `step` names the step in progress, for the journal."""

    world: World
    stage: Stage
    started: int
    over: Callable[[], bool]
    until: float
    variables: dict[str, Json]
    receivers: Mapping[str, Receiver] = field(default_factory=dict)
    step: str = ""

    def known(self, **variables: Json) -> dict[str, Json]:
        """Return every variable that a text may refer to."""
        receivers = {name: {"url": receiver.url} for name, receiver in self.receivers.items()}
        times = {"start": iso_s(self.started), "now": iso_s(self.world.clock.now())}
        return {"receivers": receivers, **times, "world": self.world.name, **self.variables, **variables}

    def endpoints_at(self, receiver: str) -> list[Endpoint]:
        """Return the endpoints whose URL is a receiver's."""
        url = self.receivers[receiver].url
        return [endpoint for endpoint in endpoints.all(self.world.read()) if endpoint.url.startswith(url)]

    def left_s(self, most: float | None = None) -> float:
        """Return how many real seconds the step has left."""
        left = max(0.0, self.until - monotonic())
        return left if most is None else min(left, most)

    def check(self) -> None:
        """Raise FailedError when the run was stopped or has exceeded its time."""
        if self.over():
            raise FailedError("The run was stopped.")
        if monotonic() >= self.until:
            raise FailedError("The run exceeded its time limit.")

    def settle(self) -> Walk:
        """Do all work due at this moment of the world's time, and wait for the answers of sends in flight."""
        with self.world.engine:
            walk: Walk = self.stage.ticker.advance(self.world, self.world.clock.now(), self.left_s())
            return walk

    def advance(self, to: int | Until) -> Walk:
        """Walk the world's clock to a moment, or until nothing, or no delivery, waits; FailedError when it stops early."""
        walk: Walk = self.stage.ticker.advance(self.world, to, self.left_s())
        if not walk.quiet:
            excess = f"{walk.steps} timers and attempts exceeded the limit of an advance"
            raise FailedError(f"The clock only reached {iso_s(walk.reached)}: {excess}.")
        return walk

    def control(self, method: str, path: str, body: object = None) -> Json:
        """Make a call of the control plane that must succeed; FailedError has its refusal."""
        token = self.world.config.control_token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        reply = self.request(method, f"{CONTROL}/{path}", headers, body)
        if reply.status >= 400:
            raise ControlError(reply)
        return reply.json

    def request(self, method: str, path: str, headers: Mapping[str, object], body: object = None) -> Reply:
        """Send a request to this world through the WSGI application in this process: journal, checks and faults apply."""
        raw = b"" if body is None else body.encode() if isinstance(body, str) else orjson.dumps(body)
        environ = environ_of(method, f"/w/{self.world.name}{path}", headers, raw, self.stage.host)
        return contextvars.Context().run(answered, self.stage.front, {**environ, STEP: self.step})


class ControlError(FailedError):
    """The control plane refused a step's call."""

    def __init__(self, reply: Reply) -> None:
        error = (reply.json or {}).get("error", {})
        self.word = str(error.get("code", reply.status))
        super().__init__(f"refused ({reply.status} {self.word}): {error.get('message', '')}".rstrip())


def environ_of(method: str, path: str, headers: Mapping[str, object], body: bytes, host: str) -> dict[str, Any]:
    """Return the WSGI environment of a request; `path` has the query."""
    parts = urlsplit(path)
    request = EnvironBuilder(parts.path, f"http://{host}", quote(parts.query, safe=SAFE), method, io.BytesIO(body))
    request.content_length, request.errors_stream, request.multithread = len(body), io.StringIO(), True
    request.content_type = "application/json" if body else None
    environ = request.get_environ() | {"REQUEST_URI": path, "REMOTE_ADDR": "127.0.0.1"}
    for header, value in headers.items():
        named = header.upper().replace("-", "_")
        environ[named if named == "CONTENT_TYPE" else f"HTTP_{named}"] = str(value)
    return environ


def answered(front: WSGI, environ: dict[str, Any]) -> Reply:
    """Return the application's complete answer; FailedError for a stream, which does not end. Paces are applied as the
    server would: a cut shortens the answer, a drop removes it; delays are skipped."""
    paces: list[Pace] = []
    content, status, head = run_wsgi_app(front, {**environ, KEEP: paces.append})
    headers = {name.lower(): value for name, value in head}
    with closing(ClosingIterator(content)) as parts:
        if headers.get("content-type", "").startswith("text/event-stream"):
            raise FailedError("The answer is a stream of events, which a scenario cannot read.")
        body = b"".join(parts)
    pace = paces[-1] if paces else Pace()
    return Reply(NO_ANSWER, {}, b"") if pace.drop else Reply(int(status[:3]), headers, body[: pace.keep])


def with_query(path: str, query: Mapping[str, Any]) -> str:
    """Return a path with further query parameters."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
    pairs = [(name, member) for name, members in lists.items() for member in members]
    written = urlencode([(name, str(value).lower() if isinstance(value, bool) else value) for name, value in pairs])
    return f"{path}{'&' if '?' in path else '?'}{written}" if written else path
