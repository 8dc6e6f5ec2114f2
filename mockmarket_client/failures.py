"""The errors of a call: a refusal, or no mockmarket that answers."""

from __future__ import annotations

from typing import Any


class MockmarketError(Exception):
    """A call that was refused: `message`, `hint` (what to change, or ""), `code`, `status`.
    `details` are (field, message) pairs; `seen` is what a wait that timed out saw instead."""

    def __init__(self, message: str, hint: str = "", code: str = "", status: int | None = None) -> None:
        super().__init__(f"{message} {hint}".strip())
        self.message, self.hint = message, hint
        self.code, self.status = code, status
        self.details: list[tuple[str, str]] = []
        self.seen: dict[str, Any] = {}


class NoServer(MockmarketError):
    """No server answers at the address, or one that is not a mockmarket."""


class NotRoot(NoServer):
    """A URL with more path than a mockmarket's own, such as a vendor's base URL; `root` is the server's own."""

    def __init__(self, url: str, root: str) -> None:
        super().__init__(f"{url} is not the server's own URL.", f"That is {root}.")
        self.root = root
