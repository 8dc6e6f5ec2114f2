"""A thin client of the control plane, for tests and tools in Python; knows HTTP and nothing of what serves it."""

from mockmarket.client.calls import MockmarketError, NoServer
from mockmarket.client.control import Client

__all__ = ["Client", "MockmarketError", "NoServer"]
