"""The activity log: one line for each request to a vendor and each attempt of a delivery, written by a thread of its own, after the answer.

Nothing is formatted, and no secret is looked for, where a request is answered: that thread does both."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from mockmarket.clock import span
from mockmarket.errors import ACTIVITY, EVENT, one_line
from mockmarket.store import history

if TYPE_CHECKING:
    from mockmarket.store import Read
    from mockmarket.store.outbox import Attempt, Claim
    from mockmarket.store.timers import Timer
    from mockmarket.worlds.journal import Entry

log = logging.getLogger(ACTIVITY)
MOST_WAITING = 10_000
"""Most lines that wait to be written; further ones are only counted: a log that is read slowly delays no answer."""
GATHER_S = 0.05
"""Seconds between two batches of lines: the thread that answers requests is seldom interrupted."""
CLOSE_S = 2.0
LONGEST = 900  # characters of a line
DETAILS = ("control", "timer")
Event = Mapping[str, Any]  # the facts of a line: `event` names its kind
OF_DELIVERY = ("vendor", "type", "record", "endpoint")
OF_ATTEMPT = ("number", "why", "status", "error", "elapsed_ms", "reason", "fault")


class ActivityLog:
    """What happens in the worlds of a process, as lines of the log. `detailed` adds control routes and timers."""

    def __init__(self, detailed: bool) -> None:
        self.detailed = detailed
        self._waiting: SimpleQueue[Callable[[], Event] | None] = SimpleQueue()
        self._left_out: deque[None] = deque()
        self._thread: threading.Thread | None = None
        self._starting, self._closed = threading.Lock(), threading.Event()

    def answered(self, world: str, entry: "Entry") -> None:
        """Note a request to a vendor."""
        self._note(partial(request, world, entry))

    def attempted(self, world: str, claim: "Claim", logged: "Attempt", again_in_ms: int | None) -> None:
        """Note an attempt, and in how many ms of the world's time the next attempt follows."""
        self._note(partial(attempt, world, claim, logged, again_in_ms))

    def dropped(self, world: str, deliveries: Iterable[tuple["Claim", str]]) -> None:
        """Note deliveries that are not sent, with the reason."""
        for claim, reason in deliveries:
            self._note(partial(dropped, world, claim, reason))

    def called(self, world: str, method: str, path: str, status: int, elapsed_ms: float) -> None:
        """Note a call of a control route."""
        facts = {"method": method, "path": path, "status": status, "elapsed_ms": elapsed_ms}
        self._note(lambda: {"event": "control", "world": world, **facts})

    def fired(self, world: str, timer: "Timer") -> None:
        """Note a timer that has fired."""
        facts = {"timer": timer.name, "vendor": timer.vendor, "record": timer.record}
        self._note(lambda: {"event": "timer", "world": world, **facts})

    def close(self) -> None:
        """Write what waits, for up to CLOSE_S seconds, and stop."""
        if self._thread is not None:
            self._closed.set()
            self._waiting.put(None)
            self._thread.join(CLOSE_S)

    def _note(self, event: Callable[[], Event]) -> None:
        if self._waiting.qsize() >= MOST_WAITING:
            self._left_out.append(None)
            return
        self._waiting.put(event)
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mockmarket-log", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._closed.is_set() or self._waiting.qsize():
            self._write_all(self._waiting.get())
            self._closed.wait(GATHER_S)

    def _write_all(self, event: Callable[[], Event] | None) -> None:
        while event is not None:
            try:
                write(event())
            except Exception:  # later lines must still be written
                log.exception("A line could not be written.")
            event = self._waiting.get() if self._waiting.qsize() else None
        if self._left_out:
            log.warning("%d lines were left out: the log is read too slowly.", len(self._left_out))
            self._left_out.clear()


def write(event: Event) -> None:
    """Write a line to the log, with its facts for a formatter that writes objects."""
    level = logging.DEBUG if event["event"] in DETAILS else logging.INFO
    # no search for the caller, which takes longer than the rest
    log.handle(log.makeRecord(log.name, level, __file__, 0, "%s", (line(event),), None, extra={EVENT: event}))


def request(world: str, entry: "Entry") -> Event:
    """Return the facts of a request, without secrets."""
    facts: dict[str, Any] = {"event": "request", "world": world, "id": entry.id, "vendor": entry.vendor}
    facts |= {
        "method": entry.method,
        "path": entry.path[:LONGEST],
        "status": entry.status or None,
        "elapsed_ms": entry.elapsed_ms,
    }
    facts |= {"refused": entry.refused, "message": entry.message, "unread": list(entry.unread), "fault": entry.fault}
    return facts


def attempt(world: str, claim: "Claim", logged: "Attempt", again_in_ms: int | None) -> Event:
    """Return the facts of an attempt."""
    facts = {name: getattr(claim, name) for name in OF_DELIVERY}
    facts |= {name: getattr(logged, name) for name in OF_ATTEMPT}
    return {
        "event": "attempt",
        "world": world,
        "delivery": claim.uid,
        **facts,
        "state": logged.verdict,
        "again_in_ms": again_in_ms,
    }


def dropped(world: str, claim: "Claim", reason: str) -> Event:
    """Return the facts of a delivery that is not sent."""
    facts = {name: getattr(claim, name) for name in OF_DELIVERY}
    return {"event": "dropped", "world": world, "delivery": claim.uid, **facts, "reason": reason}


def recap(world: str, entries: Iterable["Entry"], read: "Read", most: int) -> list[tuple[int, Event]]:
    """Return these requests of a world, and its newest attempts, up to so many, each with the machine's time (epoch ms)."""
    requests = [(entry.wall_at, request(world, entry)) for entry in entries]
    attempts = [(row["wall_at"], _attempt_of(world, row)) for row in history.all_attempts(read, {}, most)]
    return [*requests, *attempts[::-1]]


def _attempt_of(world: str, row: Mapping[str, Any]) -> Event:
    facts = {name: row[name] for name in (*OF_DELIVERY, *OF_ATTEMPT)}
    return {
        "event": "attempt",
        "world": world,
        "delivery": row["uid"],
        **facts,
        "state": row["verdict"],
        "again_in_ms": None,
    }


def line(event: Event) -> str:
    """Return a line of text, cut, with the world's name unless it is `main`, and with nothing that could begin another line."""
    world = "" if event["world"] == "main" else f"[{event['world']}] "
    return one_line(f"{world}{LINES[event['event']](event)}"[:LONGEST])


def _request(event: Event) -> str:
    words = f"{event['method']} {event['path']} {event['status'] or 'no answer'} {event['id']} {_took(event)}"
    refused = f"{event['refused']}: {event['message']}" if event["refused"] else None
    unread = f"not read: {', '.join(event['unread'])}" if event["unread"] else None
    return _joined(words, refused, unread, _fault(event))


def _attempt(event: Event) -> str:
    state = "" if event["state"] == "delivered" else f", {event['state']}"
    if event["state"] == "pending":
        again_in = event["again_in_ms"]
        state = ", to be sent again" if again_in is None else f", again in {span(again_in)}"
    why = "" if event["why"] in ("event", "trigger") else f" ({event['why']})"
    answer = event["status"] or event["error"] or "no answer"
    words = f"{_arrow(event)}{why} {answer}{state} {event['delivery']} {_took(event)}"
    reason = None if event["state"] in ("delivered", "pending") else event["reason"].rstrip(".")
    return _joined(words, reason, _fault(event))


def _took(event: Event) -> str:
    elapsed_ms: float = event["elapsed_ms"]
    return f"{elapsed_ms:.1f} ms" if elapsed_ms < 10 else f"{elapsed_ms:.0f} ms"


def _arrow(event: Event) -> str:
    return f"{event['type']} → {event['endpoint']}"


def _fault(event: Event) -> str | None:
    return f"fault: {event['fault']}" if event.get("fault") else None


def _joined(*remarks: str | None) -> str:
    return "; ".join(filter(None, remarks))


LINES: Mapping[str, Callable[[Event], str]] = {
    "request": _request,
    "attempt": _attempt,
    "dropped": lambda event: f"{_arrow(event)} dropped {event['delivery']}; {event['reason'].rstrip('.')}",
    "control": lambda event: f"{event['method']} {event['path']} {event['status']} {_took(event)}",
    "timer": lambda event: f"The timer {event['timer']} of {event['vendor']} {event['record']} fired",
}
