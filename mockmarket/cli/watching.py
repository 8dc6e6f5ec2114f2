"""`serve --watch`: when the server's fixture changes, the world `main` is made from it anew."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mockmarket.app import App
from mockmarket.cli.stopping import sentence
from mockmarket.errors import Refusal
from mockmarket.seed import finding

LOOK_S = 0.5
"""Real seconds between two looks at the files."""
log = logging.getLogger("mockmarket.watch")
Version = tuple[finding.Source, tuple[int, ...]]


class FixtureWatch:
    """Looks at the files of a server's fixture. A change counts once two looks have seen the same, since editors write in steps."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.used = self.seen = self.version()

    def version(self) -> Version | None:
        """Return the files and when each last changed; None while they cannot be found."""
        try:
            source = finding.find(self.app.config.fixture)
            return source, source.version
        except (Refusal, OSError):
            return None

    def look(self) -> None:
        """Make the world anew if the files have changed and are at rest; a broken fixture leaves the world as it is."""
        version = self.version()
        if version is not None and version == self.seen and version != self.used:
            self.used = version
            self.reload()
        self.seen = version

    def reload(self) -> None:
        """Make the world `main` from the fixture and log it, or what is wrong with it."""
        fixture = finding.name_of(self.app.config.fixture)
        try:
            self.app.worlds.put("main", self.app.config.fixture)
        except Exception as error:  # also of a full disk: later changes must still be noticed
            log.error(
                "%s has changed and cannot be used; the world main is unchanged:\n%s", fixture, sentence(error) or error
            )
        else:
            log.info("%s has changed: the world main was made from it anew.", fixture)


@contextmanager
def watching(app: App) -> Iterator[None]:
    """Watch a server's fixture for the length of a block."""
    watch, stop = FixtureWatch(app), threading.Event()

    def run() -> None:
        while not stop.wait(LOOK_S):
            watch.look()

    thread = threading.Thread(target=run, name="mockmarket-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
