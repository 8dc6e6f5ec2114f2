"""A thin client of the control plane, for tests and tools in Python; knows HTTP and nothing of what serves it."""

from mockmarket.client.control import Client
from mockmarket.client.failures import MockmarketError, NoServer, NotRoot

__all__ = ["Client", "MockmarketError", "NoServer", "NotRoot"]
