"""What an output stream is: a terminal, and one with colours."""

import os
from typing import IO


def is_terminal(stream: IO[str] | None) -> bool:
    """Return whether a stream is a terminal; Python has none at all without a console."""
    return stream is not None and stream.isatty()


def has_colours(stream: IO[str] | None) -> bool:
    """Return whether a stream shows colours: a terminal that can, unless NO_COLOR has a value (no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
