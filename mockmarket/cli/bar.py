"""A bar that shows on a terminal how far something slow has come."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from mockmarket.clock import monotonic
from mockmarket.seed.planting import Progress

WIDTH = 30
SECONDS_BETWEEN = 0.1


class Bar(Progress):
    """Redraws one line of standard error: how much is done, what is being done, and about how long it will yet take."""

    def __init__(self) -> None:
        super().__init__()
        self.every_s = SECONDS_BETWEEN
        self.began = monotonic()

    def say(self, what: str) -> None:
        """Draw the bar anew."""
        part = self.done / self.total if self.total else 0.0
        left = (monotonic() - self.began) * (1 - part) / part if part else 0.0
        full = "#" * round(part * WIDTH)
        click.echo(f"\r[{full:-<{WIDTH}}] {part:4.0%}  {what:<14}  {left:5.0f} s left ", nl=False, err=True)


@contextmanager
def progress() -> Iterator[Progress]:
    """Show on standard error how far something has come: by a bar, taken away at the end, or where it is no terminal in lines."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield Progress()
        return
    try:
        yield Bar()
    finally:
        click.echo(f"\r{'':{WIDTH + 45}}\r", nl=False, err=True)
