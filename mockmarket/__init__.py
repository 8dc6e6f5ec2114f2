"""A stateful mock of five ticketing marketplaces, for tests."""

__version__ = "0.1.0"
