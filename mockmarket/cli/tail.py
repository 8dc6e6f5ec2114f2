"""`tail`: prints what happens in a world, a line for each request and for each step of a delivery."""

import json
from collections.abc import Iterator

import click

from mockmarket.cli.options import AS_ANSWER, option, talking, wants_json, with_options
from mockmarket.cli.stopping import Stop
from mockmarket.cli.tables import colour_of, painted, text_of
from mockmarket_client import Client
from mockmarket_client.calls import Record

MOST = 1_000
LOOK_S = 0.5
"""Seconds between two looks at the server."""


class Watcher:
    """Remembers which requests of a world and which states of its deliveries were seen."""

    def __init__(self) -> None:
        self._newest: str | None = None
        self._deliveries: dict[str, tuple[str, int]] = {}

    def news(self, client: Client) -> Iterator[Record]:
        """Yield each new request, and each delivery that is new or has changed, with its `event`: request or delivery."""
        for request in self._requests(client):
            yield {"event": "request", **request}
        known, self._deliveries = self._deliveries, {}
        for delivery in reversed(client.deliveries(limit=MOST)):
            progress = self._deliveries[delivery["id"]] = (delivery["state"], delivery["attempts"])
            if known.get(delivery["id"]) != progress:
                yield {"event": "delivery", **delivery}

    def _requests(self, client: Client) -> list[Record]:
        """Return the requests after the newest one that was seen: all of them when that is no longer in the journal."""
        newest = [request["id"] for request in client.find_requests(limit=1)]
        if newest == [self._newest]:
            return []
        after = (
            {"after": self._newest} if self._newest and newest and _number(newest[0]) > _number(self._newest) else {}
        )
        requests = client.find_requests(limit=MOST, **after)
        self._newest = requests[-1]["id"] if requests else None
        return requests


def _number(request: str) -> tuple[int, str]:
    return len(request), request


def line_of(happening: Record) -> str:
    """Return what happened as a line for people."""
    return _request_line(happening) if happening["event"] == "request" else _delivery_line(happening)


def _request_line(request: Record) -> str:
    status = painted(str(request["status"]), colour_of("STATUS", str(request["status"])))
    extra = [f"{name} {request[name]}" for name in ("refused", "fault") if request.get(name)]
    words = [f"→ {request['vendor']} {request['method']} {text_of(request['path'])}: {status}", *extra, request["id"]]
    return ", ".join(words)


def _delivery_line(delivery: Record) -> str:
    state, status = painted(delivery["state"], colour_of("STATE", delivery["state"])), delivery["last_status"]
    answered = [] if status is None else [f"last answered {painted(str(status), colour_of('ANSWERED', str(status)))}"]
    words = [f"← {delivery['vendor']} {delivery['type']} {state}", f"attempts: {delivery['attempts']}", *answered]
    return ", ".join([*words, delivery["id"]])


@click.command()
@option("-f", "--follow", is_flag=True, help="Go on with what happens next, until a signal.")
@option("-n", "--limit", type=click.IntRange(0, MOST), default=20, help="Most lines to print of what has happened.")
@with_options([AS_ANSWER])
@talking
def tail(client: Client, follow: bool, limit: int, as_json: bool | None) -> None:
    """Print requests and deliveries as they happen.

    First it prints what has happened, a line for each request and each delivery, the newest last.

    With -f it goes on: a delivery has a line for each attempt and each change of its state. With --json the lines are JSON objects,
    whose `event` is request or delivery."""
    watcher, stop = Watcher(), Stop()
    write = json.dumps if wants_json(as_json) else line_of
    with stop.at_signals():
        happenings = in_order(watcher.news(client))
        for happening in happenings[max(0, len(happenings) - limit) :]:
            click.echo(write(happening))
        while follow and not stop.wait(LOOK_S):
            for happening in watcher.news(client):
                click.echo(write(happening))


def in_order(happenings: Iterator[Record]) -> list[Record]:
    """Return requests and deliveries in the order of the world's time at which they began."""
    return sorted(happenings, key=lambda happening: str(happening["at"]))
