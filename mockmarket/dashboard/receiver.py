"""The built-in receiver: an address of the dashboard's own that takes webhooks, shows and verifies them, and answers as it is told."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict
from weakref import WeakKeyDictionary

import flask

from mockmarket.api.context import current
from mockmarket.control import endpoints as control
from mockmarket.dashboard import forms, shell
from mockmarket.errors import NotFound
from mockmarket.ids import session_token
from mockmarket.records import Default, Description, Range
from mockmarket.store import endpoints
from mockmarket.store.endpoints import Endpoint
from mockmarket.vendor import Vendor
from mockmarket.webhooks import own_headers
from mockmarket.worlds.world import World
from mockmarket_client.verifying import Check, check

KEPT = 50  # webhooks kept, the newest
LARGEST = 1_000_000  # most bytes of a body that are taken
DELAYED = threading.BoundedSemaphore(2)  # answers that wait hold a thread each; further ones do not wait
Headers = Sequence[tuple[str, str]]


class Answer(TypedDict, total=False):
    """What the receiver answers from now on."""

    status: Annotated[
        int,
        Range(200, 599),
        Default(200),
        Description("200 accepts; 401, 410 and 500 start the vendor's rules for failures."),
    ]
    delay_ms: Annotated[
        int, Range(0, 20_000), Default(0), Description("Before it answers; longer than the vendor waits is no answer.")
    ]
    times: Annotated[
        int | None, Range(1, 1000), Default(None), Description("Empty: always. Afterwards it answers 200.")
    ]


def accepting() -> Answer:
    """Return what the receiver answers unless it is changed."""
    return {"status": 200, "delay_ms": 0, "times": None}


@dataclass(frozen=True, slots=True)
class Arrived:
    """One webhook as it came: when (world's time, epoch ms), its endpoint's vendor, the verdict on it, the status it was answered."""

    number: int
    at: int
    vendor: str
    endpoint: str
    headers: list[list[str]]
    body: bytes
    check: Check
    status: int


@dataclass(slots=True)
class Inbox:
    """A world's receiver: the secret part of its address, what came, newest first, and what it answers."""

    token: str = field(default_factory=session_token)
    arrived: deque[Arrived] = field(default_factory=lambda: deque(maxlen=KEPT))
    count: int = 0
    answer: Answer = field(default_factory=accepting)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take_answer(self) -> Answer:
        """Return the answer to the next webhook, and count it."""
        with self.lock:
            answer, left = self.answer, self.answer.get("times")
            if left is not None:
                self.answer = (
                    Answer(status=answer["status"], delay_ms=answer["delay_ms"], times=left - 1)
                    if left > 1
                    else accepting()
                )
            return answer


INBOXES: WeakKeyDictionary[World, Inbox] = WeakKeyDictionary()
MAKING = threading.Lock()


def inbox_of(world: World) -> Inbox:
    """Return the receiver of a world, made at its first use."""
    with MAKING:
        return INBOXES.setdefault(world, Inbox())


def receive(token: str) -> flask.Response:
    """Take a webhook and answer it as the receiver is told to."""
    world, inbox = current().world, inbox_of(current().world)
    if token != inbox.token:
        raise NotFound("There is no such receiver in this world.")
    flask.request.max_content_length = LARGEST
    body, headers = flask.request.get_data(), [(name, value) for name, value in flask.request.headers.items()]
    answer = inbox.take_answer()
    keep(world, inbox, headers, body, answer["status"])
    if answer["delay_ms"] and DELAYED.acquire(blocking=False):
        try:
            current().server.stopping.wait(answer["delay_ms"] / 1000)
        finally:
            DELAYED.release()
    return flask.Response(b"{}", answer["status"], content_type="application/json")


def keep(world: World, inbox: Inbox, headers: Headers, body: bytes, status: int) -> None:
    """Keep a webhook with the verdict of a receiver that has the secret of the endpoint it best fits."""
    mine = own_endpoints(world, inbox)
    checks = [
        (endpoint, check(world.vendors[endpoint.vendor].webhooks.headers, headers, body, endpoint.secret))
        for endpoint in mine
    ]
    right = [pair for pair in checks if pair[1].valid] or [pair for pair in checks if pair[1].got is not None] or checks
    endpoint, verdict = right[0] if right else (None, Check(None, "Its endpoint was deleted."))
    with inbox.lock:
        inbox.count += 1
        place = (endpoint.vendor, endpoint.id) if endpoint else ("", "")
        inbox.arrived.appendleft(
            Arrived(inbox.count, world.clock.now(), *place, own_headers.redact(headers), body, verdict, status)
        )


def own_endpoints(world: World, inbox: Inbox) -> list[Endpoint]:
    """Return the endpoints that send to a world's receiver."""
    return [endpoint for endpoint in endpoints.all(world.read()) if endpoint.url.endswith(f"/{inbox.token}")]


def receiver() -> shell.Response:
    """Show what came, newest first, and what the receiver answers."""
    world, inbox = current().world, inbox_of(current().world)
    mine = own_endpoints(world, inbox)
    with inbox.lock:
        values = {"inbox": inbox, "arrived": [*inbox.arrived], "mine": mine, "form": _answer_form(inbox)}
    return shell.page("receiver.html", title="Receiver", **values)


def _answer_form(inbox: Inbox) -> forms.Form:
    schema, values = (
        forms.schema_of(Answer),
        {name: "" if value is None else value for name, value in inbox.answer.items()},
    )
    return forms.of(schema, shell.url("webhooks.set_answer"), "Answer so", values=values, prefix="answer-")


def set_answer() -> shell.Response:
    """Change what the receiver answers."""
    inbox = inbox_of(current().world)

    def change(body: Answer) -> None:
        with inbox.lock:
            inbox.answer = {**accepting(), **body}

    _answer_form(inbox).submit(change)
    return shell.done("The receiver answers so from now on.", shell.url("webhooks.receiver"))


def endpoint_here(seller: Vendor) -> str:
    """Return the id of a vendor's endpoint whose URL is the receiver's, created where there is none."""
    mine = own_endpoints(current().world, inbox_of(current().world))
    known = next((endpoint.id for endpoint in mine if endpoint.vendor == seller.name), None)
    return known or str(_create_here(seller)["id"])


def _create_here(seller: Vendor) -> Any:
    url = flask.request.host_url.rstrip("/") + shell.url("webhooks.receive", token=inbox_of(current().world).token)
    body = forms.schema_of(control.NewEndpoint).load({"vendor": seller.name, "url": url})
    return control.create_endpoint.call(current(), body)


def send_here(vendor: str) -> shell.Response:
    """Create an endpoint of a vendor whose URL is the receiver's."""
    seller: Vendor = current().world.vendor(vendor)
    _create_here(seller)
    return shell.done(f"{seller.title}'s webhooks come here now.", shell.url("webhooks.receiver"))


def clear() -> shell.Response:
    """Forget what came."""
    inbox_of(current().world).arrived.clear()
    return shell.done("Cleared.", shell.url("webhooks.receiver"))
