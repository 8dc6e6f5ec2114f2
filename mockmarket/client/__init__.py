"""A thin HTTP client of the control plane, for tests and tools in Python; imports nothing of the server."""

from mockmarket.client.control import Client
from mockmarket.client.failures import MockmarketError, NoServer, NotRoot

__all__ = ["Client", "MockmarketError", "NoServer", "NotRoot"]
