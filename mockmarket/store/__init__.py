"""All the SQL: one SQLite file a world. No other module but `stock` writes any."""

from mockmarket.store.database import Read, Store, Tx

__all__ = ["Read", "Store", "Tx"]
