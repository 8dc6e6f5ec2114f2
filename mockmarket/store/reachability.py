"""Whether anything can be sent to an endpoint at all, whatever its state."""

from __future__ import annotations

from mockmarket.errors import Conflict
from mockmarket.store.database import Read
from mockmarket.store.endpoints import Endpoint


def unreachable(read: Read, vendor: str, endpoint: Endpoint | None) -> str | None:
    """Say why nothing at all can be sent to a vendor's endpoint, whatever its state, or None."""
    if endpoint is None:
        return "was removed"
    if read.store.settings[vendor].get("require_https") and not endpoint.url.startswith("https:"):
        return "had an http URL in spite of require_https"
    return None


def check_reachable(read: Read, vendor: str, endpoint: Endpoint | None) -> None:
    """Raise Conflict, with the reason, when nothing can be sent to a vendor's endpoint."""
    reason = unreachable(read, vendor, endpoint)
    if reason:
        raise Conflict(f"Nothing was sent: the endpoint {reason}.")
