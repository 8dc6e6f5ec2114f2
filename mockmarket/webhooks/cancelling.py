"""A token under which things are begun that end together: whoever began them cancels it, whoever carries them out looks at it."""

from __future__ import annotations


class CancelToken:
    """Cancelled once and for all; looked at by other threads."""

    __slots__ = ("cancelled",)

    def __init__(self) -> None:
        self.cancelled = False
