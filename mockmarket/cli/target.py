"""Which world a command replaces, or takes a snapshot from: it is named on the command line, never by an inherited variable alone."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import click

from mockmarket.cli.options import SERVER, Decorator, client_of, option, with_options
from mockmarket.cli.variables import URL, WORLD, by_hand
from mockmarket.client.urls import split_url

WORLD_OPTIONS: list[Decorator] = [
    option("--world", variable=False, help="The world; main without it, where no variable names a server or a world."),
    option("--here", is_flag=True, variable=False, help=f"The world that {URL} and {WORLD} name."),
]
"""The options that choose what is lost; they have no variables."""

SERVER_BY_HAND = [SERVER[0], *WORLD_OPTIONS, SERVER[2]]
"""The options of a command that talks to a server and whose world is named by hand."""


def replacing(command: Callable[..., Any]) -> Any:
    """Give a command, as its first argument, a client of the world that the command line names; what the client raises ends it."""

    @with_options(SERVER_BY_HAND)
    @functools.wraps(command)
    def replace(url: str, world: str | None, here: bool, control_token: str | None, **more: Any) -> Any:
        named = world_by_hand(click.get_current_context(), url, world, here)
        with client_of(url, control_token, named) as client:
            return command(client, **more)

    return replace


def world_by_hand(ctx: click.Context, url: str, world: str | None, here: bool) -> str | None:
    """Return the world that the command line names, None for `main`; UsageError where only the environment names one."""
    if here and world is not None:
        raise click.UsageError("Give --world or --here, not both.", ctx)
    if here:
        return os.environ.get(WORLD) or None
    if world is None and not (by_hand(ctx, "url") and split_url(url)[1] is not None):
        check_not_inherited(ctx)
    return world


def check_not_inherited(ctx: click.Context) -> None:
    """Raise UsageError when the environment names the server, or the world, that something is to be lost of."""
    inherited = [name for name in (URL, WORLD) if os.environ.get(name) and not (name == URL and by_hand(ctx, "url"))]
    if inherited:
        raise click.UsageError(
            f"The environment names the target ({', '.join(inherited)}), and what is lost is chosen by hand: "
            "give --world NAME, or --here for the world that the environment names.",
            ctx,
        )
