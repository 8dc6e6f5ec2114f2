"""The log on standard error: lines for people, coloured on a terminal, or objects for programs."""

from __future__ import annotations

import logging
import select
import sys
from typing import TYPE_CHECKING, Any

import click

from mockmarket.cli.terminal import has_colours
from mockmarket.errors import EVENT, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

WAIT_S = 1.0
TEXT = "%(asctime)s %(levelname)s %(message)s"
SHORT = "%(asctime)s %(message)s"
COLOURS = {"delivered": "green", "pending": "yellow"}


class Lines(logging.Formatter):
    """A line a record; what comes from outside cannot begin another."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Return the record's line."""
        record.message = one_line(record.message)
        return super().formatMessage(record)


class Coloured(Lines):
    """The same for a terminal: the time of day, and a colour by the outcome."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Return the record's line with its colour."""
        line, colour = super().formatMessage(record), colour_of(record)
        return click.style(line, fg=colour) if colour else line


class Objects(logging.Formatter):
    """A JSON object a record: the facts of a request or an attempt, or a message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's object."""
        import json

        from mockmarket.clock import iso_ms

        facts = getattr(record, EVENT, None) or {
            "event": "message",
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            facts = {**facts, "traceback": self.formatException(record.exc_info)}
        at = iso_ms(round(record.created * 1000))
        return json.dumps({"at": at, "level": record.levelname.lower(), **facts}, ensure_ascii=False)


class StandardError(logging.StreamHandler[Any]):
    """Writes to standard error; what cannot be written within WAIT_S is left out, so that nobody waits for a reader that has stopped, the
    end of the process included."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        if self._accepts():
            super().emit(record)

    def _accepts(self) -> bool:
        try:
            return bool(select.select([], [self.stream], [], WAIT_S)[1])
        except (OSError, ValueError):  # no file of the system, or a closed one
            return True


def colour_of(record: logging.LogRecord) -> str | None:
    """Return the colour of a record's line, None for the terminal's own."""
    event: Mapping[str, Any] | None = getattr(record, EVENT, None)
    if event is None:
        return "red" if record.levelno >= logging.ERROR else "yellow" if record.levelno >= logging.WARNING else None
    if event["event"] == "attempt":
        return COLOURS.get(event["state"], "red")
    if event["event"] == "request":
        status = event["status"] or 500
        return "red" if status >= 500 else "yellow" if status >= 400 else None
    return "bright_black"


def start_logging(level: str, as_json: bool) -> None:
    """Log to standard error, as text or as JSON lines."""
    handler = StandardError()
    formatter = Objects() if as_json else Coloured(SHORT, "%H:%M:%S") if has_colours(sys.stderr) else Lines(TEXT)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler])
