"""All the SQL: one SQLite file a world. No other module but `stock` writes any."""

from mockmarket.store.database import Listener, Read, Record, Store, StoreHooks, Tx

__all__ = ["Listener", "Read", "Record", "Store", "StoreHooks", "Tx"]
