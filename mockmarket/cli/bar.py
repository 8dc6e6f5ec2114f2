"""A progress bar on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from mockmarket.clock import monotonic
from mockmarket.seed.planting import Progress

WIDTH, SECONDS_BETWEEN = 30, 0.1


class Bar(Progress):
    """Redraws one line of standard error: the share done, the current work, and the estimated time left."""

    def __init__(self) -> None:
        super().__init__()
        self.every_s = SECONDS_BETWEEN
        self.began = monotonic()

    def say(self, what: str) -> None:
        """Redraw the bar."""
        part = self.done / self.total if self.total else 0.0
        left = (monotonic() - self.began) * (1 - part) / part if part else 0.0
        full = "#" * round(part * WIDTH)
        click.echo(f"\r[{full:-<{WIDTH}}] {part:4.0%}  {what:<14}  {left:5.0f} s left ", nl=False, err=True)


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress on standard error: as a bar, removed at the end; nothing when it is not a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield Progress()
        return
    try:
        yield Bar()
    finally:
        click.echo(f"\r{'':{WIDTH + 45}}\r", nl=False, err=True)
