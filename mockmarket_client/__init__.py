"""Client of a running mockmarket, for tests and tools in Python: the control plane over HTTP, an inbox that verifies webhooks, and
pytest fixtures. It needs `requests` alone, and nothing of the server, which imports what both share: how vendors sign, and the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockmarket_client.control import Client
    from mockmarket_client.failures import MockmarketError, NoServer, NotRoot

__all__ = ["Client", "MockmarketError", "NoServer", "NotRoot"]


def __getattr__(name: str) -> Any:
    """Import a name of `__all__` when it is first used: the server needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mockmarket_client import control, failures

    return getattr(control if name == "Client" else failures, name)
