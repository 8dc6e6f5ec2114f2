"""What a shell completes: names that mockmarket comes with, and those that the running server has. A server that does not
answer in time has none: a completion never fails, and never says why there is nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import closing
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from mockmarket.cli.variables import WORLD

if TYPE_CHECKING:
    from mockmarket.vendor import Vendor
    from mockmarket_client import Client

Names = Iterable[tuple[str, str | None]]
"""Names, each with a few words about it, or with None."""
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem[str]]]
ANSWER_S = 0.5
"""Most seconds that the server has for an answer; with the start of the process a completion takes less than a second."""
MOST = 100


def names(read: Callable[[click.Context], Names]) -> Completer:
    """Return the completion of a parameter by names."""

    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        return [CompletionItem(name, help=about) for name, about in read(ctx) if name.startswith(incomplete)]

    return complete


def or_files(complete: Completer) -> Completer:
    """Return a completion that has files too."""
    return lambda ctx, param, incomplete: [
        CompletionItem(incomplete, type="file"),  # first: in bash it takes away what is before it
        *complete(ctx, param, incomplete),
    ]


def of_server(read: Callable[[Client], Names]) -> Completer:
    """Return the completion of a parameter by names that the server has."""

    def within(ctx: click.Context) -> Names:
        answers: SimpleQueue[Names] = SimpleQueue()
        client = client_of(ctx)
        Thread(target=lambda: answers.put(answer_of(client, read)), daemon=True).start()
        try:
            return answers.get(timeout=ANSWER_S)
        except Empty:
            return ()

    return names(within)


def client_of(ctx: click.Context) -> Client | None:
    """Return a client of the world that the command's options, or their variables, name; None when they name none."""
    from mockmarket_client import Client, MockmarketError
    from mockmarket_client.defaults import DEFAULT_URL

    url, token, world = (ctx.params.get(name) for name in ("url", "control_token", "world"))
    try:
        return Client(url or DEFAULT_URL, token, world or os.environ.get(WORLD) or None)
    except MockmarketError:
        return None


def answer_of(client: Client | None, read: Callable[[Client], Names]) -> Names:
    """Return the names that a server has; none when it does not answer."""
    from mockmarket_client import MockmarketError

    if client is None:
        return ()
    try:
        with closing(client):
            return [*read(client)]
    except MockmarketError:
        return ()


def _vendors(ctx: click.Context) -> list[Vendor]:
    """Return the vendor that the command line names, or all."""
    from mockmarket.vendor import discover

    name = ctx.params.get("vendor")
    return [vendor for vendor in discover() if name in (None, vendor.name)]


def _all_vendors(_ctx: click.Context) -> Names:
    from mockmarket.vendor import discover

    return [(vendor.name, vendor.title) for vendor in discover()]


def _notices(ctx: click.Context) -> Names:
    return {type.name: type.when for vendor in _vendors(ctx) for type in vendor.webhooks.notices}.items()


def _kinds(ctx: click.Context) -> Names:
    return [(kind.name, None) for vendor in _vendors(ctx) for kind in vendor.records.kinds]


def _faults(_ctx: click.Context) -> Names:
    from mockmarket.faults.catalogue import CATALOGUE

    return [(fault.name, fault.help) for fault in CATALOGUE.values()]


def _fault_parameters(ctx: click.Context) -> Names:
    from mockmarket.faults.catalogue import CATALOGUE

    fault = CATALOGUE.get(ctx.params.get("name") or "")
    parameters = [(f"{name}={each.default}", each.help) for name, each in fault.parameters.items()] if fault else []
    return [(text, about) for text, about in parameters if " " not in text]  # a shell would take it for several words


def _fixtures(_ctx: click.Context) -> Names:
    from mockmarket.seed import finding

    return [(name, None) for name in finding.names()]


def _pages(_ctx: click.Context) -> Names:
    from mockmarket.seed import finding

    return [(name, None) for name in finding.pages()]


def _examples(_ctx: click.Context) -> Names:
    from mockmarket.seed import finding

    return [(name, None) for name in finding.examples()]


def _scenarios(_ctx: click.Context) -> Names:
    from mockmarket.scenarios import reading

    return [(name, None) for name in reading.names()]


def _cases(_ctx: click.Context) -> Names:
    from mockmarket.exam.cases import CASES

    return [(case.name, case.title) for case in CASES]


def _states(_ctx: click.Context) -> Names:
    from mockmarket.store.history import STATES

    return [(state, None) for state in STATES]


vendors, notices, kinds = names(_all_vendors), names(_notices), names(_kinds)
faults, fault_parameters, cases, states = names(_faults), names(_fault_parameters), names(_cases), names(_states)
pages, examples = names(_pages), names(_examples)
fixtures, scenarios = or_files(names(_fixtures)), or_files(names(_scenarios))
worlds = of_server(lambda client: [(world["name"], f"fixture {world['fixture']}") for world in client.worlds()])
endpoints = of_server(lambda client: [(each["id"], f"{each['vendor']} {each['url']}") for each in client.endpoints()])
keys = of_server(lambda client: [(key["id"], f"{key['vendor']} {key['name']}") for key in client.keys()])  # noqa: SIM118 - it is a call of the server
snapshots = of_server(lambda client: [(each["name"], f"of {each['taken_at']}") for each in client.snapshots()])
active_faults = of_server(lambda client: [(fault["id"], fault["fault"]) for fault in client.faults()])
deliveries = of_server(
    lambda client: [(each["id"], f"{each['type']} {each['state']}") for each in client.deliveries(limit=MOST)]
)
requests = of_server(
    lambda client: [
        (each["id"], f"{each['method']} {each['path']} {each['status']}") for each in reversed(client.find_requests())
    ]
)
